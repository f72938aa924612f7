"""The candidate list that somebody is mending, kept in the uploads of the site until it is printed."""

from __future__ import annotations

import io
import uuid
from pathlib import Path

from django.conf import settings
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from examgen.capture.cells import ROOM_HEADS, fold
from examgen.capture.columns import named_column
from examgen.capture.list_columns import EXTRA_MINUTES, GIVEN
from examgen.core.files import PRIVATE_FOLDER, read_input, write_file
from examgen.core.problems import Problem
from examgen.core.register import ROSTER_COLUMNS
from examgen.core.words import Message, tell
from examgen.papers.candidate_lists import NAME, ListTable, own_table, printed_list
from examgen.scoring.sitting_folder import PAPERS_SETTINGS
from examgen.site import uploads
from examgen.site.language import told
from examgen.site.requests import Request
from examgen.site.workspace import exam_folder
from examgen.stats.checklists import CANDIDATE_NAMES, CENTRE_HEADS

PASSWORD = "password"
_SEAT_HEADS = [head for one in ROSTER_COLUMNS if one.name == "seat" for heads in one.heads for head in heads]
_ASKED = {
    "seat": frozenset(map(fold, _SEAT_HEADS)),
    "extra-minutes": frozenset(head for head, column in GIVEN.items() if column == EXTRA_MINUTES),
}
"""Headings of the column that a fault is about, by its field or its code."""


def folder_of(upload: str) -> Path | None:
    """The folder of that upload; None where there is none."""
    try:
        folder = Path(settings.SITE.uploads) / uuid.UUID(upload).hex
    except ValueError:
        return None
    return folder if folder.is_dir() else None


def _about(request: Request, exam: str) -> str:
    """Under which uploads have the list of an exam: whoever signs in anew finds none."""
    return f"candidates {exam} {request.session.setdefault('lists', uuid.uuid4().hex)}"


def _waiting(request: Request, exam: str) -> uploads.Kept | None:
    return next(iter(uploads.all_kept(request.user.username, _about(request, exam))), None)


def kept(request: Request, exam: str) -> ListTable | None:
    """The list that this session has for an exam."""
    found = _waiting(request, exam)
    return own_table(read_input(found.path)) if found else None


def printed(exam: str) -> ListTable | None:
    """The list of which the papers of an exam were printed; None where they have no names."""
    return printed_list(exam_folder(exam))


def sent_as(request: Request, exam: str) -> str:
    """What the file of the list was called that somebody sent."""
    found = _waiting(request, exam)
    return found.name if found else NAME


def keep(request: Request, exam: str, table: ListTable, name: str) -> None:
    """Keeps a list for this session, in the place of the one before; `name` is that of the file."""
    drop(request, exam)
    uploads.keep(request.user, _about(request, exam), name, [table.as_csv()])


def drop(request: Request, exam: str) -> None:
    """Forgets the list of this session."""
    if found := _waiting(request, exam):
        found.give_up()


_BLANK = (
    *(tell("Candidate number"), tell("Full name"), tell("Centre"), tell("Room"), tell("Seat")),
    *(tell("Large print"), tell("Screen reader"), tell("Extra minutes"), tell("Other help")),
)


def blank() -> bytes:
    """A workbook with the headings of a list in the reader's language; its cells are text, so that a number
    keeps the zeros that it begins with."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append([told(head) for head in _BLANK])
    for n in range(1, len(_BLANK) + 1):
        column = get_column_letter(n)
        sheet[f"{column}1"].font = Font(bold=True)
        sheet.column_dimensions[column].width = 24
        for line in range(2, 502):
            sheet[f"{column}{line}"].number_format = "@"
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def box_of(table: ListTable, fault: Problem | None) -> int:
    """The column of a line in which what is wrong with it is put right: that of the numbers, unless the fault
    is about another."""
    heads = [fold(head) for head in table.heads]
    asked = _ASKED.get((fault.field or fault.code) if fault else "", frozenset())
    at = next((n for n, head in enumerate(heads) if head in asked), None)
    return at if at is not None else named_column(heads, CANDIDATE_NAMES, "candidate_id", NAME) or 0


def lacking(table: ListTable) -> list[Message]:
    """What papers will lack because the list has no column of it."""
    heads = [fold(head) for head in table.heads]
    columns = (
        (ROOM_HEADS, tell("no column of rooms: papers are not sorted by room")),
        (_SEAT_HEADS, tell("no column of seats: papers name none")),
        (CENTRE_HEADS, tell("no column of the test centre: no paper names the centre")),
    )
    return [words for names, words in columns if not any(fold(name) in heads for name in names)]


def copied(request: Request, exam: str, password: str, settings_of_papers: str | None = None) -> str:
    """A copy of the list for a job, with the password and the settings of the papers beside it: neither list
    nor password stands in the database."""
    table = kept(request, exam)
    upload = uuid.uuid4().hex
    folder = Path(settings.SITE.uploads) / upload
    folder.mkdir(mode=PRIVATE_FOLDER)
    if table is not None:
        write_file(folder / NAME, table.as_csv())
    if password:
        write_file(folder / PASSWORD, f"{password}\n".encode())
    if settings_of_papers is not None:
        write_file(folder / PAPERS_SETTINGS, settings_of_papers.encode())
    return upload
