"""The criteria of a standard → how often a paper covers them, and how a cohort met them.

Counts come from pc_coverage.csv and standard_coverage.csv; criteria that the paper never covers come from the
exam's own copy of the standard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from examgen.rendering.parts import JUDGED, Proportion, proportion
from examgen.reports.cohort_report.rows import criterion_means
from examgen.reports.cohort_report.statuses import MET, NOT_MET, statuses_of
from examgen.reports.decisions import Undecided, undecided_of

if TYPE_CHECKING:
    from examgen.scoring.scored_run import ScoredRun

_ITEMS, _ASKED = "items_", "asked_"


class CoveredCriterion(NamedTuple):
    """A criterion: its number of items in each form, and how well it was met.

    `met` is the proportion of judged candidates, including the `undecided`; for `insufficient` candidates
    there were too few items to judge; `mean_percent` is None if nobody had an item on it.
    """

    unit: str
    element: str
    code: str
    text: str
    items: tuple[int, ...]
    candidates: int
    mean_percent: float | None
    met: Proportion
    insufficient: int
    undecided: int

    @property
    def is_asked(self) -> bool:
        """Whether any form has an item on it."""
        return any(self.items)


class CoveredPart(NamedTuple):
    """All units together, a unit or an element: its criteria, how many of them each form covers, and the mean
    share that candidates met, of those covered and of all, in per cent as in the file."""

    part: str
    unit: str
    element: str
    title: str
    criteria: int
    asked: tuple[int, ...]
    met_of_asked: str
    met_of_all: str
    judgements_met: int
    """The number of judgements, over candidates and criteria, with the status met."""
    judged: int
    """The number of judgements with the status met, not met or undecided."""
    unjudged: int
    """The number of cases in which too few items allowed no judgement."""
    met: Proportion
    """The proportion of judged candidates who met the unit or the element itself, as in the cohort report."""
    lines: tuple[CoveredCriterion, ...]
    """The criteria of an element; empty for a unit and for all units."""


class CoverageReport(NamedTuple):
    """Everything that the coverage report says."""

    forms: tuple[str, ...]
    n: int
    parts: tuple[CoveredPart, ...]
    """All units together, then each unit with its elements."""
    n_criteria: int
    never: tuple[CoveredCriterion, ...]
    """The criteria of the standard that no form of this paper covers."""
    undecided: Undecided | None
    """None if no certainty is required."""


def coverage_report(run: ScoredRun) -> CoverageReport:
    """Return how often each element and criterion of the units was covered, and how well it was met."""
    forms = tuple(name.removeprefix(_ITEMS) for name in run.coverage.columns if name.startswith(_ITEMS))

    # criteria in the order of the standard; one without a line in the file was not asked
    rows = {(row["unit"], row["pc"]): row for row in run.coverage.iter_rows(named=True)}
    means = criterion_means(run)
    lines: list[CoveredCriterion] = []
    titles: dict[tuple[str, str], str] = {}
    for unit in run.exam.units:
        code = str(unit.code)
        titles[code, ""] = unit.title or ""
        for element in unit.elements:
            titles[code, element.code] = element.title
            for one in element.criteria:
                row = rows.get((code, one.code), {})
                counts = {name: int(row.get(name) or 0) for name in ("candidates", *JUDGED, "insufficient")}
                lines.append(
                    CoveredCriterion(
                        code,
                        element.code,
                        one.code,
                        one.text,
                        items=tuple(int(row.get(_ITEMS + form) or 0) for form in forms),
                        candidates=counts["candidates"],
                        mean_percent=means.get((code, one.code)),
                        met=proportion(counts["met"], sum(counts[name] for name in JUDGED)),
                        insufficient=counts["insufficient"],
                        undecided=counts["undecided"],
                    )
                )

    # the proportion of judged candidates who met a unit or an element itself
    places, codes = statuses_of(run)
    met = {
        (place.unit, place.element): proportion(int((own == MET).sum()), int((own >= NOT_MET).sum()))
        for place, own in zip(places, codes, strict=True)
        if place.level != "pc"
    }
    units = [str(unit.code) for unit in run.exam.units]
    parts = []
    for row in sorted(
        run.standard.iter_rows(named=True),
        key=lambda row: (row["part"] != "all", units.index(row["unit"]) if row["part"] != "all" else 0),
    ):
        where = row["unit"], row["element"]
        own = [one for one in lines if row["unit"] in ("", one.unit) and row["element"] in ("", one.element)]
        parts.append(
            CoveredPart(
                part=row["part"],
                unit=row["unit"],
                element=row["element"],
                title=titles.get(where, ""),
                criteria=int(row["criteria"] or 0),
                asked=tuple(int(row.get(_ASKED + form) or 0) for form in forms),
                met_of_asked=row["met_of_asked"],
                met_of_all=row["met_of_all"],
                judgements_met=sum(one.met.n for one in own),
                judged=sum(one.met.of for one in own),
                unjudged=sum(one.insufficient for one in own),
                met=met.get(where, proportion(0, 0)),
                lines=tuple(own) if row["part"] == "element" else (),
            )
        )
    return CoverageReport(
        forms=forms,
        n=run.candidates.height,
        parts=tuple(parts),
        n_criteria=len(lines),
        never=tuple(one for one in lines if not one.is_asked),
        undecided=undecided_of(run),
    )
