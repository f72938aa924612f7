"""What became of each criterion between two editions of a unit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from examgen.bank.standards import differing
from examgen.bank.standards.differing import (
    StandardPart,
    UnitDifference,
    bigrams,
    differences,
    likeness,
    pair_parts,
    unchanged,
)
from examgen.core.models.standard import Unit

CODE = "ASM-REE-5-059ZB"


@pytest.fixture
def data(root: Path) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((root / "item_bank" / CODE / "unit.yaml").read_text("utf-8"))
    return read


@pytest.fixture
def old(data: dict[str, Any]) -> Unit:
    return Unit.model_validate(data)


def revised(data: dict[str, Any]) -> Unit:
    """One criterion reworded, one split, one removed, one moved, level 4 by interview too."""
    first, second, third = data["elements"]
    first["criteria"][0]["text"] = "ระบุวัตถุประสงค์ เป้าหมาย และกิจกรรมสัมพันธ์ของผู้พักอาศัยได้"
    del first["criteria"][1]
    second["criteria"][2]["text"] = "วิเคราะห์เหตุการณ์ในการร้องเรียน"
    second["criteria"].append({"code": "A4012.04", "text": "เรียบเรียงเหตุการณ์ในการร้องเรียน"})
    moved = third["criteria"].pop(0)
    second["criteria"].append({**moved, "code": "A4012.05"})
    data["assessment"][1]["methods"].append("interview")
    return Unit.model_validate(data)


def changes(
    found: list[UnitDifference], about: str = "criterion"
) -> dict[str, tuple[tuple[str, ...], str | None]]:
    """By old code (or `+` and the new one): kinds and the new code."""
    return {
        str(one.old.code) if one.old else f"+{one.new and one.new.code}": (
            one.kinds,
            one.new and one.new.code,
        )
        for one in found
        if one.about == about
    }


def test_each_change_of_a_revised_edition_is_named(old: Unit, data: dict[str, Any]) -> None:
    found = differences(old, revised(data))
    assert changes(found) == {
        "A4011.01": (("reworded",), "A4011.01"),
        "A4011.02": (("removed",), None),
        "A4012.01": (("unchanged",), "A4012.01"),
        "A4012.02": (("unchanged",), "A4012.02"),
        "A4012.03": (("reworded",), "A4012.03"),
        "+A4012.04": (("added",), "A4012.04"),
        "A4013.01": (("moved",), "A4012.05"),
        "A4013.02": (("unchanged",), "A4013.02"),
        "A4013.03": (("unchanged",), "A4013.03"),
    }
    rest = [one for one in found if one.about != "criterion"]
    assert [(one.about, one.kinds, one.level) for one in rest] == [("methods", ("changed",), 4)]
    assert rest[0].new
    assert rest[0].new.text == "ผู้จัดการอาคารที่อยู่อาศัย: interview, written_objective"
    assert all(0.45 <= one.certainty <= 1 for one in found)
    exact = [one for one in found if one.kinds in (("unchanged",), ("moved",))]
    assert {one.certainty for one in exact} == {1.0}


def test_the_way_back_is_told_the_other_way_round(old: Unit, data: dict[str, Any]) -> None:
    found = changes(differences(revised(data), old))
    assert found["A4012.04"] == (("removed",), None)
    assert found["+A4011.02"] == (("added",), "A4011.02")
    assert found["A4012.05"] == (("moved",), "A4013.01")


def test_the_same_edition_differs_in_nothing(old: Unit) -> None:
    found = differences(old, old)
    assert {one.kinds for one in found} == {("unchanged",)}
    assert unchanged(old, old) == {criterion.code for criterion in old.criteria}


def test_blanks_and_invisible_characters_change_no_criterion(old: Unit, data: dict[str, Any]) -> None:
    criterion = data["elements"][0]["criteria"][0]
    criterion["text"] = criterion["text"].replace("กิจกรรม", " กิจ\u200bกรรม")
    assert unchanged(old, Unit.model_validate(data)) == {criterion.code for criterion in old.criteria}


def test_a_code_that_stays_with_another_text_is_another_criterion(old: Unit, data: dict[str, Any]) -> None:
    data["elements"][1]["criteria"][1]["text"] = "จัดทำงบประมาณประจำปีของนิติบุคคลอาคารชุด"
    found = differences(old, Unit.model_validate(data))
    [gone] = [one for one in found if one.kinds == ("removed",)]
    [new] = [one for one in found if one.kinds == ("added",)]
    assert gone.old
    assert new.new
    assert gone.old.code == new.new.code == "A4012.02"
    assert gone.note == "A4012.02 now refers to another criterion"


def test_criteria_renumbered_by_one_are_paired_by_their_words(old: Unit, data: dict[str, Any]) -> None:
    criteria = data["elements"][1]["criteria"]
    criteria.insert(0, {"code": "", "text": "จัดช่องทางรับเรื่องให้ผู้พักอาศัยทุกกลุ่มเข้าถึงได้โดยสะดวก"})
    for n, criterion in enumerate(criteria, 1):
        criterion["code"] = f"A4012.{n:02d}"
    found = changes(differences(old, Unit.model_validate(data)))
    assert found["A4012.01"] == (("renumbered",), "A4012.02")
    assert found["A4012.03"] == (("renumbered",), "A4012.04")
    assert found["+A4012.01"] == (("added",), "A4012.01")


def test_an_element_renumbered_moves_no_criterion(old: Unit, data: dict[str, Any]) -> None:
    element = data["elements"][2]
    element["code"] = "A4014"
    for criterion in element["criteria"]:
        criterion["code"] = criterion["code"].replace("A4013", "A4014")
    found = differences(old, Unit.model_validate(data))
    assert changes(found, "element") == {"A4013": (("renumbered",), "A4014")}
    assert changes(found)["A4013.02"] == (("renumbered",), "A4014.02")


def test_two_criteria_that_are_much_alike_keep_apart(old: Unit, data: dict[str, Any]) -> None:
    """A4013.02 and A4013.03 share 0.87 of their words; a rewording of one must not take the other."""
    criteria = data["elements"][2]["criteria"]
    criteria[1]["text"] = criteria[1]["text"].replace("ระบุวิธีการ", "อธิบายวิธีการ")
    found = {one.old.code: one for one in differences(old, Unit.model_validate(data)) if one.old}
    assert found["A4013.02"].kinds == ("reworded",)
    assert found["A4013.03"].kinds == ("unchanged",)
    criteria[2]["text"] = criteria[2]["text"].replace("ประยุกต์และใช้", "เลือกใช้")
    both = {one.old.code: one for one in differences(old, Unit.model_validate(data)) if one.old}
    assert [both[f"A4013.0{n}"].kinds for n in (2, 3)] == [("reworded",)] * 2


def test_levels_occupations_skills_and_titles_are_compared(old: Unit, data: dict[str, Any]) -> None:
    data["levels"].remove(7)
    data["assessment"].pop()
    data["occupations"][2]["levels"].remove(7)
    data["title"] = "บริหารความสัมพันธ์กับผู้พักอาศัย"
    data["skills"][3] = data["skills"][3] + "ในชุมชน"
    data["skills"].append("ทักษะการใช้ระบบรับเรื่องออนไลน์")
    data["assessment"][1]["methods"] = ["interview"]
    rest = [one for one in differences(old, Unit.model_validate(data)) if one.about != "criterion"]
    assert [(one.about, one.kinds, one.level) for one in rest] == [
        ("level", ("removed",), 7),
        ("methods", ("changed", "written_test_lost"), 4),
        ("occupation", ("reworded",), None),
        ("title", ("changed",), None),
        ("skills", ("reworded",), None),
        ("skills", ("added",), None),
    ]


def test_likeness_is_of_the_words_alone() -> None:
    assert likeness(bigrams("ต้องสามารถระบุสาเหตุได้"), bigrams("ระบุ สาเหตุ.")) == 1
    assert likeness(bigrams("abc"), bigrams("xyz")) == 0


WORDS = st.sampled_from(["ระบุ", "วิเคราะห์", "สาเหตุ", "ข้อร้องเรียน", "วิธีการ", "ไกล่เกลี่ย", "ผู้พักอาศัย", "และ"])
PARTS = st.lists(
    st.builds(
        StandardPart, st.sampled_from(["1", "2", "3", "4", "5"]), st.lists(WORDS, min_size=1).map("".join)
    ),
    max_size=6,
    unique_by=lambda part: part.code,
)


@given(PARTS, PARTS)
def test_every_criterion_is_in_exactly_one_pair(old: list[StandardPart], new: list[StandardPart]) -> None:
    pairs = pair_parts(old, new)
    assert sorted(pair.old for pair in pairs if pair.old) == sorted(old)
    assert sorted(pair.new for pair in pairs if pair.new) == sorted(new)
    assert all(0 <= pair.certainty <= 1 for pair in pairs)


@given(PARTS)
def test_an_edition_pairs_with_itself(parts: list[StandardPart]) -> None:
    assert [(pair.old, pair.new, pair.certainty) for pair in pair_parts(parts, list(reversed(parts)))] == [
        (part, part, 1.0) for part in parts
    ]


def test_of_two_criteria_with_the_same_words_the_one_that_kept_its_code_stays() -> None:
    first, second = StandardPart("1", "ระบุสาเหตุ", "E1"), StandardPart("2", "ระบุสาเหตุ", "E2")
    pairs = pair_parts([first, second], [second])
    assert [(pair.old, pair.new) for pair in pairs] == [(first, None), (second, second)]


def test_the_docs_state_the_thresholds(root: Path) -> None:
    text = (root / "docs" / "item-bank.md").read_text("utf-8")
    for name in ("ALIKE_SAME_CODE", "ALIKE"):
        assert f"{getattr(differing, name):.2f}" in text, name
