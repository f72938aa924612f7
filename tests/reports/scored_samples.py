"""Small exams that were really built and scored, for the reports of results."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from examgen.assembly.assemble import assemble, bank_sha256
from examgen.core.exam.writing import exam_files, write_package
from examgen.scoring import score as sittings
from examgen.scoring.runs import read_scored
from examgen.scoring.scored_run import ScoredRun
from tests.samples import blueprint, item_data, shelf

Answer = Callable[[int, str], str]
"""Question and right letter → what a candidate marks."""


def right(question: int, key: str) -> str:
    return key


def blank(question: int, key: str) -> str:
    return ""


def wrong(question: int, key: str) -> str:
    return "B" if key == "A" else "A"


def first(n: int) -> Answer:
    """The first n right, the others wrong."""
    return lambda question, key: key if question <= n else wrong(question, key)


def sat(
    folder: Path,
    candidates: Mapping[str, Answer],
    items: Sequence[Mapping[str, Any]] | None = None,
    unit: Mapping[str, Any] | None = None,
    extra: Mapping[str, Mapping[str, str]] | None = None,
    n_items: int = 12,
    **asked: Any,
) -> ScoredRun:
    """A package in `folder`, scored: candidates with what they marked, and `extra` columns of theirs."""
    bank = shelf(items=None if items is None else [dict(one) for one in items], **(unit or {}))
    built = assemble([bank], *blueprint(items=n_items, **asked))
    write_package(folder, exam_files(built, bank_sha256([bank]), {}))
    with (folder / "secure" / "key.csv").open(encoding="utf-8-sig", newline="") as file:
        key = [row for row in csv.DictReader(file) if row["form"] == built.forms[0].name]
    letters = [row["key"].split("|")[0] for row in sorted(key, key=lambda row: int(row["question"]))]
    answers = folder.parent / f"{folder.name}-answers.csv"
    columns = list(dict.fromkeys(name for own in (extra or {}).values() for name in own))
    with answers.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["candidate_id", "form", *(f"Q{n}" for n in range(1, len(letters) + 1)), *columns])
        for name, answer in candidates.items():
            marks = [answer(n, letter) for n, letter in enumerate(letters, 1)]
            own = [(extra or {}).get(name, {}).get(column, "") for column in columns]
            out.writerow([name, built.forms[0].name, *marks, *own])
    sittings.score(folder, [answers])
    return read_scored(folder)


def long_unit(n_criteria: int, length: int = 60) -> dict[str, Any]:
    """A unit of so many criteria in elements of ten, each text of that many characters."""
    words = "วิเคราะห์และเรียบเรียงเหตุการณ์ในการร้องเรียนของผู้พักอาศัยตามหลักกฎหมายและระเบียบที่เกี่ยวข้อง "
    text = (words * (length // len(words) + 1))[:length].rstrip()
    elements = [
        {
            "code": f"E{e}",
            "title": f"สมรรถนะย่อยที่ {e}",
            "criteria": [
                {"code": f"E{e}.{n:02d}", "text": text}
                for n in range(1, min(10, n_criteria - 10 * (e - 1)) + 1)
            ],
        }
        for e in range(1, (n_criteria - 1) // 10 + 2)
    ]
    return {"elements": elements, "skills": ["ทักษะการสื่อสาร"], "knowledge": ["ความรู้เรื่องกฎหมาย"]}


def items_of(unit: Mapping[str, Any], each: int) -> list[dict[str, Any]]:
    """So many items for every criterion of a unit."""
    return [
        item_data(one["code"], n)
        for element in unit["elements"]
        for one in element["criteria"]
        for n in range(1, each + 1)
    ]


def unbroken(html: str) -> str:
    """The page without what tells a browser where Thai may break."""
    return re.sub(r"</?wbr>|</?span[^>]*>|[\u200b\u2060]", "", html).replace("\u00a0", " ")
