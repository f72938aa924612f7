"""Ends a process if its parent is killed, so that no orphan holds a port or takes jobs."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

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
