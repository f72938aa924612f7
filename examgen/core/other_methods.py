"""Results of the methods of assessment that a standard asks besides the written test → whether a unit is met.

A unit is met where the written test and every other method that the standard asks at the level have been
passed, or waived by a decision, and where the blueprint says what they must come to together, they do; not
met where one of them was not passed, or they do not; else it is open, and what is lacking is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, NamedTuple

from examgen.core.candidate_numbers import canonical_number
from examgen.core.models.base import Method
from examgen.core.words import Message, tell

if TYPE_CHECKING:
    from examgen.core.models.decisions import MethodsRule
    from examgen.core.models.standard import Besides

Outcome = Literal["pass", "fail", "absent", "waived"]
"""`waived` by a decision on the candidate; lists have the others."""


class MethodResult(NamedTuple):
    """What came of a method of assessment for one candidate, as somebody has written it into a list."""

    candidate_id: str
    unit: str
    method: Method
    result: Outcome
    day: str
    """ISO 8601."""
    assessor: str
    points: str = ""
    """As written; a result rests on no rule of ours."""
    percent: Fraction | None = None
    """Of the points that could be had; None where the list does not tell it."""


UnitStatus = Literal["met", "not_met", "open"]
"""Of a unit by all methods."""
UNIT_STATUS_WORDS: Mapping[UnitStatus, Message] = {
    "met": tell("met"),
    "not_met": tell("not met"),
    "open": tell("not decided yet"),
}


class AssessedUnit(NamedTuple):
    """A unit by all methods."""

    status: UnitStatus
    written: str
    """The status of the unit by the written test, as reports have it; `reached` where the points reach what
    is asked and the exam was not passed, as of several units, and `open` where nothing decided the exam."""
    held: tuple[MethodResult, ...]
    """The results of other methods, in the order of the standard."""
    lacking: tuple[Method, ...]
    """Other methods of which there is no result, or to which the candidate did not come; where they are
    weighed, also those of which no percentage is known."""
    together: Fraction | None = None
    """Per cent of all points by the weights of the methods, a waived one left out: where all are passed."""

    @property
    def waived(self) -> tuple[Method, ...]:
        """Other methods that a decision waived."""
        return tuple(one.method for one in self.held if one.result == "waived")

    @property
    def failed(self) -> tuple[Method, ...]:
        """Other methods that were not passed."""
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
"""By canonical number of the candidate and unit."""


class AllMethods(NamedTuple):
    """What the standards ask besides the written test, by unit, and the results of it that are held."""

    asked: Mapping[str, Besides]
    results: MethodResults
    rule: MethodsRule | None = None
    """What the methods must come to together."""
    written: Mapping[str, Fraction] = {}
    """Per cent of the points of the written test by canonical number of the candidate; if there is a rule."""

    def of(self, who: str, unit: str, status: str, decision: str) -> AssessedUnit | None:
        """A unit of one candidate, by its status in the written test and the decision of the exam. None where
        the standard asks the written test alone, or no result of another method is held for anybody."""
        if unit not in self.asked or not self.results:
            return None
        held = self.results.get((canonical_number(who), unit), {})
        number = canonical_number(who)
        return _assessed(
            self.asked[unit].methods, status, decision, held, self.rule, self.written.get(number)
        )
