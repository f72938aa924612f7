"""Items that a repair has written are told so that whoever writes them as told has what is lacking."""

from __future__ import annotations

from typing import Any

import pytest

from examgen.assembly.assemble import find_forms
from examgen.assembly.compliance import check_blueprint
from examgen.assembly.infeasible.explain import explain
from examgen.assembly.search import solver
from examgen.assembly.usable import bank_of, pool_of
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.item import BankUnit, Evidence, Use
from examgen.core.problems import Refused
from examgen.core.yamlfile import Document
from tests.samples import PCS, blueprint, item_data, shelf

SECOND = {"code": "T-2", "levels": [], "assessment": [{"levels": [], "methods": ["written_objective"]}]}


def second_unit(per_pc: int) -> BankUnit:
    """A unit without levels, of one element F1 with one criterion."""
    element = {"code": "F1", "title": "x", "criteria": [{"code": "F1.01", "text": "x"}]}
    rows = [item_data("F1.01", n, levels=[]) for n in range(1, per_pc + 1)]
    return shelf(items=rows, **SECOND, elements=[element], source=None)


def explained(shelves: list[BankUnit], asked: Blueprint, document: Document) -> dict[str, Any]:
    return explain(bank_of(shelves), asked, document, find_forms, solver.solve).data


def only_written(explanation: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in explanation["repairs"] if one["write"] and not one["change"]]


def test_an_item_for_a_unit_without_levels_is_asked_for_without_one() -> None:
    asked, document = blueprint(units=["T-1", "T-2"], criteria={"E1.01": 3, "F1.01": 4}, items=12)
    found = explained([shelf(2), second_unit(2)], asked, document)
    levels = {line["pc"]: line["levels"] for line in only_written(found)[0]["write"]}
    assert levels["F1.01"] == []
    assert levels["E1.01"] == [4]
    assert "(level 4)" in only_written(found)[0]["message"]


def test_a_status_is_told_where_a_quota_counts_it_and_nowhere_else() -> None:
    rows = [item_data(pc, n) for pc in PCS for n in range(1, 9)]
    asked, document = blueprint(statuses=["draft", "operational"], status_mix={"operational": 3})
    lines = only_written(explained([shelf(items=rows)], asked, document))[0]["write"]
    assert sum(line["n"] for line in lines) == 3
    assert all(line["statuses"] == ["operational"] for line in lines)
    asked, document = blueprint(statuses=["draft", "operational"], criteria={"E1.01": 9})
    [line] = only_written(explained([shelf(items=rows)], asked, document))[0]["write"]
    assert line["statuses"] == []


def test_pilot_items_of_a_status_that_counts_are_refused_as_such() -> None:
    asked, document = blueprint(pilot={"items": 2, "statuses": ["draft"]})
    with pytest.raises(Refused) as refusal:
        check_blueprint(asked, [shelf().unit], document)
    assert [one.code for one in refusal.value.problems] == ["pilots-count"]
    tried, document = blueprint(
        pilot={"items": 2, "statuses": ["draft"]}, statistics={"facility": {"target": 0.6}}
    )
    check_blueprint(tried, [shelf().unit], document)  # one without a facility is tried out


def test_an_item_that_is_too_long_to_count_is_not_tried_out_for_that() -> None:
    rows = [item_data(pc, n, time_s=200 if n < 5 else 30) for pc in PCS for n in range(1, 9)]
    rows += [item_data("E1.01", n, status="pilot", time_s=200) for n in (91, 92)]
    asked, _ = blueprint(pilot=2, quantities={"time_s": {"each": {"max": 100}}})
    assert pool_of(bank_of([shelf(items=rows)]), asked).pilots == {"E1.01-091", "E1.01-092"}


def test_what_items_must_bring_to_a_quantity_is_said_where_ordinary_ones_would_not_do() -> None:
    rows = [item_data(pc, n, time_s=50 if pc == "E1.01" else 30) for pc in PCS for n in range(1, 5)]
    asked, document = blueprint(
        forms=3, items=6, criteria={"all": 2}, quantities={"time_s": {"mean": {"min": 40}}}
    )
    [plan, *_] = only_written(explained([shelf(items=rows)], asked, document))
    assert plan["near"] == {"quantities.time_s.mean": 40.0}
    assert "with a mean expected time in seconds of about 40" in plan["message"]
    assert "เวลาที่คาดว่าใช้เป็นวินาที (time_s) ราว 40" in plan["th"]


def test_a_quota_that_gives_way_and_items_are_offered_where_neither_would_do_alone() -> None:
    rows = [item_data(pc, n) for pc in PCS for n in range(1, 30) if pc != "E1.01" or n == 1]
    asked, document = blueprint(
        forms=4,
        items=5,
        criteria={"E1.01": {"max": 1}},
        judgement={"min_items": 2, "percent": 60},
        **{"pass": {"percent": 60, "criteria": {"E1.01": 50}}},
    )
    told = explained([shelf(items=rows)], asked, document)
    assert any(one["write"] and one["change"] for one in told["repairs"])
    # seven items more would not do: the quotas contradict each other
    assert [one["code"] for one in told["causes"]][:2] == ["quotas-over-quota", "bank-too-small"]
    over, short = (one["message"] for one in told["causes"][:2])
    assert "items of E1.01, which counts for passing (judgement.min_items)" in short
    assert over.endswith("more than the 1 of E1.01 (E1.01 2)")


def test_a_set_that_has_too_few_items_is_told_to_name_more_not_to_have_some_written() -> None:
    asked, document = blueprint(
        forms=3, items=4, sets=[{"name": "case", "items": ["E1.01-001", "E1.01-002"], "min": 1}]
    )
    [cause, *_] = explained([shelf(10)], asked, document)["causes"]
    assert "but the bank has 2 that can be used. Please add 1 more to the set" in cause["message"]
    assert "ต้องระบุข้อในกลุ่มเพิ่ม 1 ข้อ" in cause["th"]


def test_an_item_to_be_written_is_new_and_was_never_used() -> None:
    rows = [item_data(pc, n) for pc in PCS for n in range(1, 5)]
    uses = (Use(administration="2024", date="2024-01-01"), Use(administration="2025", date="2025-01-01"))
    bank = shelf(items=rows)
    known = {item.id: Evidence(uses=uses) for item in bank.items}
    bank = bank.model_copy(update={"evidence": known})
    asked, document = blueprint(
        items=6,
        quantities={"times_used": {"mean": {"max": 1.0}}},
    )
    [repair, *_] = only_written(explained([bank], asked, document))
    assert sum(line["n"] for line in repair["write"]) == 3  # three of 0 beside three of 2
    assert repair["near"] == {}
