"""Cut scores and a conversion of files that came after the exam was built: given, looked at, taken away."""

from __future__ import annotations

import gzip
import shutil
import uuid
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render

from examgen.core.problems import ExamgenError, Refused
from examgen.core.words import tell
from examgen.scoring.score import forms_of
from examgen.scoring.sitting_folder import Sitting, SittingChanged
from examgen.site.access import allowed
from examgen.site.accounts.roles import Role
from examgen.site.audit.models import Entry
from examgen.site.audit.record import putter, record
from examgen.site.jobs import queue
from examgen.site.jobs.models import Job, State
from examgen.site.language import said
from examgen.site.requests import Request, attachment
from examgen.site.sittings.forms import RuleFile, ScoreAgain
from examgen.site.sittings.models import Moves
from examgen.site.sittings.pages import (
    SEES,
    framed,
    has_responses,
    held_back,
    holds,
    keep,
    runs_of,
    sitting,
    told,
    waiting,
)
from examgen.site.uploads import Kept
from examgen.site.writing import deciding
from examgen.sitting import roster
from examgen.sitting.rules import RULES, check_rule, remove_rule, rules_shown, take_rule
from examgen.stats.cuts import least_mark

SETS = frozenset({Role.GRADER, Role.PSYCHOMETRICIAN})
"""Who gives these files; whoever did so has had a hand in the run."""
TRY = "try-rules"
"""The kind of job that tells whom they would move."""


@allowed(read=SEES, write=SETS, within="exam")
def rules(request: Request, exam: str) -> HttpResponseBase:
    """What the files say; a post takes one over."""
    place = sitting(exam)
    waits = waiting(request, exam, "rules")
    form, faults = RuleFile(request.POST or None, None if waits else request.FILES or None), []
    if waits and "drop" in request.POST:
        waits.give_up()
        return redirect("rules", exam=exam)
    if request.method == "POST" and (waits or form.is_valid()):
        kind = request.POST["kind"]
        if kind not in RULES:
            raise Http404
        waits = waits or held_back(request, exam, "rules", form.cleaned_data["given"][0])
        try:
            with deciding(request.user, place, "rules.give", exam, kind=kind):
                take_rule(place, kind, waits.path, waits.name, request.POST.get(f"seen-{kind}", ""))
        except SittingChanged:
            return _page(request, exam, RuleFile(initial={"kind": kind}), [], Overtaken(kind, waits))
        except ExamgenError as error:
            faults = told(error)
            waits.give_up()
        else:
            waits.give_up()
            words = tell("{what}: the next scoring uses this file", what=RULES[kind][1])
            messages.success(request, said(words))
            return redirect("rules", exam=exam)
    return _page(request, exam, form, faults)


class Overtaken(NamedTuple):
    """A file that waits, for somebody has changed meanwhile what it takes the place of; None where that was
    to be taken away."""

    kind: str
    file: Kept | None


def _page(
    request: Request, exam: str, form: RuleFile, faults: list[Any], overtaken: Overtaken | None = None
) -> HttpResponse:
    place = sitting(exam)
    runs = runs_of(place)
    context = framed(
        request,
        exam,
        "rules",
        form=form,
        faults=faults,
        found=rules_shown(place),
        least_mark=lambda cut: least_mark(float(cut)),
        has_responses=has_responses(place),
        score=ScoreAgain(initial=forms_of(runs[0]) if runs else None),
        sets=holds(request, exam, *SETS),
        is_scored=bool(runs),
        tried=[*_tried(place)[:1]],
        seen={kind: place.state(name) for kind, (name, _) in RULES.items()},
        overtaken=overtaken,
        put=overtaken and put_by(place, overtaken.kind),
        RULES=RULES,
    )
    status = 409 if overtaken else 422 if request.method == "POST" else 200
    return render(request, "sittings/rules.html", context, status=status)


def put_by(place: Sitting, kind: str) -> Entry | None:
    """Who has given the file of that kind that stands there, or taken it away."""
    path = place.path(RULES[kind][0])
    return putter(path, ("rules.give", "rules.remove"), place.exam.name, kind=kind)


def _tried(place: Sitting) -> QuerySet[Job]:
    """Dry runs of an exam as it is built, the newest first: one of its name that was set aside had others."""
    return Job.objects.filter(kind=TRY, about=place.exam.name, state=State.DONE, result__of=place.built)


@allowed(write=SETS, within="exam", post_only=True)
def attempt(request: Request, exam: str) -> HttpResponse:
    """Asks whom the files move, or the one that is sent: nothing is taken over."""
    place = sitting(exam)
    if not runs_of(place):
        raise Refused(tell("nothing is scored yet: there is nobody whom they could move"))
    if "sent" not in request.POST:
        job = queue.ask(TRY, exam, request.user, exam=exam)
        return redirect("job", job=job.id)
    form = RuleFile(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, exam, form, [])
    kind, upload = form.cleaned_data["kind"], uuid.uuid4().hex
    [(name, path)] = keep(form.cleaned_data["given"][:1], Path(settings.SITE.uploads) / upload).items()
    try:
        check_rule(place, kind, path, name)
    except ExamgenError as error:
        shutil.rmtree(path.parent, ignore_errors=True)
        return _page(request, exam, form, told(error))
    job = queue.ask(TRY, exam, request.user, exam=exam, upload=upload, rule=kind, name=name)
    return redirect("job", job=job.id)


@allowed(read=SEES, within="exam", secret=True)
def tried(request: Request, exam: str, job: uuid.UUID) -> HttpResponse:
    """Whom a cut or a conversion would move: what its dry run found."""
    place = sitting(exam)
    found = get_object_or_404(_tried(place), pk=job)
    rule, file = RULES.get(found.asked.get("rule", ""), ("", ""))[1], found.asked.get("name", "")
    runs = runs_of(place)
    later = [one.number for one in runs if one.number > found.result["newest"]]
    shown = framed(request, exam, "rules", job=found, rule=rule, file=file, later=later, **found.result)
    shown["names"] = roster.names(place)
    shown["n_scores"] = found.result.get("n_scores", 0)
    shown["has_table"] = Moves.objects.filter(job=found).exists()
    return render(request, "sittings/tried.html", shown)


@allowed(read=SEES, within="exam", secret=True)
def tried_file(request: Request, exam: str, job: uuid.UUID) -> HttpResponse:
    """Everybody whom it would move, as a table."""
    found = get_object_or_404(Moves, job__in=_tried(sitting(exam)), job=job)
    record(request.user, "rules.take", exam, job=str(job))
    return attachment(gzip.decompress(found.table), f"{exam}-moved.csv")


@allowed(write=SETS, within="exam", post_only=True)
def remove(request: Request, exam: str) -> HttpResponse:
    """Takes a file away."""
    kind = request.POST.get("kind", "")
    if kind not in RULES:
        raise Http404
    place = sitting(exam)
    try:
        with deciding(request.user, place, "rules.remove", exam, kind=kind):
            remove_rule(place, kind, request.POST.get("seen", ""))
    except SittingChanged:
        return _page(request, exam, RuleFile(), [], Overtaken(kind, None))
    messages.success(request, said(tell("{what}: the blueprint holds again", what=RULES[kind][1])))
    return redirect("rules", exam=exam)
