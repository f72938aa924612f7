"""Texts of an item model: fills `{{ name | filter }}` with values as a paper prints them.

Uses the sandbox of Jinja2 and allows only names, filters with plain values, and `a if flag else b`: no loops,
arithmetic or attributes. So the work is proportional to the length of a text, and every number in it has been
computed exactly before (`expressions`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

from jinja2 import Environment, StrictUndefined, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from examgen.bank.generation.expressions import Scope
from examgen.bank.generation.functions import Value, Wrong, rounded
from examgen.core.text.thai import WEEKDAYS, date_en, date_th, in_digits, short_date_en, short_date_th
from examgen.core.words import Message, tell, tell_n
from examgen.core.yamlfile import suggestion

_MOST_PLACES = 12
_GREATEST = 10**15
_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Filter,
    nodes.Const,
    nodes.CondExpr,
    nodes.Not,
)


class NumberWriting(NamedTuple):
    """How the values of an item are written: the language, and the kind of digits."""

    language: str
    digits: Any


class TextTemplate(NamedTuple):
    """A parsed text, and the names that it uses."""

    names: frozenset[str]
    render: Callable[[Mapping[str, Any]], str]

    def text(self, scope: Scope) -> str:
        """Return the text with its values; raises Wrong with the reason if one cannot be written."""
        return self.render({name: scope[name] for name in self.names})


def read(text: str, known: frozenset[str], writing: NumberWriting) -> TextTemplate:
    """Parse a text that may use the `known` names; raises Wrong with its first fault."""
    environment = _environment(writing)
    try:
        tree = environment.parse(text)
    except TemplateError as error:
        raise Wrong(tell("cannot be read: {error}", error=str(error.message or ""))) from None
    names = set()
    for node in _walked(tree):
        if isinstance(node, nodes.Name):
            names.add(node.name)
            if node.name not in known:
                raise Wrong(
                    tell(
                        "{name} is not a name of this model{suggestion}",
                        name=node.name,
                        suggestion=suggestion(node.name, sorted(known)),
                    )
                )
        elif isinstance(node, nodes.Filter) and node.name not in _FILTERS:
            raise Wrong(
                tell(
                    "{name} is not a format for a value{suggestion}",
                    name=node.name,
                    suggestion=suggestion(node.name, sorted(_FILTERS)),
                )
            )
    template = environment.from_string(text)
    return TextTemplate(frozenset(names), template.render)


def _walked(tree: nodes.Node) -> list[nodes.Node]:
    """Return the nodes of a text; raises Wrong if one is more than a value and its format."""
    found: list[nodes.Node] = []
    left: list[nodes.Node] = [tree]
    while left:
        node = left.pop()
        odd = isinstance(node, nodes.Filter) and (
            node.kwargs or node.dyn_args or node.dyn_kwargs or node.node is None
        )
        if not isinstance(node, _ALLOWED) or odd:
            raise Wrong(
                tell(
                    "a text contains only values, such as {example}. Compute them under `compute`.",
                    example="{{ name | number }}",
                )
            )
        found.append(node)
        left += node.iter_child_nodes()
    return found


@cache
def _environment(writing: NumberWriting) -> Environment:
    def shown(value: object) -> str:
        text = plainly(value, writing)
        return str(in_digits(text, writing.digits)) if not isinstance(value, str) else text

    made = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, finalize=shown, keep_trailing_newline=True
    )
    made.filters = {name: _bound(one, writing) for name, one in _FILTERS.items()}
    return made


def _bound(one: Callable[..., str], writing: NumberWriting) -> Callable[..., str]:
    def written(value: Value, *given: object) -> str:
        try:
            return in_digits(one(writing, value, *given), writing.digits)
        except TypeError:
            raise Wrong(tell("{value} cannot be written in this format", value=str(value)[:60])) from None

    return written


def plainly(value: object, writing: NumberWriting) -> str:
    """Return a value without a filter as text: numbers with commas and all decimals, days and times in
    words.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Fraction):
        return number(writing, value)
    if isinstance(value, date):
        return _day(writing, value)
    if isinstance(value, time):
        return _clock(writing, value)
    raise Wrong(tell("{value} cannot be written. Compute a text or a number.", value=str(value)[:60]))


def number(_writing: NumberWriting, value: Value, places: object = None) -> str:
    """Format a number as `1,234.5`: rounded half up to `places` decimals, or with all its decimals, which
    must be finitely many.
    """
    return f"{_decimal(value, places):,}" if places is None else f"{_decimal(value, places):,.{places}f}"


def _decimal(value: Value, places: object) -> Any:
    if not isinstance(value, Fraction):
        raise Wrong(tell("{value} is not a number", value=str(value)[:60]))
    if places is None:
        left = value.denominator
        for prime in (2, 5):
            while left % prime == 0:
                left //= prime
        if left != 1:
            raise Wrong(
                tell(
                    "{value} has no last decimal. Give the number of decimals, for example number(2).",
                    value=value,
                )
            )
        places = next((n for n in range(_MOST_PLACES + 1) if 10**n % value.denominator == 0), _MOST_PLACES)
    elif not isinstance(places, int) or not 0 <= places <= _MOST_PLACES:
        raise Wrong(tell("cannot be rounded to {places} places", places=places))
    digits = Decimal((rounded(value, places) * 10**places).numerator)
    if abs(value) >= _GREATEST:
        raise Wrong(tell("is too large a number"))
    return digits.scaleb(-places) if places else digits


def _baht(writing: NumberWriting, value: Value) -> str:
    """Format an amount as `1,250 baht`, with satang if it has any."""
    whole = isinstance(value, Fraction) and value.denominator == 1
    return _said(writing, tell("{amount} baht", amount=number(writing, value, 0 if whole else 2)))


def _day(writing: NumberWriting, value: Value) -> str:
    day = _day_of(value)
    return date_th(day, "buddhist") if writing.language == "th" else date_en(day)


def _short_day(writing: NumberWriting, value: Value) -> str:
    day = _day_of(value)
    return short_date_th(day) if writing.language == "th" else short_date_en(day)


def _weekday(writing: NumberWriting, value: Value) -> str:
    """Format a date as `Friday 20 November 2026`, or the Thai equivalent."""
    name = WEEKDAYS[_day_of(value).isoweekday() - 1]
    return _said(writing, tell("{weekday} {day}", weekday=name, day=_day(writing, value)))


def _day_of(value: Value) -> date:
    if not isinstance(value, date):
        raise Wrong(tell("{value} is not a date", value=str(value)[:60]))
    return value


def _clock(writing: NumberWriting, value: Value) -> str:
    if not isinstance(value, time):
        raise Wrong(tell("{of} is not a time of day", of=str(value)[:60]))
    return _said(writing, tell("{hour:02}.{minute:02} hrs", hour=value.hour, minute=value.minute))


def _duration(writing: NumberWriting, value: Value) -> str:
    """Format minutes as hours and minutes."""
    if not isinstance(value, Fraction) or value.denominator != 1 or value < 0:
        raise Wrong(tell("{value} is not a whole number of minutes", value=str(value)[:60]))
    hours, minutes = divmod(value.numerator, 60)
    of_hours = tell_n("{n:,} hour", "{n:,} hours", hours)
    of_minutes = tell_n("{n} minute", "{n} minutes", minutes)
    if hours and minutes:
        return _said(writing, tell("{hours} {minutes}", hours=of_hours, minutes=of_minutes))
    return _said(writing, of_hours if hours else of_minutes)


def _said(writing: NumberWriting, message: Message) -> str:
    return message.th if writing.language == "th" else message.en


_FILTERS: Mapping[str, Callable[..., str]] = {
    "baht": _baht,
    "clock": _clock,
    "day": _day,
    "duration": _duration,
    "number": number,
    "percent": lambda writing, value, places=None: number(writing, value, places) + "%",
    # without commas, as years and codes are written
    "plain": lambda _, value, places=None: number(_, value, places).replace(",", ""),
    "short_day": _short_day,
    "weekday": _weekday,
}
"""The filters that format a value, by name."""
