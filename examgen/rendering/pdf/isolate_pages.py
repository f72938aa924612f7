"""HTML fragments → a page for each, drawn as WeasyPrint draws it where it stands alone on that page.

A page of its own costs more than the line of text on it: styles of pages, margin boxes. So fragments of one
width are laid out in the top left corner of one page, one over the other, and then drawn each on a page by
itself: every box stands where it would stand there. A fragment that is broken over pages, or that asks how
large its page is, has pages of its own from the start.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from examgen.rendering.pdf import engine
from examgen.rendering.pdf.source import expected_text, text_of

ENDLESS = 100_000.0
"""Height in px of the page on which a fragment is laid out that may be as tall as it likes."""

_MARGIN_BOXES = tuple(
    [f"{side}-{place}" for side in ("top", "bottom") for place in ("left", "center", "right")]
    + [f"{side}-{place}" for side in ("left", "right") for place in ("top", "middle", "bottom")]
    + [f"{side}-{place}-corner" for side in ("top", "bottom") for place in ("left", "right")]
)

_OF_THE_PAGE = re.compile(
    r"\d[dls]?v(?:[whib]|min|max)\b|(?:position|background-attachment|background)\s*:[^;}]*\bfixed\b",
    re.ASCII,
)
"""What is laid out by the size of the page: a length in parts of it, what stands on every page."""
_STYLE = re.compile(r"\s*(?:<style>[^<]*</style>\s*)+")


class Fragment(NamedTuple):
    """A part of a page, to be laid out in that width in px."""

    html: str
    width: float


class FragmentPage(NamedTuple):
    """A page with a fragment, or with part of it."""

    n: int
    """The fragment, by its place among all."""
    page: Any
    """WeasyPrint's page."""
    end: float | None
    """How far down the fragment ends, in px; None where it goes on overleaf."""


class FragmentPages(NamedTuple):
    """Pages of some of the fragments, one after the other."""

    pages: tuple[FragmentPage, ...]
    texts: Mapping[int, str]
    """By fragment, in the order of the pages: the text that a reader should find on its pages."""
    raw: bytes
    """Their PDF."""
    read: tuple[Path, ...]
    """The files that were read for them."""


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
    """Pages of all fragments, from one run of WeasyPrint or from two; options as of `engine.lay_out`.

    What is taller than `tallest` px is broken over pages of that height; `cut` says that everything is. A
    style sheet at the beginning of the first fragment is that of all.
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
    """Pages of those fragments that are no taller, and can be laid out on a page one over the other."""
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
    """A page for each fragment that is whole on that page, and no taller; none where they do not stand as on
    pages of their own."""
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
        alone.style["position"] = "static"  # as it is drawn where it stands alone
        around = root.copy_with_children([body.copy_with_children([alone])])
        sheet = type(page)(box.copy_with_children([around]))
        end = sheet.anchors.get(f"block-{n}-end")
        if end and end[1] <= tallest:
            yield FragmentPage(n, sheet, float(end[1]))


def _on_own_pages(
    css: str, fragments: Mapping[int, Fragment], height: float, options: Mapping[str, Any]
) -> FragmentPages:
    """The pages of fragments, by their places among all, each beginning a page of that height."""
    names = _names(fragments.values())
    style = "page:{};break-before:page;display:flow-root"
    body = "".join(_marked(n, one, style.format(names[one.width])) for n, one in fragments.items())
    html = _document(css, [*fragments.values()], height, body, options["language"])
    document, raw, read = engine.lay_out(html, **options)
    # a page on which none begins goes on with the last
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
    """A fragment with anchors where it begins and ends."""
    return f'<div style="{style}" id="block-{n}">{fragment.html}<div id="block-{n}-end"></div></div>'


def _names(fragments: Iterable[Fragment]) -> dict[float, str]:
    """Return the names of pages, by the widths of fragments."""
    return {width: f"block-{n}" for n, width in enumerate(dict.fromkeys(one.width for one in fragments))}


def _document(css: str, fragments: Sequence[Fragment], height: float, body: str, language: str) -> str:
    """The page of HTML: a named page for each width of fragments, without anything in its margins."""
    bare = "".join(f"@{box}{{content:none}}" for box in _MARGIN_BOXES if f"@{box}" in css)
    pages = "".join(
        f"@page {name}{{size:{width!r}px {height!r}px;margin:0;padding:0;border:0;{bare}}}"
        for width, name in _names(fragments).items()
    )
    head = f'<meta charset="utf-8"><style>{css}\n{pages}</style>'
    return f'<!DOCTYPE html><html lang="{language}"><head>{head}</head><body>{body}</body></html>'
