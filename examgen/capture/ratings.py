"""Files of ratings (bytes) → `Rating`s: the points that assessors gave candidates on the tasks of an
interview, a portfolio, an observation.

Long files have columns `candidate_id, assessor, task, points` and a line for each rating. Wide files have
`candidate_id, assessor` and a column for each task, blank if the assessor did not rate it. Either may have
`centre`, `date` and `comment`; columns of names and seats are ignored. Points are numbers from 0, or yes and
no (1 and 0). Encodings, delimiters and workbooks are those of answer files. Every fault is collected with its
line.

Files do not say which tasks exist or what their maximum points are: `Rating.file` and `Rating.line` allow
callers who know to report the place of a wrong rating.

A `Moderation` is a decision on points if assessors were too far apart. Its table is the `to_moderate.csv` of
a run, whose lines are to be filled in. A line to which nothing was added decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from examgen.capture.cells import PLAIN, fold, says_totals
from examgen.capture.decision_files import BY, DATE_NAMES, day_cell, decided_columns
from examgen.capture.declared_columns import (
    CANDIDATE,
    CellFault,
    Column,
    DeclaredTable,
    filled,
    open_declared,
)
from examgen.capture.grader_decisions import clean_text
from examgen.capture.list_columns import (
    CENTRE_NAMES,
    ENGLISH,
    NAME_NAMES,
    OTHER_NAMES,
    ROOM_NAMES,
    SEAT_NAMES,
    THAI,
    OneSpelling,
)
from examgen.core.candidate_numbers import canonical_number
from examgen.core.person_names import same_person
from examgen.core.problems import Problem, Refused, has_errors
from examgen.core.tables.records import Table, visible
from examgen.core.words import Message, tell
from examgen.stats.checklists import ASSESSOR_NAMES, BESIDE, NO, POINTS_NAMES, TASK_NAMES, YES

COMMENT_NAMES = (("comment",), ("ความเห็น", "ข้อคิดเห็น", "ข้อเสนอแนะ", "หมายเหตุ", "comments", "remark", "note"))
RATED_NAMES = (*DATE_NAMES, ("วันที่ประเมิน", "วันที่สอบ", "day"))
"""Headings of the day of a rating."""


def _day(cell: str) -> date | CellFault | None:
    return day_cell(None, cell) if clean_text(cell) else None


_POINTS, _TASK = Column("points", POINTS_NAMES), Column("task", TASK_NAMES)
_ASSESSOR = Column(
    "assessor", ASSESSOR_NAMES, filled("no-assessor", tell("has no assessor. Write the name of the assessor"))
)
_NO_TASK_COLUMNS = (
    CANDIDATE,
    _ASSESSOR,
    Column("date", RATED_NAMES, _day),
    Column("comment", COMMENT_NAMES),
    Column("centre", CENTRE_NAMES),
    Column("name", (*NAME_NAMES, OTHER_NAMES)),
    Column("title", (THAI.title, ENGLISH.title)),
    Column("middle", (THAI.middle, ENGLISH.middle)),
    Column("last", (THAI.last, ENGLISH.last)),
    Column("room", ROOM_NAMES),
    Column("seat", SEAT_NAMES),
)
_COLUMNS = (*_NO_TASK_COLUMNS, _TASK, _POINTS)
NO_TASKS = frozenset(
    fold(name)
    for name in (
        *(name for column in _NO_TASK_COLUMNS for tier in column.heads for name in tier),
        *(*BESIDE, "no", "#"),
    )
)
"""Normalised headings of columns of a wide file that are not tasks."""
YES_AND_NO = {fold(word): Fraction(int(word in YES)) for word in (*YES, *NO)}
"""The points of the words of a checklist, by normalised word."""
_NUMBER = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{1,20})?")
_BELOW = re.compile(r"-[0-9]{1,9}(?:[.,][0-9]{1,20})?")


class Rating(NamedTuple):
    """The points that an assessor gave a candidate on a task, with the file and line they were read from."""

    file: str
    line: int
    candidate_id: str
    assessor: str
    task: str
    points: Fraction
    """Exact, 0 or more."""
    centre: str = ""
    day: date | None = None
    comment: str = ""

    @property
    def source(self) -> str:
        """The file and the line."""
        return f"{self.file}:{self.line}"

    @property
    def day_text(self) -> str:
        """The day in ISO 8601; empty if it is not known."""
        return "" if self.day is None else self.day.isoformat()


def points_of(text: str) -> Fraction | Message:
    """Return the points in a cell that is not blank, or a message on what to write instead."""
    plain = text.translate(PLAIN).strip()
    if _NUMBER.fullmatch(plain):
        return Fraction(plain.replace(",", "."))
    word = YES_AND_NO.get(fold(text))
    if word is not None:
        return word
    if _BELOW.fullmatch(plain):
        return tell("`{text}` is below 0. Points must be 0 or more", text=text[:40])
    return tell("`{text}` is not a number of points. Write a number, or yes or no (ใช่, ไม่ใช่)", text=text[:40])


def sound_ratings(files: Sequence[tuple[str, bytes]]) -> tuple[tuple[Rating, ...], list[Problem]]:
    """Return the ratings without faults of all files, in order, and the faults of the others; a rating that
    occurs twice with the same points counts once.

    Names of tasks and centres that differ only in spaces, capitals or the script of digits are unified in the
    first spelling; so are candidates' ids, and names of assessors that belong to one person.
    """
    problems, found = list[Problem](), list[Rating]()
    names = OneSpelling()
    first_of: dict[tuple[str, str, str], Rating] = {}
    ids, persons = dict[str, str](), dict[str, str]()
    for name, data in files:
        shown = visible(name)
        n_before = len(found) + len(problems)
        try:
            own = list(_ratings(shown, data, names, problems))
        except Refused as refused:
            if not refused.problems:
                raise
            problems += refused.problems
            continue
        for read in own:
            number = canonical_number(read.candidate_id)
            if (who := read.assessor) not in persons:
                persons[who] = next((first for first in persons.values() if same_person(first, who)), who)
            id_, assessor = ids.setdefault(number, read.candidate_id), persons[who]
            one = read._replace(candidate_id=id_, assessor=assessor)
            before = first_of.setdefault((number, one.assessor, one.task), one)
            if before is one:
                found.append(one)
            elif before.points != one.points:
                message = tell(
                    "{assessor} gave {id} other points for {task} in line {line} of {file}. "
                    "Keep the correct rating",
                    assessor=one.assessor,
                    id=one.candidate_id,
                    task=one.task,
                    line=before.line,
                    file=before.file,
                )
                problems.append(Problem(one.source, "rated-twice", message, field="points"))
        if len(found) + len(problems) == n_before and not own:
            problems.append(Problem(shown, "no-ratings", tell("has a header but no ratings below it")))
    return tuple(found), problems


def _ratings(shown: str, data: bytes, names: OneSpelling, problems: list[Problem]) -> Iterator[Rating]:
    """Yield the ratings of a file; faults of its lines are added to `problems`."""
    title = tell("{shown} is not a file of ratings", shown=shown)
    table = open_declared(shown, data, _COLUMNS, title)
    is_long = _TASK.field in table.places
    tasks = {} if is_long else _task_columns(table)
    needed = [_ASSESSOR.field] + ([] if tasks else [_TASK.field, _POINTS.field])
    if lacking := [one for one in needed if one not in table.places]:
        raise Refused(title, [table.lacks(lacking)])
    for line in table.lines(problems):
        fields = line.record.fields
        cells = [(name, text, name) for place, name in tasks.items() if (text := clean_text(fields[place]))]
        if tasks and not cells:
            continue  # of a workbook with a line for each candidate, whom this assessor did not rate
        values = line.values()
        rated: list[tuple[str, Fraction]] = []
        for name, text, field in cells or [(values["task"], values["points"], "points")]:
            if not name:
                line.fault("no-task", tell("has no task. Write which task was rated"), "task")
            points = points_of(text) if text else tell("has no points. Write them, or remove the line")
            if isinstance(points, Message):
                line.fault("no-points", points, field)
            elif name:
                rated.append((names.of(name), points))
        if line.faults:
            continue
        centre, assessor = names.of(values["centre"]), names.of(values["assessor"])
        for name, points in rated:
            yield Rating(
                *(shown, line.record.line, values["candidate_id"], assessor, name, points),
                *(centre, values["date"], values["comment"]),
            )


def _task_columns(table: DeclaredTable) -> dict[int, str]:
    """Return the columns of a wide file that are tasks: those without another role that are no totals."""
    places = sorted({*table.others, *(table.places[one] for one in ("points",) if one in table.places)})
    named = {place: clean_text(table.heads[place]) for place in places}
    return {
        place: name
        for place, name in named.items()
        if name and fold(name) not in NO_TASKS and not says_totals(name)
    }


# ── points that somebody decided ─────────────────────────────────────────────────────────────

_MODERATED_TASK = Column("task", (("task",), ("ข้อ", "รายการ", "รหัสรายการ")), is_needed=True)
_MODERATED_POINTS = Column("points", (("points", "decided"), ("คะแนน", "คะแนนที่ตัดสิน")), is_needed=True)


class Moderation(NamedTuple):
    """A decision on the points of a candidate on a task, with its source."""

    candidate_id: str
    task: str
    points: Fraction
    by: str
    day: str
    reason: str
    source: str


def is_moderation(table: Table) -> bool:
    """Return whether a table has the columns of a list of moderated points."""
    return all(column.is_in(table) for column in (CANDIDATE, _MODERATED_TASK, _MODERATED_POINTS, BY))


def read_moderations(
    name: str, data: bytes, tasks: Mapping[str, Sequence[int]], today: date | None = None
) -> tuple[Moderation, ...]:
    """Return the decisions of a list, in its order; `tasks` has the points that each task may be given.
    Raises Refused with every fault.
    """
    shown = visible(name)
    decided = decided_columns(today)
    title = tell("{shown} is not a list of moderated points", shown=shown)
    table = open_declared(name, data, (CANDIDATE, _MODERATED_TASK, _MODERATED_POINTS, *decided), title)
    found: dict[tuple[str, str], Moderation] = {}
    problems: list[Problem] = []
    for line in table.lines(problems):
        if not any(line.text(column.field) for column in (_MODERATED_POINTS, *decided)):
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
    """Return whether points are an anchor or the mean of two."""
    return any(2 * points == one + other for one in anchors for other in anchors)
