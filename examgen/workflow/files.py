"""Files that a user names → their bytes, and a way to say what is being done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from examgen.problems import Problem, WrongUsage

Progress = Callable[[str], None]


def quiet(message: str) -> None:
    """Progress that nobody wants to see."""


def read_files(paths: Sequence[Path]) -> list[tuple[str, bytes]]:
    """Name and content of every file; every one that cannot be read is named."""
    problems: list[Problem] = []
    contents: list[tuple[str, bytes]] = []
    for path in paths:
        try:
            contents.append((str(path), path.read_bytes()))
        except OSError as error:
            problems.append(Problem(str(path), "file-unreadable", f"cannot be read: {error.strerror}"))
    if problems:
        raise WrongUsage("not every file can be read", problems)
    return contents
