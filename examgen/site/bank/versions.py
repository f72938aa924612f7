"""The versions of an item that git knows."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from django.http import Http404

from examgen.bank.differences import TextPiece, changes_between, item_in, lines_of
from examgen.bank.opened import OpenUnit
from examgen.core.storage import read_input
from examgen.site.git_history import Version, contents, versions
from examgen.site.workspace import workspace

MOST_COMMITS = 100
"""Of a file that are looked at."""


class Changed(NamedTuple):
    """A commit that changed an item, and what it changed; an item that came with it has all its fields."""

    version: Version
    changes: list[tuple[str, list[TextPiece]]]
    is_new: bool


def item_versions(unit: OpenUnit, name: str) -> list[Changed]:
    """The commits that changed an item, the newest first; nothing where there is no repository."""
    found: list[Changed] = []
    later: Version | None = None
    lines, now = b"", None
    for version, data in zip(*of_file(unit.file_of(name)), strict=True):
        there = lines_of(data, name)
        if later is None:
            now = item_in(data, name)
        elif there != lines:
            was = item_in(data, name)
            found += _change(later, now, was)
            now = was
        later, lines = version, there
    return [*found, *(_change(later, now, None) if later else ())]


def changes_since(unit: OpenUnit, name: str, at: datetime) -> list[tuple[str, list[TextPiece]]]:
    """What was changed of an item after it was sent back to draft at that time, its status apart; nothing
    where git does not tell."""
    path = unit.file_of(name)
    second = at.replace(microsecond=0)
    found, kept = of_file(path)
    texts = [item_in(data, name) or {} for data in kept]
    for n, (version, was) in enumerate(zip(found, texts, strict=True), 1):
        before = texts[n] if n < len(texts) else {}
        when = datetime.fromisoformat(version.at)
        # git keeps whole seconds: of that one, the newest commit that made it a draft is the return
        became = was.get("status") == "draft" != before.get("status")
        if when < second or (when == second and became):
            now = item_in(read_input(path), name) or {}
            changes = changes_between(was, now)
            return [(field, parts) for field, parts in changes if field != "status"]
    return []


def version_of(unit: OpenUnit, name: str, commit: str) -> tuple[Version, dict[str, str]]:
    """A version of an item that a commit has, and its texts by the fields of a form; raises Http404."""
    for version, data in zip(*of_file(unit.file_of(name)), strict=True):
        if version.commit == commit and (fields := item_in(data, name)) is not None:
            waived = {field: text for field, text in fields.items() if field.startswith("waivers.")}
            lines = (f"{field.partition('.')[2]}: {reason}" for field, reason in waived.items())
            return version, {**fields, "waivers": "\n".join(lines)}
    raise Http404


def _change(version: Version, now: dict[str, str] | None, was: dict[str, str] | None) -> list[Changed]:
    if now is None or now == was:
        return []
    return [Changed(version, changes_between(was or {}, now), was is None)]


def of_file(path: Path) -> tuple[list[Version], list[bytes]]:
    """The commits that changed a file, the newest first, and the file as each had it."""
    found = versions(workspace(), path, MOST_COMMITS)
    return found, contents(workspace(), found, path)
