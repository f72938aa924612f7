"""Makes different items from a parsed item model and a seed, each with exactly one right answer.

A draw is discarded if a condition of the model does not hold, if too few distractors are wrong and different
from the key and from each other (by value and as printed), or if it reads like an existing instance. The
maker counts discarded draws by reason.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, time
from fractions import Fraction
from typing import Any, NamedTuple

from examgen.bank.generation.expressions import Expression
from examgen.bank.generation.functions import Value, Wrong
from examgen.bank.generation.reading import VALUE, ReadAnswer, ReadModel
from examgen.core.models.field_types import LONGEST_TEXT
from examgen.core.models.item import Item, Origin
from examgen.core.words import tell

OPTION_IDS = "abcdefghijklmnopqrstuvwxyz"
MOST_MISSES = 3_000
"""The number of draws in a row without a new instance after which the maker assumes that there are no more.
"""


class Instance(NamedTuple):
    """A generated item, and the exact value of each of its options."""

    item: Item
    values: dict[str, Value]
    fields: dict[str, str]
    """The field of the model from which each option comes."""


class ModelFault(Exception):
    """A fault of a model that some draws reveal: the field, the message and the drawn values."""

    def __init__(self, field: str, message: str, drawn: str) -> None:
        super().__init__(message)
        self.field, self.message, self.drawn = field, message, drawn


CONDITION = "condition"
NOT_WRONG = "distractors"
AGAIN = "again"
REASONS: Mapping[str, str] = {
    CONDITION: tell("a condition was not met"),
    NOT_WRONG: tell("too few distractors were wrong and different from the others"),
    AGAIN: tell("it already existed"),
}


class _Scope(dict[str, Value]):
    """Values by name; computed values are evaluated when they are first needed."""

    def __init__(self, drawn: Mapping[str, Value], compute: Mapping[str, Expression]) -> None:
        super().__init__(drawn)
        self._compute = compute

    def __missing__(self, name: str) -> Value:
        try:
            self[name] = value = self._compute[name].value(self)
        except Wrong as wrong:
            raise _In(f"compute.{name}", wrong) from wrong
        return value


class _In(Wrong):
    """A fault in a field, which may not be the field that was being evaluated."""

    def __init__(self, field: str, wrong: Wrong) -> None:
        super().__init__(wrong.message)
        self.field: str = wrong.field if isinstance(wrong, _In) else field


class Maker:
    """Makes instances of one model, one after the other."""

    def __init__(self, read: ReadModel, seed: int, taken: Iterable[Item] = (), first: int = 1) -> None:
        self._read = read
        self._seed = seed
        self._chance = random.Random(f"{read.model.id} {seed}")
        self._seen = {_reading(item) for item in taken}
        self._drawn: set[tuple[Value, ...]] = set()
        # how often the key has been at each place
        self._places = Counter(list(item.options).index(item.key[0]) for item in taken)
        self._next = first
        self.aside: Counter[str] = Counter()

    def made(self, n: int, misses_in_a_row: int = MOST_MISSES) -> Iterator[Instance]:
        """Yield `n` instances, or as many as there are. Raises ModelFault."""
        made = misses = 0
        while made < n and misses < misses_in_a_row:
            found = self._one()
            if isinstance(found, str):
                self.aside[found] += 1
                misses += 1
                continue
            made, misses = made + 1, 0
            yield found

    def _one(self) -> Instance | str:
        drawn = dict(pair for source in self._read.sources for pair in source.drawn(self._chance))
        if (key := tuple(drawn.values())) in self._drawn:
            return AGAIN
        self._drawn.add(key)
        scope = _Scope(drawn, self._read.compute)
        try:
            for n, condition in enumerate(self._read.conditions):
                if not _at(f"conditions.{n}", condition.holds, scope):
                    return CONDITION
            return self._made(drawn, scope)
        except _In as fault:
            told = ", ".join(f"{name} = {written(value)}" for name, value in drawn.items())
            raise ModelFault(fault.field, fault.message, told) from None

    def _made(self, drawn: Mapping[str, Value], scope: _Scope) -> Instance | str:
        right = _option(self._read.key, scope)
        wrong = self._wrong(right, scope)
        chosen = self._chosen(right, wrong)
        if chosen is None:
            return NOT_WRONG
        rationales = [
            _at(f"{one.answer.field}.rationale", one.answer.rationale.text, _with(scope, one.value))
            for one in chosen
        ]
        stem = _at("stem", self._read.stem.text, scope)
        reference = _at("reference", self._read.reference.text, scope)
        names = OPTION_IDS[: len(chosen)]
        place = chosen.index(right)
        model = self._read.model
        item = Item(
            id=f"{model.id}-{self._next:04}",
            pcs=model.pcs,
            levels=model.levels,
            cognitive=model.cognitive,
            stem=stem,
            options={name: one.text for name, one in zip(names, chosen, strict=True)},
            key=(names[place],),
            rationale=dict(zip(names, rationales, strict=True)),
            reference=reference,
            status="draft",
            enemies=model.enemies,
            family=model.family,
            decided_by=model.decided_by,
            shared_stimulus=model.shared_stimulus,
            time_s=model.time_s,
            waivers=model.waivers,
            model=Origin(
                id=model.id,
                seed=self._seed,
                values={name: written(value) for name, value in drawn.items()},
                mistakes={
                    n: one.answer.mistake for n, one in zip(names, chosen, strict=True) if one.answer.mistake
                },
            ),
        )
        if (reading := _reading(item)) in self._seen:
            return AGAIN
        self._seen.add(reading)
        self._places[place] += 1
        self._next += 1
        fields = {name: one.answer.field for name, one in zip(names, chosen, strict=True)}
        return Instance(item, {name: one.value for name, one in zip(names, chosen, strict=True)}, fields)

    def _wrong(self, right: _DrawnOption, scope: _Scope) -> list[_DrawnOption]:
        """Return the distractors that are wrong for the drawn values and differ from the key and each
        other.
        """
        apart = Fraction(0)
        if self._read.apart is not None:
            given = _at("apart", self._read.apart.value, scope)
            if not isinstance(given, Fraction):
                raise _In("apart", Wrong(tell("{value} is not a number", value=written(given))))
            apart = given
        found: list[_DrawnOption] = []
        for answer in self._read.distractors:
            if answer.wrong is not None and not _at(f"{answer.field}.wrong", answer.wrong.holds, scope):
                continue
            one = _option(answer, scope)
            if all(_differ(one, other, apart) for other in (right, *found)):
                found.append(one)
        return found

    def _chosen(self, right: _DrawnOption, wrong: Sequence[_DrawnOption]) -> list[_DrawnOption] | None:
        """Return the options in printed order, with the key at its rarest position; the first distractors are
        used.
        """
        model, size = self._read.model, self._read.model.choices - 1
        if len(wrong) < size:
            return None
        ordered = model.order != "shuffled" and _are_of_one_kind(right, *wrong)
        if not ordered:
            place = self._least_used(range(size + 1))
            chosen = list(wrong[:size])
            self._chance.shuffle(chosen)
            return [*chosen[:place], right, *chosen[place:]]
        own = _rank(right.value)
        before = [one for one in wrong if _less(_rank(one.value), own)]
        behind = [one for one in wrong if not _less(_rank(one.value), own)]
        if model.order == "descending":
            before, behind = behind, before
        places = [n for n in range(size + 1) if n <= len(before) and size - n <= len(behind)]
        place = self._least_used(places)
        chosen = [*before[:place], right, *behind[: size - place]]
        return sorted(chosen, key=lambda one: _rank(one.value), reverse=model.order == "descending")

    def _least_used(self, places: Iterable[int]) -> int:
        """Return the position at which the key has been least often; at random if several are equal."""
        open_to = list(places)
        least = min(self._places[place] for place in open_to)
        return self._chance.choice([place for place in open_to if self._places[place] == least])


class _DrawnOption(NamedTuple):
    answer: ReadAnswer
    value: Value
    text: str


def _at(field: str, act: Any, scope: Mapping[str, Value]) -> Any:
    """Return the value of a part of the model; a fault is raised with its field."""
    try:
        return act(scope)
    except _In:
        raise
    except Wrong as wrong:
        raise _In(field, wrong) from None


def _with(scope: _Scope, value: Value) -> Mapping[str, Value]:
    """Return the scope with `value` set to the value of an option."""
    scope[VALUE] = value
    return scope


def _option(answer: ReadAnswer, scope: _Scope) -> _DrawnOption:
    value = _at(f"{answer.field}.value", answer.value.value, scope)
    text = _at(f"{answer.field}.text", answer.text.text, _with(scope, value)).strip()
    if not text or len(text) > LONGEST_TEXT:
        raise _In(f"{answer.field}.text", Wrong(tell("is empty, or too long for a paper")))
    return _DrawnOption(answer, value, text)


def _differ(one: _DrawnOption, other: _DrawnOption, apart: Fraction) -> bool:
    """Return whether two options differ, by value and as printed."""
    if one.value == other.value or " ".join(one.text.split()) == " ".join(other.text.split()):
        return False
    left, right = _rank(one.value), _rank(other.value)
    if isinstance(left, Fraction) and isinstance(right, Fraction) and not isinstance(one.value, tuple):
        return abs(left - right) >= apart
    return True


def _rank(value: Value) -> Any:
    """Return the sort key of an option: a number, a day, a time, or that of the first of several values."""
    first = value[0] if isinstance(value, tuple) and value else value
    return first if isinstance(first, Fraction | date | time) else None


def _are_of_one_kind(*options: _DrawnOption) -> bool:
    """Return whether the values can be sorted."""
    kinds = {type(_rank(one.value)) for one in options}
    return len(kinds) == 1 and type(None) not in kinds


def _less(one: Any, other: Any) -> bool:
    return bool(one < other)


def written(value: Value) -> str:
    """Return a value as stored in YAML and JSON: numbers exactly, days and times in ISO 8601."""
    if isinstance(value, Fraction):
        if value.denominator == 1:
            return str(value.numerator)
        places = next((n for n in range(1, 16) if 10**n % value.denominator == 0), None)
        if places is None:
            return f"{value.numerator}/{value.denominator}"
        digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
        return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, tuple):
        return ", ".join(map(written, value))
    return str(value).lower() if isinstance(value, bool) else value


def _reading(item: Item) -> tuple[str, tuple[str, ...]]:
    """Return the text that a candidate reads, regardless of the order of the options."""
    return item.stem, tuple(sorted(item.options.values()))
