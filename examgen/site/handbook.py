"""The handbook on the site: a page for each role."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from django.http import Http404, HttpResponse
from django.shortcuts import render
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from examgen.core.files import read_input
from examgen.core.readings import Readings
from examgen.core.resources import builtin
from examgen.core.words import Language, Message, tell
from examgen.site.access import public
from examgen.site.accounts.models import WORDS, Role, has
from examgen.site.language import address, reader
from examgen.site.requests import Request

START = "index"
ROLES = {"coordinator": Role.ASSEMBLER, **{role.value: role for role in Role if role != Role.ASSEMBLER}}
"""The role of each page of the handbook. The first page, START, is for everybody."""


class HandbookPage(NamedTuple):
    """A page of the handbook: its title, its content as HTML, and its parts by anchor and heading."""

    title: str
    body: Markup
    parts: tuple[tuple[str, str], ...]


def own_page(user: Any) -> str:
    """Returns the URL of the handbook's page for the first role of a user, or of its first page."""
    return _address(next((page for page, role in ROLES.items() if has(user, role)), START))


def _address(name: str, anchor: str = "") -> str:
    """Returns the URL of a page of the handbook, or of a heading on it."""
    page = address("handbook") if name == START else address("handbook-page", name)
    return page + (anchor and f"#{anchor}")


@public("handbook/", "handbook")
def start(request: Request) -> HttpResponse:
    """Shows the first page of the handbook."""
    return _shown(request, START)


@public("handbook/<str:name>/", "handbook-page")
def page(request: Request, name: str) -> HttpResponse:
    """Shows the page of the handbook for a role."""
    if name not in ROLES:
        raise Http404
    return _shown(request, name)


def _shown(request: Request, name: str) -> HttpResponse:
    pages = [(words_of(one), _address(one), one == name) for one in (START, *ROLES)]
    return render(request, "handbook.html", {"shown": read_page(name, reader()), "pages": pages})


def words_of(name: str) -> Message:
    """Returns the label of a page of the handbook in the list of pages."""
    return tell("Start here") if name == START else WORDS[ROLES[name]]


def read_page(name: str, language: Language) -> HandbookPage:
    """Returns a page of the handbook in a language."""
    folder = builtin("handbook")
    path = folder / "index.md" if (name, language) == (START, "th") else folder / language / f"{name}.md"
    return _pages.of(path, [path], partial(_read, name, path))


_pages = Readings[HandbookPage](64)
_ANCHOR = re.compile(r"\s*\{#([\w-]+)\}\s*$")
_LINK = re.compile(r"(?:(?:\.\./)?(?:th/|en/)?([a-z]+)\.md)?(?:#([\w-]+))?")
_PICTURE = re.compile(r"^[ ]*!\[.*\]\(.*\)$\n", re.M)
"""A paragraph with a screenshot, which is left out because the reader sees the site itself."""


def _read(name: str, path: Path) -> HandbookPage:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(_PICTURE.sub("", read_input(path).decode("utf-8")))
    title, parts, body = "", list[tuple[str, str]](), list[Token]()
    for n, token in enumerate(tokens):
        if token.type == "heading_open":
            inline = tokens[n + 1]
            if named := _ANCHOR.search(inline.content):
                inline.content = inline.content[: named.start()]
                inline.children = parser.parseInline(inline.content)[0].children
                token.attrSet("id", named[1])
            if token.tag == "h1":
                title = inline.content
            elif token.tag == "h2" and named:
                parts.append((named[1], inline.content))
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("href", _on_the_site(name, str(child.attrGet("href") or "")))
        body.append(token)
    return HandbookPage(title, Markup(parser.renderer.render(body[3:], parser.options, {})), tuple(parts))


def _on_the_site(name: str, link: str) -> str:
    """Returns a link to a page or heading of the handbook as a URL of the site; other links unchanged."""
    found = _LINK.fullmatch(link)
    return _address(found[1] or name, found[2] or "") if found else link
