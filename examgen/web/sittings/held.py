"""Nothing is scored before the sitting was held: somebody who does not score has to state it first.

A scoring, and a trial of a correction, answers questions about the key. Whoever could ask them of an exam
that nobody sat yet would have its key, alone. So an invigilator, assembler or approver of all its units, who
is no grader of it and had no part in a scoring, states on which day it was sat; then answers are taken,
scored and corrected, by others than that person. The statement is in the record, holds for the exam as it is
built, and can be taken back while nothing was uploaded.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from examgen.problems import Refused
from examgen.web.abuse import Watched
from examgen.web.access import allowed, check_still, may
from examgen.web.accounts.roles import Role, grants_of
from examgen.web.audit.models import Entry
from examgen.web.audit.record import alone, record
from examgen.web.database import found
from examgen.web.language import said
from examgen.web.requests import Request
from examgen.web.sittings.models import Held
from examgen.web.sittings.pages import SEES, framed, runs_of, sitting
from examgen.web.sittings.separation import ACTS
from examgen.web.workspace import fingerprints, units_of_exam
from examgen.words import Message, tell
from examgen.workflow.setting_aside import names_of

STATES = frozenset({Role.INVIGILATOR, Role.ASSEMBLER, Role.APPROVER})
"""Who may state it."""
_AT_THE_DOOR = {"roster.record"}
UPLOADED = ("answers.upload", "scans.upload")


def statement(exam: str) -> Held | None:
    """The statement that holds for the exam as it is built now."""
    names = names_of(exam)
    places = ", ".join(["%s"] * len(names))
    condition = f"exam IN ({places}) AND fingerprint = %s AND taken_back_at IS NULL ORDER BY at DESC"
    return next(iter(found(Held, condition, [*names, fingerprints(exam).exam])), None)


def why_not_score(user: Any, exam: str) -> Message | None:
    """Why somebody cannot give, score or correct answers of an exam; None where nothing is in the way."""
    stated = statement(exam)
    if stated is None:
        return tell(
            "nobody has stated yet that this exam was sat: an invigilator, assembler or approver who does "
            "not score it does so on the page “Held”"
        )
    if stated.by_id == user.pk:
        return tell("you stated that this exam was sat: others give its answers, score and correct")
    return None


def check_scoring(user: Any, exam: str) -> None:
    """Refuses what tells of the key before the sitting was held, to who stated that it was, and to who is no
    grader of it any more."""
    check_still(user, {Role.GRADER}, units_of_exam(exam))
    if fault := why_not_score(user, exam):
        raise Refused(fault)


def why_not_state(user: Any, exam: str) -> Message | None:
    """Why somebody cannot state that an exam was sat, or take that back."""
    units = units_of_exam(exam)
    if not may(user, STATES, units):
        return tell("an invigilator, assembler or approver of all units of the exam states it")
    if any(one.role == Role.GRADER and one.unit in {"", *(units or ())} for one in grants_of(user)):
        return tell("you are a grader of this exam: somebody who does not score it has to state it")
    acts = [what for what in ACTS if what not in _AT_THE_DOOR]
    if Entry.objects.filter(about__in=names_of(exam), who=user.username, what__in=acts).exists():
        return tell("you had a part in scoring this exam: somebody else has to state it")
    return None


def state(user: Any, exam: str, day: Any) -> Held:
    """Puts on record that the exam was sat."""
    fingerprint = fingerprints(exam).exam
    try:
        with transaction.atomic():
            alone()
            if fault := why_not_state(user, exam):
                raise Refused(fault)
            made = Held.objects.create(exam=exam, fingerprint=fingerprint, day=day, by=user)
            record(user, "sitting.held", exam, day=day.isoformat(), fingerprint=fingerprint)
    except IntegrityError:
        raise Refused(tell("somebody has stated it meanwhile")) from None
    return made


def is_uploaded(exam: str, found: Held) -> bool:
    """Whether answers of the exam are there, or were since it was stated."""
    place = sitting(exam)
    since = Entry.objects.filter(about=exam, what__in=UPLOADED, at__gte=found.at)
    return bool(place.answers or place.scans or runs_of(place)) or since.exists()


class HeldForm(Watched):
    """The day of a sitting."""

    day = forms.DateField(
        label=said(tell("Sat on")), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def clean_day(self) -> Any:
        """Today or before."""
        day = self.cleaned_data["day"]
        if day > timezone.localdate():
            raise forms.ValidationError(said(tell("that day is still to come")))
        return day


@allowed(read=SEES | STATES, write=STATES, within="exam")
def held(request: Request, exam: str) -> HttpResponse:
    """Whether the sitting was held, and who stated it."""
    form = HeldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        state(request.user, exam, form.cleaned_data["day"])
        messages.success(request, said(tell("It is on record: answers may be given from now on")))
        return redirect("held", exam=exam)
    found = statement(exam)
    fault = why_not_state(request.user, exam)
    context = framed(
        request,
        exam,
        "held",
        found=found,
        form=form,
        fault=fault,
        may_take_back=found is not None and fault is None and not is_uploaded(exam, found),
        earlier=Held.objects.filter(exam=exam).select_related("by", "taken_back_by")[:20],
    )
    return render(request, "sittings/held.html", context, status=422 if form.errors else 200)


@allowed(write=STATES, within="exam")
@require_POST
def take_back(request: Request, exam: str) -> HttpResponse:
    """Takes the statement back while nothing was uploaded."""
    if fault := why_not_state(request.user, exam):
        raise Refused(fault)
    with transaction.atomic():
        alone()
        found = statement(exam)
        if found is None:
            raise Refused(tell("it was taken back meanwhile"))
        if is_uploaded(exam, found):
            raise Refused(tell("answers of this exam were uploaded: it cannot be taken back any more"))
        now = timezone.now()
        Held.objects.filter(pk=found.pk).update(taken_back_at=now, taken_back_by=request.user)
        record(request.user, "sitting.not_held", exam, day=found.day.isoformat())
    messages.success(request, said(tell("It was taken back: no answers are taken until somebody states it")))
    return redirect("held", exam=exam)
