"""Files of ratings and of moderated points of an exam → every candidate settled; each fault with its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations, product
from typing import NamedTuple

from examgen.capture.answer_layout import BookletAssignment
from examgen.capture.moderations import Moderation, read_moderations
from examgen.capture.ratings import sound_ratings
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.package import Package
from examgen.core.models.item import AssessingRule
from examgen.core.person_names import near_names, same_person
from examgen.core.problems import Problem, Refused
from examgen.core.tables.records import visible
from examgen.core.words import Message, listed, tell, tell_n
from examgen.core.yamlfile import suggestion
from examgen.scoring.assessing.settling import (
    AssessedTask,
    Rated,
    SettledCandidate,
    form_of,
    settle,
)

Contents = Sequence[tuple[str, bytes]]
"""Files by name and content."""


class NearNames(NamedTuple):
    """Names that have to be two persons' for a candidate, and may be one person's."""

    candidate_id: str
    name: str
    """Of an assessor, or of who moderated."""
    other: str
    """Of another assessor or the trainer."""


class Assessments(NamedTuple):
    """What was rated of an exam, as far as it is known, and what came of it."""

    forms: Mapping[str, tuple[AssessedTask, ...]]
    rated: tuple[Rated, ...]
    moderated: tuple[Moderation, ...]
    candidates: tuple[SettledCandidate, ...]
    near: tuple[NearNames, ...] = ()

    def questions(self) -> list[Message]:
        """What is asked of names that are near, of each pair once."""
        pairs: dict[tuple[str, str], list[str]] = {}
        for each in self.near:
            pairs.setdefault((each.name, each.other), []).append(each.candidate_id)
        return [
            tell(
                "{name} and {other} may be the same person ({id}). If so, write the name the "
                "same way in each file",
                name=name,
                other=other,
                id=listed([*who[:3], *(["…"] if len(who) > 3 else [])]),
            )
            for (name, other), who in pairs.items()
        ]


def forms_assessed(asked: Package) -> dict[str, tuple[AssessedTask, ...]]:
    """The tasks of each form, in its order."""
    found: dict[str, list[AssessedTask]] = {}
    columns = (asked.key[name] for name in ("form", "question", "item", "pc", "anchors"))
    for form, question, task, pc, anchors in zip(*columns, strict=True):
        points = tuple(map(int, anchors.split("|")))
        found.setdefault(form, []).append(AssessedTask(int(question), task, pc, points))
    return {form: tuple(sorted(tasks)) for form, tasks in found.items()}


def rule_of(asked: Package) -> AssessingRule:
    """How ratings become points, as the blueprint says it."""
    return AssessingRule.model_validate(asked.manifest["blueprint"].get("assessing") or {})


def read_assessments(
    asked: Package,
    ratings: Contents,
    moderations: Contents,
    assignment: BookletAssignment,
    trainers: Mapping[str, str] = {},
    today: date | None = None,
) -> Assessments:
    """Every candidate of whom there is a rating; Refused with every fault of every file."""
    forms = forms_assessed(asked)
    problems: list[Problem] = []
    rated = _rated(ratings, forms, assignment, problems)
    tasks = {one.task: one.anchors for of_form in forms.values() for one in of_form}
    decided: dict[tuple[str, str], Moderation] = {}
    by_who: dict[str, list[Rated]] = {}
    for rating in rated:
        by_who.setdefault(canonical_number(rating.candidate_id), []).append(rating)
    dealt = {canonical_number(who): form for who, form in assignment.dealt.items()}
    for who, own in by_who.items():
        if who not in dealt and form_of({one.task for one in own}, forms) is None:
            message = tell(
                "{id} was rated on tasks that are together on no form, or that are on several "
                "forms. Give a list of which candidate was assessed on which form",
                id=own[0].candidate_id,
            )
            where = f"{ratings[own[0].file][0]}:{own[0].line}"
            problems.append(Problem(where, "form-unknown", message, item=own[0].candidate_id))
    for name, data in moderations:
        try:
            found = read_moderations(name, data, tasks, today)
        except Refused as refused:
            problems += refused.problems
            continue
        for one in found:
            who = canonical_number(one.candidate_id)
            first = decided.setdefault((who, one.task), one)
            if first.points != one.points:
                message = tell(
                    "{id}, {task}: {source} decided {points}. Remove one of the two",
                    id=one.candidate_id,
                    task=one.task,
                    source=first.source,
                    points=first.points,
                )
                problems.append(Problem(one.source, "decided-twice", message))
            if who not in by_who:
                message = tell("{id} has no rating. Check the number", id=one.candidate_id)
                problems.append(Problem(one.source, "nobody-rated", message, field="candidate_id"))
                continue
            assessors = {each.assessor for each in by_who[who]}
            if alone := [name for name in assessors if _is_alone(one.by, name, assessors)]:
                message = tell(
                    "{by} is one of the assessors. Another person must decide, or both "
                    "assessors together (write both names)",
                    by=alone[0],
                )
                problems.append(Problem(one.source, "decided-alone", message, field="by"))
    if problems:
        raise Refused(
            tell_n("the ratings have {n} error", "the ratings have {n} errors", len(problems)), problems
        )
    candidates = settle(rated, forms, rule_of(asked), tuple(decided.values()), dealt, trainers)
    near = _near(candidates, decided, trainers)
    return Assessments(forms, tuple(rated), tuple(decided.values()), tuple(candidates), tuple(near))


def _near(
    candidates: Iterable[SettledCandidate],
    decided: Mapping[tuple[str, str], Moderation],
    trainers: Mapping[str, str],
) -> Iterator[NearNames]:
    moderators: dict[str, dict[str, None]] = {}
    for (who, _), moderation in decided.items():
        moderators.setdefault(who, {})[moderation.by] = None
    for one in candidates:
        who = canonical_number(one.candidate_id)
        pairs = [
            *combinations(one.assessors, 2),
            *((name, trainers.get(who, "")) for name in one.assessors),
            *product(moderators.get(who, ()), one.assessors),
        ]
        for name, other in pairs:
            if other and near_names(name, other):
                yield NearNames(one.candidate_id, name, other)


def _is_alone(by: str, name: str, assessors: Iterable[str]) -> bool:
    """Whether an assessor is named as who decided, and no other assessor beside."""
    return same_person(by, name) and not any(same_person(by, other) for other in assessors if other != name)


def _rated(
    files: Contents,
    forms: Mapping[str, tuple[AssessedTask, ...]],
    assignment: BookletAssignment,
    problems: list[Problem],
) -> list[Rated]:
    """The ratings, each with the number of its file. Names of assessors that are one person's are one."""
    tasks = {one.task: one.anchors for of_form in forms.values() for one in of_form}
    numbers = {visible(name): n for n, (name, _) in enumerate(files)}
    names: dict[str, str] = {}
    found: dict[tuple[str, str, str], Rated] = {}
    rows, faults = sound_ratings(files)
    problems += faults
    for row in rows:
        anchors, source = tasks.get(row.task), f"{row.file}:{row.line}"
        if anchors is None:
            message = tell("{task} is not a task of this exam{suggestion}", task=row.task,
                           suggestion=suggestion(row.task, list(tasks)))  # fmt: skip
            problems.append(Problem(source, "unknown-task", message, item=row.candidate_id, field="task"))
            continue
        if row.points not in anchors:
            message = tell(
                "`{points}` is not a possible score for {task}. Write {anchors}",
                points=row.points,
                task=row.task,
                anchors=", ".join(map(str, anchors)),
            )
            problems.append(Problem(source, "points-unknown", message, item=row.candidate_id, field="points"))
            continue
        if row.assessor not in names:
            names[row.assessor] = next((one for one in names if same_person(one, row.assessor)), row.assessor)
        one = Rated(
            assignment.as_listed(row.candidate_id),
            names[row.assessor],
            row.task,
            int(row.points),
            numbers[row.file],
            row.line,
            row.day.isoformat() if row.day is not None else "",
            row.centre,
            row.comment,
        )
        first = found.setdefault((canonical_number(one.candidate_id), one.assessor, one.task), one)
        if first.points != one.points:
            message = tell(
                "{id}: {assessor} gave {task} {points} points at {at}. Keep one of the two",
                id=one.candidate_id,
                assessor=one.assessor,
                task=one.task,
                points=first.points,
                at=f"{visible(files[first.file][0])}:{first.line}",
            )
            problems.append(Problem(source, "rated-twice", message, item=one.candidate_id))
    return list(found.values())
