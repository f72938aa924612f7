"""Erasures of persons' data: what was erased in a workspace, and which digest became which by it.

    erasures.jsonl      beside item_bank/, a line for each erasure, chained by hash

    {"n": 1, "time": "…", "by": "…", "reason": "…", "forgotten": ["forgotten-1f6c09aa"],
     "files": {"rewritten": 41, "removed": 9, "renamed": 1},
     "exams": {"output/T": {"package": ["old", "new"], "runs": {"1": ["old", "new"]}, "releases": {…},
               "record": ["old", "new"]}}, "previous": "", "seal": "…"}

Nothing of a person is in it. Where a person is erased files change, and with them the digests that runs,
releases and the record of a sitting are chained by. Fingerprints on paper are those of before: by this
record they are known still.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from examgen.core.chained_record import read_chain, sealed_line
from examgen.core.exam.runs import LEAST_FINGERPRINT
from examgen.core.problems import Problem
from examgen.core.readings import Readings
from examgen.core.storage import sha256
from examgen.core.words import Message, tell

ERASURES = "erasures.jsonl"
TOMBSTONE = "forgotten-"
"""What a tombstone begins with: it stands in the place of the number of an erased person."""
_TOMBSTONE = re.compile(r"forgotten-?[0-9a-f]{8}")


def is_tombstone(number: str) -> bool:
    """Whether a number is that of an erased person, as it is written or as it is compared."""
    return _TOMBSTONE.fullmatch(number) is not None


class Erasure(NamedTuple):
    """A line of the record: who was erased, as tombstones, by whom and why; how many files it took; by exam
    the digests of before and after."""

    n: int
    time: str
    by: str
    reason: str
    forgotten: tuple[str, ...]
    files: Mapping[str, int]
    exams: Mapping[str, Mapping[str, Any]]
    previous: str = ""

    @property
    def line(self) -> bytes:
        """As it is written."""
        said = {**self._asdict(), "forgotten": [*self.forgotten]}
        return sealed_line(said)

    @property
    def digest(self) -> str:
        """What the next line names, and the fingerprint of all erasures up to this one."""
        return sha256(self.line)

    @property
    def day(self) -> str:
        """The day of it."""
        return self.time[:10]

    def pairs(self, exam: str) -> Iterator[tuple[str, str, str]]:
        """What each pair of digests of an exam is of, the digest of before, and that of after."""
        said = self.exams.get(exam, {})
        for what in ("package", "record"):
            if what in said:
                yield (what, *said[what])
        for what, name in (("run", "runs"), ("release", "releases")):
            for number, (old, new) in said.get(name, {}).items():
                yield f"{what} {number}", old, new


class RenewedFingerprint(NamedTuple):
    """A fingerprint of before an erasure: what it is of, the erasure, the digest of today."""

    what: str
    erasure: Erasure
    digest: str


def words_of(what: str) -> Message:
    """What a digest is of, as people call it."""
    kind, _, number = what.partition(" ")
    if kind == "run":
        return tell("run {n}", n=number)
    if kind == "release":
        return tell("release {n}", n=number)
    return tell("the package as it is printed") if kind == "package" else tell("the record of the sitting")


_read = Readings[tuple[Erasure, ...]](16)


def erasures_in(workspace: Path) -> tuple[Erasure, ...]:
    """The erasures of a workspace, the first first. Raises Refused, with the line, where the record is not
    as it was written."""
    path = workspace / ERASURES
    return _read.of(path, [path], lambda: _erasures(path)) if path.is_file() else ()


def _erasures(path: Path) -> tuple[Erasure, ...]:
    def read(said: dict[str, Any]) -> Erasure:
        return Erasure(**{**said, "forgotten": tuple(said["forgotten"])})

    changed = tell("the record of erasures was changed")
    return read_chain(path, read, changed, "erasures-changed")


def place_of(exam: Path) -> tuple[Path, str] | None:
    """The workspace whose record of erasures an exam belongs to, and the path of the exam in it; None where
    nothing was erased."""
    resolved = exam.resolve()
    for above in resolved.parents:
        if (above / ERASURES).is_file():
            return above, resolved.relative_to(above).as_posix()
    return None


def erasures_of(exam: Path) -> tuple[str, list[Erasure]]:
    """The path of an exam in its workspace, and the erasures that touched it. Raises Refused where their
    record is not as it was written."""
    place = place_of(exam)
    if place is None:
        return "", []
    workspace, name = place
    return name, [one for one in erasures_in(workspace) if name in one.exams]


def renewed(exam: Path, fingerprint: str) -> RenewedFingerprint | None:
    """What became of a fingerprint of an exam by erasures; None where it is of none before them."""
    name, erasures = erasures_of(exam)
    found: RenewedFingerprint | None = None
    wanted = fingerprint
    for one in erasures:
        for what, old, new in one.pairs(name):
            if len(wanted) >= LEAST_FINGERPRINT and old.startswith(wanted):
                found = RenewedFingerprint(what, found.erasure if found else one, new)
                wanted = new
                break
    return found


def check_erasures(exam: Path, digests: Mapping[str, str]) -> list[Problem]:
    """What the record of erasures says of an exam and the exam is not: `digests` are those of today, by what
    they are of."""
    name, erasures = erasures_of(exam)
    last: dict[str, str] = {}
    for one in erasures:
        last |= {what: new for what, _, new in one.pairs(name) if what.startswith(("run", "release"))}
    return [
        Problem(
            f"{ERASURES}",
            "erasure-differs",
            tell(
                "says that {what} is {digest}, and it is not: one of the two was written anew",
                what=words_of(what),
                digest=digest[:16],
            ),
        )
        for what, digest in last.items()
        if digests.get(what) != digest
    ]


def forgotten_in(erasures: Sequence[Erasure]) -> int:
    """How many persons were erased."""
    return len({one for erasure in erasures for one in erasure.forgotten})
