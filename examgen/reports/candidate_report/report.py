"""A candidate's row of a scored run → `CandidateReport`: every word and number of that candidate's report.

What depends on points alone is in `SharedCandidateFacts`, which `candidate_facts` makes once for all
candidates: a report is then made by look-ups. This module knows nothing of the layout, in HTML or in pages
composed for thousands.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby, takewhile
from typing import TYPE_CHECKING, NamedTuple

from examgen.core.models.base import Bilingual
from examgen.core.person_decisions import TotalResult
from examgen.core.register import REPORTED_COLUMNS
from examgen.core.words import Pair, tell
from examgen.rendering.parts import JUDGED, one_line, unit_status
from examgen.reports.candidate_report.words import uncounted_words

if TYPE_CHECKING:
    from decimal import Decimal

    from examgen.rendering.parts import Words
    from examgen.reports.candidate_report.by_decision import DecisionWords
    from examgen.reports.candidate_report.by_methods import UnitWords
    from examgen.reports.candidate_report.error import SecondLook
    from examgen.reports.candidate_report.standing import CoverageWords, ScoreStanding
    from examgen.scoring.scored_run import ScoredRun

Row = Mapping[str, str]
"""A line of a file, by column."""

_SLICE = 1000
"""Candidates that are read at a time."""
MARKS = ("answered", "blank", "multiple", "invalid")
_PLACES = (
    ("centre", tell("Centre")),
    ("room", tell("Room")),
    *((one.name, one.label) for one in REPORTED_COLUMNS),
)
MOST_TALLIES = 6
"""Of more undecided places, these tell how many items were right."""
_WITHIN = {"unit": ("element", "pc"), "element": ("pc",), "pc": ()}
"""The levels of the places within a place."""


class CandidatePlace(NamedTuple):
    """A unit, element or criterion of the standard; its columns in pc_results.csv start with `column`."""

    level: str
    """`unit`, `element` or `pc`."""
    unit: str
    code: str
    title: str
    """The standard's own words, in the standard's language (Thai)."""
    column: str = ""
    is_all: bool = True
    """For a unit: whether the standard asks for the written test alone."""


class Result(NamedTuple):
    """Meaning of a candidate's points in one place of the standard. Numbers are texts as they are shown."""

    status: str
    """`met`, `not_met`, `undecided`, `insufficient` or `not_assessed`: a key of `parts.STATUSES`."""
    tally: Pair
    """`3 of 5 items`, or `4.5 of 7 points, 5 items` where items earn other points than one; empty where
    nothing was asked."""
    percent: str
    """`60`, without the per cent sign; empty where nothing was asked."""
    interval: str
    """`23–88`, in whole per cent, without the sign; empty where no interval is shown."""
    share: float
    """The length of the bar, from 0 to 1."""
    low: float
    """The lower end of the interval on the bar, from 0 to 1."""
    high: float
    met_from: float | None
    """The place on the bar from which it counts as met; None where the judgement has no percentage."""
    n_items: int


class CandidateLine(NamedTuple):
    """A line of the report: a place and the candidate's result there."""

    place: CandidatePlace
    result: Result


class WorkOn(NamedTuple):
    """Places to work on in one unit, and the lists of the unit that belong to no single criterion."""

    unit: CandidatePlace
    missed: tuple[CandidateLine, ...]
    """Criteria that are not met; an element or the unit itself where nothing within it could be judged."""
    skills: tuple[str, ...]
    knowledge: tuple[str, ...]


class TotalWords(NamedTuple):
    """Meaning of a total on one form: the same for all who have that total."""

    score: str
    max_score: str
    percent: str
    share: float
    uncertainty: Pair | None
    low: float
    """The range of the true score is from `low` to `high`, as shares (0 to 1) of the full score."""
    high: float
    answered: bool
    """Whether the sheet has any mark."""
    caption: Pair
    """How to read the bar."""
    standing: tuple[ScoreStanding, ...]
    """Scaled score, rank and such, where the blueprint's report asks for them."""


class RuleLine(NamedTuple):
    """A part of the pass rule and whether the candidate met it, or a place of the standard that failed it."""

    sign: str
    """`held`, `not_held`, or empty for a place below a part that is not held."""
    said: Pair


class RuleSentences(NamedTuple):
    """The sentences on the parts of the rule for one candidate."""

    cause: Pair | None = None
    lines: tuple[RuleLine, ...] = ()
    by_total: bool = True
    """Whether the candidate met every part but the total, so that the total alone decides."""
    reached: bool | None = None
    """Whether the candidate met the part on the total; None where the rule has no such part."""


class JudgementBasis(NamedTuple):
    """How all candidates of a run are judged, for the sentences that explain it."""

    certainty: str
    """The certainty that judgements must have, in per cent; empty where they need none."""
    confidence: str
    """That of the intervals, in per cent."""
    min_items: int
    has_intervals: bool
    """Whether percentages have intervals; ratings of assessors have none."""
    met_from: Pair
    """From which percentage a place counts as met."""
    verify: str
    """The address at which the body checks codes."""
    words: Words


class CandidateReport(NamedTuple):
    """Every word and number of one candidate's report. A text that does not apply is empty or None."""

    candidate_id: str
    name: str
    form: str
    place: tuple[tuple[Pair, str], ...]
    """Centre, room, seat, organisation, where they are known."""
    decision: str
    """`pass`, `fail`, or empty where the exam has no pass rule."""
    score: str
    max_score: str
    percent: str
    share: float
    uncertainty: Pair | None
    """The range of the true score, with its share; or why there is none."""
    low: float
    high: float
    cut: float | None
    """The place of the cut on the bar of the total, from 0 to 1."""
    reached: bool | None
    """Whether the total is at the cut or above; None where the total decides nothing."""
    caption: Pair
    """How to read the bar of the total."""
    pass_rule: tuple[Pair, ...]
    cause: Pair | None
    """The part of the rule that failed first, and how; None for candidates who passed."""
    rule: tuple[RuleLine, ...]
    """Each part of the rule, with whether the candidate met it."""
    second_look: SecondLook | None
    """That a second look is announced, before results are released."""
    decisions: tuple[Pair, ...]
    """What was decided about the candidate: on a second look, an appeal, another marking."""
    unit: tuple[Pair, ...]
    """Each unit by all methods that its standard asks: the result of each, and whether the unit is met."""
    changes: tuple[Pair, ...]
    """What was changed after the exam: the earlier report that this one replaces, corrected questions."""
    standing: tuple[ScoreStanding, ...]
    """Scaled score, rank and such, and how many criteria were met, where the blueprint's report asks for
    them."""
    marks: Pair
    """The numbers of questions that were answered, left blank, marked more than once, and unreadable."""
    scoring: tuple[Pair, ...]
    """How many questions count, where some do not; the rule of scoring, where it is not the usual one; what
    the candidate's multiple and unreadable marks earn or cost."""
    lines: tuple[CandidateLine, ...]
    """Each unit, then its elements, each followed by its criteria, in the order of the standard."""
    work_on: tuple[WorkOn, ...]
    answered: bool
    """Whether the sheet has any mark."""
    has_blanks: bool
    """Whether some of the questions of an answered sheet are blank."""
    all_count: bool
    """Whether every question of the form earns points by answers alone."""
    unmarked: tuple[str, ...]
    """Criteria that are not met and have no mark, where some questions are blank."""
    partly: Pair | None
    """The units and elements of which the form asks only a part."""
    body_words: tuple[Pair, ...]
    """The rules of the certification body for such a result, with the dates they lead to."""
    basis: JudgementBasis

    @property
    def undecided(self) -> Pair:
        """What was right of what, in each place that is undecided."""
        found = dict.fromkeys(line.result.tally for line in self.lines if line.result.status == "undecided")
        more = " …" if len(found) > MOST_TALLIES else ""
        th, en = (
            "; ".join(getattr(one, lang) for one in [*found][:MOST_TALLIES]) + more for lang in ("th", "en")
        )
        return Bilingual(th=th, en=en)


class Scale(NamedTuple):
    """The result for each number of points in one place of the standard, on one form; `points` are sorted.

    A place that the form does not ask has no points and one result. `members` are the numbers of the places
    whose points add up to those of this one; a criterion has none.
    """

    points: tuple[float, ...]
    results: tuple[Result, ...]
    members: tuple[int, ...]

    def at(self, points: float) -> Result:
        """The result for the nearest number of points, since sums of thirds are not exact."""
        if len(self.points) < 2:
            return self.results[0]
        after = bisect_left(self.points, points)
        near = [n for n in (after - 1, after) if 0 <= n < len(self.points)]
        return self.results[min(near, key=lambda n: abs(self.points[n] - points))]


class FormFacts(NamedTuple):
    """Facts shared by all candidates of a form: a scale for each place, and the cut on the total."""

    scales: tuple[Scale, ...]
    cut: float | None
    required: Decimal | None
    """The lowest score that reaches the cut: a whole number where scores are whole points."""
    pass_rule: tuple[Pair, ...]
    second_look: SecondLook | None
    """None where no candidate can get a second look, and once the results are released."""
    changed: tuple[Pair, ...]
    """What corrections of the key changed on this form."""
    coverage: CoverageWords | None
    """None where the blueprint does not ask for the number of criteria met."""
    partly: Pair | None
    """The units and elements of which the form asks only a part; None where there are none."""
    n_unearned: int
    """Questions that earn nothing when left blank: not pilot, not dropped, not given to all."""
    n_counted: int
    """Questions that count: not pilot and not dropped."""


class SharedCandidateFacts(NamedTuple):
    """Facts shared by all candidates of a run."""

    places: tuple[CandidatePlace, ...]
    forms: Mapping[str, FormFacts]
    scores: Mapping[tuple[str, ...], TotalWords]
    """By form, score and the values of `MARKS`, as in candidates.csv."""
    lists: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    """The skills and the knowledge of each unit's standard."""
    words: Words
    marks: Mapping[tuple[str, ...], Pair]
    """By the values of `MARKS`, the sentence on the candidate's marks."""
    scoring: tuple[Pair, ...]
    odd_marks: Mapping[tuple[bool, bool], tuple[Pair, ...]]
    """What odd marks earn or cost, by whether some are multiple and whether some are unreadable."""
    unit_words: UnitWords
    """Whether units are met by all methods that their standards ask."""
    decision_words: DecisionWords
    replaced: Mapping[str, Pair]
    """By candidate, that the report replaces an earlier one, and the result in that one."""
    rule_lines: Callable[[Row, Sequence[float], Sequence[CandidateLine]], RuleSentences]
    """Row of candidates.csv, points by criterion and lines → the sentences on the parts of the rule."""
    basis: JudgementBasis
    body_words: Mapping[str, tuple[Pair, ...]]
    """By decision, the rules of the certification body for such a result, with the dates they lead to."""


class CandidateRow(NamedTuple):
    """A candidate's lines of candidates.csv and pc_results.csv."""

    person: Row
    criteria: Row


def candidate_rows(run: ScoredRun) -> Iterator[CandidateRow]:
    """The candidates of a run in the order of its files, read a slice at a time; with centres where known."""
    people = run.candidates if run.place_kind == "centre" else run.candidates.drop("centre")
    slices = zip(people.iter_slices(_SLICE), run.criteria.iter_slices(_SLICE), strict=True)
    for some, criteria in slices:
        for person, own in zip(some.iter_rows(named=True), criteria.iter_rows(named=True), strict=True):
            yield CandidateRow(person, own)


def candidate_report(shared: SharedCandidateFacts, row: CandidateRow) -> CandidateReport:
    """Everything that the report of one candidate says."""
    person, criteria = row
    decision, form = person["decision"], shared.forms[person["form"]]
    marks = tuple(person[key] for key in MARKS)
    score = shared.scores[person["form"], person["score"], *marks]

    # points by place, 0 for a place that is no criterion; the points of its members are added below
    points = [float(criteria[f"{one.column}_correct"] or 0) if one.column else 0.0 for one in shared.places]
    lines = []
    for place, scale, own in zip(shared.places, form.scales, points, strict=True):
        result = scale.at(sum(points[n] for n in scale.members) if scale.members else own)
        if not score.answered or not shared.basis.has_intervals:
            # a sheet without any mark tells nothing of what the candidate knows
            result = result._replace(interval="", low=result.share, high=result.share)
        if place.level == "unit" and decision:
            # the status of a unit follows the decision; the mark of the one unit is the cut
            n_units = len(shared.lists)
            result = result._replace(status=unit_status(result.status, decision, n_units))
            result = result._replace(met_from=form.cut) if n_units == 1 else result
        lines.append(CandidateLine(place, result))

    earned = [own for place, own in zip(shared.places, points, strict=True) if place.level == "pc"]
    rule = shared.rule_lines(person, earned, lines)
    units = [line for line in lines if line.place.level == "unit"]
    of_units = (
        shared.unit_words(person["candidate_id"], one.place.unit, one.result.status, decision)
        for one in units
    )
    decided = shared.decision_words(
        person["candidate_id"], TotalResult(person["score"], person["max_score"], person["decision"])
    )
    changes, standing, scoring = form.changed, score.standing, shared.scoring
    if (replaced := shared.replaced.get(person["candidate_id"])) is not None:
        changes = (replaced, *changes)
    if form.coverage is not None:
        standing = (*standing, form.coverage.of(person["criteria_met"], shared.words))
    if (n_questions := sum(map(int, marks))) != form.n_counted:
        scoring = (uncounted_words(shared.words, n_questions, form.n_counted), *scoring)
    has_blanks = score.answered and marks[MARKS.index("blank")] != "0"
    return CandidateReport(
        candidate_id=person["candidate_id"],
        name=one_line(person.get("name", "")),
        form=person["form"],
        place=tuple((name, one_line(person[key])) for key, name in _PLACES if person.get(key)),
        decision=decision,
        score=score.score,
        max_score=score.max_score,
        percent=score.percent,
        share=score.share,
        uncertainty=score.uncertainty,
        low=score.low,
        high=score.high,
        cut=form.cut,
        reached=rule.reached,
        caption=score.caption,
        pass_rule=form.pass_rule,
        cause=rule.cause,
        rule=rule.lines,
        second_look=None if decided.has_look else _second_look(form, person, rule, score),
        decisions=decided.said,
        unit=tuple(said for some in of_units for said in some),
        changes=changes,
        standing=standing,
        marks=shared.marks[marks],
        scoring=(*scoring, *shared.odd_marks[marks[2] != "0", marks[3] != "0"]),
        lines=tuple(lines),
        work_on=tuple(_work_on(shared, lines)),
        answered=score.answered,
        has_blanks=has_blanks,
        all_count=form.n_unearned == n_questions,
        unmarked=tuple(
            place.code
            for place, result in lines
            if has_blanks
            and place.column
            and result.status == "not_met"
            and criteria.get(f"{place.column}_unmarked")
        ),
        partly=form.partly,
        body_words=shared.body_words[decision],
        basis=shared.basis,
    )


def _second_look(form: FormFacts, person: Row, rule: RuleSentences, score: TotalWords) -> SecondLook | None:
    """The second look that is announced, None where there is none. It tells whether the cut is within the
    range of the true score, since the second look may rest on another error than the range."""
    if person.get("second_look") != "yes" or form.second_look is None:
        return None
    is_within = form.cut is not None and score.low <= form.cut <= score.high and score.low < score.high
    case = "other" if not rule.by_total else "within" if is_within else "outside"
    return form.second_look._replace(case=case)


def _work_on(shared: SharedCandidateFacts, lines: Sequence[CandidateLine]) -> Iterator[WorkOn]:
    """The units with places that are not met; a place is left out where one within it says more."""
    for unit, own in groupby(lines, lambda line: line.place.unit):
        of_unit, missed = list(own), []
        for n, line in enumerate(of_unit):
            if line.result.status != "not_met":
                continue
            after = takewhile(lambda one: one.place.level in _WITHIN[line.place.level], of_unit[n + 1 :])  # noqa: B023
            within = {one.result.status for one in after}
            if "not_met" not in within if "undecided" in within else within.isdisjoint(JUDGED):
                missed.append(line)
        if missed:
            yield WorkOn(of_unit[0].place, tuple(missed), *shared.lists[unit])
