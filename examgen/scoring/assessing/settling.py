"""Ratings of several assessors, and what was decided on them → one result for each task of each candidate.

The points of a task are the median of its ratings: of two their mean, of three the middle one. Where two are
farther apart than the rule of the exam allows, the candidate is open until somebody has decided (moderation).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Literal, NamedTuple

from examgen.capture.moderations import Moderation
from examgen.core.candidate_numbers import canonical_number
from examgen.core.models.item import AssessingRule
from examgen.core.person_names import same_person

How = Literal["one", "agreed", "median", "moderated", "open"]
"""How the points of a task came about: of one assessor alone; all gave the same; they lie near each other;
somebody decided; nobody has decided yet."""
MISSING, OPEN, BY_TRAINER = "ratings_missing", "to_be_moderated", "assessed_by_trainer"
"""Why a candidate has no result yet; codes of quarantine.csv."""


class AssessedTask(NamedTuple):
    """A task of a form: its number there, its id, its criterion, the points that it may be given."""

    question: int
    task: str
    pc: str
    anchors: tuple[int, ...]


class Rated(NamedTuple):
    """The points that an assessor gave a candidate for a task, and where that is written."""

    candidate_id: str
    assessor: str
    task: str
    points: int
    file: int
    line: int
    day: str = ""
    centre: str = ""
    comment: str = ""


class SettledTask(NamedTuple):
    """A task of a candidate: the rating of each assessor in their order, and what came of them."""

    of: AssessedTask
    ratings: tuple[int | None, ...]
    points: Fraction | None
    how: How
    decided: Moderation | None = None

    @property
    def mark(self) -> int:
        """The one or two anchors whose mean the points are, as a bit mask; 0 where there are none."""
        pair = pair_of(self.of.anchors, self.points) if self.points is not None else None
        return 0 if pair is None else sum(1 << self.of.anchors.index(one) for one in {*pair})


class SettledCandidate(NamedTuple):
    """A candidate with all that assessors gave: on which form, by whom, what came of each task; `reason` is
    why there is no result, `lacking` names what is missing."""

    candidate_id: str
    form: str
    assessors: tuple[str, ...]
    tasks: tuple[SettledTask, ...]
    file: int
    line: int
    day: str
    centre: str
    reason: str = ""
    lacking: tuple[str, ...] = ()


def pair_of(anchors: Sequence[int], points: Fraction) -> tuple[int, int] | None:
    """The anchor, twice, or the nearest two whose mean these points are; None where there are none."""
    if points in anchors:
        return int(points), int(points)
    pairs = (pair for pair in combinations(anchors, 2) if Fraction(sum(pair), 2) == points)
    return min(pairs, key=lambda pair: pair[1] - pair[0], default=None)


def settle(
    rated: Sequence[Rated],
    forms: Mapping[str, Sequence[AssessedTask]],
    rule: AssessingRule,
    moderated: Sequence[Moderation] = (),
    dealt: Mapping[str, str] = {},
    trainers: Mapping[str, str] = {},
) -> list[SettledCandidate]:
    """Every candidate of whom there is a rating, in the order of the first.

    `dealt` has the form of candidates who were assigned one, `trainers` who trained them, both by number as
    it is compared.
    """
    by_candidate: dict[str, list[Rated]] = {}
    for one in rated:
        by_candidate.setdefault(canonical_number(one.candidate_id), []).append(one)
    decided = {(canonical_number(one.candidate_id), one.task): one for one in moderated}
    found = []
    for who, own in by_candidate.items():
        form = dealt.get(who) or form_of({one.task for one in own}, forms)
        tasks = forms.get(form or "", ())
        of_who = {one.task: one_decided for one in tasks if (one_decided := decided.get((who, one.task)))}
        found.append(_settled(own, form or "", tasks, rule, of_who, trainers.get(who, "")))
    return found


def form_of(tasks: set[str], forms: Mapping[str, Sequence[AssessedTask]]) -> str | None:
    """The form that asks all of these tasks; None where none does, or several do."""
    fitting = [name for name, asked in forms.items() if tasks <= {one.task for one in asked}]
    return fitting[0] if len(fitting) == 1 else None


def _settled(
    own: Sequence[Rated],
    form: str,
    tasks: Sequence[AssessedTask],
    rule: AssessingRule,
    decided: Mapping[str, Moderation],
    trainers: str,
) -> SettledCandidate:
    given: dict[str, dict[str, int]] = {}
    for one in own:
        given.setdefault(one.assessor, {})[one.task] = one.points
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
    days = sorted({one.day for one in own if one.day})
    centres = dict.fromkeys(one.centre for one in own if one.centre)
    return SettledCandidate(
        first.candidate_id,
        form,
        assessors,
        settled,
        first.file,
        first.line,
        days[-1] if days else "",
        next(iter(centres), ""),
        reason,
        tuple(lacking),
    )


def _lacking(
    assessors: Sequence[str],
    tasks: Sequence[AssessedTask],
    table: Sequence[Sequence[int | None]],
    rule: AssessingRule,
) -> Iterator[str]:
    """How many assessors there are of how many, and tasks that one did not rate, as `task (assessor)`."""
    if len(assessors) < rule.assessors:
        yield f"{len(assessors)}/{rule.assessors}"
    for task, ratings in zip(tasks, table, strict=True):
        for name, points in zip(assessors, ratings, strict=True):
            if points is None:
                yield f"{task.task} ({name})"


def _far_apart(table: Sequence[Sequence[int | None]], rule: AssessingRule) -> set[int]:
    """The places of tasks on which somebody has to decide."""
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
