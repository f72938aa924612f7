"""Page filling: what holds whatever is filled in, and that its breaks are those of CSS."""

from __future__ import annotations

import itertools
import math

from hypothesis import given
from hypothesis import strategies as st

from examgen.papers.booklet.page_filling import NO_CASE, SLACK, CaseHeights, ColumnRow, PlacedRow, fill

PAGE = 1000.0
REFER = 40.0


@st.composite
def exams(draw: st.DrawFn) -> tuple[list[ColumnRow], list[CaseHeights]]:
    """Headings, stimuli with their items, single items, an end mark; items taller than a page in parts."""
    rows: list[ColumnRow] = []
    cases: list[CaseHeights] = []
    heights = st.floats(1, PAGE - 150)
    gaps = st.floats(0, 40)
    for _ in range(draw(st.integers(1, 12))):
        if draw(st.integers(0, 4)) == 0:
            rows.append(ColumnRow(draw(st.floats(1, 50)), draw(gaps), True))
        case = NO_CASE
        if draw(st.integers(0, 2)) == 0:
            case = len(cases)
            box = draw(heights)
            cases.append(CaseHeights(REFER, REFER + box))
            rows += [ColumnRow(20.0, 5.0, True, case, True), ColumnRow(box, draw(gaps), True, case, True)]
        for _ in range(draw(st.integers(1, 4))):
            n_parts = draw(st.sampled_from((1, 1, 1, 5, 25)))
            parts = [draw(heights) for _ in range(n_parts)] if n_parts < 25 else [55.0] * n_parts
            rows += [ColumnRow(height, 0.0, True, case) for height in parts[:-1]]
            rows.append(ColumnRow(parts[-1], draw(gaps), False, case))
    rows[-1] = rows[-1]._replace(keep=True)
    return [*rows, ColumnRow(30.0, 0.0)], cases


@given(exams(), st.integers(1, 2), st.booleans())
def test_all_rows_stand_in_order_within_their_columns(
    exam: tuple[list[ColumnRow], list[CaseHeights]], columns: int, repeat: bool
) -> None:
    rows, cases = exam
    placed = fill(rows, PAGE, columns, cases, repeat)
    assert [place.row for place in placed] == list(range(len(rows)))
    bottom, at = 0.0, (0, 0)
    for place, row in zip(placed, rows, strict=True):
        assert place.column < columns
        here = (place.page, place.column)
        assert here >= at
        top = place.over_y if place.over else place.y
        assert top >= (bottom - 1e-6 if here == at else 0.0)
        bottom, at = place.y + row.height, here
        assert bottom <= PAGE * SLACK


@given(exams(), st.integers(1, 2), st.booleans())
def test_no_column_is_left_while_the_next_rows_fit_into_it(
    exam: tuple[list[ColumnRow], list[CaseHeights]], columns: int, repeat: bool
) -> None:
    rows, cases = exam
    placed = fill(rows, PAGE, columns, cases, repeat)
    for before, place in itertools.pairwise(placed):
        if (place.page, place.column) != (before.page, before.column):
            end = place.row
            while rows[end].keep and _same_column(placed[end], placed[end + 1]):
                end += 1
            y = before.y + rows[before.row].height + rows[before.row].below
            tall = sum(row.height + row.below for row in rows[place.row : end]) + rows[end].height
            # parts of an item that give way to the line above them would part in that column too
            assert y + tall > PAGE or (place.over and rows[end].keep)


@given(exams(), st.integers(1, 2), st.booleans())
def test_rows_that_keep_together_part_only_where_no_column_holds_them(
    exam: tuple[list[ColumnRow], list[CaseHeights]], columns: int, repeat: bool
) -> None:
    rows, cases = exam
    placed = fill(rows, PAGE, columns, cases, repeat)
    for n, row in enumerate(rows):
        if row.keep and not _same_column(placed[n], placed[n + 1]):
            first = n
            while first and rows[first - 1].keep and _same_column(placed[first - 1], placed[n]):
                first -= 1
            together = rows[first : n + 2]
            over = _over_height(placed[first], rows[first], cases)
            assert over + sum(r.height + r.below for r in together[:-1]) + together[-1].height > PAGE


@given(exams(), st.booleans())
def test_on_each_page_a_stimulus_stands_or_is_named_above_its_items(
    exam: tuple[list[ColumnRow], list[CaseHeights]], repeat: bool
) -> None:
    rows, cases = exam
    placed = fill(rows, PAGE, 1, cases, repeat)
    stands: dict[int, int] = {}
    told: set[tuple[int, int]] = set()
    for place, row in zip(placed, rows, strict=True):
        if row.case == NO_CASE:
            assert not place.over
            continue
        here = (row.case, place.page)
        if row.brings:
            assert not place.over
            stands[row.case] = stands.get(row.case, place.page)
            told.add(here)
        elif here in told:
            assert not place.over
        else:
            assert place.over
            assert place.case_page == stands[row.case]
            told.add(here)
            if place.over == "again":
                assert repeat
                stands[row.case] = place.page
            elif repeat:
                assert cases[row.case].again + row.height > PAGE or row.keep


def _over_height(place: PlacedRow, row: ColumnRow, cases: list[CaseHeights]) -> float:
    if not place.over:
        return 0.0
    return cases[row.case].again if place.over == "again" else cases[row.case].refer


def _same_column(one: PlacedRow, other: PlacedRow) -> bool:
    return (one.page, one.column) == (other.page, other.column)


def test_sums_that_are_off_by_their_last_digit_fit() -> None:
    tenth = ColumnRow(PAGE / 10, 0.0)
    exact = math.fsum(row.height for row in [tenth] * 10)
    assert fill([tenth] * 10, exact)[-1].page == 0
    assert fill([ColumnRow(0.1, 0.0)] * 3, 0.3)[-1].page == 0  # 0.1 + 0.1 + 0.1 > 0.3


def test_the_space_below_a_row_may_reach_over_the_end_of_a_page() -> None:
    rows = [ColumnRow(500.0, 30.0), ColumnRow(470.0, 30.0), ColumnRow(10.0, 0.0)]
    assert [place.page for place in fill(rows, PAGE)] == [0, 0, 1]
