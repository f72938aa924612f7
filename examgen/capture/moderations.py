"""What somebody decided where assessors were far apart (bytes) → `Moderation`s; every fault with its line.

Columns `candidate_id, task, points, by, date, reason`, in any order beside others, as in the
`to_moderate.csv` of a run, whose lines are to be filled in. A line to which nothing was added decides
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from examgen.capture.candidate_lists import LINE_FAULTS, id_faults
from examgen.capture.cells import fold, read_id
from examgen.capture.columns import CANDIDATE_NAMES, named_column
from examgen.capture.decision_files import BY_NAMES, DATE_NAMES, REASON_NAMES, day_of, record_faults
from examgen.capture.grader_decisions import clean_text
from examgen.capture.list_columns import recognised_list
from examgen.capture.ratings import points_of
from examgen.core.candidate_numbers import canonical_number
from examgen.core.problems import Problem, Refused, has_errors
from examgen.core.tables.records import Table, visible
from examgen.core.words import Message, tell

TASK_NAMES = (("task",), ("ข้อ", "รายการ", "รหัสรายการ"))
POINTS_NAMES = (("points", "decided"), ("คะแนน", "คะแนนที่ตัดสิน"))
_ROLES = {
    "task": TASK_NAMES,
    "points": POINTS_NAMES,
    "by": BY_NAMES,
    "date": DATE_NAMES,
    "reason": REASON_NAMES,
}


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
    heads = [fold(cell) for cell in table.header.fields]
    needed = (CANDIDATE_NAMES, TASK_NAMES, POINTS_NAMES, BY_NAMES)
    return all(any(fold(name) in heads for tier in names for name in tier) for names in needed)


def read_moderations(
    name: str, data: bytes, tasks: Mapping[str, Sequence[int]], today: date | None = None
) -> tuple[Moderation, ...]:
    """The decisions of a list, in its order; `tasks` has the points that each task may be given. Raises
    Refused with every fault."""
    shown = visible(name)
    table, columns = recognised_list(shown, data)
    heads = [fold(cell) for cell in table.header.fields]
    source = f"{shown}:{table.header.line}"
    places = {role: named_column(heads, names, role, source) for role, names in _ROLES.items()}
    if lacking := [role for role, place in places.items() if place is None]:
        message = tell("no column {names}. Add it", names=", ".join(f"`{role}`" for role in lacking))
        raise Refused(
            tell("{shown} is not a list of moderated points", shown=shown),
            [Problem(source, "column-missing", message)],
        )
    found: dict[tuple[str, str], Moderation] = {}
    problems: list[Problem] = []
    for record in table.body(len(heads)):
        where = f"{shown}:{record.line}"
        if record.fault or len(record.fields) != len(heads):
            said = LINE_FAULTS.get(record.fault or "", tell("has more or fewer fields than the header"))
            problems.append(Problem(where, (record.fault or "fields").replace("_", "-"), said))
            continue
        said_of = {
            role: clean_text(record.fields[place]) for role, place in places.items() if place is not None
        }
        if not any(said_of[role] for role in ("points", "by", "date", "reason")):
            continue
        candidate_id = read_id(record.fields[columns.candidate])
        faults = [(code, said, "candidate_id") for code, said in id_faults(candidate_id, columns, None)]
        faults += [
            (code, said, role)
            for role, code, said in record_faults(said_of["reason"], said_of["by"], said_of["date"])
        ]
        day = day_of(said_of["date"])
        if today is not None and isinstance(day, date) and day > today:
            faults.append(("day-to-come", tell("{day} is in the future", day=day.isoformat()), "date"))
        anchors, points = tasks.get(said_of["task"]), points_of(said_of["points"])
        if anchors is None:
            message = tell("{task} is not a task of this exam", task=said_of["task"] or "–")
            faults.append(("unknown-task", message, "task"))
        elif isinstance(points, Message) or not may_be(points, anchors):
            message = tell(
                "`{points}` is not possible for {task}. Write {anchors}, or the mean of two of them",
                points=said_of["points"],
                task=said_of["task"],
                anchors=", ".join(map(str, anchors)),
            )
            faults.append(("points-unknown", message, "points"))
        if faults or isinstance(points, Message):
            problems += [Problem(where, code, said, field=role) for code, said, role in faults]
            continue
        one = Moderation(
            candidate_id, said_of["task"], points, said_of["by"], str(day), said_of["reason"], where
        )
        first = found.setdefault((canonical_number(candidate_id), one.task), one)
        if first.points != one.points:
            message = tell(
                "{id}, {task}: {source} decided {points}. Keep one of the two",
                id=candidate_id,
                task=one.task,
                source=first.source,
                points=first.points,
            )
            problems.append(Problem(where, "decided-twice", message))
    if problems:
        raise has_errors(shown, problems)
    return tuple(found.values())


def may_be(points: Fraction, anchors: Sequence[int]) -> bool:
    """Whether points are an anchor or the mean of two."""
    return any(2 * points == one + other for one in anchors for other in anchors)
