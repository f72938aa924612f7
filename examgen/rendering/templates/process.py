"""A workspace's template, its context and folders → its text, from a process that has little time and memory.

The process is started once and filled in for every page of a printing; when a template has used up what it
may, the process is gone, and the next page gets another.
"""

from __future__ import annotations

import atexit
import json
import os
import pickle
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.words import tell
from examgen.rendering.templates.child import LOADED, is_bounded, received, send
from examgen.rendering.templates.sandbox import MOST_WRITTEN, TemplateSetting, is_template, path_of

SECONDS, MEGABYTES = "EXAMGEN_TEMPLATE_SECONDS", "EXAMGEN_TEMPLATE_MB"
_DEFAULTS = {SECONDS: 5, MEGABYTES: 512}
"""What a template may take for one page: time of the processor, and memory."""

_WAITED = 30
"""For how many times those seconds it is waited where the time of the processor is bounded: it may be busy
with others."""
_MOST_SETTINGS = 16
"""Settings that one process knows, before it makes room."""

_START = "import sys; sys.path[:] = sys.argv[1:]; from examgen.rendering.templates.child import main; main()"
_FRAME = re.compile(r'^  File "(.+)", line (\d+) in ', re.MULTILINE)


Limits = tuple[int, int]
"""Seconds and megabytes."""


class _Died(Exception):
    """The process ended in place of an answer."""


class _Process:
    """A process that fills templates."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self._settings: dict[TemplateSetting, int] = {}
        self._told = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `end`)
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._told,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )

    def has_room(self, setting: TemplateSetting) -> bool:
        """Whether it knows the setting, or may learn it."""
        return setting in self._settings or len(self._settings) < _MOST_SETTINGS

    def filled(
        self, setting: TemplateSetting, name: str, context: Mapping[str, object], limits: Limits
    ) -> Any:
        """What the process answers; raises _Died where the template took more than it may."""
        if setting not in self._settings:
            if self._asked(("setting", setting), 60) is None:
                raise RuntimeError(f"templates cannot be filled: {self.end()}")
            self._settings[setting] = len(self._settings)
        question = ("fill", self._settings[setting], name, dict(context), *limits)
        answer = self._asked(question, limits[0] * (_WAITED if is_bounded() else 1))
        if answer is None:
            raise _Died
        return answer

    def _asked(self, question: tuple[Any, ...], seconds: float) -> Any:
        asked, answers = self._process.stdin, self._process.stdout
        assert asked is not None
        assert answers is not None
        timer = threading.Timer(seconds, self._process.kill)
        timer.start()
        try:
            with suppress(BrokenPipeError):
                send(asked, pickle.dumps(question))
            data = received(answers, 6 * MOST_WRITTEN + 1_000_000)
        finally:
            timer.cancel()
        return json.loads(data) if data else None

    def end(self) -> str:
        """Ends the process; what it said on standard error."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()
        self._process.kill()
        self._process.wait()
        self._told.seek(0)
        with self._told:
            return self._told.read().decode("utf-8", "replace")


_lock = threading.Lock()
_running: list[_Process] = []
"""The process that fills templates, if there is one."""


def filled_in_subprocess(setting: TemplateSetting, name: str, context: Mapping[str, object]) -> str:
    """The template's text; raises Refused as `sandbox.filled`, also where it takes too much."""
    limits = _limit(SECONDS), _limit(MEGABYTES)
    with _lock:
        if _running and _running[0].owner != os.getpid():
            _running.clear()  # that of the process that this one is a copy of
        if _running and not _running[0].has_room(setting):
            _running.pop().end()
        if not _running:
            _running.append(_Process())
        process = _running[0]
        try:
            answer = process.filled(setting, name, context, limits)
        except BaseException as error:  # whatever was under way, the next page begins anew
            _running.clear()
            said = process.end()
            if isinstance(error, _Died):
                place = _place(said, setting) or path_of(name, setting.folders)
                message = tell(
                    "template {place}: it takes more than {limits} seconds, or too much memory",
                    place=place,
                    limits=limits[0],
                )
                raise Refused(message) from None
            raise
    if "text" in answer:
        return str(answer["text"])
    raise Refused(answer["refused"], [Problem(**one) for one in answer["problems"]])


def _limit(name: str) -> int:
    said = os.environ.get(name, "")
    if not said:
        return _DEFAULTS[name]
    if not re.fullmatch("[0-9]{1,6}", said) or not int(said):
        raise WrongUsage(tell("{name} is {said!r}: write a whole number from 1", name=name, said=said))
    return int(said)


@atexit.register
def end() -> None:
    """Ends the process that fills templates; the next page gets another, which reads all files anew."""
    if _running and _running[0].owner == os.getpid():
        _running.pop().end()


def _place(said: str, setting: TemplateSetting) -> str | None:
    """`file, line n` of the innermost template line, by what the process left when it ended."""
    codes = dict(json.loads(line[len(LOADED) :]) for line in said.splitlines() if line.startswith(LOADED))
    for file, line in _FRAME.findall(said):
        if is_template(file, setting.folders):
            pairs = [tuple(map(int, pair.split("="))) for pair in codes.get(file, "").split("&") if pair]
            of = [line_of for line_of, code in pairs if code <= int(line)]
            return tell("{file}, line {of}", file=file, of=of[-1] if of else 1)
    return None
