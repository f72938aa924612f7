"""An exam package and one of its runs → `ScoredRun`, once its files are seen to be those of the audit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from examgen.capture.cells import CENTRE_HEADS, ROOM_HEADS, fold
from examgen.capture.list_columns import OneSpelling
from examgen.core.candidate_numbers import writing_of, written_as
from examgen.core.coded_columns import CodedColumns, changed, texts_of
from examgen.core.column_names import ASKED_RESULTS, CANDIDATES
from examgen.core.exam.names import KEY_CSV, RESULTS
from examgen.core.exam.package import read_package
from examgen.core.exam.releases import all_releases, matches_record, state_of
from examgen.core.exam.removals import check_kept
from examgen.core.exam.runs import AUDIT, RUNS, read_run, run_name, sealed
from examgen.core.models.decisions import CutFile
from examgen.core.problems import Problem, Refused
from examgen.core.register import PLACES, REPORTED_COLUMNS
from examgen.core.responses import table as response_table
from examgen.core.scored_run import ScoredRun
from examgen.core.words import tell
from examgen.scoring.comparison import FILE
from examgen.scoring.runs.compare import releases_of, run_of, with_files
from examgen.scoring.runs.counted_key import (
    ChangedQuestions,
    KeyOfRun,
    alike_forms,
    pass_parts,
    scale_of,
    scaled_of,
)
from examgen.scoring.runs.marks import items_of_several_answers, with_unmarked, without_asked_ones
from examgen.scoring.runs.method_results import results_of
from examgen.scoring.runs.result_tables import in_one_spelling, read_coded, read_table
from examgen.scoring.sitting_cases import cases_of
from examgen.scoring.sitting_folder import sitting_of
from examgen.scoring.sitting_plan import plan_told
from examgen.scoring.sitting_record import decisions_of, held_on

if TYPE_CHECKING:
    from examgen.core.exam.package import Package
    from examgen.core.exam.runs import Run
    from examgen.core.models.form import Exam
    from examgen.core.scored_run import PlaceKind

_NEEDED = ("candidates", "pc_results", "pc_scale", "pc_coverage", "standard_coverage", "quarantine")
_OTHERS = ("signals", "ledger", "unreconciled")
_OF_ROSTER = tuple(one.name for one in REPORTED_COLUMNS)
_OF_PLACE = ("room", *(one.name for one in REPORTED_COLUMNS if one.of_place))
_SAID = ("name", "centre", "room", *_OF_ROSTER)
_NUMBERED = frozenset((*CANDIDATES, *ASKED_RESULTS, "synthetic")) - {"candidate_id"}
"""Columns of candidates.csv that are held by number, for their texts are few: those of a scoring."""
ROWS_AT_ONCE = 100_000
"""Candidates whose names and places are texts at a time."""
_HEADS_OF_PLACES = frozenset(map(fold, (*CENTRE_HEADS, *ROOM_HEADS)))


class People(NamedTuple):
    """Candidates of a run with their names and places (fields of `ScoredRun`)."""

    candidates: pl.DataFrame
    place_kind: PlaceKind
    n_of_two_centres: int = 0


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
    items = items_of_several_answers(key.asked, key.run.audit["options"].get("scoring") or {})
    is_alone = who is not None and place_kind not in (None, "file") and not items
    path = key.run.folder / "candidates.csv"
    table = read_table(path, who) if is_alone else read_coded(path, _NUMBERED.__contains__)
    if items:
        table = without_asked_ones(table, key.run.folder, key.key, items)
    return _with_people(table, package, key.run, place_kind if is_alone else None)


def result_of(run: Run, who: str) -> dict[str, str] | None:
    """The line of candidates.csv of one candidate, read without keeping any other; None where the run scored
    nobody of that id. Raises Refused where the run is not as it was scored."""
    if problems := list(_touched(run)):
        raise Refused(tell("run {number} was changed after scoring", number=run.number), problems)
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
    the folder that the scoring named. `unmarked` adds where somebody marked nothing (`marks.UNMARKED`).
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
    key, releases = KeyOfRun(folder, found), releases_of(place, found)
    acts = sitting_of(folder).acts(files=False)
    candidates, place_kind, n_of_two_centres = _people(key, package, who, place_kind)
    path = found.folder / "pc_results.csv"
    if who is None or unmarked:
        # the percentages are told of one candidate alone
        criteria = read_coded(path, "candidate_id".__ne__, lambda name: not name.endswith("_percent"))
        if criteria["candidate_id"].equals(candidates["candidate_id"]):  # then they stand in memory once
            criteria = criteria.with_columns(candidates["candidate_id"])
    else:
        criteria = read_table(path, who)
    if unmarked:
        criteria = with_unmarked(criteria, found.folder, key.key)
    if who is not None:
        candidates, criteria = (
            table.filter(pl.col("candidate_id") == writing_of(table["candidate_id"])(who))
            for table in (candidates, criteria)
        )
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
        release=state_of(found, releases),
        hold_parts=pass_parts(key),
        changed_of=ChangedQuestions(key),
        scaled_of=scaled_of(key),
        scale_of=scale_of(key),
        place_kind=place_kind,
        n_of_two_centres=n_of_two_centres,
        methods=results_of(folder, package.exam, found.sha256, releases, acts),
        decisions=decisions_of(acts),
        plan=plan_told(folder, found.sha256, releases, acts),
        held_on=held_on(acts),
        last_act=acts[-1].digest if acts else "",
        open_cases=tuple(number for number, one in cases_of(acts).items() if not one.outcome),
    )


def read_released(folder: Path, n: int) -> ScoredRun:
    """A run as release `n` of a package took it, with the results of other methods and the plan of then.
    Raises as `read_scored`."""
    releases, acts = all_releases(folder / RESULTS)[:n], sitting_of(folder).acts(files=False)
    run = read_scored(folder, str(releases[-1].run))
    digest = str(releases[-1].said["run_sha256"])
    return run._replace(
        methods=results_of(folder, run.exam, digest, releases, acts),
        plan=plan_told(folder, digest, releases, acts),
    )


def decided_by(exam: Exam, run: Run) -> Exam:
    """The exam with the cut scores that the run was decided by."""
    said = run.audit.get("cut")
    if not said:
        return exam
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
    whole = tell(
        "run {number} was changed after scoring, and the changed files cannot be identified", number=number
    )
    try:
        before = read_run(number, folder)
    except (ValueError, OSError) as error:
        message = tell("is missing or damaged. Restore it from a copy")
        raise Refused(whole, [Problem(str(folder / AUDIT), "audit-damaged", message)]) from error
    problems = list(_touched(before))
    if run.audit.get("previous") != before.sha256:
        message = tell("is not the audit file that run {run} refers to", run=run.run)
        problems.append(Problem(str(folder / AUDIT), "chain-broken", message))
    if problems:
        raise Refused(whole, problems)
    return folder


def check_files(run: Run, package: Package, so: str = tell("no report was written")) -> None:
    """Refuses a run that is of another package or key, or whose files are not as its audit says."""
    # results that were moved here from another package
    source, name, other = str(run.folder / AUDIT), package.exam.blueprint.exam, None
    if run.audit.get("exam") != name:
        message = tell(
            "belongs to exam {exam}, not {name}. Give the package that it was scored with.",
            exam=run.audit.get("exam"),
            name=name,
        )
        other = Problem(source, "other-exam", message, field="exam")
    elif (run.audit.get("key") or {}).get("sha256") != package.manifest["files"].get(KEY_CSV):
        message = tell("has another key than this package. Name the package that it was scored with")
        other = Problem(source, "other-key", message, field="key.sha256")
    if other is not None:
        message = tell(
            "run {number} does not belong to {folder}: {so}", number=run.number, folder=package.folder, so=so
        )
        raise Refused(message, [other])
    needed = (*(f"{name}.csv" for name in _NEEDED), response_table.NAME)
    for name in needed:
        check_kept(run.folder / name)
    lacking = [name for name in needed if name not in run.files]
    problems = [
        Problem(str(run.folder / name), "file-missing", tell("is not a file of this run")) for name in lacking
    ]
    problems.extend(_touched(run))
    if problems:
        raise Refused(
            tell("run {number} was changed after scoring: {so}", number=run.number, so=so), problems
        )


def _touched(run: Run) -> Iterator[Problem]:
    """What is not as the run's audit says, the audit itself too."""
    if "seal" in run.audit and run.audit["seal"] != sealed(run.audit):
        message = tell("has been changed (its checksum does not match)")
        yield Problem(str(run.folder / AUDIT), "seal-broken", message)
    for name, said in run.files.items():
        path = run.folder / name
        if not path.is_file():
            yield Problem(str(path), "file-missing", tell("is missing. Restore the run, or score again"))
        elif not matches_record(path, said):
            yield Problem(str(path), "file-changed", tell("was changed after scoring"))


def _with_people(
    candidates: pl.DataFrame, package: Package, run: Run, place_kind: PlaceKind | None
) -> People:
    """Names and places as the answers say them, else the roster, else the printing's list."""
    spelling = OneSpelling()  # the list's, for it is whole whoever is read
    printed = None
    if package.has_list:
        printed = package.candidates.unique("candidate_id", keep="first", maintain_order=True)
    listed = [placed(one, spelling) for one in (printed, roster_places(run)) if one is not None]
    ids = candidates["candidate_id"]
    lines = [
        (other.select(_SAID), _line_of_each(ids, written_as(other["candidate_id"], ids)))
        for other in reversed(listed)
    ]
    table = with_files(candidates, run.audit)
    if FILE in table.columns:
        table = table.with_columns(pl.col(FILE).cast(pl.Enum(texts_of(table[FILE]))))
    if heads := [name for name in table.columns if fold(name) in _HEADS_OF_PLACES]:
        placed(table.select(heads).unique(maintain_order=True), spelling)  # in the order of the whole table
    own = table.select("candidate_id", *(name for name in table.columns if name in {*heads, *_SAID}))
    found, n_differ = CodedColumns(), 0
    for start in range(0, max(table.height, 1), ROWS_AT_ONCE):
        some = placed(own.slice(start, ROWS_AT_ONCE), spelling)
        differ = pl.repeat(False, some.height, eager=True)
        for other, line in lines:
            theirs = other.select(pl.all().gather(line.slice(start, ROWS_AT_ONCE)).fill_null(""))
            both = some["centre"], theirs["centre"]
            other_centre = (both[0] != "") & (both[1] != "") & (both[0] != both[1])
            differ |= other_centre
            some = some.with_columns(
                pl.when((some[name] == "") & (~other_centre if name in _OF_PLACE else True))
                .then(theirs[name])
                .otherwise(some[name].cast(pl.String))
                .alias(name)
                for name in _SAID
            )
        n_differ += int(differ.sum())
        # the centre may be another's word, the room the answers'
        told = in_one_spelling(some, spelling)
        found.add(told.select(name for name in told.columns if name in _SAID))
    table = table.with_columns(found.table().get_columns())
    # centres where any is named; else rooms; else answer files: never some of these beside others, nor other
    # ones than are known
    kinds: list[tuple[PlaceKind, str]] = [("centre", "centre"), ("room", "room"), ("file", FILE)]
    kind, place = next(
        (
            (one, name)
            for one, name in kinds
            if name in table.columns
            and (one == place_kind if place_kind is not None else (table[name] != "").any())
        ),
        ("", ""),
    )
    if place == FILE:
        table = table.with_columns(
            changed(table[FILE], lambda of: of.str.split("/").list.last()).alias("centre")
        )
    elif place != "centre":
        table = table.with_columns((pl.col(place) if place else pl.lit("")).alias("centre"))
    return People(table.drop(FILE, strict=False), kind, n_differ)


def _line_of_each(ids: pl.Series, listed: pl.Series) -> pl.Series:
    """(n,) where each of the ids stands in a list; null where it does not."""
    known = listed.alias("id").to_frame().with_row_index("line").unique("id", keep="first")
    return ids.alias("id").to_frame().join(known, on="id", how="left", maintain_order="left")["line"]


def placed(table: pl.DataFrame, spelling: OneSpelling) -> pl.DataFrame:
    """With names, centres, rooms and what else a roster says each in one column, whatever a file calls it,
    empty where it says none; centres and rooms in one spelling."""
    columns = [pl.lit("").alias(name) for name in ("name", *_OF_ROSTER) if name not in table.columns]
    for name, heads in (("centre", CENTRE_HEADS), ("room", ROOM_HEADS)):
        # the first that says something of the columns with one of these names, in their order
        wanted = [fold(head) for head in heads]
        found = [own for own in table.columns if fold(own) in wanted]
        found.sort(key=lambda own: wanted.index(fold(own)))
        said = [pl.col(own).cast(pl.String).replace("", None) for own in found]
        columns.append(pl.coalesce(*said, pl.lit("")).alias(name))
    return in_one_spelling(table.with_columns(columns), spelling)


def roster_places(run: Run) -> pl.DataFrame | None:
    """Where the roster has each candidate; None where it says nothing of that."""
    return read_table(run.folder / PLACES) if PLACES in run.files else None
