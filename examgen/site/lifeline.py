"""A process that ends where the one that started it is killed: none holds a port or takes jobs unwatched."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def end_with_parent(number: int = signal.SIGTERM) -> None:
    """Has the system send this process a signal when its parent ends; Linux alone knows how.

    Elsewhere the service manager ends what is left over (systemd does so on Linux, too).
    """
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:  # it had ended before
        os.kill(os.getpid(), number)
