"""Files that a user names → their bytes, and a way to say what is being done."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from examgen.core import yamlfile
from examgen.core.problems import Problem, Refused, WrongUsage, system_words
from examgen.core.storage import MOST_MEGABYTES, read_input
from examgen.core.words import tell
from examgen.core.yamlfile import Document, parse

Progress = Callable[[str], None]
MANY_ITEMS = 1000
"""Items with which people wait longer than two seconds, and are told for what."""
MANY_BYTES = 1_000_000
"""Of a file of items that takes longer than a second to read."""


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
            problems.append(
                Problem(
                    str(path),
                    "file-unreadable",
                    tell("cannot be read: {strerror}", strerror=system_words(error)),
                )
            )
    if problems:
        raise WrongUsage(tell("some files cannot be read"), problems)
    return contents


def named(refused: Refused, files: Mapping[str, Path]) -> Refused:
    """A refusal of files that lie under other names, told by the names that people know."""
    problems = [*refused.problems]
    for name, path in files.items():
        problems = [one._replace(source=one.source.replace(str(path), name)) for one in problems]
    return Refused(refused.message, problems)


def read_document(path: Path, what: str) -> Document:
    """A YAML file that somebody wrote, called `what` in messages; `Refused` where it is none."""
    [(source, data)] = read_files([path], yamlfile.MOST_MEGABYTES)
    try:
        document, problems = parse(data.decode("utf-8-sig"), source)
    except UnicodeDecodeError as error:
        message = tell(
            "is not UTF-8 text (byte {start}), but {what} must be a YAML file", start=error.start, what=what
        )
        raise Refused(
            tell("{what} cannot be read", what=what), [Problem(source, "encoding", message)]
        ) from error
    if problems:
        raise Refused(tell("{what} cannot be read", what=what), problems)
    return document


_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
"""What Windows takes for a device, not a file."""


class FileNames:
    """Names of files for ids and centres: no two alike, none that leaves its folder."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, text: str) -> str:
        """A name that no other has been given."""
        # vowels and tones above and below Thai letters are none of \w
        plain = re.sub(r"[^\w\u0e31-\u0e4e.-]+", "_", text).strip("._")[:80] or "_"
        if _DEVICE.fullmatch(plain):
            plain = f"{plain}_"
        name, n = plain, 2
        while name.casefold() in self._taken:
            name, n = f"{plain}-{n}", n + 1
        self._taken.add(name.casefold())
        return name
