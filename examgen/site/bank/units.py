"""The units of the bank for pages: read once, and again when their files have changed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.http import Http404

from examgen.bank.opened import OpenUnit, stamp_of
from examgen.bank.opened import opened as as_it_is
from examgen.core.files import sha256
from examgen.core.models.field_types import CATEGORY_WORDS, STATUS_WORDS, STATUSES
from examgen.core.models.item import DECIDED_BY_WORDS, Item
from examgen.core.problems import Refused
from examgen.core.readings import stamp_of as stamp_of_file
from examgen.core.words import tell
from examgen.site.access import may, units_for
from examgen.site.accounts.models import Role
from examgen.site.workspace import unit_folder, unit_folders, workspace

SEE = frozenset({Role.WRITER, Role.REVIEWER, Role.ASSEMBLER, Role.PSYCHOMETRICIAN})
"""The roles that see the text of items."""
KEYS = frozenset({Role.WRITER, Role.REVIEWER})
"""The roles that see complete items, with their keys."""
READ = SEE | {Role.AUDITOR}
VOID = "void"
"""In place of a status: the item was approved, but not its present text."""
SHOWN_WORDS = {**STATUS_WORDS, VOID: tell("approval void")}
"""The labels of statuses, including `void`."""
SHOWN = (*STATUSES, VOID)


def opened(code: str) -> OpenUnit:
    """Returns a unit from its present files. Raises Http404 if there is none, and Refused if it cannot be
    read."""
    unit_folder(code)
    return as_it_is(workspace(), code)


def stamp_text(code: str) -> str:
    """Returns a short hash of the state of a unit's files, for storing and comparing later."""
    return sha256(repr(stamp_of(workspace(), code)).encode())


def bank_stamp() -> tuple[object, ...]:
    """Returns a value that changes whenever the files of the bank change, including blueprints."""
    found: list[object] = [str(workspace())]
    for code, folder in unit_folders().items():
        plans = sorted((folder / "blueprints").glob("*.y*ml"))
        found.append((code, stamp_of(workspace(), code), [(one.name, stamp_of_file(one)) for one in plans]))
    return tuple(found)


def item_of(unit: OpenUnit, name: str) -> Item:
    """Returns an item of a unit. Raises Http404 if there is none."""
    try:
        return unit.items[name]
    except KeyError:
        raise Http404 from None


def units_seen(user: Any, roles: Collection[Role] = READ) -> list[tuple[str, OpenUnit | None]]:
    """Returns the units that the user may see; None in place of a unit that cannot be read."""
    mine = units_for(user, roles)
    found: list[tuple[str, OpenUnit | None]] = []
    for code in unit_folders():
        if mine is None or code in mine:
            try:
                found.append((code, opened(code)))
            except Refused:
                found.append((code, None))
    return found


def shown_as(unit: OpenUnit, item: Item) -> str:
    """Returns the status of an item; `void` if its present text is not the approved one."""
    return VOID if item.id in unit.voided else item.status


def sees_keys(user: Any, code: str) -> bool:
    """Returns whether the user sees complete items of the unit."""
    return may(user, KEYS, {code})


def rights(user: Any, unit: OpenUnit) -> dict[str, Any]:
    """Returns what templates need about a unit and the user's rights in it."""
    return {
        "unit": unit,
        "with_keys": sees_keys(user, unit.code),
        "writes": may(user, {Role.WRITER}, {unit.code}),
        "reviews": may(user, {Role.REVIEWER}, {unit.code}),
        "status_words": SHOWN_WORDS,
        "shown_as": shown_as,
        "category_words": CATEGORY_WORDS,
        "decided_by_words": DECIDED_BY_WORDS,
    }
