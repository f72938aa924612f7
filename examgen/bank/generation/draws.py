"""The variables of an item model and a source of chance → values by name, exact."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from examgen.bank.generation.functions import Value
from examgen.core.models.item_model import MOST_VALUES, Variable
from examgen.core.words import Message, tell


class Source(NamedTuple):
    """What a variable may be: each of `n` values (tuples of cells for a table), under `names`."""

    names: tuple[str, ...]
    n: int
    of: Any
    """From a number below `n` to the cells of that value."""
    draw: int
    sorted: bool

    def given(self) -> list[str]:
        """The names that a draw gives values to."""
        return [name for k in range(self.draw) for name in self._named(k)]

    def _named(self, k: int) -> list[str]:
        return [f"{name}_{k + 1}" if self.draw > 1 else name for name in self.names]

    def drawn(self, chance: random.Random) -> Iterator[tuple[str, Value]]:
        """A value for each name; where several are drawn, all different."""
        places = chance.sample(range(self.n), self.draw) if self.draw > 1 else [chance.randrange(self.n)]
        cells = [self.of(place) for place in (sorted(places) if self.sorted else places)]
        for k, row in enumerate(cells):
            yield from zip(self._named(k), row, strict=True)


def faults(name: str, variable: Variable) -> Iterator[tuple[str, Message]]:
    """Field and message of what is wrong in a variable: a range without values, too many to draw."""
    source = source_of(name, variable)
    if source.n < 1:
        yield f"variables.{name}", tell("holds no value: `from` must not lie behind `to`")
    elif source.n > MOST_VALUES:
        yield f"variables.{name}", tell("holds more than {most:,} values", most=MOST_VALUES)
    elif source.draw > source.n:
        yield (
            f"variables.{name}.draw",
            tell("draws {draw} different values of {n}", draw=source.draw, n=source.n),
        )


def source_of(name: str, variable: Variable) -> Source:
    """Where the values of a variable come from."""
    names: tuple[str, ...] = (name,)
    of: Any
    if variable.table is not None:
        names, rows = variable.table.columns, variable.table.rows
        n, of = len(rows), _Rows([tuple(exact(cell) for cell in row) for row in rows])
    elif (numbers := variable.integer or variable.decimal) is not None:
        least, step = _fraction(numbers.least), _fraction(numbers.step)
        n = math.floor((_fraction(numbers.greatest) - least) / step) + 1
        of = _Steps(least, step)
    elif variable.date is not None:
        days = _Days(variable.date.least, variable.date.greatest, variable.date.workdays)
        n, of = days.n, days
    elif variable.time is not None:
        first, last = (60 * at.hour + at.minute for at in (variable.time.least, variable.time.greatest))
        n, of = (last - first) // variable.time.step + 1, _Times(first, variable.time.step)
    else:
        members: Sequence[Any] = variable.list_ or variable.names or ()
        n, of = len(members), _Rows([(exact(one),) for one in members])
    return Source(names, n, of, variable.draw or 1, variable.sorted)


def exact(value: object) -> Value:
    """A value as YAML gives it, a number as the fraction that was written."""
    if isinstance(value, bool | str | date):
        return value
    return _fraction(value)


def _fraction(value: object) -> Fraction:
    return Fraction(repr(value))


class _Rows:
    def __init__(self, rows: list[tuple[Value, ...]]) -> None:
        self._rows = rows

    def __call__(self, place: int) -> tuple[Value, ...]:
        return self._rows[place]


class _Steps:
    def __init__(self, least: Fraction, step: Fraction) -> None:
        self._least, self._step = least, step

    def __call__(self, place: int) -> tuple[Value, ...]:
        return (self._least + place * self._step,)


class _Days:
    """Days of a stretch, or its working days: five of seven, counted and not listed."""

    def __init__(self, first: date, last: date, workdays: bool) -> None:
        self._first, self._workdays = first, workdays
        while workdays and self._first.isoweekday() > 5:
            self._first += timedelta(days=1)
        days = (last - self._first).days + 1
        lead = self._first.isoweekday() - 1
        self.n = max(0, self._working(lead + days) - lead if workdays else days)

    @staticmethod
    def _working(days: int) -> int:
        """Working days of so many days that begin on a Monday."""
        return days // 7 * 5 + min(days % 7, 5)

    def __call__(self, place: int) -> tuple[Value, ...]:
        if not self._workdays:
            return (self._first + timedelta(days=place),)
        weeks, day = divmod(self._first.isoweekday() - 1 + place, 5)
        return (self._first + timedelta(days=7 * weeks + day - (self._first.isoweekday() - 1)),)


class _Times:
    def __init__(self, first: int, step: int) -> None:
        self._first, self._step = first, step

    def __call__(self, place: int) -> tuple[Value, ...]:
        minutes = self._first + place * self._step
        return (time(minutes // 60, minutes % 60),)
