"""Appeals and complaints: their list, and a page for each with second reading, decision and letter.

A grader or an approver opens cases, adds to them, reads answers a second time and answers; an approver
decides. Whoever reads does not decide, and neither had a part in the result: the record says who had.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone

from examgen.core.exam.manifest import letters_of
from examgen.core.exam.names import RESULTS
from examgen.core.exam.releases import all_releases
from examgen.core.files import read_input
from examgen.core.models.decisions import DECISION_KINDS, KIND_WORDS, OUTCOME_WORDS, SOURCE_WORDS, CaseSource
from examgen.core.person_names import same_person
from examgen.core.problems import Refused
from examgen.core.words import Message, tell
from examgen.scoring.sitting_folder import Sitting
from examgen.site.access import allowed, may
from examgen.site.accounts.models import Role, is_auditor
from examgen.site.body import has_body
from examgen.site.language import said
from examgen.site.requests import Request, attachment, done, numbered
from examgen.site.sittings.forms import (
    AddToCase,
    AnswerCase,
    CloseCase,
    DecideCase,
    OpenCase,
    ReadAgain,
)
from examgen.site.sittings.pages import OVERSEES, holds, refusals, sitting, sitting_page, uploaded
from examgen.site.workspace import units_of_exam, workspace
from examgen.site.writing import deciding
from examgen.sitting import answering, second_reading
from examgen.sitting import cases as of_sitting

APPROVERS = frozenset({Role.APPROVER})

STEPS: Mapping[str, Message] = {
    "read": tell("waits for a grader who had no part in this result to read the answers again"),
    "read-or-decide": tell(
        "waits for an approver who had no part in this result to decide; where it is about the answers, a "
        "grader who had no part in them reads them again first"
    ),
    "decide": tell("waits for an approver who had no part in this result to decide"),
    "result": tell("waits for the corrected result: a grader scores, an approver releases"),
    "answer": tell("waits for the letter that answers it"),
    "close": tell("waits for an approver to close it"),
}
"""What a case waits for, and from whom."""
TURNS: Mapping[str, Message] = {
    "read": tell("read the answers again"),
    "read-or-decide": tell("read the answers again, where it is about them"),
    "decide": tell("decide the case"),
    "answer": tell("make the letter that answers it"),
    "close": tell("close the case"),
}
"""What a user whose turn it is has to do in a case."""
FORMS = {"add": AddToCase, "decide": DecideCase, "answer": AnswerCase, "close": CloseCase}
"""The forms on the page of a case."""


@allowed("exams/<str:exam>/cases/", "cases", read=OVERSEES, write=OVERSEES)
def cases(request: Request, exam: str) -> HttpResponse:
    """Shows all cases with their deadlines. A grader or an approver opens a new one here."""
    place = sitting(exam)
    is_released = bool(all_releases(place.exam / RESULTS))
    form = OpenCase(request.POST or None, request.FILES or None, is_released=is_released)
    if form.is_valid():
        given = form.cleaned_data
        with (
            refusals(request, form),
            uploaded(given["given"]) as files,
            deciding(request.user, place, "cases.open", kind=given["kind"]) as act,
        ):
            made = of_sitting.open_case(
                place,
                workspace(),
                given["kind"],
                given["about"],
                request.user.signature,
                given["received"],
                candidate=given["candidate"],
                sender="" if given["candidate"] else given["sender"],
                files=files,
            )
            act.note(number=made.number)
            words = tell("the case is on record as {number}", number=made.number)
            return done(request, words, "case", number=made.number)
    found: list[of_sitting.CaseState] = []
    with refusals(request):
        found = of_sitting.states(place)
    context = {
        "form": form,
        "cases": found[::-1],
        "open_words": of_sitting.open_words(found),
        "may_open": holds(request, exam, *OVERSEES),
        "KIND_WORDS": KIND_WORDS,
        "STATUS_WORDS": of_sitting.STATUS_WORDS,
        "STEPS": STEPS,
    }
    return sitting_page(request, "sittings/cases.html", context)


def turn_of(user: Any, exam: str, place: Sitting, state: of_sitting.CaseState) -> str:
    """Returns the key in `TURNS` of what the user may do next in a case; empty if others have to act. Nobody
    reads or decides a case on a result in which they had a part."""
    units = units_of_exam(exam)
    grades, approves = may(user, {Role.GRADER}, units), may(user, {Role.APPROVER}, units)
    if state.step in of_sitting.TO_READ and grades:
        with suppress(Refused):
            _row_to_read(place, state, user)
            return state.step
    if state.step in ("decide", "read-or-decide") and approves:
        is_own = state.proposal is not None and same_person(state.proposal.by, user.signature)
        with suppress(Refused):
            of_sitting.refuse_decider(place, state.case, user.signature)
            return "" if is_own else "decide"
    is_next = (state.step == "close" and approves) or (state.step == "answer" and (approves or grades))
    return state.step if is_next else ""


def _state(place: Sitting, number: str) -> of_sitting.CaseState:
    try:
        return of_sitting.state_of(place, number)
    except Refused as refused:
        if any(one.code == "no-such-case" for one in refused.problems):
            raise Http404 from None
        raise


@allowed("exams/<str:exam>/cases/<str:number>/", "case", read=OVERSEES)
def case(request: Request, exam: str, number: str) -> HttpResponse:
    """Shows a case: what is asked for, its evidence, what was done, and what to do next."""
    return _page(request, exam, number, {})


def _page(request: Request, exam: str, number: str, sent: Mapping[str, Any]) -> HttpResponse:
    """Returns the page of a case; `sent` is the form that was sent, by its name."""
    place, user = sitting(exam), request.user
    state, may_write = _state(place, number), holds(request, exam, *OVERSEES)
    is_open, approves = not state.case.outcome, holds(request, exam, Role.APPROVER)
    reads = may_write and is_open and bool(state.case.candidate_id)
    why_not_read = _why_not(lambda: _row_to_read(place, state, user)) if reads else ""
    decides = partial(of_sitting.refuse_decider, place, state.case, user.signature)
    outcomes = dict(OUTCOME_WORDS)
    if state.case.kind == "appeal":  # as reports and the letter call it
        outcomes |= {name: DECISION_KINDS[f"appeal-{name}"].words for name in ("allowed", "dismissed")}
    forms = {name: kind() for name, kind in FORMS.items()} | dict(sent)
    forms["decide"].fields["outcome"].choices = [(name, said(words)) for name, words in outcomes.items()]
    context = {
        "state": state,
        "case": state.case,
        "forms": forms,
        "may_read": reads and not why_not_read,
        "why_not_read": why_not_read,
        "why_not_decide": _why_not(decides) if approves and is_open else "",
        "may_write": may_write,
        "sees_letters": not is_auditor(user),
        "in_print": partial(second_reading.in_print, letters=letters_of(place.exam)),
        "has_body": has_body(),
        "waits_for": STEPS.get(state.step),
        "turn": (turn := turn_of(user, exam, place, state)),
        "turn_words": TURNS.get(turn),
        "to_read": state.step in of_sitting.TO_READ,
        "OUTCOME_WORDS": outcomes,
        "SOURCE_WORDS": SOURCE_WORDS,
        "STATUS_WORDS": of_sitting.STATUS_WORDS,
    }
    return sitting_page(request, "sittings/case.html", context)


def _row_to_read(place: Sitting, state: of_sitting.CaseState, user: Any) -> second_reading.ScoredRow:
    """Returns the row of a case. Raises Refused if the user may not read its answers a second time."""
    row = of_sitting.row_of_case(place, state.case)
    of_sitting.refuse_reader(place, state.case, row, user.signature)
    return row


def _why_not(check: Callable[[], object]) -> Message | str:
    """Returns the reason for which something is refused; empty if it is not."""
    try:
        check()
    except Refused as refused:
        return next((one.message for one in refused.problems), refused.message)
    return ""


Act = Callable[[Sitting, Mapping[str, Any]], object]
"""A function that applies a filled-in form to the folder of a sitting."""


def _acted(request: Request, exam: str, number: str, what: str, words: Message, act: Act) -> HttpResponse:
    """Applies the form of that name to a case and records it. Returns the page with the faults if it is
    refused."""
    place, form = sitting(exam), FORMS[what](request.POST, request.FILES)
    _state(place, number)
    if form.is_valid():
        with refusals(request, form), deciding(request.user, place, f"cases.{what}", number=number):
            act(place, form.cleaned_data)
            return done(request, words, "case", number=number)
    return _page(request, exam, number, {what: form})


@allowed("exams/<str:exam>/cases/<str:number>/add/", "case-add", write=OVERSEES, post_only=True)
def add(request: Request, exam: str, number: str) -> HttpResponse:
    """Adds evidence or a note."""

    def act(place: Sitting, given: Mapping[str, Any]) -> None:
        with uploaded(given["given"]) as files:
            of_sitting.add_to_case(place, number, request.user.signature, given["note"], files=files)

    return _acted(request, exam, number, "add", tell("it is with the case"), act)


@allowed("exams/<str:exam>/cases/<str:number>/decide/", "case-decide", write=APPROVERS, post_only=True)
def decide(request: Request, exam: str, number: str) -> HttpResponse:
    """Records an approver's decision. If two are required, the second approver confirms the same decision
    here."""

    def act(place: Sitting, given: Mapping[str, Any]) -> None:
        of_sitting.decide_case(place, number, given["outcome"], request.user.signature, given["reason"])

    return _acted(request, exam, number, "decide", tell("the decision is on record"), act)


@allowed("exams/<str:exam>/cases/<str:number>/answer/", "case-answer", write=OVERSEES, post_only=True)
def answer(request: Request, exam: str, number: str) -> HttpResponse:
    """Makes the letter, files it with the case and records the day it was sent; with `look`, only returns
    it."""
    form = AnswerCase(request.POST)
    if "look" in request.POST and form.is_valid():
        place, given = sitting(exam), form.cleaned_data
        state = _state(place, number)
        if not state.case.outcome:
            raise Http404
        made = answering.letter_of(place, workspace(), given["digits"])
        return attachment(made(state, given["sent"] or timezone.localdate()), f"{exam}-{number}.pdf")

    def act(place: Sitting, given: Mapping[str, Any]) -> None:
        letter = answering.letter_of(place, workspace(), given["digits"])
        of_sitting.answer_case(place, number, request.user.signature, letter, given["sent"])

    return _acted(request, exam, number, "answer", tell("the letter is made, and on record as sent"), act)


@allowed("exams/<str:exam>/cases/<str:number>/close/", "case-close", write=APPROVERS, post_only=True)
def close(request: Request, exam: str, number: str) -> HttpResponse:
    """Closes a case that stayed open after its answer."""

    def act(place: Sitting, given: Mapping[str, Any]) -> None:
        of_sitting.close_case(place, number, request.user.signature, given["reason"])

    return _acted(request, exam, number, "close", tell("the case is closed"), act)


@allowed("exams/<str:exam>/cases/<str:number>/read/", "case-read", write=OVERSEES, secret=True)
def read(request: Request, exam: str, number: str) -> HttpResponse:
    """Shows the scanned sheet with bubbles to mark what the user reads. Neither result nor key is shown."""
    place = sitting(exam)
    state, row = _state(place, number), None
    with refusals(request):
        row = _row_to_read(place, state, request.user)
    if row is None:
        return _page(request, exam, number, {})
    has_picture = second_reading.has_picture(place, row)
    form = ReadAgain(request.POST or None, row=row, has_picture=has_picture)
    if form.is_valid():
        source: CaseSource = "picture" if has_picture and not form.cleaned_data["from_paper"] else "paper"
        with refusals(request), deciding(request.user, place, "cases.read", number=number):
            of_sitting.read_again(place, number, form.answers(), request.user.signature, source)
            return done(request, tell("the reading is on record"), "case", number=number)
    n_pages, problem = 0, ""
    if has_picture:
        try:
            n_pages = len(second_reading.sheet_pictures(place, row))
        except Refused as error:
            problem = error.message
    context = {
        "case": state.case,
        "form": form,
        "row": row,
        "problem": problem,
        "pages": range(1, n_pages + 1),
    }
    return sitting_page(request, "sittings/case_read.html", context)


@allowed("exams/<str:exam>/cases/<str:number>/sheet/<int:page>/", "case-sheet", write=OVERSEES, secret=True)
def sheet(request: Request, exam: str, number: str, page: int) -> HttpResponse:
    """Returns a page of the scanned sheet."""
    place = sitting(exam)
    state = _state(place, number)
    try:
        pictures = second_reading.sheet_pictures(place, _row_to_read(place, state, request.user))
    except Refused:
        raise Http404 from None
    out = io.BytesIO()
    numbered(pictures, page).convert("L").save(out, "WEBP", quality=70, method=2)
    return HttpResponse(
        out.getvalue(), content_type="image/webp", headers={"Cache-Control": "private, no-store"}
    )


@allowed("exams/<str:exam>/cases/<str:number>/files/<int:n>/", "case-file", read=OVERSEES)
def case_file(request: Request, exam: str, number: str, n: int) -> HttpResponse:
    """Returns a file of a case as a download: evidence or a letter."""
    place = sitting(exam)
    file = numbered(_state(place, number).case.files, n)
    if not place.path(file.file).is_file():
        raise Http404
    return attachment(read_input(place.path(file.file)), file.name)
