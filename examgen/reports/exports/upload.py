"""A scored run → results by candidate and unit, as the table that an awarding body uploads: one row each.

`examgen.yaml` (`exports: results:`) sets the columns, their order and their headings. Without that setting
the table has all known columns.
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
from examgen.core.candidate_numbers import canonical_number
from examgen.core.csv_files import csv_bytes
from examgen.core.exam.names import RESULTS, base_form
from examgen.core.exam.releases import all_releases, state_words
from examgen.core.files import read_input
from examgen.core.models.standard import METHODS
from examgen.core.other_methods import AssessedUnit, UnitStatus
from examgen.core.problems import Refused
from examgen.core.tables.writing import write_workbook
from examgen.core.words import Message, Pair, either, listed, option, tell
from examgen.interchange.place import EXPORTS, Exported, ExportOptions, ExportSource, written
from examgen.rendering.parts import scope_notice
from examgen.reports.cohort_report.statuses import CODES, statuses_of
from examgen.reports.localisation import ReportLanguage, notice_of
from examgen.reports.pseudonyms import candidate_codes
from examgen.scoring.runs import name_of, read_released, read_scored, run_of
from examgen.scoring.scored_run import ScoredRun

WRITTEN = "written_"
"""The prefix of statuses and decisions that cover only the written test, if the standard requires more."""
FIELDS = (
    *("candidate_id", "name", "centre", "unit", "unit_title", "level", "status", "decision"),
    *("score", "max_score", "percent", "form", "date", "certificate_number"),
    *("exam", "exam_title", "run", "fingerprint", "release", "also_asked"),
)
"""The possible contents of a column. `status` is that of the unit, `also_asked` the methods that its standard
requires besides the written test, `decision` that of the exam; `certificate_number` is empty, for the body
to fill in."""
RESULT_FIELDS = ("decision", "score", "max_score", "percent")
"""The columns of candidates.csv that are kept if candidates are listed by code."""
_NUMBERS = ("score", "max_score", "percent")
"""Fields whose numbers examgen writes itself, so that a negative one is not taken for a formula."""
_TEXT = "text:"
"""The prefix of a fixed text that is repeated in every row."""


class UnitOutcome(NamedTuple):
    """A candidate's row of candidates.csv, a unit of the exam, and the candidate's status in it.

    `status` is `met`, `not_met`, `undecided`, `insufficient` or `not_assessed`. `is_all` is True if the
    standard of the unit requires only this exam.
    """

    person: Mapping[str, str]
    unit: str
    status: str
    is_all: bool = True
    by_methods: AssessedUnit | None = None
    """The unit by all methods; None if its standard requires no others, or no result of them is recorded."""

    @property
    def met(self) -> bool:
        """Whether the candidate passed the exam and met this unit in it."""
        return self.person["decision"] == "pass" and self.status == "met"

    @property
    def is_whole(self) -> bool:
        """Whether the unit itself is met: by the exam alone, or by all methods that the standard requires."""
        return self.met and (self.is_all or (self.by_methods is not None and self.by_methods.status == "met"))

    @property
    def told(self) -> str:
        """The status as reported to other bodies. For a unit that requires other methods it is that of the
        written test (with a prefix) until all methods decide whether it is met."""
        if self.by_methods is not None and self.by_methods.status != "open":
            return self.by_methods.status
        is_written = not self.is_all and self.status in ("met", "not_met")
        return f"{WRITTEN}{self.status}" if is_written else self.status


def outcomes(run: ScoredRun) -> Iterator[UnitOutcome]:
    """Yield an outcome for each candidate and unit, with the status that reports show."""
    found = statuses_of(run)
    units = [n for n, place in enumerate(found.places) if place.level == "unit"]
    is_all = {n: run.exam.is_all(found.places[n].unit) for n in units}
    all_methods = run.all_methods
    for k, person in enumerate(run.candidates.iter_rows(named=True)):
        for n in units:
            unit, status = found.places[n].unit, CODES[found.codes[n, k]]
            by_methods = all_methods.of(person["candidate_id"], unit, status, person["decision"])
            yield UnitOutcome(person, unit, status, is_all[n], by_methods)


def units_by_methods(run: ScoredRun) -> dict[str, dict[str, int]]:
    """Count, by unit, the candidates who met it by all methods of its standard (`met`), did not (`not_met`),
    or are undecided (`open`). Empty if no result of another method is recorded."""
    counts: dict[str, dict[str, int]] = {}
    for units in unit_statuses(run).values():
        for unit, status in units.items():
            counts.setdefault(unit, {"met": 0, "not_met": 0, "open": 0})[status] += 1
    return counts


def released_units(exam: Path, n: int) -> dict[str, dict[str, UnitStatus]]:
    """Return `unit_statuses` as reported by release `n`."""
    return unit_statuses(read_released(exam, n))


def unit_statuses(run: ScoredRun) -> dict[str, dict[str, UnitStatus]]:
    """Return the status of each unit by all methods, by canonical candidate number and unit. Empty if no
    result of another method is recorded."""
    found: dict[str, dict[str, UnitStatus]] = {}
    for one in outcomes(run) if run.methods else ():
        if one.by_methods is not None:
            own = found.setdefault(canonical_number(one.person["candidate_id"]), {})
            own[one.unit] = one.by_methods.status
    return found


def by_methods_words(voice: ReportLanguage, run: ScoredRun) -> Iterator[Pair]:
    """Yield sentences on how many candidates met each unit by all methods that its standard requires."""
    for unit, count in units_by_methods(run).items():
        yield voice.spoken(
            "{unit}, by all methods that the standard asks: {met} met, {not_met} not met, {open} not decided "
            "yet. Points and decisions here are of the written test.",
            unit=unit,
            **{status: voice.number(n) for status, n in count.items()},
        )
    rule = run.exam.blueprint.all_methods
    if rule is not None:
        yield voice.spoken(
            "A unit is met where each method is passed and all of them together reach {least} % of the "
            "points by their weights: {weights}.",
            least=f"{rule.percent:g}",
            weights=listed(
                tell("{method} {weight} %", method=tell(METHODS[method]), weight=f"{weight:g}")
                for method, weight in rule.weights.items()
            ),
        )


def source_run(source: ExportSource) -> tuple[Path, ScoredRun]:
    """Return the folder of results and the run to export: the one that is named, otherwise the one that is
    currently reported to candidates."""
    results = source.results if source.results is not None else source.exam / RESULTS
    return results, read_scored(source.exam, source.run or str(run_of(results, None).folder), results)


def write_results(source: ExportSource, asked: ExportOptions) -> Exported:
    """Write `results.xlsx` and `results.csv`. Raises Refused if the settings name an unknown column."""
    results, run = source_run(source)
    place = source.exam / EXPORTS / name_of(source.exam, run)
    codes = candidate_codes(source.exam, run) if asked.pseudonymous else None
    said = export_settings(find_workspace(source.exam.resolve())).results
    columns = said.columns or {name: name for name in FIELDS}
    for field in columns.values():
        if field and not field.startswith(_TEXT) and field not in (*FIELDS, *run.candidates.columns):
            raise Refused.because(
                "examgen.yaml, exports: {field} is not a column of the results. Write "
                "{known}, or a column of the answer files",
                field=field,
                known=either((*FIELDS, f"{_TEXT}…")),
            )
    # the day of the release; empty if it has none, or if the run is not the released one
    day = asked.day.isoformat() if asked.day else ""
    if not day and run.release.state == "released":
        days = [one.said.get("date") for one in all_releases(results) if one.number == run.release.release]
        day = str(days[0] or "") if days else ""
    found = list(outcomes(run.given_out))
    if (
        codes is not None
    ):  # in the order of the codes, because the order of the files would reveal the candidates
        has_centres = run.place_kind in ("centre", "room")  # not an answer file
        found = [one._replace(person=_coded(one.person, codes.by_candidate, has_centres)) for one in found]
        found.sort(key=lambda one: one.person["candidate_id"])
    rows = [_line(one, run, day, columns, said) for one in found]
    table = pl.DataFrame(rows, dict.fromkeys(columns, pl.String), orient="row")
    with tempfile.TemporaryDirectory() as scratch:
        packed = Path(scratch) / "results.xlsx"
        write_workbook(packed, {"results": table}, notice_of(run.release, "both"))
        workbook = read_input(packed)
    numbers = [name for name, field in columns.items() if field in _NUMBERS]
    files = {"results.xlsx": workbook, "results.csv": csv_bytes(table, numbers)}
    folder = asked.out or place / "results"
    names = written(folder, files, asked.replace, whole=True)
    facts = {
        "exam": run.exam.blueprint.exam,
        "run": run.run,
        "fingerprint": run.fingerprint,
        "release": run.release.as_dict(),
        "candidates": run.candidates.height,
        "rows": len(rows),
        "codes": None if codes is None else str(codes.path),
    }
    told: list[Message] = []
    if run.release.state != "released":
        told.append(tell("run {run} is not the released run (see the column `release`)", run=run.run))
    if not day and "date" in columns.values():
        told.append(
            tell("the date is not known. Give it with {date}, or release the run", date=option("date"))
        )
    if (
        scope := scope_notice(run.exam.other_methods, bool(run.methods), run.exam.blueprint.is_rated)
    ) is not None:
        told.append(scope)
    if not run.audit["options"].get("pass"):
        told.append(tell("the exam has no pass rule, so there are no decisions"))
    if codes is not None:
        told.append(tell("candidates are listed by code. Their numbers are in {path}", path=codes.path))
    return Exported("results", folder, names, tuple(told), facts)


def _coded(person: Mapping[str, str], codes: Mapping[str, str], has_centres: bool) -> Mapping[str, str]:
    """Return a row of candidates.csv with the candidate's code, without anything else that could identify the
    person."""
    shown = (*RESULT_FIELDS, *(("centre",) if has_centres else ()))
    kept = {name: person[name] for name in shown if name in person}
    return {**kept, "candidate_id": codes[person["candidate_id"]], "form": base_form(person["form"])}


def _line(
    one: UnitOutcome, run: ScoredRun, day: str, columns: Mapping[str, str], said: UploadSettings
) -> tuple[str, ...]:
    unit = next(unit for unit in run.exam.units if unit.code == one.unit)
    blueprint, besides = run.exam.blueprint, run.exam.besides(one.unit)
    decision = one.person["decision"]
    if decision and run.exam.other_methods:
        decision = f"{WRITTEN}{decision}"
    if day and said.dates != "iso":
        # as the body writes it: 20/11/2569, of the Buddhist era
        of = date.fromisoformat(day)
        day = f"{of.day:02d}/{of.month:02d}/{of.year + 543}"
    methods = besides.methods if besides else ()
    found = {
        **one.person,
        "unit": one.unit,
        "unit_title": unit.title or "",
        "level": "" if blueprint.level is None else str(blueprint.level),
        "status": said.words.get(one.told, one.told),
        "also_asked": " ".join(said.words.get(method, method) for method in methods),
        "decision": said.words.get(decision, decision),
        "date": day,
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
