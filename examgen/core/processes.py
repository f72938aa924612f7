"""Runs tasks and returns their results in the order of the tasks, in this process, in worker processes or on
a Dask cluster.

The results do not depend on where the tasks run. A task is a function at the top level of a module, with
plain data as arguments. Each worker creates the data that tasks share, or reads it from a file, once. Workers
of a cluster must reach that file, and the files that tasks read and write, by the same paths; they never
receive a key or password.
"""

from __future__ import annotations

import concurrent.futures
import ctypes
import gc
import logging
import multiprocessing
import multiprocessing.util
import os
import pickle
import secrets
import signal
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from examgen import __version__
from examgen.core.problems import MissingDependency, WrongUsage, install
from examgen.core.words import option, tell

Task = TypeVar("Task")
Means = TypeVar("Means")
Result = TypeVar("Result")
_AHEAD = 64
"""The maximum number of tasks sent to workers before their results are used; more would fill the memory."""
_WITH_THREADS = ("distributed", "highspy", "polars", "pyarrow")
"""Libraries that start threads. A forked copy of this process would lack those threads and wait for them
forever."""
_SECONDS = 20
"""The number of seconds to wait for a cluster, and for the first of its workers."""
_SECONDS_WITHOUT_WORKERS = 60
"""The number of seconds to wait for a worker to come back once all are lost."""
_LOOK_EVERY = 1.0
"""The number of seconds between checks that there are still workers."""
_ENVIRONMENT = ("SOURCE_DATE_EPOCH", "EXAMGEN_TEMPLATE_SECONDS", "EXAMGEN_TEMPLATE_MB")
"""Environment variables that affect the files written. Workers use the values of the command."""
_means: dict[str, Any] = {}
_turn = threading.Lock()
"""Makes the threads of a worker take turns, because page layout is not thread-safe."""
_KEPT_BYTES = 1 << 28
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of glibc's mallopt


class Workers(NamedTuple):
    """Where tasks run: in a number of processes (None: as many as are worthwhile), or on a Dask cluster."""

    processes: int | None = None
    dask: str | None = None


ALONE = Workers(1)
"""The work is done in this process only."""


def usable_cpus() -> int:
    """The number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# ── who does the work ────────────────────────────────────────────────────────────────────────


@contextmanager
def at_work(workers: Workers, worth: int) -> Iterator[Executor | None]:
    """Yields the executor that runs the tasks; None if this process runs them.

    `worth` is the number of processes worthwhile for the work. It applies if the user gives no number.
    """
    if workers.dask is not None:
        with dask_cluster(workers.dask) as executor:
            yield executor
        return
    n = min(usable_cpus(), worth) if workers.processes is None else workers.processes
    with pool(n) as executor:
        yield executor


@contextmanager
def pool(processes: int) -> Iterator[Executor | None]:
    """Yields an executor with worker processes that end with this one; None if one process is enough or no
    other can be started.

    If it is safe, workers are forked, so that they have what this process has loaded.
    """
    workers = None
    if processes > 1:
        with suppress(OSError):
            workers = concurrent.futures.ProcessPoolExecutor(processes, context(), initializer=_begin_worker)
    if workers is None:
        keep_memory()
        yield None
        return
    try:
        yield workers
    except BaseException:
        workers.shutdown(cancel_futures=True)
        raise
    workers.shutdown(wait=False)  # no work is left: they end while this process continues


def context() -> BaseContext:
    """Returns how workers start: forked only if no library of this process uses threads."""
    is_safe = sys.platform.startswith("linux") and not any(name in sys.modules for name in _WITH_THREADS)
    return multiprocessing.get_context("fork" if is_safe else "spawn")


@contextmanager
def dask_cluster(address: str) -> Iterator[Executor]:
    """Yields an executor that runs tasks on a Dask cluster. Raises MissingDependency if it has no workers,
    loses them all, or runs another version of examgen."""
    try:
        import distributed
    except ImportError:
        raise MissingDependency.because(
            "{dask} needs Dask: {command}", dask=option("dask"), command=install("dask")
        ) from None
    for name in ("distributed", "distributed.client", "tornado.application", "asyncio"):
        # what a user has to know of a cluster is in our messages
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client: Any = distributed.Client(address, timeout=_SECONDS)  # type: ignore[no-untyped-call]
    except (
        ValueError,
        TypeError,
        RuntimeError,
    ) as error:  # also where TLS lacks a certificate, or is lacking
        raise WrongUsage.because(
            "{dask} {address} is not the address of a scheduler ({error})",
            address=address,
            error=error,
            dask=option("dask"),
        ) from None
    except OSError:
        raise MissingDependency.because(
            "{dask} {address}: no scheduler responds", address=address, dask=option("dask")
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=_SECONDS)
        except TimeoutError:
            raise MissingDependency.because(
                "{dask} {address}: the cluster has no workers", address=address, dask=option("dask")
            ) from None
        try:
            yield _DaskWorkers(client, address)
        finally:
            # workers that live on forget it, whatever becomes of the command
            if client.status == "running":
                with suppress(OSError, TimeoutError):
                    client.run(_forget, on_error="ignore")


class _DaskWorkers(Executor):
    """An executor that uses the workers of a Dask cluster, including those that join later."""

    def __init__(self, client: Any, address: str) -> None:
        self._client, self._address = client, address
        self._executor = client.get_executor(pure=False)

    def submit(self, task: Callable[..., Any], /, *arguments: Any, **_: Any) -> Future[Any]:
        """Has a worker run the task, if it has the same version of examgen."""
        future: Future[Any] = self._executor.submit(_at_version, __version__, self._address, task, arguments)
        return future

    def wait(self, future: Future[Any]) -> None:
        """Waits until the task is done. Raises MissingDependency if no worker is left, and BrokenExecutor if
        several workers died while running the task."""
        from distributed import KilledWorker

        seen = time.monotonic()
        while not concurrent.futures.wait([future], _LOOK_EVERY).done:
            if self._client.status != "running":
                break
            with suppress(OSError, TimeoutError):
                if self._client.sync(self._client.scheduler.ncores, callback_timeout=_LOOK_EVERY):
                    seen = time.monotonic()
            if time.monotonic() > seen + _SECONDS_WITHOUT_WORKERS:
                raise MissingDependency.because(
                    "{dask} {address}: the cluster lost all its workers and none came "
                    "back. Start workers, then run the command again.",
                    address=self._address,
                    dask=option("dask"),
                )
        if future.cancelled() or not future.done():
            raise MissingDependency.because(
                "{dask} {address}: the scheduler stopped responding. Start it, then run the command again.",
                address=self._address,
                dask=option("dask"),
            )
        error = future.exception()
        if isinstance(error, KilledWorker) or _is_torn(error):
            raise BrokenExecutor from error


def _is_torn(error: BaseException | None) -> bool:
    """Returns whether an error comes from a bug in distributed when a task is cancelled while its result
    arrives."""
    trace = error.__traceback__ if isinstance(error, TypeError) else None
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals.get("__name__") == "distributed.cfexecutor"


def _at_version(
    version: str, address: str, task: Callable[..., Result], arguments: tuple[Any, ...]
) -> Result:
    """Runs a task in a worker. Raises MissingDependency if the command has another version."""
    if version != __version__:
        from distributed import get_worker

        message = tell(
            "has examgen {version}, but this machine has {version_2}. Install the same version on both.",
            version=__version__,
            version_2=version,
        )
        raise MissingDependency.because(
            "{dask} {address}: the worker {worker} {message}",
            address=address,
            worker=get_worker().address,
            message=message,
            dask=option("dask"),
        )
    return task(*arguments)


# ── what is done ─────────────────────────────────────────────────────────────────────────────


def results(
    executor: Executor | None,
    task: Callable[..., Result],
    calls: Iterable[tuple[Any, ...]],
    ahead: int | None = None,
) -> Iterator[Result]:
    """Returns an iterator over the results of a task for each call, in the order of the calls.

    With an executor, all calls are submitted at once, or `ahead` of them at a time. If workers are lost, this
    process runs the remaining calls, so a task may run twice.
    """
    calls = iter(calls)
    begun = deque(_begun(executor, task, call) for call in islice(calls, ahead))
    return _in_order(executor, task, begun, calls)


def _in_order(
    executor: Executor | None,
    task: Callable[..., Result],
    begun: deque[tuple[tuple[Any, ...], Future[Result] | None]],
    calls: Iterator[tuple[Any, ...]],
) -> Iterator[Result]:
    while begun:
        call, future = begun.popleft()
        begun.extend(_begun(executor, task, later) for later in islice(calls, 1))
        try:
            if future is not None and isinstance(executor, _DaskWorkers):
                executor.wait(future)
            result = task(*call) if future is None else future.result()
        except BrokenExecutor:
            result = task(*call)
        yield result


def _begun(
    executor: Executor | None, task: Callable[..., Result], call: tuple[Any, ...]
) -> tuple[tuple[Any, ...], Future[Result] | None]:
    if executor is not None:
        with suppress(BrokenExecutor, OSError):
            return call, executor.submit(task, *call)
    return call, None


def in_order(
    executor: Executor | None,
    work: Callable[[Means, Task], Result],
    tasks: Iterable[Task],
    means: Callable[[], Means],
) -> Iterator[Result]:
    """Returns an iterator over the results of `work` for each task. Each worker creates the shared value
    once, by `means`.

    Only a few tasks are taken before their results are needed, so there may be many large tasks.
    """
    own: list[Means] = []

    def here(_: object, task: Task) -> Result:
        own[:] = own or [means()]
        return work(own[0], task)

    if executor is None:
        return (here(None, task) for task in tasks)
    said = tuple((name, os.environ.get(name)) for name in _ENVIRONMENT)
    kept = _Kept(secrets.token_hex(8), said, means, work)
    return results(executor, _do, ((kept, task) for task in tasks), _AHEAD)


class _Kept(NamedTuple):
    """The shared value that a worker keeps between tasks, under a name that no other command uses."""

    name: str
    environment: tuple[tuple[str, str | None], ...]
    means: Callable[[], Any]
    work: Callable[[Any, Any], Any]


def _forget() -> None:
    """Removes the shared values of a command from a worker that outlives it."""
    _means.clear()


def _do(kept: _Kept, task: Any) -> Any:
    with _turn:
        if kept.name not in _means:
            for name, value in kept.environment:
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value
            _forget()
            _means[kept.name] = kept.means()
        return kept.work(_means[kept.name], task)


def spread(executor: Executor | None) -> Callable[..., Iterator[Any]]:
    """Returns a function that runs a task with each of several arguments, on the executor."""
    return lambda task, calls: in_order(executor, _called, ((task, call) for call in calls), _nothing)


def _nothing() -> None:
    pass


def _called(_: None, of: tuple[Callable[..., Result], tuple[Any, ...]]) -> Result:
    task, call = of
    return task(*call)


@contextmanager
def left(executor: Executor | None, folder: Path, value: Means) -> Iterator[Callable[[], Means]]:
    """Yields a function by which workers get a value. With an executor, the value is stored in a private
    temporary file in the folder until the block ends."""
    if executor is None:
        yield lambda: value
        return
    with tempfile.TemporaryDirectory(dir=folder, prefix=".shared-") as private:
        path = Path(private) / "value.pickle"
        leave(path, value)
        yield partial(taken, path)


def leave(path: Path, value: object) -> None:
    """Pickles a value into a file for tasks to read."""
    with path.open("wb") as file:
        pickle.dump(value, file, protocol=pickle.HIGHEST_PROTOCOL)


def taken(path: Path) -> Any:
    """Returns the value pickled in a file that this command itself wrote."""
    with path.open("rb") as file:
        return pickle.load(file)


# ── worker processes ─────────────────────────────────────────────────────────────────────────


def _begin_worker() -> None:
    stay_with_parent()
    keep_memory()
    gc.set_threshold(100_000, 50, 100)


def keep_memory(in_all: int = _KEPT_BYTES, block: int = _KEPT_BYTES) -> None:
    """Makes this process keep up to `in_all` bytes of freed memory for reuse, in blocks of at most `block`
    bytes.

    Without this, requesting arrays of about a megabyte from the system over and over takes longer than the
    work itself.
    """
    with suppress(OSError, AttributeError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, block)
        mallopt(_TRIM_THRESHOLD, in_all)


def stay_with_parent() -> None:
    """Makes this process a worker: it ignores interrupts and ends with the process that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    """Ends this process and removes its temporary files once the process that started it has ended; otherwise
    workers would wait forever."""
    if parent := multiprocessing.parent_process():
        parent.join()
        multiprocessing.util._run_finalizers(0)  # type: ignore[attr-defined]
        os._exit(1)
