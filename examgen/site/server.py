"""The processes of a site, a page server and two workers: preparing, watching and ending them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from examgen.core.changes import changing
from examgen.core.files import PRIVATE
from examgen.core.problems import WrongUsage
from examgen.core.words import tell
from examgen.site.lifeline import end_with_parent
from examgen.site.site import DATABASE, Site
from examgen.site.turns import AT_ONCE, ON_THE_WAY

SETTINGS = "examgen.site.settings"
_ENVIRONMENT = {"MALLOC_ARENA_MAX": "2", "OPENBLAS_NUM_THREADS": "1"}
"""For glibc: threads that serve pages share the memory they free; otherwise each keeps what its largest page
needed. For linear algebra: on small matrices its threads only wait for each other."""
_WAIT = 120.0
"""Seconds that a start waits for another start, which may be creating the database."""
_LOOK = 1.0
"""Seconds between checks for stopped jobs."""
_GRACE = 20
"""Seconds that processes have to end by themselves."""
_PAGES = 15
"""Seconds that a page process has to finish its responses. Without a limit, granian would wait and hold the
port as long as one response hangs."""


_OTHERS = 15
"""Database connections that page processes leave to jobs, backups and administration."""


class Asked(NamedTuple):
    """The host, port, processes and threads with which the site runs."""

    host: str = "127.0.0.1"
    port: int = 8000
    processes: int = 1
    threads: int = ON_THE_WAY


def environment_of(site: Site) -> dict[str, str]:
    """Returns the environment variables that describe the site to other processes."""
    return {
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "EXAMGEN_WORKSPACE": str(site.workspace),
        "EXAMGEN_DATABASE": site.database,
        "EXAMGEN_HOSTS": ",".join(site.hosts),
        "EXAMGEN_HTTPS": "1" if site.is_secure else "",
        "EXAMGEN_DEMO": "1" if site.is_demo else "",
    }


def begin(site: Site) -> None:
    """Sets up Django for the site in this process. Raises WrongUsage if the folder is not a workspace."""
    if not (site.workspace / "item_bank").is_dir():
        raise WrongUsage(
            tell("{folder} is not a workspace: make one with `examgen init {folder}`", folder=site.workspace)
        )
    os.environ.update(environment_of(site))
    site.prepare()
    import django

    django.setup()


def make_ready(site: Site) -> None:
    """Creates the database, or migrates it to this version."""
    from django.core.management import call_command

    with changing(site.state, wait=_WAIT):  # of two that start together one waits
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
    if not site.database:  # sessions and names are in it; what SQLite keeps beside it has its mode
        (site.state / DATABASE).chmod(PRIVATE)


def first_link(address: str) -> str | None:
    """Returns a link, valid once, with which the first administrator chooses a password; None if an
    administrator already has one."""
    from django.db import transaction

    from examgen.site.accounts.models import Grant, User
    from examgen.site.accounts.passwords import link_for
    from examgen.site.accounts.roles import Role, administrators
    from examgen.site.audit.record import record

    with transaction.atomic():
        there = administrators()
        if any(one.has_usable_password() for one in there):
            return None
        user = there.first()
        if user is None:
            taken = {*User.objects.values_list("username", flat=True)}
            names = ("administrator", *(f"administrator-{n}" for n in range(2, len(taken) + 3)))
            name = next(one for one in names if one not in taken)
            user = User(username=name, name=name)
            user.set_unusable_password()
            user.save()
            Grant.objects.create(user=user, role=Role.ADMINISTRATOR)
            record(None, "account.make", user.username)
    return address.rstrip("/") + link_for(user)


def forget_factor(username: str) -> None:
    """Removes a user's second factor, on behalf of whoever runs the machine. Raises WrongUsage if the user
    name does not exist."""
    from allauth.mfa.models import Authenticator
    from django.db import transaction

    from examgen.site.accounts.models import User
    from examgen.site.accounts.sessions import end_sessions
    from examgen.site.audit.record import record

    user = User.objects.filter(username=username).first()
    if user is None:
        raise WrongUsage(tell("nobody has the user name {user}", user=username))
    with transaction.atomic():
        Authenticator.objects.filter(user=user).delete()
        end_sessions(user)
        record(None, "factor.forget", user.username)


def check_port(asked: Asked) -> None:
    """Raises WrongUsage if the site cannot listen on the port. Called before anything permanent is made or
    announced."""
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((asked.host, asked.port))
        except OSError as error:
            raise WrongUsage(
                tell(
                    "port {port} of {host} is taken: {error}",
                    port=asked.port,
                    host=asked.host,
                    error=error.strerror,
                )
            ) from None


def serve(asked: Asked, address: str, progress: Callable[[str], None]) -> int:
    """Runs the site, which users open at `address`, until it is told to end. Returns the exit status."""
    from examgen.site.jobs.queue import n_workers

    worker = [sys.executable, "-m", "examgen.site.jobs"]
    asked = asked._replace(threads=most_threads(asked))
    commands = {"server": server_command(asked), "worker": worker, "short": [*worker, "short"]}
    lanes = ("worker", "short")[: n_workers()]
    commands = {name: command for name, command in commands.items() if name in {"server", *lanes}}
    running = {name: start(command) for name, command in commands.items()}
    ending: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, _: ending.append(got))
    status = 0
    is_told, next_look = False, 0.0
    while not ending:
        time.sleep(0.2)
        if not is_told and _is_open(asked):
            progress(tell("open {address} in a browser; end the site with Ctrl-C", address=address))
            is_told = True
        if running["server"].poll() is not None:
            status = running["server"].returncode or 1
            break
        if time.monotonic() >= next_look:
            kill_stopped([running[name] for name in lanes])
            next_look = time.monotonic() + _LOOK
        for name in lanes:
            if running[name].poll() is not None:  # killed, or out of memory: its job is ended as interrupted
                running[name] = start(commands[name])
    end(list(running.values()))
    return status


def kill_stopped(workers: Sequence[subprocess.Popen[Any]]) -> None:
    """Kills the workers whose job a user has stopped, with the processes they started."""
    numbers = _stopped()
    for one in workers:
        if one.pid not in numbers or one.poll() is not None:
            continue
        os.killpg(one.pid, signal.SIGSTOP)
        is_at_it = False
        try:
            is_at_it = one.pid in _stopped()  # else it has ended that job, and may have begun another
        finally:
            os.killpg(one.pid, signal.SIGKILL if is_at_it else signal.SIGCONT)
        if is_at_it:
            one.wait()


def _stopped() -> set[int]:
    from django.db import Error, connection

    from examgen.site.jobs.queue import workers_to_kill

    try:
        return workers_to_kill()
    except Error:  # away for a moment, say: the next look, by a new connection
        connection.close()
        return set()


def _is_open(asked: Asked) -> bool:
    """Returns whether the site accepts connections. Its address is not shown before it does."""
    import socket

    try:
        socket.create_connection((asked.host, asked.port), timeout=1).close()
    except OSError:
        return False
    return True


def most_threads(asked: Asked) -> int:
    """Returns the number of threads of each page process. Each thread keeps a connection to a PostgreSQL
    database, which limits their number."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return asked.threads
    with connection.cursor() as cursor:
        cursor.execute("SHOW max_connections")
        most = int(cursor.fetchone()[0])
    return max(AT_ONCE + 1, min(asked.threads, (most - _OTHERS) // asked.processes))


def server_command(asked: Asked) -> list[str]:
    """Returns the command that starts granian with `processes` workers, each with one thread for each request
    under way."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi"),
        *("--host", asked.host, "--port", str(asked.port)),
        *("--workers", str(asked.processes), "--blocking-threads", str(asked.threads)),
        *("--no-ws", "--respawn-failed-workers", "--log-level", "error"),
        *("--workers-kill-timeout", str(_PAGES)),
        "examgen.site.wsgi:application",
    ]


def start(command: Sequence[str]) -> subprocess.Popen[Any]:
    """Starts a process of the site. Signals of the terminal reach only the calling process, which ends the
    others."""
    return subprocess.Popen(
        command,
        env={**_ENVIRONMENT, **os.environ},
        start_new_session=True,
        preexec_fn=end_with_parent,  # noqa: PLW1509 # this process has one thread
    )


def end(processes: Sequence[subprocess.Popen[Any]]) -> None:
    """Terminates processes, and kills those that do not end in time."""
    for one in processes:
        if one.poll() is None:
            one.terminate()
    until = time.monotonic() + _GRACE
    for one in processes:
        try:
            one.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(one.pid, signal.SIGKILL)
            one.wait()
