"""Instruments of a unit: read, every fault told with its line, approved, drawn by a blueprint."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from examgen.bank.loading import load_unit
from tests.commands.conftest import Run, run

__all__ = ["run"]
UNIT = "ASM-REE-5-059ZB"


@pytest.fixture
def bank(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The starter bank with one instrument, as `own.yaml`."""
    shutil.copytree(root / "item_bank" / UNIT, tmp_path / "item_bank" / UNIT)
    shutil.rmtree(tmp_path / "item_bank" / UNIT / "instruments")
    monkeypatch.chdir(tmp_path)
    put(sound())
    return tmp_path


def sound() -> dict[str, Any]:
    """An instrument without a fault."""
    return {
        "id": "REE-int",
        "method": "interview",
        "title": {"th": "สัมภาษณ์", "en": "Interview"},
        "levels": [5],
        "status": "draft",
        "minutes": 30,
        "for_assessor": "ถามตามลำดับ",
        "for_candidate": "ตอบด้วยวาจา",
        "case": "อาคารแห่งหนึ่ง",
        "provenance": {"drafted_by": "examgen"},
        "tasks": [
            {
                "id": f"{pc}-i90",
                "pcs": [pc],
                "cognitive": "apply",
                "ask": f"ถามเรื่อง {pc}",
                "guide": "1. ข้อแรก",
                "anchors": {0: "ไม่มี", 1: "มีบ้าง", 2: "ครบ"},
            }
            for pc in ("A4011.01", "A4012.01", "A4013.01")
        ],
    }


def put(data: dict[str, Any]) -> None:
    folder = Path("item_bank") / UNIT / "instruments"
    folder.mkdir(exist_ok=True)
    (folder / "own.yaml").write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf-8")


def faults() -> dict[str, str]:
    _, problems = load_unit(Path("item_bank") / UNIT)
    return {one.code: one.source for one in problems}


def changed(path: str, value: object) -> dict[str, Any]:
    """The sound one with another value at `tasks.0.pcs`; None takes the field out."""
    data = sound()
    *steps, last = path.split(".")
    place: Any = data
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if value is None:
        del place[last]
    else:
        place[int(last) if isinstance(place, list) else last] = value
    return data


def test_a_sound_instrument_has_no_fault(bank: Path) -> None:
    assert faults() == {}
    unit, _ = load_unit(Path("item_bank") / UNIT)
    assert unit is not None
    [one] = unit.instruments
    assert [item.id for item in one.items] == ["A4011.01-i90", "A4012.01-i90", "A4013.01-i90"]
    assert [task.points for task in one.tasks] == [(0, 1, 2)] * 3


@pytest.mark.parametrize(
    ("path", "value", "code", "line"),
    [
        ("method", "written", "invalid", 2),
        ("levels", [], "level-missing", 6),
        ("levels", [2], "level-unknown", 7),
        ("levels", [4], "method-not-asked", 2),
        ("status", "final", "invalid", 8),
        ("minutes", 0, "invalid", 9),
        ("for_candidate", None, "field-missing", 1),
        ("for_candidates", "x", "field-unknown", 46),
        ("provenance.drafted_by", "", "invalid", 14),
        ("tasks", [], "invalid", 15),
        ("tasks.0.id", "a b", "invalid", 16),
        ("tasks.0.id", "A4011.01-101", "id-twice", 16),
        ("tasks.1.id", "A4011.01-i90", "id-twice", 26),
        ("tasks.0.pcs", ["A4011.09"], "pc-unknown", 18),
        ("tasks.0.pcs", ["A4011.01", "A4011.01"], "pc-twice", 18),
        ("tasks.0.cognitive", "create", "invalid", 19),
        ("tasks.0.enemies", ["A4011.01-i90"], "enemy-unknown", 27),
        ("tasks.0.anchors", {1: "a", 2: "b"}, "invalid", 23),
        ("tasks.0.anchors", {0: "a"}, "invalid", 23),
        ("tasks.0.anchors", {0: "a", 1: " a "}, "invalid", 23),
        ("tasks.0.anchors", {n: f"ข้อ {n}" for n in range(6)}, "invalid", 23),
        ("tasks.0.ask", "![plan](plan.svg)", "picture-in-task", 20),
        ("pass", {"criteria": {"A4019.01": 50}}, "pc-unknown", 48),
    ],
)
def test_every_fault_has_its_line(bank: Path, path: str, value: object, code: str, line: int) -> None:
    put(changed(path, value))
    found = faults()
    known = {name: int(source.rpartition(":")[2]) for name, source in found.items()}
    if code == "invalid":
        assert len(known) == 1
        assert [*known.values()] == [line]
    else:
        assert known.get(code) == line, found


def test_a_file_that_is_no_yaml_keeps_the_unit_from_being_used(bank: Path) -> None:
    (bank / "item_bank" / UNIT / "instruments" / "broken.yaml").write_bytes(b"id: [\n")
    unit, problems = load_unit(Path("item_bank") / UNIT)
    assert unit is None
    assert any("instruments/broken.yaml" in one.source for one in problems)


def test_an_instrument_is_approved_as_a_whole_and_a_change_makes_that_void(bank: Path, run: Run) -> None:
    for to, by in (("review", "แดง"), ("approved", "ดำ")):
        run.ok("bank", "status", UNIT, "REE-int", "--to", to, "--by", by)
    assert (
        yaml.safe_load(Path(f"item_bank/{UNIT}/instruments/own.yaml").read_text("utf-8"))["status"]
        == "approved"
    )
    assert [*faults()] == ["nobody-answers"]
    named = {"drafted_by": "examgen", "answers_for": "คณะอนุกรรมการ"}
    put({**sound(), "status": "approved", "provenance": named})
    assert faults() == {}
    put({**sound(), "status": "approved", "provenance": named, "minutes": 31})
    assert [*faults()] == ["approval-void"]
    assert "approval void" in run.ok("bank", "review", UNIT).out
    # what is built of it says so
    blueprint = {
        "exam": "int",
        "title": {"th": "ก", "en": "a"},
        "method": "interview",
        "units": [UNIT],
        "level": 5,
        "items": 3,
        "statuses": ["approved"],
        "judgement": {"min_items": 1},
        "time_min": 30,
    }
    Path("b.yaml").write_text(yaml.safe_dump(blueprint, allow_unicode=True), "utf-8")
    run.ok("build", "b.yaml", "--out", "output/int", "--workspace", bank)
    assert yaml.safe_load(Path("output/int/exam.yaml").read_text("utf-8"))["draft"] is True


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"pilot": 2}, "cannot be used with forms of an instrument"),
        ({"scoring": {"wrong": 0.25}}, "Assessors give points"),
        ({"outside_standard": "x"}, "the standard requires this method of assessment. Remove the reason."),
        ({"method": "portfolio"}, "only by objective written test, interview"),
        ({"assessing": {"assessors": 0}}, "at least 1"),
        ({"items": 4}, "items in a form: 3 instead of 4"),
        ({"method": None, "assessing": {"assessors": 2}}, "Add `method`"),
    ],
)
def test_blueprints_that_make_no_sense_are_refused(
    bank: Path, run: Run, more: dict[str, Any], said: str
) -> None:
    data = {
        "exam": "int",
        "title": {"th": "ก", "en": "a"},
        "method": "interview",
        "units": [UNIT],
        "level": 5,
        "items": 3,
        "statuses": ["draft"],
        "time_min": 30,
        **more,
    }
    plain = {name: value for name, value in data.items() if value is not None}
    Path("b.yaml").write_text(yaml.safe_dump(plain, allow_unicode=True), "utf-8")
    ran = run("build", "b.yaml", "--out", "output/int", "--workspace", bank)
    assert ran.status in (1, 4), ran.text
    assert said in ran.err


def test_the_coverage_of_a_bank_counts_tasks_where_a_blueprint_draws_tasks(
    root: Path, tmp_path: Path, run: Run
) -> None:
    """At level 7 no item is asked, and each criterion has a task in either of two interviews."""
    shutil.copytree(root / "item_bank" / UNIT, tmp_path / "item_bank" / UNIT)
    blueprints = run.json("bank", "coverage", UNIT, "--workspace", tmp_path)["blueprints"]
    assert [one["lacking"] for one in blueprints if one["file"] == "interview-7.yaml"] == [[]]
    (tmp_path / "item_bank" / UNIT / "instruments/interview-7b.yaml").unlink()
    found = run.ok("bank", "coverage", UNIT, "--workspace", tmp_path)
    assert "A4011.01 at level 7: 1 usable, 2 needed for 2 forms without overlap; write 1 more" in found.text
