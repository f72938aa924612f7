"""Files that a user names → their bytes, and a way to say what is being done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from examgen import yamlfile
from examgen.problems import Problem, Refused, WrongUsage
from examgen.storage import MOST_MEGABYTES, read_input
from examgen.yamlfile import Document, parse

Progress = Callable[[str], None]


def quiet(message: str) -> None:
    """Progress that nobody wants to see."""


def read_files(paths: Sequence[Path], most_megabytes: int = MOST_MEGABYTES) -> list[tuple[str, bytes]]:
    """Name and content of every file; every one that cannot be read is named."""
    problems: list[Problem] = []
    contents: list[tuple[str, bytes]] = []
    for path in paths:
        try:
            contents.append((str(path), read_input(path, most_megabytes)))
        except OSError as error:
            problems.append(Problem(str(path), "file-unreadable", f"cannot be read: {error.strerror}"))
    if problems:
        raise WrongUsage("not every file can be read", problems)
    return contents


def read_document(path: Path, what: str) -> Document:
    """A YAML file that somebody wrote, called `what` in messages; `Refused` where it is none."""
    [(source, data)] = read_files([path], yamlfile.MOST_MEGABYTES)
    try:
        document, problems = parse(data.decode("utf-8-sig"), source)
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 text (byte {error.start}): {what} must be a YAML file"
        raise Refused(f"{what} cannot be read", [Problem(source, "encoding", message)]) from error
    if problems:
        raise Refused(f"{what} cannot be read", problems)
    return document
