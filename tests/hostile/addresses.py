"""Addresses that lead where nobody sent us: SSRF in every spelling, and redirects."""

from __future__ import annotations

from cases import ELSEWHERE, FAILING, OK, TRAP, Case, Seen, answer, asked_once, feed, nothing_asked, redirect

REFUSED = "is not a public address"

_LITERALS = {
    "loopback": "127.0.0.1",
    "loopback elsewhere in its network": "127.0.0.53",
    "loopback short": "127.1",
    "loopback decimal": "2130706433",
    "loopback octal": "0177.0.0.1",
    "loopback octal whole": "017700000001",
    "loopback hex": "0x7f000001",
    "loopback hex dotted": "0x7f.0.0.1",
    "loopback full width": "１２７.０.０.１",
    "loopback ideographic stops": "127。0。0。1",
    "loopback with a final dot": "127.0.0.1.",
    "unspecified": "0.0.0.0",
    "unspecified short": "0",
    "ipv6 loopback": "[::1]",
    "ipv6 unspecified": "[::]",
    "ipv4 mapped": "[::ffff:127.0.0.1]",
    "ipv4 mapped hex": "[::ffff:7f00:1]",
    "ipv4 compatible": "[::7f00:1]",
    "6to4": "[2002:7f00:1::1]",
    "nat64": "[64:ff9b::7f00:1]",
    "nat64 local use": "[64:ff9b:1::7f00:1]",
    "teredo": "[2001:0:7f00:1::]",
    "unique local": "[fd00:ec2::254]",
    "link local ipv6": "[fe80::1]",
    "site local ipv6": "[fec0::1]",
    "multicast ipv6": "[ff02::1]",
    "cloud metadata": "169.254.169.254",
    "cgnat": "100.64.0.1",
    "private a": "10.0.0.5",
    "private b": "172.16.0.1",
    "private c": "192.168.1.1",
    "benchmarking": "198.18.0.1",
    "multicast": "224.0.0.1",
    "broadcast": "255.255.255.255",
    "reserved": "240.0.0.1",
    "a name for loopback": "localhost",
    "a name for loopback with a final dot": "localhost.",
    "a user before loopback": "feeds.example.org@127.0.0.1",
}
# Spellings that are no address to the client are names that nobody knows, or nothing at all: refused either way.
_NO_ADDRESS = frozenset(
    {
        "loopback short",
        "loopback decimal",
        "loopback octal",
        "loopback octal whole",
        "loopback hex",
        "loopback hex dotted",
        "unspecified short",
        "loopback with a final dot",
        "a name for loopback with a final dot",
    }
)

_TARGETS = {
    "to loopback": ("http://127.0.0.1:{port}" + TRAP, REFUSED),
    "to loopback without a scheme": ("//127.0.0.1:{port}" + TRAP, REFUSED),
    "to a name for loopback": ("http://localhost:{port}" + TRAP, REFUSED),
    "to a mapped address": ("http://[::ffff:127.0.0.1]:{port}" + TRAP, REFUSED),
    "to cloud metadata": ("http://169.254.169.254/latest/meta-data/", REFUSED),
    "to a file": ("file:///etc/passwd", "not of the web"),
    "to ftp": ("ftp://127.1.0.1/feed", "not of the web"),
    "to gopher": ("gopher://127.1.0.1:25/_HELO", "not of the web"),
    "to javascript": ("javascript:alert(1)", "not of the web"),
    "to data": ("data:text/xml,<rss/>", "not of the web"),
    "to no host": ("http:///etc/passwd", "answered 404"),  # of the same host, as urljoin reads it
    "to no address": ("http://[::1", "redirected to what is no address"),
    "to a bad port": ("http://127.1.0.1:99999/", ""),
    "to itself": ("{path}", "redirected more than 5 times"),
}


def _never_carried(seen: Seen) -> None:
    assert seen.asked[0].headers["authorization"].startswith("Basic ")
    (target,) = [asked for asked in seen.everything if asked.path == seen.asked[0].path + "/next"]
    assert target.host == ELSEWHERE and "authorization" not in target.headers
    assert not {"cookie", "referer"} & set(target.headers)


def _followed_five_times(seen: Seen) -> None:
    assert len([a for a in seen.everything if a.path.startswith(seen.asked[0].path)]) == 6


CASES = (
    *(
        Case(
            f"address {name}",
            FAILING,
            "" if name in _NO_ADDRESS else REFUSED,
            address=f"http://{host}:{{port}}{TRAP}#{name.replace(' ', '-')}",  # told apart in the log without the user
            check=nothing_asked,
        )
        for name, host in _LITERALS.items()
    ),
    *(
        Case(
            f"redirect {name}",
            FAILING,
            error,
            plays=redirect(to.replace("{path}", f"/redirect-{name.replace(' ', '-')}")),
            check=asked_once if name != "to itself" else _followed_five_times,
        )
        for name, (to, error) in _TARGETS.items()
    ),
    Case(
        "redirect back and forth",
        FAILING,
        "redirected more than 5 times",
        plays=redirect("/redirect-back-and-forth/next"),
        also={"next": redirect("/redirect-back-and-forth")},
        check=_followed_five_times,
    ),
    Case(
        "redirect five times",
        OK,
        entries=2,
        plays=redirect("/redirect-five-times/1"),
        also={
            **{str(n): redirect(f"/redirect-five-times/{n + 1}") for n in range(1, 5)},
            "5": answer(feed("five times")),
        },
        check=_followed_five_times,
    ),
    Case(
        "redirect six times",
        FAILING,
        "redirected more than 5 times",
        plays=redirect("/redirect-six-times/1"),
        also={
            **{str(n): redirect(f"/redirect-six-times/{n + 1}") for n in range(1, 6)},
            "6": answer(feed("six times")),
        },
        check=_followed_five_times,
    ),
    Case(
        "redirect with a password to another host",
        OK,
        entries=2,
        address="http://me:secret@{host}:{port}{path}",
        plays=redirect("http://" + ELSEWHERE + ":{port}/redirect-with-a-password-to-another-host/next"),
        also={"next": answer(feed("a password"))},
        check=_never_carried,
    ),
    Case(
        "redirect without a location",
        FAILING,
        "answered 302",
        plays=answer(feed("no location"), status=302),
        check=asked_once,
    ),
    Case(
        "redirect with a feed in it",
        FAILING,
        REFUSED,
        plays=lambda asked: answer(
            feed("moved"), status=301, Location=f"http://127.0.0.1:{asked.headers['host'].rpartition(':')[2]}{TRAP}"
        ),
        check=asked_once,
    ),
)
