"""Doubts of a scan and the decisions on record → what the gallery asks, and of whom.

A *crop code* names a row of bubbles, or the head of a sheet, by the content of the scan: the SHA-256 of its
source, the page, and the question. It stays the same when scans are added to the folder, and no other scan
has it.
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from examgen.scanning.gallery.decisions import CropDecision, standing

Kind = Literal["mark", "identity"]
Task = Literal["first", "second", "settle"]
TASKS: tuple[Task, ...] = ("first", "second", "settle")

_PLAIN = str.maketrans("ILO", "189")
"""Letters of base32 (A–Z, 2–7) that are taken for figures, and figures that it lacks."""

PageKey = tuple[str, int]
"""Name of the source, and page in it, from 1."""


class ResponseLine(NamedTuple):
    """The row of responses.csv that a page is part of."""

    line: int
    raw: str
    """The row word for word, as `examgen score` compares it."""


@dataclass(frozen=True, slots=True)
class ScannedPage:
    """A page that was read: where it is from, and who it says it is."""

    source: str
    page: int
    sha256: str
    exam: str
    serial: str
    candidate_id: str
    form: str
    rotation: int
    """Degrees clockwise that it must be turned by to stand upright."""
    row: ResponseLine
    reason: str = ""
    """Why it was set aside, as a code; empty where it was not."""
    offers: tuple[str, ...] = ()
    """Candidates whose it may be: offered, never decided."""

    @property
    def key(self) -> PageKey:
        """By which other tables know it."""
        return (self.source, self.page)


ALL_ROWS = "all-rows"
"""State of a row of which the whole page is asked: so many of its rows are in doubt that all are."""


class DoubtBubbles(NamedTuple):
    """The bubbles of a row, or of the head of a sheet, in pixels of the scan as stored."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    radius: float
    darkness: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing to decide: the mark of a question, or who a sheet is."""

    code: str
    kind: Kind
    page: PageKey
    question: int
    """From 1; 0 for the identity of a sheet."""
    read: str
    """What the reader read, `?` in doubt; for an identity the candidate number and form that it read."""
    state: str
    """State of the row; for an identity why it is asked."""
    margin: float
    bubbles: DoubtBubbles
    n_options: int = 0
    """Of a question: as many letters as its row has."""


class Ask(NamedTuple):
    """A doubt, and what is asked of whom."""

    doubt: Doubt
    tasks: tuple[Task, ...]
    not_by: tuple[str, ...]
    """Who may not check it a second time: who decided it."""
    said: tuple[CropDecision, ...]
    """Where it is to be settled: what each of them decided. Empty otherwise."""


class CheckSample(NamedTuple):
    """Which doubts are to be decided by a second person: a share of each kind, drawn by a seed."""

    share: float
    seed: int


def crop_code(sha256: str, page: int, question: int) -> str:
    """`K7QD-M2XA-3TRN`: 60 bits of a hash in letters and figures that are not taken for one another."""
    digest = hashlib.sha256(f"{sha256}:{page}:{question}".encode()).digest()
    text = base64.b32encode(digest)[:12].decode().translate(_PLAIN)
    return "-".join(text[n : n + 4] for n in (0, 4, 8))


def drawn(doubts: Iterable[Doubt], sample: CheckSample) -> frozenset[str]:
    """The codes of the sample: of each kind the share, rounded up, by the hash of seed and code."""
    found: set[str] = set()
    by_kind: dict[Kind, list[str]] = {}
    for one in doubts:
        by_kind.setdefault(one.kind, []).append(one.code)
    for codes in by_kind.values():
        order = sorted(codes, key=lambda code: hashlib.sha256(f"{sample.seed}:{code}".encode()).digest())
        found.update(order[: math.ceil(round(sample.share * len(codes), 9))])
    return frozenset(found)


def asks(
    doubts: Sequence[Doubt], decisions: Mapping[str, Sequence[CropDecision]], sample: CheckSample
) -> list[Ask]:
    """What is still to be asked, the most doubtful first; `decisions` by code, in the order they were taken.

    What nobody decided is asked; of the sample what one person decided is asked of another one, and what
    two decided otherwise is to be settled.
    """
    checked = drawn(doubts, sample)
    found: list[Ask] = []
    for one in doubts:
        stands, is_checked = standing(decisions.get(one.code, ())), one.code in checked
        if stands.state == "open":
            found.append(Ask(one, ("first", "second") if is_checked else ("first",), (), ()))
        elif stands.state == "disputed":
            found.append(Ask(one, ("settle",), (), stands.each))
        elif stands.state == "decided" and len(stands.each) == 1 and is_checked:
            found.append(Ask(one, ("second",), tuple(each.by for each in stands.each), ()))
    return sorted(found, key=lambda one: (one.doubt.margin, one.doubt.page, one.doubt.question))
