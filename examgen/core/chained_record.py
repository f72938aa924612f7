"""A record of which every line is sealed and names the one before it: a line of JSON for each act.

    {"n": 2, …, "previous": "…", "seal": "…"}

`n` counts from 1, `previous` is the SHA-256 of the line before (empty in the first), `seal` that of all else
in the line. A line that was changed, taken out or put in is found by that; lines that were cut off at the end
are missed only by whoever keeps the SHA-256 of the last one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

from examgen.core.problems import Problem, Refused
from examgen.core.storage import read_input, sha256
from examgen.core.words import Message, tell


class ChainedAct(Protocol):
    """What a line says."""

    @property
    def n(self) -> int:
        """Its number."""

    @property
    def previous(self) -> str:
        """The SHA-256 of the line before it."""

    @property
    def line(self) -> bytes:
        """As it is written."""


Act = TypeVar("Act", bound=ChainedAct)


def sealed_line(said: Mapping[str, Any]) -> bytes:
    """A line of the record: what it says, and its seal."""
    seal = sha256(json.dumps(said, ensure_ascii=False).encode())
    return json.dumps({**said, "seal": seal}, ensure_ascii=False).encode() + b"\n"


def read_chain(
    path: Path, read: Callable[[dict[str, Any]], Act], changed: Message, code: str = "record-changed"
) -> tuple[Act, ...]:
    """The acts of a record, the first first. `read` makes one of what a line says, and raises ValueError,
    TypeError or KeyError where it says anything else; `changed` is what is said of a record that is not as it
    was written: Refused, with the line, under that code."""
    found: list[Act] = []
    previous = ""
    for n, line in enumerate(read_input(path).splitlines(keepends=True), 1):
        act: Act | None = None
        try:
            said = json.loads(line)
            del said["seal"]
            act = read(said)
        except (ValueError, TypeError, KeyError):
            pass
        if act is None or act.n != n or act.previous != previous or act.line != line:
            message = tell("is not the line that was written: put the record back from a copy")
            raise Refused(changed, [Problem(f"{path.name}:{n}", code, message)])
        found.append(act)
        previous = sha256(line)
    return tuple(found)
