"""Faults as values, and the tree of exceptions with their exit codes.

A fault in a user's file is a `Problem`; stages collect them and go on. "Cannot go on" is an
`ExamgenError`, which only the command line catches:

    ExamgenError            1   (base; never raised itself)
    ├── Refused             1   the input is not acceptable, every reason named
    ├── WrongUsage          2   the command was called in a way that means nothing
    ├── BlueprintNotMet     4   the bank cannot give what the blueprint asks
    └── MissingDependency   5   a library or program of the machine is not there
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Any, ClassVar, Literal, NamedTuple

from examgen import DISTRIBUTION
from examgen.core.words import Language, Message, in_language, joined, tell, tell_n

_IN_TRACEBACK = 5
Severity = Literal["error", "warning", "notice"]


def install(extra: str) -> str:
    """The command that installs an extra of examgen."""
    return f"pip install '{DISTRIBUTION}[{extra}]'"


class Exit(IntEnum):
    """Exit status of every command."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    SET_ASIDE = 3
    NOT_MET = 4
    MISSING_DEPENDENCY = 5
    BUG = 70
    INTERRUPTED = 130


class Problem(NamedTuple):
    """One fault in what a user gave us.

    `source` says where (`items/A4011.01.yaml:12`), `code` is stable and kebab-case, `message`
    says what is wrong and what to write instead; `item` and `field` are set where they apply, `heading`
    where the field is a column of a user's table: what its writer sees above it.
    """

    source: str
    code: str
    message: Message
    item: str | None = None
    field: str | None = None
    severity: Severity = "error"
    heading: str | None = None

    def as_dict(self) -> dict[str, str | None]:
        """The problem as a JSON object."""
        names = (name for name in self._fields if name != "heading" or self.heading)
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        return self.told("en")

    def told(self, language: Language) -> str:
        """The problem on a line."""
        source, *parts, message = (
            in_language(part, language)
            for part in (self.source, self.item or "", self.heading or self.field or "", self.message)
        )
        where = " ".join(part for part in parts if part)
        return f"{source}: {where + ': ' if where else ''}{message} [{self.code}]"


_OF_THE_SYSTEM = {
    errno.ENOENT: tell("No such file or directory"),
    errno.EACCES: tell("Permission denied"),
    errno.EPERM: tell("Operation not permitted"),
    errno.EISDIR: tell("Is a directory"),
    errno.ENOTDIR: tell("Not a directory"),
    errno.EEXIST: tell("File exists"),
    errno.ENOTEMPTY: tell("Directory not empty"),
    errno.ENOSPC: tell("No space left on device"),
    errno.EROFS: tell("Read-only file system"),
    errno.EFBIG: tell("File too large"),
    errno.ENAMETOOLONG: tell("File name too long"),
    errno.ELOOP: tell("Too many levels of symbolic links"),
    errno.EMFILE: tell("Too many open files"),
    errno.EIO: tell("Input/output error"),
}


def system_words(error: OSError) -> Message:
    """What the operating system says of a file, in the reader's language where it is known."""
    said = error.strerror or str(error)
    known = _OF_THE_SYSTEM.get(error.errno or 0)
    return known if known is not None and known == said else joined([said])


class ExamgenError(Exception):
    """The command cannot go on."""

    exit_code: ClassVar[Exit] = Exit.REFUSED

    def __init__(
        self,
        message: Message,
        problems: Iterable[Problem] = (),
        details: Mapping[str, Any] | None = None,
        advice: Iterable[str] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.problems = tuple(problems)
        self.details = dict(details or {})
        """What JSON output tells besides."""
        self.advice = tuple(advice)
        """What the user may do, a line each."""

    def __str__(self) -> str:
        """The message and the first problems, a line each: what a traceback of Python shows."""
        told = str(self.args[0]) if self.args else ""
        more = [str(one) for one in self.problems if str(one.message) not in told]
        rest = [f"… and {len(more) - _IN_TRACEBACK} more in .problems"] if len(more) > _IN_TRACEBACK else []
        return "\n  ".join([told, *more[:_IN_TRACEBACK], *rest])


class Refused(ExamgenError):
    """The input is not acceptable; nothing was written."""


def has_errors(name: object, problems: Sequence[Problem]) -> Refused:
    """A file that is refused for its errors."""
    return Refused(
        tell_n("{name} has {n} error", "{name} has {n} errors", len(problems), name=name), problems
    )


class WrongUsage(ExamgenError):
    """The command was called in a way that means nothing."""

    exit_code = Exit.USAGE


class BlueprintNotMet(ExamgenError):
    """The bank cannot give what the blueprint asks; the problems say what is lacking."""

    exit_code = Exit.NOT_MET


class MissingDependency(ExamgenError):
    """A library or program of the machine is not there; the message says how to get it."""

    exit_code = Exit.MISSING_DEPENDENCY
