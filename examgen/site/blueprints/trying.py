"""`python -m examgen.site.blueprints.trying`: tries blueprints, one after the other, for the process that
started it, and ends with it. What it reads and writes are pickles of that process alone."""

from __future__ import annotations

import os
import pickle
import signal
import sys
from pathlib import Path
from typing import IO, NamedTuple

from examgen.assembly.blueprints import blueprint_of
from examgen.assembly.drafts import BlueprintTrial, counted, tried
from examgen.core.problems import ExamgenError
from examgen.site.lifeline import end_with_parent


class Asked(NamedTuple):
    """A text to be tried, the name of its blueprint, the workspace, and the seconds that it may take."""

    workspace: Path
    name: str
    text: str
    seconds: int


def serve(asked: IO[bytes], answers: IO[bytes]) -> None:
    """For each text first what the bank has, then what came of it; the system ends what takes too long."""
    while True:
        try:
            one: Asked = pickle.load(asked)
        except EOFError:
            return
        _limit(one.seconds)
        try:
            blueprint, document = blueprint_of(one.text, f"{one.name}.yaml", one.workspace / "item_bank")
            _say(answers, counted(blueprint, one.workspace))
            came = tried(blueprint, document, one.workspace)
        except ExamgenError as refusal:  # the bank was changed meanwhile
            came = BlueprintTrial({}, refusal=refusal)
            _say(answers, came)
        if came.found is not None:
            came = came._replace(found=came.found._replace(media={}))
        _say(answers, came)
        _limit(0)


def _say(answers: IO[bytes], came: BlueprintTrial) -> None:
    pickle.dump(came, answers)
    answers.flush()


def _limit(seconds: int) -> None:
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


if __name__ == "__main__":
    end_with_parent(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    with os.fdopen(os.dup(1), "wb") as own:
        os.dup2(2, 1)  # what a library prints is no answer
        serve(sys.stdin.buffer, own)
