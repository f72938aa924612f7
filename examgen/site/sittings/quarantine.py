"""Rows that a run set aside: the worklist, the page for a decision on one row, and the page that accepts at
once all rows whose number is a candidate's number in another spelling."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from examgen.capture.grader_decisions import VOIDED
from examgen.capture.quarantine_reasons import NOT_ON_LIST, UNREADABLE_MARKS
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.manifest import letters_of
from examgen.core.exam.runs import Run
from examgen.core.files import sha256
from examgen.core.problems import Problem, Refused
from examgen.core.words import listed, tell, tell_n
from examgen.scoring.reconcile import NOT_USED, OF_PERSONS
from examgen.scoring.sitting_folder import Sitting
from examgen.site.access import allowed
from examgen.site.accounts.models import is_auditor
from examgen.site.language import address, told
from examgen.site.requests import Request, done, numbered, or_404, say, sent_by_program
from examgen.site.sittings import sitting_confirmation as separation
from examgen.site.sittings.forms import IDENTITY, MARKS, NEED_FORM, VOID, OnRow, mark_lines, marks_of
from examgen.site.sittings.pages import GRADERS, SEES, Runs, is_rated, sitting, sitting_page
from examgen.site.sittings.sitting_confirmation import check_scoring
from examgen.site.writing import deciding
from examgen.sitting import cases, roster, scans, worklist
from examgen.sitting.conflicting_rows import only, rivals, rows_read
from examgen.sitting.likely_persons import LikelyPerson, likely_of, likely_persons, same_numbers, without_row
from examgen.sitting.scored_rows import answers_read, as_decidable
from examgen.sitting.second_reading import scored_row
from examgen.sitting.worklist import Aside, Decided, Decision, Ruling

ON_PAGE, DECISIONS_ON_PAGE, AT_ONCE = 20, 20, 200
"""Rows and decisions shown on a page, and the maximum number of rows decided at once."""
MOST_WITHOUT = 12
"""The maximum number of candidates without a row who are offered as a button."""
NO_MORE = 3
"""The number of empty lines for marks, in addition to the questions in doubt."""


@allowed("exams/<str:exam>/aside/", "quarantine", read=SEES)
def quarantine(request: Request, exam: str) -> HttpResponse:
    """Shows the rows that the newest run set aside, undecided rows first."""
    place = sitting(exam)
    runs = Runs(place)
    run = runs.newest
    all_rows = worklist.set_aside(run) if run else []
    decided = worklist.settled(place, run) if run else {}
    # not used by a decision: it stands among the decisions, and waits for nothing
    rows = [row for row in all_rows if row.reason != VOIDED or (row.known_as, row.line) not in decided]
    reason = request.GET.get("reason", "")
    closed = {row for row in rows if (row.known_as, row.line) in decided or row.reason in OF_PERSONS}
    open_first = sorted((row for row in rows if reason in ("", row.reason)), key=closed.__contains__)
    page = Paginator(open_first, ON_PAGE).get_page(request.GET.get("page"))
    found, by_row = worklist.decided(place), dict[tuple[str, int], list[Decided]]()
    for one in found:
        by_row.setdefault((one.file, one.line), []).append(one)
    likely = likely_persons(place, run) if run else {}
    lacking = worklist.not_given(place, rows)
    context = {
        "run": run,
        "lacking": lacking,
        "scored_by": separation.scored_by_name(exam, run) if run else "",
        "called": scans.called(place),
        "rows": [
            (row, likely_of(row, likely), worklist.state_of(by_row.get((row.known_as, row.line), [])))
            for row in page
        ],
        "n_same": 0 if lacking else len(same_numbers(rows, likely, decided)),
        "n_rows": len(rows),
        "n_unused": len(all_rows) - len(rows) + sum(row.reason in OF_PERSONS for row in rows),
        "n_waiting": len(_waiting(rows)),
        "n_open": len(rows) - len(closed),
        "of_persons": OF_PERSONS,
        "page": page,
        "decided": decided,
        "decisions": Paginator(found[::-1], DECISIONS_ON_PAGE).get_page(request.GET.get("decisions")),
        "has_decisions": bool(found or worklist.in_galleries(place)),
        "n_since": runs.n_since,
        "reasons": Counter(row.reason for row in rows),
        "reason": reason,
        "contradicts": worklist.CONTRADICTS,
    }
    return sitting_page(request, "sittings/quarantine.html", context)


@allowed("exams/<str:exam>/aside/same/", "quarantine-same", read=SEES, write=GRADERS)
def same(request: Request, exam: str) -> HttpResponseBase:
    """Shows the rows whose number is a candidate's number in another spelling, and accepts them all at
    once."""
    place = sitting(exam)
    run = or_404(Runs(place).newest)
    rows = worklist.set_aside(run)
    found = same_numbers(rows, likely_persons(place, run), worklist.settled(place, run))
    n, found = len(found), found[:AT_ONCE]
    seen = sha256("\n".join(f"{row.known_as}\t{row.line}\t{one.candidate_id}" for row, one in found).encode())
    is_overtaken = request.method == "POST" and request.POST.get("seen") != seen
    if request.method == "POST" and found and not is_overtaken:
        check_scoring(request.user, exam)
        rulings = [Ruling(row, Decision(one.candidate_id), told(one.reason)) for row, one in found]
        before = worklist.of_rows(place, [row for row, _ in found])
        _rule(request, place, rulings, worklist.state_of(before))
        words = tell_n("{n:,} decision is on record", "{n:,} decisions are on record", len(found))
        return done(request, words, "quarantine")
    context = {
        "found": found,
        "n": n,
        "run": run,
        "seen": seen,
        "is_overtaken": is_overtaken,
        "called": scans.called(place),
    }
    return sitting_page(request, "sittings/same.html", context, status=409 if is_overtaken else 200)


def _waiting(rows: Sequence[Aside]) -> list[Aside]:
    """Returns the rows that wait or waited for a decision, without those that the run does not use because of
    a decision."""
    return [row for row in rows if row.reason not in NOT_USED]


def _run(place: Sitting, number: int) -> Run:
    """Returns the newest run if it has that number. Raises Http404 otherwise."""
    found = Runs(place).newest
    return or_404(found if found and found.number == number else None)


@allowed("exams/<str:exam>/aside/<int:run>/<int:number>/", "row", read=SEES, write=GRADERS)
@sent_by_program
def row(request: Request, exam: str, run: int, number: int) -> HttpResponseBase:
    """Shows a row that was set aside, with its scan if it has one, and records a decision on it."""
    place = sitting(exam)
    newest = _run(place, run)
    rows = worklist.set_aside(newest)
    found = numbered(rows, number)
    is_settled_in_file = found.reason in worklist.ONLY_IN_FILE
    likely = [] if is_settled_in_file else likely_of(found, likely_persons(place, newest))
    is_unknown = not is_settled_in_file and (found.reason == NOT_ON_LIST or not found.candidate_id)
    lacking = without_row(place, newest, found.candidate_id) if is_unknown and not likely else []
    among = rivals(place, rows, found)
    before = worklist.of_rows(place, [found])
    is_form = not {"person", "counts", "printed"} & request.POST.keys()
    form = _form(request, place, found, before, is_form)
    printed = roster.printed_for(place, found.candidate_id) if found.reason in NEED_FORM else None
    faults: list[Any] = []
    if request.method == "POST":
        check_scoring(request.user, exam)
        try:
            rulings = _rulings(request.POST, found, likely, lacking, among, printed, form)
            if rulings:
                _rule(request, place, rulings, request.POST.get("seen", ""))
                return _next(request, place, newest, rows, found)
        except Refused as error:
            faults = [*error.problems] or [error]
    sees_marks = not is_auditor(request.user)
    context = {
        "run": run,
        **_decision_of(request, place, found, before, form),
        "letters": letters_of(place.exam),
        "among": (waits.index(found) + 1, len(waits)) if found in (waits := _waiting(rows)) else None,
        "read": next(iter(rows_read(place, [found])), None) if sees_marks and not among else None,
        "without": lacking[:MOST_WITHOUT],
        "n_without": len(lacking),
        "likely": likely,
        "printed": printed,
        "rivals": _side_by_side(place, among) if among else None,
        "seen_of_all": worklist.state_of(worklist.of_rows(place, among or [found])),
        "faults": faults,
        "pictures": scans.pictures_of(place, found.known_as, found.line) if sees_marks else [],
    }
    return sitting_page(request, "sittings/row.html", context)


@allowed("exams/<str:exam>/runs/<int:run>/row/", "row-scored", write=GRADERS, secret=True)
def scored(request: Request, exam: str, run: int) -> HttpResponse:
    """Shows a row that the newest run scored (`?id=`), and records a decision that it belongs to another
    candidate, was misread or is not to be used."""
    place = sitting(exam)
    read = or_404(None if is_rated(exam) else scored_row(place, _run(place, run), request.GET.get("id", "")))
    found = as_decidable(place, read)
    waits = cases.unread_answers(place, request.user.signature)
    unread = next((one.case for one in waits if one.candidate == canonical_number(read.candidate_id)), "")
    before = worklist.of_rows(place, [found])
    form = _form(request, place, found, before, is_scored=True)
    faults: list[Any] = []
    if request.method == "POST":
        check_scoring(request.user, exam)
        try:
            if unread:
                raise Refused.because(
                    "read the answers for case {case} first, or leave the row to another grader", case=unread
                )
            if form.is_valid():
                asked = found._replace(undecided=())
                decision = _decision(asked, form.cleaned_data, marks_of(request.POST))
                if decision == Decision(read.candidate_id):
                    raise Refused.because("the row has that number already: nothing would change")
                rulings = [Ruling(found, decision, form.cleaned_data["reason"])]
                _rule(request, place, rulings, request.POST.get("seen", ""))
                return done(
                    request, tell("the decision is on record; score again, and it counts"), "quarantine"
                )
        except Refused as error:
            faults = [*error.problems] or [error]
    context = {
        "run": run,
        **_decision_of(request, place, found, before, form),
        "form_read": read.form,
        "unread_case": unread,
        "answers": [] if unread else answers_read(read),
        "letters": read.letters,
        "faults": faults,
    }
    return sitting_page(request, "sittings/scored_row.html", context)


def _form(
    request: Request,
    place: Sitting,
    row: Aside,
    before: list[Decided],
    is_sent: bool = True,
    is_scored: bool = False,
) -> OnRow:
    """Returns the form for a decision on a row, with the earlier decision as initial values."""
    forms, asked = worklist.forms_to_choose(place), row._replace(undecided=()) if is_scored else row
    return OnRow((is_sent and request.POST) or None, row=row, forms_of=forms, initial=_initial(asked, before))


def _decision_of(
    request: Request, place: Sitting, row: Aside, before: list[Decided], form: OnRow
) -> dict[str, Any]:
    """Returns the context that every page for a decision on a row needs."""
    made = {int(one.said["question"]): one.said["answer"] for one in before if one.kind == "mark"}
    in_doubt = dict.fromkeys(row.undecided, "") | made
    marks = mark_lines(request.POST) or [(str(n), answer) for n, answer in in_doubt.items()]
    return {
        "row": row,
        "form": form,
        "lacking": worklist.not_given(place, [row]),
        "called": scans.called(place),
        "before": before,
        "seen": worklist.state_of(before),
        "name": roster.names(place).get(row.candidate_id, ""),
        "marks": [*marks, *([("", "")] * NO_MORE)],
        "opens_marks": bool(marks or row.undecided or row.reason == UNREADABLE_MARKS),
    }


def _rulings(
    given: Any,
    row: Aside,
    likely: Sequence[LikelyPerson],
    lacking: Sequence[roster.Person],
    among: Sequence[Aside],
    printed: roster.Person | None,
    form: OnRow,
) -> list[Ruling]:
    """Returns the decisions in a POST: the row belongs to a suggested person; this one of contradicting rows
    counts; the row has the form printed for its candidate; or what the fields of the form contain. Empty if
    these have faults."""
    if "person" in given:
        for one in likely:
            if one.candidate_id == given["person"]:
                return [Ruling(row, Decision(one.candidate_id), told(one.reason))]
        if any(one.candidate_id == given["person"] for one in lacking):
            why = given.get("why", "").strip()[:500]
            if not why:
                raise Refused.because(
                    "say why the row is this person’s: that they have no row alone proves little"
                )
            return [Ruling(row, Decision(given["person"]), why)]
        raise Refused.because("the lists have changed meanwhile: look whose row it may be, then decide again")
    if "counts" in given:
        for rival in among:
            if str(rival.number) == given["counts"] and rival.candidate_id:
                why = given.get("why", "").strip()[:500]
                if not why:
                    raise Refused.because("say why this row counts and not the other")
                return only(rival, among, why)
        raise Refused.because("the rows have changed meanwhile: look at them, then decide again")
    if "printed" in given:
        if printed is None or printed.form != given["printed"]:
            raise Refused.because("the list has changed meanwhile: look at the form, then decide again")
        why = tell("form {form} was printed for {id}", form=printed.form, id=printed.candidate_id)
        return [Ruling(row, Decision(form=printed.form), told(why))]
    if not form.is_valid():
        return []
    return [Ruling(row, _decision(row, form.cleaned_data, marks_of(given)), form.cleaned_data["reason"])]


def _rule(request: Request, place: Sitting, rulings: Sequence[Ruling], seen: str) -> None:
    """Makes decisions on rows and records each. Raises Refused if others were made since they were `seen`."""
    with deciding(request.user, place, "rows.decide") as act:
        worklist.decide(place, rulings, request.user.signature, timezone.localdate().isoformat(), seen)
        for one in rulings:
            act.did("rows.decide", place.exam.name, file=one.row.known_as, line=one.row.line)


def _side_by_side(place: Sitting, rows: Sequence[Aside]) -> dict[str, Any]:
    """Returns rows that contradict each other, each with what was read from it and its pictures, and their
    answers by question: those on which they differ, and the others."""
    read = rows_read(place, rows)
    answers = zip_longest(*(one.answers if one else () for one in read), fillvalue="")
    unlike, alike = list[tuple[int, tuple[str, ...]]](), list[tuple[int, tuple[str, ...]]]()
    for n, some in enumerate(answers, 1):
        known = {answer for answer, one in zip(some, read, strict=True) if one}
        (unlike if len(known) > 1 else alike).append((n, some))
    pictures = (scans.pictures_of(place, row.known_as, row.line) for row in rows)
    is_told = sum(one is not None for one in read) > 1
    return {
        "rows": [*zip(rows, read, pictures, strict=True)],
        "unlike": unlike,
        "alike": alike if is_told else [],
    }


def _initial(row: Aside, before: list[Decided]) -> dict[str, str]:
    """Returns the initial values of the form: the earlier decision, or the usual kind of decision on such a
    row."""
    for one in before:
        if one.kind == "identity":
            what = VOID if one.said.get("action") else IDENTITY
            return {
                "what": what,
                **{name: one.said.get(name, "") for name in ("candidate_id", "form", "reason")},
            }
        return {"what": MARKS, "reason": one.said["reason"]}
    return {"what": MARKS if row.undecided or row.reason == UNREADABLE_MARKS else IDENTITY}


def _decision(row: Aside, given: dict[str, Any], marks: dict[int, str]) -> Decision:
    """Returns the decision in the fields of a form. Raises Refused if it is incomplete."""
    what, candidate, form = given["what"], given["candidate_id"], given["form"]
    if what == VOID:
        return Decision(is_void=True)
    if what == MARKS:
        if not marks:
            raise Refused.because("say what the marks are: a question and its answer")
        if left := [n for n in row.undecided if n not in marks]:
            message = tell_n(
                "{n} mark left: question {questions}. Say this one too",
                "{n} marks left: questions {questions}. Say these too",
                len(left),
                questions=listed(map(str, left)),
            )
            raise Refused(message)
        return Decision(marks=marks)
    keeps = row.candidate_id if row.reason in worklist.MAY_BE_NAMED - {NOT_ON_LIST} else ""
    if row.reason in NEED_FORM and not form and candidate in ("", row.candidate_id):
        message = tell("write the form, or the serial of the booklet: the row’s own cannot be used")
        raise Refused(message, [Problem(row.file, "unknown-form", message, field="form")])
    if not candidate and not keeps and (not row.candidate_id or not form):
        message = tell("write whose the row is, or choose that it is nobody’s")
        raise Refused(message, [Problem(row.file, "no-candidate-id", message, field="candidate_id")])
    return Decision(candidate or ("" if form else keeps), form, marks=marks)


def _next(request: Request, place: Sitting, run: Run, rows: list[Aside], row: Aside) -> HttpResponse:
    """Redirects to the list if the decision was made there; otherwise to the next open row, or to the list if
    there is none."""
    exam, decided = place.exam.name, worklist.settled(place, run)
    left = [
        one
        for one in (*rows[row.number :], *rows[: row.number])
        if one.reason not in OF_PERSONS and (one.known_as, one.line) not in decided
    ]
    if left:
        say(request, tell("the decision is on record; score again when all are done"))
    else:
        say(request, tell("all rows are decided: now score again with the decisions"))
    if "list" in request.POST:
        reason = {"reason": request.POST["list"]} if request.POST["list"] else {}
        return redirect(f"{address('quarantine', exam)}?{urlencode(reason)}".rstrip("?"))
    if left:
        return redirect("row", exam=exam, run=run.number, number=left[0].number)
    return redirect("quarantine", exam=exam)


@allowed(
    "exams/<str:exam>/aside/<int:run>/<int:number>/scan/<int:picture>/", "row-scan", read=SEES, secret=True
)
def picture(request: Request, exam: str, run: int, number: int, picture: int) -> HttpResponse:
    """Returns a picture of a row's scan: a crop or the sheet."""
    place = sitting(exam)
    found = numbered(worklist.set_aside(_run(place, run)), number)
    data = or_404(scans.picture(place, found.known_as, found.line, picture))
    return HttpResponse(data, content_type="image/webp", headers={"Cache-Control": "private, no-store"})


@allowed("exams/<str:exam>/aside/take-back/", "take-back", write=GRADERS, post_only=True)
def take_back(request: Request, exam: str) -> HttpResponse:
    """Withdraws a decision."""
    place = sitting(exam)
    with deciding(request.user, place, "rows.take_back") as act:
        gone = worklist.take_back(place, request.POST.get("code", ""))
        act.note(file=gone.file, line=gone.line)
    return done(
        request, tell("the decision was taken back: a scoring has to leave it out on purpose"), "quarantine"
    )
