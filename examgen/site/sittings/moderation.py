"""The page for deciding the points of tasks that assessors rated very differently."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import combinations_with_replacement
from typing import Any, NamedTuple

from django import forms
from django.http import HttpResponse
from django.utils import timezone

from examgen.capture.grader_decisions import clean_text
from examgen.core.candidate_numbers import canonical_number
from examgen.core.person_names import same_person
from examgen.core.problems import ExamgenError, Refused
from examgen.core.words import tell
from examgen.papers.assessing.forms import AssessedRow, AssessorPart
from examgen.scoring.assessing.reading import OPEN, Assessments, SettledCandidate, SettledTask
from examgen.scoring.exact_arithmetic import points_text
from examgen.scoring.sitting_folder import mark
from examgen.site.access import allowed
from examgen.site.language import said
from examgen.site.requests import Request, done
from examgen.site.sittings.assessed import Rater, assessments, candidates, check_rated, parts_of
from examgen.site.sittings.assessing import give_file
from examgen.site.sittings.forms import Reasoned
from examgen.site.sittings.pages import OVERSEES, refusals, sitting, sitting_page
from examgen.site.writing import deciding
from examgen.sitting import roster

HEADER = ("candidate_id", "task", "points", "by", "date", "reason")


class ModeratedPoints(Reasoned):
    """The form for the moderated points of a task, with a reason."""

    points = forms.ChoiceField(label=said(tell("Points")), widget=forms.RadioSelect)

    field_order = ("points", "reason")

    def __init__(self, anchors: Sequence[int], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pairs = combinations_with_replacement(anchors, 2)
        texts = [_text(one) for one in sorted({Fraction(sum(pair), 2) for pair in pairs})]
        self.fields["points"].choices = [(one, one) for one in texts]  # type: ignore[attr-defined]


class OpenTask(NamedTuple):
    """A task that has to be moderated: its candidate, its texts, and each assessor's points and note."""

    of: SettledCandidate
    task: SettledTask
    part: AssessorPart
    row: AssessedRow
    given: tuple[tuple[str, int | None, str], ...]
    seen: str
    """A hash of the ratings, to detect later changes."""
    form: ModeratedPoints
    is_own: bool
    """Whether the user is one of its assessors."""


@allowed("exams/<str:exam>/moderate/", "moderate", write=OVERSEES, secret=True)
def moderate(request: Request, exam: str) -> HttpResponse:
    """Shows the tasks to moderate and those already decided. POST records a decision."""
    check_rated(exam)
    place, faults = sitting(exam), list[dict[str, str]]()
    found = Assessments({}, (), (), ())
    with refusals(faults):
        found = assessments(place)
    waiting = _waiting(request, exam, found)
    if request.method == "POST" and not faults:
        asked = request.POST.get("candidate", ""), request.POST.get("task", "")
        one = next((one for one in waiting if (one.of.candidate_id, one.task.of.task) == asked), None)
        with refusals(faults):
            if one is None:
                raise Refused(tell("this task does not wait any more: somebody has decided on it"))
            if one.form.is_valid():
                _decide(request, exam, one)
                words = tell("it is on record: {points} points", points=one.form.cleaned_data["points"])
                return done(request, words, "moderate")
    raters = dict[str, tuple[Rater, ...]]()
    with suppress(ExamgenError):  # of a faulty file, which the page says already
        raters = {number: one.raters for number, one in candidates(exam).items()}
    number_of = {task.task: task.question for tasks in found.forms.values() for task in tasks}
    names = {canonical_number(who): name for who, name in roster.names(place).items()}
    context = {
        "waiting": waiting,
        "decided": [(one, _text(one.points)) for one in reversed(found.moderated)],
        "names": names,
        "raters": raters,
        "number_of": number_of,
        "faults": [
            *faults,
            *({"severity": "warning", "where": "", "text": said(one)} for one in found.questions()),
        ],
    }
    return sitting_page(request, "sittings/moderate.html", context)


def _text(points: Fraction) -> str:
    return points_text(points.numerator, points.denominator)


def _waiting(request: Request, exam: str, found: Assessments) -> list[OpenTask]:
    asked = request.POST.get("candidate", ""), request.POST.get("task", "")
    notes = {(one.candidate_id, one.assessor, one.task): one.comment for one in found.rated}
    waiting: list[OpenTask] = []
    for of in (one for one in found.candidates if one.reason == OPEN):
        rows = {row.task: (part, row) for part in parts_of(exam, of.form) for row in part.rows}
        is_own = any(same_person(name, request.user.signature) for name in of.assessors)
        for task in (one for one in of.tasks if one.how == "open"):
            name = task.of.task
            given = tuple(
                (who, points, notes.get((of.candidate_id, who, name), ""))
                for who, points in zip(of.assessors, task.ratings, strict=True)
            )
            data = request.POST if asked == (of.candidate_id, name) else None
            form = ModeratedPoints(task.of.anchors, data, auto_id=f"id_{len(waiting)}_%s")
            waiting.append(OpenTask(of, task, *rows[name], given, mark(repr(given)), form, is_own))
    return waiting


def _decide(request: Request, exam: str, one: OpenTask) -> None:
    """Adds the decision to the sitting. Raises Refused for an assessor of the candidate, and if the task was
    decided or rated differently in the meantime."""
    user, who, task = request.user, one.of.candidate_id, one.task.of.task
    if one.is_own:
        raise Refused(tell("you rated this candidate: somebody else decides"))
    place = sitting(exam)
    with deciding(user, place, "assess.moderate", exam, candidate=who):
        now = _waiting(request, exam, assessments(place))
        still = next((each for each in now if (each.of.candidate_id, each.task.of.task) == (who, task)), None)
        if still is None or still.seen != request.POST.get("seen", ""):
            raise Refused(tell("it was decided or rated otherwise meanwhile: look at it again"))
        reason = clean_text(one.form.cleaned_data["reason"])
        day = timezone.localdate().isoformat()
        line = (who, task, one.form.cleaned_data["points"], user.signature, day, reason)
        give_file(place, "moderation", f"{who}-{task}.csv", HEADER, [line], user, reason)
