"""Documents that show what a shell session says: run, compared, and written anew.

A block of `sh` is run and must end with status 0. A block of `console` has commands after `$ ` (their further
lines after `> `), each with all that it prints below it; a command that ends otherwise than with status 0 must
be followed by `$ echo $?`. What is said of progress (`… `) is left out. All blocks of a document are one
session. Fingerprints differ from version to version, numbers of keys and times of signing from time to time: any is as good as
any other, as long as one in the document is one in the session throughout.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

_BLOCK = re.compile(r"^```(sh|console)\n(.*?)^```$", flags=re.S | re.M)
_COMMAND = re.compile(r"^\$ (.*(?:\n> .*)*)\n?((?:(?!\$ ).*\n)*)", flags=re.M)
_PROGRESS = re.compile(r"^… .*\n", flags=re.M)
_FINGERPRINT = re.compile(
    r"(?<!\.)\b(?:[0-9a-f]{4}(?: [0-9a-f]{4}){3}|[0-9a-f]{16}|[0-9a-f]{64})\b|(?<=key )[A-Z2-7]{8}\b|(?<=given: )[A-Z2-7]{8}\b"
    r"|(?<=certificate )[A-Z2-7]{8}\b|\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC|(?<=good from )[-\d]+ to [-\d]+"
)


class Step(NamedTuple):
    """A command (or a block of them), what the document shows below it, and where that stands in the text;
    `shown` is None where nothing is shown."""

    command: str
    shown: str | None
    start: int
    end: int


class Ran(NamedTuple):
    """A step as it went: what it printed on both streams, its status."""

    step: Step
    printed: str
    status: int


def steps(text: str) -> Iterator[Step]:
    """The steps of a document, in order."""
    for block in _BLOCK.finditer(text):
        if block[1] == "sh":
            yield Step(block[2], None, *block.span(2))
        else:
            for found in _COMMAND.finditer(block[2]):
                start, end = (block.start(2) + at for at in found.span(2))
                yield Step(found[1].replace("\n> ", "\n"), found[2], start, end)


def played(text: str, folder: Path, environment: Mapping[str, str]) -> Iterator[Ran]:
    """The steps of a document, run in a folder one after the other."""
    state, status = folder / ".state", 0
    state.write_text(str(folder))
    called: dict[str, str] = {}
    for step in steps(text):
        command = _renamed(step.command, called)
        before = "set -e" if step.shown is None else f"(exit {status})"
        script = f"trap 'pwd > \"{state}\"' EXIT\n{before}\n{command}"
        done = subprocess.run(
            ["sh", "-c", script],
            cwd=state.read_text().strip(),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        status, printed = done.returncode, _PROGRESS.sub("", done.stdout)
        pairs = zip(_FINGERPRINT.findall(step.shown or ""), _FINGERPRINT.findall(printed), strict=False)
        called = {**dict(pairs), **called}
        yield Ran(step, _renamed(printed, {now: then for then, now in called.items()}), status)


def _renamed(text: str, names: Mapping[str, str]) -> str:
    """A text with other fingerprints in place of those that have another name."""
    return _FINGERPRINT.sub(lambda found: names.get(found[0], found[0]), text)


def rewritten(text: str, ran: list[Ran]) -> str:
    """The document with what was printed in place of what it shows."""
    for step, printed, _ in reversed(ran):
        if step.shown is not None:
            text = text[: step.start] + printed + text[step.end :]
    return text
