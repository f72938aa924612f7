"""Results of the methods of assessment that a standard asks besides the written test → whether a unit is met.

A unit is met where the written test and every other method that the standard asks at the level have been
passed, or waived by a decision; not met where one of them was not passed; else it is open, and what is
lacking is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from examgen.core.candidate_numbers import canonical_number
from examgen.core.models.base import Method
from examgen.core.words import Message, tell

if TYPE_CHECKING:
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
    """Other methods of which there is no result, or to which the candidate did not come."""

    @property
    def waived(self) -> tuple[Method, ...]:
        """Other methods that a decision waived."""
        return tuple(one.method for one in self.held if one.result == "waived")

    @property
    def failed(self) -> tuple[Method, ...]:
        """Other methods that were not passed."""
        return tuple(one.method for one in self.held if one.result == "fail")


def _assessed(
    asked: Sequence[Method], written: str, decision: str, held: Mapping[Method, MethodResult]
) -> AssessedUnit:
    found = tuple(held[method] for method in asked if method in held)
    lacking = tuple(method for method in asked if method not in held or held[method].result == "absent")
    if written == "met" and decision != "pass":
        written = "reached" if decision == "fail" else "open"
    if written == "not_met" or any(one.result == "fail" for one in found):
        return AssessedUnit("not_met", written, found, lacking)
    is_met = written == "met" and not lacking
    return AssessedUnit("met" if is_met else "open", written, found, lacking)


MethodResults = Mapping[tuple[str, str], Mapping[Method, MethodResult]]
"""By canonical number of the candidate and unit."""


class AllMethods(NamedTuple):
    """What the standards ask besides the written test, by unit, and the results of it that are held."""

    asked: Mapping[str, Besides]
    results: MethodResults

    def of(self, who: str, unit: str, status: str, decision: str) -> AssessedUnit | None:
        """A unit of one candidate, by its status in the written test and the decision of the exam. None where
        the standard asks the written test alone, or no result of another method is held for anybody."""
        if unit not in self.asked or not self.results:
            return None
        held = self.results.get((canonical_number(who), unit), {})
        return _assessed(self.asked[unit].methods, status, decision, held)
