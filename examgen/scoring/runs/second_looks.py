"""A scored run and the decisions on persons → which of its second looks are decided, and which are open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from examgen.core.exam.runs import Run
from examgen.core.person_decisions import (
    PersonDecision,
    SecondLooks,
    TotalResult,
    last_looks,
    second_looks,
)
from examgen.core.readings import Readings
from examgen.scoring.runs.result_tables import read_table


class _Marked(NamedTuple):
    """The results that a run marks, and whose they are."""

    rows: pl.DataFrame
    ids: tuple[str, ...]


_marked = Readings[_Marked](16)
"""Pages ask for them again and again, and a run may have 200,000 results."""


def _marked_of(run: Run) -> _Marked:
    path = run.folder / "candidates.csv"
    return _marked.of(path, [path], lambda: _marked_in(read_table(path)))


def _marked_in(candidates: pl.DataFrame) -> _Marked:
    is_asked = "second_look" in candidates.columns
    rows = candidates.filter(pl.col("second_look") == "yes") if is_asked else candidates.clear()
    return _Marked(rows, tuple(rows["candidate_id"]))


def looks_of(run: Run, decisions: Sequence[PersonDecision]) -> SecondLooks:
    """The second looks of a run. None is marked where its pass rule asks for none."""
    return _looks(_marked_of(run), decisions)


def looks_in(candidates: pl.DataFrame, decisions: Sequence[PersonDecision]) -> SecondLooks:
    """The same by the table of candidates."""
    return _looks(_marked_in(candidates), decisions)


def _looks(marked: _Marked, decisions: Sequence[PersonDecision]) -> SecondLooks:
    if not last_looks(decisions):  # of tens of thousands no number need be compared
        return SecondLooks((), (), marked.ids)
    rows = marked.rows.select("candidate_id", "score", "max_score", "decision").iter_rows()
    return second_looks(((who, TotalResult(*result)) for who, *result in rows), decisions)


class OpenLook(NamedTuple):
    """A result that waits for a second look."""

    candidate_id: str
    form: str
    result: TotalResult


def open_looks(run: Run, looks: SecondLooks) -> list[OpenLook]:
    """The results of the second looks that are open, the highest score first."""
    if not looks.open:
        return []
    table = _marked_of(run).rows
    rows = table.filter(table["candidate_id"].is_in(looks.open))
    told = rows.select("candidate_id", "form", "score", "max_score", "decision").iter_rows()
    found = [OpenLook(who, form, TotalResult(*result)) for who, form, *result in told]
    return sorted(found, key=lambda one: (-float(one.result.score), one.candidate_id))
