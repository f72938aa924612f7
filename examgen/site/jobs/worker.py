"""A process that does jobs, one after the other, until it is told to end.

If two workers run, one of them does no jobs of long kinds, so that a scoring need not wait for the papers or
the scans of another exam.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from typing import Any

from django.db import close_old_connections
from django.utils.translation import override

from examgen.core.locks import lock_file as lock
from examgen.core.locks import lock_folder
from examgen.core.problems import ExamgenError
from examgen.core.words import Message, tell
from examgen.site.jobs.models import Job, State
from examgen.site.jobs.queue import check_right, end, kinds, name_of_worker, reap, step, take, tidy, workers
from examgen.site.language import shown
from examgen.site.uploads import keep_no_longer
from examgen.site.waiting import send_letters

log = logging.getLogger("examgen.jobs")
PAUSE = 0.5
"""Seconds between checks of the queue."""
TIDY = 3600.0
"""Seconds between removals of leftover files and sessions."""


def do(job: Job) -> None:
    """Does a job and records its outcome."""
    known = kinds().get(job.kind)
    if known is None:
        end(job, State.FAILED, tell("no work of that kind is known: {kind}", kind=job.kind))
        return
    try:
        check_right(job)
        with override("en"):
            outcome = known.work(
                {**job.asked, "by": job.by.username, "user": job.by},
                lambda text: step(job, text),
            )
    except ExamgenError as error:
        # a refusal for one reason alone has that reason in its sentence already
        problems = [one for one in error.problems if str(one.message) not in str(error.message)]
        # what a form has no field for is advice for a command line alone
        advice = [
            one
            for one in error.advice
            if not isinstance(one, Message) or all(shown(option) is not None for option in one.options)
        ]
        end(job, State.REFUSED, error.message, [*problems, *advice])
    except Exception:
        log.exception("job %s %s", job.kind, job.pk)
        end(job, State.FAILED, tell("examgen itself failed: the log of the server says how"))
    else:
        end(job, State.DONE, outcome.message, outcome.problems, outcome)


def _keep_house(name: str, tidied: float) -> float:
    """Ends the jobs of dead workers and, once an hour, deletes old data and sends e-mails; one worker at a
    time. Returns the time of the last hourly run."""
    held = lock_folder(workers())
    if held is None:
        return tidied
    with held:
        reap()
        if time.monotonic() - tidied <= TIDY:
            return tidied
        tidy(name)
        keep_no_longer()
        try:
            send_letters()
        except Exception:  # a letter is no reason that work stops
            log.exception("letters")
        return time.monotonic()


def work(is_once: bool = False, is_short: bool = False) -> None:
    """Does jobs until SIGTERM or, with `is_once`, until no job waits. With `is_short`, jobs of long kinds are
    left out."""
    name, going = name_of_worker(os.getpid()), [True]

    def stop(*_: Any) -> None:
        going[0] = False

    if not is_once:
        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
    while (held := lock(workers() / name)) is None:  # somebody looks just now whether it is held
        time.sleep(0.01)
    tidied = float("-inf")
    try:
        while going[0]:
            if not is_once:  # the connection of who asks for one round stays his
                close_old_connections()
            tidied = _keep_house(name, tidied)
            job = take(name, is_short)
            if job is not None:
                do(job)
            elif is_once:
                break
            else:
                time.sleep(PAUSE)
    finally:
        (workers() / name).unlink(missing_ok=True)
        held.close()
