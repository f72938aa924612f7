"""Thai wording used everywhere: categories and statuses, digits, dates, and the sorting of names."""

from __future__ import annotations

import re
import unicodedata
from datetime import date as Day
from typing import TYPE_CHECKING

from examgen.core.words import noted, tell

if TYPE_CHECKING:
    from examgen.core.models.papers import Digits, Era

SortKey = tuple[list[tuple[int, str]], list[str], str]
"""Letters and numbers in order, then the marks after each letter, then the text itself."""

_KINDS = {
    *(noted("remember"), noted("understand"), noted("apply"), noted("analyse"), noted("evaluate")),
    *(noted("draft"), noted("review"), noted("approved")),
    *(noted("pilot"), noted("operational"), noted("retired")),
}

_THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
_ARABIC_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
MONTHS_TH = (
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน",
    "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
)  # fmt: skip
MONTHS_EN = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
SHORT_MONTHS_TH = (
    "ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค.",
)  # fmt: skip
WEEKDAYS = (
    tell("Monday"),
    tell("Tuesday"),
    tell("Wednesday"),
    tell("Thursday"),
    tell("Friday"),
    tell("Saturday"),
    tell("Sunday"),
)
_BUDDHIST = 543
FIRST_BUDDHIST_YEAR = 2400
"""From this year on, a year is taken to be of the Buddhist era, although written as if of the common era."""
_LATIN = re.compile("[A-Za-z]")
_LEADING = re.compile("([เ-ไ])([ก-ฮ])")
_MARKS = re.compile("[็-์]")
_MARKS_AFTER = re.compile("[^็-์]([็-์]*)")
_NUMBER = re.compile(r"(\d+)")


def common_year(year: int) -> int:
    """Returns a written year as a year of the common era."""
    return year - _BUDDHIST if year >= FIRST_BUDDHIST_YEAR else year


def kind_th(name: str) -> str:
    """Returns the Thai word for a cognitive category or a status; any other word is returned unchanged."""
    return tell(name).th if name in _KINDS else name


def in_digits(text: object, digits: Digits) -> str:
    """Returns the text, with Thai digits if `digits` is `thai`."""
    return str(text).translate(_THAI_DIGITS) if digits == "thai" else str(text)


def in_figures(value: object, digits: Digits) -> object:
    """Returns a number, or the text of one, as `in_digits` does; a code or markup is returned unchanged."""
    is_code = hasattr(value, "__html__") or (isinstance(value, str) and _LATIN.search(value))
    return value if is_code else in_digits(value, digits)


def in_arabic(value: object) -> object:
    """Returns the text of a number with Arabic digits; any other value is returned unchanged."""
    if not isinstance(value, str) or hasattr(value, "__html__") or any(map(str.isalpha, value)):
        return value
    return arabic_digits(value)


def arabic_digits(text: str) -> str:
    """Returns the text with Arabic digits in place of Thai ones."""
    return text.translate(_ARABIC_DIGITS)


def date_th(day: Day, era: Era) -> str:
    """Returns a date in Thai: 20 พฤศจิกายน 2569, or 20 พฤศจิกายน ค.ศ. 2026."""
    year = f"{day.year + _BUDDHIST}" if era == "buddhist" else f"ค.ศ. {day.year}"
    return f"{day.day} {MONTHS_TH[day.month - 1]} {year}"


def date_en(day: Day) -> str:
    """Returns a date in English: 20 November 2026."""
    return f"{day.day} {MONTHS_EN[day.month - 1]} {day.year}"


_ORDERED = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})")
_SPOKEN = re.compile(r"(?P<day>\d{1,2})(?:[/.-](?P<month>\d{1,2})[/.-]|(?P<word>[^\d/-]+))(?P<year>\d{4})")
_SHORT = re.compile(r"(?P<day>\d{1,2})(?:[/.](?P<month>\d{1,2})[/.]|(?P<word>[^\d/-]+))(?P<year>\d{2})")
"""A date with a two-digit year. Dashes are not allowed, because the year might then come first."""
_AROUND = re.compile("^วัน[ก-์]*?ที่|เดือน|พ\\.?ศ\\.?(?=\\d{4})|ค\\.?ศ\\.?(?=\\d{4})")
_MONTHS = {
    re.sub(r"[\s.]", "", name).casefold(): n
    for names in (MONTHS_TH, SHORT_MONTHS_TH, MONTHS_EN, [name[:3] for name in MONTHS_EN])
    for n, name in enumerate(names, 1)
}


def typed_day(text: str) -> Day | None:
    """Returns the date typed by a user, in either era and script of digits: 20 ธันวาคม 2569, 20 ธ.ค. 2569,
    20/12/2569, 20 ธ.ค. 69, 2026-12-20, 20 December 2026. None if it is not a date, or if a two-digit year is
    outside 2010–2050 in both eras."""
    plain = re.sub(r"[\s,]", "", arabic_digits(unicodedata.normalize("NFKC", text)))
    plain = _AROUND.sub("", plain.replace("\u0e4d\u0e32", "\u0e33"))
    found = _ORDERED.fullmatch(plain) or _SPOKEN.fullmatch(plain) or _SHORT.fullmatch(plain)
    if found is None:
        return None
    parts = found.groupdict()
    word = re.sub(r"\.", "", parts.get("word") or "").casefold()
    try:
        return Day(_year(parts["year"]), int(parts["month"] or _MONTHS.get(word, 0)), int(parts["day"]))
    except ValueError:
        return None


def _year(digits: str) -> int:
    """Returns the common-era year typed with four digits or two: 26 and 69 are 2026. Raises ValueError if two
    digits may belong to another century."""
    if len(digits) == 4:
        return common_year(int(digits))
    for century in (2000, 2500):
        year = common_year(century + int(digits))
        if 2010 <= year <= 2050:
            return year
    raise ValueError(digits)


def short_date_th(day: Day) -> str:
    """Returns a short date in Thai: 20 พ.ย. 2569."""
    return f"{day.day} {SHORT_MONTHS_TH[day.month - 1]} {day.year + _BUDDHIST}"


def short_date_en(day: Day) -> str:
    """Returns a short date in English: 20 Nov 2026."""
    return f"{day.day} {MONTHS_EN[day.month - 1][:3]} {day.year}"


def dictionary_order(text: str) -> SortKey:
    """Returns a sorting key: Thai as in the Royal Institute's dictionary, numbers by value (room 2 before
    room 10).

    A vowel written before its consonant (เ แ โ ใ ไ) is sorted after it. Tone marks, ็ and ์ count only
    between names that are otherwise the same.
    """
    plain = _LEADING.sub(r"\2\1", unicodedata.normalize("NFC", text).casefold())
    letters = _MARKS.sub("", plain)
    parts: list[tuple[int, str]] = []
    for part in _NUMBER.split(letters):
        # numbers of any length by value: the one with more digits is larger
        digits = "".join(str(unicodedata.digit(one)) for one in part) if part.isdecimal() else ""
        digits = digits.lstrip("0")
        parts.append((len(digits), digits) if part.isdecimal() else (-1, part))
    return parts, _MARKS_AFTER.findall(plain), text
