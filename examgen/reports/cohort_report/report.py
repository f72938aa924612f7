"""A scored run → `CohortReport`: how the cohort performed, which criteria it lacks, who is near the cut
score, who has no result.

Pure: every number comes from the tables of the run, or is an interval for one of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import ceil, floor
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from examgen.core.candidate_numbers import canonical_number
from examgen.core.person_decisions import Look, TotalResult, last_looks, look_of
from examgen.rendering.parts import Proportion, proportion
from examgen.reports.cohort_report.rows import KINDS, CohortRows, Floats, criterion_means, rows_of
from examgen.reports.cohort_report.statuses import (
    CODES,
    MET,
    NOT_MET,
    StandardPlace,
    statuses_of,
)
from examgen.reports.decisions import DecisionFacts, RepeatedDecisions, decision_facts
from examgen.reports.ledger_lines import NoResultRow, not_used, set_aside
from examgen.scoring.form_cut_scores import Cut, cuts_of

if TYPE_CHECKING:
    from examgen.core.person_decisions import PersonDecision
    from examgen.scoring.scored_run import ScoredRun

MOST_BARS = 60
_PERCENT_STEP = 5
SAME = 1e-9
"""Cut scores in per cent that differ by less than this are the same."""
MOST_MARGINS = 6
"""The maximum number of forms with different cut scores for which the figure shows margins."""
MOST_PEOPLE = 60
"""The maximum size of a cohort shown candidate by candidate; a larger one is shown in score bands."""
N_BANDS = 10
MOST_BLANK = 10
"""The number of candidates listed for having the most blanks."""


class Summary(NamedTuple):
    """Summary of scores in per cent; `sd` divides by n − 1. A value is None if it is undefined."""

    n: int
    mean: float | None
    sd: float | None
    median: float | None
    least: float | None
    greatest: float | None


def summary(percent: Floats) -> Summary:
    """Return the mean, spread and range of scores in per cent."""
    n = len(percent)
    if not n:
        return Summary(0, None, None, None, None, None)
    sd = float(percent.std(ddof=1)) if n > 1 else None
    ends = float(percent.min()), float(percent.max())
    return Summary(n, float(percent.mean()), sd, float(np.median(percent)), *ends)


class ScoreBar(NamedTuple):
    """The number of candidates whose score is at least `low` and less than `low` + the step, and how many of
    them passed. If bars are ranges, the last one includes the full score."""

    low: float
    n: int
    passed: int


class Margin(NamedTuple):
    """The cut score of a form, or of all forms (`form` is empty), and its standard error, which is drawn on
    both sides."""

    form: str
    cut: float
    sem: float


class Distribution(NamedTuple):
    """The number of candidates by score: in points if all forms have the same maximum score and cut score,
    otherwise in per cent.

    `single`: each bar is one whole score. `whole`: all scores are whole points. `cuts` are the lowest and the
    highest cut score of the forms. If these are equal, `margins` has one margin for all forms, the widest if
    `of_several`; otherwise one for each form, or none if there are many forms.
    """

    in_points: bool
    single: bool
    step: int
    most: float
    bars: tuple[ScoreBar, ...]
    cuts: tuple[float, float] | None
    margins: tuple[Margin, ...]
    of_several: bool
    whole: bool = False

    def greatest(self, bar: ScoreBar) -> float | None:
        """Return the highest whole score in a bar; None if scores are not whole."""
        if not self.whole:
            return None
        return bar.low if self.single else self.most if self.is_last(bar) else bar.low + self.step - 1

    def until(self, bar: ScoreBar) -> float:
        """Return the upper end of a bar's range. The last range includes the full score."""
        return min(bar.low + self.step, self.most)

    def is_last(self, bar: ScoreBar) -> bool:
        """Return whether the bar is the last range, which includes its upper end."""
        return not self.single and bar is self.bars[-1]


def distribution(rows: CohortRows, cuts: Mapping[str, Cut | None]) -> Distribution | None:
    """Return the score distribution of a cohort; None if it has no candidates."""
    if not rows.n:
        return None
    kinds = set(cuts.values())
    in_points = len(kinds) == 1 and bool((rows.most == rows.most[0]).all())
    values, most = (rows.score, float(rows.most[0])) if in_points else (rows.percent, 100.0)
    passed = rows.passed if rows.passed is not None else np.zeros(rows.n, np.bool_)
    span = most - min(0.0, float(values.min()))
    step = max(1, ceil((span + 1) / MOST_BARS)) if in_points else _PERCENT_STEP
    first = floor(min(0.0, float(values.min())) / step)
    whole = in_points and bool((values == np.floor(values)).all())
    single = whole and step == 1
    # a range holds its lower end; the last one the full score too, so that no range lies beyond that
    last = floor(most / step) if single or not most else ceil(most / step) - 1
    place = np.minimum(np.floor(values / step).astype(np.int64), last) - first
    n_bars = last - first + 1
    counts, passing = np.bincount(place, minlength=n_bars), np.bincount(place[passed], minlength=n_bars)
    bars = tuple(
        ScoreBar(float((first + k) * step), n, p)
        for k, (n, p) in enumerate(zip(counts.tolist(), passing.tolist(), strict=True))
    )
    margins = tuple(
        Margin(form, cut.points, cut.sem)
        if in_points
        else Margin(form, cut.percent, 100 / cut.most * cut.sem)
        for form, cut in cuts.items()
        if cut is not None and cut.sem is not None and cut.most
    )
    shown = [cut.points if in_points else cut.percent for cut in kinds if cut is not None and cut.most]
    ends = (min(shown), max(shown)) if shown else None
    if ends is not None and ends[1] - ends[0] < SAME:
        ends = ends[0], ends[0]
        margins = tuple(Margin("", ends[0], max(one.sem for one in margins)) for _ in margins[:1])
    elif len(margins) > MOST_MARGINS:
        margins = ()
    return Distribution(in_points, single, step, most, bars, ends, margins, not in_points, whole)


class CandidateStatuses(NamedTuple):
    """The rank, score, decision and statuses of a candidate in a small cohort, without name or number:
    trainers need to see levels of performance, not people."""

    rank: int
    """Rank by score, 1 for the highest."""
    score: str
    decision: str
    statuses: tuple[str, ...]


class HeatRow(NamedTuple):
    """A part of the standard: the proportion of judged candidates who met it, in total and in each score
    band."""

    place: StandardPlace
    met: Proportion
    bands: tuple[Proportion, ...]


class Heat(NamedTuple):
    """Results of candidates by criterion.

    `bands` are the lower ends, in per cent, of the score bands that contain candidates; `sizes` are their
    numbers of candidates. `people`, sorted by descending score, is filled only for a cohort of at most 60.
    """

    bands: tuple[int, ...]
    sizes: tuple[int, ...]
    rows: tuple[HeatRow, ...]
    people: tuple[CandidateStatuses, ...]


class CriterionLack(NamedTuple):
    """A criterion: the proportion of judged candidates who met it, and the mean percentage of its points, as
    in the file."""

    place: StandardPlace
    met: Proportion
    mean_percent: float | None
    insufficient: int
    undecided: int
    """The number of judged candidates whose status is undecided."""


class NearCandidate(NamedTuple):
    """A candidate whose total is within one standard error of the cut."""

    candidate_id: str
    name: str
    form: str
    score: str
    cut: float | None
    distance: float | None
    """Points above the cut score; negative if below."""
    decision: str
    look: Look = "open"
    look_day: str = ""
    """The date of the second look, if it is decided."""


class MarkRow(NamedTuple):
    """The numbers of blank, multiple and unreadable marks on one form, or on all forms (`form` is empty)."""

    form: str
    candidates: int
    questions: int
    """The number of possible answers: candidates × questions."""
    counts: tuple[int, ...]
    """Answered, blank, multiple, invalid; they add up to `questions`."""
    with_any: tuple[Proportion, ...]
    """Candidates with at least one blank, multiple, invalid."""


def near_candidates(
    people: pl.DataFrame, cuts: Mapping[str, Cut | None], decisions: Sequence[PersonDecision]
) -> tuple[NearCandidate, ...]:
    """Return candidates marked for a second look, nearest to the cut score first, ties by number. `people`
    has the columns of candidates.csv."""
    looks, found = last_looks(decisions), list[NearCandidate]()
    columns = ("candidate_id", "name", "form", "score", "max_score", "decision")
    for candidate, name, form, score, most, decision in people.select(columns).iter_rows():
        cut = cuts[form]
        last = looks.get((canonical_number(candidate), TotalResult(score, most, decision)))
        look = look_of(last)
        found.append(
            NearCandidate(
                candidate,
                name,
                form,
                score,
                None if cut is None else cut.points,
                None if cut is None else round(float(score) - cut.points, 6),
                decision,
                look,
                last.date if last is not None and look != "open" else "",
            )
        )
    return tuple(
        sorted(found, key=lambda one: (abs(one.distance or 0.0), canonical_number(one.candidate_id)))
    )


class CohortReport(NamedTuple):
    """Everything that the report on a cohort says."""

    n: int
    passed: Proportion | None
    """None if the exam has no pass rule."""
    cuts: Mapping[str, Cut | None]
    summary: Summary
    distribution: Distribution | None
    heat: Heat
    lacks: tuple[CriterionLack, ...]
    """Every judged criterion, lowest proportion met first, followed by those on which nobody was judged."""
    near: tuple[NearCandidate, ...] | None
    """Nearest to the cut score first; None if the run marks nobody for a second look."""
    marks: tuple[MarkRow, ...]
    blanks: tuple[tuple[int, int], ...]
    """Pairs of a number of blanks and the number of candidates with that many."""
    most_blank: tuple[tuple[str, str, tuple[int, ...]], ...]
    """Candidate, form and counts of `KINDS` of those with the most blanks; only candidates with more than
    one."""
    rows: Mapping[str, int]
    """Rows read, scored, identical repeats, quarantined."""
    quarantine: tuple[tuple[str, int], ...]
    """Reason and rows, the most frequent first."""
    ledger: pl.DataFrame | None
    unreconciled: tuple[tuple[str, int], ...]
    """Kinds of discrepancy, and how often each occurs."""
    aside: tuple[NoResultRow, ...]
    """Candidates without a result: registered but without a row, with a row in quarantine, or absent."""
    unused: tuple[NoResultRow, ...]
    """Rows that are not used because somebody decided so."""
    facts: DecisionFacts
    repeated: RepeatedDecisions | None = None
    """How often decisions would be the same on a parallel form, if there are enough candidates."""
    subscores: tuple[Mapping[str, Any], ...] = ()
    """Parts of the test and whether their scores add information to the total, if an analysis of this run
    says so."""


def cohort_report(run: ScoredRun) -> CohortReport:
    """Return everything about the cohort of a run. A run without candidates is allowed."""
    rows, cuts = rows_of(run), cuts_of(run)
    blanks = rows.marks[:, KINDS.index("blank")]
    several = np.flatnonzero(blanks > 1)
    several = several[np.argsort(-blanks[several], kind="stable")][:MOST_BLANK]
    marks = []
    for n, form in enumerate(("", *(rows.forms if len(rows.forms) > 1 else ())), start=-1):
        own = rows.marks if n < 0 else rows.marks[rows.form == n]
        counts = tuple(own.sum(axis=0).tolist())
        with_any = tuple(proportion(n, len(own)) for n in (own[:, 1:] > 0).sum(axis=0).tolist())
        marks.append(MarkRow(form, len(own), sum(counts), counts, with_any))

    def by_number(column: pl.Series) -> tuple[tuple[str, int], ...]:
        return tuple(sorted(Counter(column.to_list()).items(), key=lambda pair: (-pair[1], pair[0])))

    return CohortReport(
        n=rows.n,
        passed=None if rows.passed is None else proportion(int(rows.passed.sum()), rows.n),
        cuts=cuts,
        summary=summary(rows.percent),
        distribution=distribution(rows, cuts),
        heat=_heat(run, rows),
        lacks=_lacks(run),
        near=None
        if rows.near is None
        else near_candidates(run.candidates.filter(rows.near), cuts, run.decisions),
        marks=tuple(marks),
        blanks=tuple(zip(*(one.tolist() for one in np.unique(blanks, return_counts=True)), strict=True)),
        most_blank=tuple(
            (rows.ids[n], run.candidates["form"][n], tuple(rows.marks[n].tolist())) for n in several.tolist()
        ),
        rows=run.audit.get("rows") or {},
        quarantine=by_number(run.quarantine["reason"]),
        ledger=run.ledger,
        unreconciled=() if run.unreconciled is None else by_number(run.unreconciled["what"]),
        aside=tuple(set_aside(run)),
        unused=tuple(not_used(run)),
        facts=decision_facts(run, rows, cuts),
    )


def _heat(run: ScoredRun, rows: CohortRows) -> Heat:
    """Return the proportion that met each part of the standard, in total and by score band. A small cohort is
    also listed by candidate, highest score first, equal scores by candidate number in canonical form."""
    statuses = statuses_of(run)
    places, codes = statuses
    band = np.clip(rows.percent // (100 / N_BANDS), 0, N_BANDS - 1).astype(np.int8)
    sizes = np.bincount(band, minlength=N_BANDS)
    held = np.flatnonzero(sizes).tolist()
    lines = []
    for place, own in zip(places, codes, strict=True):
        met = np.bincount(band[own == MET], minlength=N_BANDS)
        judged = np.bincount(band[own >= NOT_MET], minlength=N_BANDS)
        bands = tuple(proportion(int(met[n]), int(judged[n])) for n in held)
        lines.append(HeatRow(place, proportion(int(met.sum()), int(judged.sum())), bands))
    people = list[CandidateStatuses]()
    if rows.n <= MOST_PEOPLE:
        table = run.candidates.select("candidate_id", "score", "decision").rows()
        for n in sorted(range(rows.n), key=lambda n: (-rows.percent[n], canonical_number(table[n][0]))):
            own = tuple(CODES[code] for code in codes[:, n].tolist())
            _, score, decision = table[n]
            people.append(CandidateStatuses(len(people) + 1, score, decision, own))
    return Heat(
        bands=tuple(100 // N_BANDS * n for n in held),
        sizes=tuple(sizes[held].tolist()),
        rows=tuple(lines),
        people=tuple(people),
    )


def _lacks(run: ScoredRun) -> tuple[CriterionLack, ...]:
    texts = {
        (str(unit.code), one.code): one.text
        for unit in run.exam.units
        for element in unit.elements
        for one in element.criteria
    }
    found, means = [], criterion_means(run)
    for row in run.coverage.iter_rows(named=True):
        where = row["unit"], row["pc"]
        met, not_met, rest = (int(row[name] or 0) for name in ("met", "not_met", "insufficient"))
        undecided = int(row.get("undecided") or 0)
        place = StandardPlace("pc", row["unit"], row["element"], row["pc"], texts.get(where, ""))
        share = proportion(met, met + not_met + undecided)
        found.append(CriterionLack(place, share, means.get(where), rest, undecided))
    return tuple(
        sorted(found, key=lambda one: (one.met.share is None, one.met.share or 0.0, one.mean_percent or 0.0))
    )
