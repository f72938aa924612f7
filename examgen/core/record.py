"""A chained record of acts: appending, reading and verifying. Appending an act commits what the act names.

    {"n": 2, "before": "…", "time": "2026-12-20T12:04:31+07:00", "by": "…", "act": "…", …, "digest": "…"}

`n` counts from 1. `before` is the digest of the previous line, empty in the first. `digest` is the SHA-256 of
everything before it on the line; its first digits are the fingerprint of the act, for the minutes. A line
that was changed is detected by its digest; one that was removed, inserted or moved, by the line after it. If
lines were cut off at the end, or rewritten from some line on, this is detected by anyone who knows the
fingerprint of an act that is no longer there. A last line without a line end was being written when the
process was killed: it does not count, and the next append removes it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from examgen.core.changes import changing, keep
from examgen.core.files import PRIVATE, read_input, sha256
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.readings import Readings
from examgen.core.text.thai import arabic_digits
from examgen.core.words import command, tell

T = TypeVar("T")
FIGURES = 16
"""The number of hexadecimal digits of a fingerprint that are printed. More digits of the digest are also
accepted."""


class Act(NamedTuple):
    """A line of a record: its number, the digest of the previous line, its own digest, and its other
    content."""

    n: int
    before: str
    digest: str
    what: Mapping[str, Any]


class Added(NamedTuple):
    """Acts to be appended to a record: `lines` is what to write after the first `after` bytes."""

    acts: list[Act]
    after: int
    lines: bytes


def check_kinds(said: object, texts: Iterable[str], numbers: Iterable[str]) -> None:
    """Raises TypeError if one of the fields `texts` is not a string, or one of `numbers` not an integer."""
    for names, kind in ((texts, str), (numbers, int)):
        if wrong := [name for name in names if type(getattr(said, name)) is not kind]:
            raise TypeError(wrong)


def fingerprint_of(digest: str) -> str:
    """Returns a digest as a fingerprint to copy: its first digits in groups of four; empty for an empty
    digest."""
    return " ".join(digest[at : at + 4] for at in range(0, min(FIGURES, len(digest)), 4))


def plain_fingerprint(text: str) -> str:
    """Returns a fingerprint typed by a user, without blanks. Raises WrongUsage if it is not one."""
    plain = "".join(arabic_digits(text).split()).lower()
    if not FIGURES <= len(plain) <= 64 or set(plain) - set("0123456789abcdef"):
        raise WrongUsage.because(
            "{text!r} is not a fingerprint. Write at least the first {figures} "
            "characters (0–9, a–f) that examgen printed, with or without spaces. "
            "{command} lists the fingerprints here.",
            text=text,
            figures=FIGURES,
            command=command("verify"),
        )
    return plain


def now() -> str:
    """Returns the present time in the format of a record."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def read(path: Path, make: Callable[[Act], T]) -> tuple[T, ...]:
    """Returns the result of `make` for each act, oldest first; empty if there is no record.

    Raises Refused, with the line, if the record was altered. `make` should raise ValueError, TypeError or
    KeyError for a line that examgen would not write.
    """
    if not os.path.lexists(path):
        return ()
    if not path.is_file():
        message = tell("is not a file. Restore the record from a backup.")
        raise Refused.because("the record was changed", [Problem(path.name, "record-changed", message)])
    return _readings.of((path, make), [path], lambda: tuple(_read(path, make)))


def read_acts(path: Path) -> tuple[Act, ...]:
    """Returns the acts without converting them."""
    return read(path, _as_it_is)


_readings = Readings[tuple[Any, ...]](64)


def _as_it_is(act: Act) -> Act:
    return act


def _read(path: Path, make: Callable[[Act], T]) -> Iterable[T]:
    before, lines = "", read_input(path).split(b"\n")
    for n, line in enumerate(lines[:-1], 1):
        try:
            what = json.loads(line)
            digest = what.pop("digest")
            if (what.pop("n"), what.pop("before")) != (n, before):
                raise ValueError("does not follow the line before")
            said = line.rpartition(b', "digest"')[0] + b"}"
            if digest != sha256(said) or line != _with(said, digest):
                raise ValueError("is not what its digest is of")
            made = make(Act(n, before, digest, what))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            message = tell("was changed. Restore the record from a backup.")
            problem = Problem(f"{path.name}:{n}", "record-changed", message)
            raise Refused.because("the record was changed", [problem]) from None
        yield made
        before = digest


def added(path: Path, whats: Iterable[Mapping[str, Any]]) -> Added:
    """Returns further acts to append, each chained to the one before. The caller must hold the lock of the
    folder."""
    there = read_acts(path)
    before = there[-1].digest if there else ""
    acts, lines = list[Act](), list[bytes]()
    for n, what in enumerate(whats, len(there) + 1):
        try:
            said = json.dumps({"n": n, "before": before, **what}, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise WrongUsage.because(
                "The record accepts only UTF-8 text. Type names and reasons again."
            ) from None
        digest = sha256(said)
        acts.append(Act(n, before, digest, what))
        lines.append(_with(said, digest) + b"\n")
        before = digest
    return Added(acts, read_input(path).rfind(b"\n") + 1 if path.is_file() else 0, b"".join(lines))


def _with(said: bytes, digest: str) -> bytes:
    """Returns a line of the record: its content, completed with its digest."""
    return said[:-1] + f', "digest": "{digest}"}}'.encode()


def append(path: Path, whats: Iterable[Mapping[str, Any]]) -> list[Act]:
    """Appends acts to the record in a single write. The files that they name must already be in place."""
    with changing(path.parent):
        new = added(path, whats)
        put(path, new)
    return new.acts


def put(path: Path, new: Added) -> None:
    """Writes further acts to the record, which puts them into effect. The caller must hold the lock of the
    folder."""
    if not new.acts:
        return
    file = os.open(path, os.O_WRONLY | os.O_CREAT, PRIVATE)
    try:
        if os.fstat(file).st_size > new.after:
            os.ftruncate(file, new.after)
        os.lseek(file, new.after, os.SEEK_SET)
        try:
            if os.write(file, new.lines) < len(new.lines):
                raise OSError("the disk took a part of the line")
        except OSError:
            os.ftruncate(file, new.after)
            raise
    finally:
        os.close(file)
    keep([path, path.parent])
