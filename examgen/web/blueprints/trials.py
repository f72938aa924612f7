"""Blueprints tried while somebody writes: one at a time, and nobody waits for an answer.

A trial that takes longer than a moment goes on by itself, and the page asks again. A trial that waits is
given up as soon as its writer has written on.
"""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Lock

from examgen.models.blueprint import Blueprint
from examgen.storage import sha256
from examgen.web.workspace import unit_folders, workspace
from examgen.workflow.blueprint_drafts import Tried, tried
from examgen.yamlfile import Document

MOMENT = 0.7
"""Seconds that a page waits for a trial."""
_MOST_KEPT = 32
_thread = ThreadPoolExecutor(1, thread_name_prefix="trial")
_kept: OrderedDict[str, Future[Tried]] = OrderedDict()
_last: dict[int, str] = {}
_lock = Lock()


def trial(blueprint: Blueprint, document: Document, text: str, user: int) -> Tried | None:
    """What came of it; None where it is still under way."""
    key = sha256(f"{text}\0{_state(blueprint.units)}".encode())
    with _lock:
        before = _last.get(user)
        if before is not None and before != key and before in _kept and _kept[before].cancel():
            del _kept[before]
        _last[user] = key
        if key not in _kept or _kept[key].cancelled():
            _kept[key] = _thread.submit(tried, blueprint, document, workspace())
        _kept.move_to_end(key)
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)[1].cancel()
        found = _kept[key]
    try:
        return found.result(MOMENT)
    except TimeoutError:
        return None


def _state(units: tuple[str, ...]) -> str:
    """What tells whether a unit has changed since."""
    folders = unit_folders()
    files: list[Path] = []
    for code in units:
        if code in folders:
            files += [*sorted(folders[code].glob("*.*")), *sorted(folders[code].glob("items/*.yaml"))]
    stamps = [(path.name, path.stat().st_mtime_ns) for path in files]
    return f"{workspace()}{stamps}"
