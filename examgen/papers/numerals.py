"""Numbers and dates as papers print them: Arabic or Thai figures, Buddhist or Gregorian era."""

from __future__ import annotations

from datetime import date as Day
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from examgen.models.papers import Digits, Era

_THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
_MONTHS_TH = (
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน",
    "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
)  # fmt: skip
_MONTHS_EN = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_BUDDHIST = 543


def in_digits(text: object, digits: Digits) -> str:
    """The text with its figures Thai where `digits` says so."""
    return str(text).translate(_THAI_DIGITS) if digits == "thai" else str(text)


def date_th(day: Day, era: Era) -> str:
    """20 พฤศจิกายน 2569, or 20 พฤศจิกายน ค.ศ. 2026."""
    year = f"{day.year + _BUDDHIST}" if era == "buddhist" else f"ค.ศ. {day.year}"
    return f"{day.day} {_MONTHS_TH[day.month - 1]} {year}"


def date_en(day: Day) -> str:
    """20 November 2026."""
    return f"{day.day} {_MONTHS_EN[day.month - 1]} {day.year}"


@pass_context
def digits_filter(context: Context, value: Any) -> Any:
    """The filter `digits` of templates: a number in the figures of the paper; markup stays as it is."""
    if hasattr(value, "__html__"):
        return value
    return in_digits(value, getattr(context.get("paper"), "digits", "arabic"))
