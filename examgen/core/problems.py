"""Faults as values, and the tree of exceptions with their exit codes.

A fault in a user's file is a `Problem`; stages collect problems and continue. An error that prevents a
command from continuing is an `ExamgenError`, which only the command line catches:

    ExamgenError            1   (base; never raised itself)
    ├── Refused             1   the input is not acceptable, every reason named
    ├── WrongUsage          2   the command was called in a way that makes no sense
    ├── BlueprintNotMet     4   the bank cannot satisfy the blueprint
    └── MissingDependency   5   a library or program is not installed
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Any, ClassVar, Literal, NamedTuple, Self

from examgen import DISTRIBUTION
from examgen.core.words import Language, Message, in_language, joined, tell, tell_n

_IN_TRACEBACK = 5
Severity = Literal["error", "warning", "notice"]


def install(extra: str) -> str:
    """Returns the command that installs an extra of examgen."""
    return f"pip install '{DISTRIBUTION}[{extra}]'"


class Exit(IntEnum):
    """The exit status of a command."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    SET_ASIDE = 3
    NOT_MET = 4
    MISSING_DEPENDENCY = 5
    BUG = 70
    INTERRUPTED = 130


class Problem(NamedTuple):
    """One fault in a user's input.

    `source` is its place (`items/A4011.01.yaml:12`), `code` is stable and in kebab-case, `message` says what
    is wrong and what to write instead. `item` and `field` are set if they apply; `heading` is set if the
    field is a column of a user's table, to the heading in the table.
    """

    source: str
    code: str
    message: Message
    item: str | None = None
    field: str | None = None
    severity: Severity = "error"
    heading: str | None = None

    def as_dict(self) -> dict[str, str | None]:
        """Returns the problem as a JSON object."""
        names = (name for name in self._fields if name != "heading" or self.heading)
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        return self.told("en")

    def told(self, language: Language) -> str:
        """Returns the problem on one line."""
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
    """Returns the operating system's message for an error, translated if it is a known one."""
    said = error.strerror or str(error)
    known = _OF_THE_SYSTEM.get(error.errno or 0)
    return known if known is not None and known == said else joined([said])


class ExamgenError(Exception):
    """The command cannot continue."""

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
        """Additional fields for JSON output."""
        self.advice = tuple(advice)
        """What the user can do, one entry per line."""

    @classmethod
    def because(cls, text: str, problems: Iterable[Problem] = (), /, **values: object) -> Self:
        """Returns the error with the message that `tell` makes of the text and the values."""
        return cls(tell(text, **values), problems)

    def __str__(self) -> str:
        """Returns the message and the first problems, one per line, as shown in a Python traceback."""
        told = str(self.args[0]) if self.args else ""
        more = [str(one) for one in self.problems if str(one.message) not in told]
        rest = [f"… and {len(more) - _IN_TRACEBACK} more in .problems"] if len(more) > _IN_TRACEBACK else []
        return "\n  ".join([told, *more[:_IN_TRACEBACK], *rest])


class Refused(ExamgenError):
    """The input is not acceptable; nothing was written."""


def has_errors(name: object, problems: Sequence[Problem]) -> Refused:
    """Returns a refusal of a file because of its errors."""
    return Refused(
        tell_n("{name} has {n} error", "{name} has {n} errors", len(problems), name=name), problems
    )


class WrongUsage(ExamgenError):
    """The command was called in a way that makes no sense."""

    exit_code = Exit.USAGE


class BlueprintNotMet(ExamgenError):
    """The bank cannot satisfy the blueprint; the problems say what is missing."""

    exit_code = Exit.NOT_MET


class MissingDependency(ExamgenError):
    """A library or program is not installed; the message says how to install it."""

    exit_code = Exit.MISSING_DEPENDENCY
