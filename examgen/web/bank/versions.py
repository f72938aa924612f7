"""The versions of an item that git knows."""

from __future__ import annotations

from typing import NamedTuple

from examgen.web.history import Version, content, versions
from examgen.web.workspace import workspace
from examgen.workflow.bank.differences import Piece, changes_between, item_in, lines_of
from examgen.workflow.bank.opened import OpenUnit

_MOST_COMMITS = 60


class Changed(NamedTuple):
    """A commit that changed an item, and what it changed; an item that came with it has all its fields."""

    version: Version
    changes: list[tuple[str, list[Piece]]]
    is_new: bool


def item_versions(unit: OpenUnit, name: str, most: int = _MOST_COMMITS) -> list[Changed]:
    """The commits that changed an item, the newest first; nothing where there is no repository."""
    path, place = unit.file_of(name), workspace()
    found: list[Changed] = []
    later: tuple[Version, bytes] | None = None
    for version in versions(place, path, most):
        data = content(place, version, path) or b""
        if later and lines_of(later[1], name) != lines_of(data, name):
            _add(found, *later, data, name)
        later = (version, data)
    if later:
        _add(found, *later, b"", name)
    return found


def _add(found: list[Changed], version: Version, data: bytes, before: bytes, name: str) -> None:
    now, was = item_in(data, name), item_in(before, name)
    if now is not None and now != was:
        found.append(Changed(version, changes_between(was or {}, now), was is None))


def last_change(unit: OpenUnit, name: str) -> Version | None:
    """The commit that gave an item its present text."""
    found = item_versions(unit, name)
    return found[0].version if found else None
