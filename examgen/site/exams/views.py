"""The list of exams, and the page of an exam."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from examgen.site.access import allowed, may
from examgen.site.accounts.roles import Role
from examgen.site.exams.steps import next_steps, steps_of
from examgen.site.exams.summaries import READ, cautions, exams_of, summary
from examgen.site.requests import Request
from examgen.site.sittings.pages import (
    MOST_TABS,
    RUN_STATES,
    SEES,
    parts_of,
    row_counts,
    runs_of,
    sitting,
    states_of,
)
from examgen.site.sittings.plan import plan_changed
from examgen.site.sittings.shared_items import keeps_waiting
from examgen.site.workspace import (
    EXAMS_ON_PAGE,
    fingerprints,
    manifest,
)


@allowed("exams/", "exams", read=READ)
def exams(request: Request) -> HttpResponse:
    """Shows the exams of the units in which the user has such a role, each with its next step."""
    page = Paginator(exams_of(request.user), EXAMS_ON_PAGE).get_page(request.GET.get("page"))
    listed = [summary(request.user, name) for name in page]
    return render(request, "exams/list.html", {"exams": listed, "page": page})


@allowed("exams/<str:exam>/", "exam", read=READ)
def exam(request: Request, exam: str) -> HttpResponse:
    """Shows an exam and its next steps."""
    said, steps = manifest(exam), steps_of(request.user, exam)
    parts, place = parts_of(request.user, exam), sitting(exam)
    is_long = len(parts) > MOST_TABS
    sees = may(request.user, {*SEES, Role.AUDITOR}, said["blueprint"]["units"])
    shown = {
        "exam": exam,
        "said": said,
        "blueprint": said["blueprint"],
        "summary": summary(request.user, exam),
        "cautions": cautions(exam),
        "waiting": keeps_waiting(exam),
        "fingerprints": fingerprints(exam).told(),
        "steps": steps,
        "next_steps": next_steps(request.user, exam, steps),
        "plan_changed": plan_changed(exam),
        "parts": [part for part in parts if not (part.is_seldom and is_long)],
        "runs": runs_of(place)[:1] if sees else [],
        "run_states": states_of(place, runs_of(place)[:1]) if sees else {},
        "RUN_STATES": RUN_STATES,
        "row_counts": row_counts,
        "seldom": [part for part in parts if part.is_seldom and is_long],
    }
    return render(request, "exams/exam.html", shown)
