"""HTML fragments → a page for each, drawn as WeasyPrint would draw it alone on that page.

A separate page costs more than the line of text on it, because of page styles and margin boxes. So
fragments of one width are laid out in the top left corner of one page, on top of each other, and then each
is drawn on a page by itself, with every box in the same position. A fragment that is broken over pages, or
that depends on the size of its page, has its own pages from the start.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from examgen.rendering.pdf import engine
from examgen.rendering.pdf.source import expected_text, text_of

ENDLESS = 100_000.0
"""Height in px of the page for a fragment without a height limit."""

_MARGIN_BOXES = tuple(
    [f"{side}-{place}" for side in ("top", "bottom") for place in ("left", "center", "right")]
    + [f"{side}-{place}" for side in ("left", "right") for place in ("top", "middle", "bottom")]
    + [f"{side}-{place}-corner" for side in ("top", "bottom") for place in ("left", "right")]
)

_OF_THE_PAGE = re.compile(
    r"\d[dls]?v(?:[whib]|min|max)\b|(?:position|background-attachment|background)\s*:[^;}]*\bfixed\b",
    re.ASCII,
)
"""Matches CSS that depends on the page: lengths relative to its size, and content that is repeated on every
page."""
_STYLE = re.compile(r"\s*(?:<style>[^<]*</style>\s*)+")


class Fragment(NamedTuple):
    """A part of a page, to be laid out with this width in px."""

    html: str
    width: float


class FragmentPage(NamedTuple):
    """A page with a fragment, or with part of it."""

    n: int
    """The index of the fragment among all."""
    page: Any
    """WeasyPrint's page."""
    end: float | None
    """The distance from the top to the end of the fragment, in px; None if it continues on the next page."""


class FragmentPages(NamedTuple):
    """The pages of some of the fragments, in order."""

    pages: tuple[FragmentPage, ...]
    texts: Mapping[int, str]
    """By fragment, in the order of the pages: the text that should be extracted from its pages."""
    raw: bytes
    """The PDF of the pages."""
    read: tuple[Path, ...]
    """The files that were read."""


def lay_out(
    css: str,
    fragments: Sequence[Fragment],
    tallest: float | None = None,
    *,
    cut: bool = False,
    language: str = "th",
    readable: Sequence[Path],
    **options: Any,
) -> Iterator[FragmentPages]:
    """Yield the pages of all fragments, from one run of WeasyPrint or from two; options as of
    `engine.lay_out`.

    Fragments taller than `tallest` px are broken over pages of that height; `cut` states that all are. A
    style sheet at the beginning of the first fragment applies to all.
    """
    options = {"language": language, "readable": readable, **options}
    alone = dict(enumerate(fragments))
    by_the_page = any(_OF_THE_PAGE.search(text) for text in (css, *(one.html for one in fragments)))
    if len(fragments) > 1 and not cut and not by_the_page:
        overlaid = _overlaid(css, fragments, tallest or ENDLESS, options)
        alone = {n: fragment for n, fragment in alone.items() if n not in overlaid.texts}
        if overlaid.pages:
            yield overlaid
    if alone:
        first = min(alone)
        if first > 0 and (style := _STYLE.match(fragments[0].html)):
            alone[first] = alone[first]._replace(html=style[0] + alone[first].html)
        yield _on_own_pages(css, alone, tallest or ENDLESS, options)


def _overlaid(
    css: str, fragments: Sequence[Fragment], tallest: float, options: Mapping[str, Any]
) -> FragmentPages:
    """Return the pages of those fragments that are no taller, and that can be laid out on top of each other
    on one page."""
    members: dict[float, list[int]] = {}
    for n, fragment in enumerate(fragments):
        members.setdefault(fragment.width, []).append(n)
    body = ""
    for width, name in _names(fragments).items():
        style = f"position:absolute;top:0;left:0;width:{width!r}px;display:flow-root"
        inside = "".join(_marked(n, fragments[n], style) for n in members[width])
        body += f'<div style="page:{name};break-before:page">{inside}</div>'
    sheets: list[FragmentPage] = []

    def drawn(document: Any) -> list[Any]:
        for page, numbers in zip(document.pages, members.values(), strict=False):
            sheets.extend(_isolated(page, numbers, tallest))
        return [sheet.page for sheet in sheets]

    _, raw, read = engine.lay_out(
        _document(css, fragments, ENDLESS, body, options["language"]), drawn=drawn, **options
    )
    texts = {}
    for sheet in sheets:
        [block] = sheet.page._page_box.children[0].children[0].children
        texts[sheet.n] = text_of(block.element, options["readable"])
    return FragmentPages(tuple(sheets), texts, raw, read)


def _isolated(page: Any, numbers: Sequence[int], tallest: float) -> Iterator[FragmentPage]:
    """Yield a page for each fragment that is whole on this page and no taller; none if they are not laid out
    as on pages of their own."""
    box = page._page_box
    root = box.children[0]
    if len(box.children) > 1 or len(root.children) != 1 or box.style["overflow"] != "visible":
        return
    [body] = root.children
    edges = body.content_box_x(), body.content_box_y(), body.width
    if edges != (0, 0, box.width) or len(body.children) != 1:
        return
    stacked = [kid._box for kid in body.children[0].children if kid.is_absolutely_positioned()]
    if [one.element.get("id") for one in stacked] != [f"block-{n}" for n in numbers]:
        return
    for n, one in zip(numbers, stacked, strict=True):
        alone = one.copy()
        alone.style = one.style.copy()
        alone.style["position"] = "static"  # as it is drawn when it is alone
        around = root.copy_with_children([body.copy_with_children([alone])])
        sheet = type(page)(box.copy_with_children([around]))
        end = sheet.anchors.get(f"block-{n}-end")
        if end and end[1] <= tallest:
            yield FragmentPage(n, sheet, float(end[1]))


def _on_own_pages(
    css: str, fragments: Mapping[int, Fragment], height: float, options: Mapping[str, Any]
) -> FragmentPages:
    """Return the pages of fragments, by their indices, each beginning a page of this height."""
    names = _names(fragments.values())
    style = "page:{};break-before:page;display:flow-root"
    body = "".join(_marked(n, one, style.format(names[one.width])) for n, one in fragments.items())
    html = _document(css, [*fragments.values()], height, body, options["language"])
    document, raw, read = engine.lay_out(html, **options)
    # a page on which none begins continues the last one
    waiting = [*fragments][::-1]
    n = waiting[-1]
    sheets: list[FragmentPage] = []
    for page in document.pages:
        if waiting and f"block-{waiting[-1]}" in page.anchors:
            n = waiting.pop()
        end = page.anchors.get(f"block-{n}-end")
        sheets.append(FragmentPage(n, page, float(end[1]) if end else None))
    texts = {n: expected_text(fragment.html, options["readable"]) for n, fragment in fragments.items()}
    return FragmentPages(tuple(sheets), texts, raw, read)


def _marked(n: int, fragment: Fragment, style: str) -> str:
    """Return a fragment with anchors at its beginning and end."""
    return f'<div style="{style}" id="block-{n}">{fragment.html}<div id="block-{n}-end"></div></div>'


def _names(fragments: Iterable[Fragment]) -> dict[float, str]:
    """Return the names of pages, by the widths of fragments."""
    return {width: f"block-{n}" for n, width in enumerate(dict.fromkeys(one.width for one in fragments))}


def _document(css: str, fragments: Sequence[Fragment], height: float, body: str, language: str) -> str:
    """Return the HTML document: a named page for each width of fragments, with empty margins."""
    bare = "".join(f"@{box}{{content:none}}" for box in _MARGIN_BOXES if f"@{box}" in css)
    pages = "".join(
        f"@page {name}{{size:{width!r}px {height!r}px;margin:0;padding:0;border:0;{bare}}}"
        for width, name in _names(fragments).items()
    )
    head = f'<meta charset="utf-8"><style>{css}\n{pages}</style>'
    return f'<!DOCTYPE html><html lang="{language}"><head>{head}</head><body>{body}</body></html>'
