"""What all pages of results share: roles, the run, and navigation."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from examgen.core.words import Message, tell
from examgen.reports.existing_reports import ReleasedRun, run_named, told_of
from examgen.reports.kinds import REPORT_KINDS
from examgen.scoring.method_results import scope_of
from examgen.site.accounts.models import Role, is_auditor
from examgen.site.language import address
from examgen.site.requests import Request, or_404
from examgen.site.sittings.pages import RUN_STATES, holds
from examgen.site.workspace import exam_folder, manifest

READ = frozenset({Role.GRADER, Role.APPROVER, Role.PSYCHOMETRICIAN})
"""The roles that see results, which contain names. Coordinators do not need them, because the statistics of
items are in the bank."""
KINDS: dict[str, Message] = {
    one.name: one.called for one in sorted(REPORT_KINDS, key=lambda one: not one.is_default)
}
"""The labels of the kinds of reports."""
PLACES = {
    "centre": tell("Centre"),
    "room": tell("Room"),
    "file": tell("Answer file"),
    "": tell("Centre"),
}
"""The labels of the places of candidates, by their kind in a run: rooms or files if no centre is known."""


def title_of(kind: str) -> str:
    """Returns the label of a report."""
    kind, _, whose = kind.partition("-")
    return tell("{kind}: {who}", kind=KINDS[kind], who=whose.replace("_", ", ")) if whose else KINDS[kind]


STATUSES = {
    "met": (tell("met"), "good"),
    "not_met": (tell("not met"), "bad"),
    "undecided": (tell("undecided"), "warn"),
    "insufficient": (tell("too few items"), ""),
    "not_assessed": (tell("not assessed"), ""),
}
DECISIONS = {"pass": (tell("pass"), "good"), "fail": (tell("fail"), "bad")}


FLAGS = {
    "negative-discrimination": tell("able candidates do worse"),
    "under-chance": tell("fewer right than by guessing"),
    "distractor-attracts-able": tell("a distractor attracts able candidates"),
    "low-discrimination": tell("low discrimination"),
    "misfit": tell("does not fit the model"),
    "too-hard": tell("too hard"),
    "too-easy": tell("too easy"),
    "many-blanks": tell("many blanks"),
}
"""The labels of flags on an item, which do not reveal its key."""


def told(exam: str) -> ReleasedRun:
    """Returns the released run or, before a release, the newest one. Raises Http404 if nothing was scored."""
    return or_404(told_of(exam_folder(exam)))


def named(request: Request) -> str:
    """Returns the number of the run in the URL or the form; empty if there is none."""
    text = request.GET.get("run") or request.POST.get("run") or ""
    return text if text.isdecimal() and len(text) < 8 else ""


def chosen(request: Request, exam: str) -> ReleasedRun:
    """Returns the run in the URL or the form, such as one to be decided on; otherwise the run that `told`
    returns."""
    number = named(request)
    if not number:
        return told(exam)
    return or_404(run_named(exam_folder(exam), int(number)))


def result_page(
    request: Request, run: ReleasedRun | None, template: str, context: dict[str, Any]
) -> HttpResponse:
    """Returns a page of results: `context` with what all such pages show. The status of a POST is 422,
    because a successful POST redirects."""
    exam = str(request.resolver_match.kwargs["exam"]) if request.resolver_match else ""
    may_export = run is not None and holds(request, exam, Role.APPROVER, Role.PSYCHOMETRICIAN)
    tabs = [
        ("results", tell("Results"), True),
        ("results-committee", tell("For the committee"), run is not None and not is_auditor(request.user)),
        ("results-candidates", tell("Candidates"), run is not None),
        ("results-analysis", tell("Analysis of the items"), run is not None),
        ("results-exports", tell("Exports"), may_export),
    ]
    shown = {
        "exam": exam,
        "exam_title": manifest(exam)["title"],
        "released_run": run,
        "scope": scope_of(exam_folder(exam)) if run is not None else None,
        "of_run": f"?run={number}" if (number := named(request)) else "",
        "tabs_shown": [
            (words, way, way == request.path)
            for name, words, is_there in tabs
            if is_there
            for way in [address(name, exam)]
        ],
        "STATES": RUN_STATES,
        "KINDS": KINDS,
        "title_of": title_of,
        "closed": {"committee"} if is_auditor(request.user) else (),
        "STATUSES": STATUSES,
        "DECISIONS": DECISIONS,
        "FLAGS": FLAGS,
    }
    return render(request, template, {**shown, **context}, status=422 if request.method == "POST" else 200)
