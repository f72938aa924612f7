"""The parts of a pass rule, held against a candidate → what the report says of each, and why somebody failed.

Whether a part held is scoring's own judgement (`ScoredRun.hold_parts`); here it is put into words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.core.models.base import Bilingual
from examgen.core.problems import Refused
from examgen.core.words import Pair, tell
from examgen.rendering.parts import short
from examgen.reports.candidate_report.report import FormFacts, Line, RuleLine, RuleSaid

if TYPE_CHECKING:
    from examgen.core.scored_run import HoldParts, PartHeld, RulePlace
    from examgen.rendering.parts import Words

_LEVELS = {"criteria": "pc", "elements": "element", "units": "unit"}
_MOST_NAMED = 4
"""Places on few items that are named; more are counted."""


class _Part(NamedTuple):
    """A part of the rule: `kind` is a field of the rule, `asked` the percentage in each place."""

    kind: str
    asked: str
    said: Pair


@dataclass(frozen=True, slots=True)
class RuleWords:
    """What is said of the parts of a rule; called for one candidate."""

    words: Words
    rule: Mapping[str, Any] | None
    hold: HoldParts | None
    forms: Mapping[str, FormFacts]
    cuts: Mapping[str, Decimal | None]
    """The cut on the total in points, by form."""
    min_items: int

    def __call__(self, person: Mapping[str, str], points: Sequence[float], lines: Sequence[Line]) -> RuleSaid:
        """What is said of a row of candidates.csv with these points by criterion and these lines."""
        if self.rule is None or self.hold is None:
            return RuleSaid()
        form = person["form"]
        held = self.hold(form, points)
        if all(one.held for one in held) != (person["decision"] == "pass"):
            raise Refused(
                tell(
                    "candidate {candidate_id}: the pass rule of this package does not lead to the "
                    "decision of the run: score the answers again",
                    candidate_id=person["candidate_id"],
                )
            )
        parts = [*zip(self._parts(form), held, strict=True)]
        known = {(one.place.level, one.place.unit, one.place.code): one for one in lines}
        said = tuple(line for part, own in parts for line in self._lines(part, own, person, known))
        failed = [(part, own) for part, own in parts if not own.held]
        reached = next((own.held for part, own in parts if part.kind == "total"), None)
        if not failed:
            return RuleSaid(None, said, reached=reached)
        cause = self._cause(*failed[0], person, known)
        if len(failed) > 1:
            cause = _joined(" ", cause, self.words("Other parts of the rule are not held either."))
        return RuleSaid(cause, said, all(part.kind == "total" for part, _ in failed), reached)

    def _parts(self, form: str) -> Iterator[_Part]:
        assert self.rule is not None
        rule = self.rule
        kinds = [("total", "")] if self.cuts[form] is not None else []
        kinds += [
            (kind, short(str(percent)))
            for kind in ("criteria", "elements", "units")
            for percent in rule[kind].values()
        ]
        if rule["at_least"]:
            kinds.append(("at_least", short(str(rule["at_least"]["percent"]))))
        for (kind, asked), said in zip(kinds, self.forms[form].pass_rule, strict=True):
            yield _Part(kind, asked, said)

    # ── the lines ────────────────────────────────────────────────────────────────────────────

    def _lines(
        self, part: _Part, held: PartHeld, person: Mapping[str, str], known: Mapping[Any, Line]
    ) -> Iterator[RuleLine]:
        said = part.said
        if part.kind == "total":
            said = _joined(" – ", said, self.words("the score is {score}", score=short(person["score"])))
        elif part.kind == "at_least":
            said = _joined(" – ", said, self._reached(held))
        if (whole := self._of_all_items(part, held, person, known)) is not None:
            said = _joined("; ", said, whole)
        if held.few:
            said = _joined("; ", said, self._few(held))
        yield RuleLine("held" if held.held else "not_held", said)
        if part.kind in ("total", "at_least") or held.held:
            return
        for place in held.missed:
            result = known[tuple(place)].result
            at = self.words("{code}: {percent} %", code=place.code, percent=result.percent)
            yield RuleLine("", _joined(", ", at, result.tally))

    def _of_all_items(
        self, part: _Part, held: PartHeld, person: Mapping[str, str], known: Mapping[Any, Line]
    ) -> Pair | None:
        """What a part asks of the total in truth, in points: its one place has all items of the form."""
        assert self.rule is not None
        if part.kind == "total" or held.asked != 1 or not Decimal(part.asked):
            return None
        of = self.rule["at_least"]["of"] if part.kind == "at_least" else part.kind
        asked = [one for one in known.values() if one.result.n_items]
        n_items = sum(one.result.n_items for one in asked if one.place.level == "unit")
        places = [one for one in asked if one.place.level == _LEVELS[of]]
        if len(places) != 1 or places[0].result.n_items != n_items:
            return None
        return self.words(
            "{code} has all items of this paper, so that this is {points} of {most} points",
            code=places[0].place.code,
            points=short(str(Decimal(part.asked) * Decimal(person["max_score"]) / 100)),
            most=short(person["max_score"]),
        )

    def _reached(self, held: PartHeld) -> Pair:
        return self.words(
            "reached in {n} of the {asked} that were asked, judged or not", n=held.reached, asked=held.asked
        )

    def _few(self, held: PartHeld) -> Pair:
        codes = [place.code for place in held.few]
        if len(codes) > _MOST_NAMED:
            return self.words(
                "in {k} of these places it rests on fewer than {n} items", k=len(codes), n=self.min_items
            )
        return self.words(
            "in {codes} it rests on fewer than {n} items", codes=", ".join(codes), n=self.min_items
        )

    # ── why ──────────────────────────────────────────────────────────────────────────────────

    def _cause(
        self, part: _Part, held: PartHeld, person: Mapping[str, str], known: Mapping[Any, Line]
    ) -> Pair:
        assert self.rule is not None
        if part.kind == "total":
            cut = short(str(self.cuts[person["form"]]))
            return self.words(
                "the score is {score}, and at least {cut} points are asked.",
                score=short(person["score"]),
                cut=cut,
            )
        if part.kind == "at_least":
            return self._too_few_reached(held)
        return self._place_missed(part, held, known[tuple(held.missed[0])], held.missed[0])

    def _too_few_reached(self, held: PartHeld) -> Pair:
        assert self.rule is not None
        wanted = self.rule["at_least"]
        values = {"n": held.reached, "percent": short(str(wanted["percent"])), "met": wanted["met"]}
        if wanted["of"] == "criteria":
            return self.words("criteria at {percent} % or more: {n}, and at least {met} are asked.", **values)
        if wanted["of"] == "elements":
            return self.words("elements at {percent} % or more: {n}, and at least {met} are asked.", **values)
        return self.words("units at {percent} % or more: {n}, and at least {met} are asked.", **values)

    def _place_missed(self, part: _Part, held: PartHeld, line: Line, place: RulePlace) -> Pair:
        cause = self.words(
            "{code} is at {percent} %, and at least {asked} % is asked.",
            code=place.code,
            percent=line.result.percent,
            asked=part.asked,
        )
        if place not in held.few:
            return cause
        few = self.words(
            "This rests on few items: {asked}, where {n} are needed to judge.",
            asked=line.result.n_items,
            n=self.min_items,
        )
        return _joined(" ", cause, few)


def _joined(by: str, *said: Pair) -> Pair:
    return Bilingual(th=by.join(one.th for one in said), en=by.join(one.en for one in said))
