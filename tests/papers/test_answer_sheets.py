"""The plain answer sheet: what it says, in how many pages, and that it is drawn where the numbers say."""

from __future__ import annotations

import math

import numpy as np
import pypdfium2
import pytest

from examgen.core.models.papers import PapersRule
from examgen.papers.sheet.identity import sheet_geometry
from examgen.papers.sheet.printing import answer_sheet
from tests.papers.pages import TEMPLATES, exam, item, page_texts, pixels

DPI = 200


def test_bubbles_are_grey_rings_with_paper_around_their_letters() -> None:
    sample = exam([item(n) for n in range(1, 31)], forms=("A", "B"))
    page = np.asarray(pixels(answer_sheet(sample, TEMPLATES), 0, DPI))

    def grey(x: float, y: float) -> int:
        return int(page[round(y / 25.4 * DPI - 0.5), round(x / 25.4 * DPI - 0.5)])

    for bubble in sheet_geometry(sample, PapersRule())["pages"][0]["bubbles"]:
        x, y = bubble["x"], bubble["y"]
        ring = [grey(x + 1.975 * math.cos(a), y + 1.975 * math.sin(a)) for a in np.arange(0, 6.28, 0.5)]
        assert 100 < np.median(ring) < 235  # drawn, and light enough to drop out
        assert grey(x + 1.3, y - 0.8) > 240  # paper between ring and letter
        assert all(grey(x, y + d) > 240 for d in (-2.5, 2.5))


def test_the_sheet_says_in_both_languages_what_it_is_and_how_to_mark() -> None:
    sample = exam([item(n) for n in range(1, 5)])
    (text,) = page_texts(answer_sheet(sample, TEMPLATES))
    for words in [
        "Answersheet",
        "DRAFT",
        "T-1-L4",
        "Candidatenumber",
        "Signature",
        "Form",
        "2Bpencil",
        "Right",
        "Wrong",
        "Page1of1",
    ]:
        assert words in text
    assert "checkdigit" not in text


@pytest.mark.parametrize("choices", ["thai", "latin"])
def test_as_many_letters_as_the_items_have_options_at_most(choices: str) -> None:
    items = [item(1), item(2, options={o: o for o in "abcde"}, rationale={}, key="a")]
    (text,) = page_texts(answer_sheet(exam(items, choices=choices), TEMPLATES))
    assert ("กขคงจ" if choices == "thai" else "ABCDE") in text


@pytest.mark.parametrize(("thai", "english"), [(2, 3), (4, 6), (7, 11)])
def test_a_long_title_is_whole_and_stays_clear_of_what_is_below(thai: int, english: int) -> None:
    title = {
        "th": "การสอบวัดความรู้และทักษะตามมาตรฐานอาชีพ " * thai,
        "en": "Knowledge and skills test " * english + "END",
    }
    data = answer_sheet(exam([item(1)], title=title), TEMPLATES)
    page = np.asarray(pixels(data, 0, DPI))
    with pypdfium2.PdfDocument(data) as document:
        text = document[0].get_textpage()
        last = text.search("END").get_next()
        lower_edge = 297 - text.get_charbox(last[0])[1] / 72 * 25.4
    assert lower_edge < 22
    gap = page[px(21.6) : px(24.2), px(54) : px(188)]
    assert (gap > 240).all(axis=1).any()


def px(mm: float) -> int:
    return round(mm / 25.4 * DPI)
