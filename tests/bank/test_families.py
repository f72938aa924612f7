"""Families of items over one set of options: what keeps them together, and what they are worth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.bank.loading import load_unit
from examgen.bank.opened import open_unit
from examgen.bank.rules.applying import read_settings
from examgen.bank.rules.options_alone import coverage, keys_of
from examgen.core.models.item import Item
from tests.bank.labelled import judge, unit_draft_of
from tests.samples import family_data, item_data, write_unit


def faults(tmp_path: Path, rows: list[dict[str, Any]]) -> list[tuple[str, str | None, str | None]]:
    _, problems = load_unit(write_unit(tmp_path, rows))
    return [(one.code, one.item, one.field) for one in problems]


def test_a_family_whose_options_are_each_a_key_is_sound_and_needs_reasons_of_its_keys_alone(
    tmp_path: Path,
) -> None:
    unit, problems = load_unit(write_unit(tmp_path, family_data()))
    assert problems == []
    assert unit is not None
    first, second, *_ = unit.items
    assert first.is_enemy(second)
    assert first.reasons["b"] == first.right_if["b"]
    assert first.reasons["a"].startswith("เพราะข้อเท็จจริงในโจทย์ ")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"options": {"a": "อื่น", "b": "ข", "c": "ค", "d": "ง"}}, ("family-options", "E1.01-004", "options")),
        ({"key": "b", "rationale": {"b": "ถูก"}}, ("family-key-twice", "E1.01-004", "key")),
        ({"right_if": {"a": "ต่างไป"}}, ("right-if-differs", "E1.01-004", "right_if.a")),
        ({"right_if": {"a": "ถูกเมื่อ 3"}}, ("right-if-missing", "E1.01-004", "right_if")),
        ({"right_if": {"e": "ไม่มีข้อนี้"}}, ("rationale-unknown", "E1.01-004", "right_if.e")),
        ({"rationale": {"b": "ผิด"}}, ("rationale-missing", "E1.01-004", "rationale.a")),
        ({"family": "E1.01-F02"}, ("family-of-one", "E1.01-004", "family")),
        ({"decided_by": "taste"}, ("value", "E1.01-004", "decided_by")),
    ],
)
def test_what_breaks_a_family_is_told_at_its_field(
    tmp_path: Path, change: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    rows = family_data()
    rows[3] |= change
    found = faults(tmp_path, rows)
    assert expected[1:] in [one[1:] for one in found]
    if expected[0] != "value":
        assert expected in found


def test_options_may_be_spaced_otherwise(tmp_path: Path) -> None:
    rows = family_data()
    rows[1]["options"] = {name: f" {text} " for name, text in rows[1]["options"].items()}
    assert faults(tmp_path, rows) == []


@given(n=st.integers(1, 4))
def test_of_a_family_as_many_distractors_are_keys_elsewhere_as_it_has_other_items(n: int) -> None:
    items = [Item.model_validate(row) for row in family_data(n)]
    keys = keys_of(items)
    shares = [coverage(item, keys) for item in items]
    assert shares == [pytest.approx((n - 1) / 3)] * n


def _codes(rows: list[dict[str, Any]], *only: str, **unit: Any) -> list[tuple[str, str | None, str]]:
    settings, problems = read_settings(None)
    assert problems == []
    found = judge([unit_draft_of(rows, **unit)], settings, only)
    return [(one.code, one.item, one.severity) for one in found.problems]


def test_an_item_of_judgement_needs_distractors_that_are_keys_and_others_are_let_be() -> None:
    rows = family_data(2)
    told = [("key-uncovered", name, "warning") for name in ("E1.01-001", "E1.01-002")]
    assert _codes(rows, "key-uncovered") == told
    assert _codes([{**row, "decided_by": "knowledge"} for row in rows], "key-uncovered") == []
    long = {name: f"ตัวเลือกที่ยาวพอจะเล่าได้ว่าใครควรทำสิ่งใดกับใครเมื่อใดและที่ไหนบ้าง {name}" for name in "abcd"}
    alone = item_data("E1.01", 9, options=long)
    assert _codes([alone], "key-uncovered") == [("key-uncovered", "E1.01-009", "notice")]


def test_an_item_that_is_written_is_judged_beside_the_others_of_its_unit(tmp_path: Path) -> None:
    """As `bank check` does: alone, no distractor of a family would be the key of another item."""
    others = {"a": "ไฟแดง", "b": "ไฟเขียว", "c": "ไฟเหลือง", "d": "ไฟฟ้า"}
    bare = item_data("E1.01", 9, options=others, decided_by="judgement")
    write_unit(tmp_path / "item_bank", [*family_data(4), bare])
    unit = open_unit(tmp_path, "T-1")
    every = {name: [one.code for one in unit.findings.get(name, [])] for name in unit.items}
    assert [name for name, codes in every.items() if "key-uncovered" in codes] == ["E1.01-009"]
    for name, item in unit.items.items():
        assert sorted(one.code for one in unit.findings_of(item)) == sorted(every[name])
    reworded = unit.items["E1.01-001"].model_copy(update={"options": others})
    assert "key-uncovered" in [one.code for one in unit.findings_of(reworded)]


def test_what_the_stem_or_knowledge_decides_has_its_share_and_no_place_among_managers() -> None:
    of_managers = {"levels": [3, 5, 6], "assessment": []}
    rows = [
        item_data("E1.01", n, levels=[3], decided_by="stem" if n <= 4 else "judgement") for n in range(1, 21)
    ]
    assert _codes(rows, "decided-elsewhere", **of_managers) == []
    rows[4]["decided_by"] = "stem"
    assert _codes(rows, "decided-elsewhere", **of_managers) == [("decided-elsewhere", None, "warning")]
    rows[4] |= {"decided_by": "judgement"}
    rows[0]["levels"] = [5, 6]
    assert _codes(rows, "decided-elsewhere", **of_managers) == [("decided-elsewhere", "E1.01-001", "warning")]
    known = [
        {**row, "levels": [3], "decided_by": "knowledge" if n < 6 else "judgement"}
        for n, row in enumerate(rows)
    ]
    assert _codes(known, "decided-elsewhere", **of_managers) == [("decided-elsewhere", None, "warning")]


def test_a_word_that_frames_a_level_is_named_and_one_of_all_levels_is_not() -> None:
    def rows(framed: str) -> list[dict[str, Any]]:
        said = [f"ผู้ดูแล{framed if n % 2 else 'อาคาร'}ควรทำอย่างไรกับเรื่องที่ {n}" for n in range(20)]
        low = [f"ผู้ดูแลอาคารควรทำอย่างไรกับเรื่องที่ {n}" for n in range(20)]
        return [
            item_data(pc, n, levels=[level], stem=text)
            for pc, level, texts in (("E1.01", 3, low), ("E1.02", 4, said))
            for n, text in enumerate(texts, 1)
        ]

    settings, _ = read_settings(None)
    [problem] = judge([unit_draft_of(rows("สำนักงานใหญ่"))], settings, ["level-framed"]).problems
    assert "10 of 20 stems of level 4 contain “สำนักงานใหญ่”" in problem.message
    assert _codes(rows("อาคาร"), "level-framed") == []
