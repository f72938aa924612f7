"""Units of the bank as pages need them: opened once, opened anew where their files have changed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.http import Http404

from examgen.bank.opened import OpenUnit, stamp_of
from examgen.bank.opened import opened as as_it_is
from examgen.core.files import sha256
from examgen.core.models.base import CATEGORY_WORDS, STATUS_WORDS, STATUSES
from examgen.core.models.item import DECIDED_BY_WORDS, Item
from examgen.core.problems import Refused
from examgen.core.readings import stamp_of as stamp_of_file
from examgen.core.words import tell
from examgen.site.access import may, units_for
from examgen.site.accounts.roles import Role
from examgen.site.workspace import unit_folder, unit_folders, workspace

SEE = frozenset({Role.WRITER, Role.REVIEWER, Role.ASSEMBLER, Role.PSYCHOMETRICIAN})
"""Who sees what items ask."""
KEYS = frozenset({Role.WRITER, Role.REVIEWER})
"""Who sees items whole, with their keys."""
READ = SEE | {Role.AUDITOR}
VOID = "void"
"""In place of a status: the item counts as approved, but nobody approved its text as it is now."""
SHOWN_WORDS = {**STATUS_WORDS, VOID: tell("approval void")}
"""What items are shown as, as people read it."""
SHOWN = (*STATUSES, VOID)


def opened(code: str) -> OpenUnit:
    """A unit as its files are now; Http404 where there is none, Refused where it cannot be read."""
    unit_folder(code)
    return as_it_is(workspace(), code)


def stamp_text(code: str) -> str:
    """The stamp of a unit in few letters, to be kept."""
    return sha256(repr(stamp_of(workspace(), code)).encode())


def bank_stamp() -> tuple[object, ...]:
    """What tells the whole bank from what it was before, blueprints and all."""
    found: list[object] = [str(workspace())]
    for code, folder in unit_folders().items():
        plans = sorted((folder / "blueprints").glob("*.y*ml"))
        found.append((code, stamp_of(workspace(), code), [(one.name, stamp_of_file(one)) for one in plans]))
    return tuple(found)


def item_of(unit: OpenUnit, name: str) -> Item:
    """An item of a unit; Http404 where there is none."""
    try:
        return unit.items[name]
    except KeyError:
        raise Http404 from None


def units_seen(user: Any, roles: Collection[Role] = READ) -> list[tuple[str, OpenUnit | None]]:
    """The units that somebody may see, those that cannot be read with None."""
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
    """The status of an item; `void` where what was approved is not its present text."""
    return VOID if item.id in unit.voided else item.status


def sees_keys(user: Any, code: str) -> bool:
    """Whether somebody sees items of that unit whole."""
    return may(user, KEYS, {code})


def rights(user: Any, unit: OpenUnit) -> dict[str, Any]:
    """What templates ask of a unit and of who looks at it."""
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
