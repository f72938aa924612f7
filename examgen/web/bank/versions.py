"""The versions of an item that git knows."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from examgen.web.history import Version, contents, versions
from examgen.web.workspace import workspace
from examgen.workflow.bank.differences import Piece, changes_between, item_in, lines_of
from examgen.workflow.bank.opened import OpenUnit

MOST_COMMITS = 100
"""Of a file that are looked at."""


class Changed(NamedTuple):
    """A commit that changed an item, and what it changed; an item that came with it has all its fields."""

    version: Version
    changes: list[tuple[str, list[Piece]]]
    is_new: bool


def item_versions(unit: OpenUnit, name: str) -> list[Changed]:
    """The commits that changed an item, the newest first; nothing where there is no repository."""
    found: list[Changed] = []
    later: tuple[Version, bytes] | None = None
    for version, data in zip(*of_file(unit.file_of(name)), strict=True):
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


def of_file(path: Path) -> tuple[list[Version], list[bytes]]:
    """The commits that changed a file, the newest first, and the file as each had it."""
    found = versions(workspace(), path, MOST_COMMITS)
    return found, contents(workspace(), found, path)
