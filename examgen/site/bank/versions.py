"""The versions of an item that git knows."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from django.http import Http404

from examgen.bank.differences import ItemLines, TextPiece, changes_between, item_in
from examgen.bank.opened import OpenUnit
from examgen.core.files import read_input
from examgen.core.readings import Readings
from examgen.site.git_history import Version, contents, versions
from examgen.site.workspace import workspace

MOST_COMMITS = 100
"""Of a file that are looked at."""
APPROVED = ("approved", "pilot", "operational")
"""The statuses that an approval leads to."""


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
        there = ItemLines(data).of(name)
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


class Step(NamedTuple):
    """What a commit did to an item: it changed more than its status, brought it, or made it approved."""

    version: Version
    is_change: bool
    is_new: bool
    is_approved: bool


class Steps(NamedTuple):
    """What commits did to an item, the newest first; whether the item is as the last of them left it; and
    whether these are all the commits of its file."""

    steps: list[Step]
    is_entered: bool
    is_whole: bool


class _File:
    """The commits of a file as they were last seen, and what they did to each item that was asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.Lock()
        self.found: list[Version] = []
        self.newest: ItemLines | None = None
        """The file as the newest commit left it."""
        self.steps: dict[str, list[Step]] = {}

    def go_on(self, found: list[Version]) -> None:
        """Adds what was entered since; begins anew where the history is another."""
        known = self.found[0] if self.found else None
        n_new = found.index(known) if known in found else len(found)
        if found[n_new:] != self.found[: len(found) - n_new]:
            self.steps.clear()
        if n_new:
            self._add(self.steps, found, n_new)
        self.found = found

    def begin(self, names: Iterable[str]) -> None:
        """Reads all commits for items of which none was looked at."""
        if new := [name for name in names if name not in self.steps]:
            self._add(new, self.found, len(self.found))

    def _add(self, names: Iterable[str], found: list[Version], n: int) -> None:
        texts = [ItemLines(text) for text in contents(workspace(), found[: n + 1], self.path)]
        self.newest = texts[0] if texts else None
        there = {*found[:MOST_COMMITS]}
        for name in names:
            steps = [*_steps(name, found[:n], texts), *self.steps.get(name, ())]
            # beyond the last that is looked at lies one to compare with
            self.steps[name] = [one for one in steps if one.version in there]


def _steps(name: str, found: Sequence[Version], texts: Sequence[ItemLines]) -> Iterator[Step]:
    """What commits did to an item, by its file as they and the one before had it."""
    for version, text, before in zip(found, texts, [*texts[1:], None], strict=False):
        if before is not None and text.of(name) == before.of(name):
            continue
        told = item_in(text.data, name) or {}
        was = None if before is None else item_in(before.data, name)
        is_change = bool(told) and {**told, "status": ""} != {**(was or {}), "status": ""}
        is_approved = told.get("status") in APPROVED and (was or {}).get("status") not in APPROVED
        if is_change or is_approved:
            yield Step(version, is_change, was is None, is_approved)


_files = Readings[_File](200)
_now = Readings[ItemLines](200)


def steps_of(path: Path, names: Iterable[str]) -> dict[str, Steps]:
    """What commits did to items of a file; what was found once is kept, what was entered since is read."""
    known = _files.of(path, (), lambda: _File(path))
    now = _now.of(path, [path], lambda: ItemLines(read_input(path)))
    with known.lock:
        found = versions(workspace(), path, MOST_COMMITS + 1)
        known.go_on(found)
        known.begin(names := [*names])
        is_whole, newest = len(found) <= MOST_COMMITS, known.newest
        return {
            name: Steps(known.steps[name], newest is not None and newest.of(name) == now.of(name), is_whole)
            for name in names
        }
