"""The kinds and the queue of jobs. Each job is done by one worker and ended once.

It is a table of the site's own database, so that a job and its entry in the record are written in one
transaction. It does not use django-tasks, whose database backend (0.13) leaves the job of a killed worker
running forever and does not support progress. A worker holds a lock on a file for as long as it lives; a
running job whose worker's lock is free is `interrupted`.
"""

from __future__ import annotations

import logging
import shutil
import time
import uuid
from collections.abc import Callable, Collection
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from examgen.bank.workspaces import site_settings
from examgen.core.changes import tidy as tidy_folder
from examgen.core.locks import is_free
from examgen.core.problems import ExamgenError, Problem, Refused
from examgen.core.words import Language, in_language, joined, tell
from examgen.site.access import may
from examgen.site.accounts.models import Role, has
from examgen.site.audit.models import alone, record
from examgen.site.jobs.models import ENDED, Job, State
from examgen.site.language import address, kept, shown, without_places
from examgen.site.uploads import uploads_stay
from examgen.site.workspace import output, units_of_exam, workspace

Progress = Callable[[str], None]
MODULES: tuple[str, ...] = (
    "examgen.site.analyses.work",
    "examgen.site.bank.exchange",
    "examgen.site.blueprints.work",
    "examgen.site.results.work",
    "examgen.site.sittings.work",
    "examgen.site.papers.lists",
)
"""Modules that define kinds of jobs."""


class Outcome(NamedTuple):
    """The outcome of a job: a sentence, the URL of the next page, values for that page, and problems to
    show."""

    message: str
    address: str = ""
    values: dict[str, Any] = {}  # noqa: RUF012 # never changed
    problems: tuple[Any, ...] = ()


Work = Callable[[dict[str, Any], Progress], Outcome]


class Kind(NamedTuple):
    """A kind of job: its name in the database, its title, its function, and the roles of which a user needs
    one to see the outcome (none: the user who started the job sees it).

    `broken` cleans up after an interrupted job. A job that `is_long` may take from minutes to hours, and
    other jobs need not wait for it. `form` returns the URL of the page on which the job was started, from its
    arguments.
    """

    name: str
    title: str
    work: Work
    roles: Collection[Role] = ()
    broken: Callable[[dict[str, Any]], None] | None = None
    is_long: bool = False
    form: Callable[[dict[str, Any]], str] | None = None


def on_exam(name: str) -> Callable[[dict[str, Any]], str]:
    """Returns a function that returns the URL of that page for a job's exam."""
    return lambda asked: address(name, asked["exam"])


def on_unit(name: str) -> Callable[[dict[str, Any]], str]:
    """Returns a function that returns the URL of that page for a job's unit."""
    return lambda asked: address(name, asked["unit"])


_kinds: dict[str, Kind] = {}


def kind(name: str, title: str, *more: Any, **named: Any) -> Callable[[Work], Work]:
    """Registers a function as a kind of job. The other arguments are those of `Kind`, in its order."""

    def enter(work: Work) -> Work:
        _kinds[name] = Kind(name, title, work, *more, **named)
        return work

    return enter


@cache
def kinds() -> dict[str, Kind]:
    """Returns all kinds of jobs, by name."""
    for module in MODULES:
        import_module(module)
    return _kinds


log = logging.getLogger("examgen.jobs")


def ask(kind: str, about: str, by: Any, **asked: Any) -> Job:
    """Puts a job into the queue and records it. Raises Refused if `MOST_WAITING` jobs of the user wait
    already."""
    with transaction.atomic():
        alone()
        waiting = Job.objects.filter(by=by, state=State.WAITING).count()
        job = Job(kind=kind, about=about, by=by, asked=asked)
        if waiting >= MOST_WAITING:
            _tidy_after(job)
            raise Refused.because("{n} of your jobs wait already: let them be done first", n=waiting)
        job.save(force_insert=True)
        record(by, f"{kind}.ask", about, job=str(job.id))
    return job


MOST_WAITING = 20
"""The maximum number of waiting jobs of one user."""


def take(worker: str, is_short: bool = False) -> Job | None:
    """Takes the job that has waited longest and assigns it to this worker. Only one job of an exam or a unit
    runs at a time. With `is_short`, kinds of jobs that may take long are skipped."""
    if not Job.objects.filter(state=State.WAITING).exists():  # to look twice a second is not to write
        return None
    with transaction.atomic():
        alone()
        busy = Job.objects.filter(state=State.RUNNING).values_list("about", flat=True)
        waiting = Job.objects.filter(state=State.WAITING).exclude(about__in=list(busy))
        if is_short:
            waiting = waiting.exclude(kind__in=_long_kinds())
        job = waiting.order_by("asked_at").first()
        if job is None:
            return None
        job.state, job.worker, job.begun_at = State.RUNNING, worker, timezone.now()
        job.save()
    return job


_WORKERS = 2
"""The number of workers if the settings have a fault."""


def n_workers() -> int:
    """Returns the number of worker processes. If there are two, one does only short jobs."""
    try:
        return site_settings(workspace()).workers
    except ExamgenError:
        return _WORKERS


def _long_kinds() -> list[str]:
    return [one.name for one in kinds().values() if one.is_long]


def step(job: Job, message: str) -> None:
    """Records what the job is doing now."""
    job.steps += 1
    Job.objects.filter(pk=job.pk, state=State.RUNNING).update(step=kept(message), steps=job.steps)


def end(job: Job, state: State, message: str, problems: Any = (), outcome: Outcome | None = None) -> bool:
    """Ends a job. Returns False if it has already ended."""
    told = [
        {"severity": one.severity, **_short(message_of(one))} if isinstance(one, Problem) else _short(one)
        for one in list(problems)[:MOST_PROBLEMS]
    ]
    result = {"address": outcome.address, **outcome.values} if outcome else {}
    with transaction.atomic():
        alone()  # before the job is touched, as who stops it does: PostgreSQL would end one of the two
        changed = Job.objects.filter(pk=job.pk, state=State.RUNNING).update(
            state=state,
            message=_short(message),
            problems=told,
            result=result,
            ended_at=timezone.now(),
        )
        if changed:
            record(job.by, f"{job.kind}.{state.value}", job.about, job=str(job.pk))
    return bool(changed)


def stop(job: Job, by: Any) -> None:
    """Withdraws a waiting job, or marks a running one of a long kind as stopped, so that its worker is killed
    (`workers_to_kill`). Raises Refused if the job has ended or is of a short kind and running."""
    with transaction.atomic():
        alone()
        job.refresh_from_db()
        if job.has_ended:
            raise Refused.because("it has ended already")
        if job.stopper is not None:  # asked for twice
            return
        if not can_stop(job):
            raise Refused.because("it is being done, and ends soon by itself")
        job.stopper = by
        is_begun = job.state == State.RUNNING
        if not is_begun:
            job.state, job.ended_at = State.WITHDRAWN, timezone.now()
            job.message = _short(tell("{who} took it back before it began", who=str(by)))
        job.save(update_fields=["stopper", "state", "ended_at", "message"])
        record(by, f"{job.kind}.{'stop' if is_begun else State.WITHDRAWN}", job.about, job=str(job.pk))
    if not is_begun:
        _tidy_after(job)


def units_of(job: Job) -> set[str]:
    """Returns the units of a job: the one it names, and those of its exam."""
    named = {str(job.asked["unit"])} if "unit" in job.asked else set[str]()
    return named | (units_of_exam(job.about) or set())


def check_right(job: Job) -> None:
    """Raises Refused if the user of a job has lost the roles that its kind requires."""
    roles, units = kinds()[job.kind].roles, units_of(job)
    if roles and not (may(job.by, roles, units) if units else has(job.by, *roles)):
        raise Refused.because("you may no longer do this: the role that it asks for was taken from you")


def can_stop(job: Job) -> bool:
    """Returns whether a job can be stopped: it waits, or it runs and is of a kind that may take long. False
    if it was stopped already."""
    known = kinds().get(job.kind)
    is_long = known is not None and known.is_long
    return job.stopper_id is None and (job.state == State.WAITING or (job.state == State.RUNNING and is_long))


def workers_to_kill() -> set[int]:
    """Returns the process ids of workers whose job a user has stopped. Killing them loses nothing: an
    interrupted job has changed everything or nothing, and the next worker marks it as interrupted."""
    stopped = Job.objects.filter(state=State.RUNNING, stopper__isnull=False)
    numbers = set()
    for name in stopped.values_list("worker", flat=True):
        number, _, _ = name.partition("-")
        # of a worker that is no more another process may have the number
        if number.isdecimal() and not is_free(workers() / name):
            numbers.add(int(number))
    return numbers


def name_of_worker(process: int) -> str:
    """Returns a unique name for a worker, which begins with the id of its process."""
    return f"{process}-{uuid.uuid4().hex[:20]}"


MOST_PROBLEMS = 500
"""The maximum number of problems saved with a job."""
MOST_CHARACTERS = 4_000
"""The maximum length of a saved message in characters, because it may quote a file."""


def _short(message: str) -> dict[str, Any]:
    """Returns a message as it is stored. A longer one is cut off, in both languages."""
    if len(message) <= MOST_CHARACTERS:
        return kept(message)
    languages: tuple[Language, ...] = ("en", "th")
    texts = {language: without_places(in_language(message, language, shown)) for language in languages}
    return {language: text[:MOST_CHARACTERS] + "…" for language, text in texts.items()}


def message_of(problem: Problem) -> str:
    """Returns a problem as a message in both languages, with its item and field."""
    where = [part for part in (problem.item, problem.heading or problem.field) if part]
    source = joined([problem.source, joined(where, between=" ")], between=": ") if where else problem.source
    return tell("{source}: {message}", source=source, message=problem.message)


def workers() -> Path:
    """Returns the folder of the locks that workers hold."""
    folder = Path(settings.SITE.state) / "workers"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def tidy(own: str) -> None:
    """Deletes leftovers: locks of killed workers, expired sessions, and uploads that were neither used nor
    discarded. `own` is the name of the calling worker's lock."""
    running = {*Job.objects.filter(state=State.RUNNING).values_list("worker", flat=True), own}
    for path in workers().iterdir():  # to look at one's own lock would give it away (POSIX)
        if path.name not in running and is_free(path):
            path.unlink(missing_ok=True)
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    stay = uploads_stay()
    asked = [str(said) for said in Job.objects.exclude(state__in=ENDED).values_list("asked", flat=True)]
    for path in Path(settings.SITE.uploads).iterdir():
        is_wanted = any(path.name in said for said in asked)
        if not is_wanted and time.time() - path.stat().st_mtime > stay:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def reap() -> int:
    """Ends the jobs of workers that no longer run. Returns the number of jobs."""
    ended = 0
    for job in Job.objects.filter(state=State.RUNNING).select_related("stopper"):
        if is_free(workers() / job.worker):
            _tidy_after(job)
            tidy_folder(output() / Path(job.about).name)
            ended += end(job, State.INTERRUPTED, _broke_off(job))
    return ended


def _broke_off(job: Job) -> str:
    """Returns why a job was interrupted, and what it left behind."""
    if job.stopper is not None:
        return tell("{who} stopped it: what it wrote is whole or not there", who=str(job.stopper))
    return tell("the worker ended in the middle: what it wrote is whole or not there; ask again if need be")


def _tidy_after(job: Job) -> None:
    """Calls the clean-up of an interrupted or withdrawn job."""
    known = kinds().get(job.kind)
    if known is None or known.broken is None:
        return
    try:
        known.broken({**job.asked, "by": job.by.username, "user": job.by})
    except Exception:
        log.exception("job %s %s", job.kind, job.pk)
