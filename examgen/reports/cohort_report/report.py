"""A scored run → `CohortReport`: how the cohort did, where it lacks, who stands near the cut, who is missing.

Pure: every number comes from the tables of the run, or is an interval about one of them.
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
from examgen.reports.cohort_report.strips import Strips, strips_of
from examgen.reports.decisions import DecisionFacts, RepeatedDecisions, decision_facts
from examgen.reports.ledger_lines import NoResultRow, not_used, set_aside
from examgen.scoring.form_cuts import Cut, cuts_of

if TYPE_CHECKING:
    from examgen.core.person_decisions import PersonDecision
    from examgen.scoring.scored_run import ScoredRun

MOST_BARS = 60
_PERCENT_STEP = 5
SAME = 1e-9
"""Cuts in per cent that differ by less are the same."""
MOST_MARGINS = 6
"""Of more forms with other cuts, the figure has none."""
MOST_PEOPLE = 60
"""A larger cohort is shown in strips and by bands of scores in place of one by one."""
N_BANDS = 10
MOST_BLANK = 10
"""Candidates with the most blanks that are named."""


class Summary(NamedTuple):
    """Summary of scores in per cent; `sd` divides by n - 1. None if it is undefined."""

    n: int
    mean: float | None
    sd: float | None
    median: float | None
    least: float | None
    greatest: float | None


def summary(percent: Floats) -> Summary:
    """Mean and spread of scores in per cent."""
    n = len(percent)
    if not n:
        return Summary(0, None, None, None, None, None)
    sd = float(percent.std(ddof=1)) if n > 1 else None
    ends = float(percent.min()), float(percent.max())
    return Summary(n, float(percent.mean()), sd, float(np.median(percent)), *ends)


class ScoreBar(NamedTuple):
    """Candidates whose score is `low` or more and less than `low` + the step, and who of them passed; the
    last bar of ranges has the full score as well."""

    low: float
    n: int
    passed: int


class Margin(NamedTuple):
    """One standard error on either side of the cut of a form, or (`form` empty) of all."""

    form: str
    cut: float
    sem: float


class Distribution(NamedTuple):
    """How many have each score: in points where all forms have the same points and cut, or in per cent.

    `single` where each bar is one whole score, `whole` where all scores are whole points. `cuts` are the
    least and the greatest of the forms' cuts. `margins` has one for all where these are the same, the widest
    of the forms if `of_several`; else one for each form, of a few forms.
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
        """The greatest whole score of a bar; None where scores are not whole."""
        if not self.whole:
            return None
        return bar.low if self.single else self.most if self.is_last(bar) else bar.low + self.step - 1

    def until(self, bar: ScoreBar) -> float:
        """Return the end of the range of a bar: the last range includes the full score."""
        return min(bar.low + self.step, self.most)

    def is_last(self, bar: ScoreBar) -> bool:
        """Whether its range holds its upper end as well."""
        return not self.single and bar is self.bars[-1]


def distribution(rows: CohortRows, cuts: Mapping[str, Cut | None]) -> Distribution | None:
    """The bars of a cohort; None of nobody."""
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
    """A candidate of a small cohort and a status for each place; trainers read who is best, not who it is."""

    rank: int
    """From the best score on, from 1."""
    score: str
    decision: str
    statuses: tuple[str, ...]


class HeatRow(NamedTuple):
    """A place: how many of those judged met it, in all and in each band of scores."""

    place: StandardPlace
    met: Proportion
    bands: tuple[Proportion, ...]


class Heat(NamedTuple):
    """Candidates by criteria. `bands` are lower ends in per cent of the bands that hold somebody, `sizes` how
    many; `people`, from the best score on, only in a cohort of at most 60, `strips` only in a larger one."""

    bands: tuple[int, ...]
    sizes: tuple[int, ...]
    rows: tuple[HeatRow, ...]
    people: tuple[CandidateStatuses, ...]
    strips: Strips | None


class CriterionLack(NamedTuple):
    """A criterion: who met it of those judged, and the mean per cent of its points, as the file has it."""

    place: StandardPlace
    met: Proportion
    mean_percent: float | None
    insufficient: int
    undecided: int
    """Among those judged."""


class NearCandidate(NamedTuple):
    """A candidate whose total is within one standard error of the cut."""

    candidate_id: str
    name: str
    form: str
    score: str
    cut: float | None
    distance: float | None
    """Points above the cut, negative below."""
    decision: str
    look: Look = "open"
    look_day: str = ""
    """The day of the second look, where it is decided."""


class MarkRow(NamedTuple):
    """Counts of blank, multiple and unreadable marks, on one form or (`form` empty) on all."""

    form: str
    candidates: int
    questions: int
    """Answers that could have been given: candidates × questions."""
    counts: tuple[int, ...]
    """Answered, blank, multiple, invalid; they add up to `questions`."""
    with_any: tuple[Proportion, ...]
    """Candidates with at least one blank, multiple, invalid."""


def near_candidates(
    people: pl.DataFrame, cuts: Mapping[str, Cut | None], decisions: Sequence[PersonDecision]
) -> tuple[NearCandidate, ...]:
    """Candidates marked for a second look, the nearest to the cut first and equals by number; `people` has
    the columns of candidates.csv."""
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
    """Everything that the report of a cohort says."""

    n: int
    passed: Proportion | None
    """None where the exam has no pass rule."""
    cuts: Mapping[str, Cut | None]
    summary: Summary
    distribution: Distribution | None
    heat: Heat
    lacks: tuple[CriterionLack, ...]
    """Every criterion that was judged, the least met first; then those that nobody was judged in."""
    near: tuple[NearCandidate, ...] | None
    """Nearest first; None where the run marks nobody for a second look."""
    marks: tuple[MarkRow, ...]
    blanks: tuple[tuple[int, int], ...]
    """How many candidates left so many blank."""
    most_blank: tuple[tuple[str, str, tuple[int, ...]], ...]
    """Candidate, form and counts of `KINDS` of those who left the most blank, where that is more than one."""
    rows: Mapping[str, int]
    """Rows read, scored, identical repeats, quarantined."""
    quarantine: tuple[tuple[str, int], ...]
    """Reason and rows, the most frequent first."""
    ledger: pl.DataFrame | None
    unreconciled: tuple[tuple[str, int], ...]
    """What does not add up, and how often."""
    aside: tuple[NoResultRow, ...]
    """Who has no result: of the roster without a row, rows in quarantine, absent."""
    unused: tuple[NoResultRow, ...]
    """Rows that are not used since somebody decided so."""
    facts: DecisionFacts
    repeated: RepeatedDecisions | None = None
    """How often decisions would repeat, where there are candidates enough to say so."""
    subscores: tuple[Mapping[str, Any], ...] = ()
    """Parts and whether their scores tell more than the total, where an analysis of this run says so."""


def cohort_report(run: ScoredRun) -> CohortReport:
    """Everything about the cohort of a run, of however many candidates, none included."""
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
    """Return the proportions that met each place, in all and by bands of scores; a small cohort one by
    one, highest score first, equal scores in the order of numbers, however these are written."""
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
        strips=strips_of(rows, statuses) if rows.n > MOST_PEOPLE else None,
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
