"""What people decided on doubtful marks, and the state of a doubt that several people decided.

A decision records the person, the time, what was read and what was decided on one crop. It is never changed:
a person who decides again has two decisions, of which the later one counts. If two people differ, nothing
holds until it is settled.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Literal, NamedTuple

COLUMNS = (
    *("scan", "code", "kind", "source", "page", "question", "task", "read"),
    *("decided", "form", "by", "time", "note", "way", "seconds"),
)
"""The columns of a file of decisions and of review/decisions.csv."""
SHEET, ROW = "sheet", "row"
"""Values of `way`: decided together with the others of its sheet, or by itself."""
BLANK = "-"
NOBODY = "-"
"""Values of `decided`: nothing is marked; the sheet belongs to nobody."""
Task = Literal["first", "second", "settle"]
TASKS: tuple[Task, ...] = ("first", "second", "settle")
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


class CropDecision(NamedTuple):
    """The decision of one person on one crop, as in review/decisions.csv."""

    scan: str
    code: str
    kind: str
    source: str
    page: int
    question: int
    """The question from 1; 0 for an identity."""
    task: str
    read: str
    decided: str
    """For a mark `A`, `A|C` or `-`; for an identity the candidate number, empty to keep the row's own, `-`
    for nobody."""
    form: str
    """For an identity the form, empty to keep the row's own."""
    by: str
    time: str
    """ISO 8601: a day, or a day and time with its zone."""
    note: str
    way: str = ""
    """`SHEET` or `ROW`; empty if unknown."""
    seconds: str = ""
    """How long the person looked at it; for a sheet, its share of the time. Empty if not measured."""

    @property
    def said(self) -> tuple[object, ...]:
        """All fields except the scan, the way and the seconds, for recognising the same decision."""
        return self[1 : self._fields.index("way")]

    def cells(self) -> tuple[str, ...]:
        """Return the line of review/decisions.csv."""
        return tuple("" if text == 0 else str(text) for text in self)

    @property
    def value(self) -> tuple[str, str]:
        """The decided value: mark or candidate, and form."""
        return (self.decided, self.form)

    @property
    def has_moment(self) -> bool:
        """Whether it states a time of day, and not only a day."""
        return len(self.time) > len("2026-11-25")

    @property
    def day(self) -> str:
        """The day it was decided."""
        return self.time[:10]


class DecisionState(NamedTuple):
    """The state of a doubt. In the states `settled` and `decided`, `final` is the decision that holds.

    `each` has the last decision of each person.
    """

    state: Literal["open", "decided", "disputed", "settled"]
    final: CropDecision | None
    each: tuple[CropDecision, ...]


def person(name: str) -> str:
    """Return a name in the form used for comparisons."""
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()


def standing(decisions: Sequence[CropDecision]) -> DecisionState:
    """Return the state of one doubt from its decisions, in the order they were recorded."""
    # where one states only its day, those of a day are in the order in which they were recorded
    by_day = not all(one.has_moment for one in decisions)
    last: dict[str, CropDecision] = {}
    settled: CropDecision | None = None
    for one in sorted(decisions, key=lambda one: moment(one.day if by_day else one.time) or _LONG_AGO):
        if one.task == "settle":
            settled = one
        else:
            last.pop(person(one.by), None)
            last[person(one.by)] = one
    each = tuple(sorted(last.values(), key=lambda one: ("first", "second").index(one.task)))
    if settled is not None:
        return DecisionState("settled", settled, each)
    if not each:
        return DecisionState("open", None, ())
    if len({one.value for one in each}) > 1:
        return DecisionState("disputed", None, each)
    return DecisionState("decided", each[0], each)


def moment(text: str) -> datetime | None:
    """Return the time that a decision states, for a day its beginning; None if it is not a time."""
    try:
        found = datetime.fromisoformat(date.fromisoformat(text).isoformat() if len(text) == 10 else text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
