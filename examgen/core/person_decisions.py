"""Decisions on persons: what each is about, and which results still wait for their second look.

A score follows from the answers, the key and the pass rule; no decision on a person changes one. A second
look that finds a fault leads to a decision on a mark or a row, or to a correction of the key: the next
scoring has the other result, and `changed` says that the second look brought it about. A decision that looked
at a result names it, and holds as long as the candidate has that result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from examgen.core.candidate_numbers import canonical_number
from examgen.core.models.decisions import DECISION_KINDS, NO_RESULT, UNTIL_RESTORED
from examgen.core.models.standard import METHODS
from examgen.core.words import Message, tell


class TotalResult(NamedTuple):
    """A candidate's result on the total, as three columns of candidates.csv have it."""

    score: str
    max_score: str
    decision: str


class PersonDecision(NamedTuple):
    """A decision on one candidate, as the record of the sitting has it."""

    candidate_id: str
    decision: str
    by: str
    date: str
    """The day of the decision: ISO 8601."""
    reason: str = ""
    confirmed_by: str = ""
    """The second person, where there was one."""
    evidence: str = ""
    run: int = 0
    """The scored run whose result was looked at; 0 where the decision looked at none."""
    result: TotalResult | None = None
    """That result."""
    method: str = ""
    """The method of assessment that is waived, or of which `restored` says that it is asked again."""
    incident: str = ""
    """The incident that it follows from, `CENTRE NO`."""
    case: str = ""
    """The appeal that the decision settles, by its number in the record of the sitting."""

    @property
    def words(self) -> Message:
        """What was decided, in words."""
        words = DECISION_KINDS[self.decision].words
        if not self.method:
            return words
        return tell("{decision}: {method}", decision=words, method=tell(METHODS[self.method]))

    def as_dict(self) -> dict[str, Any]:
        """For JSON, without what was not said."""
        said = {"candidate_id": self.candidate_id, "decision": self.decision, "reason": self.reason}
        others = ("by", "date", "confirmed_by", "evidence", "run", "method", "incident", "case")
        result = {} if self.result is None else {"result": self.result._asdict()}
        return {**said, **{name: getattr(self, name) for name in others if getattr(self, name)}, **result}


def standing(decisions: Iterable[PersonDecision]) -> dict[str, PersonDecision]:
    """By number, as it is compared, what holds of each person until it is `restored`; of several decisions
    the last."""
    found: dict[str, list[PersonDecision]] = {}
    for one in (one for one in decisions if not one.method):
        held = found.setdefault(canonical_number(one.candidate_id), [])
        if one.decision == "restored" and held:
            held.pop()
        elif one.decision in UNTIL_RESTORED:
            held.append(one)
    return {who: held[-1] for who, held in found.items() if held}


def in_words(decisions: Iterable[PersonDecision]) -> list[tuple[PersonDecision, Message]]:
    """Decisions in their order, each with its words; one that takes another back names that."""
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
    """That a decision no longer holds."""
    return tell("no longer: {decision}", decision=held.words)


def waivers(decisions: Iterable[PersonDecision]) -> dict[tuple[str, str], PersonDecision]:
    """By number, as it is compared, and method, the decisions that waive a method of assessment."""
    found: dict[tuple[str, str], PersonDecision] = {}
    for one in (one for one in decisions if one.method):
        key = canonical_number(one.candidate_id), one.method
        if one.decision == "waived":
            found[key] = one
        else:
            found.pop(key, None)
    return found


def without_result(decisions: Iterable[PersonDecision]) -> dict[str, PersonDecision]:
    """Of these, the decisions by which a person has no result."""
    return {who: one for who, one in standing(decisions).items() if one.decision in NO_RESULT}


def without_result_in(audit: Mapping[str, Any]) -> dict[str, str]:
    """By number, as it is compared, the decision by which a run gave somebody no result, of its audit."""
    return {canonical_number(one["candidate_id"]): one["decision"] for one in audit.get("persons") or ()}


Look = Literal["upheld", "changed", "open"]
"""What became of a second look; open where nobody has decided on it."""


class SecondLooks(NamedTuple):
    """Those marked for a second look, by their numbers as candidates.csv has them."""

    upheld: tuple[str, ...]
    changed: tuple[str, ...]
    open: tuple[str, ...]
    """Also those whose result is another since somebody looked."""

    @property
    def marked(self) -> int:
        """How many there are."""
        return len(self.upheld) + len(self.changed) + len(self.open)

    def counts(self) -> dict[str, int]:
        """As a release keeps them."""
        found = {name: len(value) for name, value in self._asdict().items()}
        return {"marked": self.marked, **found}


def second_looks(
    marked: Iterable[tuple[str, TotalResult]], decisions: Sequence[PersonDecision]
) -> SecondLooks:
    """What became of the second looks of a run: `marked` are numbers and results of the candidates who are
    marked for one. Of several decisions on the same result the last counts."""
    last = last_looks(decisions)
    found: dict[Look, list[str]] = {"upheld": [], "changed": [], "open": []}
    for who, result in marked:
        found[look_of(last.get((canonical_number(who), result)))].append(who)
    return SecondLooks(tuple(found["upheld"]), tuple(found["changed"]), tuple(found["open"]))


def look_of(last: PersonDecision | None) -> Look:
    """What the last second look at a result says of it."""
    if last is None or last.decision == "reopened":
        return "open"
    return "changed" if last.decision == "changed" else "upheld"


def last_looks(decisions: Iterable[PersonDecision]) -> dict[tuple[str, TotalResult], PersonDecision]:
    """By number of the candidate, as it is compared, and result, the last second look at it. A result that
    comes again, as where a correction is taken back, has the look that it had."""
    looks = (one for one in decisions if DECISION_KINDS[one.decision].about == "second look")
    return {(canonical_number(one.candidate_id), one.result): one for one in looks if one.result is not None}
