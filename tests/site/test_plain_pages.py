"""No page names an option of the command line, a command, or a place in a file of ours as programs write it.

The pages are those of a site in which things have happened, found by their links, as in `test_thai_pages`, with
forms sent empty and files that cannot be read.
"""

from __future__ import annotations

import re
from pathlib import Path

from tests.site.conftest import Make, name_of
from tests.site.lived import EVERY_ROLE, happened, signed_in
from tests.site.sittings.conftest import AT, stated
from tests.site.test_thai_pages import EMPTY, WITHOUT_LINK, pages_from, refused

OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
COMMAND = re.compile(r"\bexamgen [a-z]+")
PLACE = re.compile(r"[\w.-]+\.(?:csv|yaml|yml|json|xlsx|txt):\d+")
PATH = re.compile(r"(?<![\w/.])(?:sitting|results|secure|papers|output|item_bank)/[\w./-]+")
NOT_READ = re.compile(r"(?s)<(script|style|textarea)\b.*?</\1>|<!--.*?-->")
FOR_MACHINES = {
    "analyses-ask": "its page shows the same as a command, for people who write scripts",
    "record": "auditors read which files of a package were written or opened, as they are called",
}


def faults(html: str) -> set[str]:
    """What a page says in the words of a program."""
    text = re.sub("<[^>]*>", " ", NOT_READ.sub(" ", html))
    return {found for pattern in (OPTION, COMMAND, PLACE, PATH) for found in pattern.findall(text)}


def test_no_page_names_an_option_a_command_or_a_line_of_a_file(site: Path, person: Make) -> None:
    one, other = (signed_in(person, EVERY_ROLE, name) for name in ("1001", "1002"))
    stated(person)
    happened(one, other)
    for client in (one, other):
        client.cookies["language"] = "en"
    found: dict[str, str] = {}
    seen, known = set[str](), set[str]()

    def look(address: str, html: str) -> None:
        seen.add(name_of(address))
        if name_of(address) not in FOR_MACHINES:
            for fault in faults(html):
                found.setdefault(fault, address)

    for client, ways in (
        (one, ("/", *WITHOUT_LINK)),
        (other, (f"{AT}/openings/", f"{AT}/runs/2/", "/reviews/")),
    ):
        for address, page in pages_from(client, known, *ways):
            look(address, page.html)
    for address in EMPTY:
        look(address, one.post(address).content.decode())
    for name, page in refused(one):
        look(f"{AT}/answers/?{name}", page.html)
    assert not found, "\n".join(f"{fault} | {where}" for fault, where in sorted(found.items()))
    assert len(seen) > 60
