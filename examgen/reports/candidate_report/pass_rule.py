"""A candidate and the pass rule → the sentences on each part of the rule, and on why the candidate failed.

Scoring itself decides whether the candidate meets a part (`KeyOfRun.parts_held`); this module puts it into
words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.core.models.field_types import Bilingual
from examgen.core.problems import Refused
from examgen.core.words import Pair
from examgen.rendering.parts import short
from examgen.reports.candidate_report.report import CandidateLine, FormFacts, RuleLine, RuleSentences

if TYPE_CHECKING:
    from examgen.rendering.parts import Words
    from examgen.scoring.decisions import PartHeld

_LEVELS = {"criteria": "pc", "elements": "element", "units": "unit"}
_MOST_NAMED = 4
"""The maximum number of criteria, elements or units with few items that are named; more are counted."""

_Known = Mapping[tuple[str, ...], CandidateLine]
"""The lines of a candidate's report, by level, unit and code."""


class _RulePart(NamedTuple):
    """A part of the rule: `kind` is its field in the rule, `asked` the percentage required in each part of
    the standard."""

    kind: str
    asked: str
    said: Pair


@dataclass(frozen=True, slots=True)
class RuleWords:
    """Puts the parts of a pass rule into words. Call it with the data of one candidate."""

    words: Words
    rule: Mapping[str, Any] | None
    hold: Callable[[str, Sequence[float]], tuple[PartHeld, ...]]
    forms: Mapping[str, FormFacts]
    min_items: int

    def __call__(
        self, person: Mapping[str, str], points: Sequence[float], lines: Sequence[CandidateLine]
    ) -> RuleSentences:
        """Return the sentences for a row of candidates.csv, with its points by criterion and its lines.

        Raises Refused if the rule does not lead to the decision in the row.
        """
        rule = self.rule
        if rule is None:
            return RuleSentences()
        form = person["form"]
        held = self.hold(form, points)
        if all(one.held for one in held) != (person["decision"] == "pass"):
            raise Refused.because(
                "candidate {candidate_id}: the pass rule of this package does not give the "
                "decision of the run. Score the answers again",
                candidate_id=person["candidate_id"],
            )
        kinds = [("total", "")] if self.forms[form].required is not None else []
        kinds += [
            (kind, short(str(percent)))
            for kind in ("criteria", "elements", "units")
            for percent in rule[kind].values()
        ]
        if rule["at_least"]:
            kinds.append(("at_least", short(str(rule["at_least"]["percent"]))))
        parts = [
            (_RulePart(kind, asked, said), own)
            for (kind, asked), said, own in zip(kinds, self.forms[form].pass_rule, held, strict=True)
        ]
        known: _Known = {(one.place.level, one.place.unit, one.place.code): one for one in lines}
        told = tuple(line for part, own in parts for line in self._lines(rule, part, own, person, known))
        failed = [(part, own) for part, own in parts if not own.held]
        reached = next((own.held for part, own in parts if part.kind == "total"), None)
        if not failed:
            return RuleSentences(None, told, reached=reached)
        cause = self._cause(rule, *failed[0], person, known)
        if len(failed) > 1:
            cause = _joined(" ", cause, self.words("Other parts of the rule are not held either."))
        return RuleSentences(cause, told, all(part.kind == "total" for part, _ in failed), reached)

    def _lines(
        self,
        rule: Mapping[str, Any],
        part: _RulePart,
        held: PartHeld,
        person: Mapping[str, str],
        known: _Known,
    ) -> Iterator[RuleLine]:
        """Yield a line for a part of the rule and, if it was not met, a line for each part of the standard
        that missed it."""
        words, said = self.words, part.said
        if part.kind == "total":
            said = _joined(" – ", said, words("the score is {score}", score=short(person["score"])))
        elif part.kind == "at_least":
            reached = words(
                "reached in {n} of the {asked} on this paper, judged or not",
                n=held.reached,
                asked=held.asked,
            )
            said = _joined(" – ", said, reached)
        if part.kind != "total" and held.asked == 1 and Decimal(part.asked):
            # if the only place has all items of the form, the part asks for points of the total
            of = rule["at_least"]["of"] if part.kind == "at_least" else part.kind
            asked = [one for one in known.values() if one.result.n_items]
            n_items = sum(one.result.n_items for one in asked if one.place.level == "unit")
            places = [one for one in asked if one.place.level == _LEVELS[of]]
            if len(places) == 1 and places[0].result.n_items == n_items:
                whole = words(
                    "{code} has all items of this paper, so that this is {points} of {most} points",
                    code=places[0].place.code,
                    points=short(str(Decimal(part.asked) * Decimal(person["max_score"]) / 100)),
                    most=short(person["max_score"]),
                )
                said = _joined("; ", said, whole)
        if held.few:
            codes = [place.code for place in held.few]
            if len(codes) > _MOST_NAMED:
                few = words(
                    "in {k} of these places it rests on fewer than {n} items", k=len(codes), n=self.min_items
                )
            else:
                few = words(
                    "in {codes} it rests on fewer than {n} items", codes=", ".join(codes), n=self.min_items
                )
            said = _joined("; ", said, few)
        yield RuleLine("held" if held.held else "not_held", said)
        if part.kind in ("total", "at_least") or held.held:
            return
        for place in held.missed:
            result = known[tuple(place)].result
            at = words("{code}: {percent} %", code=place.code, percent=result.percent)
            yield RuleLine("", _joined(", ", at, result.tally))

    def _cause(
        self,
        rule: Mapping[str, Any],
        part: _RulePart,
        held: PartHeld,
        person: Mapping[str, str],
        known: _Known,
    ) -> Pair:
        """Return the sentence on why the candidate failed; `part` is the first part that was not met."""
        words = self.words
        if part.kind == "total":
            return words(
                "the score is {score}, and at least {cut} points are required.",
                score=short(person["score"]),
                cut=short(str(self.forms[person["form"]].required)),
            )
        if part.kind == "at_least":
            wanted = rule["at_least"]
            values = {"n": held.reached, "percent": short(str(wanted["percent"])), "met": wanted["met"]}
            if wanted["of"] == "criteria":
                return words(
                    "criteria at {percent} % or more: {n}, and at least {met} are required.", **values
                )
            if wanted["of"] == "elements":
                return words(
                    "elements at {percent} % or more: {n}, and at least {met} are required.", **values
                )
            return words("units at {percent} % or more: {n}, and at least {met} are required.", **values)
        place = held.missed[0]
        result = known[tuple(place)].result
        cause = words(
            "{code} is at {percent} %, and at least {asked} % is required.",
            code=place.code,
            percent=result.percent,
            asked=part.asked,
        )
        if place not in held.few:
            return cause
        few = words(
            "This rests on few items: {asked}, where {n} are needed to judge.",
            asked=result.n_items,
            n=self.min_items,
        )
        return _joined(" ", cause, few)


def _joined(by: str, *said: Pair) -> Pair:
    return Bilingual(th=by.join(one.th for one in said), en=by.join(one.en for one in said))
