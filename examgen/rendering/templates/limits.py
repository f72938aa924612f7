"""Limits of the time and memory that a template of a workspace may use for one page, on systems that
support them: a timer and `setrlimit` for this process while the template is filled.

The timer is set and measured by the same clock. A limit on the total time of the process would be set by
another clock (`getrusage`), and the two drift apart by seconds on a virtual machine that waits for others.
"""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from examgen.core.problems import WrongUsage
from examgen.core.words import tell

try:
    import resource
except ImportError:  # Windows has none
    resource = None  # type: ignore[assignment]

SECONDS, MEGABYTES = "EXAMGEN_TEMPLATE_SECONDS", "EXAMGEN_TEMPLATE_MB"
_DEFAULTS = {SECONDS: 5, MEGABYTES: 512}
"""The default limits of a template for one page: processor time in seconds, and memory in megabytes."""
_TO_REPORT_MB = 64
"""Additional memory in megabytes for reporting that a template has failed."""


class TookTooLong(Exception):
    """Raised if a template exceeds its time limit."""


@contextmanager
def limited() -> Iterator[None]:
    """Limit the processor time and the memory of this process; exceeding them raises TookTooLong and
    MemoryError."""
    seconds, megabytes = _limit(SECONDS), _limit(MEGABYTES)
    if resource is None:
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_AS)[0]
    # only the main thread receives the signal of the timer
    is_main = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGPROF, _too_long) if is_main else None
    try:
        _bound_memory(megabytes)
        if is_main:
            signal.setitimer(signal.ITIMER_PROF, seconds, 1)
        yield
    finally:
        _bound(resource.RLIMIT_AS, before)
        if is_main:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, handler)


def lift() -> None:
    """Allow some more memory for reporting why a template failed."""
    if resource is not None and resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY:
        _bound_memory(_TO_REPORT_MB)


def _too_long(*_: object) -> None:
    raise TookTooLong(tell("it takes more than {seconds} seconds", seconds=_limit(SECONDS)))


def _bound_memory(megabytes: int) -> None:
    """Limit the memory that this process takes in addition to its present address space, on systems that
    report it."""
    assert resource is not None
    with suppress(OSError):
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        _bound(resource.RLIMIT_AS, size + (megabytes << 20))


def _bound(kind: int, most: int) -> None:
    assert resource is not None
    with suppress(ValueError, OSError):  # macOS knows of limits that it does not set
        resource.setrlimit(kind, (most, resource.getrlimit(kind)[1]))


def _limit(name: str) -> int:
    value = os.environ.get(name, "")
    if not value:
        return _DEFAULTS[name]
    if not re.fullmatch("[0-9]{1,6}", value) or not int(value):
        raise WrongUsage.because("{name} is {said!r}. Write a whole number from 1.", name=name, said=value)
    return int(value)
