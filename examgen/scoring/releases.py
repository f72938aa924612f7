"""Releasing a run, whose results are then the ones that people are told; and how they differ from those that
people were told before, overall and for each candidate.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import polars as pl

from examgen.core.candidate_numbers import canonical_number, written_as
from examgen.core.changes import changing, settle
from examgen.core.exam.bindings import check_bindings
from examgen.core.exam.checks import check_runs
from examgen.core.exam.names import RESULTS, SITTING
from examgen.core.exam.package import Package, read_package
from examgen.core.exam.releases import (
    Release,
    all_releases,
    matches_record,
    put_release,
    released_run,
    run_of_release,
    show,
)
from examgen.core.exam.runs import RUNS, Run, find_run, read_run, run_folders
from examgen.core.models.form import Exam
from examgen.core.person_decisions import (
    PersonDecision,
    SecondLooks,
    waivers,
    without_result,
    without_result_in,
)
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.words import Message, OptionName, command, listed, option, tell, tell_n
from examgen.rendering.parts import draft_notice, scope_notice
from examgen.scoring.before_release import WaitingRow, WithoutResult, looks_of, waiting_of, waiting_rows
from examgen.scoring.compare import MovedDecisions, decisions_moved
from examgen.scoring.method_results import recorded, results_now
from examgen.scoring.reconcile import first_of
from examgen.scoring.run_tables import read_table
from examgen.scoring.runs import check_files
from examgen.scoring.scored_run import EarlierRelease, ScoredRun
from examgen.scoring.sitting_folder import sitting_of
from examgen.scoring.sitting_plan import PLAN, plan_of
from examgen.scoring.sitting_record import (
    SittingAct,
    changed_since,
    decisions_of,
    files_held,
    proposals,
)

_RESULT = ("score", "max_score", "decision")
_STANDING = ("scaled", "rank", "percentile", "t_score", "criteria_met")
_OF_GROUP = ("rank", "percentile", "t_score")
"""If any of these is reported, the number of candidates is reported as well."""


class Released(NamedTuple):
    """A release on record, and the run that it releases."""

    release: Release
    run: Run
    is_new: bool
    before: Run | None
    """The run that was released until then, if it is another one."""
    moved: MovedDecisions | None
    """How decisions differ from those of that run."""
    draft: Message | None
    """A notice of how many items of the exam nobody has approved."""
    scope: Message | None
    """A notice of what the standard requires besides the exam."""
    lacks: tuple[str, ...] = ()
    """Files of the sitting that were added, replaced or removed after the run was scored, if it is not the
    newest.
    """
    waiting: WithoutResult | None = None
    """How many candidates and rows have no result, if the release is new."""
    gone: tuple[WaitingRow, ...] = ()
    """Rows of candidates who have a result in the run before and none in this one."""

    def as_dict(self) -> dict[str, Any]:
        """Return the fields for JSON output."""
        return {
            **self.release.said,
            "sha256": self.release.sha256,
            "fingerprint": self.release.fingerprint,
            "new": self.is_new,
            "draft": self.draft is not None,
            "before": None if self.before is None else self.before.number,
            "without_result": None if self.waiting is None else self.waiting._asdict(),
            "no_result_now": [one.candidate_id for one in self.gone],
            "moved": None if self.moved is None else self.moved._asdict(),
        }


def release(
    folder: Path,
    run: int,
    by: str,
    reason: str,
    day: date | None = None,
    open_looks: str = "",
    today: date | None = None,
) -> Released:
    """Put the release of run `run` on record, and make the results folder show that run.

    `today` is the date of a new release without `day`, unless the release includes something with a later
    date. Releasing the run again that is released already, with the same details, changes nothing. Raises
    WrongUsage if the run does not exist, or if a text is empty or has invisible characters. Raises Refused if
    that run is already released with other details, if the package, this run or any other was changed after
    it was written, or if second looks are open and `open_looks` gives no reason to release without them.
    """
    said: dict[str, Any] = {
        "by": _words(option("by"), by),
        "reason": _words(option("reason"), reason),
        "date": None if day is None else day.isoformat(),
    }
    package = read_package(folder)
    check_told_here(package.exam)
    place, sitting = folder / RESULTS, sitting_of(folder)
    find_run(place, str(run))
    with sitting.changing(), changing(place):
        settle(place / RUNS)
        releases = all_releases(place)
        found = read_run(run, find_run(place, str(run)))
        before = released_run(place) if releases else None
        if before is not None:
            show(place, before)  # what an earlier release left undone
        acts = sitting.acts()
        _check_whole(folder, package, found)
        decisions, since = (
            decisions_of(acts),
            changed_since(acts, int(found.audit.get(SITTING, {}).get("acts", 0))),
        )
        methods = recorded(folder) if package.exam.other_methods else []
        looks = looks_of(found, decisions)
        is_new = before is None or before.number != run or _is_changed(releases[-1], methods, looks, acts)
        _check_decided(found, decisions)
        if is_new:
            if found.number == max(run_folders(place)):
                _check_up_to_date(found, since)
            _check_confirmed(acts)
            if looks.open and not open_looks:
                _refuse_open(looks.open)
            # whatever the day, lists of results that contradict each other and a damaged plan are refused
            rests_on = _rests_on(folder, package.exam, found, decisions, releases)
            if day is not None:
                _check_day(day.isoformat(), rests_on, decisions)
            elif today is not None and all(last <= today.isoformat() for _, last in rests_on):
                said["date"] = today.isoformat()
            if methods:
                said["methods"] = methods
            if looks.marked:
                said["second_looks"] = looks.counts()
            if looks.open:
                said["second_looks"]["reason"] = _words(option("open-looks"), open_looks)
            done = put_release(place, found, said)
        else:
            done = releases[-1]
            named = {name: value for name, value in said.items() if (day, name) != (None, "date")}
            if any(done.said.get(name) != value for name, value in named.items()):
                raise Refused.because(
                    "run {run} is already released (release {number}, by {by}). Nothing has changed",
                    run=done.run,
                    number=done.number,
                    by=done.said["by"],
                )
    exam, by_methods = package.exam, bool(methods) or bool(waivers(decisions))
    scope = scope_notice(exam.other_methods, by_methods, exam.blueprint.is_rated)
    told = Released(done, found, is_new, None, None, draft_notice(exam), scope)
    if is_new:
        told = told._replace(waiting=waiting_of(found, decisions), lacks=tuple(since))
    if not is_new or before is None or before.number == run:
        return told
    moved = decisions_moved(before.folder, found.folder)
    gone = _gone(before, found) if moved.only_before else ()
    return told._replace(before=before, moved=moved, gone=tuple(gone))


def _check_whole(folder: Path, package: Package, run: Run) -> None:
    """Raise Refused if the run has no results, is incomplete or was not scored with the package as it is now,
    or if any run was changed.
    """
    if not run.audit["rows"]["scored"]:
        raise Refused.because(
            "run {run} has no scored candidate, so there is no result to release", run=run.number
        )
    check_files(run, package, tell("the run was not released"))
    place = folder / RESULTS
    if problems := [*check_runs(place), *check_bindings(folder, [run]).problems]:
        raise Refused.because(
            "{place} was changed after scoring, so nothing was released", problems, place=place
        )


def _check_confirmed(acts: Sequence[SittingAct]) -> None:
    """Raise Refused while decisions on candidates wait for a second person."""
    if waiting := proposals(acts).values():
        message = tell("must be confirmed by a second person")
        raise Refused.because(
            "decisions on candidates wait for a second person. Confirm or cancel them",
            [Problem(one.name, "not-confirmed", message) for one in waiting],
        )


def _gone(before: Run, run: Run) -> list[WaitingRow]:
    """Return the rows of candidates who have a result in the run before and none in this one."""
    then, now = (
        {canonical_number(who): who for who in read_table(one.folder / "candidates.csv")["candidate_id"]}
        for one in (before, run)
    )
    return waiting_rows(run, {who for number, who in then.items() if number not in now})


def _is_changed(
    last: Release, methods: Sequence[Mapping[str, str]], looks: SecondLooks, acts: Sequence[SittingAct]
) -> bool:
    """Return whether something on which reports of a run are based was decided or submitted since its last
    release.
    """
    acts_then = acts[: last.n_act - 1]
    return (
        methods != (last.said.get("methods") or [])
        or _decided_since(looks, last.said)
        or waivers(decisions_of(acts)) != waivers(decisions_of(acts_then))
        or files_held(acts).get(PLAN) != files_held(acts_then).get(PLAN)
    )


def check_told_here(exam: Exam) -> None:
    """Raise Refused for an exam whose results are released elsewhere, such as an interview that belongs to a
    written test.
    """
    if exam.is_told_in_writing:
        also = listed(one.said for one in exam.other_methods)
        raise Refused.because(
            "the standard also requires other assessment methods ({also}), so results of "
            "{exam} are released in the sitting of the written test. Add the "
            "method_results.csv of the run there ({take})",
            also=also,
            exam=exam.blueprint.exam,
            take=command("take"),
        )


def _rests_on(
    folder: Path,
    exam: Exam,
    run: Run,
    decisions: Sequence[PersonDecision],
    releases: Sequence[Release],
) -> list[tuple[Message, str]]:
    """Return what a release of the run includes, each with its date."""
    audit, plan = run.audit, plan_of(folder)
    results = [one for units in results_now(folder, exam).values() for one in units.values()]
    dated = [
        *((tell("a correction of the key"), one.get("date")) for one in audit.get("corrections") or ()),
        *((tell("a decision on a row"), one.get("date")) for one in audit.get("decided") or ()),
        *([(tell("the cut score"), audit["cut"].get("date"))] if audit.get("cut") else []),
        *((tell("a decision on a candidate"), one.date) for one in decisions),
        *((tell("release {n}", n=one.number), one.said.get("date")) for one in releases),
        *((tell("a result of another assessment method"), one.day) for one in results),
        *([(tell("the sitting"), plan.date.isoformat())] if plan is not None else []),
    ]
    return [(what, str(day or "")) for what, day in dated]


def first_day(folder: Path, run: Run) -> tuple[date, Message] | None:
    """Return the earliest date that a release of the run may have, and what has that date; None if any date
    is allowed.
    """
    exam = read_package(folder).exam
    decisions = decisions_of(sitting_of(folder).acts())
    days = [
        (date.fromisoformat(day), what)
        for what, day in _rests_on(folder, exam, run, decisions, all_releases(folder / RESULTS))
        if day
    ]
    return max(days, key=lambda one: one[0], default=None)


def _check_day(
    day: str, rests_on: Sequence[tuple[Message, str]], decisions: Sequence[PersonDecision]
) -> None:
    """Raise Refused for a date in the future, or before that of something that the release includes."""
    # the site may be in a zone in which it is tomorrow already
    if day > max([date.today().isoformat(), *(one.date for one in decisions)]):
        raise Refused.because("{day} is in the future", day=day)
    if later := [one for one in rests_on if day < one[1]]:
        what, last = max(later, key=lambda one: one[1])
        raise Refused.because(
            "{day} is before {last}, the day of {what} that this release includes. Enter {last} "
            "or a later day as the day of the release.",
            day=day,
            last=last,
            what=what,
        )


def _check_up_to_date(run: Run, since: Sequence[str]) -> None:
    """Raise Refused if files were added to the sitting, replaced or removed after the newest run was
    scored.
    """
    if since:
        message = tell("was added, replaced or removed after scoring")
        raise Refused.because(
            "run {run} does not include all files of the sitting. Score again and release "
            "the new run, or remove the new files",
            [Problem(file, "given-since", message) for file in since],
            run=run.number,
        )


def decided_since(run: Run, decisions: Sequence[PersonDecision]) -> list[Problem]:
    """Return the candidates whose result was withdrawn or restored after a run was scored, with the
    decision.
    """
    now, then = without_result(decisions), without_result_in(run.audit)
    problems = [
        Problem(one.candidate_id, "decided-since", tell("{decision}, by {by}", decision=one.words, by=one.by))
        for who, one in now.items()
        if then.get(who) != one.decision
    ]
    message = tell("has a result again by a decision, but none in this run")
    problems += [Problem(who, "decided-since", message) for who in then if who not in now]
    return problems


def _check_decided(run: Run, decisions: Sequence[PersonDecision]) -> None:
    """Raise Refused for a run that was scored before somebody's result was withdrawn or restored."""
    if problems := decided_since(run, decisions):
        raise Refused.because(
            "run {run} was scored before decisions on candidates were made. Score again, "
            "then release the new run",
            problems,
            run=run.number,
        )


def _decided_since(looks: SecondLooks, last: Mapping[str, Any]) -> bool:
    """Return whether second looks were decided after the last release."""
    if not looks.marked:
        return False
    before = last.get("second_looks") or {"upheld": 0, "changed": 0}
    now = looks.counts()
    return any(before[name] != now[name] for name in ("upheld", "changed"))


def _refuse_open(who: Sequence[str]) -> NoReturn:
    """Raise Refused with the first of the candidates whose second look is open."""
    message = tell_n(
        "is marked for a second look that is not decided",
        "are marked for a second look that is not decided",
        len(who),
    )
    raise Refused(
        tell_n(
            "{n:,} second look is open. Record the decision ({decide}), or give with "
            "{open_looks} the reason for releasing without it",
            "{n:,} second looks are open. Record the decisions ({decide}), or give with "
            "{open_looks} the reason for releasing without them",
            len(who),
            decide=command("decide"),
            open_looks=option("open-looks"),
        ),
        [Problem(first_of(who), "second-look-open", message)],
    )


def _words(named: OptionName, text: str) -> str:
    """Return the text on one line. Raises WrongUsage if it is empty, or contains invisible characters."""
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    if not plain:
        raise WrongUsage.because(
            "{named} is empty. Give {what}",
            named=named,
            what=tell("the person who releases") if named.name == "by" else tell("the reason"),
        )
    if unseen := [char for char in plain if not char.isprintable()]:
        raise WrongUsage.because(
            "{named} contains the invisible character U+{unseen:04X}. Remove it",
            named=named,
            unseen=ord(unseen[0]),
        )
    return plain


def earlier_release(results: Path, run: ScoredRun) -> dict[str, EarlierRelease]:
    """Return, by candidate, what the last earlier release reported differently; empty if there was none, or
    if this run is not the released one.

    Raises Refused if the results of an earlier released run were changed.
    """
    if run.release.state != "released" or run.release.release is None:
        return {}
    before = all_releases(results)[: run.release.release - 1]
    # a release that is made for others' sake leaves what somebody was told before it as it was
    earlier = {one.run: one for one in reversed(before) if one.run != run.run}
    if not earlier:
        return {}
    now = _results(run.candidates, run.criteria)
    found: dict[str, EarlierRelease] = {}
    for one in earlier.values():
        found = {**_told_otherwise(run_of_release(results, one), now), **found}
    return found


def _told_otherwise(earlier: Run, now: pl.DataFrame) -> dict[str, EarlierRelease]:
    """Return, by candidate, what an earlier run reported differently from the results `now`."""
    tables = []
    for name in ("candidates.csv", "pc_results.csv"):
        path = earlier.folder / name
        if not path.is_file() or not matches_record(path, earlier.files[name]):
            message = tell("is missing or was changed after scoring. Restore it from a copy")
            raise Refused.because(
                "run {number} was released earlier, but its released results cannot be read",
                [Problem(str(path), "file-changed", message)],
                number=earlier.number,
            )
        tables.append(read_table(path))
    ids = now["candidate_id"]
    tables = [table.with_columns(written_as(table["candidate_id"], ids)) for table in tables]
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
    return {who: EarlierRelease(earlier.number, *told) for who, *told in rows}


def _results(candidates: pl.DataFrame, criteria: pl.DataFrame) -> pl.DataFrame:
    """Return id, score, maximum score and decision; and, as one text each, the results of all criteria and
    what is reported besides the score.
    """
    own = [name for name in criteria.columns if name.endswith(("_correct", "_status"))]
    text = criteria.select("candidate_id", pl.concat_str(own, separator=" ").alias("criteria"))
    group = str(candidates.height) if any(name in candidates.columns for name in _OF_GROUP) else ""
    told = [pl.col(name) if name in candidates.columns else pl.lit("") for name in _STANDING]
    standing = pl.concat_str(*told, pl.lit(group), separator=" ").alias("standing")
    result = pl.col(_RESULT).cast(pl.String)
    return candidates.select("candidate_id", result, standing).join(text, on="candidate_id")
