"""`identities.csv` and `marks.csv` (bytes) → `GraderDecisions`: what a grader decided, each with its reason.

Columns `file, line, candidate_id, form, reason, by, date` and `file, line, question, answer, reason, by,
date`, in any order, beside others; `raw` and `action` where they are there, and the columns of the gallery
(`DecidedCrop`), of which `crop` says that it wrote the line. A `quarantine.csv` with `why`, `by` and `date`
added is an `identities.csv`: its own `reason` is the code, and the grader's stands in `why`. Encodings,
delimiters and workbooks are those of answer files; every fault is collected. Each decision says why it was
taken, by whom and when (`record_faults`), and a day is written as `day_of` reads it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from examgen.capture.cells import UNDECIDED, fold, is_damaged, question_number, read_id, read_mark
from examgen.capture.columns import (
    ANSWER_NAMES,
    CANDIDATE_NAMES,
    FORM_NAMES,
    QUESTION_NAMES,
    named_column,
    printable,
)
from examgen.capture.grader_decisions import (
    DecidedCrop,
    GraderDecisions,
    IdentityDecision,
    MarkRepair,
    clean_text,
    file_named,
    line_number,
    restored,
)
from examgen.capture.reasons import QUARANTINE_REASONS
from examgen.core.problems import Problem, Refused
from examgen.core.responses.rows import INVALID
from examgen.core.tables.opening import open_tables
from examgen.core.tables.records import UNREADABLE, Table, visible
from examgen.core.text.characters import composed_text
from examgen.core.text.thai import FIRST_BUDDHIST_YEAR, common_year
from examgen.core.words import Message, either, tell, tell_n

_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_CODES = {reason.code for reason in QUARANTINE_REASONS}
_EXAMPLE = tell("Write year-month-day, for example 2026-11-20")


FILE_NAMES = (("file",), ("แฟ้ม", "ไฟล์"))
LINE_NAMES = (("line",), ("บรรทัด", "บรรทัดที่", "แถว"))
REASON_NAMES = (("why", "decision_reason"), ("เหตุผลของผู้ตรวจ",), ("reason",), ("เหตุผล",))
BY_NAMES = (("by",), ("ผู้ตัดสิน", "โดย"))
DATE_NAMES = (("date",), ("วันที่",))
RAW_NAMES = (("raw",),)
ACTION_NAMES = (("action",), ("การตัดสิน",))
NOBODY = "-"
"""As candidate_id: the row is nobody's."""
VOID = ("void", "ยกเลิก")
"""As action, which says the same."""

_ROLES = {
    "file": FILE_NAMES,
    "line": LINE_NAMES,
    "candidate_id": CANDIDATE_NAMES,
    "form": FORM_NAMES,
    "question": QUESTION_NAMES,
    "answer": ANSWER_NAMES,
    "reason": REASON_NAMES,
    "by": BY_NAMES,
    "date": DATE_NAMES,
    "raw": RAW_NAMES,
    "action": ACTION_NAMES,
    **{name: ((name,),) for name in DecidedCrop._fields},
}
_ON_RECORD = ("reason", "by", "date")
_IDENTITY = ("file", "line", "candidate_id", *_ON_RECORD)
_MARK = ("file", "line", "question", "answer", *_ON_RECORD)


_MOST_NAMED = 8
"""Forms that a fault names."""


class SittingNames(NamedTuple):
    """What decisions may name: the answer files as they are shown, the forms (and serials of booklets),
    and the most questions of any form."""

    files: Sequence[str]
    forms: Sequence[str]
    n_questions: int
    nearest: Mapping[str, Sequence[str]] = {}  # never changed
    """By file of decisions, the answer files that are meant where several have a name that it says."""


def read_grader_decisions(
    identities: Iterable[tuple[str, bytes]],
    marks: Iterable[tuple[str, bytes]],
    sitting: SittingNames,
    first_holds: bool = False,
) -> GraderDecisions:
    """The decisions of files of (name, content); raises Refused with every fault and its line. Where two
    files decide otherwise on a row or a mark, that is a fault, or with `first_holds` what the first says
    holds."""
    problems: list[Problem] = []
    rows: dict[str, dict[int, IdentityDecision]] = {}
    repairs: dict[str, dict[int, dict[int, MarkRepair]]] = {}
    undecided = 0
    for name, data in identities:
        said = {} if first_holds else rows
        for line in _lines(visible(name), data, _IDENTITY, sitting, problems):
            if line.is_undecided:
                undecided += 1
            else:
                problems += _identity(line, said.setdefault(line.file, {}), sitting)
        for file, of_file in said.items():
            rows[file] = {**of_file, **rows.get(file, {})}
    for name, data in marks:
        read = {} if first_holds else repairs
        for line in _lines(visible(name), data, _MARK, sitting, problems):
            problems += _repair(line, read.setdefault(line.file, {}).setdefault(line.line, {}), sitting)
        for file, of_rows in read.items():
            before = repairs.setdefault(file, {})
            for n, of_row in of_rows.items():
                before[n] = {**of_row, **before.get(n, {})}
    if problems:
        raise Refused(
            tell_n(
                "the decisions on record have {n} error",
                "the decisions on record have {n} errors",
                len(problems),
            ),
            problems,
        )
    return GraderDecisions(
        rows,
        {
            file: {line: tuple(repairs[n] for n in sorted(repairs)) for line, repairs in of_file.items()}
            for file, of_file in repairs.items()
        },
        undecided,
    )


# ── the table ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _DecisionLine:
    """A line of decisions: where it stands, which row it is about, its cells by role, as written."""

    source: str
    file: str
    line: int
    cells: Mapping[str, str]
    is_undecided: bool = False

    def cell(self, role: str) -> str:
        return self.cells.get(role, "")

    def text(self, role: str) -> str:
        return clean_text(self.cells.get(role, ""))


def _lines(
    name: str, data: bytes, wanted: Sequence[str], sitting: SittingNames, problems: list[Problem]
) -> Iterator[_DecisionLine]:
    """The lines of a file that can be read; the faults of the others are added to `problems`."""
    try:
        table, columns = _recognised(name, open_tables(name, data), wanted)
    except Refused as refused:
        problems += refused.problems
        return
    folded = [fold(cell) for cell in table.header.fields]
    # Quarantine's own reasons stand beside those of the grader.
    is_quarantine = "reason" in folded and folded.index("reason") != columns["reason"]
    nearest = sitting.nearest.get(name, ())
    width = len(table.header.fields)
    for record in table.body(width):
        source, n = f"{name}:{record.line}", len(record.fields)
        if record.fault:
            message = tell("cannot be read. Write the line again")
            problems.append(Problem(source, record.fault.replace("_", "-"), message))
            continue
        if n != width:
            message = tell(
                "has {n} fields, but the header has {width}. Write the same number", n=n, width=width
            )
            problems.append(Problem(source, f"too-{'few' if n < width else 'many'}-fields", message))
            continue
        cells = {role: record.fields[place] for role, place in columns.items()}
        # A line of quarantine.csv to which nothing was added.
        said = {role: clean_text(cells.get(role, "")) for role in ("reason", "by", "date", "form", "action")}
        reason = said.pop("reason")
        if not any(said.values()) and (not reason if is_quarantine else is_code(reason)):
            yield _DecisionLine(source, "", 0, cells, is_undecided=True)
        elif isinstance(file := file_named(source, cells["file"], sitting.files, nearest), Problem):
            problems.append(file)
        elif isinstance(line := line_number(source, cells["line"]), Problem):
            problems.append(line)
        else:
            yield _DecisionLine(source, file, line, cells)


def _recognised(name: str, tables: Sequence[Table], wanted: Sequence[str]) -> tuple[Table, dict[str, int]]:
    """The one table whose header has the columns that are wanted."""
    refusals: list[tuple[int, Refused]] = []
    for table in tables:
        header = table.header
        source = f"{name}:{header.line}" if header.line else name
        try:
            if header.fault or UNREADABLE.search(header.raw):
                message = tell("the header cannot be read. Write {columns}", columns=", ".join(wanted))
                raise _refusal(source, "unreadable-header", message)
            folded = [fold(cell) for cell in header.fields]
            found = {role: named_column(folded, names, role, source) for role, names in _ROLES.items()}
            if lacking := [role for role in wanted if found[role] is None]:
                shown = ", ".join(f"`{cell.strip()[:30]}`" for cell in header.fields[:8])
                names = ", ".join(f"`{role}`" for role in lacking)
                message = tell("no column {names} among {shown}. Add it", names=names, shown=shown)
                raise _refusal(source, "column-missing", message)
            return table, {role: place for role, place in found.items() if place is not None}
        except Refused as refused:
            refusals.append((len(table.header.fields), refused))
    if not refusals:
        raise _refusal(
            name,
            "empty-file",
            tell("is empty. Expected are the columns {columns}", columns=", ".join(wanted)),
        )
    raise max(refusals, key=lambda entry: entry[0])[1]


# ── decisions ────────────────────────────────────────────────────────────────────────────────


def _identity(line: _DecisionLine, rows: dict[int, IdentityDecision], sitting: SittingNames) -> list[Problem]:
    """The faults of the line; one without any is added to `rows`."""
    written = read_id(line.cell("candidate_id"))
    if written in (NOBODY, "–", "—") or fold(line.cell("action")) in VOID:
        candidate, form, is_void = "", "", True
        problems = _record_faults(line)
    else:
        is_void = False
        candidate = composed_text(restored(written))
        form = restored(read_id(line.cell("form")))
        alike = [one for one in sitting.forms if fold(one) == fold(form)]
        is_form = not form or form in sitting.forms or len(alike) == 1
        if form and form not in sitting.forms and is_form:
            form = alike[0]
        problems = _record_faults(line)
        if action := line.text("action"):
            message = tell(
                "`{action}` is not an action. Write void if the row belongs to no candidate, or "
                "leave it empty",
                action=action,
            )
            problems.append(Problem(line.source, "unknown-action", message, field="action"))
        if candidate and not any(map(str.isalnum, candidate)):
            message = tell(
                "{candidate} is not a candidate number. Write the candidate's number, or - if "
                "the row belongs to no candidate",
                candidate=candidate,
            )
            problems.append(Problem(line.source, "no-candidate-id", message, field="candidate_id"))
        elif is_damaged(candidate) or "\ufffd" in candidate or UNREADABLE.search(candidate):
            message = tell(
                "{candidate}: a spreadsheet has changed the candidate number. Write it as text",
                candidate=visible(candidate),
            )
            problems.append(Problem(line.source, "candidate-id-damaged", message, field="candidate_id"))
        if not is_form:
            known = [*sitting.forms[:_MOST_NAMED], *(["…"] if len(sitting.forms) > _MOST_NAMED else [])]
            message = tell(
                "{line} is not a form of this exam. Its forms: {forms}",
                line=line.text("form"),
                forms=", ".join(known),
            )
            problems.append(Problem(line.source, "unknown-form", message, field="form"))
        elif not candidate and not form:
            message = tell(
                "contains no decision. Write the candidate_id or the form, or - if the row "
                "belongs to no candidate"
            )
            problems.append(Problem(line.source, "no-decision", message))
    if problems:
        return problems
    found = IdentityDecision(candidate, form, is_void, *_record(line))
    first = rows.setdefault(line.line, found)
    return [] if first[:3] == found[:3] else [_twice(line, first, found)]


def _repair(line: _DecisionLine, of_row: dict[int, MarkRepair], sitting: SittingNames) -> list[Problem]:
    """The faults of the line; one without any is added to the repairs of its row."""
    problems = _record_faults(line)
    number = question_number(line.cell("question")) or 0
    if not 1 <= number <= sitting.n_questions:
        asked = line.text("question") or tell("an empty cell")
        message = tell(
            "{asked} is not a question. The exam has questions 1 to {n_questions}",
            asked=asked,
            n_questions=sitting.n_questions,
        )
        problems.append(Problem(line.source, "unknown-question", message, field="question"))
    answer = restored(line.text("answer"))
    mark = read_mark(answer)
    if mark in (INVALID, UNDECIDED) or not answer:
        message = tell(
            "{answer} is not an answer. Write a letter, or several as A|C, or - for a blank",
            answer=answer or tell("an empty cell"),
        )
        problems.append(Problem(line.source, "no-answer", message, field="answer"))
    if problems:
        return problems
    found = MarkRepair(number, mark, answer, *_record(line))
    first = of_row.setdefault(number, found)
    return [] if first.mark == mark else [_twice(line, first, found)]


def _twice(
    line: _DecisionLine, first: IdentityDecision | MarkRepair, second: IdentityDecision | MarkRepair
) -> Problem:
    message = tell(
        "line {line} of {file}: {decision}, but {source} says {first_decision}",
        line=line.line,
        file=line.file,
        decision=second.decision,
        source=first.source,
        first_decision=first.decision,
    )
    return Problem(line.source, "decided-twice", tell("{message}. Keep one", message=message))


# ── why, by whom, when ───────────────────────────────────────────────────────────────────────


def record_faults(reason: str, by: str, date: str) -> Iterator[tuple[str, str, Message]]:
    """Column, code and message of every fault."""
    for column, text, wanted in (
        ("reason", reason, tell("the reason for the decision")),
        ("by", by, tell("the person who decided")),
        ("date", date, tell("the date of the decision")),
    ):
        if not text:
            message = tell("lacks {wanted}. Fill in `{column}`", wanted=wanted, column=column)
            yield column, f"no-{column}", message
    if is_code(reason):
        message = tell(
            "`{reason}` is the reason code of quarantine.csv. Write your own reason in a column `why`",
            reason=reason,
        )
        yield "reason", "reason-is-a-code", message
    if date and isinstance(fault := day_of(date), str):
        yield "date", "bad-date", fault


def is_code(reason: str) -> bool:
    """Whether it is a reason of quarantine.csv, which no grader wrote."""
    return reason in _CODES


def day_of(text: str) -> datetime.date | Message:
    """The day that is written, 2026-11-20 or as a spreadsheet turns it; or what to write instead."""
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


def _record(line: _DecisionLine) -> tuple[str | None, str, str, str, str, DecidedCrop | None]:
    """The row as it was seen, the source of the decision, its reason, by whom, its day, its crop."""
    raw = line.cell("raw") or None
    seen = (
        DecidedCrop(*(restored(line.text(name)) for name in DecidedCrop._fields))
        if line.text("crop")
        else None
    )
    return raw, line.source, line.text("reason"), line.text("by"), str(day_of(line.text("date"))), seen


def _record_faults(line: _DecisionLine) -> list[Problem]:
    """What is missing of why, by whom and when."""
    found = list(record_faults(*(line.text(role) for role in _ON_RECORD)))
    return [Problem(line.source, code, message, field=field) for field, code, message in found]


def _refusal(source: str, code: str, message: Message) -> Refused:
    message = printable(message)
    return Refused(
        tell("{source}: {message}", source=source, message=message), [Problem(source, code, message)]
    )
