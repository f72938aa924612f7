"""Small units, items and blueprints for tests, as plain data that a test changes at will."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from examgen.core.models.blueprint import Blueprint
from examgen.core.models.item import BankUnit, Item
from examgen.core.models.standard import Unit
from examgen.core.yamlfile import Document, parse, validate


def unit_data(**changes: Any) -> dict[str, Any]:
    """A unit T-1 with elements E1 (E1.01, E1.02) and E2 (E2.01); levels 3–5, level 5 by interview."""
    return {
        "code": "T-1",
        "title": "หน่วยทดลอง",
        "levels": [3, 4, 5],
        "elements": [
            {
                "code": "E1",
                "title": "สมรรถนะย่อยหนึ่ง",
                "criteria": [{"code": "E1.01", "text": "ระบุสาเหตุ"}, {"code": "E1.02", "text": "อธิบายวิธี"}],
            },
            {"code": "E2", "title": "สมรรถนะย่อยสอง", "criteria": [{"code": "E2.01", "text": "ประเมินผล"}]},
        ],
        "assessment": [
            {"occupation": "ช่าง", "levels": [3, 4], "methods": ["written_objective"]},
            {"occupation": "หัวหน้าช่าง", "levels": [5], "methods": ["interview"]},
        ],
        "source": {
            "document": "t-1.txt",
            "sha256": "0" * 64,
            "assessment": [
                {"section": "18.1", "text": "สำหรับช่าง ระดับ 3, 4 · ข้อสอบปรนัย"},
                {"section": "18.2", "text": "สำหรับหัวหน้าช่าง ระดับ 5 · สอบสัมภาษณ์"},
            ],
        },
        **changes,
    }


def item_data(pc: str, n: int, **changes: Any) -> dict[str, Any]:
    """Item `<pc>-00n`, usable at levels 3 and 4."""
    key = "abcd"[n % 4]
    return {
        "id": f"{pc}-{n:03d}",
        "pcs": [pc],
        "levels": [3, 4],
        "cognitive": ["remember", "understand", "apply"][n % 3],
        "stem": f"คำถามที่ {n} ของเกณฑ์ {pc} ข้อใดถูก",
        "options": {o: f"ตัวเลือก {o} ของ {pc}-{n}" for o in "abcd"},
        "key": key,
        "rationale": {o: "ถูก" if o == key else "ผิด" for o in "abcd"},
        "reference": "คู่มือทดลอง",
        "status": "draft",
        **changes,
    }


FAMILY_OPTIONS = ("เชิญทั้งสองฝ่ายมาคุย", "ขึ้นไปดูที่เกิดเหตุ", "โทรเรียกรถพยาบาล", "จดลงสมุดเวร")


def family_data(n: int = 4) -> list[dict[str, Any]]:
    """Items of one family, in each of which the options stand in another order."""
    rows = []
    for k in range(n):
        options = dict(zip("abcd", FAMILY_OPTIONS[k:] + FAMILY_OPTIONS[:k], strict=True))
        when = {o: f"ถูกเมื่อ {FAMILY_OPTIONS.index(t)}" for o, t in options.items()}
        said = {"options": options, "key": "a", "right_if": when, "rationale": {"a": "เพราะข้อเท็จจริงในโจทย์"}}
        rows.append(item_data("E1.01", k + 1, family="E1.01-F01", decided_by="judgement", **said))
    return rows


PCS = ("E1.01", "E1.02", "E2.01")


def shelf(per_pc: int = 10, items: list[dict[str, Any]] | None = None, **unit: Any) -> BankUnit:
    """The unit with `per_pc` items for each criterion, or with the items given."""
    data = items if items is not None else [item_data(pc, n) for pc in PCS for n in range(1, per_pc + 1)]
    found = tuple(Item.model_validate(one) for one in data)
    return BankUnit(unit=Unit.model_validate(unit_data(**unit)), items=found)


def blueprint_data(**changes: Any) -> dict[str, Any]:
    """A blueprint of one form of 12 for level 4."""
    return {
        "exam": "T-1-L4",
        "title": {"th": "การทดสอบทดลอง", "en": "A trial"},
        "units": ["T-1"],
        "level": 4,
        "items": 12,
        "statuses": ["draft"],
        "time_min": 20,
        "pass": {"percent": 60},
        **changes,
    }


def blueprint(**changes: Any) -> tuple[Blueprint, Document]:
    """The blueprint as it is read from a file, with the lines of that file."""
    text = yaml.safe_dump(
        {k: v for k, v in blueprint_data(**changes).items() if v is not None}, sort_keys=False
    )
    document, problems = parse(text, "blueprint.yaml")
    read, more = validate(document, [], document.data, Blueprint)
    assert read is not None, [*problems, *more]
    return read, document


def write_unit(bank: Path, items: list[dict[str, Any]] | None = None, **unit: Any) -> Path:
    """A unit's folder in a bank: unit.yaml and one item file per criterion."""
    data = unit_data(**unit)
    folder = bank / data["code"]
    (folder / "items").mkdir(parents=True)
    (folder / "unit.yaml").write_text(yaml.dump(data, Dumper=yaml.CSafeDumper, allow_unicode=True), "utf-8")
    rows = items if items is not None else [item_data(pc, n) for pc in PCS for n in range(1, 11)]
    for pc in dict.fromkeys(row["pcs"][0] for row in rows):
        mine = [row for row in rows if row["pcs"][0] == pc]
        text = yaml.dump(mine, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
        (folder / "items" / f"{pc}.yaml").write_text(text, "utf-8")
    return folder
