"""The exams that a user works on, and their summary in a list: day, candidates and next step."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.http import Http404
from django.utils import timezone

from examgen.assembly.compliance import WRITTEN_ALONE
from examgen.assembly.form_notices import notices_without_keys
from examgen.core.exam.names import CANDIDATES_CSV, RESULTS
from examgen.core.exam.runs import AUDIT, newest_run
from examgen.core.problems import ExamgenError, Refused
from examgen.core.readings import Readings
from examgen.core.words import messages_in
from examgen.scoring.method_results import notices_of
from examgen.scoring.sitting_folder import ROSTER
from examgen.scoring.sitting_plan import plan_of
from examgen.site.access import may, opens
from examgen.site.accounts.roles import Role
from examgen.site.blueprints.fields import on_form
from examgen.site.exams.steps import ExamStep, next_steps, steps_of
from examgen.site.language import address, told
from examgen.site.sittings.pages import ASSESSORS, is_rated, sitting
from examgen.site.sittings.sitting_confirmation import cover_day, statement
from examgen.site.workspace import exam_folder, exam_folders, manifest, units_of_exam
from examgen.sitting.roster import people

READ = (
    Role.ASSEMBLER,
    Role.INVIGILATOR,
    Role.GRADER,
    Role.PSYCHOMETRICIAN,
    Role.APPROVER,
)
"""The roles whose work concerns an exam as a whole."""


class SittingDate(NamedTuple):
    """When and where an exam is held, as far as known, and its number of candidates."""

    day: date | None
    hours: str
    place: str
    n_candidates: int


_counts = Readings[int](512)


def when_of(name: str) -> SittingDate:
    """Returns when and where an exam is held, according to the statement, the plan or the papers."""
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
    printed = (manifest(name).get("printing") or {}).get("papers") or {}
    hours = plan.hours if plan else str(printed.get("hours") or "")
    return SittingDate(day, hours, plan.place if plan else "", n)


class Summary(NamedTuple):
    """One exam in a list of exams. The title is a single record with the Thai and the English text."""

    name: str
    title: Any
    units: list[str]
    address: str
    """The URL of its page, or of the page on which an assessor rates."""
    when: SittingDate
    is_draft: bool
    is_printed: bool
    next: ExamStep | None
    """The next step; None if there is none for the user."""
    is_done: bool
    """Whether all its steps are done."""


def exams_of(user: Any) -> list[str]:
    """Returns the exams of the units in which the user has such a role. Assessors see only exams with
    ratings."""
    return [name for name in exam_folders() if _is_of(user, name)]


def _is_of(user: Any, name: str) -> bool:
    units = units_of_exam(name)
    return may(user, {*READ, Role.AUDITOR}, units) or (may(user, ASSESSORS, units) and is_rated(name))


def exams_on_hand(user: Any) -> list[Summary]:
    """Returns the user's newest exams, sorted by how close their day is, without those finished long ago.
    Exams that cannot be read are left out."""
    found: list[Summary] = []
    today, most = timezone.localdate(), timedelta(days=4000)
    for name in exam_folders():
        with suppress(ExamgenError, Http404):
            if len(found) < MOST_ON_HAND and _is_of(user, name):
                one = summary(user, name)
                if not (one.is_done and one.when.day and one.when.day < today - _LONG):
                    found.append(one)
    return sorted(found, key=lambda one: abs(one.when.day - today) if one.when.day else most)


MOST_ON_HAND = 8
"""The maximum number of exams on the first page."""
_LONG = timedelta(days=60)
"""How long after its day a finished exam stays on the first page."""


def summary(user: Any, name: str) -> Summary:
    """Returns the summary of an exam for a user."""
    said = manifest(name)
    steps, page = steps_of(user, name), address("exam", name)
    return Summary(
        name,
        said["title"],
        said["blueprint"]["units"],
        page if opens(user, page) else address("assess", name),
        when_of(name),
        bool(said.get("draft")),
        "printing" in said,
        next(iter(next_steps(user, name, steps)), None),
        bool(steps) and all(step.state == "done" for step in steps),
    )


def cautions(exam: str) -> list[str]:
    """Returns the cautions about an exam for the reader: the notices of reports, such as the number of
    unapproved items, and the notices of its build."""
    found = [str(told(one)) for one in notices_of(exam_folder(exam)) if one is not None]
    noticed = notices_without_keys(messages_in(manifest(exam), "notices"))
    return [*found, *(on_form(one) for one in noticed if getattr(one, "msgid", "") != WRITTEN_ALONE)]
