"""One chained record of acts: appended to, read, verified. An append is the commit of what an act names.

    {"n": 2, "before": "…", "time": "2026-12-20T12:04:31+07:00", "by": "…", "act": "…", …, "digest": "…"}

`n` counts from 1; `before` is the digest of the line before, empty in the first; `digest` is the SHA-256 of
all that the line says before it. Its first figures are the fingerprint of the act, for the minutes. A line
that was changed is found by its digest; one that was taken out, put in or moved by the line after it. What
was cut off at the end, or written anew from some line on, is found by whoever knows the fingerprint of an
act that is no longer there. A line without its end was being written when the process was killed: it never
happened, and the next append removes it.
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
"""Hexadecimal figures of a fingerprint that are printed; more of the digest may be kept and asked for."""


class Act(NamedTuple):
    """A line of a record: its number, the digest of the line before, its own digest, and what it says."""

    n: int
    before: str
    digest: str
    what: Mapping[str, Any]


class Added(NamedTuple):
    """Acts that a record is to get: the lines to write behind the first `after` bytes."""

    acts: list[Act]
    after: int
    lines: bytes


def check_kinds(said: object, texts: Iterable[str], numbers: Iterable[str]) -> None:
    """Raises TypeError where one of these fields is no text, or no whole number: nobody wrote it so."""
    for names, kind in ((texts, str), (numbers, int)):
        if wrong := [name for name in names if type(getattr(said, name)) is not kind]:
            raise TypeError(wrong)


def fingerprint_of(digest: str) -> str:
    """What people copy of a digest: figures in groups of four; nothing of no digest."""
    return " ".join(digest[at : at + 4] for at in range(0, min(FIGURES, len(digest)), 4))


def plain_fingerprint(text: str) -> str:
    """A fingerprint as it was written down, without blanks. Raises WrongUsage where it is none."""
    plain = "".join(arabic_digits(text).split()).lower()
    if not FIGURES <= len(plain) <= 64 or set(plain) - set("0123456789abcdef"):
        raise WrongUsage(
            tell(
                "{text!r} is not a fingerprint. Write at least the first {figures} "
                "characters (0–9, a–f) that examgen printed, with or without spaces. "
                "{command} lists the fingerprints here.",
                text=text,
                figures=FIGURES,
                command=command("verify"),
            )
        )
    return plain


def now() -> str:
    """The moment, as a record has it."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def read(path: Path, make: Callable[[Act], T]) -> tuple[T, ...]:
    """What `make` makes of each act, the first act first; nothing without a record.

    Raises Refused, with the line, where the record is not as it was written. `make` raises ValueError,
    TypeError or KeyError where a line says anything that examgen does not write.
    """
    if not os.path.lexists(path):
        return ()
    if not path.is_file():
        message = tell("is not a file. Restore the record from a backup.")
        raise Refused(tell("the record was changed"), [Problem(path.name, "record-changed", message)])
    return _readings.of((path, make), [path], lambda: tuple(_read(path, make)))


def read_acts(path: Path) -> tuple[Act, ...]:
    """The acts as they are."""
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
            raise Refused(tell("the record was changed"), [problem]) from None
        yield made
        before = digest


def added(path: Path, whats: Iterable[Mapping[str, Any]]) -> Added:
    """Further acts, each chained to the one before; the caller holds the folder."""
    there = read_acts(path)
    before = there[-1].digest if there else ""
    acts, lines = list[Act](), list[bytes]()
    for n, what in enumerate(whats, len(there) + 1):
        try:
            said = json.dumps({"n": n, "before": before, **what}, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            message = tell("The record accepts only UTF-8 text. Type names and reasons again.")
            raise WrongUsage(message) from None
        digest = sha256(said)
        acts.append(Act(n, before, digest, what))
        lines.append(_with(said, digest) + b"\n")
        before = digest
    return Added(acts, read_input(path).rfind(b"\n") + 1 if path.is_file() else 0, b"".join(lines))


def _with(said: bytes, digest: str) -> bytes:
    """A line: what it says, closed by its digest."""
    return said[:-1] + f', "digest": "{digest}"}}'.encode()


def append(path: Path, whats: Iterable[Mapping[str, Any]]) -> list[Act]:
    """Puts acts on record, all of them in one write. Files that they name are in their places before."""
    with changing(path.parent):
        new = added(path, whats)
        put(path, new)
    return new.acts


def put(path: Path, new: Added) -> None:
    """Writes further acts, which are on record with that; the caller holds the folder."""
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
