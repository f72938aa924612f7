"""Criteria of a standard → how often a paper asked them, and how a cohort met them.

Counts are those of pc_coverage.csv and standard_coverage.csv; what the standard has and the paper never asked
comes from the exam's own copy of the standard.
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
    """A criterion: items in each form, and how well it was met.

    `met` is of those judged, the `undecided` among them; `insufficient` had too few items to be judged;
    `mean_percent` is None where nobody was asked.
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
        """Whether any form asks it."""
        return any(self.items)


class CoveredPart(NamedTuple):
    """All units together, a unit or an element: its criteria, how many of them each form asks, and the mean
    share that candidates met, of those asked and of all, in per cent as the file has it."""

    part: str
    unit: str
    element: str
    title: str
    criteria: int
    asked: tuple[int, ...]
    met_of_asked: str
    met_of_all: str
    judgements_met: int
    """Judgements, over candidates and criteria, that came out met."""
    judged: int
    """Those that came out met, not met or undecided."""
    unjudged: int
    """Those that too few items did not allow."""
    met: Proportion
    """Candidates who met the unit or the element itself, of those judged in it, as in the cohort's report."""
    lines: tuple[CoveredCriterion, ...]
    """An element's own criteria."""


class CoverageReport(NamedTuple):
    """Everything that the report of coverage says."""

    forms: tuple[str, ...]
    n: int
    parts: tuple[CoveredPart, ...]
    """All, then each unit with its elements."""
    n_criteria: int
    never: tuple[CoveredCriterion, ...]
    """Criteria of the standard that no form of this paper asks."""
    undecided: Undecided | None
    """None where no certainty is asked."""


def coverage_report(run: ScoredRun) -> CoverageReport:
    """Every element and criterion of the units: asked how often, met how well."""
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

    # who met a unit or an element itself, of those judged in it
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
