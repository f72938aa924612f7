"""Response processing of QTI 2 and 3 → what each answer to an item scores.

References
----------
IMS Question & Test Interoperability: Assessment Test, Section and Item Information Model, 2.2 (2015), on
response processing and expressions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from examgen.interchange import weights
from examgen.interchange.markup import name_of

Value = float | bool | str | tuple[str, ...] | None
"""What an expression is; None for NULL, a tuple in the order of its names for what holds several values."""
_UNKNOWN = "\0"
"""The value of an outcome that is not known here."""


class NotTried(Exception):
    """Raised where rules have what is not carried out here: operators of a program, values of an attempt."""


class _Exit(Exception):
    """Raised by a rule that ends the processing."""


class Response:
    """The response of an item: its name, whether it may hold several options, the right ones, its points."""

    def __init__(
        self, name: str, several: bool, correct: tuple[str, ...], mapping: Callable[[tuple[str, ...]], float]
    ) -> None:
        self.name, self.several, self.mapping = name, several, mapping
        self.correct = self.value(correct)

    def value(self, marked: tuple[str, ...]) -> Value:
        """Options as the value that the response has."""
        if not marked:
            return None
        return tuple(sorted(marked)) if self.several else marked[0]


def score_of(
    processing: Any, outcomes: Mapping[str, Value], response: Response, marked: tuple[str, ...]
) -> float:
    """The SCORE that an answer has after the processing. Raises NotTried."""
    run = _Run(dict(outcomes), response, marked)
    with suppress(_Exit):
        run.rules(_inside(processing))
    found = run.outcomes.get("SCORE")
    return 0.0 if found is None else _as_number(found)


def _kind(element: Any) -> str:
    return name_of(element).replace("-", "").lower()


def _inside(element: Any) -> list[Any]:
    return [one for one in element if name_of(one)]


def attribute(element: Any, name: str, default: str = "") -> str:
    """An attribute: `maxChoices` of QTI 2, `max-choices` of QTI 3."""
    found = element.get(name)
    if found is None:
        found = element.get(re.sub("[A-Z]", lambda one: "-" + one[0].lower(), name))
    return default if found is None else found.strip()


def _as_number(value: Value) -> float:
    if isinstance(value, (bool, int, float)):
        return float(value)
    raise NotTried


def typed(text: str, kind: str) -> Value:
    """A value as its base type has it."""
    if kind in ("float", "integer"):
        try:
            return weights.number(text)
        except ValueError:
            raise NotTried from None
    return text.strip() == "true" if kind == "boolean" else text.strip()


class _Run:
    """One carrying out of the rules."""

    def __init__(self, outcomes: dict[str, Value], response: Response, marked: tuple[str, ...]) -> None:
        self.outcomes, self.response, self.marked = outcomes, response, marked

    def rules(self, elements: list[Any]) -> None:
        """Carries out rules in their order."""
        for one in elements:
            kind = _kind(one)
            if kind == "responsecondition":
                for branch in _inside(one):
                    inside = _inside(branch)
                    if _kind(branch) == "responseelse":
                        self.rules(inside)
                        break
                    if _kind(branch) not in ("responseif", "responseelseif") or not inside:
                        raise NotTried
                    if self.of(inside[0]) is True:
                        self.rules(inside[1:])
                        break
            elif kind == "responseprocessingfragment":
                self.rules(_inside(one))
            elif kind == "exitresponse":
                raise _Exit
            elif kind == "setoutcomevalue" and len(_inside(one)) == 1:
                name, [expression] = attribute(one, "identifier"), _inside(one)
                if name == "SCORE" or name in self.outcomes:
                    try:
                        self.outcomes[name] = self.of(expression)
                    except NotTried:
                        if name == "SCORE":
                            raise
                        self.outcomes[name] = _UNKNOWN
                # what is set without a declaration is read by nothing
            else:
                raise NotTried

    def of(self, element: Any) -> Value:
        """The value of an expression."""
        kind, inside, name = _kind(element), _inside(element), attribute(element, "identifier")
        if kind == "basevalue":
            return typed("".join(element.itertext()), attribute(element, "baseType"))
        if kind == "null":
            return None
        if kind == "variable" and name in self.outcomes:
            found = self.outcomes[name]
            if found == _UNKNOWN:
                raise NotTried
            return found
        if kind in ("variable", "correct", "mapresponse"):
            if name != self.response.name:
                raise NotTried
            if kind == "variable":
                return self.response.value(self.marked)
            return self.response.correct if kind == "correct" else self.response.mapping(self.marked)
        values = [self.of(one) for one in inside]
        if kind in ("and", "or", "anyn"):
            # three values: true, false, and NULL where it is not known
            n = len(values)
            held, open_ = sum(one is True for one in values), sum(one is None for one in values)
            if kind == "and":
                return True if held == n else None if held + open_ == n else False
            if kind == "or":
                return True if held else None if open_ else False
            least, most = (_as_number(typed(attribute(element, one), "integer")) for one in ("min", "max"))
            if held >= least and held + open_ <= most:
                return True
            return None if held + open_ >= least and held <= most else False
        if kind == "isnull":
            return values[0] is None
        if kind in ("multiple", "ordered"):
            return tuple(sorted(name for one in values for name in _names(one))) or None
        if kind not in _OPERATORS or not values:
            raise NotTried
        if kind == "containersize" and values[0] is None:
            return 0.0
        if any(one is None for one in values):
            return None
        mode = attribute(element, "toleranceMode")
        if kind == "equal" and mode not in ("", "exact"):
            first, second = map(_as_number, values)
            sizes = [_as_number(typed(one, "float")) for one in attribute(element, "tolerance").split()]
            if not sizes:
                raise NotTried
            low, high = sizes[0], sizes[-1]
            if mode == "relative":
                low, high = abs(first) * low / 100, abs(first) * high / 100
            return first - low <= second <= first + high
        try:
            return _OPERATORS[kind](*values)
        except (TypeError, ValueError, ZeroDivisionError, OverflowError, AttributeError):
            raise NotTried from None


def _names(value: Value) -> Iterator[str]:
    if isinstance(value, tuple):
        yield from value
    elif isinstance(value, str):
        yield value
    elif value is not None:
        raise NotTried


def _numbers(*values: Value) -> list[float]:
    return [_as_number(one) for one in values]


def _same(first: Value, second: Value) -> bool:
    if isinstance(first, tuple) != isinstance(second, tuple):
        first, second = (tuple(sorted(_names(one))) for one in (first, second))
    return first == second


_OPERATORS: dict[str, Callable[..., Value]] = {
    "not": lambda one: not one,
    "match": _same,
    "equal": lambda one, two: _as_number(one) == _as_number(two),
    "member": lambda one, many: one in tuple(_names(many)),
    "contains": lambda many, few: all(
        tuple(_names(few)).count(x) <= tuple(_names(many)).count(x) for x in _names(few)
    ),
    "delete": lambda one, many: tuple(x for x in _names(many) if x != one) or None,
    "containersize": lambda many: float(len(tuple(_names(many)))),
    "gt": lambda one, two: _as_number(one) > _as_number(two),
    "gte": lambda one, two: _as_number(one) >= _as_number(two),
    "lt": lambda one, two: _as_number(one) < _as_number(two),
    "lte": lambda one, two: _as_number(one) <= _as_number(two),
    "sum": lambda *all_: sum(_numbers(*all_)),
    "product": lambda *all_: math.prod(_numbers(*all_)),
    "min": lambda *all_: min(_numbers(*all_)),
    "max": lambda *all_: max(_numbers(*all_)),
    "subtract": lambda one, two: _as_number(one) - _as_number(two),
    "divide": lambda one, two: _as_number(one) / _as_number(two),
    "round": lambda one: float(math.floor(_as_number(one) + 0.5)),
    "truncate": lambda one: float(math.trunc(_as_number(one))),
    "integertofloat": _as_number,
}
