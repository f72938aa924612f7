"""The work that waits for a user, by their roles: for each kind of work and place, since when; and a
daily e-mail about it.

All of it is computed from the current files and database.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.db.models import Q
from django.http import Http404
from django.utils import timezone
from django.utils.translation import override

from examgen.bank.opened import OpenUnit
from examgen.bank.settings import MailSettings
from examgen.bank.workspaces import site_settings
from examgen.core.files import read_input
from examgen.core.models.decisions import KIND_WORDS
from examgen.core.problems import ExamgenError
from examgen.core.words import Message, tell, tell_n
from examgen.reports.existing_reports import analysis_of, told_of
from examgen.scoring.sitting_plan import plan_of
from examgen.scoring.sitting_record import proposals
from examgen.site.access import may
from examgen.site.accounts.models import Role, User, has
from examgen.site.bank.authors import RETURNED, came_back, counts_of, returned_to
from examgen.site.bank.reviewing import unsent, waiting_items
from examgen.site.bank.units import units_seen
from examgen.site.bank.unsaved import Unsaved, unsaved_of
from examgen.site.exams.views import ExamStep, next_step
from examgen.site.jobs.models import NOT_DONE, Job
from examgen.site.language import address, told
from examgen.site.openings.models import Opening
from examgen.site.openings.views import ROLES, waiting_for
from examgen.site.reviews.models import Expert
from examgen.site.sittings.assessed import candidates, is_to_rate
from examgen.site.sittings.cases import STEPS, TURNS, turn_of
from examgen.site.sittings.pages import ASSESSORS, OVERSEES, Runs, is_rated, sitting
from examgen.site.sittings.sitting_confirmation import against, statement, why_not_score, why_not_state
from examgen.site.workspace import exam_folder, exam_folders, units_of_exam, workspace
from examgen.sitting import cases, roster, worklist

_LASTS = timedelta(days=14)
"""The time for which a failed job is listed."""


class Task(NamedTuple):
    """Work that waits: its description, its unit or exam, the URL where it is done, and since when it
    waits."""

    words: Message
    about: str
    address: str
    since: datetime | date | None = None


def tasks_of(user: Any) -> list[Task]:
    """Returns the work that waits for a user: openings first, then the sittings, assessments and ratings, the
    bank, and failed jobs."""
    return [
        *_openings(user),
        *_in_exams(user, _of_exam),
        *_in_exams(user, _assessments),
        *_ratings(user),
        *_of_bank(user),
        *_failed(user),
    ]


def waits_for_others(user: Any, own: Collection[Task]) -> list[Task]:
    """Returns the work of others for which a user waits: drafts that a reviewer waits for, open cases, and
    the newest unreleased run of each exam. `own` is the work that waits for the user."""
    return [*_unsent(user, {one.address for one in own}), *_in_exams(user, _of_others)]


def _in_exams(user: Any, tasks: Callable[[Any, str], Iterator[Task]]) -> Iterator[Task]:
    for exam in exam_folders():
        with suppress(ExamgenError, Http404, OSError):  # a damaged exam tells its faults on its own pages
            yield from tasks(user, exam)


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
    ways = [Task(words, "", address(name)) for role, words, name in _FIRST_STEPS if has(user, role)]
    units = [code for code, unit in units_seen(user, {Role.WRITER}) if unit is not None]
    few = tell("see for which criteria the bank has few items")
    return [*ways, *(Task(few, code, address("bank-coverage", code)) for code in units[:_MOST_BEGUN])]


def _openings(user: Any) -> Iterator[Task]:
    if not has(user, *ROLES):
        return
    wait: dict[str, list[Opening]] = {}
    for one in waiting_for(user):
        if one.by != user:  # nobody grants their own request
            wait.setdefault(one.exam, []).append(one)
    for exam, some in wait.items():
        words = tell_n(
            "{n} request to open secret files waits for you",
            "{n} requests to open secret files wait for you",
            len(some),
        )
        yield Task(words, exam, address("openings", exam), min(one.asked_at for one in some))


def _of_exam(user: Any, exam: str) -> Iterator[Task]:
    """Yields the work that waits for a user in the sitting of an exam."""
    units = units_of_exam(exam)
    grades, approves = may(user, {Role.GRADER}, units), may(user, {Role.APPROVER}, units)
    plan = plan_of(exam_folder(exam))
    is_over = plan is not None and plan.date < timezone.localdate()
    if plan is not None and is_over and statement(exam) is None and why_not_state(user, exam) is None:
        yield Task(tell("say that the sitting was held"), exam, address("held", exam), plan.date)
    if may(user, {Role.INVIGILATOR}, units) and (held := statement(exam)) is not None:
        yield from _unrecorded(exam, held.day)
    analyses = may(user, {Role.PSYCHOMETRICIAN}, units)
    if not (grades or approves or analyses):
        return
    place, step = sitting(exam), next_step(user, exam)
    newest = Runs(place).newest
    if grades and why_not_score(user, exam) is None:
        if newest is not None and place.answers and worklist.is_of_other_answers(place, newest):
            words = tell("score again: the answer files changed after run {n}", n=newest.number)
            yield Task(words, exam, address("answers", exam))
        if step is not None and Role.GRADER in step.roles and (place.answers or newest is not None):
            yield Task(step.words, exam, step.address)
    shown = told_of(exam_folder(exam)) if analyses and newest and newest.audit["rows"]["scored"] else None
    if shown is not None and analysis_of(exam_folder(exam), shown) is None:
        words = tell("run {n} to analyse", n=shown.run.number)
        yield Task(words, exam, address("results-analysis", exam))
    if grades or approves:
        yield from _cases(user, exam, is_mine=True)
    if not approves:
        return
    if newest is not None and _is_release(step) and not against(user, exam, newest):
        words = tell("run {n} to release", n=newest.number)
        yield Task(words, exam, address("release", exam, newest.number))
    own = {user.signature, user.username}
    if n := sum(one.by not in own for one in proposals(place.acts(files=False)).values()):
        words = tell_n("{n} decision to confirm", "{n} decisions to confirm", n)
        yield Task(words, exam, address("persons", exam))


def _is_release(step: ExamStep | None) -> bool:
    return step is not None and step.roles == {Role.APPROVER}


def _unrecorded(exam: str, day: date | None) -> Iterator[Task]:
    """Yields the number of candidates of a held exam without recorded attendance, until its results are
    released."""
    place = sitting(exam)
    if Runs(place).told is None and (n := sum(not one.status for one in roster.people(place))):
        words = tell_n("record whether {n} candidate came", "record whether {n} candidates came", n)
        yield Task(words, exam, address("roster", exam), day)


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
            yield Task(words, exam, way)


def _of_others(user: Any, exam: str) -> Iterator[Task]:
    """Yields the open cases that wait for others, and the newest run if it waits for somebody else before it
    can be released."""
    units = units_of_exam(exam)
    grades, approves = may(user, {Role.GRADER}, units), may(user, {Role.APPROVER}, units)
    if not (grades or approves):
        return
    yield from _cases(user, exam, is_mine=False)
    newest, step = Runs(sitting(exam)).newest, next_step(user, exam)
    if newest is None or step is None:
        return
    n = newest.number
    if not _is_release(step):
        is_own = step.is_mine and why_not_score(user, exam) is None
        words = tell("run {n} waits for this: {step} ({who})", n=n, step=step.words, who=step.who)
    elif approves:
        is_own = not against(user, exam, newest)
        words = tell("run {n} waits for another approver: you took part in its scoring", n=n)
    else:
        words, is_own = tell("run {n} waits for an approver to release it", n=n), False
    if not is_own:
        yield Task(words, exam, address("run", exam, n))


def _assessments(user: Any, exam: str) -> Iterator[Task]:
    """Yields the candidates whom the user is to rate, and the tasks to moderate."""
    units = units_of_exam(exam)
    rates, oversees = may(user, ASSESSORS, units), may(user, OVERSEES, units)
    people = candidates(exam).values() if (rates or oversees) and is_rated(exam) else ()
    if n := sum(rates and is_to_rate(user, exam, one) for one in people):
        words = tell_n("{n} candidate waits for your ratings", "{n} candidates wait for your ratings", n)
        yield Task(words, exam, address("assess", exam))
    if n := sum(one.n_open for one in people if oversees):
        words = tell_n("{n} task is to be moderated", "{n} tasks are to be moderated", n)
        yield Task(words, exam, address("moderate", exam))


def _ratings(user: Any) -> Iterator[Task]:
    """Yields the open rounds in which the user still has items to rate."""
    for one in Expert.objects.filter(user=user, round__closed_at=None).select_related("round"):
        rated = one.answers.exclude(value=None).filter(item__in=one.items).count()
        if n := len(one.items) - rated:
            words = tell_n("{n} item to rate", "{n} items to rate", n)
            where = address("reviews-begin", one.round.unit, one.round.number)
            yield Task(words, one.round.unit, where, one.round.opened_at)


def _of_bank(user: Any) -> Iterator[Task]:
    """Yields the user's work in the bank: items to review, unsaved items, and items returned for
    correction."""
    for code, unit in units_seen(user, {Role.REVIEWER, Role.WRITER}):
        if unit is None:
            continue
        here = address("bank-unit", code)
        if may(user, {Role.REVIEWER}, {code}) and (n := len(waiting_items(user, unit))):
            words = tell_n("{n} item to review", "{n} items to review", n)
            yield Task(words, code, address("bank-review", code))
        if may(user, {Role.WRITER}, {code}):
            if wait := unsaved_of(user, code):
                yield _unfinished(unit, wait)
            if back := returned_to(user, unit):
                one_alone = address("bank-item", code, *back) if len(back) == 1 else ""
                where = one_alone or f"{here}?status={RETURNED}"
                since = min(one.date for one in back.values())
                yield Task(came_back(*counts_of(user, unit, back)), code, where, since)


def _unfinished(unit: OpenUnit, wait: Sequence[Unsaved]) -> Task:
    words = tell_n(
        "{n} item that you wrote and did not save", "{n} items that you wrote and did not save", len(wait)
    )
    name = wait[0].typed.item
    where = address("bank-item", unit.code, name) if name in unit.items else address("bank-new", unit.code)
    return Task(
        words, unit.code, where + (f"?draft={wait[0].typed.id}" if len(wait) == 1 else ""), wait[-1].at
    )


def _unsent(user: Any, own: Collection[str]) -> Iterator[Task]:
    """Yields the drafts of units in which no item waits for the reviewer; `own` are the URLs of work that
    waits."""
    for code, unit in units_seen(user, {Role.REVIEWER}):
        if unit is None or address("bank-review", code) in own:
            continue
        if words := unsent(unit):
            yield Task(words, code, f"{address('bank-unit', code)}?status=draft")


def _failed(user: Any) -> Iterator[Task]:
    """Yields the user's recent jobs that failed and were not started again."""
    mine = Job.objects.filter(by=user, asked_at__gte=timezone.now() - _LASTS)
    seen = set[tuple[str, str]]()
    for job in mine.order_by("-asked_at")[:200]:
        if (job.kind, job.about) not in seen and job.state in NOT_DONE:
            yield Task(tell("a job that was not done"), job.about, address("job", job.id), job.asked_at)
        seen.add((job.kind, job.about))


log = logging.getLogger("examgen.letters")
_PATIENCE = 20
"""The timeout of the mail server, in seconds."""


def mail_settings() -> MailSettings | None:
    """Returns the settings of the mail server; None if there are none, or the settings have faults."""
    try:
        return site_settings(workspace()).mail
    except ExamgenError:
        return None


def send_letters() -> int:
    """Sends an e-mail to every user with an address for whom work waits and who got none today, from the
    configured hour on. Returns the number of e-mails. Errors of the mail server are logged, and the next call
    tries again."""
    mail, now = mail_settings(), timezone.localtime()
    if mail is None or now.hour < mail.hour:
        return 0
    today = now.date()
    people = User.objects.filter(
        Q(written_on=None) | Q(written_on__lt=today), is_active=True, is_written_to=True
    )
    n = 0
    try:
        with _server(mail) as server:
            for user in people.exclude(email="").order_by("pk"):
                if tasks := tasks_of(user):
                    try:
                        n += bool(server.send_messages([_letter(user, tasks, mail)]))
                    except smtplib.SMTPRecipientsRefused as error:  # one address: those after it get theirs
                        log.error("letters: %s: %s", user.username, error)
                        continue
                User.objects.filter(pk=user.pk).update(written_on=today)
    except (OSError, smtplib.SMTPException, ExamgenError) as error:
        log.error("letters: %s", error)
    return n


def _server(mail: MailSettings) -> EmailBackend:
    """Returns the connection to the mail server, not yet opened."""
    path = mail.password_file
    return EmailBackend(
        host=mail.host,
        port=mail.port,
        username=mail.user,
        password="" if path is None else read_input(Path(path)).decode("utf-8").strip(),
        use_tls=mail.security == "starttls",
        use_ssl=mail.security == "tls",
        timeout=_PATIENCE,
    )


def _letter(user: Any, tasks: Sequence[Task], mail: MailSettings) -> EmailMessage:
    """Returns the e-mail about the work that waits for a user, in their language."""
    base = mail.address.rstrip("/")
    with override(user.language):
        n = len(tasks)
        subject = told(tell_n("{n} thing waits for you in examgen", "{n} things wait for you in examgen", n))
        lines = [
            told(tell("Hello, {name}", name=str(user))),
            "",
            *(f"- {told(one.words)} ({one.about})\n  {base}{one.address}" for one in tasks),
            "",
            told(
                tell(
                    "You get this letter once a day while something waits for you. "
                    "Your first page has a button that stops it: {address}",
                    address=f"{base}/",
                )
            ),
        ]
    return EmailMessage(subject, "\n".join(map(str, lines)) + "\n", mail.sender, [user.email])
