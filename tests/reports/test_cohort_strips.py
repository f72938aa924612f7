"""A large cohort as strips: everybody stands in one column, and the ink is the share who met it."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.core.resources import builtin
from examgen.rendering.language import messages
from examgen.rendering.parts import Words
from examgen.reports.cohort_report.rows import CohortRows
from examgen.reports.cohort_report.statuses import (
    CODES,
    INSUFFICIENT,
    MET,
    NOT_MET,
    UNDECIDED,
    StandardPlace,
    Statuses,
)
from examgen.reports.cohort_report.strips import (
    MOST_COLUMNS,
    SHADES,
    Strips,
    strips_figures,
    strips_of,
)
from examgen.reports.localisation import ReportLanguage
from examgen.reports.tables import strips_table
from tests.effort import examples

WIDTH = 640
VOICE = ReportLanguage("en", Words(messages((builtin("templates"),))))


def cohort(n: int, seed: int, n_places: int = 3) -> tuple[CohortRows, Statuses]:
    chance = np.random.default_rng(seed)
    percent = (chance.integers(0, 41, n) * 2.5).astype(np.float64)
    rows = CohortRows(
        ids=pl.Series([f"C{k:05d}" for k in range(n)]),
        forms=("A",),
        form=np.zeros(n, np.int64),
        score=(percent * 0.4).astype(np.float64),
        most=np.full(n, 40.0),
        percent=percent,
        passed=percent >= 60,
        near=None,
        marks=np.zeros((n, 4), np.int64),
    )
    places = tuple(StandardPlace("pc", "U-1", "E1", f"E1.{k:02d}", "") for k in range(n_places))
    return rows, Statuses(places, chance.integers(0, len(CODES), (n_places, n)).astype(np.int8))


def dark(svg: str) -> list[float]:
    """The ink of each strip in the darkest shade, in px, from the top strip down."""
    found = []
    for outline in svg.split("<rect ")[1:]:
        path = re.search(rf'<path d="([^"]*)" fill="{SHADES[-1]}"', outline)
        runs = re.findall(r"M([\d.]+) [\d.]+H([\d.]+)", path[1]) if path else []
        found.append(sum(float(last) - float(first) for first, last in runs))
    return found


@settings(max_examples=examples(40), deadline=None)
@given(st.integers(61, 3 * MOST_COLUMNS), st.integers(0, 10**6))
def test_everybody_stands_in_one_column_from_the_best_score_down(n: int, seed: int) -> None:
    rows, statuses = cohort(n, seed)
    found = strips_of(rows, statuses)
    sizes = np.diff(found.ends)
    assert found.ends[0] == 0
    assert found.ends[-1] == n
    assert sizes.max() - sizes.min() <= 1
    assert (np.diff(found.percent) <= 1e-9).all()
    assert found.percent @ sizes == pytest.approx(rows.percent.sum())
    assert found.passed is not None
    assert found.passed.sum() == (rows.percent >= 60).sum()
    for k in range(3):
        own = statuses.codes[k]
        assert found.met[k].sum() == (own == MET).sum()
        assert found.judged[k].sum() == np.isin(own, [MET, NOT_MET, UNDECIDED]).sum()
        assert found.undecided[k].sum() == (own == UNDECIDED).sum()
        assert found.unsure[k].sum() == (own == INSUFFICIENT).sum()


def test_the_ink_of_a_strip_is_the_share_who_met_it() -> None:
    rows, statuses = cohort(300, 7)
    found = strips_of(rows, statuses)
    assert found.alone
    (svg,) = strips_figures(VOICE, found, WIDTH)
    outline = re.search(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', svg)
    assert outline
    width = float(outline[2])
    shares = [np.mean(rows.percent >= 60), *np.mean(statuses.codes == MET, axis=1)]
    assert [ink / width for ink in dark(svg)] == pytest.approx(shares, abs=0.004)


def test_a_unit_of_many_criteria_stands_in_several_figures() -> None:
    rows, statuses = cohort(100, 3, n_places=130)
    figures = strips_figures(VOICE, strips_of(rows, statuses))
    assert [len(re.findall(r">E1\.\d+<", svg)) for svg in figures] == [60, 60, 10]
    assert len(set(re.findall(r'id="([^"]+)"', "".join(figures)))) == 2 * len(figures)


def table_of(strips: Strips | None) -> pl.DataFrame:
    return strips_table(strips)


def test_the_table_has_every_column_of_the_picture() -> None:
    rows, statuses = cohort(2 * MOST_COLUMNS + 7, 5)
    found = strips_of(rows, statuses)
    table = table_of(found)
    assert not found.alone
    assert table.height == MOST_COLUMNS
    assert table["from_rank"][0] == 1
    assert table["to_rank"][-1] == rows.n
    assert table["U-1:E1.01 met"].sum() == (statuses.codes[1] == MET).sum()
    assert table_of(None).is_empty()


def test_who_is_undecided_is_a_shade_between() -> None:
    rows, statuses = cohort(100, 1, n_places=1)
    found = strips_of(rows, statuses._replace(codes=np.full((1, 100), UNDECIDED, np.int8)))
    (svg,) = strips_figures(VOICE, found._replace(passed=None))
    assert f'fill="{SHADES[2]}"' in svg
    assert not any(f'fill="{shade}"' in svg for shade in (SHADES[0], SHADES[-1]))


def test_too_few_items_is_a_line_and_no_shade() -> None:
    rows, statuses = cohort(100, 1, n_places=1)
    unsure: Strips = strips_of(rows, statuses._replace(codes=np.full((1, 100), INSUFFICIENT, np.int8)))
    (svg,) = strips_figures(VOICE, unsure._replace(passed=None))
    assert 'fill="#555"' in svg
    assert not any(f'fill="{shade}"' in svg for shade in SHADES)
