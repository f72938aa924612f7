"""Long work on blueprints: an exam built."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from examgen.web.accounts.models import User
from examgen.web.audit.record import record
from examgen.web.blueprints.files import check_may, read
from examgen.web.jobs.kinds import Outcome, Progress, kind
from examgen.web.workspace import output, workspace
from examgen.words import tell, tell_n
from examgen.workflow import exams


@kind("build", tell("Build the exam"))
def build(asked: dict[str, Any], progress: Progress) -> Outcome:
    """Forms found and the package written, of the text that was seen when it was asked for."""
    by = User.objects.get(username=asked["by"])
    blueprint, document = read(str(asked["text"]), str(asked["blueprint"]))
    check_may(by, blueprint, is_built=True)
    progress(tell_n("{n} form is being assembled", "{n} forms are being assembled", blueprint.n_forms))
    found = exams.planned(blueprint, document, workspace())
    progress(tell("the package and the report of the build are being written"))
    built = exams.written(found, workspace(), output() / blueprint.exam)
    record(by, "exam.build", blueprint.exam, fingerprint=built.fingerprints.exam)
    message = tell(
        "{exam} is built: fingerprint {fingerprint}",
        exam=blueprint.exam,
        fingerprint=built.fingerprints.told()["exam"],
    )
    return Outcome(message, reverse("exam", args=[blueprint.exam]), problems=tuple(found.problems))
