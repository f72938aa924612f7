"""Cut scores and a conversion of files that came after the exam was built: given, looked at, taken away."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from examgen.core.problems import ExamgenError
from examgen.core.words import tell
from examgen.scoring.score import forms_of
from examgen.scoring.sitting_folder import Sitting, SittingChanged
from examgen.site.access import allowed
from examgen.site.accounts.roles import Role
from examgen.site.audit.models import Entry
from examgen.site.audit.record import putter
from examgen.site.language import said
from examgen.site.requests import Request
from examgen.site.sittings.forms import RuleFile, ScoreAgain
from examgen.site.sittings.pages import (
    SEES,
    framed,
    has_responses,
    held_back,
    holds,
    runs_of,
    sitting,
    told,
    waiting,
)
from examgen.site.uploads import Kept
from examgen.site.writing import deciding
from examgen.sitting.rules import RULES, remove_rule, rules_shown, take_rule
from examgen.stats.cuts import least_mark

SETS = frozenset({Role.GRADER, Role.PSYCHOMETRICIAN})
"""Who gives these files; whoever did so has had a hand in the run."""


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
