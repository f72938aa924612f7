"""Results of the methods of assessment that a standard asks besides the written test → whether a unit is met.

A unit is met where the written test and every other method that the standard asks at the level have been
passed, or waived by a decision; not met where one of them was not passed; else it is open, and what is
lacking is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from examgen.core.models.base import Method

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


class AssessedUnit(NamedTuple):
    """A unit by all methods: `met`, `not_met` or `open`."""

    status: Literal["met", "not_met", "open"]
    written: str
    """The status of the unit by the written test, as reports have it; `open` where its points reach what is
    asked and the exam was not passed, as of several units or without a pass rule."""
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


def assessed(
    asked: Sequence[Method], written: str, passed: bool, held: Mapping[Method, MethodResult]
) -> AssessedUnit:
    """A unit of one candidate: `asked` are the other methods of the standard, `written` the status by the
    written test, `passed` whether the exam was passed at all."""
    found = tuple(held[method] for method in asked if method in held)
    lacking = tuple(method for method in asked if method not in held or held[method].result == "absent")
    written = "open" if written == "met" and not passed else written
    if written == "not_met" or any(one.result == "fail" for one in found):
        return AssessedUnit("not_met", written, found, lacking)
    is_met = written == "met" and not lacking
    return AssessedUnit("met" if is_met else "open", written, found, lacking)


MethodResults = Mapping[tuple[str, str], Mapping[Method, MethodResult]]
"""By canonical number of the candidate and unit."""
