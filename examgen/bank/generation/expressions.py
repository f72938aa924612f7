"""Parses an expression of an item model and evaluates it exactly, or reports why it has no value.

Python's own parser parses the text, and the tree is walked once. Any node that is not on the list below is
refused: attributes, indices, loops, and names other than those of the model. Nothing is passed to `eval`.
(simpleeval, the maintained library for this, walks the same tree, but computes with binary floats, and its
escapes of 2024 and 2026 went through attributes and functions, which no model needs.)

Numbers are fractions: 0.1 + 0.2 is 0.3. Every expression terminates: it has at most 600 characters, a number
at most 256 bits, and the work of a function is bounded by its number of arguments or of days to count.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from examgen.bank.generation.functions import FUNCTIONS, Value, Wrong
from examgen.core.words import tell
from examgen.core.yamlfile import suggestion

LONGEST = 600
_DEEPEST = 60
_MOST_BITS = 256
_GREATEST_POWER = 64
_LONGEST_TEXT = 4_000
_PLAIN = re.compile(r"\d[\d_]*(\.\d+)?")
_DAY = 24 * 60

Scope = Mapping[str, Value]
"""The values of names; a value may be computed only when it is needed."""
_Run = Callable[[Scope], Value]


class Expression(NamedTuple):
    """A parsed expression: its text, the names it uses, and the function that evaluates it."""

    text: str
    names: frozenset[str]
    run: _Run

    def value(self, scope: Scope) -> Value:
        """Return its value; raises Wrong with the reason if it has none."""
        return self.run(scope)

    def holds(self, scope: Scope) -> bool:
        """Return whether it is true; raises Wrong if it is neither true nor false."""
        value = self.run(scope)
        if not isinstance(value, bool):
            raise Wrong(tell("{text} is neither true nor false. Compare it with a value.", text=self.text))
        return value


def read(text: str, known: frozenset[str]) -> Expression:
    """Parse an expression that may use the `known` names; raises Wrong with its first fault."""
    if len(text) > LONGEST:
        raise Wrong(tell("is {n:,} characters long; the maximum is {most:,}", n=len(text), most=LONGEST))
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Wrong(tell("{text} is not an expression", text=_short(text))) from None
    reader = _ExpressionReader(text.strip(), known)
    run = reader.made(tree.body, 0)
    return Expression(text, frozenset(reader.names), run)


class _ExpressionReader:
    """Turns the nodes of one expression into functions."""

    def __init__(self, text: str, known: frozenset[str]) -> None:
        self._text = text
        self._known = known
        self.names: set[str] = set()

    def made(self, node: ast.expr, depth: int) -> _Run:
        """Return the function that evaluates a node."""
        make = _NODES.get(type(node))
        if make is None:
            part = ast.get_source_segment(self._text, node) or self._text
            raise Wrong(tell("{part} is not allowed in an expression", part=_short(part)))
        if depth > _DEEPEST:
            raise Wrong(tell("is nested too deeply. Compute a part of it under a separate name."))
        return make(self, node, depth + 1)

    def constant(self, node: ast.Constant, _depth: int) -> _Run:
        value = node.value
        if isinstance(value, bool | str):
            kept: Value = value
        elif isinstance(value, int | float):
            written = ast.get_source_segment(self._text, node) or ""
            if not _PLAIN.fullmatch(written):
                raise Wrong(tell("{written} is not a plain number such as 1200 or 0.25", written=written))
            kept = _sized(Fraction(written.replace("_", "")))
        else:
            raise Wrong(tell("{part} is not allowed in an expression", part=_short(repr(value))))
        return lambda _scope: kept

    def name(self, node: ast.Name, _depth: int) -> _Run:
        if node.id not in self._known:
            known = sorted(self._known)
            raise Wrong(
                tell(
                    "{name} is not a name of this model{suggestion}",
                    name=node.id,
                    suggestion=suggestion(node.id, known),
                )
            )
        self.names.add(node.id)
        return lambda scope: scope[node.id]

    def parts(self, node: ast.Tuple, depth: int) -> _Run:
        runs = [self.made(one, depth) for one in node.elts]

        def run(scope: Scope) -> Value:
            values = tuple(one(scope) for one in runs)
            if any(isinstance(value, tuple) for value in values):  # comparing nested tuples can take for ever
                raise Wrong(tell("lists must not contain lists"))
            return values

        return run

    def unary(self, node: ast.UnaryOp, depth: int) -> _Run:
        run = self.made(node.operand, depth)
        if isinstance(node.op, ast.Not):
            return lambda scope: not _truth(run(scope))
        if isinstance(node.op, ast.USub):
            return lambda scope: -_number(run(scope))
        if isinstance(node.op, ast.UAdd):
            return lambda scope: _number(run(scope))
        raise Wrong(tell("{part} is not allowed in an expression", part="~"))

    def binary(self, node: ast.BinOp, depth: int) -> _Run:
        act = _OPERATORS.get(type(node.op))
        if act is None:
            part = ast.get_source_segment(self._text, node) or self._text
            raise Wrong(tell("{part} is not allowed in an expression", part=_short(part)))
        left, right = self.made(node.left, depth), self.made(node.right, depth)
        return lambda scope: _sized(act(left(scope), right(scope)))

    def logic(self, node: ast.BoolOp, depth: int) -> _Run:
        runs = [self.made(one, depth) for one in node.values]
        every = all if isinstance(node.op, ast.And) else any
        return lambda scope: every(_truth(run(scope)) for run in runs)

    def compared(self, node: ast.Compare, depth: int) -> _Run:
        tests = [_COMPARED.get(type(op)) for op in node.ops]
        runs = [self.made(one, depth) for one in (node.left, *node.comparators)]

        def run(scope: Scope) -> Value:
            values = [one(scope) for one in runs]
            return all(
                _compared(test, left, right)
                for test, left, right in zip(tests, values, values[1:], strict=False)
            )

        if None in tests:
            raise Wrong(tell("{part} is not allowed in an expression", part=_short(self._text)))
        return run

    def choice(self, node: ast.IfExp, depth: int) -> _Run:
        test, yes, no = (self.made(one, depth) for one in (node.test, node.body, node.orelse))
        return lambda scope: yes(scope) if _truth(test(scope)) else no(scope)

    def call(self, node: ast.Call, depth: int) -> _Run:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in FUNCTIONS:
            written = ast.get_source_segment(self._text, node.func) or ""
            raise Wrong(
                tell(
                    "{name} is not a function{suggestion}",
                    name=_short(written),
                    suggestion=suggestion(written, sorted(FUNCTIONS)),
                )
            )
        if node.keywords or any(isinstance(one, ast.Starred) for one in node.args):
            raise Wrong(tell("{name} takes plain values, in order", name=name))
        function, least, most = FUNCTIONS[name]
        if not least <= len(node.args) <= most:
            raise Wrong(
                tell(
                    "{name} takes {least} to {most} values, not {n}",
                    name=name,
                    least=least,
                    most=most,
                    n=len(node.args),
                )
                if least < most
                else tell("{name} takes {least} values, not {n}", name=name, least=least, n=len(node.args))
            )
        runs = [self.made(one, depth) for one in node.args]

        def run(scope: Scope) -> Value:
            return _sized(function(*(one(scope) for one in runs)))

        return run


_NODES: Mapping[type[ast.expr], Callable[[_ExpressionReader, Any, int], _Run]] = {
    ast.Constant: _ExpressionReader.constant,
    ast.Name: _ExpressionReader.name,
    ast.Tuple: _ExpressionReader.parts,
    ast.UnaryOp: _ExpressionReader.unary,
    ast.BinOp: _ExpressionReader.binary,
    ast.BoolOp: _ExpressionReader.logic,
    ast.Compare: _ExpressionReader.compared,
    ast.IfExp: _ExpressionReader.choice,
    ast.Call: _ExpressionReader.call,
}
_COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda one, several: operator.contains(several, one),
    ast.NotIn: lambda one, several: not operator.contains(several, one),
}


def _compared(test: Callable[[Any, Any], bool] | None, left: Value, right: Value) -> bool:
    assert test is not None
    if type(left) is not type(right) and not isinstance(right, tuple):
        raise Wrong(
            tell("{left} and {right} are of different kinds and cannot be compared", left=left, right=right)
        )
    try:
        return test(left, right)
    except TypeError:
        raise Wrong(
            tell("{left} and {right} are of different kinds and cannot be compared", left=left, right=right)
        ) from None


def _added(left: Value, right: Value) -> Value:
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if isinstance(left, date):
        return _days_after(left, _number(right))
    if isinstance(left, time):
        return _minutes_after(left, _number(right))
    return _number(left) + _number(right)


def _taken(left: Value, right: Value) -> Value:
    """Return the difference: in days between two dates, in minutes between two times of day."""
    if isinstance(left, date):
        return (
            Fraction((left - right).days) if isinstance(right, date) else _days_after(left, -_number(right))
        )
    if isinstance(left, time):
        return (
            _minutes(left) - _minutes(right)
            if isinstance(right, time)
            else _minutes_after(left, -_number(right))
        )
    return _number(left) - _number(right)


def _days_after(day: date, days: Fraction) -> date:
    try:
        return day + timedelta(days=_whole(days))
    except OverflowError:
        raise Wrong(tell("{day} and {days} days is not a date in the calendar", day=day, days=days)) from None


def _minutes(of: time) -> Fraction:
    return Fraction(of.hour * 60 + of.minute)


def _minutes_after(of: time, minutes: Fraction) -> time:
    total = _minutes(of) + _whole(minutes)
    if not 0 <= total < _DAY:
        raise Wrong(
            tell("{time:%H.%M} plus {minutes} minutes is not on the same day", time=of, minutes=minutes)
        )
    return time(int(total) // 60, int(total) % 60)


def _divided(left: Value, right: Value) -> Value:
    by = _number(right)
    if not by:
        raise Wrong(tell("divides by 0. Set a condition."))
    return _number(left) / by


def _quotient(left: Value, right: Value) -> Value:
    by = _number(right)
    if not by:
        raise Wrong(tell("divides by 0. Set a condition."))
    return Fraction(_number(left) // by)


def _remainder(left: Value, right: Value) -> Value:
    by = _number(right)
    if not by:
        raise Wrong(tell("divides by 0. Set a condition."))
    return _number(left) % by


def _power(left: Value, right: Value) -> Value:
    base, power = _number(left), _whole(_number(right))
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if abs(power) > _GREATEST_POWER or bits * abs(power) > _MOST_BITS:
        raise Wrong(tell("is too large a number"))
    if not base and power < 0:
        raise Wrong(tell("divides by 0. Set a condition."))
    return Fraction(base**power)


_OPERATORS: Mapping[type[ast.operator], Callable[[Value, Value], Value]] = {
    ast.Add: _added,
    ast.Sub: _taken,
    ast.Mult: lambda left, right: _number(left) * _number(right),
    ast.Div: _divided,
    ast.FloorDiv: _quotient,
    ast.Mod: _remainder,
    ast.Pow: _power,
}


def _number(value: Value) -> Fraction:
    if isinstance(value, Fraction):
        return value
    raise Wrong(tell("{value} is not a number", value=_short(str(value))))


def _whole(value: Fraction) -> int:
    if value.denominator == 1:
        return value.numerator
    raise Wrong(tell("{value} is not a whole number", value=value))


def _truth(value: Value) -> bool:
    if isinstance(value, bool):
        return value
    raise Wrong(tell("{value} is neither true nor false", value=_short(str(value))))


def _sized(value: Value) -> Value:
    """Return the value; raise Wrong if it is too large for a paper."""
    if isinstance(value, Fraction):
        if value.numerator.bit_length() > _MOST_BITS or value.denominator.bit_length() > _MOST_BITS:
            raise Wrong(tell("is too large a number"))
    elif isinstance(value, str) and len(value) > _LONGEST_TEXT:
        raise Wrong(tell("is a text of more than {most:,} characters", most=_LONGEST_TEXT))
    return value


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"
