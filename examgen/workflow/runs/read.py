"""An exam package and one of its runs → `ScoredRun`, once its files are seen to be those of the audit.

A scored run with more than 50 forms to a line of its pc_scale.csv → which forms ask a place alike.

What a form asks is told by the key as it counted: the package's, after the corrections that the audit names.

A package and one of its runs → scoring's own judgement once more: parts of the rule, scaled scores.

A package and a run → what was changed after the exam: corrected questions of each form, and what people
were told of a candidate before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from examgen.capture.cells import CENTRE_HEADS, ROOM_HEADS
from examgen.exam import runs
from examgen.exam.asked import Asked, cuts_of, read_asked
from examgen.exam.names import CANDIDATES_CSV, KEY_CSV, RESULTS, base_form
from examgen.exam.package import dealt_of, read_package
from examgen.exam.releases import all_releases, run_of_release
from examgen.exam.runs import AUDIT, RUNS, read_run, run_name, sealed
from examgen.problems import Problem, Refused
from examgen.reports.comparison import FILE
from examgen.reports.results.cells import csv_cell_of
from examgen.responses import table as response_table
from examgen.score_error import TotalScale
from examgen.scored_run import AlikeForms, ChangedQuestion, ScaledPoints, ScoredRun, ToldBefore
from examgen.scoring.corrections import correction_places
from examgen.scoring.criteria import shapes_of
from examgen.scoring.decisions import total_scales
from examgen.scoring.key import Key
from examgen.scoring.said import judgement_of
from examgen.storage import check_regular, without_apostrophe
from examgen.words import tell
from examgen.workflow.runs.compare import release_of, run_of, with_files
from examgen.workflow.runs.marks import several_asked, with_unmarked, without_asked_ones
from examgen.workflow.runs.on_record import Records, corrections_on_record
from examgen.workflow.scoring.run import key_after_corrections, layout_of

if TYPE_CHECKING:
    import polars as pl

    from examgen.exam.package import Package
    from examgen.exam.runs import Run
    from examgen.models.decisions import ScaledScore
    from examgen.models.form import Exam
    from examgen.scored_run import PartHeld, PlaceKind, ScaleOf
    from examgen.scoring.decisions import RulePart

_AT_A_TIME = 1 << 24
"""Bytes in which quotes are counted together."""
_PLACE = ("level", "unit", "element", "pc")


def alike_forms(folder: Path, run: runs.Run, scale: pl.DataFrame) -> AlikeForms | None:
    """None where every form is named, or all ask alike.

    Raises Refused where forms are not named and the package was printed anew since the run.
    """
    if not _unnamed(scale):
        return None
    asked = read_asked(folder)
    if run.audit["key"]["sha256"] != asked.manifest["files"][KEY_CSV]:
        message = tell(
            "is not the key by which run {number} was scored: score the answers again", number=run.number
        )
        raise Refused(
            tell("{folder} has changed since", folder=folder), [Problem(KEY_CSV, "key-changed", message)]
        )
    records = Records(corrections=corrections_on_record(run.audit))
    return _alike(key_after_corrections(asked, layout_of(asked, records), records))


def _unnamed(scale: pl.DataFrame) -> bool:
    """Whether a place with several scales has one whose forms are not all named."""
    import polars as pl

    cells = scale.select(*_PLACE, "forms").unique()
    shortened = pl.col("forms").str.contains(" … ", literal=True).any().alias("shortened")
    places = cells.group_by(_PLACE).agg(pl.len(), shortened)
    return not places.filter((pl.col("len") > 1) & pl.col("shortened")).is_empty()


def _alike(key: Key) -> AlikeForms:
    shapes = np.stack(shapes_of(key))
    members: dict[tuple[str, str, str], list[int]] = {}
    for n, (unit, element, pc) in enumerate(key.criteria):
        for place in (("pc", unit, pc), ("element", unit, element), ("unit", unit, unit)):
            members.setdefault(place, []).append(n)
    first = {}
    for place, own in members.items():
        _, begins, which = np.unique(
            shapes[:, :, own].sum(axis=2), axis=1, return_index=True, return_inverse=True
        )
        first[place] = begins[which.ravel()].tolist()
    return AlikeForms(key.names, {name: n for n, name in enumerate(key.names)}, first)


class KeyOfRun:
    """The key that a run was scored by, read and corrected when first asked for."""

    def __init__(self, folder: Path, run: runs.Run) -> None:
        self._folder = folder
        self.run = run

    @cached_property
    def asked(self) -> Asked:
        """The forms of the package."""
        return read_asked(self._folder)

    @cached_property
    def key(self) -> Key:
        """The key as it counted."""
        from examgen.workflow.scoring.run import key_after_corrections, layout_of

        records = Records(corrections=corrections_on_record(self.run.audit))
        return key_after_corrections(self.asked, layout_of(self.asked, records), records)

    @cached_property
    def cuts(self) -> Mapping[str, Decimal]:
        """The cut in points of those forms that have one of their own: of the file, else of the package."""
        own = (self.run.audit.get("cut") or {}).get("forms")
        return cuts_of({"cuts": own} if own else self.asked.manifest, self.key.names)

    @cached_property
    def number(self) -> dict[str, int]:
        """The places of the forms."""
        return {name: n for n, name in enumerate(self.key.names)}


class ScaledOf:
    """Turns points on a form into the scaled score, as the run did."""

    def __init__(self, rule: ScaledScore, of: KeyOfRun) -> None:
        self._rule, self._of = rule, of
        self._unheld = rule.model_copy(update={"floor": None, "ceiling": None})

    def __call__(self, form: str, points: Fraction) -> ScaledPoints | None:
        """None where the conversion ends before."""
        key, n = self._of.key, self._of.number[form]
        full = Fraction(int(key.max_total[n]), key.unit)
        asked = base_form(form), points, int(key.printed_points[n]), full
        steps = self._rule.steps(*asked)
        if steps is None:
            return None
        is_held = steps != self._unheld.steps(*asked)
        return ScaledPoints(Decimal(steps).scaleb(-self._rule.decimals), is_held)


def scaled_of(of: KeyOfRun) -> ScaledOf | None:
    """None where the run tells no scaled scores."""
    from examgen.models.decisions import ScaledFile

    audit = of.run.audit
    said = audit.get("scaled") or (audit["options"].get("report") or {}).get("scaled")
    return ScaledOf(ScaledFile.model_validate(said), of) if said else None


def scale_of(of: KeyOfRun) -> ScaleOf | None:
    """None where no correction gives a question to everybody."""
    made = of.run.audit.get("corrections") or ()
    if not any(one["kind"] == "credit_all" for one in made):
        return None

    scales = cache(lambda: total_scales(of.key))

    def found(form: str) -> TotalScale:
        least, most, n_items, given = scales()[of.number[form]]
        unit = of.key.unit
        return TotalScale(Fraction(least, unit), Fraction(most, unit), n_items, Fraction(given, unit))

    return found


class PassParts:
    """Holds each part of the rule against what somebody earned."""

    def __init__(self, of: KeyOfRun) -> None:
        self._of = of

    def __call__(self, form: str, points: Sequence[float]) -> tuple[PartHeld, ...]:
        """Each part in the order in which it is told, for points by criterion in the standard's order."""
        from examgen.scoring.decisions import part_held

        key, number = self._of.key, self._of.number
        parts, min_items = self._ready
        # points of a third of one are rounded in the files: the nearest unit is what was earned
        units = np.rint(np.array(points, dtype=np.float64) * key.unit).astype(np.int64)
        return tuple(part_held(part, number[form], units, min_items) for part in parts)

    @cached_property
    def _ready(self) -> tuple[tuple[RulePart, ...], int]:
        """The parts of the rule on the forms, and how many items a judgement needs."""
        from examgen.models.decisions import PassRule
        from examgen.scoring.decisions import rule_parts

        key, options = self._of.key, self._of.run.audit["options"]
        rule = PassRule.model_validate(options["pass"])
        parts = rule_parts(rule, key, self._of.cuts)
        return parts, judgement_of(options["judgement"]).min_items


def pass_parts(of: KeyOfRun) -> PassParts | None:
    """None where the run was decided by no rule."""
    return PassParts(of) if of.run.audit["options"].get("pass") else None


_RESULT = ("score", "max_score", "decision")
_STANDING = ("scaled", "rank", "percentile", "t_score", "criteria_met")
_OF_GROUP = ("rank", "percentile", "t_score")
"""Of these the number of candidates is told as well."""


class ChangedQuestions:
    """The questions of a form that corrections changed."""

    def __init__(self, of: KeyOfRun) -> None:
        self._of = of

    def __call__(self, form: str) -> tuple[ChangedQuestion, ...]:
        """In the order of the questions."""
        return tuple(sorted(self._by_form.get(form, ()), key=lambda one: one.question))

    @cached_property
    def _by_form(self) -> dict[str, list[ChangedQuestion]]:
        found: dict[str, list[ChangedQuestion]] = {}
        if made := corrections_on_record(self._of.run.audit):
            places = correction_places(made, self._of.asked.forms)
            for one, where in zip(made, places, strict=True):
                for place in where:
                    found.setdefault(place.form, []).append(ChangedQuestion(one.kind, place.question))
        return found


def told_before(results: Path, run: ScoredRun, codes: Mapping[str, str]) -> dict[str, ToldBefore]:
    """By candidate, what the release before this one told otherwise; nothing where there was none, or where
    this run is not what people are told. `codes` stand in place of ids where people are hidden.

    Raises Refused where that run is not as it was scored.
    """
    if run.release.state != "released" or run.release.release is None:
        return {}
    before = all_releases(results)[: run.release.release - 1]
    if not before:
        return {}
    import polars as pl

    earlier = run_of_release(results, before[-1])
    now = _results(run.candidates, run.criteria)
    tables = [_table(earlier, name) for name in ("candidates", "pc_results")]
    if codes:
        own = pl.col("candidate_id").replace_strict(codes, default="", return_dtype=pl.String)
        tables = [table.with_columns(own).filter(pl.col("candidate_id") != "") for table in tables]
    both = now.join(_results(*tables), on="candidate_id", suffix="_then")
    differs = {name: pl.col(name) != pl.col(f"{name}_then") for name in (*_RESULT, "criteria", "standing")}
    changed = both.filter(pl.any_horizontal(differs.values()))
    rows = changed.select(
        "candidate_id",
        *(f"{name}_then" for name in _RESULT),
        pl.any_horizontal(differs[name] for name in _RESULT).not_().alias("same"),
        differs["criteria"].alias("other_criteria"),
        differs["standing"].alias("other_standing"),
    ).iter_rows()
    return {who: ToldBefore(earlier.number, *told) for who, *told in rows}


def _results(candidates: pl.DataFrame, criteria: pl.DataFrame) -> pl.DataFrame:
    """Id, score, points that could be had, decision; as one text each the results of all criteria, and what
    is told beside the score."""
    import polars as pl

    own = [name for name in criteria.columns if name.endswith(("_correct", "_status"))]
    text = criteria.select("candidate_id", pl.concat_str(own, separator=" ").alias("criteria"))
    group = str(candidates.height) if any(name in candidates.columns for name in _OF_GROUP) else ""
    told = [pl.col(name) if name in candidates.columns else pl.lit("") for name in _STANDING]
    standing = pl.concat_str(*told, pl.lit(group), separator=" ").alias("standing")
    return candidates.select("candidate_id", *_RESULT, standing).join(text, on="candidate_id")


def _table(run: runs.Run, name: str) -> pl.DataFrame:
    """A table of an earlier run, seen to be the one that its audit names."""
    from examgen.exam.shown_runs import same_as_said

    path = run.folder / f"{name}.csv"
    if path.is_file() and same_as_said(path, run.files[path.name]):
        return read_table(path)
    message = tell("is missing or is not as the scoring wrote it: put it back from a copy")
    problem = Problem(str(path), "file-changed", message)
    raise Refused(
        tell("run {number} was released before: what was told of it cannot be read", number=run.number),
        [problem],
    )


_NEEDED = ("candidates", "pc_results", "pc_scale", "pc_coverage", "standard_coverage", "quarantine")
_OTHERS = ("signals", "ledger", "unreconciled")
_LISTED = ("name", "room", "seat")


class People(NamedTuple):
    """Candidates of a run with their names and places (`ScoredRun.candidates`, `ScoredRun.place_kind`)."""

    candidates: pl.DataFrame
    place_kind: PlaceKind


def read_people(folder: Path, run: str) -> People:
    """The candidates of a run without their results by criterion, which are most of it. Raises as
    `read_scored`."""
    package = read_package(folder)
    found = run_of(folder / RESULTS, run)
    check_files(found, package)
    return _people(KeyOfRun(folder, found), package)


def _people(key: KeyOfRun, package: Package) -> People:
    table = read_table(key.run.folder / "candidates.csv")
    if items := several_asked(key.asked, key.run.audit["options"].get("scoring") or {}):
        table = without_asked_ones(table, key.run.folder, key.key, items)
    return People(*_with_people(table, package, key.run))


def result_of(run: Run, who: str) -> dict[str, str] | None:
    """The line of candidates.csv of one candidate, read without keeping any other; None where the run scored
    nobody of that id. Raises Refused where the run is not as it was scored."""
    if problems := list(_touched(run)):
        raise Refused(tell("run {number} is not as it was scored", number=run.number), problems)
    found = read_table(run.folder / "candidates.csv", who)
    return found.row(0, named=True) if found.height else None


def read_scored(
    folder: Path,
    run: str | None = None,
    results: Path | None = None,
    *,
    unmarked: bool = False,
    who: str | None = None,
) -> ScoredRun:
    """The run of that number, or the one that people are told, before any release the newest; `results` is
    the folder that `score --out` named. `unmarked` adds where somebody marked nothing (`marks.UNMARKED`).
    With `who` the tables of candidates and criteria have the lines of that candidate alone.

    Raises Refused with every file of the run that is missing or is not as it was written, WrongUsage where
    there is no such run.
    """
    package = read_package(folder)
    place = results if results is not None else folder / RESULTS
    found = run_of(place, run)
    check_files(found, package)

    tables = {name: read_table(found.folder / f"{name}.csv") for name in _NEEDED[2:]}
    others = {
        name: read_table(path) if (path := found.folder / f"{name}.csv").is_file() else None
        for name in _OTHERS
    }
    key = KeyOfRun(folder, found)
    candidates, place_kind = _people(key, package)
    criteria = read_table(found.folder / "pc_results.csv", None if unmarked else who)
    if unmarked:
        criteria = with_unmarked(criteria, found.folder, key.key)
    if who is not None:
        candidates, criteria = (_of_one(table, who) for table in (candidates, criteria))
    return ScoredRun(
        exam=decided_by(package.exam, found),
        run=found.number,
        fingerprint=found.fingerprint,
        folder=found.folder.resolve(),
        audit=found.audit,
        candidates=candidates,
        criteria=criteria,
        scale=tables["pc_scale"],
        coverage=tables["pc_coverage"],
        standard=tables["standard_coverage"],
        quarantine=tables["quarantine"],
        signals=others["signals"],
        ledger=others["ledger"],
        unreconciled=others["unreconciled"],
        alike=alike_forms(folder, found, tables["pc_scale"]),
        release=release_of(place, found),
        hold_parts=pass_parts(key),
        changed_of=ChangedQuestions(key),
        scaled_of=scaled_of(key),
        scale_of=scale_of(key),
        place_kind=place_kind,
    )


def decided_by(exam: Exam, run: Run) -> Exam:
    """The exam with the cut scores that the run was decided by."""
    said = run.audit.get("cut")
    if not said:
        return exam
    from examgen.models.cut_files import CutFile

    cuts = {form: one.of_form for form, one in CutFile.model_validate(said).forms.items()}
    return exam.model_copy(update={"cuts": cuts})


def name_of(folder: Path, run: ScoredRun) -> str:
    """What reports of a run are called in its package: by its number, and by its fingerprint as well where it
    is none of the package's own results, which may have a run of that number."""
    own = folder / RESULTS / RUNS / run_name(run.run)
    name = f"run-{run.run:04d}"
    return name if own.is_dir() and own.samefile(run.folder) else f"{name}-{run.fingerprint}"


def folder_before(run: ScoredRun) -> Path | None:
    """The folder of the run that this one followed, beside it; None where there is none.

    Raises Refused where that run is not as it was scored: what changed since could not be told.
    """
    number = run.run - 1
    folder = run.folder.parent / run_name(number)
    if number < 1 or not folder.is_dir():
        return None
    whole = tell("run {number} is not as it was scored: what changed since cannot be told", number=number)
    try:
        before = read_run(number, folder)
    except (ValueError, OSError) as error:
        message = tell("is missing or damaged: put it back from a copy")
        raise Refused(whole, [Problem(str(folder / AUDIT), "audit-damaged", message)]) from error
    problems = list(_touched(before))
    if run.audit.get("previous") != before.sha256:
        message = tell("is not the audit that run {run} followed", run=run.run)
        problems.append(Problem(str(folder / AUDIT), "chain-broken", message))
    if problems:
        raise Refused(whole, problems)
    return folder


def check_files(run: Run, package: Package, so: str = tell("nothing is reported of it")) -> None:
    """Refuses a run that is of another package or key, or whose files are not as its audit says."""
    if other := list(_other_exam(run, package)):
        raise Refused(
            tell(
                "run {number} is not one of {folder}: {so}", number=run.number, folder=package.folder, so=so
            ),
            other,
        )
    needed = (*(f"{name}.csv" for name in _NEEDED), response_table.NAME)
    lacking = [name for name in needed if name not in run.files]
    problems = [
        Problem(str(run.folder / name), "file-missing", tell("is not a file of this run")) for name in lacking
    ]
    problems.extend(_touched(run))
    if problems:
        raise Refused(tell("run {number} is not as it was scored: {so}", number=run.number, so=so), problems)


def _touched(run: Run) -> Iterator[Problem]:
    """What is not as the run's audit says, the audit itself too."""
    from examgen.exam.shown_runs import same_as_said

    if "seal" in run.audit and run.audit["seal"] != sealed(run.audit):
        message = tell("is not the audit that was written: its seal does not fit")
        yield Problem(str(run.folder / AUDIT), "seal-broken", message)
    for name, said in run.files.items():
        path = run.folder / name
        if not path.is_file():
            yield Problem(str(path), "file-missing", tell("is missing: restore the run, or score again"))
        elif not same_as_said(path, said):
            yield Problem(str(path), "file-changed", tell("is not as the scoring wrote it"))


def _other_exam(run: Run, package: Package) -> Iterator[Problem]:
    """Results that were moved here from another package."""
    source, name = str(run.folder / AUDIT), package.exam.blueprint.exam
    if run.audit.get("exam") != name:
        message = tell(
            "is of exam {exam}, not of {name}: name the package it was scored with",
            exam=run.audit.get("exam"),
            name=name,
        )
        yield Problem(source, "other-exam", message, field="exam")
    elif (run.audit.get("key") or {}).get("sha256") != package.manifest["files"].get(KEY_CSV):
        message = tell("says another key than this package has: name the package it was scored with")
        yield Problem(source, "other-key", message, field="key.sha256")


def read_table(path: Path, who: str | None = None) -> pl.DataFrame:
    """A table of results as text, nothing where a cell is empty; with `who` the line of that candidate
    alone, found without reading any other (of a million by 14 criteria in a twentieth of the time)."""
    import polars as pl

    check_regular(path)
    try:
        table = pl.read_csv(path if who is None else _line_of(path, who), infer_schema=False)
        return table.with_columns(without_apostrophe(pl.all().fill_null("")))
    except pl.exceptions.PolarsError as error:
        raise Refused(
            tell(
                "{path} is not a result of examgen: {error}",
                path=path,
                error=str(error).partition(chr(10))[0],
            )
        ) from error


def _line_of(path: Path, who: str) -> bytes:
    """The head of a table whose first column are candidates, and the line of one of them, if it has any."""
    start = b"\n" + csv_cell_of(who.encode()) + b","
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as text:
        head = text[: _end_of_line(text, 0)]
        at = text.find(start)
        while at >= 0 and _is_quoted(text, at):  # a cell of somebody else, which holds lines
            at = text.find(start, at + 1)
        return head if at < 0 else head + text[at + 1 : _end_of_line(text, at + 1)]


def _end_of_line(text: mmap, start: int) -> int:
    """Behind the line feed that ends the line, not one in a quoted cell."""
    end = text.find(b"\n", start) + 1
    while end and text[start:end].count(b'"') % 2:
        end = text.find(b"\n", end) + 1
    return end or len(text)


def _is_quoted(text: mmap, at: int) -> bool:
    """Whether a place is in a quoted cell: after an odd number of quotes."""
    places = range(0, at, _AT_A_TIME)
    return sum(text[place : min(place + _AT_A_TIME, at)].count(b'"') for place in places) % 2 == 1


def _of_one(table: pl.DataFrame, who: str) -> pl.DataFrame:
    import polars as pl

    return table.filter(pl.col("candidate_id") == who)


def _with_people(candidates: pl.DataFrame, package: Package, run: Run) -> tuple[pl.DataFrame, PlaceKind]:
    """Names and places where the answers or the printing's list say them, and each candidate's centre."""
    import polars as pl

    table = _one_room(with_files(candidates, run.audit))
    listed = _list_of(package)
    if listed is not None:
        own = [name for name in _LISTED if name not in table.columns]
        table = table.join(
            listed.select("candidate_id", *own), on="candidate_id", how="left", maintain_order="left"
        )
    for name in _LISTED:
        column = pl.col(name).fill_null("") if name in table.columns else pl.lit("")
        table = table.with_columns(column.alias(name))
    kind, centre = _centre(table)
    return table.with_columns(centre.alias("centre")).drop(FILE, strict=False), kind


def _one_room(table: pl.DataFrame) -> pl.DataFrame:
    """The rooms under one name, whatever the answers call them."""
    said = _heads(table, ROOM_HEADS)
    return table.with_columns(_first_of(said).alias("room")) if said else table


def _list_of(package: Package) -> pl.DataFrame | None:
    path = package.folder / CANDIDATES_CSV
    if not path.is_file():
        return None
    return dealt_of(package).unique("candidate_id", keep="first", maintain_order=True)


def _centre(table: pl.DataFrame) -> tuple[PlaceKind, pl.Expr]:
    """Centres where a column names any; else rooms; else answer files. Never some of these beside others."""
    import polars as pl

    said = _heads(table, CENTRE_HEADS)
    kinds: list[tuple[PlaceKind, pl.Expr]] = [("centre", _first_of(said))] if said else []
    kinds.append(("room", pl.col("room")))
    if FILE in table.columns:
        kinds.append(("file", pl.col(FILE).str.split("/").list.last()))
    return next((one for one in kinds if (table.select(one[1]).to_series() != "").any()), ("", pl.lit("")))


def _heads(table: pl.DataFrame, known: Sequence[str]) -> list[str]:
    return [name for name in table.columns if name.strip().casefold() in known]


def _first_of(columns: Sequence[str]) -> pl.Expr:
    """The first of these columns that says something."""
    import polars as pl

    return pl.coalesce(*(pl.col(name).replace("", None) for name in columns), pl.lit(""))
