"""The list of exams, the page of an exam, and the figures of its build."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render

from examgen.assembly import building
from examgen.core.words import joined
from examgen.site.access import allowed, may
from examgen.site.accounts.roles import Role
from examgen.site.blueprints.files import listed_blueprints, told_apart
from examgen.site.blueprints.views import READ as BLUEPRINTS
from examgen.site.exams.steps import next_steps, steps_of
from examgen.site.exams.summaries import READ, cautions, exams_of, summary
from examgen.site.jobs.kinds import kinds
from examgen.site.jobs.models import NOT_DONE, Job
from examgen.site.jobs.views import to_job
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
    exam_folder,
    fingerprints,
    manifest,
    unit_folders,
)

VERIFY = (Role.ASSEMBLER, Role.GRADER, Role.PSYCHOMETRICIAN, Role.APPROVER)


@allowed("exams/", "exams", read=READ)
def exams(request: Request) -> HttpResponse:
    """Shows the exams of the units in which the user has such a role, each with its next step."""
    page = Paginator(exams_of(request.user), EXAMS_ON_PAGE).get_page(request.GET.get("page"))
    listed = [summary(request.user, name) for name in page]
    return render(request, "exams/list.html", {"exams": listed, "page": page})


@allowed("exams/<str:exam>/", "exam", read=READ)
def exam(request: Request, exam: str) -> HttpResponse:
    """Shows an exam and its next steps. Jobs that could not be done are shown only to the user who started
    them."""
    said, jobs, steps = manifest(exam), Job.objects.filter(about=exam), steps_of(request.user, exam)
    parts, place = parts_of(request.user, exam), sitting(exam)
    is_long = len(parts) > MOST_TABS
    sees = may(request.user, {*SEES, Role.AUDITOR}, said["blueprint"]["units"])
    shown = {
        "exam": exam,
        "said": said,
        "blueprint": said["blueprint"],
        "written_in": [
            (unit, one.name, joined(told_apart(one.asked, has_statuses=False), " · "))
            for unit in said["blueprint"]["units"]
            if unit in unit_folders() and may(request.user, {*BLUEPRINTS, Role.AUDITOR}, [unit])
            for one in listed_blueprints(unit)
            if one.asked and one.asked.exam == exam
        ],
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
        "may_verify": may(request.user, VERIFY, said["blueprint"]["units"]),
        "kinds": kinds(),
        "jobs": jobs.exclude(~Q(by=request.user), state__in=NOT_DONE).select_related("by")[:5],
    }
    return render(request, "exams/exam.html", shown)


_shown: dict[str, tuple[str, dict[str, Any]]] = {}
"""The last figures of each exam, with the exam's fingerprint at that time."""


@allowed("exams/<str:exam>/figures/", "exam-figures", read=READ)
def figures(request: Request, exam: str) -> HttpResponse:
    """Shows the figures of the build, counted again: what was required, and what the forms contain. Nothing
    about keys is shown."""
    folder = exam_folder(exam)
    mark = fingerprints(exam).exam
    known = _shown.get(exam)
    if known is None or known[0] != mark:
        known = _shown[exam] = mark, building.figures_of_package(folder)
    return render(request, "exams/figures.html", {"exam": exam, **known[1]})


@allowed("exams/<str:exam>/verify/", "exam-verify", write=VERIFY, post_only=True)
def verify(request: Request, exam: str) -> HttpResponse:
    """Starts a job that checks the package."""
    return to_job(request, "verify", exam)
