"""The processes of a site, a page server and two workers: preparing, watching and ending them,
and the turns in which requests are worked on."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import BoundedSemaphore, Thread
from typing import Any, NamedTuple

from examgen.core.changes import changing
from examgen.core.files import PRIVATE
from examgen.core.problems import WrongUsage
from examgen.core.words import tell
from examgen.site.site import DATABASE, Site

_PR_SET_PDEATHSIG = 1


def end_with_parent(number: int = signal.SIGTERM) -> None:
    """Asks the system to send this process a signal when its parent ends, which only Linux supports.

    Elsewhere, the service manager ends processes that remain (as systemd does on Linux).
    """
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:  # it had ended before
        os.kill(os.getpid(), number)


AT_ONCE, ON_THE_WAY = 4, 32
"""The maximum number of requests that a process works on at once, and the number that it accepts."""
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


_SECONDS = 10
"""The maximum time for receiving the rest of a request whose response is already finished, for example
because a file is too large. A browser that is cut off while sending shows no response."""


def in_turns(application: Application) -> Application:
    """Wraps a WSGI application so that it works on `AT_ONCE` requests at a time. A request that waits for
    more of its body lets others go on, so that large files on slow lines delay nobody. The body is received
    to its end."""
    turns = BoundedSemaphore(AT_ONCE)

    def waiting(read: Callable[..., bytes]) -> Callable[..., bytes]:
        """The same, without a turn."""

        def waited(*size: int) -> bytes:
            turns.release()
            try:
                return read(*size)
            finally:
                turns.acquire()

        return waited

    class Sent:
        """The body of a request."""

        def __init__(self, stream: Any) -> None:
            self.read, self.readline = waiting(stream.read), waiting(stream.readline)

    def taken(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        stream = environ["wsgi.input"]
        with turns:
            answer = application({**environ, "wsgi.input": Sent(stream)}, start_response)
        if not environ.get("CONTENT_LENGTH") and "HTTP_TRANSFER_ENCODING" not in environ:
            return answer
        rest = Thread(target=_take, args=(stream,), daemon=True)
        rest.start()
        rest.join(_SECONDS)
        return _Early(answer, rest) if rest.is_alive() else answer

    return taken


def _take(stream: Any) -> None:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until and stream.read(1 << 16):
        pass


class _Early:
    """The response to a client that neither sends more nor disconnects: reading from it ends only when the
    connection does."""

    def __init__(self, answer: Iterable[bytes], rest: Thread) -> None:
        self._answer, self._rest = answer, rest

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answer)

    def close(self) -> None:
        """Closes the response, and waits for the rest of the request, because granian hangs if a request is
        finished while it is being read."""
        if hasattr(self._answer, "close"):
            self._answer.close()
        self._rest.join()


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
        raise WrongUsage.because(
            "{folder} is not a workspace: make one with `examgen init {folder}`", folder=site.workspace
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

    from examgen.site.accounts.models import Grant, Role, User, administrators
    from examgen.site.accounts.sessions import link_for
    from examgen.site.audit.models import record

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
    from examgen.site.audit.models import record

    user = User.objects.filter(username=username).first()
    if user is None:
        raise WrongUsage.because("nobody has the user name {user}", user=username)
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
            raise WrongUsage.because(
                "port {port} of {host} is taken: {error}",
                port=asked.port,
                host=asked.host,
                error=error.strerror,
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
