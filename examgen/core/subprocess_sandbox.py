"""Runs tasks on files from untrusted sources in worker processes, so that a file cannot harm the program that
reads it.

Worker processes have a limit of memory, and of processor seconds for each result. A worker that exceeds one
of them, or crashes, is ended. The result it was working on is reported as lost, and another worker continues
with the next one.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple, Protocol, TypeVar

from examgen.core.processes import context, keep_memory, stay_with_parent

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

Result = TypeVar("Result")


class Bounds(NamedTuple):
    """The limits of a worker for one result."""

    cpu_seconds: int = 60
    seconds: float = 600.0
    """Wall-clock seconds; other programs may need the processor too."""


MEMORY_BYTES = 900 << 20
"""The maximum size of a worker's data in memory."""
_KEPT_BYTES, _KEPT_BLOCK = 128 << 20, 32 << 20
"""The memory that a worker keeps for reuse, and the largest block of it. A colour page at 300 dots per inch
takes about 60 MB. Larger blocks, which ordinary scans do not need, are returned at once."""

TOOK_TOO_LONG, BROKE_DOWN = "took-too-long", "stopped-the-reader"
_OUT_OF_SECONDS = -getattr(signal, "SIGXCPU", 0) or None
"""The exit code of a worker that the system ended for exceeding its processor seconds."""
_LAST_SECONDS = 0.2
"""The seconds that a worker has to end by itself, so that its exit code is known."""
_NOTHING: Any = object()
_BOUNDS = Bounds()


class SandboxTask(Protocol[Result]):
    """A task of a worker, done result by result."""

    def results(self, means: Any) -> Iterator[Result]:
        """Yields the results, in the worker. `means` is the object that each worker makes for itself."""

    def lost(self, n: int, reason: str) -> tuple[Result | None, SandboxTask[Result] | None]:
        """Returns the substitute for result `n` (from 0), at which a worker was lost, and the task that
        continues with the next result."""


class _Worker(NamedTuple):
    process: Any
    connection: Connection


class _Running:
    """A task that is running in a worker."""

    def __init__(self, worker: _Worker, task: SandboxTask[Any], seconds: float) -> None:
        self.worker, self.task, self.n, self._seconds = worker, task, 0, seconds
        self.until = time.monotonic() + seconds

    def received(self) -> None:
        self.n += 1
        self.until = time.monotonic() + self._seconds


class Sandbox:
    """A single worker process, which starts with the first task and ends with this object."""

    def __init__(self, make: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self._make, self._arguments = make, arguments
        self._idle: list[_Worker] = []

    def results(self, task: SandboxTask[Result]) -> list[Result]:
        """Returns the results of a task, in order."""
        while self._idle and not self._idle[-1].process.is_alive():
            _end(self._idle.pop())
        return list(_run(deque([task]), self._make, self._arguments, 1, self._idle))


def run(
    tasks: Iterable[SandboxTask[Result]],
    make: Callable[..., Any],
    arguments: tuple[Any, ...],
    processes: int,
    bounds: Bounds = _BOUNDS,
) -> Iterator[Result]:
    """Yields the results of all tasks as they arrive; those of one task are in order."""
    idle: list[_Worker] = []
    try:
        yield from _run(deque(tasks), make, arguments, processes, idle, bounds)
    finally:
        for worker in idle:  # all at once, for each takes its time
            with suppress(OSError):
                worker.connection.send(None)
        for worker in idle:
            _end(worker)


def _run(
    left: deque[SandboxTask[Result]],
    make: Callable[..., Any],
    arguments: tuple[Any, ...],
    processes: int,
    idle: list[_Worker],
    bounds: Bounds = _BOUNDS,
) -> Iterator[Result]:
    """Yields the results as `run` does, using idle workers first and leaving the workers running."""
    running: dict[Connection, _Running] = {}
    try:
        while left or running:
            while left and len(running) < processes:
                worker = idle.pop() if idle else _worker(make, arguments, bounds.cpu_seconds)
                task = left.popleft()
                running[worker.connection] = _Running(worker, task, bounds.seconds)
                with suppress(OSError):  # it is gone: that is seen when its result is waited for
                    worker.connection.send(task)
            # those that have something to give, or have had their time
            soonest = min(one.until for one in running.values())
            given = wait(list(running), timeout=max(0.0, soonest - time.monotonic()))
            now = time.monotonic()
            ready = [one for at, one in list(running.items()) if at in given or one.until <= now]
            for one in ready:
                yield from _taken(one, running, idle, left)
    finally:
        for one in running.values():
            _end(one.worker)


def _worker(make: Callable[..., Any], arguments: tuple[Any, ...], cpu_seconds: int) -> _Worker:
    """Starts a new worker, which makes its own `means`."""
    how = context()  # anew: what this process has loaded since may have threads
    # a worker of a cluster counts as one that may have no processes of its own; ours end with it
    multiprocessing.current_process().daemon = False
    ours, theirs = how.Pipe()
    process = how.Process(target=_work, args=(theirs, make, arguments, cpu_seconds), daemon=True)  # type: ignore[attr-defined]
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _taken(
    one: _Running, running: dict[Connection, _Running], idle: list[_Worker], left: deque[SandboxTask[Any]]
) -> Iterator[Any]:
    """Yields the result that a worker has sent. If the worker is lost, yields the task's substitute for the
    result."""
    at = one.worker.connection
    try:
        if at.poll():
            kind, value = at.recv()
            if kind == "result":
                one.received()
                yield value
                return
            if kind == "error":
                raise value
            del running[at]
            idle.append(one.worker)
            return
        reason = TOOK_TOO_LONG
    except (EOFError, OSError):
        reason = ""
    del running[at]
    _end(one.worker)
    reason = reason or (TOOK_TOO_LONG if one.worker.process.exitcode == _OUT_OF_SECONDS else BROKE_DOWN)
    result, rest = one.task.lost(one.n, reason)
    if rest is not None:
        left.appendleft(rest)
    if result is not None:
        yield result


def _end(worker: _Worker) -> None:
    worker.connection.close()
    worker.process.join(_LAST_SECONDS)
    worker.process.kill()
    worker.process.join()


# ── in a worker ──────────────────────────────────────────────────────────────────────────────


def _work(
    connection: Connection, make: Callable[..., Any], arguments: tuple[Any, ...], cpu_seconds: int
) -> None:
    if multiprocessing.parent_process() is not None:
        stay_with_parent()
    if resource is not None:  # bounds of the data of this process, where the system can
        with suppress(ValueError, OSError):
            _, hard = resource.getrlimit(resource.RLIMIT_DATA)
            most = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(MEMORY_BYTES, hard)
            resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    keep_memory(_KEPT_BYTES, _KEPT_BLOCK)
    with suppress(OSError):  # what libraries of other people write there: their faults have names here
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    means = make(*arguments)
    with suppress(EOFError, OSError):
        while True:
            task: SandboxTask[Any] | None = connection.recv()
            if task is None:  # a copy of the process that gives tasks would wait for its own end of the line
                return
            try:
                results = task.results(means)
                while True:
                    _bound_seconds(cpu_seconds)
                    if (result := next(results, _NOTHING)) is _NOTHING:
                        break
                    connection.send(("result", result))
            except (EOFError, BrokenPipeError):
                return
            except Exception as error:  # our own bug: told by the process that people see
                text = "".join(traceback.format_exception(error))
                error.add_note(text)
                try:
                    pickle.loads(pickle.dumps(error))
                except Exception:
                    error = RuntimeError(text)
                connection.send(("error", error))
            else:
                connection.send(("end", None))


def _bound_seconds(seconds: int) -> None:
    """Limits the processor seconds of this process from now on, if the system supports it."""
    if resource is None:
        return
    with suppress(ValueError, OSError):
        used = resource.getrusage(resource.RUSAGE_SELF)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        most = round(used.ru_utime + used.ru_stime) + seconds
        resource.setrlimit(resource.RLIMIT_CPU, (most, hard))
