// The one thing that needs a script: buttons that copy an address. Without it they stay hidden, and all else works.
"use strict";
if (navigator.clipboard && window.isSecureContext || document.queryCommandSupported?.("copy")) {
  const said = document.createElement("p");
  said.className = "unseen";
  said.setAttribute("role", "status");
  document.querySelector("main")?.append(said);
  for (const button of document.querySelectorAll("button[data-copy]")) {
    const name = button.firstChild;
    button.hidden = false;
    button.addEventListener("click", async () => {
      name.data = (await copied(button)) ? "Copied" : "Select it";
      said.textContent = name.data === "Copied" ? "The address was copied." : "The address can't be copied here.";
      setTimeout(() => { name.data = "Copy"; }, 2000);
    });
  }
}

// Outside of https browsers have no clipboard: then the address is selected, and the old command tried.
async function copied(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    return true;
  } catch {
    const address = button.parentElement.querySelector(".address");
    if (!address) return false;
    getSelection().selectAllChildren(address);
    return document.execCommand("copy");
  }
}
