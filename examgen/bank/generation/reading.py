"""Parses the expressions and texts of an item model, or returns all their faults with their fields.

Also has the sources from which the exact values of variables are drawn.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from examgen.bank.generation import expressions, texts
from examgen.bank.generation.expressions import Expression
from examgen.bank.generation.functions import FUNCTIONS, Value, Wrong
from examgen.bank.generation.texts import NumberWriting, TextTemplate
from examgen.core.models.item_model import MOST_VALUES, Answer, Distractor, ItemModel, Variable
from examgen.core.words import Message, tell

VALUE = "value"
"""The name that stands for the option's value in its texts."""
_WORDS = re.findall(r"\S+", "and or not in is if else true false none for lambda as from import")
FieldFault = tuple[str, Message]
"""A field of a model, and the message of its fault."""


class ReadAnswer(NamedTuple):
    """An option with its parts parsed."""

    field: str
    value: Expression
    text: TextTemplate
    rationale: TextTemplate
    mistake: str | None
    wrong: Expression | None


class ReadModel(NamedTuple):
    """A parsed model from which instances can be drawn."""

    model: ItemModel
    sources: tuple[VariableSource, ...]
    compute: dict[str, Expression]
    conditions: tuple[Expression, ...]
    stem: TextTemplate
    reference: TextTemplate
    key: ReadAnswer
    distractors: tuple[ReadAnswer, ...]
    apart: Expression | None


def read_model(model: ItemModel) -> tuple[ReadModel | None, list[FieldFault]]:
    """Return the parsed model and no faults, or None and all faults."""
    reader = _ModelReader(model)
    found = reader.read()
    return (None if reader.faults else found), reader.faults


class _ModelReader:
    def __init__(self, model: ItemModel) -> None:
        self.model = model
        self.faults: list[FieldFault] = []
        self._writing = NumberWriting(model.language, model.digits)
        self._known: frozenset[str] = frozenset()

    def read(self) -> ReadModel | None:
        model = self.model
        faulty = [one for name, of in model.variables.items() for one in faults_of_variable(name, of)]
        self.faults += faulty
        sources = tuple(source_of(name, of) for name, of in model.variables.items())
        drawn = [name for source in sources for name in source.given()]
        self.faults += _names(model, drawn)
        self._known = frozenset(drawn)
        compute: dict[str, Expression | None] = {}
        for name, text in model.compute.items():
            compute[name] = self._expression(f"compute.{name}", text)
            self._known |= {name}
        conditions = [self._expression(f"conditions.{n}", one) for n, one in enumerate(model.conditions)]
        stem = self._template("stem", model.stem)
        reference = self._template("reference", model.reference)
        apart = self._expression("apart", model.apart) if model.apart is not None else None
        option = self._template("option", model.option, own=True)
        key = self._answer("key", model.key, option)
        distractors = [
            self._answer(f"distractors.{n}", one, option) for n, one in enumerate(model.distractors)
        ]
        if len(model.distractors) < model.choices - 1:
            message = tell(
                "are {n}, but {choices} options need at least {least}",
                n=len(model.distractors),
                choices=model.choices,
                least=model.choices - 1,
            )
            self.faults.append(("distractors", message))
        if self.faults or stem is None or reference is None or key is None:
            return None
        return ReadModel(
            model,
            sources,
            {name: one for name, one in compute.items() if one is not None},
            tuple(one for one in conditions if one is not None),
            stem,
            reference,
            key,
            tuple(one for one in distractors if one is not None),
            apart,
        )

    def _answer(self, field: str, one: Answer, option: TextTemplate | None) -> ReadAnswer | None:
        value = self._expression(f"{field}.value", one.value)
        text = self._template(f"{field}.text", one.text, own=True) if one.text is not None else option
        rationale = self._template(f"{field}.rationale", one.rationale, own=True)
        mistake = one.mistake if isinstance(one, Distractor) else None
        written = one.wrong if isinstance(one, Distractor) else None
        wrong = self._expression(f"{field}.wrong", written) if written is not None else None
        if value is None or text is None or rationale is None:
            return None
        return ReadAnswer(field, value, text, rationale, mistake, wrong)

    def _expression(self, field: str, text: str) -> Expression | None:
        try:
            return expressions.read(text, self._known)
        except Wrong as wrong:
            self.faults.append((field, wrong.message))
            return None

    def _template(self, field: str, text: str, own: bool = False) -> TextTemplate | None:
        try:
            return texts.read(text, self._known | {VALUE} if own else self._known, self._writing)
        except Wrong as wrong:
            self.faults.append((field, wrong.message))
            return None


def _names(model: ItemModel, drawn: list[str]) -> Iterator[FieldFault]:
    """Yield the faults of names that are defined twice or are reserved."""
    twice = {name for name, n in Counter([*drawn, *model.compute]).items() if n > 1}
    for name in sorted(twice):
        field = f"compute.{name}" if name in model.compute else "variables"
        yield field, tell("{name} is defined twice. Define each name once.", name=name)
    for name in [*drawn, *model.compute]:
        if name in FUNCTIONS or name == VALUE or name in _WORDS:
            field = f"compute.{name}" if name in model.compute else f"variables.{name}"
            yield field, tell("{name} is a reserved name. Choose another name.", name=name)
    mistakes = Counter(one.mistake for one in model.distractors)
    for n, one in enumerate(model.distractors):
        if mistakes[one.mistake] > 1:
            yield (
                f"distractors.{n}.mistake",
                tell("{name} is defined twice. Define each name once.", name=one.mistake),
            )


class VariableSource(NamedTuple):
    """The `n` possible values of a variable, each a tuple of cells with these `names`."""

    names: tuple[str, ...]
    n: int
    of: Callable[[int], tuple[Value, ...]]
    """The function that returns the cells of the value with a number below `n`."""
    draw: int
    sorted: bool

    def given(self) -> list[str]:
        """Return the names that get values in a draw."""
        return [name for k in range(self.draw) for name in self._named(k)]

    def _named(self, k: int) -> list[str]:
        return [f"{name}_{k + 1}" if self.draw > 1 else name for name in self.names]

    def drawn(self, chance: random.Random) -> Iterator[tuple[str, Value]]:
        """Yield a drawn value for each name; the values of several draws are all different."""
        places = chance.sample(range(self.n), self.draw) if self.draw > 1 else [chance.randrange(self.n)]
        cells = [self.of(place) for place in (sorted(places) if self.sorted else places)]
        for k, row in enumerate(cells):
            yield from zip(self._named(k), row, strict=True)


def faults_of_variable(name: str, variable: Variable) -> Iterator[tuple[str, Message]]:
    """Yield the faults of a variable: a range without values, too many values, too many draws."""
    source = source_of(name, variable)
    if source.n < 1:
        yield f"variables.{name}", tell("contains no value. `from` must not be greater than `to`.")
    elif source.n > MOST_VALUES:
        yield f"variables.{name}", tell("contains more than {most:,} values", most=MOST_VALUES)
    elif source.draw > source.n:
        yield (
            f"variables.{name}.draw",
            tell("draws {draw} different values from only {n}", draw=source.draw, n=source.n),
        )


def source_of(name: str, variable: Variable) -> VariableSource:
    """Return the source of the values of a variable."""
    names: tuple[str, ...] = (name,)
    of: Callable[[int], Any]
    if variable.table is not None:
        names, rows = variable.table.columns, variable.table.rows
        table = [tuple(exact(cell) for cell in row) for row in rows]
        return VariableSource(names, len(rows), table.__getitem__, variable.draw or 1, variable.sorted)
    if (numbers := variable.integer or variable.decimal) is not None:
        least, step = _fraction(numbers.least), _fraction(numbers.step)
        n, of = (
            math.floor((_fraction(numbers.greatest) - least) / step) + 1,
            lambda place: least + place * step,
        )
    elif variable.date is not None:
        n, of = _days(variable.date.least, variable.date.greatest, variable.date.workdays)
    elif variable.time is not None:
        first, last = (60 * at.hour + at.minute for at in (variable.time.least, variable.time.greatest))
        by = variable.time.step
        n, of = (last - first) // by + 1, lambda place: time(*divmod(first + place * by, 60))
    else:
        members = [exact(one) for one in variable.list_ or variable.names or ()]
        n, of = len(members), members.__getitem__
    return VariableSource(names, n, lambda place: (of(place),), variable.draw or 1, variable.sorted)


def exact(value: object) -> Value:
    """Return the exact value of a YAML scalar; a number becomes the fraction that was written."""
    if isinstance(value, bool | str | date):
        return value
    return _fraction(value)


def _fraction(value: object) -> Fraction:
    return Fraction(repr(value))


def _days(first: date, last: date, workdays: bool) -> tuple[int, Callable[[int], date]]:
    """Return the number of days (or working days, Monday to Friday) in a period, and a function from a number
    to the day.
    """
    while workdays and first.isoweekday() > 5:
        first += timedelta(days=1)
    n, lead = (last - first).days + 1, first.isoweekday() - 1
    if not workdays:
        return n, lambda place: first + timedelta(days=place)
    n_from_monday = (lead + n) // 7 * 5 + min((lead + n) % 7, 5)
    monday = first - timedelta(days=lead)
    return max(
        0, n_from_monday - lead
    ), lambda place: monday + timedelta(days=(lead + place) // 5 * 7 + (lead + place) % 5)
