"""File names of an exam package, and the folders of its rooms."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

from examgen.core.models.rooms import ExamRoom
from examgen.core.problems import Refused
from examgen.core.storage import SECRET_FOLDER
from examgen.core.words import tell
from examgen.core.work_folders import PRINTING

MANIFEST = "exam.yaml"
PAPERS = "papers"
SECURE = SECRET_FOLDER
RESULTS = "results"
ANALYSIS = "analysis"
REPORTS = "reports"
SITTING = "sitting"
"""What came in and what was decided: the record of the one sitting that a package is of."""
SITTINGS = "sittings"
"""The folder of a workspace that had these beside the exams, up to version 0.1."""
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
NO_ROOM, NO_CENTRE = "no-room", "no-centre"
"""Folders of those of whom the list says neither."""


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


def room_folders(rooms: Iterable[ExamRoom]) -> dict[ExamRoom, str]:
    """A folder in the package for each room, by its name as far as file systems take it, in one of its centre
    where any centre is named; no two alike."""
    known = list(dict.fromkeys(rooms))
    within = {"": ROOMS}
    if any(room.centre for room in known):
        centres = _folder_names((room.centre for room in known), NO_CENTRE)
        within = {centre: f"{ROOMS}/{name}" for centre, name in centres.items()}
    found: dict[ExamRoom, str] = {}
    for centre, folder in within.items():
        names = _folder_names((room.name for room in known if room.centre == centre), NO_ROOM)
        found |= {ExamRoom(centre, room): f"{folder}/{name}" for room, name in names.items()}
    return {room: found[room] for room in known}


def _folder_names(texts: Iterable[str], nothing: str) -> dict[str, str]:
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
    """Refuses a path that leads out of the package."""
    if leads_outside(path):
        raise Refused(tell("{path} lies outside the folder that it is written to", path=path))


def leads_outside(path: str) -> bool:
    """Whether a path of a manifest leads out of the package."""
    parts = PurePosixPath(path)
    return parts.is_absolute() or ".." in parts.parts
