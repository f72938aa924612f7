"""The steps of an exam from the build to the results: what is done, what is next, and whose task it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.utils import timezone

from examgen.core.problems import ExamgenError
from examgen.core.words import Message, either, joined, tell, tell_n
from examgen.site.access import may, opens
from examgen.site.accounts.roles import WORDS, Role
from examgen.site.language import address
from examgen.site.language import day as day_in_words
from examgen.site.papers.settings import named_day
from examgen.site.sittings.assessed import candidates
from examgen.site.sittings.pages import (
    STATES,
    is_rated,
    is_to_release,
    runs_of,
    sitting,
    to_score_again,
    told_run,
)
from examgen.site.sittings.plan import plan_changed
from examgen.site.sittings.sitting_confirmation import planned_begin, planned_day, statement
from examgen.site.workspace import manifest, units_of_exam
from examgen.sitting import worklist


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
    runs = runs_of(place)
    newest = runs[0] if runs else None
    scored = newest is not None and newest.audit["rows"]["scored"] > 0
    waits = sum(worklist.waiting(place, newest).values()) if newest is not None and not rated else 0
    told = told_run(place, runs) is not None and not is_to_release(place, runs)
    is_old, is_printed = plan_changed(exam), "printing" in manifest(exam) or scored
    has_day = is_printed or planned_day(exam) is not None or named_day(exam) is not None
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
    is_sat, day = bool(statement(exam)) or scored, planned_day(exam) or named_day(exam)
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
    is_decided = newest is not None and not rated and worklist.n_decided_since(place, newest) > 0
    if newest is not None and not waits and (is_decided or to_score_again(place, runs)):
        given.append((tell("score again with the decisions"), False, "runs", graders))
    given.append((tell("release the results"), told, "runs", frozenset({Role.APPROVER})))
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
