"""Rows that a run set aside: a worklist, and the page on which one of them is decided."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from examgen.capture.reasons import EXPLANATIONS
from examgen.core.exam.runs import Run
from examgen.core.problems import Problem, Refused
from examgen.core.words import tell
from examgen.scoring.reconciliation import OF_PERSONS
from examgen.scoring.sitting_folder import Sitting
from examgen.site.access import allowed
from examgen.site.accounts.roles import is_auditor
from examgen.site.language import said
from examgen.site.requests import Request
from examgen.site.sittings.forms import IDENTITY, MARKS, VOID, OnRow, marks_of
from examgen.site.sittings.pages import GRADERS, SEES, framed, runs_of, sitting
from examgen.site.sittings.sitting_confirmation import check_scoring
from examgen.site.writing import deciding
from examgen.sitting import scans, worklist
from examgen.sitting.worklist import Aside, Decided, Decision

ON_PAGE, DECISIONS_ON_PAGE = 50, 25
NO_MORE = 3
"""Empty lines for marks, beside those of the questions that are in doubt."""
FIELDS = {"candidate_id": "candidate_id", "form": "form", "reason": "reason"}


def _newest(place: Sitting) -> Run | None:
    return next(iter(runs_of(place)), None)


@allowed(read=SEES, within="exam")
def quarantine(request: Request, exam: str) -> HttpResponse:
    """The rows that the newest run set aside, those without a decision first."""
    place = sitting(exam)
    run = _newest(place)
    rows = worklist.set_aside(run) if run else []
    decided, in_galleries = _by_row(place), worklist.in_galleries(place)
    for row in rows:
        made = in_galleries.get((row.known_as, row.line), [])
        if made and worklist.settles(made, row):
            decided.setdefault((row.known_as, row.line), made)
    reason = request.GET.get("reason", "")
    reasons = {
        code: sum(row.reason == code for row in rows) for code in dict.fromkeys(row.reason for row in rows)
    }
    open_first = sorted(
        (row for row in rows if not reason or row.reason == reason),
        key=lambda row: (row.known_as, row.line) in decided or row.reason in OF_PERSONS,
    )
    number, of_decisions = _number(request, "page"), _number(request, "decisions")
    decisions = worklist.decided(place)
    context = framed(
        request,
        exam,
        "quarantine",
        run=run,
        rows=open_first[(number - 1) * ON_PAGE : number * ON_PAGE],
        n_rows=len(rows),
        n_open=sum((row.known_as, row.line) not in decided and row.reason not in OF_PERSONS for row in rows),
        of_persons=OF_PERSONS,
        page=number,
        pages=max(1, -(-len(open_first) // ON_PAGE)),
        decided=decided,
        decisions=decisions[::-1][(of_decisions - 1) * DECISIONS_ON_PAGE : of_decisions * DECISIONS_ON_PAGE],
        n_decisions=len(decisions),
        has_decisions=bool(decisions or in_galleries),
        of_decisions=of_decisions,
        pages_of_decisions=max(1, -(-len(decisions) // DECISIONS_ON_PAGE)),
        reasons=reasons,
        reason=reason,
        explained=EXPLANATIONS,
        named=worklist.NAMED,
    )
    return render(request, "sittings/quarantine.html", context)


def _number(request: Request, name: str) -> int:
    """The page that the address asks for, the first where it asks for none."""
    said = request.GET.get(name, "1")
    return max(1, int(said)) if said.isdecimal() and len(said) < 6 else 1


def _by_row(place: Sitting) -> dict[tuple[str, int], list[Decided]]:
    found: dict[tuple[str, int], list[Decided]] = {}
    for one in worklist.decided(place):
        found.setdefault((one.file, one.line), []).append(one)
    return found


def _row(place: Sitting, run: int, number: int) -> tuple[Aside, list[Aside]]:
    found = _newest(place)
    if found is None or found.number != run:
        raise Http404
    rows = worklist.set_aside(found)
    if not 1 <= number <= len(rows):
        raise Http404
    return rows[number - 1], rows


@allowed(read=SEES, write=GRADERS, within="exam")
def row(request: Request, exam: str, run: int, number: int) -> HttpResponseBase:
    """A row that was set aside, with its scan where it came of one; its decision."""
    place = sitting(exam)
    found, rows = _row(place, run, number)
    before = worklist.of_row(place, found)
    initial = _initial(found, before)
    if "likely" in request.GET and found.may_be:
        initial |= {"what": IDENTITY, "candidate_id": found.may_be}
    form = OnRow(request.POST or None, initial=initial)
    faults: dict[str, list[Any]] = {}
    if request.method == "POST":
        check_scoring(request.user, exam)
        marks = marks_of(request.POST)
        if form.is_valid():
            told = {"file": found.known_as, "line": found.line}
            try:
                with deciding(request.user, place, "rows.decide", exam, **told):
                    _decide(request, place, found, form.cleaned_data, marks)
            except Refused as error:
                faults = worklist.problems_by_field(error) or {"": [error]}
            else:
                messages.success(
                    request, said(tell("the decision is on record; score again when all are done"))
                )
                return _next(exam, run, found, rows, place)
    else:
        marks = {int(one.said["question"]): one.said["answer"] for one in before if one.kind == "mark"}
        marks = {**dict.fromkeys(found.undecided, ""), **marks}
    context = framed(
        request,
        exam,
        "quarantine",
        run=run,
        row=found,
        n_rows=len(rows),
        cells=[] if is_auditor(request.user) else _cells(found.raw),
        explained=EXPLANATIONS,
        named=worklist.NAMED,
        before=before,
        seen=worklist.state_of(before),
        form=form,
        faults={
            FIELDS.get(name, "" if name not in ("question", "answer") else "marks"): some
            for name, some in faults.items()
        },
        marks=[*marks.items(), *([("", "")] * NO_MORE)],
        pictures=[] if is_auditor(request.user) else scans.pictures_of(place, found.known_as, found.line),
    )
    return render(request, "sittings/row.html", context, status=422 if form.errors or faults else 200)


def _initial(row: Aside, before: list[Decided]) -> dict[str, str]:
    """What was decided; else what a decision on such a row is about."""
    for one in before:
        if one.kind == "identity":
            what = VOID if one.said.get("action") else IDENTITY
            return {
                "what": what,
                **{name: one.said.get(name, "") for name in ("candidate_id", "form", "reason")},
            }
        return {"what": MARKS, "reason": one.said["reason"]}
    return {"what": MARKS if row.undecided or row.reason == "unreadable_marks" else IDENTITY}


def _decide(
    request: Request, place: Sitting, row: Aside, given: dict[str, Any], marks: dict[int, str]
) -> None:
    what = given["what"]
    is_own = row.reason in worklist.MAY_BE_NAMED and not given["form"]
    candidate = given["candidate_id"] or (row.candidate_id if is_own else "")
    if what == IDENTITY and not row.candidate_id and not candidate and not given["form"]:
        message = tell("the row names no candidate: write whose it is, or choose that it is nobody's")
        raise Refused(message, [Problem(row.file, "no-candidate-id", message, field="candidate_id")])
    decision = Decision(
        candidate if what == IDENTITY else "",
        given["form"] if what == IDENTITY else "",
        what == VOID,
        {} if what == VOID else marks,
    )
    if what == MARKS and not marks:
        raise Refused(tell("say what the marks are: a question and its answer"))
    day = timezone.localdate().isoformat()
    worklist.decide(
        place, row, decision, given["reason"], request.user.signature, day, request.POST.get("seen", "")
    )


def _next(exam: str, run: int, row: Aside, rows: list[Aside], place: Sitting) -> HttpResponse:
    """The page of the next row that is open; the list where none is."""
    decided = _by_row(place)
    later = [*rows[row.number :], *rows[: row.number]]
    for one in later:
        if (one.known_as, one.line) not in decided:
            return redirect("row", exam=exam, run=run, number=one.number)
    return redirect("quarantine", exam=exam)


def _cells(raw: str) -> list[str]:
    """The cells of a row as it may have been meant, for eyes alone."""
    delimiter = max(",;\t|", key=raw.count)
    try:
        return next(csv.reader(io.StringIO(raw.partition("\n")[0]), delimiter=delimiter), [])
    except csv.Error:
        return []


@allowed(read=SEES, within="exam", secret=True)
def picture(request: Request, exam: str, run: int, number: int, picture: int) -> HttpResponse:
    """The scan of a row: a crop, or the sheet."""
    place = sitting(exam)
    found, _ = _row(place, run, number)
    data = scans.picture(place, found.known_as, found.line, picture)
    if data is None:
        raise Http404
    return HttpResponse(data, content_type="image/webp", headers={"Cache-Control": "private, no-store"})


@allowed(write=GRADERS, within="exam")
@require_POST
def take_back(request: Request, exam: str) -> HttpResponse:
    """Takes a decision back."""
    place = sitting(exam)
    with deciding(request.user, place, "rows.take_back", exam) as one:
        gone = worklist.take_back(place, request.POST.get("code", ""))
        one.did("rows.take_back", exam, file=gone.file, line=gone.line)
    messages.success(
        request, said(tell("the decision was taken back: a scoring has to leave it out on purpose"))
    )
    return redirect("quarantine", exam=exam)
