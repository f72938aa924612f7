"""A blueprint while somebody writes it: fields put into its text, its items counted, its forms tried.

The text stays what its writer wrote: a field that is changed takes the place of its own lines, and whatever
stands on other lines, comments among them, is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from examgen.assembly.blueprints import shelves_of
from examgen.assembly.building import PlannedExam, planned
from examgen.assembly.usable import bank_of, pool_of
from examgen.bank.loading import load_standard
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.standard import Unit
from examgen.core.problems import ExamgenError
from examgen.core.words import tell
from examgen.core.yamlfile import Document, SafeLoader, is_too_deep

MOST_TRIED = 2_000
"""Printed items of all forms together that are tried while somebody writes: of more the build tells."""


# ── fields of a text ─────────────────────────────────────────────────────────────────────────


def with_fields(text: str, changes: Mapping[str, Any]) -> str | None:
    """The text with top fields of other values; None takes a field out. None where the text is not a list of
    fields, each on lines of its own."""
    if is_too_deep(text):
        return None
    try:
        root = yaml.compose(text, Loader=SafeLoader) if text.strip() else None
    except yaml.YAMLError:
        return None
    if root is not None and (not isinstance(root, yaml.MappingNode) or root.flow_style):
        return None
    lines = text.splitlines()
    spans = {str(key.value): _lines_of(key, value, lines) for key, value in (root.value if root else ())}
    left = dict(changes)
    for name in sorted(spans.keys() & left.keys(), key=lambda one: -spans[one][0]):
        first, last, comment = spans[name]
        lines[first : last + 1] = _field(name, left.pop(name), comment)
    for name, value in left.items():
        lines += _field(name, value, "")
    return "\n".join(lines) + "\n"


def _lines_of(key: yaml.Node, value: yaml.Node, lines: Sequence[str]) -> tuple[int, int, str]:
    """First and last line of a field, and the comment behind it where it has a single line."""
    first, last = key.start_mark.line, key.end_mark.line
    end = 0
    for mark in _ends(value):
        line = mark.line - 1 if mark.column == 0 and mark.line > first else mark.line
        if line >= last:
            last, end = line, mark.column
    behind = lines[last][end:].strip() if first == last and last < len(lines) else ""
    return first, last, f"  {behind}" if behind.startswith("#") else ""


def _ends(node: yaml.Node) -> list[yaml.Mark]:
    """Return the ends of the parts of a node; of a list on lines of its own, the end of its last part."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        return [node.end_mark]
    parts = [part for one in node.value for part in (one if isinstance(one, tuple) else (one,))]
    return [mark for part in parts for mark in _ends(part)]


def _field(name: str, value: Any, comment: str) -> list[str]:
    """The lines of a field: criteria and titles each on a line, all else on one."""
    if value is None:
        return []
    if isinstance(value, dict) and (name == "title" or (len(value) > 1 and name in ("criteria", "unit_mix"))):
        return [f"{name}:{comment}", *(f"  {_flow({key: one})[1:-1]}" for key, one in value.items())]
    return [f"{name}: {_flow(value)}{comment}"]


def _flow(value: Any) -> str:
    """A value on one line, as YAML reads it."""
    text = yaml.safe_dump(value, allow_unicode=True, sort_keys=False, default_flow_style=True, width=100_000)
    return text.removesuffix("\n").removesuffix("\n...")


def data_of(text: str) -> dict[str, Any] | None:
    """The fields of a text; None where it is not a list of fields."""
    if is_too_deep(text) or "&" in text:
        return None
    try:
        data = yaml.load(text, Loader=SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def set_at(data: dict[str, Any], path: Sequence[str | int], value: Any) -> Any:
    """The value of the top field after the part at `path` has another one; None takes the part out."""
    return _set(deepcopy(data.get(str(path[0]))), path[1:], value)


_BESIDE_ITEMS = ("items", "mirror", "place", "statuses")
"""What an anchor or pilot items say, which may be written as their number alone."""


def _set(at: Any, path: Sequence[str | int], value: Any) -> Any:
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(at, list) and isinstance(step, int) and step < len(at):
        at[step] = _set(at[step], rest, value)
        return at
    if not isinstance(at, dict):
        at = {"items": at} if isinstance(at, int) and step in _BESIDE_ITEMS else {}
    found = _set(at.get(step, at.get(str(step))), rest, value)
    kept = {key: one for key, one in at.items() if str(key) != str(step) or found is not None}
    if found is not None:
        kept[step if str(step) not in kept else str(step)] = found
    return kept or None


# ── what the bank has ────────────────────────────────────────────────────────────────────────


def standards(workspace: Path, codes: Sequence[str]) -> list[Unit]:
    """The units of those codes that can be read."""
    found = (load_standard(workspace / "item_bank" / code) for code in codes)
    return [unit for unit in found if unit is not None]


class BlueprintTrial(NamedTuple):
    """Result of a trial: usable items by criterion, and the exam that would be built, or why there is
    none."""

    counts: Mapping[str, tuple[int, int]]
    """Of each criterion, items that may be used and items that there are."""
    found: PlannedExam | None = None
    refusal: ExamgenError | None = None


def counted(blueprint: Blueprint, workspace: Path) -> BlueprintTrial:
    """Count the bank's usable items of each criterion, or say why they cannot be counted."""
    try:
        shelves, _ = shelves_of(workspace, blueprint)
        bank = bank_of(shelves)
        usable = [item.pc for item in pool_of(bank, blueprint).items]
    except ExamgenError as refusal:
        return BlueprintTrial({}, refusal=refusal)
    there = [item.pc for item in bank.items]
    codes = [one.code for unit in bank.units for one in unit.criteria]
    return BlueprintTrial({code: (usable.count(code), there.count(code)) for code in codes})


def tried(blueprint: Blueprint, document: Document, workspace: Path) -> BlueprintTrial:
    """The forms of a blueprint found, and nothing written."""
    came = counted(blueprint, workspace)
    if came.refusal or blueprint.n_forms * blueprint.printed_items > MOST_TRIED:
        return came
    try:
        return came._replace(found=planned(blueprint, document, workspace))
    except ExamgenError as refusal:
        return came._replace(refusal=refusal)


def repair_messages(refusal: ExamgenError) -> list[dict[str, Any]]:
    """The repairs of a blueprint that cannot be met: a sentence in both languages, the fields that change,
    each with its path and what it shall say, and what each said before; none where items have to be
    written."""
    found = []
    for one in refusal.details.get("repairs", ()):
        changed = [] if one["write"] else one["change"]
        found.append(
            {
                "en": one["message"],
                "th": one["th"],
                "is_spread": one["spread"],
                "changes": [[change["path"], change["to"]] for change in changed],
                "before": [change["from"] for change in changed],
            }
        )
    return found


def too_many(blueprint: Blueprint) -> str:
    """Why so many forms are not tried while somebody writes."""
    return tell(
        "{n:,} forms of {items} items are checked when the exam is built, not while you edit",
        n=blueprint.n_forms,
        items=blueprint.printed_items,
    )
