"""A candidate's row of a scored run → `CandidateReport`: every text and number of that candidate's report.

Whatever depends on points alone is in `SharedCandidateFacts`, which `candidate_facts` makes once for all
candidates. A report is then made by look-ups. This module does not depend on the layout, in HTML or in PDFs
composed in bulk.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby, takewhile
from typing import TYPE_CHECKING, NamedTuple

from examgen.core.models.field_types import Bilingual
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
"""The number of candidates read at a time."""
MARKS = ("answered", "blank", "multiple", "invalid")
_PLACES = (
    ("centre", tell("Centre")),
    ("room", tell("Room")),
    *((one.name, one.label) for one in REPORTED_COLUMNS),
)
MOST_TALLIES = 6
"""The maximum number of undecided places for which the items answered correctly are reported."""
_WITHIN = {"unit": ("element", "pc"), "element": ("pc",), "pc": ()}
"""The levels below each level of the standard."""


class CandidatePlace(NamedTuple):
    """A unit, element or criterion of the standard; its columns in pc_results.csv start with `column`."""

    level: str
    """`unit`, `element` or `pc`."""
    unit: str
    code: str
    title: str
    """The text of the standard, in its own language (Thai)."""
    column: str = ""
    is_all: bool = True
    """For a unit: whether the standard requires only the written test."""


class Result(NamedTuple):
    """What a candidate's points in one part of the standard mean. Numbers are texts as they are shown."""

    status: str
    """`met`, `not_met`, `undecided`, `insufficient` or `not_assessed`: a key of `parts.STATUSES`."""
    tally: Pair
    """`3 of 5 items`, or `4.5 of 7 points, 5 items` if some items do not earn exactly 0 or 1 point; empty if
    the part has no items."""
    percent: str
    """`60`, without the per cent sign; empty if the part has no items."""
    interval: str
    """`23–88`, in whole per cent, without the sign; empty if no interval is shown."""
    share: float
    """The length of the bar, from 0 to 1."""
    low: float
    """The lower end of the interval on the bar, from 0 to 1."""
    high: float
    met_from: float | None
    """The position on the bar, from 0 to 1, from which the part counts as met; None if the judgement has no
    percentage."""
    n_items: int


class CandidateLine(NamedTuple):
    """A line of the report: a part of the standard and the candidate's result in it."""

    place: CandidatePlace
    result: Result


class WorkOn(NamedTuple):
    """The parts to work on in one unit, and the unit's lists of skills and knowledge, which belong to no
    single criterion."""

    unit: CandidatePlace
    missed: tuple[CandidateLine, ...]
    """Criteria that are not met; an element or the unit itself if nothing below it could be judged."""
    skills: tuple[str, ...]
    knowledge: tuple[str, ...]


class TotalWords(NamedTuple):
    """What a total on one form means. It is the same for all candidates who have that total."""

    score: str
    max_score: str
    percent: str
    share: float
    uncertainty: Pair | None
    low: float
    """The lower end of the range of the true score, as a share (0 to 1) of the full score; `high` is the
    upper end."""
    high: float
    answered: bool
    """Whether the sheet has any mark."""
    caption: Pair
    """How to read the bar."""
    standing: tuple[ScoreStanding, ...]
    """Scaled score, rank and similar results that the blueprint's report settings ask for."""


class RuleLine(NamedTuple):
    """A part of the pass rule and whether the candidate met it, or a part of the standard that failed it."""

    sign: str
    """`held` if it is met, `not_held` if not, empty for a part of the standard listed below a part that is
    not met."""
    said: Pair


class RuleSentences(NamedTuple):
    """The sentences that explain the parts of the pass rule to one candidate."""

    cause: Pair | None = None
    lines: tuple[RuleLine, ...] = ()
    by_total: bool = True
    """Whether the total alone decides, because the candidate met every other part of the rule."""
    reached: bool | None = None
    """Whether the candidate met the part on the total; None if the rule has no such part."""


class JudgementBasis(NamedTuple):
    """How all candidates of a run are judged, for the sentences that explain it."""

    certainty: str
    """The certainty that judgements must have, in per cent; empty if none is required."""
    confidence: str
    """The confidence level of the intervals, in per cent."""
    min_items: int
    has_intervals: bool
    """Whether percentages have intervals. Ratings by assessors have none."""
    met_from: Pair
    """The percentage from which a part of the standard counts as met, in words."""
    verify: str
    """The address at which the certification body verifies codes."""
    words: Words


class CandidateReport(NamedTuple):
    """Every text and number of one candidate's report. A text that does not apply is empty or None."""

    candidate_id: str
    name: str
    form: str
    place: tuple[tuple[Pair, str], ...]
    """Centre, room, seat and organisation, if they are known."""
    decision: str
    """`pass`, `fail`, or empty if the exam has no pass rule."""
    score: str
    max_score: str
    percent: str
    share: float
    uncertainty: Pair | None
    """The range of the true score with its confidence, or the reason why there is none."""
    low: float
    high: float
    cut: float | None
    """The position of the cut score on the bar of the total, from 0 to 1."""
    reached: bool | None
    """Whether the total is at or above the cut score; None if the total decides nothing."""
    caption: Pair
    """How to read the bar of the total."""
    pass_rule: tuple[Pair, ...]
    cause: Pair | None
    """The first part of the rule that was not met, and why; None for candidates who passed."""
    rule: tuple[RuleLine, ...]
    """Each part of the rule and whether the candidate met it."""
    second_look: SecondLook | None
    """The announcement of a second look, before results are released."""
    decisions: tuple[Pair, ...]
    """Decisions about the candidate: on a second look, an appeal or another marking."""
    unit: tuple[Pair, ...]
    """Each unit judged by all methods that its standard requires: the result of each method, and whether the
    unit is met."""
    changes: tuple[Pair, ...]
    """Changes made after the exam: the earlier report that this one replaces, and corrected questions."""
    standing: tuple[ScoreStanding, ...]
    """Scaled score, rank and similar results, and the number of criteria met, if the blueprint's report
    settings ask for them."""
    marks: Pair
    """The numbers of questions that were answered, left blank, marked more than once, and unreadable."""
    scoring: tuple[Pair, ...]
    """The number of questions that count, if some do not; the scoring rule, if it is not the usual one; and
    what the candidate's multiple and unreadable marks earn or cost."""
    lines: tuple[CandidateLine, ...]
    """Each unit, then its elements, each followed by its criteria, in the order of the standard."""
    work_on: tuple[WorkOn, ...]
    answered: bool
    """Whether the sheet has any mark."""
    has_blanks: bool
    """Whether some of the questions of an answered sheet are blank."""
    all_count: bool
    """Whether every question of the form earns points only if it is answered."""
    unmarked: tuple[str, ...]
    """Criteria that are not met and have no mark, if some questions are blank."""
    partly: Pair | None
    """Names the units and elements of which the form covers only a part."""
    body_words: tuple[Pair, ...]
    """The certification body's rules for this decision, with the dates that follow from them."""
    basis: JudgementBasis

    @property
    def undecided(self) -> Pair:
        """The different results (items answered correctly, or points) of the undecided parts, at most
        `MOST_TALLIES` of them."""
        found = dict.fromkeys(line.result.tally for line in self.lines if line.result.status == "undecided")
        more = " …" if len(found) > MOST_TALLIES else ""
        th, en = (
            "; ".join(getattr(one, lang) for one in [*found][:MOST_TALLIES]) + more for lang in ("th", "en")
        )
        return Bilingual(th=th, en=en)


class Scale(NamedTuple):
    """The result for each possible number of points in one part of the standard, on one form; `points` are
    sorted.

    A part without items on this form has no points and one result. `members` are the indices of the criteria
    whose points it sums; a criterion has none.
    """

    points: tuple[float, ...]
    results: tuple[Result, ...]
    members: tuple[int, ...]

    def at(self, points: float) -> Result:
        """Return the result for the nearest number of points, because sums of thirds are not exact."""
        if len(self.points) < 2:
            return self.results[0]
        after = bisect_left(self.points, points)
        near = [n for n in (after - 1, after) if 0 <= n < len(self.points)]
        return self.results[min(near, key=lambda n: abs(self.points[n] - points))]


class FormFacts(NamedTuple):
    """Facts shared by all candidates who took a form: a scale for each part of the standard, and the cut
    score on the total."""

    scales: tuple[Scale, ...]
    cut: float | None
    required: Decimal | None
    """The lowest score that reaches the cut; a whole number if all scores are whole points."""
    pass_rule: tuple[Pair, ...]
    second_look: SecondLook | None
    """None if no candidate can get a second look, or if the results have been released."""
    changed: tuple[Pair, ...]
    """What corrections of the key changed on this form."""
    coverage: CoverageWords | None
    """None if the blueprint does not ask for the number of criteria met."""
    partly: Pair | None
    """Names the units and elements of which the form covers only a part; None if there are none."""
    n_unearned: int
    """The number of questions that earn nothing if left blank: not pilot, not dropped, not credited to
    everybody."""
    n_counted: int
    """The number of questions that count: not pilot and not dropped."""


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
    """What multiple and unreadable marks earn or cost, by whether some marks are multiple and whether some
    are unreadable."""
    unit_words: UnitWords
    """Gives the sentences on units judged by all methods that their standards require."""
    decision_words: DecisionWords
    replaced: Mapping[str, Pair]
    """By candidate, the sentences that this report replaces an earlier one, with the result in that one."""
    rule_lines: Callable[[Row, Sequence[float], Sequence[CandidateLine]], RuleSentences]
    """Takes a row of candidates.csv, the points by criterion and the lines, and returns the sentences on the
    parts of the rule."""
    basis: JudgementBasis
    body_words: Mapping[str, tuple[Pair, ...]]
    """By decision, the certification body's rules, with the dates that follow from them."""


class CandidateRow(NamedTuple):
    """A candidate's lines of candidates.csv and pc_results.csv."""

    person: Row
    criteria: Row


def candidate_rows(run: ScoredRun) -> Iterator[CandidateRow]:
    """Yield the candidates of a run in the order of its files, read a slice at a time. The centre is left out
    if the places of the run are not centres."""
    people = run.candidates if run.place_kind == "centre" else run.candidates.drop("centre")
    slices = zip(people.iter_slices(_SLICE), run.criteria.iter_slices(_SLICE), strict=True)
    for some, criteria in slices:
        for person, own in zip(some.iter_rows(named=True), criteria.iter_rows(named=True), strict=True):
            yield CandidateRow(person, own)


def candidate_report(shared: SharedCandidateFacts, row: CandidateRow) -> CandidateReport:
    """Return every text and number of one candidate's report."""
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
    """Return the second look that is announced; None if there is none. Its `case` tells whether the cut score
    is within the range of the true score, because the second look may use another standard error than that
    range."""
    if person.get("second_look") != "yes" or form.second_look is None:
        return None
    is_within = form.cut is not None and score.low <= form.cut <= score.high and score.low < score.high
    case = "other" if not rule.by_total else "within" if is_within else "outside"
    return form.second_look._replace(case=case)


def _work_on(shared: SharedCandidateFacts, lines: Sequence[CandidateLine]) -> Iterator[WorkOn]:
    """Yield the units with parts that are not met. A part is left out if one below it is more informative."""
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
