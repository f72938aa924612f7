"""What all pages of results have: whose they are, the run, the way through them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from examgen.core.words import Message, tell
from examgen.reports.kinds import REPORT_KINDS
from examgen.reports.shown import ReleasedRun, run_named, told_of
from examgen.scoring.method_results import scope_of
from examgen.site.accounts.roles import Role, is_auditor
from examgen.site.language import address
from examgen.site.requests import Request, or_404
from examgen.site.sittings.pages import RUN_STATES, holds
from examgen.site.workspace import exam_folder, manifest

READ = frozenset({Role.GRADER, Role.APPROVER, Role.PSYCHOMETRICIAN})
"""Who sees results, which name people; whoever assembles exams needs none of them: what items did stands in
the bank."""
KINDS: dict[str, Message] = {
    one.name: one.called for one in sorted(REPORT_KINDS, key=lambda one: not one.is_default)
}
"""Kinds of reports, as people call them."""
PLACES = {
    "centre": tell("Centre"),
    "room": tell("Room"),
    "file": tell("Answer file"),
    "": tell("Centre"),
}
"""What the places of candidates are, by the kind that a run has: rooms or files where no centre is named."""


def title_of(kind: str) -> str:
    """A kind of report as people call it."""
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
"""What there is to look at in an item, without its key."""


def told(exam: str) -> ReleasedRun:
    """The run that people are told; Http404 where nothing was scored."""
    return or_404(told_of(exam_folder(exam)))


def named(request: Request) -> str:
    """The number of a run as the address or the form names it; empty where it names none."""
    text = request.GET.get("run") or request.POST.get("run") or ""
    return text if text.isdecimal() and len(text) < 8 else ""


def chosen(request: Request, exam: str) -> ReleasedRun:
    """The run that is named, as one that is to be decided on; without a name the one that people are told."""
    number = named(request)
    if not number:
        return told(exam)
    return or_404(run_named(exam_folder(exam), int(number)))


def result_page(
    request: Request, run: ReleasedRun | None, template: str, context: dict[str, Any]
) -> HttpResponse:
    """A page of results: `context` with what every one of them shows. What was posted and has led to no
    other page was not taken: 422."""
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
