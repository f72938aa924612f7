"""The work that waits for a user, by their roles: for each kind of work and place, how much, and since when.

All of it is computed from the current files and database. Only the counts in the menu are cached, for a
minute or until the user does something, because every page shows them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.core.cache import caches
from django.db.models import Max
from django.http import Http404
from django.utils import timezone

from examgen.core.models.decisions import KIND_WORDS
from examgen.core.problems import ExamgenError
from examgen.core.words import Message, tell, tell_n
from examgen.reports.existing_reports import analysis_of, told_of
from examgen.scoring.sitting_plan import plan_of
from examgen.scoring.sitting_record import proposals
from examgen.site.access import may
from examgen.site.accounts.roles import Role, has
from examgen.site.audit.models import Entry
from examgen.site.bank.reviewing import unsent, waiting_items
from examgen.site.bank.units import units_seen
from examgen.site.bank.writer_items import RETURNED, came_back, counts_of, returned_to, unfinished
from examgen.site.exams.steps import ExamStep, next_step
from examgen.site.jobs.models import NOT_DONE, Job
from examgen.site.language import address
from examgen.site.openings.views import ROLES, waiting_for
from examgen.site.reviews.models import Answer, Expert, Round
from examgen.site.sittings.assessed import assessing_of
from examgen.site.sittings.cases import STEPS, TURNS, turn_of
from examgen.site.sittings.pages import runs_of, sitting, told_run
from examgen.site.sittings.separation import against
from examgen.site.sittings.sitting_confirmation import statement, why_not_score, why_not_state
from examgen.site.workspace import exam_folder, exam_folders, units_of_exam, workspace
from examgen.sitting import cases, roster, worklist

_LASTS = timedelta(days=14)
"""The time for which a failed job is listed."""


class Task(NamedTuple):
    """Work that waits: its description, its unit or exam, the URL where it is done, the number of things to
    do, and the time since when it waits."""

    words: Message
    about: str
    address: str
    n: int
    since: datetime | date | None = None


def tasks_of(user: Any) -> list[Task]:
    """Returns the work that waits for a user: openings first, then the sittings, assessments and ratings, the
    bank, and failed jobs."""
    found = [*_openings(user)]
    for exam in exam_folders():
        try:
            found += _of_exam(user, exam)
        except (ExamgenError, Http404, OSError):
            continue  # a damaged exam tells its faults on its own pages
    return [*found, *_assessments(user), *_ratings(user), *_of_bank(user), *_failed(user)]


def waits_for_others(user: Any, own: Collection[Task]) -> list[Task]:
    """Returns the work of others for which a user waits: rounds of ratings that the user opened, drafts that
    a reviewer waits for, open cases, and the newest unreleased run of each exam. `own` is the work that waits
    for the user."""
    found = [*_own_rounds(user), *_unsent(user, {one.address for one in own})]
    for exam in exam_folders():
        try:
            found += _of_others(user, exam)
        except (ExamgenError, Http404, OSError):
            continue
    return found


_COUNTED_FOR = 60
"""Seconds for which the counts in the menu are cached, because other users may do something in the
meantime."""


def _own_last(user: Any) -> tuple[int | None, datetime | None]:
    """Returns the user's last entry in the record, and the time of their last rating, which is not recorded.
    Every page needs this, so the query uses the key that the index of `who` has in order."""
    last = Entry.objects.filter(who=user.username).aggregate(last=Max("pk"))["last"]
    rated = Answer.objects.filter(expert__user=user, expert__round__closed_at=None)
    return last, rated.aggregate(last=Max("at"))["last"]


def _key(user: Any) -> str:
    """Returns the cache key of a user's work, which changes when they do something."""
    return f"tasks-{hash((workspace(), user.pk, *_own_last(user)))}"


def kept_tasks(user: Any) -> list[Task] | None:
    """Returns the cached work of a user; None if the user has done something since."""
    found: list[Task] | None = caches["limits"].get(_key(user))
    return found


def keep_tasks(user: Any) -> list[Task]:
    """Returns the work that waits for a user now, and caches it for the menu."""
    key, found = _key(user), tasks_of(user)
    caches["limits"].set(key, found, _COUNTED_FOR)
    return found


_FIRST_STEPS: tuple[tuple[Role, Message, str], ...] = (
    (Role.ADMINISTRATOR, tell("give people accounts and roles"), "people"),
    (Role.WRITER, tell("write an item, or take in questions that you have"), "bank"),
    (Role.REVIEWER, tell("look at the items of your units"), "bank"),
    (Role.ASSEMBLER, tell("say what an exam asks, and build it"), "blueprints"),
    (
        Role.PSYCHOMETRICIAN,
        tell("see what answers say of items: an exam, then its results"),
        "exams",
    ),
    (Role.PSYCHOMETRICIAN, tell("equate forms, compare groups, look at decisions and copying"), "analyses"),
    (Role.PSYCHOMETRICIAN, tell("open a round of ratings"), "reviews"),
    (Role.INVIGILATOR, tell("see who comes, and record it"), "exams"),
    (Role.GRADER, tell("take in answers, and score"), "exams"),
    (Role.APPROVER, tell("see which runs wait for a release"), "exams"),
    (Role.AUDITOR, tell("look at the record"), "record"),
)


_MOST_BEGUN = 5


def first_steps(user: Any) -> list[Task]:
    """Returns links for a new user: one for each role they have, and the coverage of the units for which they
    write."""
    ways = [Task(words, "", address(name), 0) for role, words, name in _FIRST_STEPS if has(user, role)]
    units = [code for code, unit in units_seen(user, {Role.WRITER}) if unit is not None]
    few = tell("see for which criteria the bank has few items")
    return [*ways, *(Task(few, code, address("bank-coverage", code), 0) for code in units[:_MOST_BEGUN])]


def _openings(user: Any) -> Iterator[Task]:
    if not has(user, *ROLES):
        return
    wait = [one for one in waiting_for(user) if one.by != user]  # nobody grants their own request
    if wait:
        words = tell_n(
            "{n} request to open secret files waits for you",
            "{n} requests to open secret files wait for you",
            len(wait),
        )
        yield Task(words, "", address("openings-waiting"), len(wait), min(one.asked_at for one in wait))


def _of_exam(user: Any, exam: str) -> Iterator[Task]:
    """Yields the work that waits for a user in the sitting of an exam."""
    units = units_of_exam(exam)
    grades, approves = may(user, {Role.GRADER}, units), may(user, {Role.APPROVER}, units)
    plan = plan_of(exam_folder(exam))
    is_over = plan is not None and plan.date < timezone.localdate()
    if plan is not None and is_over and statement(exam) is None and why_not_state(user, exam) is None:
        yield Task(tell("say that the sitting was held"), exam, address("held", exam), 1, plan.date)
    if may(user, {Role.INVIGILATOR}, units) and (held := statement(exam)) is not None:
        yield from _unrecorded(exam, held.day)
    analyses = may(user, {Role.PSYCHOMETRICIAN}, units)
    if not (grades or approves or analyses):
        return
    place, step = sitting(exam), next_step(user, exam)
    runs = runs_of(place)
    newest = runs[0] if runs else None
    if grades and why_not_score(user, exam) is None:
        if newest is not None and place.answers and worklist.is_of_other_answers(place, newest):
            words = tell("score again: the answer files changed after run {n}", n=newest.number)
            yield Task(words, exam, address("answers", exam), 1)
        if step is not None and Role.GRADER in step.roles and (place.answers or newest is not None):
            yield Task(step.words, exam, step.address, 1)
    shown = told_of(exam_folder(exam)) if analyses and newest and newest.audit["rows"]["scored"] else None
    if shown is not None and analysis_of(exam_folder(exam), shown) is None:
        words = tell("run {n} to analyse", n=shown.run.number)
        yield Task(words, exam, address("results-analysis", exam), 1)
    if grades or approves:
        yield from _cases(user, exam, is_mine=True)
    if not approves:
        return
    if newest is not None and _is_release(step) and not against(user, exam, newest):
        words = tell("run {n} to release", n=newest.number)
        yield Task(words, exam, address("release", exam, newest.number), 1)
    own = {user.signature, user.username}
    if n := sum(one.by not in own for one in proposals(place.acts(files=False)).values()):
        words = tell_n("{n} decision to confirm", "{n} decisions to confirm", n)
        yield Task(words, exam, address("persons", exam), n)


def _is_release(step: ExamStep | None) -> bool:
    return step is not None and Role.APPROVER in step.roles and Role.GRADER not in step.roles


def _unrecorded(exam: str, day: date | None) -> Iterator[Task]:
    """Yields the number of candidates of a held exam without recorded attendance, until its results are
    released."""
    place = sitting(exam)
    if told_run(place, runs_of(place)) is None and (n := sum(not one.status for one in roster.people(place))):
        words = tell_n("record whether {n} candidate came", "record whether {n} candidates came", n)
        yield Task(words, exam, address("roster", exam), n, day)


def _cases(user: Any, exam: str, *, is_mine: bool) -> Iterator[Task]:
    """Yields the open cases in which it is the user's turn, or if not `is_mine`, those that wait for
    others."""
    place = sitting(exam)
    for one in cases.states(place):
        turn = turn_of(user, exam, place, one) if one.step else ""
        if one.step and bool(turn) == is_mine:
            number = one.case.number
            way = address("case", exam, number)
            what = TURNS[turn] if is_mine else STEPS[one.step]
            words = tell("{case} {number}: {what}", case=KIND_WORDS[one.case.kind], number=number, what=what)
            yield Task(words, exam, way, int(is_mine))


def _of_others(user: Any, exam: str) -> Iterator[Task]:
    """Yields the open cases that wait for others, and the newest run if it waits for somebody else before it
    can be released."""
    units = units_of_exam(exam)
    grades, approves = may(user, {Role.GRADER}, units), may(user, {Role.APPROVER}, units)
    if not (grades or approves):
        return
    yield from _cases(user, exam, is_mine=False)
    runs, step = runs_of(sitting(exam)), next_step(user, exam)
    if not runs or step is None:
        return
    n = runs[0].number
    if not _is_release(step):
        is_own = step.is_mine and why_not_score(user, exam) is None
        words = tell("run {n} waits for this: {step} ({who})", n=n, step=step.words, who=step.who)
    elif approves:
        is_own = not against(user, exam, runs[0])
        words = tell("run {n} waits for another approver: you took part in its scoring", n=n)
    else:
        words, is_own = tell("run {n} waits for an approver to release it", n=n), False
    if not is_own:
        yield Task(words, exam, address("run", exam, n), 0)


def _assessments(user: Any) -> Iterator[Task]:
    for one in assessing_of(user):
        if one.n_mine:
            words = tell_n(
                "{n} candidate waits for your ratings", "{n} candidates wait for your ratings", one.n_mine
            )
            yield Task(words, one.exam, address("assess", one.exam), one.n_mine)
        if one.n_open:
            words = tell_n("{n} task is to be moderated", "{n} tasks are to be moderated", one.n_open)
            yield Task(words, one.exam, address("moderate", one.exam), one.n_open)


def _ratings(user: Any) -> Iterator[Task]:
    """Yields the open rounds in which the user still has items to rate."""
    for one in Expert.objects.filter(user=user, round__closed_at=None).select_related("round"):
        rated = one.answers.exclude(value=None).filter(item__in=one.items).count()
        if n := len(one.items) - rated:
            words = tell_n("{n} item to rate", "{n} items to rate", n)
            where = address("reviews-begin", one.round.unit, one.round.number)
            yield Task(words, one.round.unit, where, n, one.round.opened_at)


def _own_rounds(user: Any) -> Iterator[Task]:
    """Yields the rounds that the user opened and that are not closed."""
    for one in Round.objects.filter(by=user, closed_at=None).prefetch_related("experts"):
        experts = [*one.experts.all()]
        rated = Answer.objects.filter(expert__in=experts).exclude(value=None).count()
        words = tell(
            "{kind}, the round that you opened: {rated} of {of} ratings are in",
            kind=one.get_kind_display(),
            rated=rated,
            of=sum(len(expert.items) for expert in experts),
        )
        yield Task(words, one.unit, address("reviews-round", one.unit, one.pk), 0, one.opened_at)


def _of_bank(user: Any) -> Iterator[Task]:
    """Yields the user's work in the bank: items to review, unsaved items, and items returned for
    correction."""
    for code, unit in units_seen(user, {Role.REVIEWER, Role.WRITER}):
        if unit is None:
            continue
        here = address("bank-unit", code)
        if may(user, {Role.REVIEWER}, {code}) and (n := len(waiting_items(user, unit))):
            words = tell_n("{n} item to review", "{n} items to review", n)
            yield Task(words, code, address("bank-review", code), n)
        if may(user, {Role.WRITER}, {code}):
            if left := unfinished(user, unit):
                yield Task(left.words, code, left.address, left.n, left.since)
            if back := returned_to(user, unit):
                one_alone = address("bank-item", code, *back) if len(back) == 1 else ""
                where = one_alone or f"{here}?status={RETURNED}"
                since = min(one.date for one in back.values())
                yield Task(came_back(*counts_of(user, unit, back)), code, where, len(back), since)


def _unsent(user: Any, own: Collection[str]) -> Iterator[Task]:
    """Yields the drafts of units in which no item waits for the reviewer; `own` are the URLs of work that
    waits."""
    for code, unit in units_seen(user, {Role.REVIEWER}):
        if unit is None or address("bank-review", code) in own:
            continue
        if words := unsent(unit):
            yield Task(words, code, f"{address('bank-unit', code)}?status=draft", 0)


def _failed(user: Any) -> Iterator[Task]:
    """Yields the user's recent jobs that failed and were not started again."""
    mine = Job.objects.filter(by=user, asked_at__gte=timezone.now() - _LASTS)
    seen = set[tuple[str, str]]()
    for job in mine.order_by("-asked_at")[:200]:
        if (job.kind, job.about) not in seen and job.state in NOT_DONE:
            yield Task(tell("a job that was not done"), job.about, address("job", job.id), 1, job.asked_at)
        seen.add((job.kind, job.about))
