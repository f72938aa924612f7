"""The handbook on the site: a page for each role and each of its tasks, and which is about which page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from examgen.core.files import read_input
from examgen.core.readings import Readings
from examgen.core.resources import builtin
from examgen.core.words import Language, Message, tell
from examgen.site.access import public
from examgen.site.accounts.roles import WORDS, Role, has
from examgen.site.language import address, reader
from examgen.site.requests import Request

START = "index"
ROLES = {"coordinator": Role.ASSEMBLER, **{role.value: role for role in Role if role != Role.ASSEMBLER}}
"""Name of a page → whose it is; the first page, START, is everybody's."""
PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("bank-review", ("reviewer#approving",)),
    ("bank-status", ("reviewer#approving", "writer#review")),
    *((name, ("writer#many",)) for name in ("bank-exchange", "bank-upload", "bank-read")),
    ("bank", ("writer#item", "reviewer#approving")),
    *((name, ("reviewer#rating",)) for name in ("reviews-begin", "reviews-rate", "reviews-end")),
    ("reviews-cut", ("psychometrician#cuts",)),
    ("reviews", ("approver#round", "reviewer#rating", "writer#review")),
    ("standards", ("coordinator#unit",)),
    ("blueprint", ("coordinator#blueprint",)),
    ("papers", ("coordinator#papers", "invigilator#before")),
    ("opening", ("coordinator#openings", "approver#opening")),
    ("exam", ("coordinator#blueprint", "auditor#exam")),
    ("roster", ("invigilator#came",)),
    ("room", ("invigilator#came",)),
    ("returns", ("invigilator#happened",)),
    ("held", ("coordinator#held", "invigilator#held")),
    ("plan", ("coordinator#papers",)),
    *((name, ("assessor#rating",)) for name in ("assess", "moderate")),
    *((name, ("grader#aside",)) for name in ("quarantine", "row")),
    *((name, ("grader#correction",)) for name in ("correction", "proposal")),
    ("case", ("grader#cases", "approver#cases")),
    ("rules", ("psychometrician#cuts",)),
    *((name, ("approver#release",)) for name in ("release", "persons", "conflicts")),
    ("results-analysis", ("psychometrician#analysis",)),
    ("results", ("grader#reports", "approver#signed")),
    ("analys", ("psychometrician#analyses",)),
    ("certificates", ("approver#certificates",)),
    ("verify", ("approver#signed",)),
    ("body", ("administrator#body",)),
    ("people", ("administrator#accounts",)),
    ("person", ("administrator#moves-on",)),
    ("record", ("auditor#record", "administrator#record")),
    *((name, ("grader#answers",)) for name in ("sitting", "answers", "scan", "gallery", "score", "run")),
)
"""How names of addresses begin → the parts of the handbook that are about such a page. The first that suits
the reader's roles is shown; where none does, the page of the reader's own role."""


class Section(NamedTuple):
    """A heading of the handbook with the text below it, without marks: its anchor, and the anchor of the task
    on whose page it is; "" for what stands before the first task."""

    task: str
    anchor: str
    title: str
    text: str


class HandbookTask(NamedTuple):
    """A task of a role, on a page of its own."""

    anchor: str
    title: str
    body: Markup


class HandbookPage(NamedTuple):
    """A page of the handbook: what stands before its tasks, and these. The first page has no tasks: its parts
    are read together."""

    title: str
    body: Markup
    tasks: tuple[HandbookTask, ...]
    sections: tuple[Section, ...]


def part_about(request: HttpRequest) -> str:
    """The address of the part of the handbook that is about the page that is asked for."""
    found = request.resolver_match
    name = (found.url_name if found else "") or ""
    parts = next((parts for begins, parts in PARTS if name.startswith(begins)), ())
    for part in parts:
        page, _, anchor = part.partition("#")
        if has(request.user, ROLES[page]):
            return _address(page, anchor)
    own = next((page for page, role in ROLES.items() if parts and has(request.user, role)), START)
    return _address(own)


def _address(name: str, anchor: str = "") -> str:
    """Where a page of the handbook is, or one of its headings."""
    if name == START:
        return address("handbook") + (anchor and f"#{anchor}")
    task = _tasks_by_anchor(name).get(anchor, "")
    if not task:
        return address("handbook-page", name)
    return address("handbook-task", name, task) + (f"#{anchor}" if anchor != task else "")


def _tasks_by_anchor(name: str) -> dict[str, str]:
    """Anchor of a heading → anchor of the task on whose page it is."""
    path = _path(name, "th")
    return _anchors.of(name, [path], lambda: dict(_headings(read_input(path).decode("utf-8"))))


def _headings(text: str) -> Iterator[tuple[str, str]]:
    task = ""
    for rank, anchor in re.findall(r"^(##+) .*\{#([\w-]+)\}\s*$", text, flags=re.M):
        task = anchor if rank == "##" else task
        yield anchor, task


@public
def start(request: Request) -> HttpResponse:
    """The first page of the handbook."""
    return _shown(request, START)


@public
def page(request: Request, name: str) -> HttpResponse:
    """A page of the handbook: that of a role, with what it tells of."""
    if name not in ROLES:
        raise Http404
    return _shown(request, name)


@public
def task(request: Request, name: str, task: str) -> HttpResponse:
    """A task of a role."""
    if name not in ROLES:
        raise Http404
    return _shown(request, name, task)


def _shown(request: Request, name: str, task: str = "") -> HttpResponse:
    shown = read_page(name, reader())
    names = [one.anchor for one in shown.tasks]
    if task and task not in names:
        raise Http404
    n = names.index(task) if task else -1
    tasks = [(one.title, _address(name, one.anchor), one.anchor) for one in shown.tasks]
    said = {
        "shown": shown,
        "pages": [(words_of(one), _address(one), one == name) for one in (START, *ROLES)],
        "tasks": tasks,
        "task": shown.tasks[n] if task else None,
        "words": words_of(name),
        "here": _address(name),
        "before": tasks[n - 1] if n > 0 else None,
        "after": tasks[n + 1] if task and n + 1 < len(tasks) else None,
    }
    return render(request, "handbook.html", said)


def words_of(name: str) -> Message:
    """What a page of the handbook is called in a list of them."""
    return tell("Start here") if name == START else WORDS[ROLES[name]]


def read_page(name: str, language: Language) -> HandbookPage:
    """A page of the handbook in a language."""
    path = _path(name, language)
    return _pages.of(path, [path], partial(_read, name, path))


def _path(name: str, language: Language) -> Path:
    folder = builtin("handbook")
    return folder / "index.md" if (name, language) == (START, "th") else folder / language / f"{name}.md"


_pages = Readings[HandbookPage](64)
_anchors = Readings[dict[str, str]](32)
FOLDED = ("editions", "copies", "formulas")
"""Parts that few read: on the site they stand behind their headings."""
_ANCHOR = re.compile(r"\s*\{#([\w-]+)\}\s*$")
_LINK = re.compile(r"(?:(?:\.\./)?(?:th/|en/)?([a-z]+)\.md)?(?:#([\w-]+))?")


def _read(name: str, path: Path) -> HandbookPage:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = _without_pictures(parser.parse(read_input(path).decode("utf-8")))
    task, anchor, title, heading = "", "", "", ""
    texts: dict[tuple[str, str, str], list[str]] = {}
    bodies: dict[tuple[str, str], list[Token]] = {("", ""): []}
    of_title = False
    for n, token in enumerate(tokens):
        if token.type == "heading_open":
            inline = tokens[n + 1]
            named = _ANCHOR.search(inline.content)
            if named:
                inline.content = inline.content[: named.start()]
                inline.children = parser.parseInline(inline.content)[0].children
            heading = _plain(inline)
            anchor = named[1] if named else ""
            is_task = token.tag == "h2" and name != START
            of_title = token.tag == "h1" or is_task
            if token.tag == "h1":
                title = heading
            elif is_task:
                task = anchor
                bodies[anchor, heading] = []
            elif anchor:
                token.attrSet("id", anchor)
        elif token.type == "inline":
            texts.setdefault((task, anchor, heading), []).append(_plain(token))
            for child in token.children or ():
                if child.type == "link_open":
                    child.attrSet("href", _on_the_site(name, str(child.attrGet("href") or "")))
        if not of_title:
            if token.type.startswith("heading") and name != START:
                token.tag = f"h{int(token.tag[1]) - 1}"  # the task is the first heading of its page
            [*bodies.values()][-1].append(token)
        of_title = of_title and token.type != "heading_close"
    written = {
        place: Markup(parser.renderer.render(_with_folds(body), parser.options, {}))
        for place, body in bodies.items()
    }
    tasks = tuple(HandbookTask(*place, body) for place, body in written.items() if place[0])
    sections = tuple(Section(*place, " ".join(lines)) for place, lines in texts.items())
    return HandbookPage(title, written["", ""], tasks, sections)


def _without_pictures(tokens: list[Token]) -> list[Token]:
    """Without paragraphs that are a picture of the site, which the reader has before them."""
    kept: list[Token] = []
    for token in tokens:
        is_picture = token.type == "inline" and [one.type for one in token.children or ()] == ["image"]
        if is_picture:
            kept.pop()
        elif not (kept and token.type == "paragraph_close" and kept[-1].type != "inline"):
            kept.append(token)
    return kept


def _with_folds(tokens: list[Token]) -> list[Token]:
    """With the parts of `FOLDED` behind their headings, each up to the next heading of its rank or above."""
    made: list[Token] = []
    rank = 0
    """Of the fold that is open; 0 where none is."""
    for n, token in enumerate(tokens):
        if token.type == "heading_open" and rank and int(token.tag[1]) <= rank:
            made.append(Token("html_block", "", 0, content="</details>"))
            rank = 0
        is_fold = token.type == "heading_open" and token.attrGet("id") in FOLDED
        if is_fold:
            rank = int(token.tag[1])
            made.append(Token("html_block", "", 0, content="<details><summary>"))
        made.append(token)
        if token.type == "heading_close" and rank and tokens[n - 2].attrGet("id") in FOLDED:
            made.append(Token("html_block", "", 0, content="</summary>"))
    return [*made, *([Token("html_block", "", 0, content="</details>")] if rank else [])]


def _plain(token: Token) -> str:
    return "".join(
        one.content if one.content else " " * (one.type == "softbreak") for one in token.children or ()
    )


def _on_the_site(name: str, link: str) -> str:
    """A link on a page of the handbook to a heading of it, or to another page, as an address of the site."""
    found = _LINK.fullmatch(link)
    return _address(found[1] or name, found[2] or "") if found else link


def lookup(words: str) -> list[dict[str, Any]]:
    """The parts of the handbook that hold the words: page, heading and address."""
    said = words.casefold()
    return [
        {"page": words_of(name), "title": one.title, "address": _address(name, one.anchor), "text": one.text}
        for name in (START, *ROLES)
        for one in read_page(name, reader()).sections
        if said in one.title.casefold() or said in one.text.casefold()
    ]
