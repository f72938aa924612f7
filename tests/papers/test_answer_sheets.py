"""The answer sheet: its geometry, and that it is drawn where the numbers say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.papers import answer_sheet, answers_template, sheet
from examgen.papers.sheet import SheetPage, sheet_pages
from tests.papers.pages import TEMPLATES, exam, item, page_texts, pixels

DPI = 200


@given(
    n_items=st.integers(1, 260),
    letters=st.sampled_from(["AB", "กขค", "ABCD", "กขคงจ"]),
    forms=st.integers(1, 20).map(lambda n: [f"{i:03d}" if n > 9 else "ABCDEFGHI"[i] for i in range(n)]),
)
def test_every_sheet_can_be_read_by_a_scanner(n_items: int, letters: str, forms: list[str]) -> None:
    pages = sheet_pages(n_items, letters, forms)
    asked = [(b.name, b.label) for page in pages for b in page.bubbles if b.group == "item"]
    assert sorted(asked) == sorted((str(n), letter) for n in range(1, n_items + 1) for letter in letters)
    assert len(pages) == -(-n_items // 120)
    for page in pages:
        _check_page(page)
        marked_forms = [b.name for b in page.bubbles if b.group == "form"]
        assert marked_forms == (forms if len(forms) <= 16 else [])


def _check_page(page: SheetPage) -> None:
    centres = np.array([(b.x, b.y) for b in page.bubbles])
    gaps = np.hypot(*(centres[:, None] - centres[None]).transpose(2, 0, 1))
    assert gaps[~np.eye(len(centres), dtype=bool)].min() > sheet.PITCH_MM - 0.01
    # left and right of the bars, and clear of the corner marks
    assert centres[:, 0].min() > sheet.BAR_X[0] + 2 + 2.5 + 2.1
    assert centres[:, 0].max() < sheet.BAR_X[1] - 2 - 2.5 - 2.1
    for x, y in sheet.CORNERS:
        assert np.hypot(*(centres - (x, y)).T).min() > 3.5 + 2.5 + 2.1
        assert all(abs(by - y) > 3.5 + 2.5 + 1 for bx, by in page.bars if bx == x)
    for bar_x in sheet.BAR_X:
        rows = {round(y, 3) for x, y in page.bars if x == bar_x}
        assert {round(b.y, 3) for b in page.bubbles} <= rows
    left, right = ([y for x, y in page.bars if x == bar_x] for bar_x in sheet.BAR_X)
    assert len(left) == len(right) + 1  # mirrored pages are told apart
    turned = sorted(round(sheet.PAGE_MM[1] - y, 1) for y in right)
    assert turned != sorted(round(y, 1) for y in right)  # and pages upside down
    assert page.bottom < 278.5


def test_marks_and_bubbles_are_drawn_where_the_numbers_say() -> None:
    sample = exam([item(n) for n in range(1, 61)], forms=("A", "B"))
    page = np.asarray(pixels(answer_sheet(sample, TEMPLATES), 0, DPI))
    geometry = sheet_pages(60, "กขคง", ["A", "B"])[0]

    def grey(x: float, y: float) -> int:
        return int(page[round(y / 25.4 * DPI - 0.5), round(x / 25.4 * DPI - 0.5)])

    for x, y in sheet.CORNERS:
        assert grey(x, y) < 60  # dot
        assert grey(x + 1.9, y) > 200  # white between
        assert grey(x, y - 2.9) < 60  # ring
    for x, y in geometry.bars:
        assert grey(x, y) < 60
        assert grey(x, y + 1.5) > 240
    for bubble in geometry.bubbles:
        ring = [
            grey(bubble.x + 1.975 * math.cos(a), bubble.y + 1.975 * math.sin(a))
            for a in np.arange(0, 6.28, 0.5)
        ]
        assert 100 < np.median(ring) < 235  # drawn, and grey
        assert grey(bubble.x + 1.5, bubble.y - 0.9) > 240  # paper between ring and letter
        assert all(grey(bubble.x, bubble.y + d) > 240 for d in (-2.5, 2.5))


def test_the_sheet_says_in_both_languages_what_it_is_and_how_to_mark() -> None:
    sample = exam([item(n) for n in range(1, 5)])
    (text,) = page_texts(answer_sheet(sample, TEMPLATES))
    for words in (
        "Answersheet",
        "DRAFT",
        "T-1-L4",
        "Candidatenumber",
        "Signature",
        "Form",
        "2Bpencil",
        "Right",
        "Wrong",
        "Sheet1of1",
    ):
        assert words in text


def test_one_page_for_120_items_and_two_beyond() -> None:
    assert len(page_texts(answer_sheet(exam([item(n) for n in range(1, 121)]), TEMPLATES))) == 1
    two = page_texts(answer_sheet(exam([item(n, status="approved") for n in range(1, 122)]), TEMPLATES))
    assert len(two) == 2
    assert all("Candidatenumber" in page for page in two)
    assert not any("DRAFT" in page for page in two)


@pytest.mark.parametrize("choices", ["thai", "latin"])
def test_as_many_letters_as_the_items_have_options_at_most(choices: str) -> None:
    items = [item(1), item(2, options={o: o for o in "abcde"}, rationale={}, key="a")]
    (text,) = page_texts(answer_sheet(exam(items, choices=choices), TEMPLATES))
    assert ("กขคงจ" if choices == "thai" else "ABCDE") in text


def test_a_long_title_stays_clear_of_what_is_below() -> None:
    title = {"th": "การสอบวัดความรู้และทักษะตามมาตรฐานอาชีพ " * 4, "en": "Knowledge and skills test " * 6}
    page = np.asarray(pixels(answer_sheet(exam([item(1)], title=title), TEMPLATES), 0, DPI))
    gap = page[
        round(20.8 / 25.4 * DPI) : round(21.6 / 25.4 * DPI), round(22 / 25.4 * DPI) : round(188 / 25.4 * DPI)
    ]
    assert (gap > 240).all(axis=1).any()


def test_the_table_for_graders_has_a_column_for_each_question() -> None:
    assert answers_template(exam([item(n) for n in range(1, 4)])) == "candidate_id,form,Q1,Q2,Q3\n"
