"""Small banks for guards, written as files: a unit T-1 of three criteria, and items of every kind beside it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import yaml

PCS = ("E1.01", "E1.02", "E2.01")
STATISTICS = ("item", "item_hash", "administration", "form", "date", "n", "facility", "a", "b", "c")
Row = dict[str, Any]

UNIT: Row = {
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
}
"""Levels 3 and 4 are assessed by an objective test, level 5 by an interview alone."""


def item(pc: str, n: int, **changes: Any) -> Row:
    """A draft item for levels 3 and 4; its category goes round with its number."""
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


def plain(per_pc: int) -> list[Row]:
    """So many items of each criterion."""
    return [item(pc, n) for pc in PCS for n in range(1, per_pc + 1)]


def write_bank(workspace: Path, items: list[Row], statistics: list[Row] = [], **unit: Any) -> Path:  # noqa: B006
    """A workspace whose bank has the unit with these items; their statistics, if any, in statistics.csv."""
    folder = workspace / "item_bank" / str(unit.get("code", UNIT["code"]))
    (folder / "items").mkdir(parents=True)
    (workspace / "output").mkdir(exist_ok=True)
    save(folder / "unit.yaml", UNIT | unit)
    for pc in sorted({row["pcs"][0] for row in items}):
        save(folder / "items" / f"{pc}.yaml", [row for row in items if row["pcs"][0] == pc])
    if stimuli := sorted({row["shared_stimulus"] for row in items if row.get("shared_stimulus")}):
        save(folder / "stimuli.yaml", [{"id": name, "text": "สถานการณ์"} for name in stimuli])
    if statistics:
        with (folder / "statistics.csv").open("w", encoding="utf-8", newline="") as file:
            lines = csv.DictWriter(file, STATISTICS)
            lines.writeheader()
            lines.writerows(statistics)
    return workspace


def save(path: Path, data: Any) -> Path:
    """Write YAML as plain as it gets."""
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf-8")
    return path
