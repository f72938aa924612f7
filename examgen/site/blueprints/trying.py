"""`python -m examgen.site.blueprints.trying`: a process that tries blueprints, one after the other.

It ends with the process that started it. It reads pickles from that process only, and writes its answers as
pickles.
"""

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

IDLE = 300
"""Seconds after which an unused process ends."""


class Asked(NamedTuple):
    """A blueprint to try: the workspace, its name, its text, and the time limit in seconds."""

    workspace: Path
    name: str
    text: str
    seconds: int


def serve(asked: IO[bytes], answers: IO[bytes]) -> None:
    """Answers each blueprint twice: with what the bank has for it, then with the result of the trial.

    SIGALRM ends the process if a trial takes too long, or if there has been none for a while.
    """
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
        except ExamgenError as refusal:  # the bank may have changed meanwhile
            came = BlueprintTrial({}, refusal=refusal)
            _say(answers, came)
        if came.found is not None:
            came = came._replace(found=came.found._replace(media={}))
        _say(answers, came)
        _limit(IDLE)


def _say(answers: IO[bytes], came: BlueprintTrial) -> None:
    pickle.dump(came, answers)
    answers.flush()


def _limit(seconds: int) -> None:
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


if __name__ == "__main__":
    end_with_parent(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    with os.fdopen(os.dup(1), "wb") as own:
        os.dup2(2, 1)  # keeps what a library prints out of the answers
        serve(sys.stdin.buffer, own)
