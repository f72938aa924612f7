"""Recognises the columns of a spreadsheet of questions by their headings.

Headings are recognised in Thai and English, as people write them and as in the templates of Kahoot, Quizizz
(Wayground), Socrative, Google Forms and others. If headings are not recognised, `UnknownColumns` lists every
column, and the lines of a file in which the user can describe them.
"""

# ruff: noqa: E501
from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from examgen.core.text.thai import arabic_digits
from examgen.core.words import Message

THAI = "กขคงจฉชซ"
MOST_ABOVE = 20
"""The number of rows at the top in which headings are searched for."""


_NAMES: Mapping[str, str] = {
    "id": "id no number itemid questionid questionno questionnumber qno q code name รหัส รหัสข้อ รหัสข้อสอบ ลำดับ ลำดับที่ ข้อที่ ข้อ",
    "stem": "question questiontext questionstem questiontitle questions stem prompt item itemtext โจทย์ คำถาม ข้อคำถาม โจทย์คำถาม ข้อสอบ",
    "options": "options choices alternatives answeroptions answerchoices possibleanswers ตัวเลือก ตัวเลือกทั้งหมด",
    "key": "answer answers correctanswer correctanswers correct correctoption correctoptions correctchoice rightanswer key answerkey "
    "ans solution เฉลย คำตอบ คำตอบที่ถูก คำตอบที่ถูกต้อง ข้อที่ถูก ข้อถูก ข้อที่ถูกต้อง ตัวเลือกที่ถูก ตัวเลือกที่ถูกต้อง เฉลยคำตอบ",
    "points": "points point score scores marks mark grade weight คะแนน คะแนนเต็ม น้ำหนัก",
    "feedback": "feedback explanation answerexplanation generalfeedback rationale explain comment comments คำอธิบาย อธิบาย เหตุผล "
    "คำอธิบายเฉลย อธิบายเฉลย ข้อเสนอแนะ",
    "tags": "tag tags keyword keywords topic topics skill skills standard standards criterion criteria performancecriterion pc "
    "objective outcome difficulty difficultylevel bloom แท็ก คำสำคัญ หัวข้อ เกณฑ์ เกณฑ์การปฏิบัติงาน ความยาก ระดับความยาก "
    "จุดประสงค์ ตัวชี้วัด มาตรฐาน พฤติกรรม",
    "category": "category categories chapter unit section subject folder หมวด หมวดหมู่ บท บทที่ หน่วย หน่วยที่ เรื่อง วิชา รายวิชา",
    "kind": "type questiontype kind itemtype ประเภท ชนิด ประเภทคำถาม ประเภทข้อสอบ ชนิดข้อสอบ รูปแบบ",
    "picture": "image images imagelink imageurl picture pictureurl media medialink รูป รูปภาพ ภาพ ลิงก์รูปภาพ ภาพประกอบ",
    "leave": "timelimit timeinseconds time timer duration seconds author createdby date language video videolink เวลา เวลาวินาที "
    "ผู้ออกข้อสอบ ผู้แต่ง วันที่",
}  # fmt: skip
ROLES = (*_NAMES, "wrong", "rationales")
_MANY = ("options", "wrong", "rationales", "key", "tags", "leave", "picture")
"""Roles that several columns may have."""
_KNOWN = {name: role for role, names in _NAMES.items() for name in names.split()}
_OPTION = re.compile(
    rf"(?:option|choice|answer|ans|alternative|response|possibleanswer|ตัวเลือก(?:ที่|ข้อ)?|คำตอบ(?:ที่|ข้อ)?|ข้อ)?([a-h{THAI}1-8])"
)
_WRONG = re.compile(r"(?:incorrect(?:answer|option)?|wrong(?:answer|option)?|distractor|ตัวลวง(?:ที่)?)([1-8]?)")
_RATIONALE = re.compile(
    rf"(?:feedback|explanation|rationale|comment|คำอธิบาย|เหตุผล)(?:of|for|option|answer|choice|ตัวเลือก|ข้อ)*([a-h{THAI}1-8])"
)


TRUE = frozenset(["true", "t", "yes", "ถูก", "ใช่", "จริง"])
FALSE = frozenset(["false", "f", "no", "ผิด", "ไม่ใช่", "เท็จ"])
"""Keys of true/false questions that have no options."""
KEY_IS = ("letter", "number", "from 0", "text")


def folded(heading: str) -> str:
    """Return the significant part of a heading: no marks, no brackets, nothing after a dash (`Answer 1 -
    max 75 characters`)."""
    if heading.strip() == "#":
        return "no"
    text = re.sub(r"\((?:s|es)\)", "s", arabic_digits(heading).casefold())
    text = re.sub(r"\([^)]*\)|\[[^]]*\]", "", text)
    text = re.split(r"\s[-–—]\s|:\s*\S", text)[0]
    return re.sub(r"[^0-9a-z\u0e00-\u0e7f]", "", text)


def number(sign: str) -> int:
    """Return the position of an option, from 0: a, ก and 1 are the first."""
    if sign in THAI:
        return THAI.index(sign)
    return int(sign) - 1 if sign.isdigit() else ord(sign) - ord("a")


class QuestionRow(NamedTuple):
    """A row: its line, its cells as texts, and which of them are numbers or dates, or part of a merged
    cell.
    """

    line: int
    cells: Sequence[str]
    odd: frozenset[int] = frozenset()
    merged: frozenset[int] = frozenset()
    fault: str | None = None
    otherwise: Message | None = None
    """Why a cell of it differs from what a person sees in the spreadsheet."""
    emphasised: frozenset[int] = frozenset()
    """The columns of cells with their own background, colour or bold letters."""


def rows_of(records: Iterable[Any]) -> Iterator[QuestionRow]:
    """Yield the records of the table reader as rows."""
    for one in records:
        yield QuestionRow(one.line, one.fields, one.odd, one.merged, one.fault)


@dataclass(slots=True)
class QuestionColumns:
    """The meaning of each column, by position from 0; `unknown` lists those that are not recognised."""

    roles: dict[str, list[int]] = field(default_factory=dict)
    options: dict[int, int] = field(default_factory=dict)
    """The column of each option, by the position of the option."""
    rationales: dict[int, int] = field(default_factory=dict)
    unknown: list[int] = field(default_factory=list)

    def one(self, role: str) -> int | None:
        """Return the first column of a role; None if there is none."""
        return next(iter(self.roles.get(role, ())), None)

    @property
    def lacking(self) -> list[str]:
        """The roles that a table of questions needs and no column has."""
        has_options = len(self.options) > 1 or "options" in self.roles or "wrong" in self.roles
        found = {"stem": "stem" in self.roles, "options": has_options, "key": "key" in self.roles}
        return [role for role, there in found.items() if not there]


class ColumnOptions(NamedTuple):
    """The user's description of the columns: for each role a heading, the number of a column from 1, or a
    list of these; how keys are written (`letter`, `number`, `from 0`, `text`), and the line of the headings.
    """

    roles: Mapping[str, Any] = {}
    key_is: str | None = None
    heading: int | None = None


class UnknownColumns(NamedTuple):
    """The questions for the user: headings that are not recognised, roles without a column, and the lines of
    a file with what is recognised so far.
    """

    headings: Sequence[str]
    lacking: Sequence[str]
    lines: str


NO_OPTIONS = ColumnOptions()


def columns_of(header: Sequence[str], said: ColumnOptions = NO_OPTIONS) -> QuestionColumns:
    """Return the meaning of each column: as the user describes it, else by its heading."""
    found = QuestionColumns()
    taken = set()
    for role, places in said.roles.items():
        listed_places = places if isinstance(places, list) else [places]
        is_of_each = isinstance(places, list) and (role != "options" or len(places) > 1)
        for n, place in enumerate(listed_places):
            column = _place(header, place)
            if column is None:
                continue
            taken.add(column)
            if role in ("options", "rationales") and is_of_each:
                (found.options if role == "options" else found.rationales)[n] = column
            else:
                found.roles.setdefault(role, []).append(column)
    given = {role for role in said.roles if role != "leave"}
    for column, heading in enumerate(header):
        if column not in taken and heading.strip():
            # a role that the user gave, or that another column has, leaves this column unknown
            name = folded(heading)
            role = _KNOWN.get(name, "")
            option, rationale = _OPTION.fullmatch(name), _RATIONALE.fullmatch(name)
            if role and role not in given and (role not in found.roles or role in _MANY):
                found.roles.setdefault(role, []).append(column)
            elif option and "options" not in given and number(option[1]) not in found.options:
                found.options[number(option[1])] = column
            elif _WRONG.fullmatch(name) and "wrong" not in given:
                found.roles.setdefault("wrong", []).append(column)
            elif rationale and "rationales" not in given and number(rationale[1]) not in found.rationales:
                found.rationales[number(rationale[1])] = column
            else:
                found.unknown.append(column)
    return found


def _place(header: Sequence[str], place: object) -> int | None:
    """Return the column with a number from 1 or a heading; None if there is none."""
    if isinstance(place, int):
        return place - 1 if 0 < place <= len(header) else None
    folded = [" ".join(one.split()).casefold() for one in header]
    wanted = " ".join(str(place).split()).casefold()
    return folded.index(wanted) if wanted in folded else None


def missing_places(header: Sequence[str], said: ColumnOptions) -> list[str]:
    """Return the columns that the user names and that do not exist."""
    places = [
        place for given in said.roles.values() for place in (given if isinstance(given, list) else [given])
    ]
    return [str(place) for place in places if _place(header, place) is None]


def heading_of(rows: Sequence[QuestionRow], said: ColumnOptions) -> int:
    """Return the position of the row of headings: as the user states, else the row among the first twenty
    with the most recognised headings.
    """
    if said.heading is not None:
        return next((n for n, row in enumerate(rows) if row.line >= said.heading), 0)
    best, most = 0, -1.0
    for n, row in enumerate(rows[:MOST_ABOVE]):
        columns = columns_of(row.cells)
        named = [cell for cell in row.cells if cell.strip()]
        sure = 10 * (3 - len(columns.lacking)) + len(named) - 2 * len(columns.unknown)
        if not columns.roles:  # letters alone: a row of short options reads like their headings
            sure -= 20
        if len(named) > 1 and sure > most:
            best, most = n, sure
    return best


def asks_of(
    header: Sequence[str], rows: Sequence[QuestionRow], columns: QuestionColumns
) -> UnknownColumns | None:
    """Return the questions to the user before any question is read; None if all is clear. Empty columns
    are ignored."""
    unnamed = [column for column, heading in enumerate(header) if not heading.strip()]
    unknown = [column for column in columns.unknown if any(_filled(rows, column))]
    taken = {column for given in columns.roles.values() for column in given}
    taken |= {*columns.options.values(), *columns.rationales.values()}
    unknown += [
        column
        for column in unnamed
        if column not in taken and not all(cell.isdigit() for cell in _filled(rows, column))
    ]
    keys = [text for column in columns.roles.get("key", ()) for text in _filled(rows, column)]
    lacking = columns.lacking
    if lacking == ["options"] and keys and all(folded(one) in TRUE | FALSE for one in keys):
        lacking = []
    if not unknown and not lacking:
        return None
    lines: list[str] = []
    for role in ("id", "stem", "options", "wrong", "key", "rationales", *_NAMES):
        if f"{role}:" in " ".join(lines):
            continue
        named = columns.options if role == "options" else columns.rationales if role == "rationales" else {}
        places = [named[n] for n in sorted(named)] or columns.roles.get(role, [])
        if role == "leave":
            places = [*places, *unknown]
        if len(places) > 1 or (places and (named or role == "leave")):
            lines.append(f"{role}: [{', '.join(_said(header, place) for place in places)}]")
        elif places:
            lines.append(f"{role}: {_said(header, places[0])}")
        elif role in lacking:
            lines.append(f"{role}: {'[?, ?]' if role == 'options' else '?'}")
    return UnknownColumns(
        [header[column] or str(column + 1) for column in unknown], lacking, "\n".join(lines)
    )


def _filled(rows: Sequence[QuestionRow], column: int) -> list[str]:
    """Return the non-empty cells of a column."""
    return [text for row in rows if column < len(row.cells) and (text := row.cells[column].strip())]


def _said(header: Sequence[str], column: int) -> str:
    """Return a column in YAML by its heading; by its number if it has no heading or shares it."""
    heading = header[column]
    if not heading.strip() or list(header).count(heading) > 1:
        return str(column + 1)
    is_plain = re.fullmatch(r"[\w\u0e00-\u0e7f][\w \u0e00-\u0e7f.]*", heading) and not heading.isdigit()
    return heading if is_plain else repr(heading)
