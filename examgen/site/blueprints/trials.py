"""Trials of blueprints while they are edited, in a separate process, one at a time, so that no page waits.

A trial that takes longer than `MOMENT` continues in the background, and the page asks again. It is cancelled
as soon as its user has changed the text and nobody else waits for it, and ended if it takes too long.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import OrderedDict
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from examgen.assembly.drafts import BlueprintTrial
from examgen.core.files import sha256
from examgen.core.models.blueprint import Blueprint
from examgen.core.problems import Refused
from examgen.core.readings import stamp_of
from examgen.core.words import tell
from examgen.site.blueprints.trying import Asked
from examgen.site.workspace import unit_folders, workspace

MOMENT = 0.7
"""Seconds that a page waits for a trial."""
LONGEST = 30
"""The maximum duration of a trial, in seconds."""
_MOST_KEPT = 32


class Came(NamedTuple):
    """The result of a trial. If `is_too_long`, it contains only the counts of items in the bank."""

    tried: BlueprintTrial
    is_too_long: bool = False


class _Trial:
    """A text that somebody waits for."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.users: set[int] = set()
        self.came: Future[Came] = Future()


class Trials:
    """The trials of one server process."""

    def __init__(self) -> None:
        self._turns = ThreadPoolExecutor(1, "trials")
        self._changing = Lock()
        self._kept: OrderedDict[str, _Trial] = OrderedDict()
        self._last: dict[int, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, asked: Asked, key: str, user: int) -> Came | None:
        """Returns the result of a trial; None while it is running. Starts the trial if it is new, and cancels
        the user's previous one if nobody else waits for it."""
        with self._changing:
            before, self._last[user] = self._last.get(user), key
            if before not in (None, key):
                self._leave(user, str(before))
            one = self._kept.get(key)
            if one is None:
                one = self._kept[key] = _Trial(asked)
                one.came = self._turns.submit(self._tried, key, asked)
            one.users.add(user)
            self._kept.move_to_end(key)
            while len(self._kept) > _MOST_KEPT:
                self._give_up(next(iter(self._kept)))
        with suppress(TimeoutError, CancelledError):
            return one.came.result(MOMENT)
        return None

    def _leave(self, user: int, key: str) -> None:
        """Stops waiting for a trial on behalf of a user. Cancels it if nobody else waits for it."""
        one = self._kept.get(key)
        if one is not None:
            one.users.discard(user)
            if not one.users and not one.came.done():
                self._give_up(key)

    def _give_up(self, key: str) -> None:
        one = self._kept.pop(key)
        if not one.came.cancel() and not one.came.done() and self._process is not None:
            self._process.kill()

    def _tried(self, key: str, asked: Asked) -> Came:
        """Returns the answer of the process. If it ended without one, the trial can be requested again."""
        process, counts = self._started(), None
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            pickle.dump(asked, process.stdin)
            process.stdin.flush()
            counts = pickle.load(process.stdout)
            return Came(pickle.load(process.stdout))
        except (OSError, EOFError, pickle.UnpicklingError):
            self.end()
            if counts is not None:
                return Came(counts, is_too_long=True)
            with self._changing:
                self._kept.pop(key, None)
            return Came(BlueprintTrial({}, refusal=Refused(_BROKEN)))

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.end()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "examgen.site.blueprints.trying"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
        return self._process

    def end(self) -> None:
        """Ends the process, if there is one."""
        if self._process is not None:
            self._process.kill()
            with suppress(OSError):  # what it was still to be told
                self._process.communicate()
            self._process = None


_BROKEN = tell("the trial was interrupted. Continue editing, or try it again.")


_trials = Trials()


def trial(blueprint: Blueprint, text: str, name: str, user: int) -> Came | None:
    """Returns the result of a trial of a blueprint; None while it is running."""
    key = sha256(f"{name}\0{text}\0{_state(blueprint.units)}".encode())
    return _trials.ask(Asked(workspace(), name, text, LONGEST), key, user)


def _state(units: tuple[str, ...]) -> str:
    """Returns a text that changes whenever files of the units change."""
    folders = unit_folders()
    files: list[Path] = []
    for code in units:
        if code in folders:
            files += [*sorted(folders[code].glob("*.*")), *sorted(folders[code].glob("items/*.yaml"))]
    stamps = [(path.name, stamp_of(path)) for path in files]
    return f"{workspace()}{stamps}"
