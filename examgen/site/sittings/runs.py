"""Pages of a sitting's runs: scored, compared, released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from examgen.capture.grader_decisions import VOIDED, shown_names
from examgen.capture.reasons import EXPLANATIONS
from examgen.core.exam.names import RESULTS as RESULTS_FOLDER
from examgen.core.exam.releases import all_releases
from examgen.core.exam.runs import Run
from examgen.core.models.decisions import DECISION_KINDS
from examgen.core.problems import ExamgenError, Refused
from examgen.core.words import Message, joined, message_in, tell, tell_n
from examgen.scoring.before_release import looks_of, waiting_of
from examgen.scoring.compare import cause_words, compare_runs
from examgen.scoring.options import OMISSIBLE
from examgen.scoring.reconcile import NOT_USED
from examgen.scoring.releases import decided_since, first_day
from examgen.scoring.score import forms_of
from examgen.scoring.sitting_folder import Sitting
from examgen.scoring.sitting_record import decisions_of, proposals
from examgen.site.access import allowed
from examgen.site.accounts.roles import Role, is_auditor
from examgen.site.audit.record import record
from examgen.site.exams.cautions import cautions
from examgen.site.jobs import queue
from examgen.site.requests import TYPES, Request
from examgen.site.sittings import separation
from examgen.site.sittings.forms import ReleaseForm, ScoreAgain
from examgen.site.sittings.pages import (
    GRADERS,
    OVERSEES,
    RUN_STATES,
    SEES,
    framed,
    has_responses,
    holds,
    in_words,
    is_to_release,
    odd_of,
    runs_of,
    says_the_same,
    sitting,
    states_of,
    told_run,
)
from examgen.site.sittings.sitting_confirmation import check_scoring
from examgen.site.sittings.work import check_release
from examgen.site.workspace import manifest
from examgen.sitting import cases, correcting, roster, scans, worklist
from examgen.sitting.rules import rules_of

MARKS = ("quarantine.csv", "unlisted.csv")
"""Files of a run with rows as they came: no auditor's, who could set marks against points."""
LEDGERS = {
    "quarantine.csv": tell("rows set aside, as a table"),
    "unlisted.csv": tell("whose rows may be that are on no list, as a table"),
    "ledger.csv": tell("ledger, as a table"),
    "unreconciled.csv": tell("who does not add up, as a table"),
}
"""Files on rows and candidates that are not scored, with what stands in them."""
RESULTS = {
    "candidates.csv": tell("a line for each candidate"),
    "pc_results.csv": tell("criteria of each candidate"),
    "element_results.csv": tell("elements and units of each candidate"),
    "results.xlsx": tell("all of it in a workbook"),
    "results_long.csv": tell("a line for each judgement"),
    "candidates.parquet": tell("a line for each candidate"),
    "pc_results.parquet": tell("criteria of each candidate"),
    "element_results.parquet": tell("elements and units of each candidate"),
}
"""Files of results, with what stands in them."""
DOWNLOADS = (*LEDGERS, *RESULTS)
"""Files of a run that its pages give."""
MOST_CHANGED, MOST_ODD = 200, 20


@allowed(write=GRADERS, within="exam", post_only=True)
def score(request: Request, exam: str) -> HttpResponse:
    """Asks for a scoring."""
    check_scoring(request.user, exam, by_key=True)
    form = ScoreAgain(request.POST)
    if not form.is_valid():
        raise Refused(tell("what is to be left out cannot be understood"))
    if not has_responses(sitting(exam)):
        raise Refused(tell("there are no answer files yet: upload them first"))
    asked, chosen = form.asked(), form.cleaned_data["chosen"]
    if not chosen:  # the page did not show the forms of results
        asked = {name: value for name, value in asked.items() if name not in ("formats", "elements")}
    job = queue.ask("score", exam, request.user, exam=exam, keeps_forms=not chosen, options=asked)
    return redirect("job", job=job.id)


@allowed(read=SEES, within="exam")
def runs(request: Request, exam: str) -> HttpResponse:
    """Every run: its fingerprint, who scored it, whether people are told it."""
    place = sitting(exam)
    found = runs_of(place)
    by = separation.scorings(exam)
    context = framed(
        request,
        exam,
        "runs",
        runs=found,
        states=states_of(place, found),
        STATES=RUN_STATES,
        scored={run.number: by[run.sha256][0] for run in found if run.sha256 in by},
        to_release=_to_release(place, found),
        n_open=_n_open(place, found),
        n_since=_n_since(place, found),
        score=ScoreAgain(initial=forms_of(found[0]) if found else None),
        has_responses=has_responses(place),
    )
    return render(request, "sittings/runs.html", context)


def _n_open(place: Sitting, runs: Sequence[Run]) -> int:
    """How many rows of the newest run nobody has decided on."""
    return sum(worklist.waiting(place, runs[0]).values()) if runs else 0


def _n_since(place: Sitting, runs: Sequence[Run]) -> int:
    """How many rows of the newest run were decided on since, so that it is to be scored again."""
    return worklist.n_decided_since(place, runs[0]) if runs else 0


def _to_release(place: Sitting, runs: Sequence[Run]) -> int | None:
    """The run that is next to be released: the newest, where it says what people are not told yet, and every
    row of it is decided on and scored so. Any other is released from its own page, where that says what it
    is."""
    waits = not is_to_release(place, runs) or _n_open(place, runs) or _n_since(place, runs)
    return None if waits else runs[0].number


def _run(exam: str, number: int) -> Run:
    found = next((run for run in runs_of(sitting(exam)) if run.number == number), None)
    if found is None:
        raise Http404
    return found


@allowed(read=SEES, within="exam")
def run(request: Request, exam: str, run: int) -> HttpResponse:
    """A run: what was read, what became of it, who scored it."""
    found, place = _run(exam, run), sitting(exam)
    there = runs_of(place)
    is_newest = found.number == there[0].number
    acts = place.acts(files=False)
    told = told_run(place, there)
    before = max((one.number for one in runs_of(place) if one.number < run), default=None)
    context = framed(
        request,
        exam,
        "runs",
        run=found,
        before=before,
        is_state=states_of(place, [found]).get(run),
        STATES=RUN_STATES,
        scorers=separation.scorers(exam, found),
        is_known=found.sha256 in separation.scorings(exam),
        scored_by=separation.scored_by_name(exam, found),
        ledger=roster.ledger(found.folder, "ledger.csv"),
        explained=EXPLANATIONS,
        named=worklist.NAMED,
        VOIDED=VOIDED,
        LEFT_OUT=OMISSIBLE,
        is_newest=is_newest,
        newest=there[0].number,
        n_since=_n_since(place, there) if is_newest else 0,
        to_release=_to_release(place, there),
        n_open=_n_open(place, there) if is_newest else 0,
        looks=looks_of(found, decisions_of(acts)),
        since=decided_since(found, decisions_of(acts)),
        is_same=told is not None and told is not found and says_the_same(found, told),
        released=_release_of(place, found),
        n_doubts=sum(one.n_left for one in scans.all_read(place)) if is_newest else 0,
        odd=odd_of(place, found),
        files_read=_files_read(found),
        called=scans.called(place),
        names=roster.names(place),
        MOST_ODD=MOST_ODD,
        files={name: LEDGERS[name] for name in _open_to(request) if name in found.files and name in LEDGERS},
        results={name: words for name, words in RESULTS.items() if name in found.files},
        of_files=rules_of(found.audit),
        passes=bool((found.audit.get("options") or {}).get("pass")),
    )
    return render(request, "sittings/run.html", context)


class _FileRead(NamedTuple):
    """What became of the rows of an answer file; without the last three of a run that does not say which
    rows of a file it scored."""

    file: str
    structure: Message | str
    read: int | None
    scored: int | None
    repeated: int | None
    unused: int
    aside: int


def _files_read(run: Run) -> list[_FileRead]:
    """What became of the rows of each answer file of a run."""
    inputs = run.audit.get("inputs") or []
    shown = shown_names([Path(str(one["file"])) for one in inputs])
    rows = worklist.set_aside(run)
    found = []
    for name, one in zip(shown, inputs, strict=True):
        reasons = [row.reason for row in rows if row.file == name]
        unused = sum(reason in NOT_USED for reason in reasons)
        read, scored = one.get("rows"), one.get("scored")
        is_known = read is not None and scored is not None
        repeated = read - scored - len(reasons) if is_known else None
        aside = len(reasons) - unused
        structure = message_in(one, "structure")
        found.append(_FileRead(str(one["file"]), structure, read, scored, repeated, unused, aside))
    return found


def _release_of(place: Sitting, run: Run) -> Mapping[str, Any] | None:
    """What the record of the last release of a run says: who, when, why; None where it was never released."""
    found = [one for one in all_releases(place.exam / RESULTS_FOLDER) if one.said["run_sha256"] == run.sha256]
    return found[-1].said if found else None


def _open_to(request: Request) -> tuple[str, ...]:
    """The files that who asks may have."""
    return tuple(one for one in DOWNLOADS if one not in MARKS) if is_auditor(request.user) else DOWNLOADS


@allowed(read=SEES, within="exam")
def run_file(request: Request, exam: str, run: int, file: str) -> HttpResponseBase:
    """A file of a run, as it was written."""
    found = _run(exam, run)
    if file not in DOWNLOADS or file not in found.files:
        raise Http404
    if file not in _open_to(request):
        raise PermissionDenied
    if file in RESULTS:
        record(request.user, "run.take", exam, run=run, file=file)
    opened = (found.folder / file).open("rb")
    kind = TYPES.get(file.rpartition(".")[2], "application/octet-stream")
    return FileResponse(opened, as_attachment=True, filename=f"{exam}-run-{run}-{file}", content_type=kind)


@allowed(read=SEES, within="exam")
def compare(request: Request, exam: str) -> HttpResponse:
    """What one run says otherwise than another."""
    place = sitting(exam)
    found = runs_of(place)
    numbers = [one.number for one in found]
    chosen = [_chosen(request.GET.get(name), numbers) for name in ("before", "after")]
    compared, moved = None, []
    if all(number is not None for number in chosen) and chosen[0] != chosen[1]:
        whole = compare_runs(place.exam / "results", str(chosen[0]), str(chosen[1]))
        compared = {
            **whole.as_dict(),
            "causes": cause_words(whole.causes),
            "other_key": "corrections" in whole.causes,
        }
        rows = map(in_words, whole.comparison.rows.iter_rows(named=True))
        moved = sorted(rows, key=correcting.weight)
    context = framed(
        request,
        exam,
        "runs",
        numbers=numbers,
        chosen=chosen,
        compared=compared,
        moved=moved[:MOST_CHANGED],
        names=roster.names(place) if moved else {},
        n_moved=len(moved),
    )
    template = (
        "sittings/compared.html" if request.htmx and not request.htmx.boosted else "sittings/compare.html"
    )
    return render(request, template, context)


def _changes(place: Sitting, before: int, after: int) -> Message | None:
    """What another run changes for candidates, in words; None where the runs cannot be compared."""
    try:
        found = compare_runs(place.exam / RESULTS_FOLDER, str(before), str(after)).comparison
    except ExamgenError:
        return None
    gone, new, of_all = len(found.only_before), len(found.only_after), found.all
    said = (
        (of_all.now_pass, tell_n("{n:,} more passes", "{n:,} more pass", of_all.now_pass)),
        (of_all.now_fail, tell_n("{n:,} passes no longer", "{n:,} pass no longer", of_all.now_fail)),
        (
            of_all.score_changed,
            tell_n("the score of {n:,} changes", "the scores of {n:,} change", of_all.score_changed),
        ),
        (
            of_all.criteria_changed,
            tell("results by criterion change for {n:,}", n=of_all.criteria_changed),
        ),
        (new, tell_n("{n:,} has a result who had none", "{n:,} have a result who had none", new)),
        (gone, tell_n("{n:,} has no result any more", "{n:,} have no result any more", gone)),
    )
    return joined([words for n, words in said if n] or [tell("no result changes")], between=" · ")


def _chosen(text: str | None, numbers: list[int]) -> int | None:
    number = int(text) if text and text.isdecimal() and len(text) < 9 else None
    return number if number in numbers else None


@allowed(read={Role.APPROVER}, write={Role.APPROVER}, within="exam")
def release(request: Request, exam: str, run: int) -> HttpResponse:
    """Releases a run, by an approver who did not score it."""
    found, place = _run(exam, run), sitting(exam)
    acts = separation.against(request.user, exam, found)
    acts_of = place.acts(files=False)
    decisions = decisions_of(acts_of)
    looks, since = looks_of(found, decisions), decided_since(found, decisions)
    first, today = first_day(place.exam, found), timezone.localdate()
    form = ReleaseForm(
        request.POST or None,
        initial={"sha256": found.sha256, "day": today},
        has_open_looks=bool(looks.open),
        first_day=first,
    )
    if request.method == "POST" and form.is_valid():
        check_release(request.user, exam, found, form.cleaned_data["sha256"])
        given = form.cleaned_data
        job = queue.ask(
            "release",
            exam,
            request.user,
            exam=exam,
            run=run,
            sha256=found.sha256,
            reason=f"{given['reason']} ({given['minutes']})",
            date=given["day"].isoformat(),
            open_looks=given.get("open_looks", ""),
        )
        return redirect("job", job=job.id)
    there = runs_of(place)
    states = states_of(place, there)
    told = next((number for number, one in states.items() if one.state == "released"), None)
    context = framed(
        request,
        exam,
        "runs",
        run=found,
        form=form,
        acts=joined(acts) if acts else None,
        too_early=first if first is not None and first[0] > today else None,
        may_release=not acts and not since and holds(request, exam, Role.APPROVER),
        since=since,
        is_same=told not in (None, run) and says_the_same(found, _run(exam, told)),
        cautions=cautions(exam),
        without=[
            (one["candidate_id"], DECISION_KINDS[one["decision"]].words)
            for one in found.audit.get("persons") or ()
        ],
        scorers=separation.scorers(exam, found),
        is_known=found.sha256 in separation.scorings(exam),
        scored_by=separation.scored_by_name(exam, found),
        is_state=states.get(run),
        told=told,
        changes=_changes(place, told, run) if told not in (None, run) else None,
        newest=there[0].number,
        n_open=_n_open(place, there) if there[0].number == run else 0,
        n_since=_n_since(place, there) if there[0].number == run else 0,
        odd=odd_of(place, found),
        of_files=rules_of(found.audit),
        passes=bool((found.audit.get("options") or {}).get("pass")),
        waiting=waiting_of(found, place.decisions())._replace(decided=0),
        looks=looks,
        proposed=[one.on_person() for one in proposals(acts_of).values()],
        open_cases=cases.open_words(cases.states(place)) if holds(request, exam, *OVERSEES) else [],
        is_draft=bool(manifest(exam).get("draft")),
        STATES=RUN_STATES,
    )
    return render(request, "sittings/release.html", context, status=422 if form.errors else 200)
