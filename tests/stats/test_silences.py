"""Data that a figure alone would hide: the command and the library tell the same of them, by a note."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pytest

import examgen.stats as es
from examgen.stats.results import Result
from tests.commands.conftest import Run, run
from tests.stats.both_ways import same_or_refused

__all__ = ["run"]


def right(n: int, difficulties: Sequence[float], mean: float = 0.0, seed: int = 1) -> np.ndarray[Any, Any]:
    """Answers of n persons to items of a Rasch model."""
    rng = np.random.default_rng(seed)
    ability = rng.normal(mean, 1.2, size=(n, 1))
    return (rng.random((n, len(difficulties))) < 1 / (1 + np.exp(np.array(difficulties) - ability))).astype(int)


def table(cells: np.ndarray[Any, Any], names: Sequence[str], prefix: str = "P") -> pl.DataFrame:
    """A row for each person, with ids."""
    ids = pl.Series("id", [f"{prefix}{n}" for n in range(len(cells))])
    return pl.DataFrame([ids, *(pl.Series(name, cells[:, j]) for j, name in enumerate(names))])


class Case(NamedTuple):
    """Tables, the command about them, the same call of the library, and what both must tell."""

    tables: tuple[pl.DataFrame, ...]
    words: str
    call: Callable[..., Result]
    codes: set[str]
    silent: frozenset[str] = frozenset()
    """What they must not tell."""


# ── equating ─────────────────────────────────────────────────────────────────────────────────

ANCHOR = [f"A{n}" for n in range(10)]
LEVELS = np.linspace(-1.2, 1.2, 10)
OWN = np.linspace(-1, 1, 15)
NEW, OLD = ([*ANCHOR, *(f"{form}{n}" for n in range(15))] for form in "XY")
OLDER = table(right(900, [*LEVELS, *OWN]), OLD)


def newer(drift: float = 0.0, mean: float = 0.0, *, reverse: bool = False) -> pl.DataFrame:
    """A form with the anchor's first item but one easier by `drift`, or coded the other way round."""
    cells = right(700, [*(LEVELS - drift * (np.arange(10) == 1)), *OWN], mean, seed=2)
    cells[:, 1] = 1 - cells[:, 1] if reverse else cells[:, 1]
    return table(cells, NEW, "Q")


EQUATING = {
    "alike": Case(
        (newer(), OLDER), "equate 0 1", es.equate, {"method-chosen"},
        frozenset({"anchor-drift", "anchor-reversed"}),
    ),
    "an item of the anchor drifted": Case((newer(1.0), OLDER), "equate 0 1", es.equate, {"anchor-drift"}),
    "an item of the anchor reversed": Case(
        (newer(reverse=True), OLDER), "equate 0 1", es.equate, {"anchor-reversed"}
    ),
    "groups apart": Case((newer(mean=-0.8), OLDER), "equate 0 1", es.equate, {"method-chosen", "groups-apart"}),
}  # fmt: skip


CASES = {**EQUATING}


@pytest.mark.parametrize("name", CASES)
def test_told_both_ways(run: Run, tmp_path: Path, name: str) -> None:
    case = CASES[name]
    for n, one in enumerate(case.tables):
        one.write_csv(tmp_path / f"{n}.csv")
    words = [tmp_path / f"{word}.csv" if word.isdigit() else word for word in case.words.split()]
    codes = same_or_refused(run("analyse", *words, "--json"), lambda: case.call(*case.tables))
    assert case.codes <= codes
    assert not codes & case.silent


def test_auto_takes_levine_where_groups_are_apart() -> None:
    """As docs/python.md says; the note gives the reason."""
    found = es.equate(newer(mean=-0.8), OLDER)
    assert found.method == "levine"
    chosen = next(one for one in found.notes if one.code == "method-chosen")
    assert chosen.values["off"] >= 0.3
    assert "standard deviations apart" in chosen
    assert es.equate(newer(), OLDER).method == "tucker"
    totals = [one.select(total=pl.sum_horizontal(pl.exclude("id"))) for one in (newer(), OLDER)]
    assert "The data cannot check this" in es.equate(*totals).findings[-1]
    assert "cannot check" not in found.findings[-1]
