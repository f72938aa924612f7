"""An exam that assessors rate → the assessors of each candidate and their progress, and the texts of a form
for their pages.

Ratings that are not yet submitted are in the database and shown only to their author; submitted ratings are
files of the sitting that name the assessor.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.db.models import Count
from django.http import Http404
from markupsafe import Markup

from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.names import CANDIDATES_CSV, MANIFEST, MEDIA, SNAPSHOT
from examgen.core.exam.package import read_exam
from examgen.core.models.item import AssessingRule
from examgen.core.person_names import same_person
from examgen.core.problems import Refused
from examgen.core.readings import Readings
from examgen.core.resources import template_folders
from examgen.core.words import Message, tell
from examgen.papers.assessing.forms import AssessorPart, assessor_parts
from examgen.papers.candidate import Setter
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.self_contained import self_contained
from examgen.scoring.assessing.reading import OPEN, Assessments, SettledCandidate
from examgen.scoring.sitting_folder import ROSTER, Sitting, children, plain_name
from examgen.scoring.sitting_record import ANSWERS, MODERATION, SittingAct, read_acts
from examgen.site.access import may
from examgen.site.requests import or_404
from examgen.site.sittings.models import Assessment, Rating
from examgen.site.sittings.pages import SEES, is_rated, sitting
from examgen.site.workspace import exam_folder, manifest, units_of_exam, workspace
from examgen.sitting import roster
from examgen.sitting.assessing import assessments_of
from examgen.sitting.roster import Person

REMARK = ""
"""The task of a remark on the whole interview."""


class Rater(NamedTuple):
    """An assessor of a candidate: name, number of tasks rated so far, and whether the ratings are
    submitted."""

    name: str
    n_rated: int
    is_in: bool
    stopped_at: datetime | None = None
    """When the interview was stopped, or reported as one that did not take place."""
    stopped_why: str = ""
    is_anew: bool = False
    """Whether these are new ratings, made after the assessor saw the points of the others."""
    remark: str = ""
    """The remark on the whole interview; empty until the ratings are submitted or the interview is
    stopped."""


class Assessed(NamedTuple):
    """A candidate with the number of tasks on the form and the assessors; `settled` is the result of the
    submitted ratings."""

    person: Person
    form: str
    n_tasks: int
    raters: tuple[Rater, ...]
    settled: SettledCandidate | None

    @property
    def number(self) -> str:
        """The canonical candidate number, for comparisons."""
        return canonical_number(self.person.candidate_id)

    @property
    def is_absent(self) -> bool:
        """Whether the candidate is recorded as absent on the roster."""
        return self.person.status == "absent"

    @property
    def is_complete(self) -> bool:
        """Whether all assessors have submitted all their ratings, so that each may see those of the
        others."""
        return self.settled is not None and self.settled.reason in ("", OPEN)

    @property
    def n_open(self) -> int:
        """The number of tasks on which a moderator still has to decide."""
        is_open = self.settled is not None and self.settled.reason == OPEN
        return sum(task.how == "open" for task in self.settled.tasks) if self.settled and is_open else 0

    def rater(self, user: Any) -> Rater | None:
        """Returns the user as an assessor of this candidate; None for other users."""
        return next((one for one in self.raters if same_person(one.name, user.signature)), None)

    def others(self, user: Any) -> list[Rater]:
        """Returns all other assessors of this candidate."""
        return [one for one in self.raters if not same_person(one.name, user.signature)]


def check_rated(exam: str) -> None:
    """Raises Http404 unless assessors rate the exam."""
    if not is_rated(exam):
        raise Http404


def rule_of(exam: str) -> AssessingRule:
    """Returns the number of assessors for each candidate and the maximum difference between their ratings."""
    return AssessingRule.model_validate(manifest(exam)["blueprint"].get("assessing") or {})


_assessments = Readings[Assessments](64)
_people = Readings[Sequence[Person]](64)


def assessments(place: Sitting) -> Assessments:
    """Returns all submitted ratings and moderated points. Raises Refused with every fault of the files."""
    files = [path for name in (ANSWERS, MODERATION) for path in sorted(children(place.path(name)))]
    return _assessments.of(
        (place.exam, *files),
        [place.exam / MANIFEST, place.path(ROSTER), *files],
        lambda: assessments_of(place),
    )


def candidates(exam: str) -> dict[str, Assessed]:
    """Returns every candidate on the roster or the printed list, by canonical number. Raises Refused if files
    of the sitting have faults, without the faults themselves: they contain points, which assessors must not
    see."""
    place = sitting(exam)
    lists = [place.path(ROSTER), place.exam / CANDIDATES_CSV, place.exam / MANIFEST]
    people = _people.of(place.exam, lists, lambda: roster.people(place))
    try:
        given = assessments(place)
    except Refused:
        raise Refused.because(
            "files of the sitting have errors: a grader finds them on the page “Answers”"
        ) from None
    settled = {canonical_number(one.candidate_id): one for one in given.candidates}
    begun: dict[str, list[Rater]] = {}
    work = Assessment.objects.filter(exam=exam, fingerprint=place.built).select_related("user")
    whole = Rating.objects.filter(assessment__in=work, task=REMARK).exclude(note="")
    remarks = dict(whole.values_list("assessment_id", "note"))
    of_given: dict[tuple[str, str], tuple[bool, str]] = {}
    # of notes alone the points are null, which are not counted
    for one in work.annotate(n=Count("ratings__points")).order_by("begun_at"):
        who, remark = one.user.signature, remarks.get(one.pk, "")
        of_given[one.candidate, who] = one.is_anew, remark
        if one.given_up_at is not None or not one.user.is_active:
            continue
        seen, told = one.saw_others_at is not None, remark if one.stopped_at is not None else ""
        rater = Rater(who, one.n, False, one.stopped_at, one.stopped_why, seen, told)
        begun.setdefault(one.candidate, []).append(rater)
    found = {}
    for person in people:
        number = canonical_number(person.candidate_id)
        of_who = settled.get(number)
        raters = [
            rater._replace(is_anew=is_anew, remark=remark)
            for rater in (_given(of_who) if of_who is not None else ())
            for is_anew, remark in [of_given.get((number, rater.name), (False, ""))]
        ]
        raters += [
            rater
            for rater in begun.get(number, ())
            if not any(same_person(rater.name, other.name) for other in raters)
        ]
        form = person.form if person.form in given.forms else of_who.form if of_who is not None else ""
        form = next(iter(given.forms)) if len(given.forms) == 1 else form
        n_tasks = len(given.forms.get(form, ()))
        found[number] = Assessed(person, form, n_tasks, tuple(raters), of_who)
    return found


def _given(of_who: SettledCandidate) -> list[Rater]:
    return [
        Rater(name, sum(task.ratings[n] is not None for task in of_who.tasks), True)
        for n, name in enumerate(of_who.assessors)
    ]


def candidate_of(exam: str, candidate: str) -> Assessed:
    """Returns a candidate of an exam that assessors rate. Raises Http404 if there is no such candidate or
    assessors do not rate the exam."""
    check_rated(exam)
    return or_404(candidates(exam).get(canonical_number(candidate)))


def taken_back(place: Sitting, user: Any, candidate_id: str) -> list[SittingAct]:
    """Returns every withdrawal of ratings of the candidate that the user submitted on the site, oldest
    first."""
    stem = re.escape(plain_name(f"{user.username}-{candidate_id}.csv").removesuffix(".csv"))
    named = re.compile(rf"{ANSWERS}/{stem}(-[0-9]+)?\.csv", re.IGNORECASE)
    own, found = set[str](), list[SittingAct]()
    for act in read_acts(place.place):
        if not named.fullmatch(act.file):
            continue
        if act.act == "taken-back" and act.file in own:
            own.discard(act.file)
            found.append(act)
        elif act.act == "taken" and act.kind == "ratings" and same_person(act.by, user.signature):
            own.add(act.file)
    return found


def why_not_rate(user: Any, exam: str, one: Assessed) -> Message | None:
    """Returns why the user may not rate a candidate; None if the user may."""
    if may(user, SEES, units_of_exam(exam)):
        return tell(
            "you see all ratings of this exam as grader, approver or psychometrician: others rate, so that "
            "nobody knows the points of another first"
        )
    if same_person(one.person.trainer, user.signature):
        return tell("you trained this candidate, so other assessors rate them")
    if one.is_absent:
        return tell(
            "the roster says that this candidate was absent. If that is wrong, ask a grader to correct it"
        )
    if not one.form:
        return tell("the list does not say which form this candidate has: the grader gives one that does")
    n = rule_of(exam).assessors
    if len(one.others(user)) >= n:
        return tell(
            "{n} assessors are already rating this candidate, which is as many as the exam requires", n=n
        )
    return None


def is_to_rate(user: Any, exam: str, one: Assessed) -> bool:
    """Returns whether a candidate waits for the user's ratings."""
    own = one.rater(user)
    is_over = own is not None and (own.is_in or own.stopped_at is not None)
    return not is_over and why_not_rate(user, exam, one) is None


_parts = Readings[tuple[AssessorPart, ...]](64)


def parts_of(exam: str, form: str) -> tuple[AssessorPart, ...]:
    """Returns the parts of a form for assessors, as pages show them, with embedded pictures. Raises Refused
    if a picture is missing or a text cannot be set."""
    folder = exam_folder(exam)

    def read() -> tuple[AssessorPart, ...]:
        built = read_exam(folder)
        media = sorted((folder / MEDIA).glob("*"))
        setter = Setter(exam, media, line_setter(template_folders(workspace()), browsers=True), [])
        printed = next(one for one in built.forms if one.name == form)
        found = assessor_parts(built, printed, setter)
        # what our fonts on paper lack, browsers may have
        if problems := [one for one in setter.problems if one.code != "glyph-missing"]:
            raise Refused.because("form {form} of {exam} cannot be shown", problems, form=form, exam=exam)
        return tuple(_shown(one, media) for one in found)

    return _parts.of((folder, form), [folder / MANIFEST, folder / SNAPSHOT], read)


def _shown(value: Any, media: Sequence[Path]) -> Any:
    """Returns a part of a form with the pictures of its texts embedded, so that it contains no path of the
    server."""
    if isinstance(value, Markup):
        return Markup(self_contained(value, media))
    if isinstance(value, tuple):
        shown = [_shown(one, media) for one in value]
        return type(value)(*shown) if hasattr(value, "_fields") else tuple(shown)
    return value
