"""Decides whether a unit is met, from the written test and the other methods of assessment that a standard
requires.

A unit is met if the written test and every other method that the standard requires at the level were passed,
or waived by a decision, and the weighted total reaches the percentage in the blueprint, if it sets one. It is
not met if one of them was not passed or the total is too low. Otherwise it is open, and the missing methods
are named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, NamedTuple

from examgen.core.candidate_numbers import canonical_number
from examgen.core.models.field_types import Method
from examgen.core.words import Message, tell

if TYPE_CHECKING:
    from examgen.core.models.decisions import MethodsRule
    from examgen.core.models.standard import Besides

Outcome = Literal["pass", "fail", "absent", "waived"]
"""The outcome of a method. Lists contain the first three; `waived` results from a decision about the
candidate."""


class MethodResult(NamedTuple):
    """The result of a method of assessment for one candidate, as written in a list."""

    candidate_id: str
    unit: str
    method: Method
    result: Outcome
    day: str
    """The day of the assessment, as ISO 8601."""
    assessor: str
    points: str = ""
    """The points as written. They are not used to decide the result."""
    percent: Fraction | None = None
    """Per cent of the full score; None if the list does not give it."""


UnitStatus = Literal["met", "not_met", "open"]
"""The status of a unit by all methods."""
UNIT_STATUS_WORDS: Mapping[UnitStatus, Message] = {
    "met": tell("met"),
    "not_met": tell("not met"),
    "open": tell("not decided yet"),
}


class AssessedUnit(NamedTuple):
    """The result of a unit by all methods."""

    status: UnitStatus
    written: str
    """The status of the unit by the written test, as in reports; but `reached` if the points are sufficient
    and the exam was not passed, as may happen with several units, and `open` if nothing decided the exam."""
    held: tuple[MethodResult, ...]
    """The results of the other methods, in the order of the standard."""
    lacking: tuple[Method, ...]
    """The other methods for which the candidate has no result or was absent; if methods are weighted, also
    those without a percentage."""
    together: Fraction | None = None
    """The weighted percentage over all methods, without waived ones; only if all are passed."""

    @property
    def waived(self) -> tuple[Method, ...]:
        """The other methods that were waived by a decision."""
        return tuple(one.method for one in self.held if one.result == "waived")

    @property
    def failed(self) -> tuple[Method, ...]:
        """The other methods that were not passed."""
        return tuple(one.method for one in self.held if one.result == "fail")


def _assessed(
    asked: Sequence[Method],
    written: str,
    decision: str,
    held: Mapping[Method, MethodResult],
    rule: MethodsRule | None,
    percent: Fraction | None,
) -> AssessedUnit:
    found = tuple(held[method] for method in asked if method in held)
    lacking = tuple(method for method in asked if method not in held or held[method].result == "absent")
    if written == "met" and decision != "pass":
        written = "reached" if decision == "fail" else "open"
    if written == "not_met" or any(one.result == "fail" for one in found):
        return AssessedUnit("not_met", written, found, lacking)
    if rule is None or written != "met" or lacking:
        is_met = written == "met" and not lacking
        return AssessedUnit("met" if is_met else "open", written, found, lacking)
    counted = {one.method: one.percent for one in found if one.result == "pass"}
    unknown = tuple(method for method, known in counted.items() if known is None)
    if unknown or percent is None:
        return AssessedUnit("open", written, found, unknown)
    counted["written_objective"] = percent
    weights = {method: Fraction(rule.weights[method]) for method in counted}
    weighed = (known * weights[method] for method, known in counted.items() if known is not None)
    together = sum(weighed, Fraction()) / sum(weights.values(), Fraction())
    return AssessedUnit("met" if together >= rule.percent else "not_met", written, found, (), together)


MethodResults = Mapping[tuple[str, str], Mapping[Method, MethodResult]]
"""The results by canonical candidate number and unit."""


class AllMethods(NamedTuple):
    """What the standards require besides the written test, by unit, and the results that are available."""

    asked: Mapping[str, Besides]
    results: MethodResults
    rule: MethodsRule | None = None
    """The rule for the weighted total over all methods."""
    written: Mapping[str, Fraction] = {}
    """Per cent of the points of the written test, by canonical candidate number; used only if there is a
    rule."""

    def of(self, who: str, unit: str, status: str, decision: str) -> AssessedUnit | None:
        """Returns the result of a unit for one candidate, from its status in the written test and the
        decision of the exam. None if the standard requires only the written test, or if there are no results
        of other methods for anyone."""
        if unit not in self.asked or not self.results:
            return None
        held = self.results.get((canonical_number(who), unit), {})
        number = canonical_number(who)
        return _assessed(
            self.asked[unit].methods, status, decision, held, self.rule, self.written.get(number)
        )
