"""Every part of the blueprint language: forms that hold it, counted here by hand, and recounted."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from examgen.assembly.assemble import assemble
from examgen.assembly.constraints import reliability_cut
from examgen.assembly.measures import GRID, information, reliability
from examgen.assembly.recount import recount
from examgen.assembly.usable import Pool, places
from examgen.core.models.form import Exam, Form, PrintedItem
from examgen.core.models.item import BankUnit, Evidence, Item, Use
from examgen.core.models.standard import Unit
from examgen.core.problems import BlueprintNotMet
from tests.samples import PCS, blueprint, item_data, shelf, unit_data


def build(shelves: BankUnit | list[BankUnit], **changes: Any) -> Exam:
    asked, document = blueprint(**changes)
    built = assemble(shelves if isinstance(shelves, list) else [shelves], asked, document)
    assert recount(built) == []
    return built


def scored(form: Form) -> list[PrintedItem]:
    return [p for p in form.items if p.points]


def with_evidence(bank: BankUnit, seed: int = 1) -> BankUnit:
    """Facility, parameters of the 2PL and two administrations for each item."""
    chance = np.random.default_rng(seed)
    known = {}
    for n, item in enumerate(bank.items):
        uses = tuple(Use(administration=f"{2560 + k}", date=f"20{17 + k}-05-01", n=100) for k in range(n % 3))
        known[item.id] = Evidence(
            facility=round(float(chance.uniform(0.3, 0.9)), 3),
            a=round(float(chance.lognormal(0, 0.2)), 3),
            b=round(float(chance.normal(0, 0.7)), 3),
            uses=uses,
        )
    return bank.model_copy(update={"evidence": known})


def many(n: int = 30, **changes: Any) -> list[dict[str, Any]]:
    return [item_data(pc, k, **changes) for pc in PCS for k in range(1, n + 1)]


def test_only_what_is_in_scope_is_asked() -> None:
    built = build(shelf(10), scope=["E1.*"], criteria={"all": {"min": 5}})
    assert {p.item.pc for p in built.forms[0].items} == {"E1.01", "E1.02"}


def test_units_have_their_share() -> None:
    second = unit_data(
        code="T-2",
        elements=[{"code": "F1", "title": "สาม", "criteria": [{"code": "F1.01", "text": "ทำ"}]}],
    )
    other = BankUnit(
        unit=Unit.model_validate(second),
        items=tuple(Item.model_validate(item_data("F1.01", n)) for n in range(1, 11)),
    )
    built = build([shelf(10), other], units=["T-1", "T-2"], unit_mix={"T-2": "25%"})
    assert Counter(p.unit for p in built.forms[0].items) == {"T-1": 9, "T-2": 3}


def test_levels_and_statuses_are_mixed() -> None:
    items = many(12)
    for n, item in enumerate(items):
        item["status"] = "operational" if n % 2 else "approved"
        item["levels"] = [4] if n % 3 else [3, 4]
    built = build(
        shelf(items=items),
        statuses=["approved", "operational"],
        status_mix={"operational": {"min": "75%"}},
        level_mix={3: {"max": 2}},
    )
    printed = [p.item for p in built.forms[0].items]
    assert sum(item.status == "operational" for item in printed) >= 9
    assert sum(3 in item.levels for item in printed) <= 2


def test_a_stimulus_may_be_used_in_part() -> None:
    items = [item_data("E1.01", n, shared_stimulus=f"s{n % 2}") for n in range(1, 11)]
    items += [item_data(pc, n) for pc in ("E1.02", "E2.01") for n in range(1, 6)]
    built = build(shelf(items=items), stimuli={"min": 2, "max": 3}, criteria={"E1.01": 5})
    used = Counter(p.item.shared_stimulus for p in built.forms[0].items if p.item.shared_stimulus)
    assert sorted(used.values()) == [2, 3]
    with pytest.raises(BlueprintNotMet):
        build(shelf(items=items), criteria={"E1.01": 4})


def test_sets_of_named_items() -> None:
    built = build(
        shelf(6),
        sets=[
            {"name": "few", "items": [f"E1.01-{n:03d}" for n in range(1, 7)], "max": 1},
            {"name": "some", "items": ["E1.02-001", "E1.02-002", "E1.02-003"], "min": 3},
            {"name": "both", "items": ["E1.02-001", "E2.01-004"], "together": True},
        ],
    )
    printed = {p.item.id for p in built.forms[0].items}
    assert sum(name.startswith("E1.01") for name in printed) <= 1
    assert {"E1.02-001", "E1.02-002", "E1.02-003", "E2.01-004"} <= printed


def test_quantities_are_bounded() -> None:
    bank = with_evidence(shelf(items=many(20, time_s=50) + many(0)))
    built = build(
        bank,
        quantities={
            "facility": {"mean": {"min": 0.58, "max": 0.6}, "each": {"min": 0.4}},
            "time_s": {"sum": {"max": 600}},
            "times_used": {"sum": {"max": 6}},
            "reading_length": {"mean": {"min": 100, "max": 110}},
        },
    )
    known = [bank.evidence[p.item.id] for p in built.forms[0].items]
    assert 0.58 <= np.mean([one.facility for one in known]) <= 0.6
    assert min(one.facility or 0 for one in known) >= 0.4
    assert sum(len(one.uses) for one in known) <= 6
    with pytest.raises(BlueprintNotMet):
        build(bank, quantities={"time_s": {"sum": {"max": 599}}})


def test_facility_meets_its_target_and_spread() -> None:
    bank = with_evidence(shelf(30))
    rule = {"target": 0.6, "within": 0.01, "spread": {"min": 0.15, "max": 0.2}}
    built = build(bank, forms=3, statistics={"facility": rule})
    for form in built.forms:
        facility = np.array([bank.evidence[p.item.id].facility for p in form.items], dtype=float)
        assert abs(facility.mean() - 0.6) <= 0.01 + 1e-6
        assert 0.15 <= np.sqrt(((facility - 0.6) ** 2).mean()) <= 0.2


def test_information_is_as_high_as_can_be_and_the_forms_alike() -> None:
    bank = with_evidence(shelf(24))
    rule = {"at": [-1, 0, 1], "shape": [0.85, 1, 0.85], "within": "5%"}
    built = build(bank, forms=3, statistics={"information": rule})
    plain = build(bank, forms=3)
    assert curves(built, bank).min() > 1.1 * curves(plain, bank).min()
    found = curves(built, bank) / np.array([0.85, 1, 0.85])
    assert found.max() <= 1.05 * found.min() + 1e-3


def test_information_meets_a_target() -> None:
    bank = with_evidence(shelf(40))
    rule = {"at": [-1, 0, 1], "target": [2.0, 2.4, 2.0], "within": "4%"}
    found = curves(build(bank, forms=2, statistics={"information": rule}), bank)
    assert np.abs(found / np.array([2.0, 2.4, 2.0]) - 1).max() <= 0.04 + 1e-4
    with pytest.raises(BlueprintNotMet):
        build(bank, statistics={"information": {"at": [0], "target": [40.0]}})


def curves(built: Exam, bank: BankUnit) -> Any:
    forms = [[bank.evidence[p.item.id] for p in form.items] for form in built.forms]
    return np.array([information(form, [-1, 0, 1]).sum(axis=0) for form in forms])


def test_error_at_the_cut_and_reliability_are_reached() -> None:
    bank = with_evidence(shelf(40))
    built = build(bank, statistics={"sem": {"at": 0.5, "max": 0.55}, "reliability": {"min": 0.76}})
    known = [bank.evidence[p.item.id] for p in built.forms[0].items]
    assert information(known, [0.5]).sum() ** -0.5 <= 0.55
    assert reliability(information(known, GRID.tolist()).sum(axis=0)) >= 0.76
    with pytest.raises(BlueprintNotMet):
        build(bank, statistics={"reliability": {"min": 0.95}})


def test_the_error_at_the_cut_is_a_limit_of_its_own() -> None:
    bank = with_evidence(shelf(40))

    def error(built: Exam) -> float:
        known = [bank.evidence[p.item.id] for p in built.forms[0].items]
        return float(information(known, [2.0]).sum() ** -0.5)

    without = error(build(bank))
    asked = round(without * 0.9, 3)
    assert error(build(bank, statistics={"sem": {"at": 2.0, "max": asked}})) <= asked < without
    with pytest.raises(BlueprintNotMet):
        build(bank, statistics={"sem": {"at": 2.0, "max": 0.01}})


def test_items_that_lack_statistics_are_tried_out_unscored() -> None:
    bank = with_evidence(shelf(20))
    untried = {f"{pc}-{n:03d}" for pc in PCS for n in (1, 2, 3)}
    known = {name: one for name, one in bank.evidence.items() if name not in untried}
    bank = bank.model_copy(update={"evidence": known})
    rule = {"facility": {"target": 0.6, "within": 0.2}}
    built = build(bank, forms=2, pilot=3, statistics=rule)
    for form in built.forms:
        assert [p.points for p in form.items] == [1] * 12 + [0] * 3
        assert {p.item.id for p in form.items if not p.points} <= untried
        assert not {p.item.id for p in scored(form)} & untried


def test_an_anchor_is_in_every_form_and_mirrors_it() -> None:
    built = build(shelf(20), forms=3, anchor=6, criteria={"all": 4}, overlap=0)
    held = [{p.item.id for p in form.items} for form in built.forms]
    assert set.intersection(*held) == set(built.anchor)
    assert len(built.anchor) == 6
    assert Counter(name[:5] for name in built.anchor) == {"E1.01": 2, "E1.02": 2, "E2.01": 2}
    assert len(held[0] & held[1]) == len(held[1] & held[2]) == 6


def test_recent_and_worn_items_are_left_out() -> None:
    bank = with_evidence(shelf(30))
    built = build(bank, exclude_last=1, exposure={"administrations": 2})
    used = [bank.evidence[p.item.id].uses for p in built.forms[0].items]
    assert all("2561" not in {use.administration for use in uses} and len(uses) < 2 for uses in used)
    few = build(bank, exposure={"candidates": 100})
    assert all(not bank.evidence[p.item.id].uses for p in few.forms[0].items)


def test_no_item_is_in_more_forms_than_allowed() -> None:
    built = build(shelf(8), forms=4, overlap={"min": 0, "max": 8}, exposure={"forms": 2})
    uses = Counter(p.item.id for form in built.forms for p in form.items)
    assert max(uses.values()) == 2


def test_spare_forms_meet_the_same_constraints() -> None:
    built = build(shelf(20), forms=2, spare=1, criteria={"all": 4})
    assert [form.name for form in built.forms] == ["A", "B", "S1"]


def test_a_cut_of_the_reliability_touches_at_its_form_and_leaves_out_none_that_is_reliable_enough() -> None:
    """E[1 / (I + 1)] is convex in the items: the tangent at one form is exact there, and nowhere above."""
    bank = with_evidence(shelf(10))
    asked, _ = blueprint(statistics={"reliability": {"min": 0.6}})
    pool = Pool(bank.items, places([bank.unit]), bank.evidence)
    curves = information([pool.known(item) for item in pool.items], GRID.tolist())
    chance = np.random.default_rng(2)
    forms = [chance.choice(len(bank.items), size, replace=False) for size in (1, 4, 9, 15, 24, 30)]
    for form in forms:
        row = reliability_cut(pool, asked, curves[form].sum(axis=0))
        beyond = [sum(row.coefficients[n] for n in other) - row.least for other in forms]
        above = [reliability(curves[other].sum(axis=0)) - 0.6 for other in forms]
        at = [other is form for other in forms].index(True)
        assert beyond[at] == pytest.approx(above[at], abs=1e-4)
        assert all(more >= least - 1e-4 for more, least in zip(beyond, above, strict=True))


def test_the_order_of_the_bank_changes_nothing() -> None:
    bank = with_evidence(shelf(20))
    turned = bank.model_copy(update={"items": bank.items[::-1]})
    rule = {"information": {"at": [0], "shape": [1]}}
    one, other = (build(b, forms=3, anchor=3, statistics=rule) for b in (bank, turned))
    assert one == other


def _all_alike(exam: Exam) -> Exam:
    """The exam all of whose forms have the items of the first."""
    items = exam.forms[0].items
    alike = tuple(form.model_copy(update={"items": items}) for form in exam.forms)
    return exam.model_copy(update={"forms": alike})


def _without_shared(exam: Exam) -> Exam:
    """The exam whose first form lacks what the second has as well."""
    first, second = exam.forms
    others = {p.item.id for p in second.items}
    kept = first.model_copy(update={"items": tuple(p for p in first.items if p.item.id not in others)})
    return exam.model_copy(update={"forms": (kept, second)})


@pytest.mark.parametrize(
    ("changes", "tampered", "code"),
    [
        ({"anchor": 3, "forms": 2}, lambda e: e.model_copy(update={"anchor": ("E9",)}), "anchor"),
        ({"cognitive": {"apply": 4}}, lambda e: _without(e, "apply"), "quota"),
        ({"statistics": {"information": {"at": [0], "shape": [1], "within": "1%"}}, "forms": 2},
         lambda e: _without(e, "apply"), "information"),
        ({"overlap": {"min": 3, "max": None}, "forms": 2}, _without_shared, "overlap"),
        ({"forms": 3, "exposure": {"forms": 1}, "overlap": {"min": 0, "max": None}}, _all_alike, "exposure"),
    ],
)  # fmt: skip
def test_a_form_that_was_changed_is_found(changes: dict[str, Any], tampered: Any, code: str) -> None:
    asked, document = blueprint(**changes)
    built = assemble([with_evidence(shelf(20))], asked, document)
    assert recount(built) == []
    assert code in {problem.code for problem in recount(tampered(built))}


def _without(exam: Exam, category: str) -> Exam:
    """The exam whose first form lacks an item of the category."""
    first = exam.forms[0]
    gone = next(p for p in first.items if p.item.cognitive == category)
    kept = first.model_copy(update={"items": tuple(p for p in first.items if p is not gone)})
    return exam.model_copy(update={"forms": (kept, *exam.forms[1:])})


def test_a_unit_that_states_no_level_may_stand_beside_one_that_does() -> None:
    second = unit_data(
        code="T-2",
        levels=[],
        elements=[{"code": "F1", "title": "สาม", "criteria": [{"code": "F1.01", "text": "ทำ"}]}],
        assessment=[{"methods": ["written_objective"]}],
    )
    other = BankUnit(
        unit=Unit.model_validate(second),
        items=tuple(Item.model_validate(item_data("F1.01", n, levels=[])) for n in range(1, 11)),
    )
    built = build([shelf(10), other], units=["T-1", "T-2"], unit_mix={"T-2": 4})
    assert Counter(p.unit for p in built.forms[0].items) == {"T-1": 8, "T-2": 4}


def test_a_set_that_cannot_be_used_keeps_nothing_from_being_built() -> None:
    items = [*many(10), item_data("E1.01", 90, status="retired"), item_data("E1.01", 91, status="retired")]
    gone = {"name": "gone", "items": ["E1.01-090", "E1.01-091"], "together": True}
    built = build(shelf(items=items), forms=4, overlap={"max": None}, sets=[gone])
    assert len(built.forms) == 4


def test_what_is_out_of_reach_is_told_in_the_measure_of_the_blueprint() -> None:
    bank = shelf(10)
    known = {item.id: Evidence(facility=0.5 + 0.01 * (n % 5)) for n, item in enumerate(bank.items)}
    rule = {"facility": {"target": 0.5, "within": 0.1, "spread": {"min": 0.3}}}
    with pytest.raises(BlueprintNotMet) as refusal:
        build(bank.model_copy(update={"evidence": known}), statistics=rule)
    assert "at least 0.3, but the usable items give at most 0.0" in str(refusal.value.problems[0])


@pytest.mark.parametrize(
    ("change", "usual", "asked", "told"),
    [
        ({"pc": "E2.01"}, {"pc": "E1.01"}, {"criteria": {"E2.01": 6}}, "E2.01"),
        ({"levels": [3, 4]}, {"levels": [4]}, {"level_mix": {3: 6}}, "level 3"),
        ({"cognitive": "apply"}, {"cognitive": "remember"}, {"cognitive": {"apply": 6}}, "apply"),
        ({"status": "operational"}, {"status": "approved"},
         {"status_mix": {"operational": 6}, "statuses": ["approved", "operational"]}, "status operational"),
    ],
)  # fmt: skip
def test_a_clash_with_a_mirrored_anchor_names_the_mirror(
    change: dict[str, Any], usual: dict[str, Any], asked: dict[str, Any], told: str
) -> None:
    """Of eight items of a kind three forms ask six each, half of these in the anchor: nine others are too many."""
    kinds = [change] * 8 + [usual] * 82
    items = [item_data(**{"pc": "E1.02", "n": n, **kind}) for n, kind in enumerate(kinds, 1)]
    with pytest.raises(BlueprintNotMet) as refusal:
        build(shelf(items=items), forms=3, anchor=6, overlap=0, **asked)
    [problem] = refusal.value.problems
    assert f"; {told} in the anchor (exactly 3);" in problem.message
    assert any("mirror: false" in text for text in refusal.value.advice)
