"""Pages of openings: a user asks for files of an exam with a reason, another one grants them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters

from examgen.core.exam.names import BUILD_REPORT, CANDIDATES_CSV, FORMS_CSV, KEY_CSV, REVIEW_BOOK, SNAPSHOT
from examgen.core.problems import Refused
from examgen.core.words import Message, tell
from examgen.papers.secret_files import secret_files
from examgen.site.abuse import Watched
from examgen.site.access import allowed, may, units_for
from examgen.site.accounts.models import Role
from examgen.site.forms import text_field, ticks_field
from examgen.site.language import said
from examgen.site.openings import steps
from examgen.site.openings.models import LASTS, MOST_TAKEN, WAITS, Opening, Step
from examgen.site.requests import Request, attachment, done
from examgen.site.workspace import exam_folder, units_of_exam

LEAST_REASON = 10


class AskForm(Watched):
    """The form for requesting files of an exam, with the reason."""

    wanted = ticks_field(tell("Files"))
    reason = text_field(
        tell("Reason"),
        tell("Who grants it reads this, and it stays in the record: no answers in it"),
        most=500,
        rows=3,
        min_length=LEAST_REASON,
    )

    def __init__(self, *args: Any, files: Collection[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose("wanted", [*files])


ROLES = (Role.ASSEMBLER, Role.APPROVER, Role.GRADER)
"""The roles that may ask for files and grant them; it always takes two people."""
_SAID = {
    KEY_CSV: tell("the key of every form"),
    FORMS_CSV: tell("the order of items and options of every form"),
    SNAPSHOT: tell("all items with their keys, as they were when the exam was built"),
    CANDIDATES_CSV: tell("who was dealt which booklet"),
    BUILD_REPORT: tell("the report of the build, with counts of right answers"),
    REVIEW_BOOK: tell("the book for reviewers"),
}


def said_of(path: str) -> Message:
    """Returns what a secret file contains, in words."""
    if path in _SAID:
        return _SAID[path]
    name = path.rpartition("/")[2].rpartition(".")[0]
    if name.startswith("key-"):
        return tell("the key sheet of form {form}", form=name.removeprefix("key-"))
    if name.startswith("solutions-"):
        return tell("the solutions of form {form}", form=name.removeprefix("solutions-"))
    return tell("another secret file: {file}", file=path.rpartition("/")[2])


@allowed("exams/<str:exam>/openings/", "openings", read=ROLES, write=ROLES)
def openings(request: Request, exam: str) -> HttpResponse:
    """Shows the files that may be requested and the openings so far. POST requests an opening."""
    there = secret_files(exam_folder(exam))
    choices = [(path, said(said_of(path))) for path in there]
    form = AskForm(request.POST or None, files=choices)
    if request.method == "POST" and form.is_valid():
        try:
            steps.ask(request.user, exam, form.cleaned_data["wanted"], form.cleaned_data["reason"])
        except Refused as error:
            form.add_error(None, said(error.message))
        else:
            return done(request, tell("Asked for: another person has to grant it within a day"), "openings")
    shown = {
        "exam": exam,
        "form": form,
        "openings": [
            _shown(request, one)
            for one in Opening.objects.filter(exam=exam).select_related("by", "answered_by")[:50]
        ],
        "may_write": may(request.user, ROLES, units_of_exam(exam)),
        "hours": int(WAITS.total_seconds() // 3600),
        "minutes": int(LASTS.total_seconds() // 60),
        "most": MOST_TAKEN,
        "said_of": said_of,
    }
    return render(request, "openings/openings.html", shown, status=422 if form.errors else 200)


def _shown(request: Request, one: Opening) -> dict[str, Any]:
    """Returns the context of an opening: its state, its files, and what the user may do with it."""
    is_mine = one.by_id == request.user.pk
    may_write = may(request.user, ROLES, units_of_exam(one.exam))
    step = one.step
    return {
        "one": one,
        "step": step,
        "files": [
            {"number": n, "said": said_of(path), "is_pdf": path.endswith(".pdf")}
            for n, path in enumerate(sorted(one.files))
        ],
        "may_answer": may_write and step == Step.WAITING and not is_mine,
        "may_take": may_write and step == Step.OPEN and is_mine,
        "may_close": step in (Step.WAITING, Step.OPEN) and request.user.pk in (one.by_id, one.answered_by_id),
    }


def waiting_for(user: Any) -> list[Opening]:
    """Returns the openings that wait for an answer, of exams that the user may open or audit."""
    roles = {*ROLES, Role.AUDITOR}
    held = units_for(user, roles)
    found = Opening.objects.filter(answered_at__isnull=True, closed_at__isnull=True).select_related("by")
    return [
        one
        for one in found[:500]
        if one.step == Step.WAITING and (held is None or may(user, roles, units_of_exam(one.exam)))
    ]


@allowed(
    "exams/<str:exam>/openings/<uuid:opening>/answer/",
    "opening-answer",
    read=ROLES,
    write=ROLES,
    post_only=True,
    is_fresh=True,
)
def answer(request: Request, exam: str, opening: UUID) -> HttpResponse:
    """Grants or declines an opening."""
    is_granted = request.POST.get("answer") == "grant"
    steps.answer(request.user, exam, opening, is_granted)
    told = (
        tell("Granted: both of you are in the record")
        if is_granted
        else tell("Declined: who asked sees it on this page")
    )
    return done(request, told, "openings")


@allowed(
    "exams/<str:exam>/openings/<uuid:opening>/close/",
    "opening-close",
    read=ROLES,
    write=ROLES,
    post_only=True,
)
def close(request: Request, exam: str, opening: UUID) -> HttpResponse:
    """Closes an opening before it ends by itself."""
    steps.close(request.user, exam, opening)
    return done(request, tell("Closed"), "openings")


@allowed(
    "exams/<str:exam>/openings/<uuid:opening>/<int:number>/",
    "opening-take",
    read=ROLES,
    write=ROLES,
    secret=True,
)
@sensitive_post_parameters("password")
def take(request: Request, exam: str, opening: UUID, number: int) -> HttpResponse:
    """Sends a file of an opening that is open to the user, by POST; any other request gets 403."""
    if request.method != "POST":
        raise PermissionDenied
    copy = steps.take(request.user, exam, opening, number, request.POST.get("password") or None)
    return attachment(copy.data, copy.name)
