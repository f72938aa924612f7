"""No English is left on a Thai page, and no option, command or place in a file as programs write it: every page
of a site in which things have happened is read.

The pages are found by their links, and those that no link of this site leads to are asked for by name; what
is on them is ours alone, for the bank, the names and the reasons written here are Thai.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import override

from tests.site.conftest import Client, Make, name_of
from tests.site.lived import EVERY_ROLE, happened, signed_in
from tests.site.sittings.conftest import AT, EXAM, UNIT, file, stated, upload

ALLOWED = {
    "examgen": "the name of the program",
    **dict.fromkeys(("CSV", "GZ", "XLSX", "PDF", "ZIP", "zip", "JSON", "YAML", "Parquet"), "kinds of files"),
    **dict.fromkeys(("HTML", "PNG", "JPEG", "TIFF", "GIF", "WebP", "SVG", "XML"), "kinds of files"),
    **dict.fromkeys(("UTF", "BOM", "MB", "kB", "SHA"), "units, and names of encodings"),
    **dict.fromkeys(("EOC", "PC", "IOC", "SEM", "SD", "ISCO"), "abbreviations that the field's Thai has"),
    **dict.fromkeys(("Excel", "Word", "Moodle", "GIFT", "Aiken", "QTI"), "programs"),
    **dict.fromkeys(
        ("mirt", "exams", "git", "JavaScript"),
        "programs",
    ),
    **dict.fromkeys(("Wilson", "Jeffreys", "Clopper", "Pearson", "Letter"), "names"),
    **dict.fromkeys(("Feldt", "Fisher", "Holm", "Mantel", "Haenszel"), "names"),
    **dict.fromkeys(("DIF", "SIBTEST", "outfit"), "terms that the field’s Thai has in Latin letters"),
    **dict.fromkeys(
        ("ANSWER", "angoff", "lord", "all", "by_options", "pilot", "approved"),
        "what is to be typed just so",
    ),
    **dict.fromkeys(("true", "false", "none", "moodle"), "rules of scoring, as files have them"),
    **dict.fromkeys(("analyse", "equate", "link"), "commands"),
    **dict.fromkeys(
        ("candidate_id", "name", "centre", "room", "seat", "form", "status", "accessible", "large_print"),
        "headings of columns that a file is to have",
    ),
}
"""Words of Latin letters that a Thai page may have, and why."""
LEAFS = {"script", "style", "code", "pre", "textarea"}
SAID = ("alt", "title", "aria-label", "placeholder", "content")
VOID = {"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
WORD = re.compile(r"(?<![\w./@#&:=+-])[A-Za-z][A-Za-z_’']+(?![\w/@=]|[.-]\w)")
CODE = re.compile(r"`[^`]*`|\b[0-9a-f]{4}(?: [0-9a-f]{4}){3}\b")
"""Commands and fingerprints."""
UNREAD = {
    "analyses-ask": "the options of a command, with the values that are typed just so",
    "bank-preview": "a document of its own, in both languages",
    "results-document": "the same",
    "results-candidate-document": "the same",
    "results-analysis-page": "the same",
    "gallery-page": "the same",
    "handbook": "its Thai is held by tests/test_handbook.py; it names programs",
    "handbook-page": "the same",
    "bank-pdf": "a document",
    "reviews-picture": "a picture of one",
}
"""Addresses that are no pages of the site."""
AT_MOST = {"job": 20, "quarantine": 6}
"""Of most kinds of pages two are read."""


class Read(HTMLParser):
    """The words of a page for a reader of Thai, and where its links go."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.said: list[str] = []
        self.links: set[str] = set()
        self.html = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        foreign = tag in LEAFS or given.get("lang") == "en" or "code" in (given.get("class") or "").split()
        if not foreign and not self.is_foreign:
            is_named = tag == "meta" and given.get("name") != "description"
            self.said += [given[name] or "" for name in SAID if given.get(name) and not is_named]
        links = (given.get("href"), given.get("hx-get"))
        self.links |= {one for one in links if one and one[0] in "/?" and not one.startswith("/static")}
        if tag not in VOID:
            self.open.append((tag, foreign))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not self.is_foreign:
            self.said.append(" ".join(data.split()))

    @property
    def is_foreign(self) -> bool:
        return any(foreign for _, foreign in self.open)


def pages_from(client: Client, known: set[str], *first: str) -> Iterator[tuple[str, Read]]:
    """Every page that links lead to and that is not known yet, and those named; some of each kind."""
    todo, n_of = list(first), Counter(map(name_of, known))
    known.update(first)
    while todo:
        address = todo.pop()
        answer = client.get(address)
        if answer.status_code in (301, 302):
            todo.append(answer.headers["location"])
            continue
        if not answer.headers.get("content-type", "").startswith("text/html"):
            answer.close()
            continue
        page = read(answer)
        yield address, page
        for href in sorted(page.links):
            link = address.partition("?")[0] + href if href[0] == "?" else href
            name = name_of(link)
            if link not in known and name not in UNREAD and n_of[name] < AT_MOST.get(name, 2):
                n_of[name] += 1
                known.add(link)
                todo.append(link)


def read(answer: Any) -> Read:
    page = Read()
    page.html = answer.content.decode()
    page.feed(page.html)
    return page


def read_template(name: str) -> Read:
    page = Read()
    with override("th"):
        page.feed(render_to_string(name, using="jinja2"))
    return page


def english(page: Read) -> set[str]:
    """What is said in Latin letters, and may not be."""
    return {
        f"{word}: {text}"
        for text in page.said
        for word in WORD.findall(CODE.sub("", text))
        if word not in ALLOWED
    }


def refused(client: Client) -> Iterator[tuple[str, Read]]:
    """Files that cannot be told, each where it was sent."""
    for name, data in (("1.csv", b"a,b\n1,2\n"), ("2.csv", b"%PDF-1.7")):
        yield name, read(upload(client, (name, data), replace="on"))
        yield name, read(client.post(f"{AT}/roster/list/", {"given": [file(name, data)]}))
        yield name, read(client.get(f"{AT}/answers/"))


WITHOUT_LINK = (
    *("/me/", "/verify/", "/nowhere/"),
    *("/accounts/password/change/", "/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/logout/"),
    *("/accounts/2fa/webauthn/", "/accounts/reauthenticate/", "/accounts/password/reset/"),
    *(f"{AT}/roster/list/", f"{AT}/scans/", f"{AT}/runs/compare/?before=1&after=2", f"{AT}/papers/list/"),
    *(f"/bank/{UNIT}/new/", f"/bank/{UNIT}/files/"),
    *(f"/reviews/unit/{UNIT}/statistics/", f"/reviews/exam/{EXAM}/cut/", "/standards/read/"),
)
OF_PROGRAMS = (
    re.compile(r"(?<![\w-])--[a-z][a-z-]+"),
    re.compile(r"\bexamgen [a-z]+"),
    re.compile(r"[\w.-]+\.(?:csv|yaml|yml|json|xlsx|txt):\d+"),
    re.compile(r"(?<![\w/.])(?:sitting|results|secure|papers|output|item_bank)/[\w./-]+"),
)
"""Options, commands, lines of files and paths."""
NOT_READ = re.compile(r"(?s)<(script|style|textarea)\b.*?</\1>|<!--.*?-->")


def of_programs(page: Read) -> set[str]:
    """What a page says in the words of a program."""
    text = re.sub("<[^>]*>", " ", NOT_READ.sub(" ", page.html))
    return {found for pattern in OF_PROGRAMS for found in pattern.findall(text)}


ERRORS = ("400", "403", "403_csrf", "404", "405", "429", "500")
EMPTY = (
    *("/people/", "/verify/", f"/bank/{UNIT}/new/", f"/bank/{UNIT}/import/"),
    *(f"{AT}/answers/", f"{AT}/corrections/", f"{AT}/roster/list/", f"{AT}/papers/list/", f"{AT}/openings/"),
    *(f"/reviews/unit/{UNIT}/new/", "/standards/read/", f"/blueprints/{UNIT}/1/", f"{AT}/aside/2/1/"),
    *("/accounts/password/change/", "/accounts/login/"),
)
"""Addresses to which a form is sent with nothing in it."""


def test_every_page_of_a_thai_site_is_thai(site: Path, person: Make) -> None:
    one, other = (signed_in(person, EVERY_ROLE, name) for name in ("1001", "1002"))
    stated(person)
    happened(one, other)
    nobody, none = Client(raise_request_exception=False), signed_in(person, "", "1003")
    nobody.cookies["language"] = "th"
    found: dict[str, set[str]] = {}
    seen, known = set[str](), set[str]()
    for address, page in (
        *pages_from(one, known, "/", *WITHOUT_LINK),
        *pages_from(other, known, f"{AT}/openings/", f"{AT}/runs/2/", "/reviews/"),
        *pages_from(nobody, known, "/accounts/login/", "/verify/"),
        *((address, read(none.get(address))) for address in ("/people/", "/bank/", "/")),
        *((address, read(one.post(address))) for address in EMPTY),
        *((f"{n}", read_template(f"{n}.html")) for n in ERRORS),
        *refused(one),
    ):
        seen.add(name_of(address))
        # auditors read in the record which files were written or opened, as they are called
        for said in english(page) | (of_programs(page) if name_of(address) != "record" else set()):
            found.setdefault(said, set()).add(address)
    assert not found, "\n".join(f"{said} | {min(where)}" for said, where in sorted(found.items()))
    of_pages = {"home", "bank-item", "blueprint", "row", "proposal", "run", "results-report", "reviews-rate"}
    assert of_pages <= seen
    assert len(seen) > 60
