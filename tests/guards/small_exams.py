"""Exams of a guard's own: a unit with its items is written into a workspace, and built by command."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.guards.commands import Examgen, Ran, read_csv, write_csv

Data = dict[str, Any]
SAID = {"reason": "key was mistyped", "by": "ครูสมชาย", "date": "2026-11-20"}
"""Who corrects a key, when and why."""


def write_unit(workspace: Path, code: str, items: list[Data]) -> None:
    """A unit's folder in the bank, with the criteria that its items name (`E1.02` is of element E1)."""
    folder = workspace / "item_bank" / code
    (folder / "items").mkdir(parents=True)
    elements: dict[str, list[Data]] = {}
    for pc in sorted({item["pcs"][0] for item in items}):
        elements.setdefault(pc.split(".")[0], []).append({"code": pc, "text": f"ระบุสาเหตุของ {pc}"})
        own = [item for item in items if item["pcs"][0] == pc]
        write_yaml(folder / "items" / f"{pc}.yaml", own)
    stated = {"section": "18.1", "text": "สำหรับช่าง ระดับ 3 · ข้อสอบปรนัย"}
    unit = {
        "code": code, "title": f"หน่วย {code}", "levels": [3],
        "elements": [{"code": e, "title": f"สมรรถนะ {e}", "criteria": c} for e, c in elements.items()],
        "assessment": [{"occupation": "ช่าง", "levels": [3], "methods": ["written_objective"]}],
        "source": {"document": "unit.txt", "sha256": "0" * 64, "assessment": [stated]},
    }  # fmt: skip
    write_yaml(folder / "unit.yaml", unit)


def item(pc: str, n: int, *, key: str | list[str] = "", n_options: int = 4) -> Data:
    """Item number n of a criterion."""
    options = "abcde"[:n_options]
    key = key or options[n % n_options]
    return {
        "id": f"{pc}-{n:03d}", "pcs": [pc], "levels": [3], "cognitive": "apply",
        "stem": f"คำถามที่ {n} ของเกณฑ์ {pc} ข้อใดถูก", "options": {o: f"ตัวเลือก {o} ของ {pc}-{n}" for o in options},
        "key": key, "rationale": {o: "ถูก" if o in key else "ผิด" for o in options}, "reference": "คู่มือ",
        "status": "draft",
    }  # fmt: skip


def blueprint(units: list[str], **changes: Any) -> Data:
    """A blueprint of one form; changes replace or add keys."""
    title = {"th": "การทดสอบทดลอง", "en": "A trial"}
    plain = {
        "exam": "TRIAL",
        "title": title,
        "units": units,
        "level": 3,
        "statuses": ["draft"],
        "time_min": 60,
    }
    return plain | {"pass": {"percent": 60}, "seed": 7} | changes


def build(examgen: Examgen, workspace: Path, name: str, plan: Data) -> Path:
    """The package that a blueprint gives."""
    write_yaml(workspace / f"{name}.yaml", plan)
    examgen("build", f"{name}.yaml", "--out", name, cwd=workspace)
    return workspace / name


def write_yaml(path: Path, data: object) -> Path:
    """Write a document; the path."""
    path.write_text(yaml.dump(data, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False), "utf-8")
    return path


def wide(path: Path, rows: Sequence[Sequence[str]], *extra: str) -> Path:
    """A wide answer file: candidate, form, a cell a question, then cells of extra columns."""
    n_questions = max(len(row) for row in rows) - 2 - len(extra)
    heading = ["candidate_id", "form", *(f"Q{n}" for n in range(1, n_questions + 1)), *extra]
    return write_csv(path, [[*row] for row in (heading, *rows)])


def drawn_answers(folder: Path, n: int, seed: int) -> list[list[str]]:
    """Rows of candidates on the forms in turn: right and wrong letters, several, blanks, and what is no option."""
    draw = random.Random(seed)
    forms: dict[str, list[tuple[str, int]]] = {}
    key = {(row["form"], row["question"]): row["key"] for row in read_csv(folder / "secure/key.csv")}
    for row in read_csv(folder / "secure/forms.csv"):
        place = key[row["form"], row["question"]], len(row["options"].split())
        forms.setdefault(row["form"], []).append(place)
    rows = []
    for k in range(n):
        form = sorted(forms)[k % len(forms)]
        able, cells = draw.random(), []
        for right, n_options in forms[form]:
            letters = "ABCDE"[:n_options]
            some = "".join(sorted(draw.sample(letters, draw.randint(2, n_options))))
            odd = draw.choice(["", "-", some, right, "X", "E" if n_options < 5 else "*", "ก", "b"])
            single = draw.choice(right.split("|")) if draw.random() < able else draw.choice(letters)
            whole = right if draw.random() < able else single
            cells.append(odd if draw.random() < 0.15 else whole)
        rows.append([f"{k:04d}", form, *cells])
    return rows


RULES: Data = {
    "scoring": {"several": "all", "wrong": "1/4", "floor": "none"},
    "pass": {"percent": 50, "criteria": {"E1.01": 20}},
}
"""Of `two_forms`."""


def two_forms(examgen: Examgen, starter: Path, folder: Path) -> Path:
    """A package of two forms of 18 items, 12 of them on both, some with two right answers."""
    workspace = Path(shutil.copytree(starter, folder / "workspace"))
    pool = [item(pc, n) for pc in ("E1.01", "E1.02", "E2.01") for n in range(1, 8)]
    write_unit(workspace, "C-1", [*pool, *(item("E1.02", n, key=["a", "c"]) for n in range(11, 15))])
    return build(examgen, workspace, "plain", blueprint(["C-1"], forms=2, items=18, overlap=12, **RULES))


def with_answers(package: Path, folder: Path) -> Path:
    """A copy of a package, with answers of 120 candidates beside it: north.csv and south.csv."""
    copy = Path(shutil.copytree(package, folder / "exam"))
    rows = drawn_answers(copy, 120, seed=9)
    wide(folder / "north.csv", rows[:70])
    wide(folder / "south.csv", rows[70:])
    return copy


def answers(folder: Path) -> list[Path]:
    """The answer files beside a package."""
    return [folder.parent / "north.csv", folder.parent / "south.csv"]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def corrections(folder: Path, entries: list[Data]) -> Path:
    """A file of corrections beside a package, each signed."""
    return write_yaml(folder.parent / "corrections.yaml", [one | SAID for one in entries])


def codes(ran: Ran) -> set[str]:
    """The codes of the problems that a command named with --json."""
    return {problem["code"] for problem in ran.json["problems"]}
