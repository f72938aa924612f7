"""Files of ratings and of moderated points → the number of their records, if they fit the exam and the
sitting's other files; and the result of all such files of a sitting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from examgen.capture.answer_layout import with_roster
from examgen.capture.candidate_lists import read_register
from examgen.core.exam.package import Package, read_package
from examgen.core.files import read_input
from examgen.core.problems import Problem, Refused
from examgen.core.register import Register
from examgen.core.tables.records import visible
from examgen.core.words import tell, tell_n
from examgen.scoring.assessing.reading import BY_TRAINER, Assessments, read_assessments
from examgen.scoring.exam_layout import layout_of
from examgen.scoring.recorded_decisions import DecisionRecords
from examgen.scoring.sitting_folder import ROSTER, Sitting, children
from examgen.scoring.sitting_record import ANSWERS, MODERATION

Named = Sequence[tuple[str, Path]]
"""Files by name."""


def check_assessing(sitting: Sitting, name: str, ratings: Named, moderations: Named) -> int:
    """Return the number of candidates that the file of that name rates, or of tasks that it moderates.

    `ratings` and `moderations` are all files that the sitting would then have. Raises Refused with every
    fault of that file; faults of the others were reported when they were added.
    """
    try:
        found = _read(sitting, ratings, moderations)
    except Refused as refused:
        own = [one for one in refused.problems if one.source.rpartition(":")[0] == name or one.source == name]
        raise Refused(refused.message, own or refused.problems) from None
    if name not in [one for one, _ in ratings]:
        return sum(one.source.rpartition(":")[0] == name for one in found.moderated)
    rated_here = {one.candidate_id for one in found.rated if one.file == visible(name)}
    by_trainer = [
        Problem(
            f"{name}:{one.line}",
            BY_TRAINER,
            tell("{who} has trained {id} and may not assess them", who=one.lacking[0], id=one.candidate_id),
            item=one.candidate_id,
            field="assessor",
        )
        for one in found.candidates
        if one.reason == BY_TRAINER and one.candidate_id in rated_here
    ]
    if by_trainer:
        raise Refused(
            tell_n("the ratings have {n} error", "the ratings have {n} errors", len(by_trainer)), by_trainer
        )
    return len(rated_here)


def assessments_of(sitting: Sitting) -> Assessments:
    """Return the ratings of an exam and the moderation decisions on them, from the files of the sitting."""
    folders = (sitting.path(ANSWERS), sitting.path(MODERATION))
    ratings, moderations = ([(one.name, one) for one in sorted(children(folder))] for folder in folders)
    return _read(sitting, ratings, moderations)


def _read(sitting: Sitting, ratings: Named, moderations: Named) -> Assessments:
    asked = read_package(sitting.exam)
    assignment = layout_of(asked, DecisionRecords()).assignment
    register = _register(sitting, asked)
    if register is not None:
        assignment = with_roster(assignment, register.place.keys())
    files = [[(one, read_input(path)) for one, path in some] for some in (ratings, moderations)]
    trainers = register.trainers if register is not None else {}
    return read_assessments(asked, files[0], files[1], assignment, trainers, date.today())


def _register(sitting: Sitting, asked: Package) -> Register | None:
    path = sitting.given(ROSTER)
    if path is None:
        return None
    return read_register(path.name, read_input(path), asked.form_names, {}, codes=asked.codes)
