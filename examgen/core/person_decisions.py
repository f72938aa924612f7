"""Decisions about persons: their subject, and which results still need a second look.

A score follows from the answers, the key and the pass rule, and no decision about a person changes it. A
second look that finds a fault leads to a decision about a mark or a row, or to a correction of the key. The
next scoring then has the new result, and `changed` records that the second look was the cause. A decision
that looked at a result names it, and remains valid as long as the candidate has that result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from examgen.core.candidate_numbers import canonical_number
from examgen.core.models.decisions import DECISION_KINDS, NO_RESULT, UNTIL_RESTORED
from examgen.core.models.standard import METHODS
from examgen.core.words import Message, tell


class TotalResult(NamedTuple):
    """A candidate's result on the total, as in three columns of candidates.csv."""

    score: str
    max_score: str
    decision: str


class PersonDecision(NamedTuple):
    """A decision about one candidate, as in the record of the sitting."""

    candidate_id: str
    decision: str
    by: str
    date: str
    """The day of the decision, as ISO 8601."""
    reason: str = ""
    confirmed_by: str = ""
    """The second person, if there was one."""
    evidence: str = ""
    run: int = 0
    """The scored run on whose result the decision was based; 0 if it was based on none."""
    result: TotalResult | None = None
    """The result on which it was based."""
    method: str = ""
    """The method of assessment that is waived, or that `restored` requires again."""
    incident: str = ""
    """The incident that led to the decision, as `CENTRE NO`."""
    case: str = ""
    """The number of the appeal that the decision settles, in the record of the sitting."""

    @property
    def words(self) -> Message:
        """The decision in words."""
        words = DECISION_KINDS[self.decision].words
        if not self.method:
            return words
        return tell("{decision}: {method}", decision=words, method=tell(METHODS[self.method]))

    def as_dict(self) -> dict[str, Any]:
        """Returns the decision for JSON, without empty fields."""
        said = {"candidate_id": self.candidate_id, "decision": self.decision, "reason": self.reason}
        others = ("by", "date", "confirmed_by", "evidence", "run", "method", "incident", "case")
        result = {} if self.result is None else {"result": self.result._asdict()}
        return {**said, **{name: getattr(self, name) for name in others if getattr(self, name)}, **result}


def standing(decisions: Iterable[PersonDecision]) -> dict[str, PersonDecision]:
    """Returns the decision in force about each person, by canonical candidate number: the last one not
    reversed by `restored`."""
    found: dict[str, list[PersonDecision]] = {}
    for one in (one for one in decisions if not one.method):
        held = found.setdefault(canonical_number(one.candidate_id), [])
        if one.decision == "restored" and held:
            held.pop()
        elif one.decision in UNTIL_RESTORED:
            held.append(one)
    return {who: held[-1] for who, held in found.items() if held}


def in_words(decisions: Iterable[PersonDecision]) -> list[tuple[PersonDecision, Message]]:
    """Returns the decisions in order, each in words. A decision that reverses another one names it."""
    found, before = list[tuple[PersonDecision, Message]](), list[PersonDecision]()
    for one in decisions:
        words = one.words
        if one.decision == "restored" and not one.method:
            held = standing(before).get(canonical_number(one.candidate_id))
            words = taken_back(held) if held is not None else words
        found.append((one, words))
        before.append(one)
    return found


def taken_back(held: PersonDecision) -> Message:
    """Returns the words for the reversal of a decision."""
    return tell("no longer: {decision}", decision=held.words)


def waivers(decisions: Iterable[PersonDecision]) -> dict[tuple[str, str], PersonDecision]:
    """Returns the decisions in force that waive a method of assessment, by canonical candidate number and
    method."""
    found: dict[tuple[str, str], PersonDecision] = {}
    for one in (one for one in decisions if one.method):
        key = canonical_number(one.candidate_id), one.method
        if one.decision == "waived":
            found[key] = one
        else:
            found.pop(key, None)
    return found


def without_result(decisions: Iterable[PersonDecision]) -> dict[str, PersonDecision]:
    """Returns the decisions in force by which a person has no result, by canonical candidate number."""
    return {who: one for who, one in standing(decisions).items() if one.decision in NO_RESULT}


def without_result_in(audit: Mapping[str, Any]) -> dict[str, str]:
    """Returns the decisions by which candidates have no result in a run, by canonical candidate number, from
    its audit."""
    return {canonical_number(one["candidate_id"]): one["decision"] for one in audit.get("persons") or ()}


Look = Literal["upheld", "changed", "open"]
"""The outcome of a second look: `open` if nobody has decided on it."""


class SecondLooks(NamedTuple):
    """The candidates marked for a second look, by their numbers as in candidates.csv."""

    upheld: tuple[str, ...]
    changed: tuple[str, ...]
    open: tuple[str, ...]
    """Includes candidates whose result has changed since the second look."""

    @property
    def marked(self) -> int:
        """The number of candidates marked."""
        return len(self.upheld) + len(self.changed) + len(self.open)

    def counts(self) -> dict[str, int]:
        """Returns the counts as stored in a release."""
        found = {name: len(value) for name, value in self._asdict().items()}
        return {"marked": self.marked, **found}


def second_looks(
    marked: Iterable[tuple[str, TotalResult]], decisions: Sequence[PersonDecision]
) -> SecondLooks:
    """Returns the outcomes of the second looks of a run. `marked` has the numbers and results of the
    candidates who are marked for one. If there are several decisions about the same result, the last
    counts."""
    last = last_looks(decisions)
    found: dict[Look, list[str]] = {"upheld": [], "changed": [], "open": []}
    for who, result in marked:
        found[look_of(last.get((canonical_number(who), result)))].append(who)
    return SecondLooks(tuple(found["upheld"]), tuple(found["changed"]), tuple(found["open"]))


def look_of(last: PersonDecision | None) -> Look:
    """Returns the outcome of the last second look at a result."""
    if last is None or last.decision == "reopened":
        return "open"
    return "changed" if last.decision == "changed" else "upheld"


def last_looks(decisions: Iterable[PersonDecision]) -> dict[tuple[str, TotalResult], PersonDecision]:
    """Returns the last second look at each result, by canonical candidate number and result. A result that
    returns, as when a correction is reversed, keeps its earlier second look."""
    looks = (one for one in decisions if DECISION_KINDS[one.decision].about == "second look")
    return {(canonical_number(one.candidate_id), one.result): one for one in looks if one.result is not None}
