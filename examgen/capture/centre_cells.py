"""A cell of a list that a centre returns → its value, or a message on what to write instead: times of day,
moments, counts, serials of booklets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from examgen.capture.cells import PLAIN, fold
from examgen.capture.decision_files import day_of
from examgen.capture.declared_columns import CellFault, candidate_number
from examgen.core.text.thai import MONTHS_TH, SHORT_MONTHS_TH, arabic_digits, common_year
from examgen.core.words import Message, tell

NONE_WORDS = frozenset(
    map(
        fold,
        (
            *("-", "–", "none", "nil", "no", "nothing", "not given", "no interest"),
            *("ไม่มี", "ไม่", "ไม่ได้ให้", "ไม่ได้รับ", "ไม่ได้จัด", "ไม่ได้จัดให้", "ไม่จัดให้", "ไม่มีการจัดให้"),
            *("ไม่มีส่วนได้เสีย", "ไม่มีส่วนเกี่ยวข้อง", "ไม่มีความเกี่ยวข้อง", "ไม่เกี่ยวข้อง", "ไม่มีส่วนได้ส่วนเสีย"),
        ),
    )
)
"""Words that say that there is nothing to report, which is more than an empty cell."""
ALL_WORDS = frozenset(map(fold, ("all", "all of them", "ทั้งหมด", "ทุกเล่ม", "ทุกฉบับ")))
_CLOCK = re.compile(
    r"(\d{1,2})[:.](\d{2})(?:[:.]\d{2}(?:\.\d+)?)?\s*(am|pm|น\.?|นาฬิกา|hrs?\.?|h)?", re.IGNORECASE
)
_MOMENT = re.compile(
    r"(\d[\d/.-]{4,}|\d{1,2}\s*[ก-๙.]+\s*\d{4})(?:[tT]|[ ,]+(?:เวลา\s*|at\s+)?)(\d{1,2}[:.].+)"
)
_DAY_IN_WORDS = re.compile(r"(\d{1,2})\s*([ก-๙][ก-๙.]*)\s*(?:พ\.ศ\.\s*|ค\.ศ\.\s*)?(\d{4})")
_MONTHS = {
    name.replace(".", ""): n for names in (MONTHS_TH, SHORT_MONTHS_TH) for n, name in enumerate(names, 1)
}
_BUDDHIST_DAY = re.compile(r"(?:(2[4-9]\d\d)-(\d{1,2})-(\d{1,2})|(\d{1,2})[/.-](\d{1,2})[/.-](2[4-9]\d\d))")
_SERIAL = re.compile(r"[^\s,;]+-[0-9]{4,}-[0-9]{2}")
_BETWEEN = re.compile(r"\s*(?:–|—|…|\.{2,3}|ถึง|\sto\s|\s-\s)\s*")
_LIST = re.compile(r"[,;\n、]|\sและ\s|\sand\s")
_COUNT = re.compile(r"([0-9]{1,6})(?:\.0+)?\s*(?:เล่ม|ฉบับ|ชุด|แผ่น|คน|นาที|min\.?|minutes?)?", re.IGNORECASE)


class Moment(NamedTuple):
    """When something was done: day (ISO 8601) and time (HH:MM), each empty if it is not given."""

    day: str = ""
    time: str = ""

    @property
    def text(self) -> str:
        """The day and the time as text."""
        return " ".join(filter(None, self))


class Serials(NamedTuple):
    """Booklets named in a cell: by serials, by ranges of serials, or by number without serials."""

    ranges: tuple[tuple[str, str], ...] = ()
    is_all: bool = False
    n: int | None = None
    """The number of booklets, if no serials are given."""

    @property
    def text(self) -> str:
        """The booklets as text."""
        if self.n is not None:
            return str(self.n)
        if self.is_all:
            return "all"
        return ", ".join(a if a == b else f"{a} – {b}" for a, b in self.ranges) or "-"


def plain(text: str) -> str:
    """Return a cell with one way to write digits, blanks and dashes; its lines are kept apart."""
    return "\n".join(" ".join(line.translate(PLAIN).split()) for line in text.splitlines()).strip()


def time_of(text: str) -> str | Message:
    """Return a time of day as HH:MM, from `9.30 น.`, `09:30`, `1:05 PM`, or as a spreadsheet changes it; or a
    message.
    """
    found = _CLOCK.fullmatch(plain(text))
    if found is not None:
        hour, minute, half = int(found[1]), int(found[2]), (found[3] or "").lower()
        if half in ("am", "pm") and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half == "pm" else 0)
        if hour < 24 and minute < 60:
            return f"{hour:02}:{minute:02}"
    return tell("`{text}` is not a time of day. Write hours and minutes, for example 09:30", text=text)


def centre_day(text: str) -> date | Message:
    """Return a day as people at a centre write it: with the Thai name of the month, or in the Buddhist era
    with the day first (`20/12/2569`); otherwise as `day_of` reads it. Returns a message if there is none.
    """
    said = arabic_digits(plain(text))
    if found := _DAY_IN_WORDS.fullmatch(said):
        day, month, year = int(found[1]), _MONTHS.get(found[2].replace(".", ""), 0), int(found[3])
    elif found := _BUDDHIST_DAY.fullmatch(said):
        parts = [int(part) for part in found.groups() if part]
        day, month, year = parts if int(parts[-1]) > 31 else parts[::-1]
    else:
        return day_of(text)
    try:
        return date(common_year(year), month, day)
    except ValueError:
        return tell("{text} is not a date of the calendar. Write a date such as 2026-12-20", text=text)


def moment_of(text: str) -> Moment | Message:
    """Return a day and a time, or one of the two; or a message."""
    said = plain(text)
    if _CLOCK.fullmatch(said):
        time = time_of(said)
        return time if isinstance(time, Message) else Moment("", time)
    if said.endswith(" 00:00:00"):  # a day of a spreadsheet
        said = said.removesuffix(" 00:00:00")
    found = _MOMENT.fullmatch(said)
    day = centre_day(found[1] if found is not None else said)
    if isinstance(day, Message):
        if found is not None or re.search(r"\d[-/]\d", said):
            return day
        return tell("`{text}` is not a date and time. Write both, for example 2026-12-20 09:30", text=text)
    if found is None:
        return Moment(day.isoformat())
    time = time_of(found[2])
    return time if isinstance(time, Message) else Moment(day.isoformat(), time)


def count_of(text: str) -> int | Message:
    """Return an integer, which a counted unit may follow; or a message."""
    found = _COUNT.fullmatch(plain(text))
    if found is None:
        return tell("`{text}` is not a number. Write a whole number, for example 12", text=text)
    return int(found[1])


def parts_of(text: str) -> list[str]:
    """Return the parts of a cell that lists several values."""
    return [part.strip() for part in _LIST.split(text) if part.strip()]


def candidates_of(text: str) -> tuple[str, ...] | CellFault | Message:
    """Return the candidate numbers in a cell, separated by commas; or the fault."""
    found: list[str] = []
    for one in map(candidate_number, parts_of(text)):
        if isinstance(one, CellFault):
            return one
        found.append(one)
        if not any(map(str.isdigit, one)):
            return tell(
                "`{text}` is not a candidate number. Write only the numbers, with commas between them",
                text=one,
            )
    return tuple(dict.fromkeys(found))


def serial_of_cell(text: str) -> str | Message:
    """Return the serial of one booklet, or a message."""
    said = plain(text)
    return said if _SERIAL.fullmatch(said) else _no_serial(text)


def serials_of(text: str) -> Serials | Message:
    """Return the serials and ranges of serials in a cell, which may also say all, none or a number; or a
    message."""
    said = fold(text)
    if said in ALL_WORDS:
        return Serials(is_all=True)
    if said in NONE_WORDS:
        return Serials()
    if isinstance(n := count_of(text), int):
        return Serials(n=n) if n else Serials()
    ranges: list[tuple[str, str]] = []
    for part in parts_of(text):
        ends = _ends(part)
        if ends is None:
            return _no_serial(part)
        ranges.append(ends)
    return Serials(tuple(dict.fromkeys(ranges)))


def _ends(part: str) -> tuple[str, str] | None:
    ends: Sequence[str] = (
        [plain(part)] if _SERIAL.fullmatch(plain(part)) else list(map(plain, _BETWEEN.split(part)))
    )
    if len(ends) not in (1, 2) or not all(map(_SERIAL.fullmatch, ends)):
        return None
    return ends[0], ends[-1]


def _no_serial(text: str) -> Message:
    return tell(
        "`{text}` is not a booklet number. Write it as printed, for example A-0001-19, or as a "
        "range A-0001-19 – A-0012-83",
        text=text,
    )
