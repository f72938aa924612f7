"""A candidate's rows of the files → what was earned in each place of the standard, and which parts of the rule held.

Sums and percentages are made anew from pc_results.csv and pc_scale.csv; nothing of a report is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fnmatch import fnmatchcase
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

from tests.reports.sentences.facts import JUDGED, Facts, Row
from tests.scoring.plain_scorer import judged

_NEAR = Decimal("0.0006")
"""Sums of thirds are not exact in the files."""


class Place(NamedTuple):
    """A unit, an element or a criterion: items and points that the form has of it, points earned."""

    level: str
    code: str
    unit: str
    above: str
    """The element of a criterion."""
    asked: int
    most: Decimal
    points: Decimal
    least: int
    """On how many items it is judged."""
    met_from: Decimal
    """In per cent."""
    bottom: Decimal
    """The least points that can be had."""
    rule: Mapping[str, Any]
    """The judgement."""
    decision: str = ""
    """Of the only unit of an exam that decides: that of the candidate."""

    @property
    def percent(self) -> Decimal:
        return 100 * self.points / self.most

    @property
    def status(self) -> str:
        if self.decision:
            return "met" if self.decision == "pass" else "not_met"
        if not self.asked:
            return "not_assessed"
        if self.asked < self.least:
            return "insufficient"
        if self.rule.get("certainty"):
            points, most, bottom = map(Fraction, (self.points, self.most, self.bottom))
            return judged(points, most, bottom, self.asked, self.rule, self.unit)
        return "met" if self.reaches(self.met_from) else "not_met"

    @property
    def is_judged(self) -> bool:
        return self.status in JUDGED

    def reaches(self, percent: Decimal) -> bool:
        return self.points * 100 >= percent * self.most - _NEAR * 100


class Part(NamedTuple):
    """A part of the pass rule and what came of it."""

    kind: str
    """`total`, `criteria`, `elements`, `units` or `at_least`."""
    asked: Decimal
    """Points, or per cent in each place."""
    held: bool
    reached: int
    missed: tuple[Place, ...] = ()
    few: tuple[Place, ...] = ()
    """Places that it rests on which are of too few items to be judged."""
    asked_of: int = 0
    """How many places it is about."""


class Own:
    """A candidate."""

    def __init__(self, facts: Facts, row: Row, results: Row) -> None:
        self.facts, self.row, self.results = facts, row, results
        self.form = row["form"]

    def __getitem__(self, name: str) -> str:
        return self.row.get(name, "")

    @property
    def marks(self) -> dict[str, int]:
        found = {name: int(self.row[name]) for name in ("answered", "blank", "multiple", "invalid")}
        own = self.facts.marked[self["candidate_id"]]
        asked = sum(
            own[q].bit_count() > 1 and own[q] < 128 for q in self.facts.several_asked(self.row["form"])
        )
        return {**found, "answered": found["answered"] + asked, "multiple": found["multiple"] - asked}

    @property
    def unmarked(self) -> list[str]:
        """Criteria that are not met and have no mark on any question that counts."""
        own, found = self.facts.marked[self["candidate_id"]], []
        lost = set(self.changed("drop"))
        for place in self.places.values():
            questions = [
                int(row["question"])
                for row in self.facts.key
                if row["form"] == self.form and row["pc"] == place.code and row["points"] != "0"
            ]
            if (place.level, place.status) == ("pc", "not_met") and not any(
                own[q] for q in questions if q not in lost
            ):
                found.append(place.code)
        return found

    @property
    def is_blank(self) -> bool:
        """Whether nothing was marked."""
        return not any(n for name, n in self.marks.items() if name != "blank")

    @property
    def score(self) -> Decimal:
        return Decimal(self.row["score"])

    @property
    def n_items(self) -> int:
        return sum(one.asked for one in self.places.values() if one.level == "pc")

    @cached_property
    def places(self) -> dict[str, Place]:
        """By code, in the order of the standard."""
        found = {}
        for unit in self.facts.units:
            code = unit["code"]
            for element in unit["elements"]:
                for one in element["criteria"]:
                    found[one["code"]] = self._criterion(one["code"], code, element["code"])
                own = [x for x in found.values() if x.level == "pc" and x.above == element["code"]]
                found[element["code"]] = self._sum("element", element["code"], code, own)
            own = [x for x in found.values() if x.level == "pc" and x.unit == code]
            found[code] = self._sum("unit", code, code, own)
        return found

    def _criterion(self, code: str, unit: str, element: str) -> Place:
        asked = self.facts.asked[self.form][code]
        points = Decimal(self.results[f"{code}_correct"] or 0)
        rule = self.facts.judgement
        percent = Decimal(str(rule["units"].get(unit, rule["percent"])))
        least = self.facts.least(self.form, code)
        counts = (asked, Decimal(asked), points, rule["min_items"])
        return Place("pc", code, unit, element, *counts, percent, least, rule)

    def _sum(self, level: str, code: str, unit: str, own: list[Place]) -> Place:
        sums = (sum(one.asked for one in own), sum((one.most for one in own), Decimal(0)),
                sum((one.points for one in own), Decimal(0)))  # fmt: skip
        bottom = sum((one.bottom for one in own), Decimal(0))
        decision = self["decision"] if level == "unit" and len(self.facts.units) == 1 else ""
        return Place(
            level, code, unit, "", *sums, own[0].least, own[0].met_from, bottom, own[0].rule, decision
        )

    # ── the rule ─────────────────────────────────────────────────────────────────────────────

    @cached_property
    def parts(self) -> list[Part]:
        """The parts of the rule in the order in which reports have them."""
        return [*self._parts()]

    @property
    def failed(self) -> list[Part]:
        return [one for one in self.parts if not one.held]

    def _parts(self) -> Iterator[Part]:
        rule = self.facts.rule
        if rule is None:
            return
        if (cut := self.facts.cut(self.form)) is not None:
            yield Part("total", cut, self.score >= cut - _NEAR, 0)
        for kind in ("criteria", "elements", "units"):
            for pattern, percent in rule[kind].items():
                yield self._each(kind, pattern, Decimal(str(percent)))
        if rule["at_least"]:
            yield self._so_many(rule["at_least"])

    def _named(self, kind: str, patterns: tuple[str, ...]) -> list[Place]:
        level = {"criteria": "pc", "elements": "element", "units": "unit"}[kind]
        return [
            one
            for one in self.places.values()
            if one.level == level and one.asked
            and any(p == "all" or fnmatchcase(one.code, p) for p in patterns)
        ]  # fmt: skip

    def _each(self, kind: str, pattern: str, percent: Decimal) -> Part:
        places = self._named(kind, (pattern,))
        missed = tuple(one for one in places if not one.reaches(percent))
        few = tuple(one for one in places if one.asked < one.least)
        return Part(kind, percent, not missed, len(places) - len(missed), missed, few)

    def _so_many(self, wanted: Mapping[str, Any]) -> Part:
        percent = Decimal(str(wanted["percent"]))
        places = self._named(wanted["of"], tuple(wanted["among"]))
        n = sum(one.reaches(percent) for one in places)
        few = tuple(one for one in places if one.asked < one.least)
        return Part("at_least", percent, n >= wanted["met"], n, (), few, len(places))

    @cached_property
    def missed(self) -> list[Place]:
        """What a candidate is advised to work on: not met, and nothing within it that says more: none that is
        judged, or some that are undecided and none that is not met."""
        found = [one for one in self.places.values() if one.status == "not_met"]
        return [one for one in found if self._says_most({x.status for x in self._within(one)})]

    @staticmethod
    def _says_most(within: set[str]) -> bool:
        return "not_met" not in within and ("undecided" in within or "met" not in within)

    def _within(self, place: Place) -> list[Place]:
        others = self.places.values()
        if place.level == "element":
            return [one for one in others if one.level == "pc" and one.above == place.code]
        if place.level == "unit":
            return [one for one in others if one.level != "unit" and one.unit == place.code]
        return []

    def changed(self, *kinds: str) -> list[int]:
        """Questions of the form that corrections of these kinds changed."""
        places = [
            place
            for one in self.facts.corrections
            if one["kind"] in kinds
            for place in one.get("places") or [one]
        ]
        return sorted({int(one["question"]) for one in places if one["form"] == self.form})
