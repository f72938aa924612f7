"""Random small banks and blueprints: forms are built exactly when trying every set of items finds some.

What a blueprint means is written here a second time, from its plain data, and shares nothing with the package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from math import ceil, exp, floor, inf
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from examgen.assembly.assemble import assemble
from examgen.assembly.recount import recount
from examgen.core.models.form import Exam
from examgen.core.models.item import BankUnit, Evidence, Item
from examgen.core.models.standard import Unit
from examgen.core.problems import BlueprintNotMet, Refused
from tests.effort import examples
from tests.samples import PCS, blueprint, item_data, unit_data

Data = dict[str, Any]
Held = frozenset[str]

CATEGORIES = ("remember", "understand", "apply")
PATTERNS = (*PCS, "E1.*", "E2.*", "all")
POINTS = (-1.0, 1.0)
CLOSE = 1e-4
"""Coefficients are rounded to 5 decimals before they are summed."""


# ── what is drawn ────────────────────────────────────────────────────────────────────────────


@st.composite
def banks(draw: Any) -> list[Data]:
    """One to eight items, some of them enemies, of a stimulus, for another level, or to be piloted."""
    pcs = draw(st.lists(st.sampled_from(PCS), min_size=1, max_size=8))
    rows = [item_data(pc, n + 1) for n, pc in enumerate(pcs)]
    ids = [row["id"] for row in rows]
    for row in rows:
        row["cognitive"] = draw(st.sampled_from(CATEGORIES))
        row["levels"] = draw(st.sampled_from([[4], [3, 4], [3, 4], [3]]))
        row["status"] = draw(st.sampled_from(["draft", "draft", "draft", "draft", "pilot"]))
        row["enemies"] = (
            draw(st.lists(st.sampled_from(ids), max_size=1)) if draw(st.integers(0, 4)) == 0 else []
        )
        row["shared_stimulus"] = draw(st.sampled_from([None, None, None, None, "case-1", "case-2"]))
        row["time_s"] = draw(st.integers(20, 90))
    return rows


def ranges(most: int) -> st.SearchStrategy[Any]:
    """An exact number, or least and greatest."""
    pairs = st.tuples(st.integers(0, most), st.integers(0, most)).map(sorted)
    return st.integers(0, most) | pairs.map(lambda pair: {"min": pair[0], "max": pair[1]})


@st.composite
def blueprints(draw: Any, ids: list[str]) -> Data:
    """One to three forms of one to four items."""
    items = draw(st.integers(1, 4))
    some: dict[str, st.SearchStrategy[Any]] = {
        "criteria": st.dictionaries(st.sampled_from(PATTERNS), ranges(items), min_size=1, max_size=2),
        "cognitive": st.dictionaries(st.sampled_from(CATEGORIES), ranges(items), min_size=1, max_size=2),
        "stimuli": st.sampled_from([{"min": 1}, {"min": 2}, {"min": 1, "max": 2}]),
        "sets": st.lists(sets(ids), min_size=1, max_size=2),
        "quantities": st.integers(20, 90).flatmap(times),
        "pilot": st.integers(1, 2).map(lambda n: {"items": n, "statuses": ["pilot"]}),
        "anchor": st.tuples(st.integers(1, items), st.booleans()).map(
            lambda pair: {"items": pair[0], "mirror": pair[1]}
        ),
        "exposure": st.integers(1, 2).map(lambda n: {"forms": n}),
        "statistics": st.sampled_from(["relative", "absolute"]).flatmap(lambda kind: curves(kind, items)),
    }
    asked = draw(st.sets(st.sampled_from(sorted(some)), max_size=3))
    forms, spare = draw(st.integers(1, 2)), draw(st.sampled_from([0, 0, 1]))
    overlaps = [0, 0, {"max": 1}, {"max": 2}, {"min": 0}, 1, {"min": 1}]
    return {
        "forms": forms,
        "spare": spare,
        "items": items,
        "overlap": draw(st.sampled_from(overlaps)),
        "seed": draw(st.integers(0, 99)),
        **{name: draw(some[name]) for name in sorted(asked)},
    }


@st.composite
def sets(draw: Any, ids: list[str]) -> Data:
    members = sorted(draw(st.sets(st.sampled_from(ids), min_size=1, max_size=3)))
    rule = draw(st.sampled_from([{"together": True}, {"min": 1}, {"max": 1}, {"min": 1, "max": 2}]))
    return {"name": "set", "items": members, **rule}


def times(middle: int) -> st.SearchStrategy[Data]:
    return st.sampled_from(
        [
            {"time_s": {"mean": {"min": middle - 10, "max": middle + 10}}},
            {"time_s": {"sum": {"max": middle * 3}}},
            {"time_s": {"each": {"min": middle - 30}}},
        ]
    )


def curves(kind: str, items: int) -> st.SearchStrategy[Data]:
    within = st.sampled_from([5, 30, 80])
    if kind == "relative":
        return within.map(lambda w: {"information": {"at": POINTS, "shape": (1.0, 1.0), "within": w}})
    target = st.sampled_from([0.15, 0.25]).map(lambda each: each * items)
    return st.tuples(within, target).map(
        lambda pair: {"information": {"at": POINTS, "target": (pair[1], pair[1]), "within": pair[0]}}
    )


def evidence(rows: list[Data]) -> dict[str, tuple[float, float]]:
    """Discrimination and difficulty of each item, from its place; the time of an item makes them differ."""
    return {row["id"]: (0.6 + row["time_s"] / 100, (row["time_s"] - 55) / 25) for row in rows}


# ── what a blueprint means ───────────────────────────────────────────────────────────────────


class Meaning:
    """A bank and a blueprint as plain data, and what they allow."""

    def __init__(self, rows: list[Data], asked: Data) -> None:
        self.asked = asked
        self.known = evidence(rows)
        at_level = {row["id"]: row for row in rows if 4 in row["levels"]}
        drafts = {name: row for name, row in at_level.items() if row["status"] == "draft"}
        each = asked.get("quantities", {}).get("time_s", {}).get("each")
        self.scored = {
            name: row for name, row in drafts.items() if each is None or row["time_s"] >= each["min"]
        }
        # an item that may not count can be tried out, where its status is one of those to be piloted
        self.pilots = (
            {n: r for n, r in at_level.items() if r["status"] == "pilot"} if "pilot" in asked else {}
        )
        self.usable = {**self.scored, **self.pilots}

    def sets_of_forms(self) -> Iterator[tuple[Held, tuple[Held, ...]]]:
        """Every anchor with every set of forms that are right together; forms come in one order."""
        singles = [held for held in self.all_sets() if self.is_form(held)]
        n_forms = self.asked["forms"] + self.asked["spare"]
        for anchor in self.anchors():
            around = [held for held in singles if anchor <= held]
            for forms in self.right_together(around, anchor, (), n_forms):
                if self.curves_hold(forms):
                    yield anchor, forms

    def right_together(
        self, singles: list[Held], anchor: Held, begun: tuple[Held, ...], n_forms: int
    ) -> Iterator[tuple[Held, ...]]:
        if len(begun) == n_forms:
            yield begun
            return
        for n, held in enumerate(singles):
            if self.goes_with(held - anchor, [form - anchor for form in begun]):
                yield from self.right_together(singles[n:], anchor, (*begun, held), n_forms)

    def goes_with(self, held: Held, begun: list[Held]) -> bool:
        least, greatest = bounds(self.asked["overlap"])
        most = self.asked.get("exposure", {}).get("forms", inf)
        return all(least <= len(held & other) <= greatest for other in begun) and all(
            1 + sum(name in form for form in begun) <= most for name in held
        )

    def all_sets(self) -> Iterator[Held]:
        n_pilots = self.asked.get("pilot", {}).get("items", 0)
        for scored in combinations(sorted(self.scored), self.asked["items"]):
            for pilots in combinations(sorted(self.pilots), n_pilots):
                yield frozenset(scored + pilots)

    def is_form(self, held: Held) -> bool:
        enemies = any(
            enemy in held for name in held for enemy in self.usable[name]["enemies"] if enemy != name
        )
        return (
            not enemies
            and all(least <= count(held) <= most for count, least, most in self.quotas())
            and self.stimuli_hold(held)
            and all(self.set_holds(one, held) for one in self.asked.get("sets", []))
            and self.times_hold(held)
        )

    def quotas(self) -> Iterator[tuple[Callable[[Held], int], float, float]]:
        """How each quota counts, and its bounds."""
        for pattern, quota in self.asked.get("criteria", {}).items():
            for pcs in [[pc] for pc in PCS] if pattern == "all" else [named(pattern)]:
                yield self.counting(lambda row, pcs=pcs: row["pcs"][0] in pcs), *bounds(quota)
        for category, quota in self.asked.get("cognitive", {}).items():
            yield self.counting(lambda row, category=category: row["cognitive"] == category), *bounds(quota)

    def counting(self, wanted: Callable[[Data], bool]) -> Callable[[Held], int]:
        return lambda held: sum(name in self.scored and wanted(self.scored[name]) for name in held)

    def stimuli_hold(self, held: Held) -> bool:
        rule = self.asked.get("stimuli")
        for stimulus in ("case-1", "case-2"):
            members = {name for name, row in self.usable.items() if row["shared_stimulus"] == stimulus}
            count = len(members & held)
            least = rule.get("min", 1) if rule else len(members)
            if count and not least <= count <= (rule or {}).get("max", len(members)):
                return False
        return True

    def set_holds(self, one: Data, held: Held) -> bool:
        count = len(held & set(one["items"]))
        if one.get("together"):
            return count in (0, len(one["items"]))
        return one.get("min", 0) <= count <= one.get("max", inf)

    def times_hold(self, held: Held) -> bool:
        rule = self.asked.get("quantities", {}).get("time_s", {})
        total = sum(self.scored[name]["time_s"] for name in held if name in self.scored)
        means, sums = rule.get("mean", {}), rule.get("sum", {})
        length = self.asked["items"]
        return (
            means.get("min", 0) * length <= total <= min(means.get("max", inf) * length, sums.get("max", inf))
        )

    def anchors(self) -> Iterator[Held]:
        rule = self.asked.get("anchor")
        for items in combinations(sorted(self.scored), rule["items"] if rule else 0):
            held = frozenset(items)
            if not rule or not rule["mirror"] or self.mirrors(held):
                yield held

    def mirrors(self, held: Held) -> bool:
        size, length = len(held), self.asked["items"]
        return all(
            floor(least * size / length) <= count(held) <= min(size, ceil(min(most, length) * size / length))
            for count, least, most in self.quotas()
        )

    def curves_hold(self, forms: tuple[Held, ...]) -> bool:
        rule = self.asked.get("statistics", {}).get("information")
        if not rule:
            return True
        reached = [
            sum(self.information(name, at) for name in form if name in self.scored) / target
            for form in forms
            for at, target in zip(POINTS, rule.get("shape") or rule["target"], strict=True)
        ]
        within = rule["within"] / 100
        if rule.get("shape"):
            return max(reached) <= (1 + within) * min(reached) + CLOSE
        return max(abs(value - 1) for value in reached) <= within + CLOSE

    def information(self, name: str, at: float) -> float:
        a, b = self.known[name]
        right = 1 / (1 + exp(-a * (at - b)))
        return a * a * right * (1 - right)


def bounds(quota: Any) -> tuple[float, float]:
    if isinstance(quota, int):
        return quota, quota
    return quota.get("min", 0), quota.get("max", inf)


def named(pattern: str) -> list[str]:
    return [pc for pc in PCS if pc == pattern or pattern == f"{pc[:2]}.*"]


# ── the law ──────────────────────────────────────────────────────────────────────────────────


PROOFS = {"quota-impossible", "anchor-impossible", "overlap-impossible"}
"""What is refused before any item is looked at, since no bank could give it."""


def built(rows: list[Data], asked: Data) -> Exam | None:
    """The exam, or None where it is told that there is none; nothing else may be told."""
    known = {name: Evidence(a=a, b=b) for name, (a, b) in evidence(rows).items()}
    items = tuple(Item.model_validate(row) for row in rows)
    bank = BankUnit(unit=Unit.model_validate(unit_data()), items=items, evidence=known)
    try:
        return assemble([bank], *blueprint(**asked))
    except (BlueprintNotMet, Refused) as reason:
        told = {problem.code for problem in reason.problems}
        if "forms-not-found" in told or (isinstance(reason, Refused) and told - PROOFS):
            raise
        return None


@settings(max_examples=examples(100))
@given(rows=banks(), data=st.data())
def test_forms_are_built_exactly_when_some_set_of_items_meets_the_blueprint(
    rows: list[Data], data: st.DataObject
) -> None:
    asked = data.draw(blueprints([row["id"] for row in rows]))
    check(rows, asked)


def check(rows: list[Data], asked: Data) -> None:
    meaning = Meaning(rows, asked)
    possible = next(meaning.sets_of_forms(), None)
    exam = built(rows, asked)
    event("built" if exam else "none")
    assert (exam is None) == (possible is None), possible
    if exam is None:
        return
    assert recount(exam) == []
    forms = {frozenset(printed.item.id for printed in form.items) for form in exam.forms}
    anchor = frozenset(exam.anchor)
    meaning.all_sets = lambda: iter(sorted(forms, key=sorted))  # type: ignore[method-assign]
    assert any(a == anchor and set(found) == forms for a, found in meaning.sets_of_forms())
