"""The list of exams, the page of one, and its figures."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any, NamedTuple

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from examgen.assembly import building
from examgen.core.exam.names import CANDIDATES_CSV, RESULTS
from examgen.core.exam.runs import AUDIT, newest_run
from examgen.core.problems import Refused
from examgen.core.readings import Readings
from examgen.core.words import joined
from examgen.scoring.sitting_folder import ROSTER
from examgen.scoring.sitting_plan import plan_of
from examgen.site.access import allowed, may, units_for
from examgen.site.accounts.roles import Role
from examgen.site.blueprints.files import listed_blueprints, told_apart
from examgen.site.blueprints.views import READ as BLUEPRINTS
from examgen.site.exams.cautions import cautions
from examgen.site.exams.steps import steps_of
from examgen.site.jobs import queue
from examgen.site.jobs.kinds import kinds
from examgen.site.jobs.models import NOT_DONE, Job
from examgen.site.navigation import parts_of_exam
from examgen.site.requests import Request
from examgen.site.sittings.pages import sitting
from examgen.site.sittings.plan import plan_changed
from examgen.site.sittings.shared_items import keeps_waiting
from examgen.site.sittings.sitting_confirmation import cover_day, statement
from examgen.site.workspace import (
    EXAMS_ON_PAGE,
    exam_folder,
    exam_folders,
    fingerprints,
    manifest,
    unit_folders,
    units_of_exam,
)
from examgen.sitting.roster import people

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


class _When(NamedTuple):
    """When and where an exam is sat, as far as anybody has said, and by how many."""

    day: date | None
    hours: str
    place: str
    n_candidates: int


_counts = Readings[int](512)


def _when(name: str) -> _When:
    place, plan = sitting(name), None
    with suppress(Refused):  # the page of the plan says what is wrong with it
        plan = plan_of(place.exam)
    held = statement(name)
    day = held.day if held else plan.date if plan else cover_day(name)
    listed, scored = place.given(ROSTER) or place.exam / CANDIDATES_CSV, place.exam / RESULTS / AUDIT

    def count() -> int:
        with suppress(Refused):  # its own page says what is wrong with it
            if n := sum(1 for one in people(place) if one.candidate_id):
                return n
            if (run := newest_run(place.exam / RESULTS)) is not None:
                return int(run.audit["rows"]["scored"])
        return 0

    n = _counts.of(place.exam, [listed, scored], count)
    return _When(day, plan.hours if plan else "", plan.place if plan else "", n)


def _summary(name: str) -> dict[str, Any]:
    said = manifest(name)
    return {
        "when": _when(name),
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
