"""The snapshot of a package, `secure/items.yaml`: units, stimuli, items and forms as they were built."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from examgen.core.exam.names import SNAPSHOT
from examgen.core.files import read_input, yaml_bytes
from examgen.core.models.form import Exam, Form, PrintedItem
from examgen.core.models.item import Item
from examgen.core.yamlfile import load

_PART = rb"^%s:.*?(?=^[^\s-]|\Z)"


def snapshot_bytes(exam: Exam) -> bytes:
    """The snapshot of an exam."""
    items = {p.item.id: p.item for form in exam.forms for p in form.items}
    evidence = {name: known.model_dump(mode="json") for name, known in sorted(exam.evidence.items())}
    instruments = [one.model_dump(mode="json", by_alias=True) for one in exam.instruments]
    return yaml_bytes(
        {
            **({"evidence": evidence} if evidence else {}),
            **({"anchor": list(exam.anchor)} if exam.anchor else {}),
            **({"instruments": instruments} if instruments else {}),
            "units": [unit.model_dump(mode="json") for unit in exam.units],
            "stimuli": [stimulus.model_dump(mode="json") for stimulus in exam.stimuli],
            "items": [items[name].model_dump(mode="json") for name in sorted(items)],
            "forms": [
                {
                    "name": form.name,
                    "items": [
                        {**p.model_dump(mode="json", exclude={"item"}), "item": p.item.id} for p in form.items
                    ],
                }
                for form in exam.forms
            ],
        }
    )


def read_part(folder: Path, name: str) -> list[dict[str, Any]]:
    """A part of the snapshot of a package: `units` or `items`; no other is looked at."""
    written = read_input(folder / SNAPSHOT)
    found = re.search(_PART % name.encode(), written, re.MULTILINE | re.DOTALL)
    part: list[dict[str, Any]] = load(found[0] if found else written)[name]
    return part


def read_snapshot(written: bytes) -> tuple[dict[str, Any], tuple[Form, ...]]:
    """The parts of a snapshot as plain data, and its forms.

    Raises ValueError, KeyError, TypeError or AttributeError where it is not what examgen writes.
    """
    parts = load(written)
    items = {data["id"]: Item.model_validate(data) for data in parts["items"]}

    def printed(question: dict[str, Any]) -> PrintedItem:
        return PrintedItem.model_validate({**question, "item": items[question["item"]]})

    return parts, tuple(
        Form(name=form["name"], items=tuple(map(printed, form["items"]))) for form in parts["forms"]
    )
