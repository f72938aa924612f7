"""What the bank holds is counted by criterion, level, category and status, and against each blueprint."""

from __future__ import annotations

import re

import pytest

from examgen.assembly.assemble import assemble
from examgen.assembly.supply import quota_supplies, sentence
from examgen.bank.finding import coverage, holdings, shared_by_levels, untested_levels
from examgen.core.models.field_types import STATUSES
from examgen.core.models.standard import Unit
from examgen.core.problems import BlueprintNotMet
from tests.samples import PCS, blueprint, item_data, shelf, unit_data

ROWS = [
    item_data("E1.01", 1, cognitive="apply"),
    item_data("E1.01", 2, cognitive="apply", status="approved", levels=[4]),
    item_data("E1.01", 3, cognitive="remember"),
    item_data("E1.02", 1, status="retired"),
]


def test_every_row_adds_up_over_categories_and_statuses() -> None:
    rows = coverage(shelf(items=ROWS), [3, 4], STATUSES)
    for row in rows:
        both = [n for mix in row.by_cognitive_status.values() for n in mix.values()]
        assert row.items == sum(row.by_status.values()) == sum(row.by_cognitive.values()) == sum(both)
    [row] = [row for row in rows if (row.pc, row.level) == ("E1.01", 4)]
    assert row.by_cognitive_status == {"apply": {"draft": 1, "approved": 1}, "remember": {"draft": 1}}


def test_a_criterion_counts_each_item_once_whatever_its_levels() -> None:
    found = {row.pc: row.items for row in holdings(shelf(items=ROWS), [3, 4], STATUSES[:-1])}
    assert found == {"E1.01": 3, "E1.02": 0, "E2.01": 0}
    assert [row.items for row in holdings(shelf(items=ROWS), [3], STATUSES[:-1])] == [2, 0, 0]


def test_levels_without_a_written_test_are_told() -> None:
    assert untested_levels(Unit.model_validate(unit_data())) == (5,)


def test_levels_share_the_items_that_claim_both() -> None:
    claims = [[3], [3], [3, 4], [4], [4], [4], [3, 4, 5], [5]]
    rows = [item_data("E1.01", n, levels=levels) for n, levels in enumerate(claims)]
    [pair] = shared_by_levels(shelf(items=rows), [3, 4, 5], STATUSES)  # level 5 is not tested in writing
    assert (pair.levels, pair.lower, pair.higher, pair.both) == ((3, 4), 4, 5, 2)
    assert pair.share == pytest.approx(2 / 7)  # of the seven items that are of level 3 or 4
    of_none = [{**row, "levels": [5]} for row in rows]
    assert [one.share for one in shared_by_levels(shelf(items=of_none), [3, 4], STATUSES)] == [None]
    assert shared_by_levels(shelf(items=rows), [None], STATUSES) == []


@pytest.mark.parametrize(
    ("changes", "needed", "words"),
    [
        ({"forms": 1}, 4, "E1.01 at level 4: 3 usable, 4 needed for 1 form; write 1 more"),
        ({"forms": 2}, 8, "E1.01 at level 4: 3 usable, 8 needed for 2 forms without overlap; write 5 more"),
        (
            {"forms": 3, "overlap": {"max": 1}},
            9,
            "E1.01 at level 4: 3 usable, 9 needed for 3 forms sharing at most 1; write 6 more",
        ),
        (
            {"forms": 12, "overlap": {"min": 0}},
            4,
            "E1.01 at level 4: 3 usable, 4 needed for 12 forms; write 1 more",
        ),
    ],
)
def test_a_criterion_needs_different_items_for_all_forms(
    changes: dict[str, object], needed: int, words: str
) -> None:
    wanted, _ = blueprint(criteria={"E1.01": 4}, **changes)
    [need] = [need for need in quota_supplies([shelf(3)], wanted) if need.name == "E1.01"]
    assert (need.least, need.needed, need.usable) == (4, needed, 3)
    assert sentence(need, wanted) == words


def test_only_items_that_the_blueprint_may_use_count() -> None:
    wanted, _ = blueprint(criteria={"all": {"min": 1}}, statuses=["approved"], items=3)
    usable = {need.name: need.usable for need in quota_supplies([shelf(items=ROWS)], wanted)}
    assert usable == {"items of a form": 1, "E1.01": 1, "E1.02": 0, "E2.01": 0}


def test_the_highest_quota_of_a_criterion_is_told_once() -> None:
    wanted, _ = blueprint(
        criteria={"all": {"min": 2}, "E1.01": 5, "E1.*": 7}, cognitive={"apply": {"min": "50%"}}
    )
    asked = {need.name: need.least for need in quota_supplies([shelf()], wanted)}
    assert asked == {"items of a form": 12, "E1.01": 5, "E1.02": 2, "E2.01": 2, "E1.*": 7, "apply": 6}


def test_needs_and_the_explanation_of_a_refusal_name_the_same_shortage() -> None:
    wanted, document = blueprint(criteria={"all": 4}, forms=2)
    lacking = {need.name: need.lacking for need in quota_supplies([shelf(6)], wanted) if need.lacking}
    with pytest.raises(BlueprintNotMet) as refusal:
        assemble([shelf(6)], wanted, document)
    told = {
        "items of a form" if problem.field == "items" else found[1]: int(found[2])
        for problem in refusal.value.problems
        if (found := re.fullmatch(r"(?:.* items of (\S+) in each .*)?.*write (\d+) more.*", problem.message))
    }
    assert told == lacking
    assert lacking == {"items of a form": 6, **dict.fromkeys(PCS, 2)}
