"""The job that checks an exam's package."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from examgen.assembly import verification
from examgen.core.problems import Refused
from examgen.core.words import tell
from examgen.site.accounts.roles import Role
from examgen.site.jobs.kinds import Outcome, Progress, kind, on_exam
from examgen.site.workspace import exam_folder


@kind(
    "verify",
    tell("Check the package of the exam"),
    {Role.ASSEMBLER, Role.GRADER, Role.PSYCHOMETRICIAN, Role.APPROVER},
    form=on_exam("exam"),
)
def verify(asked: dict[str, Any], progress: Progress) -> Outcome:
    """Checks that every file is unchanged, every quota is met, and runs were scored with this exam. Raises
    Refused otherwise."""
    exam = str(asked["exam"])
    progress(tell("every file is compared with how it was written, every quota counted anew"))
    found = verification.verify(exam_folder(exam))
    if found.problems:
        raise Refused(tell("{exam} is not as it should be", exam=exam), found.problems)
    return Outcome(found.files_told, reverse("exam", args=[exam]), problems=tuple(found.notes))
