"""One function over many tasks → its results in the order of the tasks, from several processes where told.

Whatever the number of processes, and whatever way the system starts them, the results are the same: what
crosses to another process is named at the top of a module, or plain data.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
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
        processes, initializer=_begin, initargs=(work, make, arguments)
    ) as pool:
        yield from pool.map(_do, tasks, chunksize=chunk)


_work: list[Callable[[Any], Any]] = []
"""In a worker, what it does with a task."""


def _begin(
    work: Callable[[Means, Task], Result], make: Callable[..., Means], arguments: tuple[Any, ...]
) -> None:
    """Makes this process a worker: it leaves interrupts to the one that started it, and goes with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    gc.disable()
    _work[:] = [partial(work, make(*arguments))]


def _leave_with_parent() -> None:
    """Ends this process once the one that started it is gone: without it, workers wait for ever."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _do(task: Any) -> Any:
    return _work[0](task)
