"""A blueprint while somebody edits it: fields are inserted into its text, usable items counted, and forms
tried.

A changed field replaces only its own lines. All other lines, including comments, stay as written.
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
"""The maximum number of printed items, over all forms, that are tried during editing; larger exams are
checked when they are built."""


# ── fields of a text ─────────────────────────────────────────────────────────────────────────


def with_fields(text: str, changes: Mapping[str, Any]) -> str | None:
    """Return the text with new values for top-level fields; None removes a field.

    Returns None if the text is not a list of fields, each on lines of its own.
    """
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
    """Return the first and last line of a field, and the comment after it if it is on a single line."""
    first, last = key.start_mark.line, key.end_mark.line
    end = 0
    for mark in _ends(value):
        line = mark.line - 1 if mark.column == 0 and mark.line > first else mark.line
        if line >= last:
            last, end = line, mark.column
    behind = lines[last][end:].strip() if first == last and last < len(lines) else ""
    return first, last, f"  {behind}" if behind.startswith("#") else ""


def _ends(node: yaml.Node) -> list[yaml.Mark]:
    """Return the end marks of the parts of a node. For a list on lines of its own, these are the ends of its
    parts."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        return [node.end_mark]
    parts = [part for one in node.value for part in (one if isinstance(one, tuple) else (one,))]
    return [mark for part in parts for mark in _ends(part)]


def _field(name: str, value: Any, comment: str) -> list[str]:
    """Return the lines of a field. Criteria and titles have one line each; other values are on one line."""
    if value is None:
        return []
    if isinstance(value, dict) and (name == "title" or (len(value) > 1 and name in ("criteria", "unit_mix"))):
        return [f"{name}:{comment}", *(f"  {_flow({key: one})[1:-1]}" for key, one in value.items())]
    return [f"{name}: {_flow(value)}{comment}"]


def _flow(value: Any) -> str:
    """Return a value as YAML on one line."""
    text = yaml.safe_dump(value, allow_unicode=True, sort_keys=False, default_flow_style=True, width=100_000)
    return text.removesuffix("\n").removesuffix("\n...")


def data_of(text: str) -> dict[str, Any] | None:
    """Return the fields of a text; None if it is not a list of fields."""
    if is_too_deep(text) or "&" in text:
        return None
    try:
        data = yaml.load(text, Loader=SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def set_at(data: dict[str, Any], path: Sequence[str | int], value: Any) -> Any:
    """Return the new value of a top-level field after the part of it at `path` is set to `value`; None
    removes the part."""
    return _set(deepcopy(data.get(str(path[0]))), path[1:], value)


_BESIDE_ITEMS = ("items", "mirror", "place", "statuses")
"""Fields of an anchor or of pilot items, which may also be written as a bare number of items."""


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
    """Return the units with these codes that can be read."""
    found = (load_standard(workspace / "item_bank" / code) for code in codes)
    return [unit for unit in found if unit is not None]


class BlueprintTrial(NamedTuple):
    """Result of a trial: the usable items by criterion, and the exam that would be built or the reason why it
    cannot be."""

    counts: Mapping[str, tuple[int, int]]
    """The number of usable items and of all items, by criterion."""
    found: PlannedExam | None = None
    refusal: ExamgenError | None = None


def counted(blueprint: Blueprint, workspace: Path) -> BlueprintTrial:
    """Count the bank's usable items of each criterion, or return the reason why they cannot be counted."""
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
    """Try to find the forms of a blueprint, unless there are too many; nothing is written."""
    came = counted(blueprint, workspace)
    if came.refusal or blueprint.n_forms * blueprint.printed_items > MOST_TRIED:
        return came
    try:
        return came._replace(found=planned(blueprint, document, workspace))
    except ExamgenError as refusal:
        return came._replace(refusal=refusal)


def repair_messages(refusal: ExamgenError) -> list[dict[str, Any]]:
    """Return the repairs of a blueprint that cannot be met: a sentence in both languages, the path and new
    value of each changed field, and its old value.

    A repair that requires new items has no changes.
    """
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
    """Return the reason why forms are not tried during editing if there are too many."""
    return tell(
        "{n:,} forms of {items} items are checked when the exam is built, not while you edit",
        n=blueprint.n_forms,
        items=blueprint.printed_items,
    )
