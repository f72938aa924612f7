"""Blueprints tried while somebody writes: by a process of their own, one at a time, so that no page waits.

A trial that takes longer than a moment goes on by itself, and the page asks again. It is given up, wherever
it stands, as soon as its writer has written on and nobody else waits for the same; and ended where it takes
too long. The process goes where nobody has tried anything for a while.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import OrderedDict, deque
from contextlib import suppress
from pathlib import Path
from threading import Condition, Event, Thread
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
"""Seconds that a trial may take."""
IDLE = 300.0
"""Seconds after which the process goes that nobody needs."""
_MOST_KEPT = 32


class Came(NamedTuple):
    """What came of a trial; whether it took too long, and only what the bank has is known."""

    tried: BlueprintTrial
    is_too_long: bool = False


class _Trial:
    """A text that somebody waits for."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.users: set[int] = set()
        self.is_given_up = False
        self.done = Event()
        self.came = Came(BlueprintTrial({}))


class Trials:
    """The trials of one process of the site."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._kept: OrderedDict[str, _Trial] = OrderedDict()
        self._last: dict[int, str] = {}
        self._waiting: deque[_Trial] = deque()
        self._running: _Trial | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: Thread | None = None

    def ask(self, asked: Asked, key: str, user: int) -> Came | None:
        """What came of it; None where it is still under way."""
        with self._changed:
            self._leave(user, key)
            self._last[user] = key
            one = self._kept.get(key)
            if one is None:
                one = self._kept[key] = _Trial(asked)
                self._waiting.append(one)
            one.users.add(user)
            self._kept.move_to_end(key)
            while len(self._kept) > _MOST_KEPT:
                self._give_up(next(iter(self._kept)))
            if self._thread is None:
                self._thread = Thread(target=self._work, name="trials", daemon=True)
                self._thread.start()
            self._changed.notify()
        return one.came if one.done.wait(MOMENT) else None

    def _leave(self, user: int, key: str) -> None:
        """Whoever asks for another text waits for the one before no more."""
        before = self._last.get(user)
        if before is None or before == key or before not in self._kept:
            return
        one = self._kept[before]
        one.users.discard(user)
        if not one.users and not one.done.is_set():
            self._give_up(before)

    def _give_up(self, key: str) -> None:
        one = self._kept.pop(key)
        one.is_given_up = True
        if one in self._waiting:
            self._waiting.remove(one)
        if one is self._running and self._process is not None:
            self._process.kill()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    if not self._changed.wait(IDLE):
                        self._end()
                one = self._running = self._waiting.popleft()
                process = self._started()
            came = _tried(process, one)
            with self._changed:
                self._running = None
                if came is None or process.poll() is not None:
                    self._end()
                one.came = came or Came(BlueprintTrial({}, refusal=Refused(_BROKEN)))
                if (
                    came is None and not one.is_given_up
                ):  # the machine's fault, or ours: it may be asked again
                    self._kept = OrderedDict((key, two) for key, two in self._kept.items() if two is not one)
                one.done.set()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "examgen.site.blueprints.trying"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            for pipe in (self._process.stdin, self._process.stdout):
                with suppress(OSError):
                    pipe.close()  # type: ignore[union-attr] # both were asked for
            self._process.wait()
            self._process = None


_BROKEN = tell("the trial was interrupted. Continue editing, or try it again.")


def _tried(process: subprocess.Popen[bytes], one: _Trial) -> Came | None:
    """What the process says; None where it ended without saying anything."""
    assert process.stdin is not None
    assert process.stdout is not None
    counts: BlueprintTrial | None = None
    try:
        pickle.dump(one.asked, process.stdin)
        process.stdin.flush()
        counts = pickle.load(process.stdout)
        return Came(pickle.load(process.stdout))
    except (OSError, EOFError, pickle.UnpicklingError):
        if counts is None or one.is_given_up:
            return None
        return Came(counts, is_too_long=True)


_trials = Trials()


def trial(blueprint: Blueprint, text: str, name: str, user: int) -> Came | None:
    """What came of the text of a blueprint; None where it is still under way."""
    key = sha256(f"{name}\0{text}\0{_state(blueprint.units)}".encode())
    return _trials.ask(Asked(workspace(), name, text, LONGEST), key, user)


def _state(units: tuple[str, ...]) -> str:
    """What tells whether a unit has changed since."""
    folders = unit_folders()
    files: list[Path] = []
    for code in units:
        if code in folders:
            files += [*sorted(folders[code].glob("*.*")), *sorted(folders[code].glob("items/*.yaml"))]
    stamps = [(path.name, stamp_of(path)) for path in files]
    return f"{workspace()}{stamps}"
