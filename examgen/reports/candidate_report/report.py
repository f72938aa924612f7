"""A candidate's row of a scored run → `CandidateReport`: every word and number of that candidate's report.

Whatever depends on points alone is in `SharedCandidateFacts`, made once for all candidates by
`candidate_facts`, so that a report is made of look-ups. How it is laid out, as HTML or as pages composed for
thousands, is not known here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby, takewhile
from typing import TYPE_CHECKING, NamedTuple

from examgen.core.words import Pair, tell
from examgen.rendering.parts import JUDGED, joined, one_line, unit_status
from examgen.reports.candidate_report.words import uncounted_words, undecided_words, unmarked_words

if TYPE_CHECKING:
    from examgen.core.scored_run import ScoredRun
    from examgen.rendering.parts import Words
    from examgen.reports.candidate_report.error import SecondLookWords
    from examgen.reports.candidate_report.standing import CoverageWords, ScoreStanding

_SLICE = 1000
MARKS = ("answered", "blank", "multiple", "invalid")
_PLACES = (
    ("centre", tell("Centre")),
    ("room", tell("Room")),
    ("seat", tell("Seat")),
)
_TOLD = ("insufficient", "not_assessed")
_WITHIN = {"unit": ("element", "pc"), "element": ("pc",), "pc": ()}


class CandidatePlace(NamedTuple):
    """A unit, an element or a criterion of the standard; `column` leads its columns in pc_results.csv."""

    level: str
    """`unit`, `element` or `pc`."""
    unit: str
    code: str
    title: str
    """The standard's own words, in the standard's language (Thai)."""
    column: str = ""
    is_all: bool = True
    """Of a unit: whether the standard asks nothing but the written test."""


class Result(NamedTuple):
    """What a candidate's points in one place of the standard mean. Numbers are texts as they are shown."""

    status: str
    """`met`, `not_met`, `undecided`, `insufficient` or `not_assessed`: a key of `parts.STATUSES`."""
    tally: Pair
    """`3 of 5 items`, or `4.5 of 7 points, 5 items` where items earn other points than one; empty where
    nothing was asked."""
    percent: str
    """`60`, without the sign; empty where nothing was asked."""
    interval: str
    """`23–88`, in whole per cent, without the sign; empty where none is told."""
    share: float
    """0 to 1: how far the bar reaches. So are the others."""
    low: float
    high: float
    met_from: float | None
    """Where the mark of the judgement stands; None where no percentage is the standard."""
    n_items: int


class CandidateLine(NamedTuple):
    """A line of the report: a place and the candidate's result there."""

    place: CandidatePlace
    result: Result


class WorkOn(NamedTuple):
    """What to work on in one unit, then the unit's own lists, which belong to no single criterion."""

    unit: CandidatePlace
    missed: tuple[CandidateLine, ...]
    """What is not met: criteria; an element, or the unit itself, where nothing in it could be judged."""
    skills: tuple[str, ...]
    knowledge: tuple[str, ...]


class TotalWords(NamedTuple):
    """What a total means on one form: the same for all who have it."""

    score: str
    max_score: str
    percent: str
    share: float
    uncertainty: Pair | None
    low: float
    """From where to where the true score may lie, as shares 0 to 1 of what could be had."""
    high: float
    answered: bool
    """Whether the sheet has a mark at all."""
    caption: Pair
    """How to read the bar."""
    standing: tuple[ScoreStanding, ...]
    """Scaled score, rank and such, where the blueprint's report asks for them."""


class RuleLine(NamedTuple):
    """A part of the pass rule and whether it held for the candidate, or a place that failed it."""

    sign: str
    """`held`, `not_held`, or empty for a place below a part that is not held."""
    said: Pair


class CandidateReport(NamedTuple):
    """Every word and number of one candidate's report. A text that does not apply is empty or None."""

    candidate_id: str
    name: str
    form: str
    place: tuple[tuple[Pair, str], ...]
    """Centre, room, seat, where they are known."""
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
    """Where the cut on the total stands, 0 to 1."""
    reached: bool | None
    """Whether the total is at the cut or above; None where the total decides nothing."""
    caption: Pair
    """How to read the bar of the total."""
    pass_rule: tuple[Pair, ...]
    cause: Pair | None
    """Which part of the rule failed first, and by what; None of who passed."""
    rule: tuple[RuleLine, ...]
    """Each part of the rule with whether it held."""
    second_look: Pair | None
    changes: tuple[Pair, ...]
    """What was changed after the exam: an earlier report that this one replaces, corrected questions."""
    standing: tuple[ScoreStanding, ...]
    """Scaled score, rank and such, and how many criteria were met, where the blueprint's report asks for
    them."""
    marks: Pair
    """How many were answered, blank, marked more than once, unreadable."""
    scoring: tuple[Pair, ...]
    """How many questions count, where not all do; what a candidate must know of the rule of scoring, where it
    is not the usual one; what their multiple and unreadable marks earn or cost."""
    lines: tuple[CandidateLine, ...]
    """Each unit, then its elements, each followed by its criteria, in the order of the standard."""
    work_on: tuple[WorkOn, ...]
    work_on_words: Pair
    """What leads, or stands in place of, the list of what to work on."""
    notes: tuple[Pair, ...]
    """What the statuses mean that occur and do not speak for themselves; and how to read a bar."""
    check: Pair
    """What to do with the code that proves the report, where it bears one."""


class Scale(NamedTuple):
    """What each number of points means in a place, on one form: sorted points and a result for each.

    What is not asked has no points and one result. `members` are the places (by number) whose points add
    up to those of this one; none for a criterion.
    """

    points: tuple[float, ...]
    results: tuple[Result, ...]
    members: tuple[int, ...]

    def at(self, points: float) -> Result:
        """The result of the nearest number of points: sums of thirds are not exact."""
        if len(self.points) < 2:
            return self.results[0]
        after = bisect_left(self.points, points)
        near = [n for n in (after - 1, after) if 0 <= n < len(self.points)]
        return self.results[min(near, key=lambda n: abs(self.points[n] - points))]


class FormFacts(NamedTuple):
    """What is the same for all who sat one form: a scale for each place, and the cut on the total."""

    scales: tuple[Scale, ...]
    cut: float | None
    pass_rule: tuple[Pair, ...]
    second_look: SecondLookWords | None
    """None where nobody can be marked, and once people are told the result."""
    changed: tuple[Pair, ...]
    """What corrections of the key changed on it."""
    coverage: CoverageWords | None
    """None where criteria met are not asked to be told."""
    partly: Pair | None
    """Which units and elements it does not ask whole; None where it asks all that it asks of whole."""
    n_unearned: int
    """Questions that earn nothing where they are left blank: neither pilot nor dropped, nor given to all."""
    n_counted: int
    """Questions that count: neither pilot nor dropped."""


class SharedCandidateFacts(NamedTuple):
    """What is the same for all candidates of a run."""

    places: tuple[CandidatePlace, ...]
    forms: Mapping[str, FormFacts]
    scores: Mapping[tuple[str, ...], TotalWords]
    """By form, score and `MARKS`, as candidates.csv writes them."""
    lists: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    """The skills and the knowledge of each unit's standard."""
    words: Words
    marks: Mapping[tuple[str, ...], Pair]
    """By answered, blank, multiple, invalid: what is said of them."""
    scoring: tuple[Pair, ...]
    odd_marks: Mapping[tuple[bool, bool], tuple[Pair, ...]]
    """By whether some questions were marked more than once, and unreadably: what that earns or costs."""
    replaced: Mapping[str, Pair]
    """By candidate: that the report replaces an earlier one, and what that told."""
    rule_lines: Callable[[Mapping[str, str], Sequence[float], Sequence[CandidateLine]], RuleSaid]
    """Row of candidates.csv, points by criterion and lines → what is said of the parts of the rule."""
    nothing_to_do: Pair
    to_do: Pair
    to_do_whole: Pair
    """In its place where an element or a unit is among what is not met."""
    to_do_blank: Pair
    """What stands before these where nothing was answered."""
    none_judged: Pair
    none_not_met: Pair
    """What stands there where criteria are undecided and none is not met."""
    undecided_too: Pair
    """What is said of undecided criteria."""
    certainty: str
    """The certainty that is asked of judgements, in per cent; empty where none is."""
    not_passed_so: Pair
    """What leads from these to why the exam was not passed."""
    meanings: Mapping[str, Pair]
    """Status → what it means, for those that need it said."""
    bar: Pair
    """How to read a bar."""
    bar_alone: Pair
    """The same of a sheet without any mark, where no bar has an interval."""
    met_from: Pair
    """From where on it counts as met."""
    objection: Pair
    """Whom to ask about the result."""
    check: Pair
    """How the code on a report is checked."""
    body_words: Mapping[str, tuple[Pair, ...]]
    """By decision what the certification body says of such a result, and the days that makes."""
    blanks: Mapping[bool, Pair]
    """What questions left blank are in the results, for those who left some; by whether all questions of the
    form earn points by answers alone."""


class RuleSaid(NamedTuple):
    """What is said of the parts of the rule for one candidate."""

    cause: Pair | None = None
    lines: tuple[RuleLine, ...] = ()
    by_total: bool = True
    """Whether every part but the total holds: another total would be another decision."""
    reached: bool | None = None
    """Whether the part of the total holds; None where there is none."""


Row = Mapping[str, str]
"""A line of a file, by column."""


class CandidateRow(NamedTuple):
    """A candidate's lines of candidates.csv and pc_results.csv."""

    person: Row
    criteria: Row


def candidate_rows(run: ScoredRun) -> Iterator[CandidateRow]:
    """The candidates of a run in the order of its files, a few at a time; of a centre where one is told."""
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

    # points by place, 0 for what is not a criterion; where a place has members, theirs together
    points = [float(criteria[f"{one.column}_correct"] or 0) if one.column else 0.0 for one in shared.places]
    lines = []
    for place, scale, own in zip(shared.places, form.scales, points, strict=True):
        result = scale.at(sum(points[n] for n in scale.members) if scale.members else own)
        if not score.answered:
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
    work_on = tuple(_work_on(shared, lines))
    changes, standing, scoring = form.changed, score.standing, shared.scoring
    if (replaced := shared.replaced.get(person["candidate_id"])) is not None:
        changes = (replaced, *changes)
    if form.coverage is not None:
        standing = (*standing, form.coverage.of(person["criteria_met"], shared.words))
    if (n_questions := sum(map(int, marks))) != form.n_counted:
        scoring = (uncounted_words(shared.words, n_questions, form.n_counted), *scoring)
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
        second_look=_second_look(form, person, rule, score),
        changes=changes,
        standing=standing,
        marks=shared.marks[marks],
        scoring=(*scoring, *shared.odd_marks[marks[2] != "0", marks[3] != "0"]),
        lines=tuple(lines),
        work_on=work_on,
        work_on_words=_leading_words(shared, lines, work_on, rule.cause, score.answered),
        notes=tuple(_notes(shared, form, lines, marks if score.answered else (), criteria, decision)),
        check=shared.check,
    )


def _second_look(
    form: FormFacts, person: Mapping[str, str], rule: RuleSaid, score: TotalWords
) -> Pair | None:
    """The mark need not be by the error of the range: whether that holds the cut is another question."""
    said = form.second_look
    if person.get("second_look") != "yes" or said is None:
        return None
    if not rule.by_total:
        return said.other
    is_within = form.cut is not None and score.low <= form.cut <= score.high and score.low < score.high
    return said.within if is_within else said.outside


def _work_on(shared: SharedCandidateFacts, lines: Sequence[CandidateLine]) -> Iterator[WorkOn]:
    """The units with something that is not met, where nothing within it says more."""
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


def _leading_words(
    shared: SharedCandidateFacts,
    lines: Sequence[CandidateLine],
    work_on: Sequence[WorkOn],
    cause: Pair | None,
    answered: bool,
) -> Pair:
    found = {line.result.status for line in lines if line.place.level == "pc"}
    if work_on:
        missed = [line.place.level for one in work_on for line in one.missed]
        lead = shared.to_do if set(missed) == {"pc"} else shared.to_do_whole
        if "undecided" in found:
            lead = joined(lead, shared.undecided_too)
        return lead if answered else joined(shared.to_do_blank, lead)
    said = shared.nothing_to_do if "met" in found else shared.none_judged
    if "undecided" in found:
        said = joined(shared.none_not_met, shared.undecided_too)
    if cause is None:
        return said
    return joined(said, shared.not_passed_so, cause)


def _notes(
    shared: SharedCandidateFacts,
    form: FormFacts,
    lines: Sequence[CandidateLine],
    marks: tuple[str, ...],
    criteria: Row,
    decision: str,
) -> Iterator[Pair]:
    """What the statuses mean, how to read a bar, and what blanks are; no `marks` where all are blank."""
    yield shared.bar if marks else shared.bar_alone
    yield shared.met_from
    if form.partly is not None:
        yield form.partly
    if marks and marks[MARKS.index("blank")] != "0":
        yield shared.blanks[form.n_unearned == sum(map(int, marks))]
        # criteria that are not met and have no mark
        unmarked = [
            place.code
            for place, result in lines
            if place.column and result.status == "not_met" and criteria.get(f"{place.column}_unmarked")
        ]
        if unmarked:
            yield unmarked_words(shared.words, unmarked)
    found = {line.result.status for line in lines}
    if "undecided" in found:
        tallies = dict.fromkeys(line.result.tally for line in lines if line.result.status == "undecided")
        yield undecided_words(shared.words, shared.certainty, tuple(tallies))
    yield from (shared.meanings[status] for status in _TOLD if status in found)
    yield shared.objection
    yield from shared.body_words[decision]
