"""The PDF of every kind of report for screen readers: PDF/UA-1, header cells, languages, order of reading."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterator
from typing import Any

import pikepdf
import pytest
from bs4 import BeautifulSoup

from examgen.rendering.pdf.tags import Mark, Tag, joined, marks_of
from tests.effort import some
from tests.papers.pdf_ua.requirements import checked
from tests.papers.pdf_ua.structure import elements, kids, text_in_order
from tests.reports.every_kind import KINDS, made

BOUND = ("candidate", "cohort", "centre", "coverage", "committee")
"""The kinds of `examgen report`, which are written in either language too."""
LABELS = ("Figure", "Lbl")
NOT_IN_THE_TAGS = "head, style, svg, .skip, .foot"
"""What HTML has besides: pictures, which the PDF tells by their alternatives, and feet, which are artifacts there."""
PAGES = "nav li, .to-page"
"""Where the PDF has page numbers, and HTML has links."""


@pytest.mark.parametrize("kind", some(KINDS, 3))
def test_all_that_pdf_ua_asks_and_a_program_can_see_holds(kind: str) -> None:
    assert [one for one in checked(made(kind).pdf) if one.faults] == []


@pytest.mark.parametrize("kind", some(KINDS, 3))
def test_every_cell_has_a_header_in_its_row_or_column(kind: str) -> None:
    n_cells = 0
    with pikepdf.open(io.BytesIO(made(kind).pdf)) as pdf:
        for table in (one for one in elements(pdf) if one.kind == "Table"):
            rows = [list(placed(row)) for row in rows_of(table.entry)]
            columns = {n for row in rows for n, cell in row if scope(cell) == "/Column"}
            for row in rows:
                has_own = any(scope(cell) == "/Row" for _, cell in row)
                cells = [n for n, cell in row if cell.S == "/TD"]
                n_cells += len(cells)
                assert has_own or set(cells) <= columns
    assert n_cells > 5


def rows_of(entry: Any) -> Iterator[Any]:
    for kid in kids(entry):
        if str(kid.S) == "/TR":
            yield kid
        elif str(kid.S) in ("/THead", "/TBody", "/TFoot"):
            yield from rows_of(kid)


def placed(row: Any) -> Iterator[tuple[int, Any]]:
    """(column, cell) of a row; a cell over several columns once for each."""
    places = itertools.count()
    for cell in kids(row):
        for _ in range(int(cell.get("/A", {}).get("/ColSpan", 1))):
            yield next(places), cell


def scope(cell: Any) -> str:
    return str(cell.get("/A", {}).get("/Scope", "")) if cell.S == "/TH" else ""


# ── languages ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", BOUND)
def test_english_in_a_report_of_both_languages_is_tagged_as_english(kind: str) -> None:
    data = made(kind).pdf
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert str(pdf.Root.Lang) == "th"
        assert {str(one.entry.Lang) for one in elements(pdf) if "/Lang" in one.entry} == {"en"}
        tagged = "".join(text_below(pdf, data, "en"))
    english = [one.get_text() for one in meant(made(kind).html).select("[lang=en]")]
    words = {word for text in english for word in re.findall("[A-Za-z]{4,}", text)}
    assert len(words) > 20
    assert {word for word in words if word not in tagged} == set()


def text_below(pdf: pikepdf.Pdf, data: bytes, language: str) -> Iterator[str]:
    """The text of each outermost tag of that language, blanks left out, alternatives with it."""
    for one in elements(pdf):
        if str(one.entry.get("/Lang", "")) == language:
            one.entry.S = pikepdf.Name.Quote
        if "/Alt" in one.entry:
            yield str(one.entry.Alt)
    spoken = io.BytesIO()
    pdf.save(spoken)
    yield text_in_order(spoken.getvalue(), only="Quote")


@pytest.mark.parametrize("kind", ["cohort", "coverage"])
def test_thai_in_an_english_report_is_tagged_as_thai(kind: str) -> None:
    data = made(kind, "en").pdf
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert str(pdf.Root.Lang) == "en"
        thai = "".join(text_below(pdf, data, "th"))
    everything = text_in_order(data)
    assert len(re.findall("[ก-ฮ]", everything)) > 20
    assert re.findall("[ก-ฮ]", thai) == re.findall("[ก-ฮ]", everything)


# ── order ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", some(KINDS, 3))
def test_the_tags_read_as_the_page_of_html_does(kind: str) -> None:
    page = meant(made(kind).html)
    for linked in page.select(PAGES):
        linked.string = (linked.get_text() if linked.name == "li" else "") + "‡"
    text = re.escape("".join(page.get_text().split())).replace("‡", r"(\d+|หน้าpage)")
    assert re.fullmatch(text, text_in_order(made(kind).pdf, without=LABELS))


def meant(html: str) -> BeautifulSoup:
    """A page without what the tags of the PDF leave out."""
    page = BeautifulSoup(html, "html.parser")
    for gone in page.select(NOT_IN_THE_TAGS):
        gone.decompose()
    return page


@pytest.mark.parametrize("kind", some(KINDS, 3))
def test_bookmarks_are_the_headings_in_their_order(kind: str) -> None:
    with pikepdf.open(io.BytesIO(made(kind).pdf)) as pdf, pdf.open_outline() as outline:
        told = "".join("".join(titles(outline.root)).split())
    heads = BeautifulSoup(made(kind).html, "html.parser").find_all(re.compile("^h[1-6]$"))
    assert told == "".join("".join(head.get_text() for head in heads).split())


def titles(items: Any) -> Iterator[str]:
    for item in items:
        yield item.title
        yield from titles(item.children)


@pytest.mark.long("a table of many pages; test_reports_tagged has the tags of each report")
def test_a_table_over_two_pages_is_one_table() -> None:
    with pikepdf.open(io.BytesIO(made("committee", "th").pdf)) as pdf:
        n_tables = sum(one.kind == "Table" for one in elements(pdf))
        pages = [page_of(one.entry) for one in elements(pdf) if one.kind == "TBody"]
    assert n_tables == len(BeautifulSoup(made("committee", "th").html, "html.parser").find_all("table"))
    assert max(map(len, pages)) > 1


def page_of(entry: Any) -> set[Any]:
    """The pages that hold what is in a tag."""
    found = {entry.Pg.objgen} if "/Pg" in entry else set()
    for kid in kids(entry):
        if not isinstance(kid, int):
            found |= page_of(kid)
    return found


def table(*kinds: str, page: int) -> Tag:
    return Tag("Table", [Tag(kind, [Mark(page, n)]) for n, kind in enumerate(kinds)])


@pytest.mark.parametrize(
    ("before", "after", "whole"),
    [
        (("THead", "TBody"), ("THead", "TBody"), [["THead", "TBody"]]),
        (("Caption",), ("THead", "TBody"), [["Caption", "THead", "TBody"]]),
        (("TBody",), ("TBody",), [["TBody"], ["TBody"]]),
    ],
)
def test_what_a_page_break_parts(before: Any, after: Any, whole: Any) -> None:
    pages = [table(*before, page=0), table(*after, page=1)]
    said = {mark: "head" if mark.mcid == 0 else "row" for one in pages for mark in marks_of(one)}
    found = joined(pages, said)
    assert [[kid.kind for kid in one.kids] for one in found] == whole
