"""Edits one item in a form: the texts of its fields, the item that they would make, and its saving in the
bank.

A form is treated as a workbook of one line. Its fields are the columns, and changes are saved by the code
that imports a workbook. Fields have the names used there: `stem`, `options.a`, `rationale.a`, `key`, …
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from examgen.bank.opened import OpenUnit, opened
from examgen.bank.spreadsheets import carry_out, ids_named
from examgen.bank.whole_bank import changes_bank, usable_unit
from examgen.bank.workbook import differences as workbook_changes
from examgen.bank.workbook.columns import cells_of, columns, heading_of, whole_sha256
from examgen.bank.workbook.differences import ImportPlan
from examgen.bank.workbook.faults import UNDERSTOOD
from examgen.bank.workbook.table import ItemCell, ItemRow, ItemTable
from examgen.bank.workbook.texts import digest
from examgen.bank.workbook.values import value_of
from examgen.core.models.item import BankUnit, Item
from examgen.core.problems import Problem, Refused
from examgen.core.words import tell

Texts = Mapping[str, str]
"""The text of each field of the form."""

FIELDS = tuple(one.field for one in columns() if one.field not in ("id", "status"))
"""The fields of a form. An id never changes, and a status changes only by a decision."""


def texts_of(item: Item | None) -> dict[str, str]:
    """Return the values of the fields of a form for an item; empty for a new one."""
    said: dict[str, str] = {}
    if item is not None:
        said = {**cells_of(item), "cognitive": item.cognitive, "decided_by": item.decided_by or ""}
    return {
        field: said.get(field, "")
        for field in (*FIELDS, *[field for field in said if "." in field and field not in FIELDS])
    }


def fingerprint(item: Item) -> str:
    """Return a digest of the whole item, which changes with any part of it."""
    return whole_sha256(item)


def digests_of(item: Item | None) -> dict[str, str]:
    """Return a short digest of each field, from which it can later be seen which fields changed."""
    return {field: digest(text) for field, text in texts_of(item).items()}


class Saved(NamedTuple):
    """An item that was saved: its present and its previous version (None for a new item), the changed fields,
    the files written, and notices.
    """

    item: Item
    before: Item | None
    changed: tuple[str, ...]
    files: tuple[Path, ...]
    notices: tuple[Problem, ...]


class ChangedMeanwhile(Refused):
    """Raised if the item has changed since the form was opened."""

    def __init__(self, item: Item) -> None:
        super().__init__(tell("{item} was changed by another person in the meantime", item=item.id))
        self.item = item


@changes_bank
def save_item(bank_folder: Path, code: str, name: str | None, texts: Texts, base: str | None) -> Saved:
    """Save one item: a new one if it has no name, else one that is changed from the version with the
    fingerprint `base`.

    Raises ChangedMeanwhile if the item has changed since then, Refused with every fault.
    """
    unit = opened(bank_folder.parent, code)
    if not unit.is_sound:
        usable_unit(bank_folder, code)  # which says why not
    shelf, before = unit.bank_unit, unit.items.get(name or "")
    if name is not None and before is None:
        raise Refused.because("{item} is no longer in the bank", item=name)
    if before is not None and fingerprint(before) != base:
        raise ChangedMeanwhile(before)
    used = [] if before else ids_named(bank_folder / code, shelf)  # no other has the id of what is there
    plan = _plan(shelf, name, texts, used)
    done = carry_out(bank_folder, code, plan, Path(name or "-"), dry_run=False)
    notices = tuple(one for one in done.notices if one.code != UNDERSTOOD)
    if plan.added:
        return Saved(plan.added[0].item, None, (), done.files, notices)
    if before is None:  # a text that the bank has already
        raise Refused.because("nothing was written", notices)
    after = opened(bank_folder.parent, code).items[before.id]
    changed = tuple(change.field for one in plan.changed for change in one.changes)
    return Saved(after, before, changed, done.files, notices)


def _plan(shelf: BankUnit, name: str | None, texts: Texts, used: list[str]) -> ImportPlan:
    cells = {
        field: ItemCell(text.replace("\r\n", "\n"), field, heading=heading_of(field))
        for field, text in texts.items()
    }
    cells["id"] = ItemCell(name or "", "id")
    return workbook_changes.plan(ItemTable((ItemRow("form", cells),), None, ()), shelf, used)


class ItemDraft(NamedTuple):
    """An item made from a form (None if it cannot be made yet), and the problems found in it."""

    item: Item | None
    problems: tuple[Problem, ...]


def draft_of(unit: OpenUnit, name: str | None, texts: Texts) -> ItemDraft:
    """Return the item of an unsaved form, with all problems that `bank check` would report for it."""
    plan = _plan(unit.bank_unit, name, texts, [])
    problems = tuple(one for one in plan.problems if one.code != UNDERSTOOD)
    if not any(field.startswith("options.") and text.strip() for field, text in texts.items()):
        return ItemDraft(None, problems)
    item = sketch_of(unit, texts, name)
    with suppress(ValueError):  # a key that is no option is told
        item = item.model_copy(update={"key": value_of("key", texts.get("key", ""), unit.unit) or ()})
    faulty = [one.field or "" for one in problems if one.severity == "error"]
    found = [
        one
        for one in unit.findings_of(item)
        if not any(
            own == wrong or own.startswith(f"{wrong}.") or wrong.startswith(f"{own}.")
            for own, wrong in ((one.field or "", field) for field in faulty)
        )
    ]
    return ItemDraft(item, (*problems, *found))


def sketch_of(unit: OpenUnit, texts: Texts, name: str | None = None) -> Item:
    """Return the item of an incomplete form for display; it must never be saved.

    Missing texts are shown as three dots; a missing criterion or category becomes the first one.
    """
    known = unit.items.get(name or "")
    values: dict[str, Any] = {"options": {}, "right_if": {}, "rationale": {}}
    for field, text in texts.items():
        group, _, letter = field.partition(".")
        with suppress(ValueError):
            value = value_of(field, text.replace("\r\n", "\n"), unit.unit)
            if value:
                (values[group] if letter else values)[letter or group] = value
    options = values["options"] or {"a": "…", "b": "…"}
    for group in ("rationale", "right_if"):
        values[group] = {letter: text for letter, text in values[group].items() if letter in options}
    for group in ("key", "anchored"):
        values[group] = tuple(letter for letter in values.get(group, ()) if letter in options)
    if values.get("shared_stimulus") not in {one.id for one in unit.shelf.stimuli}:
        values["shared_stimulus"] = None
    base = {
        "id": "…",
        "pcs": (unit.unit.criteria[0].code,),
        "levels": (),
        "cognitive": "remember",
        "stem": "…",
        "reference": "…",
        "status": "draft",
        "model": None,
    }
    kept = {field: getattr(known, field) for field in ("id", "status", "model")} if known else {}
    return Item.model_construct(**{**base, **values, "options": options, **kept})


class Merged(NamedTuple):
    """A form whose item was changed by another person in the meantime: the merged texts, and the
    conflicts.
    """

    texts: dict[str, str]
    theirs: dict[str, str]
    """The fields that the other person changed, with their texts."""
    both: tuple[str, ...]
    """The fields that both changed differently; the form keeps the user's text."""


def merged(item: Item, texts: Texts, base: Mapping[str, str]) -> Merged:
    """Merge the user's form with the item as it is now; `base` has the digests of the texts at which the form
    began.
    """
    now = texts_of(item)
    shown, theirs, both = {}, {}, []
    for field in dict.fromkeys((*now, *texts)):
        mine, other = texts.get(field, "").replace("\r\n", "\n"), now.get(field, "")
        was = base.get(field, digest(""))
        is_mine, is_theirs = digest(mine) != was, digest(other) != was
        shown[field] = mine if is_mine else other
        if is_theirs:
            theirs[field] = other
        if is_mine and is_theirs and mine != other:
            both.append(field)
    return Merged(shown, theirs, tuple(both))
