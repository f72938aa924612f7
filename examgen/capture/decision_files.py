"""`identities.csv` and `marks.csv` (bytes) → `GraderDecisions`: the decisions of a grader, each with its
reason.

A line names an answer file and a line in it, and either its candidate and form or the answer to a question.
It may have the row as it was seen (`raw`), an `action`, and the columns of the gallery (`DecidedCrop`), of
which `crop` shows that the gallery wrote the line. A `quarantine.csv` with added columns `why`, `by` and
`date` is an `identities.csv`: its own `reason` is the code, and the grader's reason is in `why`. Each
decision states its reason, the person and the date (`decided_columns`); dates are read by `day_of`. Every
fault is collected.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

from examgen.capture.cells import UNDECIDED, fold, question_number, read_id, read_mark
from examgen.capture.columns import ANSWER_NAMES, FORM_NAMES, QUESTION_NAMES
from examgen.capture.declared_columns import (
    CellFault,
    Column,
    Line,
    candidate_number,
    filled,
    open_declared,
)
from examgen.capture.grader_decisions import (
    DecidedCrop,
    GraderDecisions,
    IdentityDecision,
    MarkRepair,
    clean_text,
    restored,
)
from examgen.capture.quarantine_reasons import QUARANTINE_REASONS
from examgen.core.problems import Problem, Refused
from examgen.core.responses.rows import INVALID
from examgen.core.tables.records import Table, visible
from examgen.core.text.characters import composed_text
from examgen.core.text.thai import FIRST_BUDDHIST_YEAR, common_year
from examgen.core.words import Message, either, tell, tell_n
from examgen.stats.checklists import CANDIDATE_NAMES

_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_CODES = {reason.code for reason in QUARANTINE_REASONS}
_EXAMPLE = tell("Write year-month-day, for example 2026-11-20")


_MOST_NAMED = 8
"""The most forms that a fault names."""
NOBODY = ("-", "–", "—")
"""As candidate_id: the row belongs to nobody."""
VOID = ("void", "ยกเลิก")
"""As action, with the same meaning."""
DATE_NAMES = (("date",), ("วันที่",))


# ── why, by whom, when ───────────────────────────────────────────────────────────────────────


def _lacks(column: str, wanted: Message) -> tuple[str, Message]:
    return f"no-{column}", tell("lacks {wanted}. Fill in `{column}`", wanted=wanted, column=column)


def _reason(cell: str) -> str | CellFault:
    """Return a reason in the grader's own words, or the fault."""
    reason = clean_text(cell)
    if not reason:
        return CellFault(*_lacks("reason", tell("the reason for the decision")))
    if is_code(reason):
        message = tell(
            "`{reason}` is the reason code of quarantine.csv. Write your own reason in a column `why`",
            reason=reason,
        )
        return CellFault("reason-is-a-code", message)
    return reason


def _decided_on(today: datetime.date | None, cell: str) -> datetime.date | CellFault:
    if not clean_text(cell):
        return CellFault(*_lacks("date", tell("the date of the decision")))
    day = day_cell(today, cell)
    return day._replace(code="bad-date") if isinstance(day, CellFault) and day.code == "no-day" else day


def day_cell(today: datetime.date | None, cell: str) -> datetime.date | CellFault:
    """Return a day, or the fault; a day after `today` is a fault."""
    day = day_of(clean_text(cell))
    if isinstance(day, Message):
        return CellFault("no-day", day)
    if today is not None and day > today:
        return CellFault("day-to-come", tell("{day} is in the future", day=day.isoformat()))
    return day


REASON = Column(
    "reason",
    (("why", "decision_reason"), ("เหตุผลของผู้ตรวจ",), ("reason",), ("เหตุผล",)),
    _reason,
    True,
)
BY = Column("by", (("by",), ("ผู้ตัดสิน", "โดย")), filled(*_lacks("by", tell("the person who decided"))), True)


def decided_columns(today: datetime.date | None = None) -> tuple[Column, Column, Column]:
    """Return the columns for the reason, the person and the date of a decision; a date after `today` is a
    fault.
    """
    return REASON, BY, Column("date", DATE_NAMES, partial(_decided_on, today), True)


def is_code(reason: str) -> bool:
    """Return whether a reason is a code of quarantine.csv, which no grader wrote."""
    return reason in _CODES


def day_of(text: str) -> datetime.date | Message:
    """Return the day in a text, such as 2026-11-20 or as a spreadsheet changes it; or a message on what to
    write instead.
    """
    plain = text.translate(_THAI_DIGITS).removesuffix(" 00:00:00")
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", plain):
        return _day(text, *map(int, found.groups()))
    if found := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", plain):
        first, second, year = map(int, found.groups())
        ways = sorted({(month, day) for month, day in ((first, second), (second, first)) if month <= 12})
        if len(ways) == 1:
            return _day(text, year, *ways[0])
        if ways:
            return tell(
                "{text} can be read as two dates. Write {wanted}, or give the table as .xlsx, "
                "which keeps dates",
                text=text,
                wanted=either(f"{common_year(year)}-{month:02}-{day:02}" for month, day in ways),
            )
    return tell("{text!r} is not a date. {example}", text=text, example=_EXAMPLE)


def _day(text: str, year: int, month: int, day: int) -> datetime.date | Message:
    if year >= FIRST_BUDDHIST_YEAR:
        wanted = f"{common_year(year)}-{month:02}-{day:02}"
        return tell("{text} is in the Buddhist era. Write {wanted}", text=text, wanted=wanted)
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return tell("{text} is not a date of the calendar. {example}", text=text, example=_EXAMPLE)


# ── the files ────────────────────────────────────────────────────────────────────────────────


class SittingNames(NamedTuple):
    """What decisions may name: the answer files by displayed name, the forms (and serials of booklets), and
    question numbers up to `n_questions`, the most of any form.
    """

    files: Sequence[str]
    forms: Sequence[str]
    n_questions: int
    nearest: Mapping[str, Sequence[str]] = {}  # never changed
    """By file of decisions, the answer files that are meant if several have the same name."""


def read_grader_decisions(
    identities: Iterable[tuple[str, bytes]],
    marks: Iterable[tuple[str, bytes]],
    sitting: SittingNames,
    first_holds: bool = False,
) -> GraderDecisions:
    """Return the decisions in files of (name, content). Raises Refused with every fault and its line. If two
    files decide differently on a row or a mark, that is a fault, or with `first_holds` the first one counts.
    """
    problems: list[Problem] = []
    undecided = 0
    rows: dict[tuple[str, int], IdentityDecision] = {}
    for name, data in identities:
        of_file = {} if first_holds else rows
        for line, is_quarantine in _lines(visible(name), data, _IDENTITY, sitting, problems):
            if _is_undecided(line, is_quarantine):
                undecided += 1
                continue
            cells = line.values()
            if (row := _identity(line, cells, sitting)) is not None:
                first = of_file.setdefault((cells["file"], cells["line"]), row)
                if first[:3] != row[:3]:
                    _decided_twice(line, cells, first, row)
        rows = {**of_file, **rows}
    repairs: dict[tuple[str, int, int], MarkRepair] = {}
    for name, data in marks:
        own = {} if first_holds else repairs
        for line, _ in _lines(visible(name), data, _MARK, sitting, problems):
            cells = line.values()
            if (repair := _repair(line, cells, sitting)) is not None:
                before = own.setdefault((cells["file"], cells["line"], repair.question), repair)
                if before.mark != repair.mark:
                    _decided_twice(line, cells, before, repair)
        repairs = {**own, **repairs}
    if problems:
        raise Refused(
            tell_n(
                "the decisions on record have {n} error",
                "the decisions on record have {n} errors",
                len(problems),
            ),
            problems,
        )
    row_of: dict[str, dict[int, IdentityDecision]] = {}
    for (file, n), row in rows.items():
        row_of.setdefault(file, {})[n] = row
    marks_of: dict[str, dict[int, tuple[MarkRepair, ...]]] = {}
    for (file, n, _), repair in sorted(repairs.items(), key=lambda entry: entry[0]):
        of_rows = marks_of.setdefault(file, {})
        of_rows[n] = (*of_rows.get(n, ()), repair)
    return GraderDecisions(row_of, marks_of, undecided)


def kind_of_decisions(table: Table) -> Literal["identities", "marks"] | None:
    """Return what a table decides on, by its headings: rows or marks; None if it has no decisions."""
    if not (_FILE.is_in(table) and _LINE.is_in(table)):
        return None
    if _QUESTION.is_in(table) and _ANSWER.is_in(table):
        return "marks"
    return "identities" if _WHO.is_in(table) else None


# ── lines ────────────────────────────────────────────────────────────────────────────────────


def file_named(cell: str, files: Sequence[str], nearest: Sequence[str] = ()) -> str | CellFault:
    """Return the answer file of that name, with or without some of its folders; of several, the one that is
    among `nearest`. Returns a fault if it is not found or ambiguous.
    """
    name = restored(clean_text(cell))
    found = [name] if name in files else []
    if not found:
        own = _steps(name)
        found = [
            file
            for file, steps in ((file, _steps(file)) for file in files)
            if (n := min(len(steps), len(own))) and steps[-n:] == own[-n:]
        ]
    if len(found) > 1 and len(near := [file for file in found if file in nearest]) == 1:
        return near[0]
    if len(found) == 1:
        return found[0]
    if found:
        message = tell(
            "{name} could be {files}. Write the name as on the command line", name=name, files=either(found)
        )
        return CellFault("ambiguous-file", message)
    known = ", ".join(files[:5]) + (", …" if len(files) > 5 else "")
    message = tell(
        "{name} is not one of the answer files: {files}", name=name or tell("an empty name"), files=known
    )
    if not files:
        message = tell("{name} is not there. Add the answer files before the decisions on them", name=name)
    return CellFault("unknown-file", message)


def _steps(path: str) -> list[str]:
    steps = clean_text(path).replace("\\", "/").split("/")
    return [step for step in steps if step not in ("", ".", "..")]


def line_number(cell: str) -> int | CellFault:
    """Return a line number, from 1, as people and spreadsheets write it; or the fault."""
    found = re.fullmatch(r"([0-9]{1,15})(?:\.0+)?", fold(cell))
    if found and int(found[1]):
        return int(found[1])
    message = tell(
        "{cell!r} is not a line number. Write the number from quarantine.csv", cell=cell.strip()[:30]
    )
    return CellFault("no-line-number", message)


_FILE = Column("file", (("file",), ("แฟ้ม", "ไฟล์")), is_needed=True)
_LINE = Column("line", (("line",), ("บรรทัด", "บรรทัดที่", "แถว")), line_number, True)
_WHO = Column("candidate_id", CANDIDATE_NAMES, lambda cell: restored(read_id(cell)))
_QUESTION = Column("question", QUESTION_NAMES, question_number)
_ANSWER = Column("answer", ANSWER_NAMES, lambda cell: restored(clean_text(cell)))
_OTHERS = (
    Column("form", FORM_NAMES, lambda cell: restored(read_id(cell))),
    Column("raw", (("raw",),), lambda cell: cell or None),
    Column("action", (("action",), ("การตัดสิน",))),
    *(Column(name, ((name,),), lambda cell: restored(clean_text(cell))) for name in DecidedCrop._fields),
)
_IDENTITY = (_WHO._replace(is_needed=True), _QUESTION, _ANSWER, *_OTHERS)
_MARK = (_WHO, _QUESTION._replace(is_needed=True), _ANSWER._replace(is_needed=True), *_OTHERS)


def _lines(
    name: str, data: bytes, columns: Sequence[Column], sitting: SittingNames, problems: list[Problem]
) -> Iterator[tuple[Line, bool]]:
    """Yield the lines of a file, each with whether the file is a quarantine.csv; faults are added to
    `problems`.
    """
    nearest = sitting.nearest.get(name, ())
    file = _FILE._replace(read=lambda cell: file_named(cell, sitting.files, nearest))
    try:
        table = open_declared(name, data, (file, _LINE, *decided_columns(), *columns))
    except Refused as refused:
        problems += refused.problems
        return
    # Quarantine's own reasons stand beside those of the grader.
    folded = [fold(cell) for cell in table.heads]
    is_quarantine = "reason" in folded and folded.index("reason") != table.places["reason"]
    for line in table.lines(problems):
        yield line, is_quarantine


def _is_undecided(line: Line, is_quarantine: bool) -> bool:
    """Return whether a line of a quarantine.csv has no decision."""
    reason = line.text("reason")
    if any(line.text(field) for field in ("by", "date", "form", "action")):
        return False
    return not reason if is_quarantine else is_code(reason)


def _identity(line: Line, cells: Mapping[str, Any], sitting: SittingNames) -> IdentityDecision | None:
    """Return the decision on the identity of a row; None if the line has a fault."""
    candidate, form = cells["candidate_id"], cells["form"]
    if candidate in NOBODY or fold(line.cell("action")) in VOID:
        return None if line.faults else IdentityDecision("", "", True, *_record(line, cells))
    candidate = composed_text(candidate)
    alike = [one for one in sitting.forms if fold(one) == fold(form)]
    if form and form not in sitting.forms and len(alike) == 1:
        form = alike[0]
    if cells["action"]:
        message = tell(
            "`{action}` is not an action. Write void if the row belongs to no candidate, or leave it empty",
            action=cells["action"],
        )
        line.fault("unknown-action", message, "action")
    if candidate and isinstance(fault := candidate_number(candidate), CellFault):
        line.fault(*fault, "candidate_id")
    if form and form not in sitting.forms:
        known = [*sitting.forms[:_MOST_NAMED], *(["…"] if len(sitting.forms) > _MOST_NAMED else [])]
        message = tell(
            "{line} is not a form of this exam. Its forms: {forms}",
            line=line.text("form"),
            forms=", ".join(known),
        )
        line.fault("unknown-form", message, "form")
    elif not candidate and not form:
        message = tell(
            "contains no decision. Write the candidate_id or the form, or - if the row "
            "belongs to no candidate"
        )
        line.fault("no-decision", message)
    return None if line.faults else IdentityDecision(candidate, form, False, *_record(line, cells))


def _repair(line: Line, cells: Mapping[str, Any], sitting: SittingNames) -> MarkRepair | None:
    """Return the decision on the answer to a question; None if the line has a fault."""
    number, answer = cells["question"] or 0, cells["answer"]
    if not 1 <= number <= sitting.n_questions:
        message = tell(
            "{asked} is not a question. The exam has questions 1 to {n_questions}",
            asked=line.text("question") or tell("an empty cell"),
            n_questions=sitting.n_questions,
        )
        line.fault("unknown-question", message, "question")
    mark = read_mark(answer)
    if mark in (INVALID, UNDECIDED) or not answer:
        message = tell(
            "{answer} is not an answer. Write a letter, or several as A|C, or - for a blank",
            answer=answer or tell("an empty cell"),
        )
        line.fault("no-answer", message, "answer")
    return None if line.faults else MarkRepair(number, mark, answer, *_record(line, cells))


def _record(
    line: Line, cells: Mapping[str, Any]
) -> tuple[str | None, str, str, str, str, DecidedCrop | None]:
    """Return the row as it was seen, and the source, reason, person, date and crop of the decision."""
    seen = DecidedCrop(*(cells[name] for name in DecidedCrop._fields)) if line.text("crop") else None
    return cells["raw"], line.source, cells["reason"], cells["by"], str(cells["date"]), seen


def _decided_twice(
    line: Line,
    cells: Mapping[str, Any],
    first: IdentityDecision | MarkRepair,
    second: IdentityDecision | MarkRepair,
) -> None:
    message = tell(
        "line {line} of {file}: {decision}, but {source} says {first_decision}",
        line=cells["line"],
        file=cells["file"],
        decision=second.decision,
        source=first.source,
        first_decision=first.decision,
    )
    line.fault("decided-twice", tell("{message}. Keep one", message=message))
