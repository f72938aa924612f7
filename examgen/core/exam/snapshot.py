"""The snapshot of a package, `secure/items.yaml`: units, stimuli, items and forms as they were built.

The forms stand last. There may be one for each of 20,000 candidates, which as one tree of YAML would take
gigabytes: they are written form by form, and a question that several forms print alike is read once.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from examgen.core.exam.names import SNAPSHOT
from examgen.core.files import read_input, yaml_bytes
from examgen.core.models.form import Exam, Form, PrintedItem
from examgen.core.models.item import Item
from examgen.core.yamlfile import load

_PART = rb"^%s:.*?(?=^[^\s-]|\Z)"
_FORMS = b"\nforms:\n"
_FORM = re.compile(rb"- name: ([^\n]*)\n  items:\n((?:  [^\n]*\n)*)")
_QUESTION = re.compile(rb"  - question: (\d+)\n((?:    [^\n]*\n)*)")


def snapshot_bytes(exam: Exam) -> bytes:
    """The snapshot of an exam."""
    items = {p.item.id: p.item for form in exam.forms for p in form.items}
    evidence = {name: known.model_dump(mode="json") for name, known in sorted(exam.evidence.items())}
    instruments = [one.model_dump(mode="json", by_alias=True) for one in exam.instruments]
    above = {
        **({"evidence": evidence} if evidence else {}),
        **({"anchor": list(exam.anchor)} if exam.anchor else {}),
        **({"instruments": instruments} if instruments else {}),
        "units": [unit.model_dump(mode="json") for unit in exam.units],
        "stimuli": [stimulus.model_dump(mode="json") for stimulus in exam.stimuli],
        "items": [items[name].model_dump(mode="json") for name in sorted(items)],
    }
    return yaml_bytes(above) + _FORMS[1:] + b"".join(map(_form_bytes, exam.forms))


def _form_bytes(form: Form) -> bytes:
    items = [{**one.model_dump(mode="json", exclude={"item"}), "item": one.item.id} for one in form.items]
    return yaml_bytes([{"name": form.name, "items": items}])


def read_part(folder: Path, name: str) -> list[dict[str, Any]]:
    """A part of the snapshot of a package: `units` or `items`; no other is looked at."""
    written = read_input(folder / SNAPSHOT)
    found = re.search(_PART % name.encode(), written, re.MULTILINE | re.DOTALL)
    part: list[dict[str, Any]] = load(found[0] if found else written)[name]
    return part


def read_snapshot(written: bytes) -> tuple[dict[str, Any], tuple[Form, ...]]:
    """The parts of a snapshot as plain data, without the forms; and the forms.

    Raises ValueError, KeyError, TypeError or AttributeError where it is not what examgen writes.
    """
    above, _, below = written.partition(_FORMS)
    if blocks := _blocks(below, _FORM):
        parts = load(above)
        if forms := _forms(blocks, _items(parts)):
            return parts, forms
    parts = load(written)  # set in another way than ours
    items = _items(parts)
    return parts, tuple(
        Form(name=form["name"], items=tuple(_printed(question, items) for question in form["items"]))
        for form in parts.pop("forms")
    )


def _items(parts: dict[str, Any]) -> dict[str, Item]:
    return {data["id"]: Item.model_validate(data) for data in parts["items"]}


def _printed(question: dict[str, Any], items: dict[str, Item]) -> PrintedItem:
    return PrintedItem.model_validate({**question, "item": items[question["item"]]})


def _blocks(text: bytes, pattern: re.Pattern[bytes]) -> list[tuple[bytes, bytes]]:
    """What the two groups of a pattern find from the beginning of a text to its end; empty if it has more."""
    found = list(pattern.finditer(text))
    is_all = sum(one.end() - one.start() for one in found) == len(text)
    return [(one[1], one[2]) for one in found] if is_all else []


def _forms(blocks: list[tuple[bytes, bytes]], items: dict[str, Item]) -> tuple[Form, ...]:
    """The forms, which share the questions that are alike; none where one is set in another way than ours."""

    @cache
    def unnumbered(fields: bytes) -> PrintedItem:
        [question] = load(b"  - question: 0\n" + fields)
        return _printed(question, items)

    @cache
    def printed(number: bytes, fields: bytes) -> PrintedItem:
        return unnumbered(fields).model_copy(update={"question": int(number)})

    found = []
    for name, questions in blocks:
        numbered = _blocks(questions, _QUESTION)
        if not numbered:
            return ()
        [said] = load(b"- " + name)
        found.append(Form(name=said, items=tuple(printed(number, fields) for number, fields in numbered)))
    return tuple(found)
