"""The long job on blueprints: building an exam."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from examgen.assembly import building as exams
from examgen.core.problems import Refused
from examgen.core.words import joined, tell, tell_n
from examgen.site.accounts.models import Role
from examgen.site.blueprints.files import check_may, check_replace, read
from examgen.site.jobs.queue import Outcome, Progress, kind
from examgen.site.language import address
from examgen.site.workspace import output, workspace
from examgen.site.writing import recording
from examgen.sitting import setting_aside


def _blueprint(asked: dict[str, Any]) -> str:
    return address("blueprint", asked["unit"], asked["blueprint"])


BUILT = "exam.build"


@kind("build", tell("Build the exam"), {Role.ASSEMBLER}, is_long=True, form=_blueprint)
def build(asked: dict[str, Any], progress: Progress) -> Outcome:
    """Assembles the forms and writes the package, from the text that the user saw when starting the job."""
    by = asked["user"]
    blueprint, document = read(str(asked["text"]), str(asked["blueprint"]))
    check_may(by, blueprint, is_built=True)
    progress(tell_n("{n} form is being assembled", "{n} forms are being assembled", blueprint.n_forms))
    found = exams.planned(blueprint, document, workspace())
    progress(tell("the package and the report of the build are being written"))
    confirmed, aside = str(asked.get("replace") or ""), ""
    exam = blueprint.exam
    with recording(by, output()) as one:
        if confirmed:
            check_replace(by, exam, confirmed)
            built, aside = setting_aside.replaced(found, workspace())
            one.did("exam.replace", exam, aside=aside)
        else:
            built = _written(found)
        one.did(BUILT, exam, fingerprint=built.fingerprints.exam)
    message = tell(
        "{exam} is built: fingerprint {fingerprint}",
        exam=exam,
        fingerprint=built.fingerprints.told()["exam"],
    )
    if aside:
        message = joined([message, tell("the earlier one is now {name}", name=aside)], between="; ")
    return Outcome(message, reverse("papers", args=[exam]), problems=tuple(found.problems))


def _written(found: exams.PlannedExam) -> exams.BuiltExam:
    """Writes the package. If an exam of that name is in use, raises Refused with what can be done about it on
    the site."""
    name = found.exam.blueprint.exam
    try:
        return exams.written(found, workspace(), output() / name)
    except Refused as refused:
        if not setting_aside.in_use(workspace(), name).at_all:
            raise
        raise Refused.because(
            "{exam} already exists with other items and has been printed or scored. Choose "
            "another name for this exam, or set that one aside on the page of the "
            "blueprint.",
            exam=name,
        ) from refused
