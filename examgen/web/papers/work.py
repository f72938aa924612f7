"""Long work on papers: an exam printed."""

from __future__ import annotations

import shutil
from typing import Any

from django.urls import reverse

from examgen.pdf.encryption import password_of
from examgen.problems import Refused
from examgen.web.jobs.kinds import Outcome, Progress, kind
from examgen.web.papers.lists import PASSWORD, folder_of
from examgen.web.workspace import exam_folder, workspace
from examgen.words import tell
from examgen.workflow import papers
from examgen.workflow.candidate_lists import NAME
from examgen.workflow.processes import Workers


def _forget(asked: dict[str, Any]) -> None:
    """The list and the password of the key sheets go, also where the printing was interrupted."""
    if (folder := folder_of(str(asked["upload"]))) is not None:
        shutil.rmtree(folder, ignore_errors=True)


@kind("render", tell("Print the papers"), _forget)
def render(asked: dict[str, Any], progress: Progress) -> Outcome:
    """Booklets, answer sheets, key sheets and the papers of rooms, as `examgen render` prints them."""
    exam, folder = str(asked["exam"]), folder_of(str(asked["upload"]))
    if folder is None:
        raise Refused(tell("the candidate list is no longer there: send it again"))
    try:
        password = folder / PASSWORD
        wanted = papers.Asked(
            candidates=folder / NAME if (folder / NAME).is_file() else None,
            per=asked["per"],
            together=asked["together"],
            accessible=asked["accessible"],
            large_print=asked["large_print"],
            books=asked["books"],
            password=password_of(password)[0] if password.is_file() else None,
            workers=Workers(),
        )
        written = papers.render(exam_folder(exam), workspace(), wanted, progress)
    finally:
        _forget(asked)
    prints = papers.fingerprints_of(exam_folder(exam)).told()
    message = tell(
        "{n:,} files are printed; fingerprint of the package {package}",
        n=len(written),
        package=prints["package"],
    )
    return Outcome(message, reverse("papers", args=[exam]))
