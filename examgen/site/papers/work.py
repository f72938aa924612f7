"""The long jobs on papers: printing an exam, and drawing its first pages."""

from __future__ import annotations

import shutil
from typing import Any

from django.urls import reverse

from examgen.core.exam.bindings import fingerprints_of
from examgen.core.files import PRIVATE_FOLDER, write_file
from examgen.core.problems import Refused
from examgen.core.processes import Workers
from examgen.core.words import tell
from examgen.papers import printing as papers
from examgen.papers.candidate_lists import NAME
from examgen.papers.settings import first_pages, rule_of
from examgen.rendering.pdf.encryption import password_of
from examgen.scoring.sitting_folder import PAPERS_SETTINGS
from examgen.site.accounts.roles import Role
from examgen.site.jobs.kinds import Outcome, Progress, kind, on_exam
from examgen.site.papers.lists import PASSWORD, folder_of
from examgen.site.papers.settings import LOOK, picture_file
from examgen.site.workspace import exam_folder, fingerprints, workspace
from examgen.site.writing import recording


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
        raise Refused(tell("the candidate list is no longer there: send it again"))
    try:
        if fingerprints(exam).exam != asked.get("built"):
            raise Refused(
                tell(
                    "{exam} was built anew since you asked for its papers: look at it, and ask again",
                    exam=exam,
                )
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
