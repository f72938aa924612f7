"""Cut scores and a conversion of files that came after the exam was built: given, looked at, taken away."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from examgen.problems import ExamgenError
from examgen.web.access import allowed
from examgen.web.accounts.roles import Role
from examgen.web.language import said
from examgen.web.requests import Request
from examgen.web.sittings.forms import RuleFile, ScoreAgain
from examgen.web.sittings.pages import SEES, framed, has_responses, holds, runs_of, sitting, told, uploaded
from examgen.web.writing import deciding
from examgen.words import tell
from examgen.workflow.scoring.sittings import forms_of
from examgen.workflow.sitting.rules import RULES, remove_rule, rules_shown, take_rule

SETS = frozenset({Role.GRADER, Role.PSYCHOMETRICIAN})
"""Who gives these files; whoever did so has had a hand in the run."""


@allowed(read=SEES, write=SETS, within="exam")
def rules(request: Request, exam: str) -> HttpResponseBase:
    """What the files say; a post takes one over."""
    place = sitting(exam)
    form, faults = RuleFile(request.POST or None, request.FILES or None), []
    if request.method == "POST" and form.is_valid():
        kind = form.cleaned_data["kind"]
        try:
            with uploaded(form.cleaned_data["given"][:1]) as files:
                [(name, path)] = files.items()
                with deciding(request.user, place, "rules.give", exam, kind=kind):
                    take_rule(place, kind, path, name)
        except ExamgenError as error:
            faults = told(error)
        else:
            words = tell("{what}: the next scoring uses this file", what=RULES[kind][1])
            messages.success(request, said(words))
            return redirect("rules", exam=exam)
    runs = runs_of(place)
    context = framed(
        request,
        exam,
        "rules",
        form=form,
        faults=faults,
        found=rules_shown(place),
        has_responses=has_responses(place),
        score=ScoreAgain(initial=forms_of(runs[0])._asdict() if runs else None),
        sets=holds(request, exam, *SETS),
    )
    return render(request, "sittings/rules.html", context, status=422 if request.method == "POST" else 200)


@allowed(write=SETS, within="exam")
@require_POST
def remove(request: Request, exam: str) -> HttpResponse:
    """Takes a file away."""
    kind = request.POST.get("kind", "")
    if kind not in RULES:
        raise Http404
    place = sitting(exam)
    with deciding(request.user, place, "rules.remove", exam, kind=kind):
        remove_rule(place, kind)
    messages.success(request, said(tell("{what}: the blueprint holds again", what=RULES[kind][1])))
    return redirect("rules", exam=exam)
