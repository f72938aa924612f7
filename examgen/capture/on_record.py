"""Why a decision was taken, by whom and when: what must be said of each, and how a day is written."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

from examgen.capture.reasons import QUARANTINE_REASONS

FIRST_BUDDHIST_YEAR = 2400

_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_CODES = {reason.code for reason in QUARANTINE_REASONS}
_EXAMPLE = "write year-month-day, as in 2026-11-20"


def record_faults(reason: str, by: str, date: str) -> Iterator[tuple[str, str, str]]:
    """Column, code and message of every fault."""
    for column, text, wanted in (
        ("reason", reason, "why it was decided so"),
        ("by", by, "who decided"),
        ("date", date, "when it was decided"),
    ):
        if not text:
            yield column, f"no-{column}", f"does not say {wanted}: fill in `{column}`"
    if is_code(reason):
        message = f"`{reason}` is the code of quarantine.csv, not yours: write your reason in a column `why`"
        yield "reason", "reason-is-a-code", message
    if date and isinstance(fault := day_of(date), str):
        yield "date", "bad-date", fault


def is_code(reason: str) -> bool:
    """Whether it is a reason of quarantine.csv, which no grader wrote."""
    return reason in _CODES


def day_of(text: str) -> datetime.date | str:
    """The day that is written, 2026-11-20 or as a spreadsheet turns it; or what to write instead."""
    plain = text.translate(_THAI_DIGITS).removesuffix(" 00:00:00")
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", plain):
        return _day(text, *map(int, found.groups()))
    if found := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", plain):
        first, second, year = map(int, found.groups())
        ways = sorted({(month, day) for month, day in ((first, second), (second, first)) if month <= 12})
        if len(ways) == 1:
            return _day(text, year, *ways[0])
        wanted = " or ".join(f"{_gregorian(year)}-{month:02}-{day:02}" for month, day in ways)
        if wanted:
            return f"{text} is one of two days: write {wanted}, or give the table as .xlsx, which keeps days"
    return f"{text!r} is not a date: {_EXAMPLE}"


def _day(text: str, year: int, month: int, day: int) -> datetime.date | str:
    if year >= FIRST_BUDDHIST_YEAR:
        return f"{text} is in the Buddhist era: write {_gregorian(year)}-{month:02}-{day:02}"
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return f"{text} is not a day of the calendar: {_EXAMPLE}"


def _gregorian(year: int) -> int:
    return year - 543 if year >= FIRST_BUDDHIST_YEAR else year
