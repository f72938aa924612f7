"""A scored run → who met which unit, and the table that an awarding body uploads: a line for each of them.

Which columns, in which order and under which heads, `examgen.yaml` says (`exports: results:`); a body that
says nothing has all that are known here.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

import polars as pl

from examgen.bank.settings import UploadSettings, export_settings
from examgen.bank.workspaces import find_workspace
from examgen.core.exam.names import RESULTS
from examgen.core.exam.releases import all_releases
from examgen.core.files import write_workbook
from examgen.core.problems import Refused
from examgen.core.scored_run import ScoredRun, state_words
from examgen.core.storage import csv_bytes, read_input
from examgen.core.words import Message, either, tell
from examgen.interchange.place import EXPORTS, Exported, ExportOptions, ExportSource, written
from examgen.rendering.parts import scope_notice
from examgen.reports.language import notice_of
from examgen.reports.pseudonyms import hidden_run
from examgen.scoring.runs.compare import run_of
from examgen.scoring.runs.read import name_of, read_scored

WRITTEN = "written_"
"""Leads statuses and decisions that are of the written test, where the standard asks more."""


class Outcome(NamedTuple):
    """A candidate's row of candidates.csv, a unit of the exam, and the candidate's standing in it: `met`,
    `not_met`, `undecided`, `insufficient`, `not_assessed`; `is_all` where the standard of the unit asks this
    exam alone."""

    person: Mapping[str, str]
    unit: str
    status: str
    is_all: bool = True

    @property
    def met(self) -> bool:
        """Whether the candidate passed the exam and met this unit in it."""
        return self.person["decision"] == "pass" and self.status == "met"

    @property
    def told(self) -> str:
        """The status as other bodies are told it: of a unit that asks more, as that of the written test."""
        return (
            f"written_{self.status}" if not self.is_all and self.status in ("met", "not_met") else self.status
        )


def outcomes(run: ScoredRun) -> Iterator[Outcome]:
    """A line for each candidate and unit, with the status that reports say."""
    from examgen.reports.cohort_report.statuses import CODES, statuses_of

    found = statuses_of(run)
    units = [n for n, place in enumerate(found.places) if place.level == "unit"]
    is_all = {n: run.exam.is_all(found.places[n].unit) for n in units}
    for k, person in enumerate(run.candidates.iter_rows(named=True)):
        for n in units:
            yield Outcome(person, found.places[n].unit, CODES[found.codes[n, k]], is_all[n])


FIELDS = (
    *("candidate_id", "name", "centre", "unit", "unit_title", "level", "status", "decision"),
    *("score", "max_score", "percent", "form", "date", "certificate_number"),
    *("exam", "exam_title", "run", "fingerprint", "release", "also_asked"),
)
"""What a column may be; `status` is that of the unit, `also_asked` the methods that its standard asks besides
the written test, `decision` that of the exam, `certificate_number` is empty, for the body to fill in."""
_NUMBERS = ("score", "max_score", "percent")
"""Fields that are numbers of our own: one below nought is no formula."""
_TEXT = "text:"
"""Begins a text that stands in every line."""


def write_results(source: ExportSource, asked: ExportOptions) -> Exported:
    """`results.xlsx` and `results.csv`. Raises Refused where the settings name a column that nothing has."""
    results = source.results if source.results is not None else source.exam / RESULTS
    run = read_scored(source.exam, source.run or str(run_of(results, None).folder), results)
    place = source.exam / EXPORTS / name_of(source.exam, run)
    workspace = find_workspace(source.exam.resolve())
    codes = None
    if asked.pseudonymous:
        run, hidden = hidden_run(source.exam, run)
        codes = hidden.path
    said = export_settings(workspace).results
    columns = said.columns or {name: name for name in FIELDS}
    _check(columns, run)
    day = asked.day.isoformat() if asked.day else _released_on(results, run)
    rows = [_line(one, run, day, columns, said) for one in outcomes(run)]
    table = pl.DataFrame(rows, dict.fromkeys(columns, pl.String), orient="row")
    files = {
        "results.xlsx": _workbook(table, notice_of(run.release, "both")),
        "results.csv": csv_bytes(table, [name for name, field in columns.items() if field in _NUMBERS]),
    }
    names = written(asked.out or place / "results", files, asked.replace, whole=True)
    facts = {
        "exam": run.exam.blueprint.exam,
        "run": run.run,
        "fingerprint": run.fingerprint,
        "release": run.release.as_dict(),
        "candidates": run.candidates.height,
        "rows": len(rows),
        "codes": None if codes is None else str(codes),
    }
    folder = asked.out or place / "results"
    return Exported("results", folder, names, tuple(_told(run, day, columns, codes)), facts)


def _check(columns: Mapping[str, str], run: ScoredRun) -> None:
    unknown = [
        field
        for field in columns.values()
        if field and not field.startswith(_TEXT) and field not in (*FIELDS, *run.candidates.columns)
    ]
    if unknown:
        known = either((*FIELDS, f"{_TEXT}…"))
        raise Refused(
            tell(
                "examgen.yaml, exports: {field} is not a column of results: write {known}, or a column that "
                "came in with the answers",
                field=unknown[0],
                known=known,
            )
        )


def _released_on(results: Path, run: ScoredRun) -> str:
    """The day of the release; empty where it does not say it, or the run is not what people are told."""
    if run.release.state != "released":
        return ""
    said = [one.said.get("date") for one in all_releases(results) if one.number == run.release.release]
    return str(said[0] or "") if said else ""


def _line(
    one: Outcome, run: ScoredRun, day: str, columns: Mapping[str, str], said: UploadSettings
) -> tuple[str, ...]:
    unit = next(unit for unit in run.exam.units if unit.code == one.unit)
    blueprint, besides = run.exam.blueprint, run.exam.besides(one.unit)
    decision = one.person["decision"]
    if decision and run.exam.also_asked:
        decision = f"{WRITTEN}{decision}"
    found = {
        **one.person,
        "unit": one.unit,
        "unit_title": unit.title or "",
        "level": "" if blueprint.level is None else str(blueprint.level),
        "status": said.words.get(one.told, one.told),
        "also_asked": " ".join(said.words.get(method, method) for method in besides.methods)
        if besides
        else "",
        "decision": said.words.get(decision, decision),
        "date": _day(day, said),
        "certificate_number": "",
        "exam": blueprint.exam,
        "exam_title": blueprint.title.th,
        "run": str(run.run),
        "fingerprint": run.fingerprint,
        "release": said.words.get(run.release.state, state_words(run.release)),
    }
    return tuple(
        field.removeprefix(_TEXT) if field.startswith(_TEXT) else str(found.get(field, ""))
        for field in columns.values()
    )


def _day(day: str, said: UploadSettings) -> str:
    """The day as the body writes it: 2026-11-20, or 20/11/2569 of the Buddhist era."""
    if not day or said.dates == "iso":
        return day
    of = date.fromisoformat(day)
    return f"{of.day:02d}/{of.month:02d}/{of.year + 543}"


def _workbook(table: pl.DataFrame, notice: str) -> bytes:
    with tempfile.TemporaryDirectory() as scratch:
        packed = Path(scratch) / "results.xlsx"
        write_workbook(packed, {"results": table}, notice)
        return read_input(packed)


def _told(run: ScoredRun, day: str, columns: Mapping[str, str], codes: Path | None) -> Iterator[Message]:
    if run.release.state != "released":
        yield tell("run {run} is not what people are told: the column `release` says so", run=run.run)
    if not day and "date" in columns.values():
        yield tell("nothing says the day: name it with --date, or when the run is released")
    if (scope := scope_notice(run.exam.also_asked)) is not None:
        yield scope
    if not run.audit["options"].get("pass"):
        yield tell("the exam has no pass rule: nobody was decided")
    if codes is not None:
        yield tell("candidates stand under codes; who is behind them: {path}", path=codes)
