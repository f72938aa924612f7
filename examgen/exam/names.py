"""File names of an exam package and the folders of its rooms; its manifest: which files it has, and what they
were when they were written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from examgen.changes import complete
from examgen.problems import Problem, Refused, WrongUsage
from examgen.storage import SECRET_FOLDER, read_input, sha256_of
from examgen.words import tell
from examgen.work_folders import PRINTING

MANIFEST = "exam.yaml"
PAPERS = "papers"
SECURE = SECRET_FOLDER
RESULTS = "results"
ANALYSIS = "analysis"
REPORTS = "reports"
UNDER_CODES = "-pseudonymous"
"""What the folder of a report ends with whose candidates stand under codes."""
TEMPLATE_CSV = f"{PAPERS}/answers-template.csv"
ANSWER_SHEET = f"{PAPERS}/answer-sheet.pdf"
SHEET_JSON = f"{PAPERS}/sheet.json"
ROOMS = f"{PAPERS}/rooms"
KEY_CSV = f"{SECURE}/key.csv"
FORMS_CSV = f"{SECURE}/forms.csv"
CANDIDATES_CSV = f"{SECURE}/candidates.csv"
SNAPSHOT = f"{SECURE}/items.yaml"
MEDIA = f"{SECURE}/media"
REVIEW_BOOK = f"{SECURE}/review-book.pdf"
BUILD_REPORT = f"{SECURE}/build-report.html"

RUN_PACKAGE = "package.yaml"
"""In a run: `exam.yaml` as it was when the run was scored."""

STAGED = PRINTING
"""What the name of a folder begins with that a printing is prepared in."""

ACCESSIBLE, LARGE_PRINT = "accessible", "large-print"
"""Variants of booklets."""

MOST_BYTES = 180
"""Of a folder's name as UTF-8: file systems take 255."""

_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|]+')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
NO_ROOM = "no-room"


def booklet_path(form: str, variant: str = "") -> str:
    """Where a form's booklet stands in the package; a variant's in a folder of its own."""
    return f"{PAPERS}/{variant}/booklet-{form}.pdf" if variant else f"{PAPERS}/booklet-{form}.pdf"


def key_sheet_path(form: str) -> str:
    """Where a form's key sheet stands in the package."""
    return f"{SECURE}/key-{form}.pdf"


def solutions_path(form: str) -> str:
    """Where the solutions of a form stand in the package."""
    return f"{SECURE}/solutions-{form}.pdf"


def base_form(form: str) -> str:
    """The form that a personal one was drawn from: `A` of `A-0001-47`; any other form is its own base."""
    return form.partition("-")[0]


def room_folders(rooms: Iterable[str]) -> dict[str, str]:
    """A folder in the package for each room, by its name as far as file systems take it; no two alike."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for room in dict.fromkeys(rooms):
        plain = name = _folder_name(room)
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{plain}-{number}"
        taken.add(name.casefold())
        found[room] = f"{ROOMS}/{name}"
    return found


def _folder_name(room: str) -> str:
    text = _UNSAFE.sub("-", unicodedata.normalize("NFC", room)).strip(" .")
    while len(text.encode()) > MOST_BYTES:
        text = text[:-1]
    text = text.strip(" .") or NO_ROOM
    return f"_{text}" if _DEVICES.fullmatch(text) else text


def check_inside(path: str) -> None:
    """Refuses a path that leads out of the package."""
    if leads_outside(path):
        raise Refused(tell("{path} lies outside the folder that it is written to", path=path))


def leads_outside(path: str) -> bool:
    """Whether a path of a manifest leads out of the package."""
    parts = PurePosixPath(path)
    return parts.is_absolute() or ".." in parts.parts


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of the package in `folder`; raises where it is none."""
    return manifest_of(folder, manifest_bytes(folder))


def manifest_bytes(folder: Path) -> bytes:
    """The manifest as it is written; raises WrongUsage where the folder holds none.

    Changes are completed first whose command was killed: of the package, and of what was analysed with it.
    """
    path = folder / MANIFEST
    for place in (folder.resolve().parent, folder / ANALYSIS):
        complete(place)
    if not folder.is_dir():
        raise WrongUsage(
            tell("{folder} is not a folder: name the folder that `examgen build` wrote", folder=folder)
        )
    if not path.is_file():
        raise WrongUsage(
            tell(
                "{folder} holds no {manifest}: name the folder that `examgen build` wrote",
                folder=folder,
                manifest=MANIFEST,
            )
        )
    return read_input(path)


def manifest_of(folder: Path, written: bytes) -> dict[str, Any]:
    """What the manifest of a package says; raises Refused where it is damaged."""
    # workers that score load this module for the names of forms, and nothing that reads YAML
    from examgen.yamlfile import load

    path = folder / MANIFEST
    try:
        manifest = load(written)
    except ValueError as error:
        raise Refused(tell("{path} is damaged: build the exam anew", path=path)) from error
    if not isinstance(manifest, dict) or not _lists_files(manifest.get("files")):
        raise Refused(
            tell("{path} does not list the files of an exam: it is not the manifest of a package", path=path)
        )
    return manifest


def _lists_files(files: object) -> bool:
    return (
        isinstance(files, dict)
        and all(isinstance(part, str) for pair in files.items() for part in pair)
        and {FORMS_CSV, KEY_CSV, SNAPSHOT} <= set(files)
    )


def without_sheets(files: Mapping[str, str]) -> dict[str, str]:
    """The files without printed sheets, which may have been moved elsewhere."""
    return {path: said for path, said in files.items() if not path.endswith((".pdf", ".html"))}


def changed_files(folder: Path, files: Mapping[str, str]) -> Iterator[Problem]:
    """Files that are missing, or not as they were written."""
    for path, expected in files.items():
        if leads_outside(path):
            yield Problem(
                MANIFEST, "path-outside", tell("names {path}, which is outside the package", path=path)
            )
        elif not (folder / path).is_file():
            yield Problem(path, "file-missing", tell("is missing"))
        elif sha256_of(folder / path) != expected:
            yield Problem(path, "file-changed", tell("is not the file that was written: its SHA-256 differs"))
