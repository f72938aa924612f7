"""Files of ratings and of moderated points of an exam → every candidate settled, and each fault with its
line.

The points of a task are the median of its ratings: of two their mean, of three the middle one. If two are
farther apart than the rule of the exam allows, the candidate is open until somebody has decided (moderation).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import combinations, product
from typing import Literal, NamedTuple

from examgen.capture.answer_layout import BookletAssignment
from examgen.capture.ratings import Moderation, Rating, read_moderations, sound_ratings
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.package import Package
from examgen.core.models.item import AssessingRule
from examgen.core.person_names import near_names, same_person
from examgen.core.problems import Problem, Refused
from examgen.core.words import Message, listed, tell, tell_n
from examgen.core.yamlfile import suggestion

How = Literal["one", "agreed", "median", "moderated", "open"]
"""How the points of a task were found: from one assessor; from equal ratings; as the median of ratings close
to each other; by moderation; or not yet.
"""
MISSING, OPEN, BY_TRAINER = "ratings_missing", "to_be_moderated", "assessed_by_trainer"
"""Why a candidate has no result yet; codes of quarantine.csv."""


class AssessedTask(NamedTuple):
    """A task of a form: its question number, its id, its criterion, and the points that may be given."""

    question: int
    task: str
    pc: str
    anchors: tuple[int, ...]


class SettledTask(NamedTuple):
    """A task of a candidate: the rating of each assessor, in the order of the assessors, and the points that
    result.
    """

    of: AssessedTask
    ratings: tuple[int | None, ...]
    points: Fraction | None
    how: How
    decided: Moderation | None = None

    @property
    def mark(self) -> int:
        """The one or two anchors whose mean is the points, as a bit mask; 0 if there are none."""
        pair = pair_of(self.of.anchors, self.points) if self.points is not None else None
        return 0 if pair is None else sum(1 << self.of.anchors.index(one) for one in {*pair})


class SettledCandidate(NamedTuple):
    """A candidate with all ratings: the form, the assessors and the result of each task. `reason` says why
    there is no result, and `lacking` names what is missing.
    """

    candidate_id: str
    form: str
    assessors: tuple[str, ...]
    tasks: tuple[SettledTask, ...]
    file: str
    line: int
    day: str
    centre: str
    reason: str = ""
    lacking: tuple[str, ...] = ()


def pair_of(anchors: Sequence[int], points: Fraction) -> tuple[int, int] | None:
    """Return the anchor twice, or the two closest anchors, whose mean is these points; None if there are
    none.
    """
    if points in anchors:
        return int(points), int(points)
    pairs = (pair for pair in combinations(anchors, 2) if Fraction(sum(pair), 2) == points)
    return min(pairs, key=lambda pair: pair[1] - pair[0], default=None)


def settle(
    rated: Sequence[Rating],
    forms: Mapping[str, Sequence[AssessedTask]],
    rule: AssessingRule,
    moderated: Sequence[Moderation] = (),
    dealt: Mapping[str, str] = {},
    trainers: Mapping[str, str] = {},
) -> list[SettledCandidate]:
    """Return every candidate with a rating, in the order of their first ratings.

    `dealt` has the form of candidates to whom one was assigned, `trainers` the persons who trained them, both
    by canonical number.
    """
    decided: dict[str, dict[str, Moderation]] = {}
    for one in moderated:
        decided.setdefault(canonical_number(one.candidate_id), {})[one.task] = one
    found = []
    for who, own in _by_candidate(rated).items():
        form = dealt.get(who) or form_of({one.task for one in own}, forms) or ""
        of_who = decided.get(who, {}), trainers.get(who, "")
        found.append(_settled(own, form, forms.get(form, ()), rule, *of_who))
    return found


def _by_candidate(rated: Iterable[Rating]) -> dict[str, list[Rating]]:
    """Return the ratings of each candidate, by canonical number."""
    found: dict[str, list[Rating]] = {}
    for one in rated:
        found.setdefault(canonical_number(one.candidate_id), []).append(one)
    return found


def form_of(tasks: set[str], forms: Mapping[str, Sequence[AssessedTask]]) -> str | None:
    """Return the form that has all of these tasks; None if no form or several do."""
    fitting = [name for name, asked in forms.items() if tasks <= {one.task for one in asked}]
    return fitting[0] if len(fitting) == 1 else None


def _settled(
    own: Sequence[Rating],
    form: str,
    tasks: Sequence[AssessedTask],
    rule: AssessingRule,
    decided: Mapping[str, Moderation],
    trainers: str,
) -> SettledCandidate:
    given: dict[str, dict[str, int]] = {}
    for one in own:
        given.setdefault(one.assessor, {})[one.task] = int(one.points)
    assessors = tuple(given)
    table = [tuple(given[name].get(task.task) for name in assessors) for task in tasks]
    lacking = [*_lacking(assessors, tasks, table, rule)]
    far = _far_apart(table, rule) if not lacking else set()
    settled = tuple(
        _task(task, ratings, n in far, decided.get(task.task))
        for n, (task, ratings) in enumerate(zip(tasks, table, strict=True))
    )
    reason = ""
    if trainers and (named := [name for name in assessors if same_person(name, trainers)]):
        reason, lacking = BY_TRAINER, named
    elif lacking or not tasks:
        reason = MISSING
    elif open_ := [one.of.task for one in settled if one.how == "open"]:
        reason, lacking = OPEN, open_
    first = own[0]
    last_day = max((one.day_text for one in own), default="")
    centre = next((one.centre for one in own if one.centre), "")
    where = first.file, first.line, last_day, centre
    return SettledCandidate(first.candidate_id, form, assessors, settled, *where, reason, tuple(lacking))


def _lacking(
    assessors: Sequence[str],
    tasks: Sequence[AssessedTask],
    table: Sequence[Sequence[int | None]],
    rule: AssessingRule,
) -> Iterator[str]:
    """Yield the number of assessors out of those required, if there are too few, and each task that an
    assessor did not rate, as `task (assessor)`.
    """
    if len(assessors) < rule.assessors:
        yield f"{len(assessors)}/{rule.assessors}"
    for task, ratings in zip(tasks, table, strict=True):
        for name, points in zip(assessors, ratings, strict=True):
            if points is None:
                yield f"{task.task} ({name})"


def _far_apart(table: Sequence[Sequence[int | None]], rule: AssessingRule) -> set[int]:
    """Return the indices of the tasks that need moderation."""
    rows = [[points for points in ratings if points is not None] for ratings in table]
    far = {n for n, ratings in enumerate(rows) if max(ratings) - min(ratings) > rule.apart}
    totals = [sum(column) for column in zip(*rows, strict=True)]
    if rule.total_apart is not None and totals and max(totals) - min(totals) > rule.total_apart:
        far |= {n for n, ratings in enumerate(rows) if len(set(ratings)) > 1}
    return far


def _task(
    task: AssessedTask, ratings: tuple[int | None, ...], is_far: bool, decided: Moderation | None
) -> SettledTask:
    given = sorted(points for points in ratings if points is not None)
    if decided is not None:
        return SettledTask(task, ratings, decided.points, "moderated", decided)
    if is_far or not given:
        return SettledTask(task, ratings, None, "open")
    middle = Fraction(given[(len(given) - 1) // 2] + given[len(given) // 2], 2)
    how: How = "one" if len(given) == 1 else "agreed" if given[0] == given[-1] else "median"
    return SettledTask(task, ratings, middle, how)


Contents = Sequence[tuple[str, bytes]]
"""Files, by name and content."""


class Assessments(NamedTuple):
    """The ratings of an exam as far as they are known, and the results of its candidates."""

    forms: Mapping[str, tuple[AssessedTask, ...]]
    rated: tuple[Rating, ...]
    moderated: tuple[Moderation, ...]
    candidates: tuple[SettledCandidate, ...]
    near: Mapping[tuple[str, str], Sequence[str]] = {}
    """The candidates for whom two names must be of different persons, but may be of one."""

    def questions(self) -> list[Message]:
        """Return a question about each pair of similar names."""
        return [
            tell(
                "{name} and {other} may be the same person ({id}). If so, write the name the "
                "same way in each file",
                name=name,
                other=other,
                id=listed([*who[:3], *(["…"] if len(who) > 3 else [])]),
            )
            for (name, other), who in self.near.items()
        ]


def forms_assessed(asked: Package) -> dict[str, tuple[AssessedTask, ...]]:
    """Return the tasks of each form, in its order."""
    found: dict[str, list[AssessedTask]] = {}
    columns = (asked.key[name] for name in ("form", "question", "item", "pc", "anchors"))
    for form, question, task, pc, anchors in zip(*columns, strict=True):
        points = tuple(map(int, anchors.split("|")))
        found.setdefault(form, []).append(AssessedTask(int(question), task, pc, points))
    return {form: tuple(sorted(tasks)) for form, tasks in found.items()}


def rule_of(asked: Package) -> AssessingRule:
    """Return the rule of the blueprint by which ratings become points."""
    return AssessingRule.model_validate(asked.manifest["blueprint"].get("assessing") or {})


def read_assessments(
    asked: Package,
    ratings: Contents,
    moderations: Contents,
    assignment: BookletAssignment,
    trainers: Mapping[str, str] = {},
    today: date | None = None,
) -> Assessments:
    """Return the ratings and the result of every candidate with a rating. Raises Refused with every fault of
    every file.
    """
    forms = forms_assessed(asked)
    problems: list[Problem] = []
    rated = _rated(ratings, forms, assignment, problems)
    tasks = {one.task: one.anchors for of_form in forms.values() for one in of_form}
    decided: dict[tuple[str, str], Moderation] = {}
    by_who = _by_candidate(rated)
    dealt = {canonical_number(who): form for who, form in assignment.dealt.items()}
    for who, own in by_who.items():
        if who not in dealt and form_of({one.task for one in own}, forms) is None:
            message = tell(
                "{id} was rated on tasks that are together on no form, or that are on several "
                "forms. Give a list of which candidate was assessed on which form",
                id=own[0].candidate_id,
            )
            problems.append(Problem(own[0].source, "form-unknown", message, item=own[0].candidate_id))
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
    return Assessments(forms, tuple(rated), tuple(decided.values()), tuple(candidates), near)


def _near(
    candidates: Iterable[SettledCandidate],
    decided: Mapping[tuple[str, str], Moderation],
    trainers: Mapping[str, str],
) -> dict[tuple[str, str], list[str]]:
    """Return the candidates of each two similar names, of assessors, moderators and trainers."""
    found: dict[tuple[str, str], list[str]] = {}
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
                found.setdefault((name, other), []).append(one.candidate_id)
    return found


def _is_alone(by: str, name: str, assessors: Iterable[str]) -> bool:
    """Whether an assessor is named as who decided, and no other assessor beside."""
    return same_person(by, name) and not any(same_person(by, other) for other in assessors if other != name)


def _rated(
    files: Contents,
    forms: Mapping[str, tuple[AssessedTask, ...]],
    assignment: BookletAssignment,
    problems: list[Problem],
) -> list[Rating]:
    """The ratings of tasks of the exam with possible points."""
    tasks = {one.task: one.anchors for of_form in forms.values() for one in of_form}
    found: list[Rating] = []
    rows, faults = sound_ratings(files)
    problems += faults
    for row in rows:
        anchors = tasks.get(row.task)
        if anchors is not None and row.points in anchors:
            found.append(row._replace(candidate_id=assignment.as_listed(row.candidate_id)))
            continue
        if anchors is None:
            code, field = "unknown-task", "task"
            instead = suggestion(row.task, list(tasks))
            message = tell("{task} is not a task of this exam{suggestion}", task=row.task, suggestion=instead)
        else:
            code, field = "points-unknown", "points"
            message = tell(
                "`{points}` is not a possible score for {task}. Write {anchors}",
                points=row.points,
                task=row.task,
                anchors=", ".join(map(str, anchors)),
            )
        problems.append(Problem(row.source, code, message, item=row.candidate_id, field=field))
    return found
