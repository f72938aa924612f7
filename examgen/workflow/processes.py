"""One function over many tasks → its results in the order of the tasks, from several processes where told.

Whatever the number of processes, and whatever way the system starts them, the results are the same: what
crosses to another process is named at the top of a module, or plain data.
"""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.context import BaseContext
from typing import Any, TypeVar

Task = TypeVar("Task")
Means = TypeVar("Means")
Result = TypeVar("Result")

_CHUNKS = 32
"""Into how many chunks the tasks of each process are cut: the last ones should end together."""


def usable_cpus() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_order(
    work: Callable[[Means, Task], Result],
    tasks: Sequence[Task],
    make: Callable[..., Means],
    arguments: tuple[Any, ...],
    processes: int,
) -> Iterator[Result]:
    """`work` on each task, with the means that each process makes for itself.

    Where no other process can be had, or one of them is lost, this one does what is left.
    """
    from concurrent.futures.process import BrokenProcessPool

    done = 0
    try:
        for result in _pooled(work, tasks, make, arguments, processes):
            yield result
            done += 1
    except (OSError, BrokenProcessPool):
        pass  # a fault of the work itself comes up again below
    if left := tasks[done:]:
        means = make(*arguments)
        for task in left:
            yield work(means, task)


@contextmanager
def pool(processes: int) -> Iterator[Executor | None]:
    """So many worker processes, which end with this one; None where this process itself is enough.

    They begin as copies of this process where that is safe, so that what it knows they know.
    """
    if processes <= 1:
        keep_memory()
        yield None
        return
    from concurrent.futures import ProcessPoolExecutor

    workers = ProcessPoolExecutor(processes, _context(), initializer=_begin_worker)
    try:
        yield workers
    except BaseException:
        workers.shutdown(cancel_futures=True)
        raise
    workers.shutdown(wait=False)  # nothing is left to be done: they end while this process goes on


_WITH_THREADS = ("highspy", "polars", "pyarrow")
"""Libraries that keep threads of their own: a copy of this process would wait for ever for those that it
has not."""


def _context() -> BaseContext:
    """How workers begin: as copies only where no library of this process has threads."""
    is_safe = sys.platform.startswith("linux") and not any(name in sys.modules for name in _WITH_THREADS)
    return multiprocessing.get_context("fork" if is_safe else "spawn")


def results(
    executor: Executor | None, task: Callable[..., Result], calls: Iterable[tuple[Any, ...]]
) -> Iterator[Result]:
    """What a task returns for each call, in the order of the calls; with an executor all are begun at once.

    Where its workers are lost, this process does what is left: a task may be done twice.
    """
    calls = list(calls)
    futures: list[Future[Result]] = []
    if executor is not None:
        with suppress(BrokenExecutor):
            futures.extend(executor.submit(task, *call) for call in calls)
    return _in_order_of(calls, futures, task)


def _in_order_of(
    calls: Sequence[tuple[Any, ...]], futures: Sequence[Future[Result]], task: Callable[..., Result]
) -> Iterator[Result]:
    done = 0
    try:
        for future in futures:
            yield future.result()
            done += 1
    except BrokenExecutor:
        pass
    for call in calls[done:]:
        yield task(*call)


def _pooled(
    work: Callable[[Means, Task], Result],
    tasks: Sequence[Task],
    make: Callable[..., Means],
    arguments: tuple[Any, ...],
    processes: int,
) -> Iterator[Result]:
    if processes <= 1 or len(tasks) <= 1:
        return
    import concurrent.futures

    processes = min(processes, len(tasks))
    chunk = max(1, len(tasks) // (_CHUNKS * processes))
    with concurrent.futures.ProcessPoolExecutor(
        processes, _context(), initializer=_begin, initargs=(work, make, arguments)
    ) as pool:
        yield from pool.map(_do, tasks, chunksize=chunk)


_work: list[Callable[[Any], Any]] = []
"""In a worker, what it does with a task."""


def _begin(
    work: Callable[[Means, Task], Result], make: Callable[..., Means], arguments: tuple[Any, ...]
) -> None:
    """Makes this process a worker that has its work."""
    _stay_with_parent()
    gc.disable()
    _work[:] = [partial(work, make(*arguments))]


def _begin_worker() -> None:
    _stay_with_parent()
    keep_memory()


_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of glibc's mallopt
_KEPT_BYTES = 1 << 28


def keep_memory() -> None:
    """Has this process keep memory that it gave back: where arrays of a megabyte come and go, asking the
    system for each of them anew takes longer than what is done with them."""
    with suppress(OSError, AttributeError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, _KEPT_BYTES)
        mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)


def _stay_with_parent() -> None:
    """Makes this process a worker: it leaves interrupts to the one that started it, and goes with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    """Ends this process once the one that started it is gone: without it, workers wait for ever."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _do(task: Any) -> Any:
    return _work[0](task)
