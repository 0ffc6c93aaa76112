"""What a folder of plain texts repeats is not its articles'."""

from __future__ import annotations

import json

from house import House

NOTICE = "We think that this is worth reading, whether or not we agree with it."


def contents(house: House) -> dict[str, str]:
    """What is published: title → content."""
    items = json.loads((house.data / "public" / "feed.json").read_text())["items"]
    return {item["title"]: item["content_html"] for item in items}


def test_a_paragraph_that_three_articles_of_a_folder_have_is_shown_no_more(house: House) -> None:
    house.write('[[source]]\npath = "texts"\n')
    (house.folder / "texts").mkdir()
    for number in (1, 2, 3):
        words = " ".join(f"word{number}x{n}" for n in range(40))
        text = f"Title {number}\n\nIt begins so. {words}\n\nIt goes on. {words}\n\n{NOTICE}\n"
        (house.folder / "texts" / f"{number}.txt").write_text(text)
        house.run("once", "--all")
        shown = contents(house)
        assert len(shown) == number
        assert all((NOTICE in content) == (number < 3) for content in shown.values())
        assert all("It goes on." in content for content in shown.values())
    edited = (house.folder / "texts" / "3.txt").read_text().replace(NOTICE, "It ends.")
    (house.folder / "texts" / "3.txt").write_text(edited)
    house.run("once", "--all")
    assert NOTICE in contents(house)["Title 1"], "two articles are not enough"
