"""The numbers of the answer sheet: what holds for every one of them, whatever the exam."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.core.models.papers import CandidateNumber
from examgen.papers.sheet import design as sizes
from examgen.papers.sheet.design import A4, LETTER, Area, SheetDesign, SheetMark, SheetPage, sheet_design
from examgen.rendering.symbols import QUIET_MODULES, qr_code
from tests.effort import examples

PRINTER_MM = 4.0
"""Few printers reach nearer to the edge of the paper."""


@st.composite
def numbers(draw: st.DrawFn) -> CandidateNumber:
    length = draw(st.integers(1, 16))
    letters = draw(st.lists(st.integers(1, length), max_size=min(2, length), unique=True))
    return CandidateNumber(length=length, letters=tuple(letters))


@st.composite
def designs(draw: st.DrawFn) -> SheetDesign:
    n_forms = draw(st.integers(1, 20))
    return sheet_design(
        draw(st.sampled_from([A4, LETTER])),
        draw(st.integers(1, 300)),
        draw(st.sampled_from(["AB", "กขค", "ABCD", "กขคงจ"])),
        [f"{i:03d}" if n_forms > 9 else "ABCDEFGHI"[i] for i in range(n_forms)],
        draw(numbers()),
    )


@given(designs())
def test_every_answer_form_and_number_has_its_bubble(design: SheetDesign) -> None:
    asked = [(b.place, b.label) for page in design.pages for b in page.bubbles if b.group == "item"]
    n_items = max(place for place, _ in asked)
    assert sorted(asked) == sorted((n, letter) for n in range(1, n_items + 1) for letter in design.letters)
    assert len(design.pages) == -(-n_items // 100)
    for page in design.pages:
        assert tuple(b.value for b in page.bubbles if b.group == "form") == design.forms
        said = [(b.place, b.value) for b in page.bubbles if b.group == "number"]
        assert len(said) == len(set(said))
        places = [area.name for area in design.areas if area.name.startswith("number ")]
        for place in range(1, len(places) + 1):
            values = "".join(sorted(value for at, value in said if at == place))
            assert values in ("0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")


@given(designs())
def test_bubbles_are_far_enough_apart_and_inside_the_marks(design: SheetDesign) -> None:
    for page in design.pages:
        centres = np.array([(b.x, b.y) for b in page.bubbles])
        gaps = np.hypot(*(centres[:, None] - centres[None]).transpose(2, 0, 1))
        assert gaps[~np.eye(len(centres), dtype=bool)].min() > sizes.PITCH_MM - 0.001
        bars = sorted({bar.x for bar in page.bars})
        reach = sizes.BAR_MM[0] / 2 + sizes.CLEAR_MM + sizes.BUBBLE_MM / 2
        assert bars[0] + reach < centres[:, 0].min()
        assert centres[:, 0].max() < bars[1] - reach


@given(designs())
def test_nothing_stands_on_anything_else_or_off_the_page(design: SheetDesign) -> None:
    for page in design.pages:
        bubbles = [around(b, sizes.BUBBLE_MM) for b in page.bubbles]
        marks = [*mark_areas(design, page), *(a for a in design.areas if not a.name.startswith("number "))]
        frames = [
            Area(
                "column", c.x, design.size.items_top - 6.6, c.width, page.bottom - design.size.items_top + 6.6
            )
            for c in page.columns
        ]
        items = [around(b, sizes.BUBBLE_MM) for b in page.bubbles if b.group == "item"]
        heading = [one for one in bubbles if one not in items]
        assert overlaps([*heading, *marks]) == []
        assert overlaps([*items, *marks]) == []
        assert overlaps([*frames, *heading, *marks]) == []
        for one in (*bubbles, *marks, *frames):
            assert min(one.x, one.y) >= PRINTER_MM
            assert one.x + one.width <= design.size.width - PRINTER_MM
            assert one.y + one.height <= design.size.height - PRINTER_MM


@given(designs())
def test_every_row_has_a_bar_at_both_sides(design: SheetDesign) -> None:
    for page in design.pages:
        rows = {b.y for b in page.bubbles}
        for x in {bar.x for bar in page.bars}:
            assert {bar.y for bar in page.bars if bar.name == "row" and bar.x == x} == rows


# ── how the page lies ────────────────────────────────────────────────────────────────────────

Point = tuple[float, float]
TURNS: dict[str, Callable[[float, float], Point]] = {
    "turned by 90": lambda x, y: (-y, x),
    "turned by 180": lambda x, y: (-x, -y),
    "turned by 270": lambda x, y: (y, -x),
    "mirrored left to right": lambda x, y: (-x, y),
    "mirrored top to bottom": lambda x, y: (x, -y),
    "mirrored on one diagonal": lambda x, y: (y, x),
    "mirrored on the other": lambda x, y: (-y, -x),
}


@settings(max_examples=examples(60))
@given(design=designs(), turn=st.sampled_from(sorted(TURNS)))
def test_no_turn_or_mirror_carries_the_marks_onto_themselves(design: SheetDesign, turn: str) -> None:
    for page in design.pages:
        if set(turned(design.corners, turn, design)) != {(c.x, c.y) for c in design.corners}:
            continue  # told by the bullseyes, which another test holds apart
        dark = [area for area in mark_areas(design, page) if area.name != "patch"]
        bars = [
            Area("bar", x - sizes.BAR_MM[0] / 2, y - sizes.BAR_MM[1] / 2, *sizes.BAR_MM)
            for x, y in turned(page.bars, turn, design)
        ]
        on_paper = [bar for bar in bars if not any(overlap(bar, mark) for mark in dark)]
        assert len(on_paper) >= 4


@pytest.mark.parametrize("size", [A4, LETTER])
@pytest.mark.parametrize("turn", ["turned by 90", "turned by 270", "mirrored on one diagonal"])
def test_a_quarter_turn_moves_every_bullseye_by_much(size: sizes.SheetSize, turn: str) -> None:
    design = sheet_design(size, 10, "AB", "A", CandidateNumber())
    for x, y in turned(design.corners, turn, design):
        assert min(np.hypot(x - c.x, y - c.y) for c in design.corners) > 40


@pytest.mark.parametrize("size", [A4, LETTER])
def test_any_three_bullseyes_give_the_fourth(size: sizes.SheetSize) -> None:
    corners = sheet_design(size, 10, "AB", "A", CandidateNumber()).corners
    for three in combinations(corners, 3):
        (missing,) = set(corners) - set(three)
        # the two that are farthest apart lie on a diagonal, the third at the right angle
        ends = max(combinations(three, 2), key=lambda two: distance(*two))
        (right,) = set(three) - set(ends)
        legs = [distance(right, end) for end in ends]
        assert max(legs) > 1.3 * min(legs)
        assert ends[0].x + ends[1].x - right.x == pytest.approx(missing.x)
        assert ends[0].y + ends[1].y - right.y == pytest.approx(missing.y)


def turned(marks: Sequence[SheetMark], turn: str, design: SheetDesign) -> list[Point]:
    """Where marks come to lie when the page is turned about its middle."""
    x0, y0 = design.size.width / 2, design.size.height / 2
    moved = [TURNS[turn](mark.x - x0, mark.y - y0) for mark in marks]
    return [(round(x + x0, 3), round(y + y0, 3)) for x, y in moved]


def distance(one: SheetMark, other: SheetMark) -> float:
    return float(np.hypot(one.x - other.x, one.y - other.y))


# ── rectangles ───────────────────────────────────────────────────────────────────────────────


def mark_areas(design: SheetDesign, page: SheetPage) -> list[Area]:
    """The marks of a page: bullseyes and QR code with the white that they need around them."""
    width, height = sizes.BAR_MM
    x, y = sizes.QR_AT
    # the shortest text has the coarsest modules, and so the widest quiet zone
    quiet = QUIET_MODULES * sizes.QR_MM / len(qr_code("EG1:A:::1/1:1-0000:00000000"))
    return [
        *(around(c, sizes.BULLSEYE_MM + 2 * sizes.CLEAR_MM) for c in design.corners),
        *(Area("bar", bar.x - width / 2, bar.y - height / 2, width, height) for bar in page.bars),
        *(around(patch, sizes.PATCH_MM - 0.001)._replace(name="patch") for patch in design.patches),
        Area("qr", x - quiet, y - quiet, sizes.QR_MM + 2 * quiet, sizes.QR_MM + 2 * quiet),
    ]


def around(thing: SheetMark | sizes.Bubble, size: float) -> Area:
    return Area(str(thing), thing.x - size / 2, thing.y - size / 2, size, size)


def overlap(one: Area, other: Area) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def overlaps(areas: Sequence[Area]) -> list[tuple[str, str]]:
    low = np.array([(a.x, a.y) for a in areas])
    high = low + [(a.width, a.height) for a in areas]
    meet = ((low[:, None] < high[None] - 1e-6) & (low[None] < high[:, None] - 1e-6)).all(axis=2)
    return [(areas[i].name, areas[j].name) for i, j in zip(*np.nonzero(np.triu(meet, 1)), strict=True)]
