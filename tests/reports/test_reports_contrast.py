"""What reports show can be seen by everybody: contrast of text and of marks, and all states without colour."""

from __future__ import annotations

import io
import re
from collections import defaultdict

import pikepdf
import pytest
from bs4 import BeautifulSoup

from tests.effort import some
from tests.reports.contrast import contrast, faint, shown
from tests.reports.every_kind import KINDS, made

UNMEANT = frozenset({"#e2e2e2", "#dde4ea", "#fbf7f0", "#dbe6ef", "#aecbe0"})
"""The grid of a figure, whose axis has numbers; the track of a bar, and pale shades, whose numbers stand beside them."""


@pytest.mark.parametrize("kind", some(KINDS, 2))
def test_every_text_of_the_pdf_stands_out(kind: str) -> None:
    texts = list(shown(made(kind).pdf))
    assert len(texts) > 500
    assert [one for one in texts if contrast(one.colour, one.behind) < 4.5] == []


@pytest.mark.parametrize("kind", some(KINDS, 2))
def test_every_mark_of_a_figure_stands_out_from_what_is_beside_it(kind: str) -> None:
    assert list(faint(made(kind).html, UNMEANT)) == []


def test_marks_for_each_candidate_stand_out() -> None:
    assert list(faint(made("cohort", "en").html, UNMEANT)) == []


def test_a_status_is_a_sign_and_a_word_whatever_its_colour() -> None:
    signs = defaultdict(set)
    for span in BeautifulSoup(made("candidate").html, "html.parser").select(".status"):
        sign, word = span.get_text(" ", strip=True).split(maxsplit=1)
        assert len(sign) == 1
        assert any(letter.isalpha() for letter in word)
        signs[span["class"][-1]].add(sign)
    assert len(signs) >= 3
    assert all(len(one) == 1 for one in signs.values())
    assert len(set.union(*signs.values())) == len(signs)


@pytest.mark.long("pixels of a page; the texts of the PDFs are tried each time")
def test_every_shade_of_the_heat_map_bears_its_number() -> None:
    cells = BeautifulSoup(made("cohort").html, "html.parser").select("td[class*=shade-]")
    assert len({cell["class"][-1] for cell in cells}) >= 3
    assert [str(cell) for cell in cells if not re.search(r"\d|–", cell.get_text())] == []


def test_curves_of_one_figure_differ_by_more_than_colour() -> None:
    figures = BeautifulSoup(made("analysis").html, "html.parser").select("svg.plot")
    several = [figure.select("polyline") for figure in figures if len(figure.select("polyline")) > 1]
    assert several
    for curves in several:
        drawn = {(one.get("stroke-dasharray"), one["stroke-width"]) for one in curves}
        assert len(drawn) == len({(one["stroke"], one["stroke-width"]) for one in curves})


# ── the checks themselves ────────────────────────────────────────────────────────────────────


@pytest.mark.long("the test of the test; the texts of the PDFs are tried each time")
def test_a_faint_text_is_found() -> None:
    with pikepdf.open(io.BytesIO(made("centre").pdf)) as pdf:
        content = pdf.pages[0].obj.Contents
        drawing, n_changed = re.subn(rb"(?m)^BT$", b"BT .6 g", content.read_bytes(), count=1)
        assert n_changed
        content.write(drawing)
        spoilt = io.BytesIO()
        pdf.save(spoilt)
    assert any(contrast(one.colour, one.behind) < 4.5 for one in shown(spoilt.getvalue()))


def test_faint_marks_are_found() -> None:
    bars = '<rect width="9" height="9" fill="#1f5a8c"/><rect x="9" width="9" height="9" fill="#000"/>'
    band = '<rect width="9" height="9" fill="#f3e3c3"/>'
    edged = band.replace("/>", ' stroke="#777"/>')
    for shapes, n_found in ((bars, 2), (band, 4), (edged, 0), ('<line stroke="#999"/>', 1)):
        assert len(list(faint(f"<svg>{shapes}</svg>", UNMEANT))) == n_found
