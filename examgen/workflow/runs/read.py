"""An exam package and one of its runs → `ScoredRun`, once its files are seen to be those of the audit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from examgen.candidate_numbers import writing_of
from examgen.capture.cells import CENTRE_HEADS, ROOM_HEADS
from examgen.exam.names import CANDIDATES_CSV, KEY_CSV, RESULTS
from examgen.exam.package import dealt_of, read_package
from examgen.exam.runs import AUDIT, RUNS, read_run, run_name, sealed
from examgen.problems import Problem, Refused
from examgen.reports.comparison import FILE
from examgen.responses import table as response_table
from examgen.scored_run import ScoredRun
from examgen.words import tell
from examgen.workflow.runs.compare import release_of, run_of, with_files
from examgen.workflow.runs.counted_key import (
    ChangedQuestions,
    KeyOfRun,
    alike_forms,
    pass_parts,
    scale_of,
    scaled_of,
)
from examgen.workflow.runs.marks import several_asked, with_unmarked, without_asked_ones
from examgen.workflow.runs.result_tables import read_table

if TYPE_CHECKING:
    import polars as pl

    from examgen.exam.package import Package
    from examgen.exam.runs import Run
    from examgen.models.form import Exam
    from examgen.scored_run import PlaceKind

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


def _people(
    key: KeyOfRun, package: Package, who: str | None = None, place_kind: PlaceKind | None = None
) -> People:
    """With both, of that candidate alone, unless something rests on which of all lines is theirs."""
    items = several_asked(key.asked, key.run.audit["options"].get("scoring") or {})
    is_alone = who is not None and place_kind not in (None, "file") and not items
    table = read_table(key.run.folder / "candidates.csv", who if is_alone else None)
    if items:
        table = without_asked_ones(table, key.run.folder, key.key, items)
    return People(*_with_people(table, package, key.run, place_kind if is_alone else None))


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
    place_kind: PlaceKind | None = None,
) -> ScoredRun:
    """The run of that number, or the one that people are told, before any release the newest; `results` is
    the folder that `score --out` named. `unmarked` adds where somebody marked nothing (`marks.UNMARKED`).
    With `who` the tables of candidates and criteria have the lines of that candidate alone; where the caller
    knows the `place_kind` of the run, which all candidates together tell, the others are not read.

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
    candidates, place_kind = _people(key, package, who, place_kind)
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
        alike=alike_forms(key, tables["pc_scale"]),
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
    from examgen.exam.releases import same_as_said

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


def _of_one(table: pl.DataFrame, who: str) -> pl.DataFrame:
    import polars as pl

    return table.filter(pl.col("candidate_id") == writing_of(table["candidate_id"])(who))


def _with_people(
    candidates: pl.DataFrame, package: Package, run: Run, place_kind: PlaceKind | None
) -> tuple[pl.DataFrame, PlaceKind]:
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
    kind, centre = _centre(table, place_kind)
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


def _centre(table: pl.DataFrame, known: PlaceKind | None) -> tuple[PlaceKind, pl.Expr]:
    """Centres where a column names any; else rooms; else answer files. Never some of these beside others, nor
    other ones than are known."""
    import polars as pl

    said = _heads(table, CENTRE_HEADS)
    kinds: list[tuple[PlaceKind, pl.Expr]] = [("centre", _first_of(said))] if said else []
    kinds.append(("room", pl.col("room")))
    if FILE in table.columns:
        kinds.append(("file", pl.col(FILE).str.split("/").list.last()))
    if known is not None:
        return next((one for one in kinds if one[0] == known), ("", pl.lit("")))
    return next((one for one in kinds if (table.select(one[1]).to_series() != "").any()), ("", pl.lit("")))


def _heads(table: pl.DataFrame, known: Sequence[str]) -> list[str]:
    return [name for name in table.columns if name.strip().casefold() in known]


def _first_of(columns: Sequence[str]) -> pl.Expr:
    """The first of these columns that says something."""
    import polars as pl

    return pl.coalesce(*(pl.col(name).replace("", None) for name in columns), pl.lit(""))
