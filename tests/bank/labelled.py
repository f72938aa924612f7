"""The labelled set of `tests/data/rules` as one unit's shelf."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import yaml

from examgen.bank.checks import LocatedItem, UnitDraft
from examgen.bank.rules.applying import Findings, Settings, chosen, judge_unit, settle
from examgen.core.models.item import Item
from examgen.core.models.standard import Unit
from examgen.core.yamlfile import parse
from tests.samples import unit_data

FILES = ("thai-flawed", "english-flawed", "thai-sound", "english-sound", "held-out-flawed", "held-out-sound")


def cases(root: Path) -> dict[str, list[dict[str, Any]]]:
    """The labelled items of each file, with ids of their own."""
    read = {
        name: yaml.safe_load((root / "tests/data/rules" / f"{name}.yaml").read_text("utf-8"))
        for name in FILES
    }
    return {
        name: [{"id": f"{name}-{n:03d}", **case} for n, case in enumerate(found, 1)]
        for name, found in read.items()
    }


def unit_draft_of(data: list[dict[str, Any]], folder: Path = Path("T-1"), **unit: Any) -> UnitDraft:
    """A shelf of the items described, each on lines of a document of its own."""
    found = []
    for case in data:
        whole = _whole(case)
        document, problems = parse(
            yaml.safe_dump([whole], allow_unicode=True), f"T-1/items/{whole['id']}.yaml"
        )
        assert problems == []
        found.append(LocatedItem(Item.model_validate(whole), document, 0))
    return UnitDraft(folder, Unit.model_validate(unit_data(**unit)), tuple(found), ())


def _whole(case: dict[str, Any]) -> dict[str, Any]:
    options = case["options"]
    options = options if isinstance(options, dict) else dict(zip("abcde", options, strict=False))
    rest = {name: value for name, value in case.items() if name not in ("flaws", "options")}
    return {
        "pcs": ["E1.01"],
        "levels": [3, 4],
        "cognitive": "understand",
        "rationale": dict.fromkeys(options, "เพราะ"),
        "reference": "คู่มือ",
        "status": "draft",
        "options": options,
        **rest,
    }


def judge(
    shelves: Iterable[UnitDraft], settings: Settings, only: Collection[str] = (), whole_bank: bool = True
) -> Findings:
    """Findings of the rules that are on, or of `only` those named, in one process."""
    rules = chosen(settings, only)
    return settle([judge_unit(shelf, rules, settings) for shelf in shelves], rules, settings, whole_bank)
