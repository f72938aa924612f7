"""The jobs that run an analysis as its command does, and save the results."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Callable
from contextlib import chdir
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from examgen.core.exam.bindings import exam_sha256
from examgen.core.problems import ExamgenError
from examgen.core.words import tell
from examgen.site.access import check_still
from examgen.site.analyses.forms import Source, Sources
from examgen.site.analyses.job_inputs import Given, exams_of, files_of
from examgen.site.analyses.kept import ASKS, keep
from examgen.site.analyses.kinds import KINDS, Kind
from examgen.site.jobs.kinds import Outcome, Progress, kind
from examgen.site.language import address, of_command
from examgen.site.workspace import manifest, units_of_exam, workspace
from examgen.site.writing import recording

JOB = "analyse-"
"""The prefix of the names of these jobs."""


def units_of(unit: str, exams: list[str]) -> list[str]:
    """Returns the units of an analysis: the one in which it was requested, and those of its exams."""
    return sorted({unit}.union(*(units_of_exam(exam) or () for exam in exams)))


def _analysed(one: Kind, asked: dict[str, Any], progress: Progress) -> Outcome:
    by = asked["user"]
    exams = exams_of(asked["options"])
    units = units_of(asked["unit"], exams)
    check_still(by, ASKS, units)
    progress(one.title)
    number = uuid.UUID(asked["id"])
    with tempfile.TemporaryDirectory(dir=settings.SITE.uploads) as place:
        made = Path(place) / "made"
        made.mkdir()
        given = Given(asked["by"], asked["unit"], asked["options"], Path(place))
        fields = [name for name, field in one.form.base_fields.items() if isinstance(field, Source | Sources)]
        files = files_of(given, fields)
        with chdir(place):
            try:
                document, parts = one.work(given, made, progress)
            except ExamgenError as error:  # pages call options by the labels of this command
                error.message = of_command(error.message, one.words)
                error.problems = tuple(
                    fault._replace(message=of_command(fault.message, one.words)) for fault in error.problems
                )
                raise
        said = {
            "kind": one.name,
            "by": asked["by"],
            "who": str(by),
            "at": timezone.now().isoformat(),
            "unit": asked["unit"],
            "units": units,
            "exams": {exam: exam_sha256(manifest(exam)) for exam in exams},
            "options": asked["options"],
            "files": files,
        }
        detail = {"kind": one.name, "result": str(number), "exams": exams}
        act = ("analyses.made", exams[0] if exams else asked["unit"], detail)
        with recording(by, workspace(), [act]):
            keep(number, said, document, parts, made)
    return Outcome(tell("the analysis is done"), reverse("analysis-kept", args=[number]))


def _form(one: Kind, asked: dict[str, Any]) -> str:
    return address("analyses-ask", asked["unit"], one.name)


for _one in KINDS.values():
    _work: Callable[[dict[str, Any], Progress], Outcome] = partial(_analysed, _one)
    kind(JOB + _one.name, _one.title, ASKS, is_long=True, form=partial(_form, _one))(_work)
