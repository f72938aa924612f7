"""The workspace that the site serves: the bank and the exams in it, by their names in URLs.

A name from a URL is compared with existing names, and never made into a path.
"""

from __future__ import annotations

import csv
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404

from examgen.core.exam.bindings import Fingerprints, recorded_fingerprints
from examgen.core.exam.manifest import manifest_bytes, manifest_of
from examgen.core.exam.names import FORMS_CSV, MANIFEST
from examgen.core.readings import Readings


def workspace() -> Path:
    """Returns the folder of the workspace."""
    return Path(settings.WORKSPACE)


def bank() -> Path:
    """Returns the folder of the item bank."""
    return workspace() / "item_bank"


def output() -> Path:
    """Returns the folder of the exams."""
    return workspace() / "output"


def unit_folders() -> dict[str, Path]:
    """Returns the folder of each unit by code."""
    return {path.parent.name: path.parent for path in sorted(bank().glob("*/unit.yaml"))}


def unit_folder(code: str) -> Path:
    """Returns the folder of a unit. Raises Http404 if there is none."""
    return _holding(bank(), code, "unit.yaml")


EXAMS_ON_PAGE = 30
"""The number of exams on a page of a list."""


def exam_folders() -> dict[str, Path]:
    """Returns the folder of each exam package by name, newest first."""
    found = [path for path in output().glob(f"*/{MANIFEST}") if not path.parent.name.startswith(".")]
    found.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    return {path.parent.name: path.parent for path in found}


def exam_folder(name: str) -> Path:
    """Returns the folder of an exam. Raises Http404 if there is none."""
    if name.startswith("."):
        raise Http404
    return _holding(output(), name, MANIFEST)


def _holding(folder: Path, name: str, file: str) -> Path:
    """Returns the subfolder with exactly that name that contains the file. Raises Http404 if there is
    none."""
    if not folder.is_dir() or name not in os.listdir(folder) or not (folder / name / file).is_file():
        raise Http404
    return folder / name


_manifests = Readings[tuple[dict[str, Any], Fingerprints]](256)


def manifest(name: str) -> dict[str, Any]:
    """Returns the content of `exam.yaml`, which is read again when it has changed. Raises Http404 if there is
    no such exam."""
    return _read(exam_folder(name))[0]


def fingerprints(name: str) -> Fingerprints:
    """Returns the fingerprints of an exam and of its package. Raises Http404 if there is no such exam."""
    return _read(exam_folder(name))[1]


def _read(folder: Path) -> tuple[dict[str, Any], Fingerprints]:
    def read() -> tuple[dict[str, Any], Fingerprints]:
        written = manifest_bytes(folder)
        said = manifest_of(folder, written)
        return said, recorded_fingerprints(said, written)

    return _manifests.of(folder, [folder / MANIFEST], read)


Item = tuple[str, str]
"""The unit and id of an item."""
_items = Readings[frozenset[Item]](256)


def items_of(folder: Path) -> frozenset[Item]:
    """Returns the items of an exam; empty if its package is damaged."""
    path = folder / FORMS_CSV

    def read() -> frozenset[Item]:
        with suppress(OSError, ValueError, KeyError), path.open(encoding="utf-8-sig", newline="") as file:
            return frozenset((row["unit"], row["item"]) for row in csv.DictReader(file))
        return frozenset()  # a damaged package has a page that says so

    return _items.of(folder, [path], read)


def exams_that_ask(unit: str, item: str) -> list[str]:
    """Returns the exams with the item on one of their forms, newest first."""
    return [name for name, folder in exam_folders().items() if (unit, item) in items_of(folder)]


def units_of_exam(name: str) -> frozenset[str] | None:
    """Returns the codes of an exam's units; None if there is no such exam."""
    try:
        return frozenset(manifest(name)["blueprint"]["units"])
    except Http404:
        return None
