"""An exam package and one of its runs → `ScoredRun`, once the files of the run match its audit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl

from examgen.capture.cells import fold
from examgen.capture.list_columns import OneSpelling
from examgen.core.candidate_numbers import writing_of, written_as
from examgen.core.column_names import ASKED_RESULTS, CANDIDATES
from examgen.core.exam.names import KEY_CSV, RESULTS
from examgen.core.exam.new_runs import settle
from examgen.core.exam.package import Package, read_package
from examgen.core.exam.releases import (
    Release,
    ReleaseState,
    all_releases,
    matches_record,
    released_run,
    state_of,
)
from examgen.core.exam.removals import check_kept
from examgen.core.exam.runs import AUDIT, RUNS, Run, find_run, read_run, run_name, sealed
from examgen.core.models.decisions import CutFile
from examgen.core.models.form import Exam
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.register import PLACES, REPORTED_COLUMNS
from examgen.core.responses import table as response_table
from examgen.core.words import tell
from examgen.scoring.counted_key import KeyOfRun
from examgen.scoring.method_results import results_of
from examgen.scoring.run_tables import (
    FILE,
    HEADS_OF_PLACES,
    in_one_spelling,
    items_of_several_answers,
    placed,
    read_coded,
    read_table,
    with_files,
    with_unmarked,
    without_asked_ones,
)
from examgen.scoring.scored_run import PlaceKind, ScoredRun
from examgen.scoring.sitting_cases import cases_of
from examgen.scoring.sitting_folder import sitting_of
from examgen.scoring.sitting_plan import plan_told
from examgen.scoring.sitting_record import decisions_of, held_on

_NEEDED = ("candidates", "pc_results", "pc_scale", "pc_coverage", "standard_coverage", "quarantine")
_OF_PLACE = ("room", *(one.name for one in REPORTED_COLUMNS if one.of_place))
_OF_PEOPLE = ["name", "centre", "room", *(one.name for one in REPORTED_COLUMNS)]
_NUMBERED = frozenset((*CANDIDATES, *ASKED_RESULTS, "synthetic")) - {"candidate_id"}
"""Columns of candidates.csv that a scoring writes, and that have few different texts."""
_PLACE_COLUMNS: dict[PlaceKind, str] = {"centre": "centre", "room": "room", "file": FILE}


# ── which run ────────────────────────────────────────────────────────────────────────────────


def run_of(results: Path, name: str | None) -> Run:
    """Return the run with that number or folder; by default the released run, or the newest before any
    release.

    Raises WrongUsage if there is none, Refused if it is not known what was released.
    """
    if name is None:
        settle(results)
        told = released_run(results)
        if told is None:
            raise WrongUsage.because(
                "{results} contains no scored run. Score the answers first (examgen score)", results=results
            )
        return told
    folder = find_run(results, name)
    try:
        return read_run(int(folder.name) if folder.name.isdecimal() else 0, folder)
    except (ValueError, OSError) as error:
        raise WrongUsage.because(
            "{folder} has no readable audit.json. Give the number of a run", folder=folder
        ) from error


def releases_of(results: Path, run: Run) -> list[Release]:
    """Return the releases in the results folder of a run; a run given by its path may be in another
    folder.
    """
    runs = run.folder.parent
    return all_releases(runs.parent if runs.name == RUNS else results)


def release_of(results: Path, run: Run) -> ReleaseState:
    """Return the release state of a run."""
    return state_of(run, releases_of(results, run))


def name_of(folder: Path, run: ScoredRun) -> str:
    """Return the name for reports of a run: its number, followed by its fingerprint unless the run is one of
    the package's own results, which may include another run of that number.
    """
    own = folder / RESULTS / RUNS / run_name(run.run)
    name = f"run-{run.run:04d}"
    return name if own.is_dir() and own.samefile(run.folder) else f"{name}-{run.fingerprint}"


def folder_before(run: ScoredRun) -> Path | None:
    """Return the folder of the run before this one, in the same place; None if there is none.

    Raises Refused if that run was changed after scoring, because differences from it would not be known.
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
    """Raise Refused for a run of another package or key, or whose files differ from its audit."""
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
        raise Refused.because(
            "run {number} does not belong to {folder}: {so}",
            [other],
            number=run.number,
            folder=package.folder,
            so=so,
        )
    needed = (*(f"{name}.csv" for name in _NEEDED), response_table.NAME)
    for name in needed:
        check_kept(run.folder / name)
    problems = [
        Problem(str(run.folder / name), "file-missing", tell("is not a file of this run"))
        for name in needed
        if name not in run.files
    ]
    problems.extend(_touched(run))
    if problems:
        raise Refused.because(
            "run {number} was changed after scoring: {so}", problems, number=run.number, so=so
        )


def _touched(run: Run) -> Iterator[Problem]:
    """Yield the faults of files that differ from the run's audit, and of the audit itself."""
    if "seal" in run.audit and run.audit["seal"] != sealed(run.audit):
        message = tell("has been changed (its checksum does not match)")
        yield Problem(str(run.folder / AUDIT), "seal-broken", message)
    for name, recorded in run.files.items():
        path = run.folder / name
        if not path.is_file():
            yield Problem(str(path), "file-missing", tell("is missing. Restore the run, or score again"))
        elif not matches_record(path, recorded):
            yield Problem(str(path), "file-changed", tell("was changed after scoring"))


# ── one run ──────────────────────────────────────────────────────────────────────────────────


def read_scored(
    folder: Path,
    run: str | None = None,
    results: Path | None = None,
    *,
    unmarked: bool = False,
    who: str | None = None,
) -> ScoredRun:
    """Return the run with that number; by default the released run, or the newest before any release.
    `results` is the folder in which the run was scored. `unmarked` adds columns that say whether nothing was
    marked (`run_tables.UNMARKED`). With `who`, the tables of candidates and criteria have only the row of
    that candidate.

    Raises Refused with every file of the run that is missing or was changed, WrongUsage if there is no such
    run.
    """
    package = read_package(folder)
    place = results if results is not None else folder / RESULTS
    found = run_of(place, run)
    check_files(found, package)

    def table(name: str) -> pl.DataFrame | None:
        path = found.folder / f"{name}.csv"
        return read_table(path) if path.is_file() else None

    key, releases = KeyOfRun(folder, found), releases_of(place, found)
    acts = sitting_of(folder).acts(files=False)
    candidates, place_kind, n_of_two_centres = _people(key, package)
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
            frame.filter(pl.col("candidate_id") == writing_of(frame["candidate_id"])(who))
            for frame in (candidates, criteria)
        )
    scale, coverage, standard, quarantine = (read_table(found.folder / f"{name}.csv") for name in _NEEDED[2:])
    return ScoredRun(
        exam=decided_by(package.exam, found),
        run=found.number,
        fingerprint=found.fingerprint,
        folder=found.folder.resolve(),
        audit=found.audit,
        candidates=candidates,
        criteria=criteria,
        scale=scale,
        coverage=coverage,
        standard=standard,
        quarantine=quarantine,
        signals=table("signals"),
        ledger=table("ledger"),
        unreconciled=table("unreconciled"),
        key=key,
        alike=key.alike_forms(scale),
        release=state_of(found, releases),
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
    """Return the run of release `n` of a package, with the results of other methods and the plan at that
    time. Raises as `read_scored`.
    """
    releases, acts = all_releases(folder / RESULTS)[:n], sitting_of(folder).acts(files=False)
    run = read_scored(folder, str(releases[-1].run))
    digest = str(releases[-1].said["run_sha256"])
    return run._replace(
        methods=results_of(folder, run.exam, digest, releases, acts),
        plan=plan_told(folder, digest, releases, acts),
    )


def result_of(run: Run, who: str) -> dict[str, str] | None:
    """Return the row of one candidate in candidates.csv; None if the run did not score that id. Raises
    Refused if the run was changed after scoring.
    """
    if problems := list(_touched(run)):
        raise Refused.because("run {number} was changed after scoring", problems, number=run.number)
    found = read_table(run.folder / "candidates.csv", who)
    return found.row(0, named=True) if found.height else None


def decided_by(exam: Exam, run: Run) -> Exam:
    """Return the exam with the cut scores by which the run was decided."""
    cut = run.audit.get("cut")
    if not cut:
        return exam
    cuts = {form: one.of_form for form, one in CutFile.model_validate(cut).forms.items()}
    return exam.model_copy(update={"cuts": cuts})


# ── its candidates, with their names and places ──────────────────────────────────────────────


class People(NamedTuple):
    """Candidates of a run with their names and places (fields of `ScoredRun`)."""

    candidates: pl.DataFrame
    place_kind: PlaceKind
    n_of_two_centres: int = 0


def read_people(folder: Path, run: str) -> People:
    """Return the candidates of a run without their results by criterion, which are most of it. Raises as
    `read_scored`.
    """
    package = read_package(folder)
    found = run_of(folder / RESULTS, run)
    check_files(found, package)
    return _people(KeyOfRun(folder, found), package)


def _people(key: KeyOfRun, package: Package) -> People:
    """Return names and places as in the answers, otherwise as in the roster, otherwise as in the list of the
    printing.
    """
    run = key.run
    items = items_of_several_answers(key.asked, run.audit["options"].get("scoring") or {})
    candidates = read_coded(run.folder / "candidates.csv", _NUMBERED.__contains__)
    if items:
        candidates = without_asked_ones(candidates, run.folder, key.key, items)
    spelling, printed = OneSpelling(), None
    if package.has_list:
        printed = package.candidates.unique("candidate_id", keep="first", maintain_order=True)
    lists = [placed(one, spelling) for one in (printed, roster_places(run)) if one is not None]
    table = with_files(candidates, run.audit)
    named = [name for name in table.columns if fold(name) in HEADS_OF_PLACES or name in _OF_PEOPLE]
    people = placed(table.select("candidate_id", *named), spelling)
    differ = pl.repeat(False, people.height, eager=True)
    for one in reversed(lists):
        theirs = _lines_of(people["candidate_id"], one.select("candidate_id", *_OF_PEOPLE))
        is_elsewhere = (
            (people["centre"] != "") & (theirs["centre"] != "") & (people["centre"] != theirs["centre"])
        )
        differ |= is_elsewhere
        people = people.with_columns(
            pl.when((people[name] == "") & (~is_elsewhere if name in _OF_PLACE else True))
            .then(theirs[name])
            .otherwise(people[name])
            .alias(name)
            for name in _OF_PEOPLE
        )
    # the centre may be another's word, the room the answers'
    people = in_one_spelling(people, spelling)
    table = table.with_columns(people[name] for name in people.columns if name in _OF_PEOPLE)
    # centres where any is named; else rooms; else answer files: never some of these beside others, nor other
    # ones than are known
    kind, place = next(
        (
            (kind, column)
            for kind, column in _PLACE_COLUMNS.items()
            if column in table.columns and (table[column] != "").any()
        ),
        ("", ""),
    )
    centre = pl.col(place) if place else pl.lit("")
    if place == FILE:
        centre = centre.str.split("/").list.last()
    return People(
        table.with_columns(centre.alias("centre")).drop(FILE, strict=False), kind, int(differ.sum())
    )


def _lines_of(ids: pl.Series, listed: pl.DataFrame) -> pl.DataFrame:
    """Return for each id its row in a list, however the number is written there; empty cells if it has
    none.
    """
    listed = listed.with_columns(written_as(listed["candidate_id"], ids)).unique("candidate_id", keep="first")
    found = ids.to_frame().join(listed, on="candidate_id", how="left", maintain_order="left")
    return found.with_columns(pl.all().fill_null(""))


def roster_places(run: Run) -> pl.DataFrame | None:
    """Return the places of candidates by the roster; None if it has none."""
    return read_table(run.folder / PLACES) if PLACES in run.files else None
