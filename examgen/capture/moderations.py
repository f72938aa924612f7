"""What somebody decided where assessors were far apart (bytes) → `Moderation`s; every fault with its line.

The table is the `to_moderate.csv` of a run, whose lines are to be filled in. A line to which nothing was
added decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from examgen.capture.decision_files import BY, decided_columns
from examgen.capture.declared_columns import CANDIDATE, Column, open_declared
from examgen.capture.ratings import points_of
from examgen.core.candidate_numbers import canonical_number
from examgen.core.problems import Problem, has_errors
from examgen.core.tables.records import Table, visible
from examgen.core.words import Message, tell

_TASK = Column("task", (("task",), ("ข้อ", "รายการ", "รหัสรายการ")), is_needed=True)
_POINTS = Column("points", (("points", "decided"), ("คะแนน", "คะแนนที่ตัดสิน")), is_needed=True)


class Moderation(NamedTuple):
    """A decision on a task of a candidate, and where it stands."""

    candidate_id: str
    task: str
    points: Fraction
    by: str
    day: str
    reason: str
    source: str


def is_moderation(table: Table) -> bool:
    """Whether a table has the columns of such a list."""
    return all(column.is_in(table) for column in (CANDIDATE, _TASK, _POINTS, BY))


def read_moderations(
    name: str, data: bytes, tasks: Mapping[str, Sequence[int]], today: date | None = None
) -> tuple[Moderation, ...]:
    """The decisions of a list, in its order; `tasks` has the points that each task may be given. Raises
    Refused with every fault."""
    shown = visible(name)
    decided = decided_columns(today)
    title = tell("{shown} is not a list of moderated points", shown=shown)
    table = open_declared(name, data, (CANDIDATE, _TASK, _POINTS, *decided), title)
    found: dict[tuple[str, str], Moderation] = {}
    problems: list[Problem] = []
    for line in table.lines(problems):
        if not any(line.text(column.field) for column in (_POINTS, *decided)):
            continue
        cells = line.values()
        task, points = cells["task"], points_of(cells["points"])
        anchors = tasks.get(task)
        if anchors is None:
            line.fault("unknown-task", tell("{task} is not a task of this exam", task=task or "–"), "task")
        elif isinstance(points, Message) or not may_be(points, anchors):
            message = tell(
                "`{points}` is not possible for {task}. Write {anchors}, or the mean of two of them",
                points=cells["points"],
                task=task,
                anchors=", ".join(map(str, anchors)),
            )
            line.fault("points-unknown", message, "points")
        if line.faults or isinstance(points, Message):
            continue
        one = Moderation(
            cells["candidate_id"], task, points, cells["by"], str(cells["date"]), cells["reason"], line.source
        )
        first = found.setdefault((canonical_number(one.candidate_id), task), one)
        if first.points != points:
            message = tell(
                "{id}, {task}: {source} decided {points}. Keep one of the two",
                id=one.candidate_id,
                task=task,
                source=first.source,
                points=first.points,
            )
            line.fault("decided-twice", message)
    if problems:
        raise has_errors(shown, problems)
    return tuple(found.values())


def may_be(points: Fraction, anchors: Sequence[int]) -> bool:
    """Whether points are an anchor or the mean of two."""
    return any(2 * points == one + other for one in anchors for other in anchors)
