"""The list of exams, the page of one, and its figures."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from examgen.assembly import building
from examgen.core.words import joined, tell
from examgen.site.access import allowed, may, opens, units_for
from examgen.site.accounts.roles import Role
from examgen.site.blueprints.files import listed_blueprints, told_apart
from examgen.site.blueprints.views import READ as BLUEPRINTS
from examgen.site.exams.cautions import cautions
from examgen.site.exams.sitting_dates import when_of
from examgen.site.exams.steps import steps_of
from examgen.site.jobs import queue
from examgen.site.jobs.kinds import kinds
from examgen.site.jobs.models import NOT_DONE, Job
from examgen.site.language import address
from examgen.site.navigation import parts_of_exam
from examgen.site.requests import Request
from examgen.site.sittings.plan import plan_changed
from examgen.site.sittings.shared_items import keeps_waiting
from examgen.site.workspace import (
    EXAMS_ON_PAGE,
    exam_folder,
    exam_folders,
    fingerprints,
    manifest,
    unit_folders,
    units_of_exam,
)

READ = (
    Role.ASSEMBLER,
    Role.INVIGILATOR,
    Role.GRADER,
    Role.PSYCHOMETRICIAN,
    Role.APPROVER,
)
"""Whose work has to do with an exam as a whole."""
VERIFY = (Role.ASSEMBLER, Role.GRADER, Role.PSYCHOMETRICIAN, Role.APPROVER)


@allowed(read=READ)
def exams(request: Request) -> HttpResponse:
    """The exams of the units in which one has such a role."""
    roles = {*READ, Role.AUDITOR}
    held = units_for(request.user, roles)
    names = [name for name in exam_folders() if held is None or may(request.user, roles, units_of_exam(name))]
    page = Paginator(names, EXAMS_ON_PAGE).get_page(request.GET.get("page"))
    return render(request, "exams/list.html", {"exams": [_summary(name) for name in page], "page": page})


def _summary(name: str) -> dict[str, Any]:
    said = manifest(name)
    return {
        "when": when_of(name),
        "name": name,
        "title": said["title"],
        "level": said["blueprint"].get("level"),
        "units": said["blueprint"]["units"],
        "n_forms": len(said["forms"]),
        "n_items": said["items"],
        "is_draft": bool(said.get("draft")),
        "is_printed": "printing" in said,
    }


@allowed(read=READ, within="exam")
def exam(request: Request, exam: str) -> HttpResponse:
    """What an exam is, and where to go on; of work that could not be done each sees their own."""
    said, jobs = manifest(exam), Job.objects.filter(about=exam)
    way = address("results", exam)
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
        "summary": _summary(exam),
        "cautions": cautions(exam),
        "waiting": keeps_waiting(exam),
        "fingerprints": fingerprints(exam).told(),
        "steps": steps_of(request.user, exam),
        "after": {"words": tell("look at the reports"), "address": way} if opens(request.user, way) else None,
        "plan_changed": plan_changed(exam),
        "parts": parts_of_exam(request.user, exam, said["blueprint"]["units"]),
        "may_verify": may(request.user, VERIFY, said["blueprint"]["units"]),
        "kinds": kinds(),
        "jobs": jobs.exclude(~Q(by=request.user), state__in=NOT_DONE).select_related("by")[:5],
    }
    return render(request, "exams/exam.html", shown)


_shown: dict[str, tuple[str, dict[str, Any]]] = {}
"""Of each exam the figures told last, with the fingerprint that they are of."""


@allowed(read=READ, within="exam")
def figures(request: Request, exam: str) -> HttpResponse:
    """The figures of the build, counted anew: what was asked and what the forms hold; nothing of keys."""
    folder = exam_folder(exam)
    mark = fingerprints(exam).exam
    known = _shown.get(exam)
    if known is None or known[0] != mark:
        known = _shown[exam] = mark, building.figures_of_package(folder)
    return render(request, "exams/figures.html", {"exam": exam, **known[1]})


@allowed(write=VERIFY, within="exam")
@require_POST
def verify(request: Request, exam: str) -> HttpResponse:
    """Asks for the package to be checked."""
    job = queue.ask("verify", exam, request.user, exam=exam)
    return redirect("job", job=job.id)
