"""Tasks → their results in the order of the tasks, done by this process, by workers of its own, or by those
of a Dask cluster.

Whoever does them, the results are the same: a task is a function at the top of a module with plain data, and
what all of them share is made, or taken from a file, once by each worker. Workers of a cluster see that file,
and whatever tasks read and write, by the same paths; no key or password is ever sent to them.
"""

from __future__ import annotations

import concurrent.futures
import ctypes
import gc
import multiprocessing
import multiprocessing.util
import os
import pickle
import secrets
import signal
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from examgen import __version__
from examgen.core.problems import MissingDependency, WrongUsage
from examgen.core.words import option, tell

Task = TypeVar("Task")
Means = TypeVar("Means")
Result = TypeVar("Result")
_AHEAD = 64
"""Tasks that are handed to workers before their results are asked for: of more their data would fill the
memory."""
_WITH_THREADS = ("highspy", "polars", "pyarrow")
"""Libraries that keep threads of their own: a copy of this process would wait for ever for those that it
has not."""
_SECONDS = 20
"""For so long it is waited for a cluster, and for the first of its workers."""
_ENVIRONMENT = ("SOURCE_DATE_EPOCH", "EXAMGEN_TEMPLATE_SECONDS", "EXAMGEN_TEMPLATE_MB")
"""What files depend on that is said in the environment: workers go by that of the command."""
_means: dict[str, Any] = {}
_turn = threading.Lock()
"""Of a worker that has several threads one works at a time: what lays out pages knows no threads."""
_KEPT_BYTES = 1 << 28
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of glibc's mallopt


class Workers(NamedTuple):
    """Who is to do the work: so many processes, or as many as pay for themselves; or a Dask cluster."""

    processes: int | None = None
    dask: str | None = None


ALONE = Workers(1)
"""This process, and no other."""


def usable_cpus() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# ── who does the work ────────────────────────────────────────────────────────────────────────


@contextmanager
def at_work(workers: Workers, worth: int) -> Iterator[Executor | None]:
    """Those who do the work, None where this process itself is enough.

    `worth` is how many processes the work pays for, which counts where no number is said.
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
    """So many worker processes, which end with this one; None where this process itself is enough, or no
    other can be had.

    They begin as copies of this process where that is safe, so that what it knows they know.
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
    workers.shutdown(wait=False)  # nothing is left to be done: they end while this process goes on


def context() -> BaseContext:
    """How workers begin: as copies only where no library of this process has threads."""
    is_safe = sys.platform.startswith("linux") and not any(name in sys.modules for name in _WITH_THREADS)
    return multiprocessing.get_context("fork" if is_safe else "spawn")


@contextmanager
def dask_cluster(address: str) -> Iterator[Executor]:
    """The workers of a Dask cluster; MissingDependency where there is none, or one of another version."""
    try:
        import distributed
    except ImportError:
        raise MissingDependency(
            tell("{dask} needs Dask: pip install 'examgen[dask]'", dask=option("dask"))
        ) from None
    try:
        client: Any = distributed.Client(address, timeout=_SECONDS)  # type: ignore[no-untyped-call]
    except ValueError as error:
        raise WrongUsage(
            tell(
                "{dask} {address} is not the address of a scheduler: {error}",
                address=address,
                error=error,
                dask=option("dask"),
            )
        ) from None
    except OSError:
        raise MissingDependency(
            tell("{dask} {address}: no scheduler answers there", address=address, dask=option("dask"))
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=_SECONDS)
        except TimeoutError:
            raise MissingDependency(
                tell("{dask} {address}: the cluster has no workers", address=address, dask=option("dask"))
            ) from None
        for worker, version in client.run(_version).items():
            if version != __version__:
                message = tell(
                    "has examgen {version}, this machine {version_2}: install the same on both",
                    version=version,
                    version_2=__version__,
                )
                raise MissingDependency(
                    tell(
                        "{dask} {address}: the worker {worker} {message}",
                        address=address,
                        worker=worker,
                        message=message,
                        dask=option("dask"),
                    )
                )
        try:
            yield client.get_executor()
            client.run(_forget)
        except (distributed.KilledWorker, CancelledError) as error:
            raise MissingDependency(
                tell(
                    "{dask} {address}: the cluster lost its workers ({error})",
                    address=address,
                    error=error,
                    dask=option("dask"),
                )
            ) from error


def _version() -> str:
    return __version__


# ── what is done ─────────────────────────────────────────────────────────────────────────────


def results(
    executor: Executor | None,
    task: Callable[..., Result],
    calls: Iterable[tuple[Any, ...]],
    ahead: int | None = None,
) -> Iterator[Result]:
    """What a task returns for each call, in the order of the calls; with an executor all are begun at once,
    or so many of them.

    Where its workers are lost, this process does what is left: a task may be done twice.
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
    """`work` on each task, with the means that each worker makes for itself: what `means` gives.

    Few tasks are taken before results are asked for, so that they may be many and large.
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
    """What a worker keeps between tasks, by a name that no other command gives."""

    name: str
    environment: tuple[tuple[str, str | None], ...]
    means: Callable[[], Any]
    work: Callable[[Any, Any], Any]


def _forget() -> None:
    """Has a worker that lives on keep nothing of what a command had it do, nor what it read of templates."""
    _means.clear()
    if templates := sys.modules.get("examgen.rendering.templates.process"):
        templates.end()


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
    """A way to have a function called with each of several arguments by those who do the work."""
    return lambda task, calls: in_order(executor, _called, ((task, call) for call in calls), _nothing)


def _nothing() -> None:
    pass


def _called(_: None, of: tuple[Callable[..., Result], tuple[Any, ...]]) -> Result:
    task, call = of
    return task(*call)


@contextmanager
def left(executor: Executor | None, folder: Path, value: Means) -> Iterator[Callable[[], Means]]:
    """Where workers take a value from: a file in that folder, for them alone, until they are done."""
    if executor is None:
        yield lambda: value
        return
    with tempfile.TemporaryDirectory(dir=folder, prefix=".shared-") as private:
        path = Path(private) / "value.pickle"
        leave(path, value)
        yield partial(taken, path)


def leave(path: Path, value: object) -> None:
    """Puts a value into a file, where tasks take it from."""
    path.write_bytes(pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL))


def taken(path: Path) -> Any:
    """The value in a file that this very command wrote."""
    return pickle.loads(path.read_bytes())


# ── worker processes ─────────────────────────────────────────────────────────────────────────


def _begin_worker() -> None:
    stay_with_parent()
    keep_memory()
    gc.set_threshold(100_000, 50, 100)


def keep_memory(most: int = _KEPT_BYTES) -> None:
    """Has this process keep memory that it gave back, blocks of so many bytes at most: where arrays of a
    megabyte come and go, asking the system for each of them anew takes longer than what is done with them."""
    with suppress(OSError, AttributeError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, most)
        mallopt(_TRIM_THRESHOLD, most)


def stay_with_parent() -> None:
    """Makes this process a worker: it leaves interrupts to the one that started it, and goes with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    """Ends this process once the one that started it is gone, and what it kept on the disk: without it,
    workers wait for ever."""
    if parent := multiprocessing.parent_process():
        parent.join()
        multiprocessing.util._run_finalizers(0)  # type: ignore[attr-defined]
        os._exit(1)
