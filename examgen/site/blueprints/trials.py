"""Trials of blueprints while they are edited, each in a process of its own, so that no page waits.

A trial that takes longer than `MOMENT` continues in the background, and the page asks again. It is ended as
soon as its user has changed the text and nobody else waits for it, or if it takes too long.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections import OrderedDict
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from examgen.assembly.blueprints import blueprint_of
from examgen.assembly.drafts import BlueprintTrial, counted, tried
from examgen.core.files import sha256
from examgen.core.models.blueprint import Blueprint
from examgen.core.problems import ExamgenError, Refused
from examgen.core.readings import stamp_of
from examgen.core.words import tell
from examgen.site.workspace import unit_folders, workspace

MOMENT = 0.7
"""Seconds that a page waits for a trial."""
LONGEST = 30
"""The maximum duration of a trial, in seconds."""
_MOST_KEPT = 32
_BROKEN = tell("the trial was interrupted. Continue editing, or try it again.")
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__])


class Asked(NamedTuple):
    """A blueprint to try: the workspace, its name, its text, and the time limit in seconds."""

    workspace: Path
    name: str
    text: str
    seconds: int = LONGEST


class Came(NamedTuple):
    """The result of a trial. If `is_too_long`, it contains only the counts of items in the bank."""

    tried: BlueprintTrial
    is_too_long: bool = False


def _work(asked: Asked, answers: Connection) -> None:
    """Sends what the bank has for a blueprint, then the result of the trial. SIGALRM ends the process if that
    takes too long."""
    os.environ["OMP_NUM_THREADS"] = "1"
    signal.alarm(asked.seconds)
    try:
        blueprint, document = blueprint_of(asked.text, f"{asked.name}.yaml", asked.workspace / "item_bank")
        answers.send(counted(blueprint, asked.workspace))
        came = tried(blueprint, document, asked.workspace)
    except ExamgenError as refusal:  # the bank may have changed meanwhile
        came = BlueprintTrial({}, refusal=refusal)
        answers.send(came)
    if came.found is not None:
        came = came._replace(found=came.found._replace(media={}))
    answers.send(came)


class _Trial:
    """A text that somebody waits for."""

    def __init__(self, asked: Asked) -> None:
        self.users: set[int] = set()
        self.came: Came | None = None
        self._counts: BlueprintTrial | None = None
        self._reading = Lock()
        self._answers, sent = _processes.Pipe(duplex=False)
        self.process = _processes.Process(target=_work, args=(asked, sent), daemon=True)
        self.process.start()
        sent.close()

    def wait(self, seconds: float) -> Came | None:
        """Returns the result; None if there is none within these seconds."""
        until = time.monotonic() + seconds
        with self._reading:
            while self.came is None and self._answers.poll(max(0.0, until - time.monotonic())):
                try:
                    answer: BlueprintTrial = self._answers.recv()
                except EOFError:
                    lost = BlueprintTrial({}, refusal=Refused(_BROKEN))
                    self.came = Came(self._counts or lost, is_too_long=self._counts is not None)
                else:
                    self._counts, self.came = answer, Came(answer) if self._counts else None
            return self.came


class Trials:
    """The trials of one server process."""

    def __init__(self) -> None:
        self._changing = Lock()
        self._kept: OrderedDict[str, _Trial] = OrderedDict()
        self._last: dict[int, str] = {}

    def ask(self, asked: Asked, key: str, user: int) -> Came | None:
        """Returns the result of a trial; None while it is running. Starts the trial if it is new, and ends
        the user's previous one if nobody else waits for it."""
        with self._changing:
            before, self._last[user] = self._last.get(user), key
            if before != key and (other := self._kept.get(before or "")) is not None:
                other.users.discard(user)
                if not other.users and other.came is None:
                    self._end(str(before))
            if key not in self._kept:
                self._kept[key] = _Trial(asked)
            one = self._kept[key]
            one.users.add(user)
            self._kept.move_to_end(key)
            while len(self._kept) > _MOST_KEPT:
                self._end(next(iter(self._kept)))
        came = one.wait(MOMENT)
        if came is not None and came.tried.refusal is not None and came.tried.refusal.message is _BROKEN:
            with self._changing:
                self._kept.pop(key, None)  # it can be asked for again
        return came

    def _end(self, key: str) -> None:
        self._kept.pop(key).process.kill()


_trials = Trials()


def trial(blueprint: Blueprint, text: str, name: str, user: int) -> Came | None:
    """Returns the result of a trial of a blueprint; None while it is running."""
    key = sha256(f"{name}\0{text}\0{_state(blueprint.units)}".encode())
    return _trials.ask(Asked(workspace(), name, text), key, user)


def _state(units: tuple[str, ...]) -> str:
    """Returns a text that changes whenever files of the units change."""
    folders = unit_folders()
    files: list[Path] = []
    for code in units:
        if code in folders:
            files += [*sorted(folders[code].glob("*.*")), *sorted(folders[code].glob("items/*.yaml"))]
    stamps = [(path.name, stamp_of(path)) for path in files]
    return f"{workspace()}{stamps}"
