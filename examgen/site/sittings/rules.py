"""Cut scores and a conversion from files, added after the exam was built: uploading, showing and removing
them."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseBase

from examgen.core.words import tell
from examgen.scoring.score import forms_of
from examgen.site.access import allowed
from examgen.site.accounts.roles import Role
from examgen.site.requests import Request, done
from examgen.site.sittings.forms import RuleFile, ScoreAgain
from examgen.site.sittings.pages import (
    SEES,
    has_responses,
    holds,
    refusals,
    runs_of,
    sitting,
    sitting_page,
    uploaded,
)
from examgen.site.writing import deciding
from examgen.sitting.rules import RULES, remove_rule, rules_shown, take_rule
from examgen.stats.cuts import least_mark

SETS = frozenset({Role.GRADER, Role.PSYCHOMETRICIAN})
"""The roles that upload these files. Users who do so count as having taken part in the scoring."""


@allowed("exams/<str:exam>/rules/", "rules", read=SEES, write=SETS)
def rules(request: Request, exam: str) -> HttpResponseBase:
    """Shows the files' contents. POST uploads a file."""
    form, faults = RuleFile(request.POST or None, request.FILES or None), list[dict[str, str]]()
    if request.method == "POST" and form.is_valid():
        kind, place = form.cleaned_data["kind"], sitting(exam)
        with (
            refusals(faults),
            uploaded(form.cleaned_data["given"]) as files,
            deciding(request.user, place, "rules.give", exam, kind=kind),
        ):
            [(name, path)] = files.items()
            take_rule(place, kind, path, name, request.POST.get(f"seen-{kind}", ""))
            return done(
                request, tell("{what}: the next scoring uses this file", what=RULES[kind][1]), "rules"
            )
    return _page(request, exam, form, faults)


def _page(request: Request, exam: str, form: RuleFile, faults: list[dict[str, str]]) -> HttpResponse:
    place = sitting(exam)
    runs = runs_of(place)
    context = {
        "form": form,
        "faults": faults,
        "found": rules_shown(place),
        "least_mark": lambda cut: least_mark(float(cut)),
        "has_responses": has_responses(place),
        "score": ScoreAgain(initial=forms_of(runs[0]) if runs else None),
        "sets": holds(request, exam, *SETS),
        "seen": {kind: place.state(name) for kind, (name, _) in RULES.items()},
        "RULES": RULES,
    }
    return sitting_page(request, "sittings/rules.html", context)


@allowed("exams/<str:exam>/rules/remove/", "rules-remove", write=SETS, post_only=True)
def remove(request: Request, exam: str) -> HttpResponse:
    """Removes a file."""
    kind = request.POST.get("kind", "")
    if kind not in RULES:
        raise Http404
    place = sitting(exam)
    with deciding(request.user, place, "rules.remove", exam, kind=kind):
        remove_rule(place, kind, request.POST.get("seen", ""))
    return done(request, tell("{what}: the blueprint holds again", what=RULES[kind][1]), "rules")
