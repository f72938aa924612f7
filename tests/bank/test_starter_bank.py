"""The bank that ships: enough sound draft items for each criterion, and blueprints that build."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from statistics import fmean

import pytest

from examgen.bank.finding import shared_by_levels
from examgen.bank.loading import load_unit
from examgen.core.models.field_types import COGNITIVE
from examgen.core.models.item import BankUnit

UNITS = {"ASM-REE-5-059ZB": 10, "DG-TWRT-007": 8}


@pytest.fixture(params=UNITS, scope="module")
def unit(request: pytest.FixtureRequest, root: Path) -> BankUnit:
    found, problems = load_unit(root / "item_bank" / request.param)
    # instruments beside the standard say so
    assert {one.code for one in problems} <= {"method-not-asked"}
    assert found is not None
    return found


def test_every_criterion_has_its_items(unit: BankUnit) -> None:
    counts = Counter(item.pc for item in unit.items)
    least = UNITS[str(unit.unit.code)]
    assert {c.code for c in unit.unit.criteria} == set(counts)
    assert min(counts.values()) >= least
    assert {item.status for item in unit.items} == {"draft"}


TESTED = (3, 4, 5, 6)


@pytest.fixture(scope="module")
def residents(root: Path) -> BankUnit:
    """The unit that is tested at several levels."""
    found, _ = load_unit(root / "item_bank" / "ASM-REE-5-059ZB")
    assert found is not None
    return found


def test_each_tested_level_holds_four_forms_of_three_items_for_each_criterion(residents: BankUnit) -> None:
    for level in TESTED:
        usable = Counter(item.pc for item in residents.items if level in item.levels)
        assert set(usable) == {c.code for c in residents.unit.criteria}
        assert min(usable.values()) >= 12


def test_papers_of_two_levels_ask_different_questions(residents: BankUnit) -> None:
    shared = {row.levels: row.share for row in shared_by_levels(residents, TESTED, ["draft"])}
    assert len(shared) == 6
    for (low, high), share in shared.items():
        assert share is not None
        assert share <= (0.25 if high - low == 1 else 0), (low, high)


def test_what_is_asked_rises_with_the_level(residents: BankUnit) -> None:
    mean = [
        fmean(COGNITIVE.index(item.cognitive) for item in residents.items if level in item.levels)
        for level in TESTED
    ]
    assert mean == sorted(mean)
    assert mean[-1] - mean[0] >= 1  # of the five steps from remember to evaluate


def test_items_are_of_the_style_of_the_house(unit: BankUnit) -> None:
    for item in unit.items:
        # what a candidate reads names no section: references do
        text = " ".join([item.stem, *item.options.values()])
        assert not re.search(r"ถูกทุกข้อ|ผิดทุกข้อ|ไม่มีข้อใดถูก|มาตรา\s*\d", text), item.id
        assert len(item.options) == 4, item.id
        assert len(item.key) == 1, item.id


def test_the_key_is_not_given_away_by_position_or_length(unit: BankUnit) -> None:
    keys = Counter(item.key[0] for item in unit.items)
    assert all(abs(keys[option] / len(unit.items) - 0.25) <= 0.05 for option in "abcd")
    longest = sum(
        len(item.options[item.key[0]])
        > max(len(text) for o, text in item.options.items() if o != item.key[0])
        for item in unit.items
    )
    assert longest <= len(unit.items) / 3
