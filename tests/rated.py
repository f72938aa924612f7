"""A small exam that assessors rate: two instruments of three tasks each, as a package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from examgen.assembly.assemble import assemble, bank_sha256
from examgen.bank.instruments import drawn_from
from examgen.core.exam.writing import exam_files, write_package
from examgen.core.models.item import Instrument
from tests.samples import PCS, blueprint, shelf

GUIDE = "สิ่งลับสุดยอด"
"""What stands in every guide."""


def task_data(pc: str, n: int, **changes: Any) -> dict[str, Any]:
    """Task `<pc>-i<n>`, rated from 0 to 3."""
    return {
        "id": f"{pc}-i{n}",
        "pcs": [pc],
        "cognitive": "apply",
        "minutes": 3,
        "ask": f"ท่านจะทำอย่างไรกับเรื่องที่ {n} ของเกณฑ์ {pc}",
        "guide": f"1. {GUIDE} ของ {pc} ข้อ {n}\n2. **ผิดร้ายแรง:** ไม่ทำ",
        "evidence": "คำพูดสำคัญ",
        "anchors": {points: f"ทำได้ {points} ข้อของ {pc}-{n}" for points in range(4)},
        **changes,
    }


def instrument_data(n: int, **changes: Any) -> dict[str, Any]:
    """An interview of level 5 with a case and a task for each criterion."""
    return {
        "id": f"T-1-interview-{n}",
        "method": "interview",
        "title": {"th": f"แบบสัมภาษณ์ที่ {n}", "en": f"Interview {n}"},
        "levels": [5],
        "status": "draft",
        "minutes": 20,
        "for_assessor": "1. ทักทาย\n2. ให้คะแนนตามลำพัง",
        "for_candidate": "ตอบจากสิ่งที่จะทำจริง",
        "case": f"อาคารที่ {n} มี 8 ชั้น",
        "provenance": {"drafted_by": "test"},
        "tasks": [task_data(pc, n) for pc in PCS],
        **changes,
    }


def rated_package(folder: Path, **changes: Any) -> Path:
    """A package of forms A and B, an instrument each."""
    instruments = tuple(Instrument.model_validate(instrument_data(n)) for n in (1, 2))
    bank = shelf(items=[]).model_copy(update={"instruments": instruments})
    asked = {"exam": folder.name, "level": 5, "forms": 2, "items": 3, "method": "interview"}
    more = {"judgement": {"min_items": 1, "percent": 60}}
    said, document = blueprint(**{**asked, **more, **changes})
    sat = assemble(drawn_from([bank], said), said, document)
    write_package(folder, exam_files(sat, bank_sha256([bank], is_rated=True), {}))
    return folder
