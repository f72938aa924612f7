"""Pages of a sitting's runs: scoring, comparing and releasing them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase
from django.utils import timezone

from examgen.capture.grader_decisions import VOIDED, shown_names
from examgen.core.exam.names import RESULTS as RESULTS_FOLDER
from examgen.core.exam.releases import all_releases
from examgen.core.exam.runs import Run
from examgen.core.models.decisions import DECISION_KINDS
from examgen.core.problems import ExamgenError, Refused
from examgen.core.words import Message, joined, message_in, tell, tell_n
from examgen.reports.existing_reports import analysis_of, run_named
from examgen.scoring.before_release import looks_of, waiting_of
from examgen.scoring.compare import cause_words, compare_runs
from examgen.scoring.options import OMISSIBLE
from examgen.scoring.reconcile import NOT_USED
from examgen.scoring.releases import decided_since, first_day
from examgen.scoring.sitting_folder import Sitting
from examgen.scoring.sitting_record import proposals
from examgen.site.access import allowed
from examgen.site.accounts.models import Role, is_auditor
from examgen.site.audit.models import record
from examgen.site.exams.views import cautions
from examgen.site.jobs.views import to_job
from examgen.site.requests import Request, attached_file, or_404, wants_part
from examgen.site.sittings import sitting_confirmation as separation
from examgen.site.sittings.forms import ReleaseForm, ScoreAgain
from examgen.site.sittings.pages import (
    GRADERS,
    OVERSEES,
    SEES,
    Runs,
    has_responses,
    holds,
    odd_of,
    runs_of,
    says_the_same,
    score_again_form,
    sitting,
    sitting_page,
)
from examgen.site.sittings.sitting_confirmation import check_scoring
from examgen.site.sittings.work import check_release
from examgen.site.workspace import manifest
from examgen.sitting import cases, correcting, roster, scans, worklist
from examgen.sitting.rules import rules_of

MARKS = ("quarantine.csv", "unlisted.csv")
"""Files of a run that contain rows as they were read. Auditors may not download them, because they could
compare marks with points."""
LEDGERS = {
    "quarantine.csv": tell("rows set aside, as a table"),
    "unlisted.csv": tell("possible owners of rows without a listed candidate, as a table"),
    "ledger.csv": tell("ledger, as a table"),
    "unreconciled.csv": tell("candidates whose data do not agree, as a table"),
}
"""Files about rows and candidates without a score, with their labels."""
RESULTS = {
    "candidates.csv": tell("a line for each candidate"),
    "pc_results.csv": tell("criteria of each candidate"),
    "element_results.csv": tell("elements and units of each candidate"),
    "results.xlsx": tell("all of it in a workbook"),
    "candidates.parquet": tell("a line for each candidate"),
    "pc_results.parquet": tell("criteria of each candidate"),
    "element_results.parquet": tell("elements and units of each candidate"),
}
"""Files of results, with their labels."""
DOWNLOADS = (*LEDGERS, *RESULTS)
"""Files of a run that can be downloaded from its pages."""
MOST_CHANGED, MOST_ODD = 200, 20


@allowed("exams/<str:exam>/score/", "score", write=GRADERS, post_only=True)
def score(request: Request, exam: str) -> HttpResponse:
    """Starts a scoring job."""
    check_scoring(request.user, exam, by_key=True)
    form = ScoreAgain(request.POST)
    if not form.is_valid():
        raise Refused.because("the list of what to leave out cannot be read")
    if not has_responses(sitting(exam)):
        raise Refused.because("there are no answer files yet: upload them first")
    asked, chosen = form.asked(), form.cleaned_data["chosen"]
    if not chosen:  # the page did not show the forms of results
        asked = {name: value for name, value in asked.items() if name not in ("formats", "elements")}
    return to_job(request, "score", exam, keeps_forms=not chosen, options=asked)


@allowed("exams/<str:exam>/runs/", "runs", read=SEES)
def runs(request: Request, exam: str) -> HttpResponse:
    """Shows every run: its fingerprint, who scored it, and whether it is released."""
    place = sitting(exam)
    found, by = Runs(place), separation.scorings(exam)
    context = {
        "runs": found.all,
        "states": found.states,
        "scored": {run.number: by[run.sha256][0] for run in found.all if run.sha256 in by},
        "to_release": found.to_release,
        "n_open": found.n_open,
        "n_since": found.n_since,
        "score": score_again_form(place),
        "has_responses": has_responses(place),
    }
    return sitting_page(request, "sittings/runs.html", context)


def _run(exam: str, number: int) -> Run:
    return or_404(next((run for run in runs_of(sitting(exam)) if run.number == number), None))


def _shown(exam: str, there: Runs, found: Run) -> dict[str, Any]:
    """Returns the context of the pages of a run and of its release."""
    decisions, told, newest = there.place.decisions(), there.told, there.all[0].number
    is_newest = found.number == newest
    return {
        "run": found,
        "is_state": there.states.get(found.number),
        "newest": newest,
        "n_open": there.n_open if is_newest else 0,
        "n_since": there.n_since if is_newest else 0,
        "scorers": separation.scorers(exam, found),
        "is_known": found.sha256 in separation.scorings(exam),
        "scored_by": separation.scored_by_name(exam, found),
        "looks": looks_of(found, decisions),
        "since": decided_since(found, decisions),
        "told": told.number if told is not None else None,
        "is_same": told is not None and told.number != found.number and says_the_same(found, told),
        "odd": odd_of(there.place, found),
        "of_files": rules_of(found.audit),
        "passes": bool((found.audit.get("options") or {}).get("pass")),
    }


@allowed("exams/<str:exam>/runs/<int:run>/", "run", read=SEES)
def run(request: Request, exam: str, run: int) -> HttpResponse:
    """Shows a run: the files read, the counts of their rows, and who scored it."""
    found, place = _run(exam, run), sitting(exam)
    there = Runs(place)
    is_newest = run == there.all[0].number
    context = {
        **_shown(exam, there, found),
        "before": max((one.number for one in there.all if one.number < run), default=None),
        "ledger": roster.ledger(found.folder, "ledger.csv"),
        "VOIDED": VOIDED,
        "LEFT_OUT": OMISSIBLE,
        "is_newest": is_newest,
        "to_release": there.to_release,
        "released": _release_of(place, found),
        "n_doubts": sum(one.n_left for one in scans.all_read(place)) if is_newest else 0,
        "files_read": _files_read(found),
        "called": scans.called(place),
        "MOST_ODD": MOST_ODD,
        "files": {
            name: LEDGERS[name] for name in _open_to(request) if name in found.files and name in LEDGERS
        },
        "results": {name: words for name, words in RESULTS.items() if name in found.files},
    }
    return sitting_page(request, "sittings/run.html", context)


def _files_read(run: Run) -> list[tuple[str, Message | str, list[int | None]]]:
    """Returns for each answer file of a run its structure, and the numbers of rows that were read, scored,
    repeated, not used by decision and set aside. Of a run that did not record which rows of a file it scored,
    those scored and repeated are None."""
    inputs = run.audit.get("inputs") or []
    shown = shown_names([Path(str(one["file"])) for one in inputs])
    rows = worklist.set_aside(run)
    found = []
    for name, one in zip(shown, inputs, strict=True):
        reasons = [row.reason for row in rows if row.file == name]
        unused = sum(reason in NOT_USED for reason in reasons)
        read, scored = one.get("rows"), one.get("scored")
        repeated = None if read is None or scored is None else read - scored - len(reasons)
        counts = [read, scored, repeated, unused, len(reasons) - unused]
        found.append((str(one["file"]), message_in(one, "structure"), counts))
    return found


def _release_of(place: Sitting, run: Run) -> Mapping[str, Any] | None:
    """Returns the recorded data of the last release of a run; None if it was never released."""
    found = [one for one in all_releases(place.exam / RESULTS_FOLDER) if one.said["run_sha256"] == run.sha256]
    return found[-1].said if found else None


def _open_to(request: Request) -> tuple[str, ...]:
    """Returns the names of the files that the user may download."""
    return tuple(one for one in DOWNLOADS if one not in MARKS) if is_auditor(request.user) else DOWNLOADS


@allowed("exams/<str:exam>/runs/<int:run>/files/<str:file>", "run-file", read=SEES)
def run_file(request: Request, exam: str, run: int, file: str) -> HttpResponseBase:
    """Returns a file of a run, as it was written."""
    found = _run(exam, run)
    if file not in DOWNLOADS or file not in found.files:
        raise Http404
    if file not in _open_to(request):
        raise PermissionDenied
    if file in RESULTS:
        record(request.user, "run.take", exam, run=run, file=file)
    return attached_file((found.folder / file).open("rb"), f"{exam}-run-{run}-{file}")


@allowed("exams/<str:exam>/runs/compare/", "runs-compare", read=SEES)
def compare(request: Request, exam: str) -> HttpResponse:
    """Shows the differences between two runs."""
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
        rows = map(_in_words, whole.comparison.rows.iter_rows(named=True))
        moved = sorted(rows, key=correcting.weight)
    context = {
        "numbers": numbers,
        "chosen": chosen,
        "compared": compared,
        "moved": moved[:MOST_CHANGED],
        "n_moved": len(moved),
    }
    template = "sittings/compared.html" if wants_part(request) else "sittings/compare.html"
    return sitting_page(request, template, context)


def _in_words(row: Mapping[str, Any]) -> dict[str, str]:
    """Returns a row of a comparison with its cells as text."""
    return {
        name: "" if cell is None else f"{cell:g}" if isinstance(cell, float) else str(cell)
        for name, cell in row.items()
    }


def _changes(place: Sitting, before: int, after: int) -> Message | None:
    """Returns what another run changes for candidates, in words; None if the runs cannot be compared."""
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


@allowed("exams/<str:exam>/runs/<int:run>/release/", "release", read={Role.APPROVER}, write={Role.APPROVER})
def release(request: Request, exam: str, run: int) -> HttpResponse:
    """Releases a run, on behalf of an approver who had no part in its scoring."""
    found, place = _run(exam, run), sitting(exam)
    acts = separation.against(request.user, exam, found)
    shown = _shown(exam, Runs(place), found)
    first, today = first_day(place.exam, found), timezone.localdate()
    form = ReleaseForm(
        request.POST or None,
        initial={"sha256": found.sha256, "day": today},
        has_open_looks=bool(shown["looks"].open),
        first_day=first,
    )
    if request.method == "POST" and form.is_valid():
        check_release(request.user, exam, found, form.cleaned_data["sha256"])
        given = form.cleaned_data
        return to_job(
            request,
            "release",
            exam,
            run=run,
            sha256=found.sha256,
            reason=f"{given['reason']} ({given['minutes']})",
            date=given["day"].isoformat(),
            open_looks=given.get("open_looks", ""),
        )
    told, proposed = shown["told"], proposals(place.acts(files=False)).values()
    context = {
        **shown,
        "form": form,
        "acts": joined(acts) if acts else None,
        "too_early": first if first is not None and first[0] > today else None,
        "may_release": not acts and not shown["since"] and holds(request, exam, Role.APPROVER),
        "cautions": cautions(exam),
        "is_analysed": analysis_of(place.exam, or_404(run_named(place.exam, run))) is not None,
        "without": [
            (one["candidate_id"], DECISION_KINDS[one["decision"]].words)
            for one in found.audit.get("persons") or ()
        ],
        "changes": _changes(place, told, run) if told not in (None, run) else None,
        "waiting": waiting_of(found, place.decisions())._replace(decided=0),
        "proposed": [one.on_person() for one in proposed],
        "open_cases": cases.open_words(cases.states(place)) if holds(request, exam, *OVERSEES) else [],
        "is_draft": bool(manifest(exam).get("draft")),
    }
    return sitting_page(request, "sittings/release.html", context)
