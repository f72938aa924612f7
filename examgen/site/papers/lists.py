"""The candidate list that a user corrects before printing, stored with the uploads until a job prints it."""

from __future__ import annotations

import io
import shutil
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from examgen.capture.cells import fold
from examgen.capture.columns import named_column
from examgen.core.exam.bindings import fingerprints_of
from examgen.core.files import PRIVATE_FOLDER, read_input, write_file
from examgen.core.problems import Refused
from examgen.core.processes import Workers
from examgen.core.words import tell
from examgen.papers import printing as papers
from examgen.papers.candidate_lists import NAME, CheckedList, ListTable, checked, own_table, printed_list
from examgen.papers.settings import first_pages, rule_of
from examgen.rendering.pdf.encryption import password_of
from examgen.scoring.sitting_folder import PAPERS_SETTINGS
from examgen.site import uploads
from examgen.site.accounts.models import Role
from examgen.site.jobs.queue import Outcome, Progress, kind, on_exam
from examgen.site.language import told
from examgen.site.papers.settings import LOOK, picture_file, rule_for
from examgen.site.requests import Request
from examgen.site.workspace import exam_folder, fingerprints, workspace
from examgen.site.writing import recording
from examgen.stats.checklists import CANDIDATE_NAMES

PASSWORD = "password"


def folder_of(upload: str) -> Path | None:
    """Returns the folder of an upload; None if there is none."""
    try:
        folder = Path(settings.SITE.uploads) / uuid.UUID(upload).hex
    except ValueError:
        return None
    return folder if folder.is_dir() else None


def _about(request: Request, exam: str) -> str:
    """Returns the key under which the uploads of this session store the list of an exam.

    A new session has another key, so that no list of an earlier one is found.
    """
    return f"candidates {exam} {request.session.setdefault('lists', uuid.uuid4().hex)}"


def _waiting(request: Request, exam: str) -> uploads.Kept | None:
    return next(iter(uploads.all_kept(request.user.username, _about(request, exam))), None)


def kept(request: Request, exam: str) -> ListTable | None:
    """Returns the list that this session has for an exam; None if it has none."""
    found = _waiting(request, exam)
    return own_table(read_input(found.path)) if found else None


def checked_list(exam: str, table: ListTable) -> CheckedList:
    """Returns the rows of a list that are faulty for an exam."""
    return checked(table, exam_folder(exam), rule_for(exam))


def printed(exam: str) -> ListTable | None:
    """Returns the list from which the papers of an exam were printed; None if they have no names."""
    return printed_list(exam_folder(exam))


def sent_as(request: Request, exam: str) -> str:
    """Returns the name of the uploaded file of the list."""
    found = _waiting(request, exam)
    return found.name if found else NAME


def keep(request: Request, exam: str, table: ListTable, name: str) -> None:
    """Stores a list for this session in place of an earlier one; `name` is that of its file."""
    drop(request, exam)
    uploads.keep(request.user, _about(request, exam), name, [table.as_csv()])


def drop(request: Request, exam: str) -> None:
    """Deletes the list of this session."""
    if found := _waiting(request, exam):
        found.give_up()


_BLANK = (
    *(tell("Candidate number"), tell("Full name"), tell("Centre"), tell("Room"), tell("Seat")),
    *(tell("Large print"), tell("Screen reader"), tell("Extra minutes"), tell("Other help")),
)


def blank() -> bytes:
    """Returns a workbook with the headings of a list in the reader's language.

    Its cells are text, so that leading zeros of numbers are kept.
    """
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


def number_column(table: ListTable) -> int:
    """Returns the index of the column of candidate numbers."""
    return named_column([fold(head) for head in table.heads], CANDIDATE_NAMES, "candidate_id", NAME) or 0


def copied(request: Request, exam: str, password: str, settings_of_papers: str | None = None) -> str:
    """Copies the list for a job, with the password and the settings of the papers; returns the upload's id.

    This keeps the list and the password out of the database.
    """
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


def _forget(asked: dict[str, Any]) -> None:
    """Deletes the list and the password of the key sheets, also after an interrupted printing."""
    if (folder := folder_of(str(asked["upload"]))) is not None:
        shutil.rmtree(folder, ignore_errors=True)


PRINTED = "papers.print"


@kind("render", tell("Print the papers"), {Role.ASSEMBLER}, _forget, is_long=True, form=on_exam("papers"))
def render(asked: dict[str, Any], progress: Progress) -> Outcome:
    """Prints booklets, answer sheets, key sheets and the papers of rooms, as `examgen render` does."""
    exam, folder = str(asked["exam"]), folder_of(str(asked["upload"]))
    if folder is None:
        raise Refused.because("the candidate list is no longer there: send it again")
    try:
        if fingerprints(exam).exam != asked.get("built"):
            raise Refused.because(
                "{exam} was built anew since you asked for its papers: look at it, and ask again", exam=exam
            )
        password = folder / PASSWORD
        wanted = papers.PrintingOptions(
            rule=folder / PAPERS_SETTINGS if (folder / PAPERS_SETTINGS).is_file() else None,
            candidates=folder / NAME if (folder / NAME).is_file() else None,
            per=asked["per"],
            together=asked["together"],
            accessible=asked["accessible"],
            large_print=asked["large_print"],
            books=asked["books"],
            password=password_of(password)[0] if password.is_file() else None,
            workers=Workers(),
        )
        with recording(asked["user"], exam_folder(exam)) as one:
            written = papers.render(exam_folder(exam), workspace(), wanted, progress)
            one.did(PRINTED, exam, fingerprint=fingerprints_of(exam_folder(exam)).package)
    finally:
        _forget(asked)
    prints = fingerprints_of(exam_folder(exam)).told()
    message = tell(
        "{n:,} files are printed; fingerprint of the package {package}",
        n=len(written),
        package=prints["package"],
    )
    return Outcome(message, reverse("papers-everything", args=[exam]))


@kind(LOOK, tell("Show the first pages"), {Role.ASSEMBLER}, form=on_exam("papers-settings"))
def look(asked: dict[str, Any], progress: Progress) -> Outcome:
    """Draws the first pages of a booklet with unsaved settings, as a picture. Nothing is printed."""
    exam, upload = str(asked["exam"]), str(asked["upload"])
    path = picture_file(upload)
    data = first_pages(exam_folder(exam), workspace(), rule_of(str(asked["text"])), progress)
    path.parent.mkdir(mode=PRIVATE_FOLDER)
    write_file(path, data)
    return Outcome(
        tell("The first pages can be seen"), f"{reverse('papers-settings', args=[exam])}?look={upload}"
    )
