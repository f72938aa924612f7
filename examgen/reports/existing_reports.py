"""The reports in the package of a run, whether they are out of date, and results of single candidates.

Nothing is written here. A report whose files have changed since they were written is refused.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from examgen.core.candidate_numbers import canonical_column, canonical_number
from examgen.core.exam.made_folders import recorded
from examgen.core.exam.names import REPORTS, RESULTS, SITTING
from examgen.core.exam.releases import ReleaseState, all_releases, matches_record
from examgen.core.exam.runs import Run, all_runs, is_scored
from examgen.core.files import OWN, read_input
from examgen.core.models.decisions import DECISION_KINDS
from examgen.core.person_decisions import without_result, without_result_in
from examgen.core.problems import Refused
from examgen.core.text.characters import composed_text
from examgen.reports.kinds import KINDS
from examgen.reports.run_findings import report_folder
from examgen.scoring.runs import release_of, run_of
from examgen.scoring.sitting_record import SittingAct, decisions_of, read_acts

if TYPE_CHECKING:
    from examgen.scoring.scored_run import ScoredRun


class ReleasedRun(NamedTuple):
    """The run that is reported to candidates, or the newest before any release, with its release state and
    date."""

    run: Run
    state: ReleaseState
    released: datetime | None
    """When the newest release was recorded; None before any release."""


class MadeReport(NamedTuple):
    """A folder of report files made from a run."""

    kind: str
    folder: Path
    names: tuple[str, ...]
    made: datetime
    is_stale: bool
    """Whether a release, or a decision on a candidate's result, was recorded after it was made."""
    held: tuple[str, ...] = ()
    """Candidates whose result a later decision withholds. Their reports are still among the candidates'
    reports and must not be handed out before these are made again."""

    def data(self, name: str) -> bytes:
        """Return the bytes of a file. Raises KeyError if the report has no such file, Refused if the file has
        changed since it was written."""
        return next(data for _, data in self._read([name]))

    def every(self, ending: str) -> Iterator[tuple[str, bytes]]:
        """Yield the files whose names have this ending, with their bytes. Raises Refused if one has changed
        since it was written."""
        return self._read(name for name in self.names if name.endswith(ending))

    def _read(self, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        found = recorded(self.folder)
        said = found.files if found is not None else {}
        for name in names:
            if not matches_record(self.folder / name, said[name]):
                raise Refused.because(
                    "{name} has changed since it was written. Write the report again", name=name
                )
            yield name, read_input(self.folder / name)


def told_of(exam: Path) -> ReleasedRun | None:
    """Return the run that is reported to candidates; None if nothing was scored yet. Raises Refused if the
    record of releases cannot be trusted."""
    results = exam / RESULTS
    if not is_scored(results):
        return None
    return _told(results, run_of(results, None))


def run_named(exam: Path, number: int) -> ReleasedRun | None:
    """Return a run by its number, whether or not it is the one reported to candidates; None if there
    is none."""
    results = exam / RESULTS
    found = next((run for run in all_runs(results) if run.number == number), None)
    return None if found is None else _told(results, found)


def _told(results: Path, run: Run) -> ReleasedRun:
    releases = all_releases(results)
    when = datetime.fromisoformat(releases[-1].time) if releases else None
    return ReleasedRun(run, release_of(results, run), when)


def _written(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def reports_of(exam: Path, told: ReleasedRun) -> dict[str, MadeReport]:
    """Return the reports of the run, by kind; reports for selected candidates by the name of their folder."""
    above = exam / REPORTS / f"run-{told.run.number:04d}"
    acts = read_acts(exam / SITTING)
    folders = [*KINDS, *sorted(path.name for path in above.glob("candidate-*"))]
    found = {name: _shown(name, above / name, told, acts) for name in folders}
    return {kind: one for kind, one in found.items() if one is not None}


def analysis_of(exam: Path, told: ReleasedRun) -> MadeReport | None:
    """Return the analysis of the run; None if there is none."""
    return _shown("analysis", report_folder(exam, told.run.number), told)


_OF_PERSONS = frozenset(("candidate", "committee"))
"""Kinds of reports that mention decisions about persons."""


def _shown(kind: str, folder: Path, told: ReleasedRun, acts: Sequence[SittingAct] = ()) -> MadeReport | None:
    found = recorded(folder)
    if found is None or found.fingerprint != told.run.fingerprint:
        return None
    made = _written(folder / OWN)
    stale = told.released is not None and made < told.released
    since = [
        canonical_number(one.name)
        for one in acts
        if kind.partition("-")[0] in _OF_PERSONS
        and one.kind == "person"
        and DECISION_KINDS[one.act].about == "result"
        and datetime.fromisoformat(one.time) >= made.replace(microsecond=0)
    ]
    without = without_result(decisions_of(acts)) if since else {}
    known = without_result_in(told.run.audit)
    held = tuple(
        without[who].candidate_id for who in dict.fromkeys(since) if who in without and who not in known
    )
    return MadeReport(kind, folder, tuple(sorted(found.files)), made, stale or bool(since), held)


class ShownTable(NamedTuple):
    """A table behind a figure: its headings, its first rows, and its number of rows."""

    name: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    n: int


def table_of(shown: MadeReport, name: str, most: int) -> ShownTable:
    """Return the first `most` rows of a CSV file of a report."""
    heads, *rows = csv.reader(io.StringIO(shown.data(name).decode("utf-8-sig"))) or [[]]
    return ShownTable(name.removesuffix(".csv"), tuple(heads), tuple(map(tuple, rows[:most])), len(rows))


# ── candidates ───────────────────────────────────────────────────────────────────────────────

PERSON = ("candidate_id", "name", "centre", "form", "score", "max_score", "percent", "decision")


def with_names(table: pl.DataFrame, names: Callable[[], Mapping[str, str]]) -> pl.DataFrame:
    """Fill in missing names of candidates by number. `names` is called only if a name is missing."""
    if not (table["name"] == "").any() or not (known := names()):
        return table
    said = table["candidate_id"].map_elements(
        lambda who: known.get(composed_text(who), ""), return_dtype=pl.String
    )
    own = pl.when(pl.col("name") == "").then(said).otherwise(pl.col("name").cast(pl.String)).alias("name")
    return table.with_columns(own)


def candidates_like(table: pl.DataFrame, text: str) -> pl.DataFrame:
    """Return the candidates whose id or name contains a text, with the columns that a page shows."""
    if text:
        said = text.casefold()
        columns = (pl.col(name).cast(pl.String).str.to_lowercase() for name in ("candidate_id", "name"))
        found = [one.str.contains(said, literal=True) for one in columns]
        numbers = canonical_column(table["candidate_id"]).str.to_lowercase()
        table = table.filter(
            pl.any_horizontal(*found, numbers.str.contains(canonical_number(said), literal=True))
        )
    return table.select(PERSON)


class PlaceResult(NamedTuple):
    """The result of one candidate on a criterion."""

    unit: str
    code: str
    text: str
    correct: str
    percent: str
    status: str


def candidate_of(run: ScoredRun, who: str) -> tuple[dict[str, str], Sequence[PlaceResult]] | None:
    """Return the results of one candidate; None if the run did not score that id."""
    found = run.candidates.filter(pl.col("candidate_id") == who)
    if not found.height:
        return None
    own: dict[str, Any] = run.criteria.filter(pl.col("candidate_id") == who).row(0, named=True)
    places = []
    for unit in run.exam.units:
        for one in unit.criteria:
            column = one.code if f"{one.code}_status" in own else f"{unit.code}:{one.code}"
            if f"{column}_status" in own:
                correct, percent, status = (
                    str(own.get(f"{column}_{name}") or "") for name in ("correct", "percent", "status")
                )
                places.append(PlaceResult(unit.code or "", one.code, one.text, correct, percent, status))
    return found.row(0, named=True), places
