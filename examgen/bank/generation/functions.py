"""The functions that an expression of an item model may call. All compute exact values with bounded work."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from fractions import Fraction
from typing import Any

from examgen.core.words import Message, tell


class Wrong(Exception):
    """A fault in an expression or text; the caller knows where."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


Value = Fraction | str | bool | date | time | tuple[Any, ...]
_MOST = 40
_MOST_DAYS = 100_000
_HALF = Fraction(1, 2)


def numbers(values: tuple[Value, ...]) -> list[Fraction]:
    """Return the values if all are numbers; else raise Wrong."""
    for value in values:
        if not isinstance(value, Fraction):
            raise Wrong(tell("{value} is not a number", value=str(value)[:60]))
    return [value for value in values if isinstance(value, Fraction)]


def _whole(value: Value) -> int:
    [number] = numbers((value,))
    if number.denominator != 1:
        raise Wrong(tell("{value} is not a whole number", value=number))
    return number.numerator


def _days(values: tuple[Value, ...]) -> list[date]:
    for value in values:
        if not isinstance(value, date):
            raise Wrong(tell("{value} is not a date", value=str(value)[:60]))
    return [value for value in values if isinstance(value, date)]


def rounded(value: Fraction, places: int = 0) -> Fraction:
    """Round half away from 0, as taught at school: 2.5 becomes 3, and −2.5 becomes −3."""
    if abs(places) > 12:
        raise Wrong(tell("cannot be rounded to {places} places", places=places))
    scale = Fraction(10) ** places
    nearest = Fraction(math.floor(abs(value) * scale + _HALF)) / scale
    return nearest if value >= 0 else -nearest


def _median(*values: Value) -> Value:
    ordered = sorted(numbers(values))
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _nearest_rank(percent: Value, *values: Value) -> Value:
    """Return the lowest value such that at least this percentage of the values do not exceed it (nearest
    rank).
    """
    [share] = numbers((percent,))
    if not 0 < share <= 100:
        raise Wrong(tell("{share} is not a percentage above 0", share=share))
    ordered = sorted(numbers(values))
    return ordered[max(1, math.ceil(share * len(ordered) / 100)) - 1]


def _count(*values: Value) -> Value:
    if not all(isinstance(value, bool) for value in values):
        raise Wrong(tell("`count` takes conditions and returns how many of them are true"))
    return Fraction(sum(bool(value) for value in values))


def _sequence(*values: Value) -> Value:
    """Join labels in the order of their numbers, which must differ: `sequence(2, "b", 1, "a")` is `a → b`."""
    ranks, labels = numbers(values[::2]), values[1::2]
    if len(ranks) != len(labels) or len(set(ranks)) < len(ranks):
        raise Wrong(tell("`sequence` takes different numbers, each followed by its label"))
    ordered = sorted(zip(ranks, map(str, labels), strict=True))
    return " → ".join(label for _, label in ordered)


def _date(text: Value) -> Value:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise Wrong(tell("{text} is not a date such as 2026-11-20", text=str(text)[:60])) from None


def _time(text: Value) -> Value:
    try:
        return time.fromisoformat(str(text))
    except ValueError:
        raise Wrong(tell("{text} is not a time such as 08:30", text=str(text)[:60])) from None


def _workday(start: Value, n: Value, *holidays: Value) -> Value:
    """Return the n-th working day after a day; Saturdays, Sundays and holidays do not count."""
    [day], closed, left = _days((start,)), set(_days(holidays)), _whole(n)
    if not 0 <= left <= _MOST_DAYS:
        raise Wrong(tell("{n} is not a number of working days", n=left))
    try:
        while left:  # once, and once more for each holiday at most
            # The n-th day from Monday to Friday after a day.
            weekday = min(day.isoweekday(), 5)
            monday = day - timedelta(days=day.isoweekday() - 1)
            weeks, rest = divmod(weekday - 1 + left, 5)
            later = monday + timedelta(days=7 * weeks + rest)
            left = sum(day < one <= later and one.isoweekday() < 6 for one in closed)
            day = later
    except OverflowError:
        raise Wrong(tell("is after the end of the calendar")) from None
    return day


def _workdays(first: Value, last: Value, *holidays: Value) -> Value:
    """Return the number of working days from one day to another, both included."""
    begin, end = _days((first, last))
    if end < begin:
        raise Wrong(tell("{first} to {last} is not a period", first=begin, last=end))
    closed = sum(begin <= one <= end and one.isoweekday() < 6 for one in set(_days(holidays)))
    return Fraction(_weekdays_to(end) - _weekdays_to(begin - timedelta(days=1)) - closed)


def _weekdays_to(day: date) -> int:
    """Return the number of days from Monday to Friday since the start of the calendar, which was a Monday."""
    weeks, days = divmod(day.toordinal(), 7)
    return 5 * weeks + min(days, 5)


def _minutes(of: Value) -> Value:
    if not isinstance(of, time):
        raise Wrong(tell("{of} is not a time of day", of=str(of)[:60]))
    return Fraction(of.hour * 60 + of.minute)


def _choose(n: Value, *values: Value) -> Value:
    place = _whole(n)
    if not 1 <= place <= len(values):
        raise Wrong(tell("`choose` has no value {n}", n=place))
    return values[place - 1]


FUNCTIONS: Mapping[str, tuple[Callable[..., Value], int, int]] = {
    "abs": (lambda value: abs(numbers((value,))[0]), 1, 1),
    "ceil": (lambda value: Fraction(math.ceil(numbers((value,))[0])), 1, 1),
    "choose": (_choose, 2, _MOST),
    "count": (_count, 1, _MOST),
    "date": (_date, 1, 1),
    "floor": (lambda value: Fraction(math.floor(numbers((value,))[0])), 1, 1),
    "is_workday": (
        lambda day, *holidays: _days((day,))[0].isoweekday() < 6 and day not in _days(holidays),
        1,
        _MOST,
    ),
    "max": (lambda *values: max(numbers(values)), 1, _MOST),
    "mean": (lambda *values: sum(numbers(values), Fraction(0)) / len(values), 1, _MOST),
    "median": (_median, 1, _MOST),
    "min": (lambda *values: min(numbers(values)), 1, _MOST),
    "minutes": (_minutes, 1, 1),
    "nearest_rank": (_nearest_rank, 2, _MOST),
    "round": (lambda value, places=Fraction(0): rounded(numbers((value,))[0], _whole(places)), 1, 2),
    "sequence": (_sequence, 4, _MOST),
    "sum": (lambda *values: sum(numbers(values), Fraction(0)), 1, _MOST),
    "time": (_time, 1, 1),
    # 1 for Monday to 7 for Sunday
    "weekday": (lambda day: Fraction(_days((day,))[0].isoweekday()), 1, 1),
    "workday": (_workday, 2, _MOST),
    "workdays": (_workdays, 2, _MOST),
}
"""By name: the function, and the smallest and largest number of arguments."""
