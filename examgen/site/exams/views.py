"""The list of exams, the page of an exam, and its steps from the build to the results."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from examgen.assembly.compliance import WRITTEN_ALONE
from examgen.assembly.form_notices import notices_without_keys
from examgen.core.exam.names import CANDIDATES_CSV, RESULTS
from examgen.core.exam.runs import AUDIT, newest_run
from examgen.core.problems import ExamgenError, Refused
from examgen.core.readings import Readings
from examgen.core.words import Message, either, joined, messages_in, tell, tell_n
from examgen.scoring.method_results import notices_of
from examgen.scoring.sitting_folder import ROSTER
from examgen.scoring.sitting_plan import plan_of
from examgen.site.access import allowed, may, opens
from examgen.site.accounts.models import WORDS, Role
from examgen.site.blueprints.fields import on_form
from examgen.site.language import address, told
from examgen.site.language import day as day_in_words
from examgen.site.requests import Request
from examgen.site.sittings.assessed import candidates
from examgen.site.sittings.pages import (
    ASSESSORS,
    MOST_TABS,
    RUN_STATES,
    SEES,
    STATES,
    Runs,
    is_rated,
    parts_of,
    row_counts,
    sitting,
)
from examgen.site.sittings.plan import plan_changed
from examgen.site.sittings.sitting_confirmation import (
    cover_day,
    keeps_waiting,
    planned_begin,
    planned_day,
    statement,
)
from examgen.site.workspace import (
    EXAMS_ON_PAGE,
    exam_folder,
    exam_folders,
    fingerprints,
    manifest,
    units_of_exam,
)
from examgen.sitting.roster import people


class ExamStep(NamedTuple):
    """A step of an exam. Its URL is empty for users who may not open the page; `roles` can do it,
    and `who` names them."""

    words: Message
    state: str
    """`done`, `next` or `later`."""
    address: str
    who: Message
    is_mine: bool
    roles: frozenset[Role] = frozenset()


def steps_of(user: Any, exam: str) -> list[ExamStep]:
    """Returns the steps in order; the first that is not done is next. Empty if the sitting has faults, which
    its own pages show."""
    try:
        return _steps(user, exam)
    except (ExamgenError, OSError):
        return []


def _steps(user: Any, exam: str) -> list[ExamStep]:
    units, place, rated = units_of_exam(exam), sitting(exam), is_rated(exam)
    runs = Runs(place)
    newest = runs.newest
    scored = newest is not None and newest.audit["rows"]["scored"] > 0
    waits = 0 if rated else runs.n_open
    is_old, is_printed = plan_changed(exam), "printing" in manifest(exam) or scored
    has_day = is_printed or planned_day(exam) is not None
    assembler, graders = frozenset({Role.ASSEMBLER}), frozenset({Role.GRADER})
    given: list[tuple[Message, bool, str, frozenset[Role]]] = [
        # of the list only who prints knows before: it is kept with the exam when papers are printed for it
        (tell("set day and candidates"), has_day, "papers", assembler),
        (
            tell("print the papers again") if is_old else tell("print the papers"),
            is_printed and not (is_old and not scored),
            "papers",
            assembler,
        ),
    ]
    is_sat, day = bool(statement(exam)) or scored, planned_day(exam)
    begin = planned_begin(exam)
    if not is_sat and day is not None and (day > timezone.localdate() or (begin and begin > timezone.now())):
        words = tell("download the papers for the sitting on {day}", day=day_in_words(day))
        given.append((words, False, "papers", assembler | {Role.INVIGILATOR}))
    given.append((tell("say that it was sat"), is_sat, "held", STATES))
    if rated:
        people = candidates(exam).values()
        is_rated_whole = bool(people) and not any(one.n_open for one in people)
        rates = frozenset({Role.ASSESSOR})
        given.append((tell("rate the candidates"), scored or is_rated_whole, "assess", rates))
    else:
        taken = bool(place.answers) or newest is not None
        given.append((tell("take in the answers"), taken, "answers", graders))
    given.append((tell("score the answers"), scored, "runs" if rated else "answers", graders))
    if not rated:
        rows = tell_n("decide {n} row", "decide {n} rows", waits) if waits else tell("decide rows")
        given.append((rows, scored and not waits, "quarantine", graders))
    if newest is not None and not waits and ((not rated and runs.n_since) or runs.is_overtaken):
        given.append((tell("score again with the decisions"), False, "runs", graders))
    is_released = runs.told is not None and not runs.has_news
    given.append((tell("release the results"), is_released, "runs", frozenset({Role.APPROVER})))
    steps = [ExamStep(tell("build the forms"), "done", "", joined([]), False)]
    is_next = True
    for words, is_done, name, roles in given:
        state = "done" if is_done else "next" if is_next else "later"
        is_next = is_next and is_done
        way = address(name, exam)
        who = either(WORDS[role] for role in Role if role in roles)
        steps.append(
            ExamStep(words, state, way if opens(user, way) else "", who, may(user, roles, units), roles)
        )
    return steps


def next_step(user: Any, exam: str) -> ExamStep | None:
    """Returns the first step that is not done; None if all are."""
    return next((step for step in steps_of(user, exam) if step.state == "next"), None)


def next_steps(user: Any, exam: str, steps: Sequence[ExamStep]) -> list[ExamStep]:
    """Returns the next step; after the last one, what the user may do with the results."""
    if not steps or any(step.state == "next" for step in steps):
        return [step for step in steps if step.state == "next"]
    after = (("results", tell("make the reports")), ("certificates-exam", tell("issue certificates")))
    ways = [(words, address(name, exam)) for name, words in after]
    return [ExamStep(words, "next", way, joined([]), True) for words, way in ways if opens(user, way)]


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
    parts, runs = parts_of(request.user, exam), Runs(sitting(exam))
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
        "runs": runs.all[:1] if sees else [],
        "run_states": runs.states if sees else {},
        "RUN_STATES": RUN_STATES,
        "row_counts": row_counts,
        "seldom": [part for part in parts if part.is_seldom and is_long],
    }
    return render(request, "exams/exam.html", shown)
