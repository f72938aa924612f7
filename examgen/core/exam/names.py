"""The names of the files in an exam package, and of the folders of its rooms."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

from examgen.core.models.field_types import ExamRoom
from examgen.core.problems import Refused

MANIFEST = "exam.yaml"
PAPERS = "papers"
SECURE = "secure"
"""The folder of everything that reveals the key, readable only by its owner."""
RESULTS = "results"
ANALYSIS = "analysis"
REPORTS = "reports"
SITTING = "sitting"
"""The folder with the record of the sitting: the files handed in and the decisions made."""
RECORD = "record.jsonl"
"""The record of the sitting, one act per line."""
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
DIGEST_KEY = f"{SECURE}/digest.key"
"""The random bytes with which digests of secret files are keyed. They never leave the folder."""

RUN_PACKAGE = "package.yaml"
"""A file of a run: `exam.yaml` as it was when the run was scored."""

ACCESSIBLE, LARGE_PRINT = "accessible", "large-print"
"""Variants of booklets."""

MOST_BYTES = 180
"""The maximum length of a folder name in UTF-8 bytes; file systems allow 255."""

_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|]+')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
NO_ROOM, NO_CENTRE = "no-room", "no-centre"
"""The folders of candidates without a room or centre in the list."""


def booklet_path(form: str, variant: str = "") -> str:
    """The path of a form's booklet in the package; each variant has a separate folder."""
    return f"{PAPERS}/{variant}/booklet-{form}.pdf" if variant else f"{PAPERS}/booklet-{form}.pdf"


def key_sheet_path(form: str) -> str:
    """The path of a form's key sheet in the package."""
    return f"{SECURE}/key-{form}.pdf"


def solutions_path(form: str) -> str:
    """The path of the solutions of a form in the package."""
    return f"{SECURE}/solutions-{form}.pdf"


def base_form(form: str) -> str:
    """The form on which a personal form is based: `A` for `A-0001-47`; any other form is its own base."""
    return form.partition("-")[0]


def room_folders(rooms: Iterable[ExamRoom]) -> dict[ExamRoom, str]:
    """Returns a folder in the package for each room, all different.

    It has the name of the room, as far as file systems allow. If any room has a centre, it is in the folder
    of its centre.
    """
    known = list(dict.fromkeys(rooms))
    within = {"": ROOMS}
    if any(room.centre for room in known):
        centres = folder_names((room.centre for room in known), NO_CENTRE)
        within = {centre: f"{ROOMS}/{name}" for centre, name in centres.items()}
    found: dict[ExamRoom, str] = {}
    for centre, folder in within.items():
        names = folder_names((room.name for room in known if room.centre == centre), NO_ROOM)
        found |= {ExamRoom(centre, room): f"{folder}/{name}" for room, name in names.items()}
    return {room: found[room] for room in known}


def folder_names(texts: Iterable[str], nothing: str) -> dict[str, str]:
    """Returns a folder name for each text, all different, as far as file systems allow; `nothing` for an
    empty text."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for text in dict.fromkeys(texts):
        plain = _UNSAFE.sub("-", unicodedata.normalize("NFC", text)).strip(" .")
        while len(plain.encode()) > MOST_BYTES:
            plain = plain[:-1]
        plain = plain.strip(" .") or nothing
        plain = name = f"_{plain}" if _DEVICES.fullmatch(plain) else plain
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{plain}-{number}"
        taken.add(name.casefold())
        found[text] = name
    return found


def check_inside(path: str) -> None:
    """Raises Refused if a path leads out of the package."""
    if leads_outside(path):
        raise Refused.because("{path} is outside the output folder", path=path)


def leads_outside(path: str) -> bool:
    """Whether a path of a manifest leads out of the package."""
    parts = PurePosixPath(path)
    return parts.is_absolute() or ".." in parts.parts
