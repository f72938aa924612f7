"""Candidate list → its table and the roles of its columns: the id, the parts of the name, room and seat."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from examgen.capture.cells import NOT_MARKED, fold
from examgen.capture.columns import free_name, named_column
from examgen.capture.declared_columns import headed_table, not_a_heading
from examgen.capture.grader_decisions import clean_text
from examgen.core.column_names import CENTRE, DEALT
from examgen.core.models.field_types import ExamRoom
from examgen.core.problems import Problem, Refused
from examgen.core.register import ROSTER_COLUMNS
from examgen.core.tables.opening import open_tables
from examgen.core.tables.records import Table, TableRecord
from examgen.stats.checklists import CANDIDATE_NAMES, CENTRE_HEADS

CENTRE_NAMES = tuple((head,) for head in CENTRE_HEADS)
ROOM_NAMES = (("room",), ("ห้องสอบ", "ห้อง", "exam_room"))
SEAT_NAMES = next(one.heads for one in ROSTER_COLUMNS if one.name == "seat")


ACCESSIBLE, LARGE_PRINT = "accessible", "large_print"
"""Columns of a list with the candidates who get a variant of the booklet."""

_VARIANT_HEADS = {
    LARGE_PRINT: (
        *(LARGE_PRINT, "large-print", "ตัวอักษรขนาดใหญ่", "ตัวอักษรใหญ่", "อักษรขนาดใหญ่", "ตัวพิมพ์ขนาดใหญ่"),
        *("ตัวพิมพ์ใหญ่", "ตัวหนังสือขนาดใหญ่", "ตัวหนังสือใหญ่", "ฉบับตัวอักษรขนาดใหญ่", "ข้อสอบตัวอักษรขนาดใหญ่"),
    ),
    ACCESSIBLE: (
        *(ACCESSIBLE, "screen_reader", "screen-reader", "อ่านหน้าจอ", "โปรแกรมอ่านหน้าจอ"),
        *("ฉบับสำหรับโปรแกรมอ่านหน้าจอ", "ใช้โปรแกรมอ่านหน้าจอ"),
    ),
}
VARIANTS = {fold(head): column for column, heads in _VARIANT_HEADS.items() for head in heads}
"""The column for each normalised heading."""

EXTRA_MINUTES, OTHER_HELP = "extra_minutes", "other_help"
"""Columns of a list with other accommodation than a variant of the booklet."""

_GIVEN_HEADS = {
    EXTRA_MINUTES: (
        *(EXTRA_MINUTES, "extra-minutes", "extra minutes", "extra_time", "minutes_more", "เวลาเพิ่ม"),
        *("เวลาเพิ่ม (นาที)", "เวลาที่เพิ่ม", "เวลาที่เพิ่ม (นาที)", "เพิ่มเวลา", "เพิ่มเวลา (นาที)", "ขอเวลาเพิ่ม"),
    ),
    OTHER_HELP: (
        *(OTHER_HELP, "other-help", "other help", "accommodation", "ความช่วยเหลืออื่น", "ความช่วยเหลือ"),
        *("สิ่งที่จัดให้", "การอำนวยความสะดวก", "สิ่งอำนวยความสะดวก"),
    ),
}
GIVEN = {fold(head): column for column, heads in _GIVEN_HEADS.items() for head in heads}
"""The column for each normalised heading."""

_ASKED = {
    LARGE_PRINT: (*_VARIANT_HEADS[LARGE_PRINT], "ตัวโต", "ตัวใหญ่", "สายตาเลือนราง", "large type", "low vision"),
    ACCESSIBLE: (*_VARIANT_HEADS[ACCESSIBLE][1:], "screen reader", "ตาบอด"),
}
_ASKED_HELP = {
    EXTRA_MINUTES: ("เวลาเพิ่ม", "เพิ่มเวลา", "ขยายเวลา", "extra time", "more time", "extra minutes"),
    OTHER_HELP: (
        *("special need", "disabilit", "accommodation", "ความต้องการพิเศษ", "ความช่วยเหลือพิเศษ"),
        *("ความพิการ", "พิการ", "ผู้ช่วยอ่าน", "ห้องแยก"),
    ),
}
PLAIN_MARKS = frozenset(
    ("x", "✓", "✔", "1", "1.0", "y", "yes", "true", "v", "/", "*", "ใช่", "มี", "ขอ", "ต้องการ", "ใช้")
)
"""Plain marks in a column of marks; any other text may have an additional meaning."""
_DECLINED = re.compile("ไม่(?:ขอ|ต้อง|ใช้|รับ|มี)|^(?:no|not)[^a-z]|^without")


def is_marked(cell: str) -> bool:
    """Return whether a cell in a column of marks is marked."""
    said = cell.strip().casefold()
    return said not in NOT_MARKED and not _DECLINED.search(said)


def help_asked(remark: str) -> list[str]:
    """Return the columns for what a heading, or a remark about a candidate, seems to request."""
    said = fold(remark)
    if _DECLINED.search(remark.strip().casefold()):
        return []
    return [
        *variants_asked(remark),
        *(column for column, words in _ASKED_HELP.items() if any(fold(one) in said for one in words)),
    ]


_MINUTES_MORE = re.compile(r"(\d{1,3})\s*(?:นาที|min)", re.IGNORECASE)
_MORE = re.compile(r"เพิ่ม|ขยาย|extra|more|additional|longer", re.IGNORECASE)


def minutes_asked(remark: str) -> int:
    """Return the extra minutes that a remark about a candidate seems to request; 0 if it names none."""
    declined = _DECLINED.search(remark.strip().casefold())
    found = None if declined or not _MORE.search(remark) else _MINUTES_MORE.search(remark)
    return int(found[1]) if found else 0


def variants_asked(remark: str) -> list[str]:
    """Return the variants that a remark about a candidate seems to request; a person decides whether
    it does.
    """
    said = fold(remark)
    if _DECLINED.search(remark.strip().casefold()):
        return []
    return [column for column, words in _ASKED.items() if any(fold(one) in said for one in words)]


class NameHeads(NamedTuple):
    """Headings of the name in one language; `name` is for a whole name, or for the first name if `last` is
    present.
    """

    name: tuple[str, ...]
    title: tuple[str, ...]
    middle: tuple[str, ...]
    last: tuple[str, ...]


ENGLISH = NameHeads(
    name=("first_name", "given_name", "forename", "firstname"),
    title=("title", "prefix", "name_title", "name_prefix"),
    middle=("middle_name",),
    last=("last_name", "surname", "family_name", "lastname"),
)
THAI = NameHeads(
    name=("ชื่อ-นามสกุล", "ชื่อ-สกุล", "ชื่อนามสกุล", "ชื่อและนามสกุล", "ชื่อ", "ชื่อตัว"),
    title=("คำนำหน้า", "คำนำหน้าชื่อ", "คำนำหน้านาม"),
    middle=("ชื่อกลาง",),
    last=("นามสกุล", "สกุล", "ชื่อสกุล"),
)
NAME_NAMES = (("name",), (*THAI.name, "full_name", "candidate_name"), (*ENGLISH.name, "ชื่อสกุล"))
OTHER_NAMES = (
    *("name_en", "name_th", "english_name", "thai_name", "full_name", "candidate_name", "ชื่อภาษาอังกฤษ"),
    *("ชื่อ-นามสกุล (อังกฤษ)", "ชื่อ-สกุล (อังกฤษ)", "ชื่อ-นามสกุลภาษาอังกฤษ", "ชื่อ-สกุลภาษาอังกฤษ"),
)
"""Headings of a second whole name, in another script."""


class NameColumns(NamedTuple):
    """The columns of the parts of the name; only `name` if a list has it in one column."""

    title: int | None = None
    name: int | None = None
    middle: int | None = None
    last: int | None = None

    @property
    def places(self) -> tuple[int, ...]:
        """The indices of the columns that are present."""
        return tuple(place for place in self if place is not None)

    def of(self, fields: Sequence[str]) -> str:
        """Return the printed name in one line, without repeating parts that `name` already contains."""
        title, name, middle, last = (clean_text(fields[place]) if place is not None else "" for place in self)
        if not name:
            return ""
        ends = [end for end in (middle, last) if end.strip("-–—.")]
        is_whole = not ends or name.endswith(f" {ends[-1]}")
        whole = name if is_whole else " ".join((name, *ends))
        if not title or (is_whole and whole.startswith(title)):
            return whole
        return title + ("" if _is_thai(title[-1]) and _is_thai(whole[0]) else " ") + whole


def _is_thai(character: str) -> bool:
    return "\u0e00" <= character <= "\u0e7f" or character == "."


class ListColumns(NamedTuple):
    """The role of each column."""

    names: Sequence[str]
    candidate: int
    name: NameColumns
    centre: int | None
    room: int | None
    seat: int | None
    extras: dict[int, str]


class OneSpelling:
    """Maps names that differ only in blanks, capitals or the script of digits to the first one that
    was read.
    """

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._rooms: dict[tuple[str, str], ExamRoom] = {}

    def of(self, name: str) -> str:
        """Return the first spelling of that name."""
        return self._first.setdefault(fold(name), name) if name else ""

    def room(self, room: ExamRoom) -> ExamRoom:
        """Return the room in the first spelling at its centre; another centre may spell it differently."""
        centre = self.of(room.centre)
        return self._rooms.setdefault((centre, fold(room.name) or room.name), ExamRoom(centre, room.name))


# ── the table ────────────────────────────────────────────────────────────────────────────────


def recognised_list(name: str, data: bytes) -> tuple[Table, ListColumns]:
    """Return the only table whose heading has the candidates, and its columns; titles may precede it."""
    try:
        tables = open_tables(name, data)
    except Refused as refused:
        codes = {"not-an-answer-file": "not-a-candidate-list"}
        problems = [Problem(p.source, codes.get(p.code, p.code), p.message) for p in refused.problems]
        raise Refused.because("{name} is not a candidate list", problems, name=name) from refused
    wanted = "candidate_id", "name", "room", "seat"
    return headed_table(name, tables, _columns, lambda columns: len(columns.names), wanted)


# ── its heading ──────────────────────────────────────────────────────────────────────────────


def _columns(source: str, header: TableRecord) -> ListColumns:
    folded = [fold(cell) for cell in header.fields]
    candidate = named_column(folded, CANDIDATE_NAMES, "candidate_id", source)
    if candidate is None:
        raise not_a_heading(source, header, ["candidate_id"])
    # The parts of the name; those of another language than `name` only where nothing else is theirs.
    name_ = NameColumns()
    whole = named_column(folded, NAME_NAMES, "name", source)
    if whole is not None:
        own, other = (THAI, ENGLISH) if _is_thai(folded[whole][0]) else (ENGLISH, THAI)
        left = ["" if i == whole else cell for i, cell in enumerate(folded)]
        is_other = not set(map(fold, other.name)).isdisjoint(left)
        parts = {
            role: named_column(
                left, (getattr(own, role), *([] if is_other else [getattr(other, role)])), role, source
            )
            for role in ("title", "middle", "last")
        }
        name_ = NameColumns(name=whole, **parts)
    centre, room, seat = (
        named_column(folded, names, role, source)
        for role, names in (("centre", CENTRE_NAMES), ("room", ROOM_NAMES), ("seat", SEAT_NAMES))
    )
    used, taken = {candidate, *name_.places, centre, room, seat}, {*DEALT, CENTRE}
    extras = {
        i: free_name(clean_text(cell), i, taken) for i, cell in enumerate(header.fields) if i not in used
    }
    return ListColumns(header.fields, candidate, name_, centre, room, seat, extras)
