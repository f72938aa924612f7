"""The long jobs of a sitting: scoring, dry runs of corrections, reading scans, galleries, and releases."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse

from examgen.core.changes import steady, tidy
from examgen.core.exam.names import RESULTS
from examgen.core.exam.releases import all_releases
from examgen.core.exam.runs import Run, find_run, newest_run, read_run
from examgen.core.problems import Problem, Refused
from examgen.core.words import joined, tell, tell_n
from examgen.evidence import conflicts
from examgen.evidence.participation import SittingSources
from examgen.scoring import releases
from examgen.scoring import score as sittings
from examgen.scoring.releases import decided_since
from examgen.scoring.score import forms_of
from examgen.site.accounts.models import Role, User
from examgen.site.audit.models import Entry, record
from examgen.site.jobs.queue import Outcome, Progress, kind, on_exam
from examgen.site.sittings.pages import has_responses, odd_of, row_counts, sitting
from examgen.site.sittings.sitting_confirmation import SCORED, against, check_scoring
from examgen.site.workspace import workspace
from examgen.site.writing import last_act, recording
from examgen.sitting import correcting, scans, worklist


def _left(asked: dict[str, Any]) -> None:
    """Removes what an interrupted scoring had staged, because it contains names and marks."""
    tidy(sitting(asked["exam"]).exam / RESULTS)


@kind("score", tell("Score the answers"), {Role.GRADER}, _left, form=on_exam("answers"))
def score(asked: dict[str, Any], progress: Progress) -> Outcome:
    """Scores the answers of a sitting with all decisions. Makes a new run, unless nothing has changed."""
    exam = asked["exam"]
    check_scoring(asked["user"], exam, by_key=True)
    place = sitting(exam)
    if not has_responses(place):
        raise Refused.because("there are no answer files yet: upload them first")
    progress(tell("reading and scoring"))
    with place.scoring() as others_read:
        newest = newest_run(place.exam / RESULTS)
        forms = forms_of(newest) if newest and asked["keeps_forms"] else {}
        options = place.options(**forms, **asked["options"])
        with recording(asked["user"], place.exam, SCORED, exam) as one:
            done = sittings.score(
                place.exam,
                place.answers,
                progress=progress,
                options=options,
                others_read=others_read,
                acts=place.acts(),
            )
            run = run_of(exam, done.run)
            one.note(run=run.number, sha256=run.sha256, new=done.is_new)
    if place.scans:  # what is in doubt now may be other marks than before
        scans.renew(place, progress, worklist.set_aside(run))
    message = joined([tell("run {n}", n=run.number), row_counts(run)], between=": ")
    if not done.is_new:
        message = joined([message, tell("it already says this: no new run was made")], between="; ")
    odd = odd_of(place, run)
    if n := len(odd.alike):
        alike = tell_n(
            "{n:,} group of candidates answered alike throughout: look at the run",
            "{n:,} groups of candidates answered alike throughout: look at the run",
            n,
        )
        message = joined([message, alike], between="; ")
    if n := len(odd.unlike_numbers):
        unlike = tell_n(
            "{n:,} row was scored under a number unlike the others of its file: look at the run",
            "{n:,} rows were scored under numbers unlike the others of their files: look at the run",
            n,
        )
        message = joined([message, unlike], between="; ")
    result = {"run": done.run, "to_decide": sum(worklist.waiting(place, run).values())}
    return Outcome(message, reverse("run", args=[exam, done.run]), result, (*done.told, *done.account))


def run_of(exam: str, number: int) -> Run:
    """Returns the run of an exam with that number."""
    return read_run(number, find_run(sitting(exam).exam / "results", str(number)))


@kind("try-correction", tell("Who moves by a correction"), {Role.GRADER}, _left, form=on_exam("corrections"))
def try_correction(asked: dict[str, Any], progress: Progress) -> Outcome:
    """Does the dry run of a proposed correction."""
    exam = asked["exam"]
    check_scoring(asked["user"], exam, by_key=True)
    place = sitting(exam)
    proposal, by = asked["proposal"], asked["user"]
    with recording(by, place.place, "corrections.tried", exam, proposal=proposal), steady(place.place):
        found = correcting.try_out(place, proposal, progress)
    moved = (found.tried or {}).get("all", {})
    message = tell(
        "{now_pass:,} would now pass, {now_fail:,} would now fail; another score: {changed:,}",
        now_pass=moved.get("now_pass", 0),
        now_fail=moved.get("now_fail", 0),
        changed=moved.get("score_changed", 0),
    )
    return Outcome(message, reverse("proposal", args=[exam, found.id]))


@kind("gallery", tell("Make the gallery of a scan"), {Role.GRADER}, is_long=True, form=on_exam("scans"))
def gallery(asked: dict[str, Any], progress: Progress) -> Outcome:
    """Makes the page on which a person decides on doubtful marks of a scan."""
    exam, number = asked["exam"], asked["scan"]
    check_scoring(asked["user"], exam)
    scans.make_gallery(sitting(exam), number, progress)
    return Outcome(tell("the gallery of scan {n} is made", n=number), reverse("gallery", args=[exam, number]))


def _released(exam: str, who: User, run: int) -> None:
    """Puts the last release on record, once, if it is of that run and by that person.

    It may come from a job that was interrupted, or from a second request with the same words.
    """
    folder = sitting(exam).exam
    last = next(reversed(all_releases(folder / RESULTS)), None)
    if last is None or last.run != run or last.said["by"] not in {str(who), who.signature}:
        return
    if not Entry.objects.filter(about=exam, what="release.make", detail__release=last.sha256).exists():
        said = {"run": run, "sha256": last.said["run_sha256"], "release": last.sha256}
        record(who, "release.make", exam, **said, **last_act(folder))


def _was_released(asked: dict[str, Any]) -> None:
    _left(asked)
    _released(asked["exam"], asked["user"], asked["run"])


@kind("release", tell("Release results"), {Role.APPROVER}, _was_released, form=on_exam("runs"))
def release(asked: dict[str, Any], progress: Progress) -> Outcome:
    """Releases a run. Refused if the approver who asks for it took part in its scoring."""
    exam, who = asked["exam"], asked["user"]
    place, run = sitting(exam), run_of(exam, asked["run"])
    check_release(who, exam, run, asked["sha256"])
    sources = SittingSources(place.exam, workspace())
    conflicts.check_release(sources, run.number, who.signature)
    progress(tell("checking the run, then releasing it"))
    done = releases.release(
        place.exam,
        run.number,
        who.signature,
        asked["reason"],
        date.fromisoformat(asked["date"]),
        open_looks=asked.get("open_looks", ""),
    )
    _released(exam, who, run.number)
    message = tell(
        "run {run} is released; release {release}, fingerprint {fingerprint}: write it into the minutes",
        run=run.number,
        release=done.release.number,
        fingerprint=done.release.fingerprint,
    )
    broken = conflicts.told_of_release(sources, run.number, who.signature)
    notes = () if broken is None else (Problem(exam, "conflicts", broken, severity="notice"),)
    return Outcome(message, reverse("results", args=[exam]), problems=notes)


def check_release(user: User, exam: str, run: Run, sha256: str) -> None:
    """Raises Refused if the user had a part in scoring the run, if decisions about candidates were made after
    it, or if its hash is not `sha256`, which the user looked at."""
    if acts := against(user, exam, run):
        raise Refused.because(
            "you may not release run {run}: you {acts}. Another approver must release it",
            run=run.number,
            acts=joined(acts),
        )
    if since := decided_since(run, sitting(exam).decisions()):
        raise Refused.because(
            "run {run} was scored before decisions on persons: score again, then release the new run",
            since,
            run=run.number,
        )
    if run.sha256 != sha256:
        raise Refused.because("run {run} is not the one that you looked at: look again", run=run.number)


def _forget(asked: dict[str, Any]) -> None:
    """Removes the uploaded files, also after an interrupted reading."""
    shutil.rmtree(Path(settings.SITE.uploads) / asked["upload"], ignore_errors=True)


def _was_reading(asked: dict[str, Any]) -> None:
    """Removes the uploaded files, and what was read from them."""
    _forget(asked)
    scans.forget_unread(sitting(asked["exam"]))


@kind("scan", tell("Read scans"), {Role.GRADER}, _was_reading, is_long=True, form=on_exam("scans"))
def scan(asked: dict[str, Any], progress: Progress) -> Outcome:
    """Reads scans into a folder of the sitting, and makes the gallery of doubtful marks."""
    exam = asked["exam"]
    folder = Path(settings.SITE.uploads) / asked["upload"]
    try:
        check_scoring(asked["user"], exam)
        place = sitting(exam)
        with recording(asked["user"], place.place, "scans.read", exam, files=asked["names"]) as one:
            given = scans.uploaded(folder, asked["names"])
            done = scans.read(place, given, progress, asked["user"].signature)
            one.note(scan=done.number)
        scans.renew(place, progress)
    finally:
        _forget(asked)
    return Outcome(joined(done.said(), between="; "), reverse("scans", args=[exam]), problems=done.passed)
