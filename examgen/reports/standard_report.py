"""A scored run → `CoverageReport`: the standard against the paper against the cohort.

Pure: counts are those of pc_coverage.csv and standard_coverage.csv; what the standard has and the paper never
asked comes from the exam's own copy of the standard.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from examgen.reports.cohort_statuses import MET, NOT_MET, statuses_of
from examgen.reports.proportions import Proportion, proportion

if TYPE_CHECKING:
    from examgen.models import Unit
    from examgen.scored_run import ScoredRun

_ITEMS, _ASKED = "items_", "asked_"


class CoveredCriterion(NamedTuple):
    """A criterion: items in each form, and how well it was met.

    `met` is of those judged; `insufficient` had too few items to be judged; `mean_percent` as the file has
    it, empty where nobody was asked.
    """

    unit: str
    element: str
    code: str
    text: str
    items: tuple[int, ...]
    candidates: int
    mean_percent: str
    met: Proportion
    insufficient: int

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
    judged: int
    """Judgements, over candidates and criteria, that came out met or not met."""
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


def coverage_report(run: ScoredRun) -> CoverageReport:
    """Every element and criterion of the units: asked how often, met how well."""
    forms = tuple(name.removeprefix(_ITEMS) for name in run.coverage.columns if name.startswith(_ITEMS))
    lines = list(_criteria(run, forms))
    by_element: dict[tuple[str, str], list[CoveredCriterion]] = {}
    for one in lines:
        by_element.setdefault((one.unit, one.element), []).append(one)
    return CoverageReport(
        forms=forms,
        n=run.candidates.height,
        parts=tuple(_parts(run, forms, by_element)),
        n_criteria=len(lines),
        never=tuple(one for one in lines if not one.is_asked),
    )


def _criteria(run: ScoredRun, forms: tuple[str, ...]) -> Iterator[CoveredCriterion]:
    """In the order of the standard; a criterion without a line in the file was not asked."""
    rows = {(row["unit"], row["pc"]): row for row in run.coverage.iter_rows(named=True)}
    for unit in run.exam.units:
        for element in unit.elements:
            for one in element.criteria:
                row = rows.get((str(unit.code), one.code), {})
                where = str(unit.code), element.code, one.code, one.text
                yield _criterion(where, row, forms)


def _criterion(
    where: tuple[str, str, str, str], row: Mapping[str, str], forms: tuple[str, ...]
) -> CoveredCriterion:
    def count(name: str) -> int:
        return int(row.get(name) or 0)

    return CoveredCriterion(
        *where,
        items=tuple(count(_ITEMS + form) for form in forms),
        candidates=count("candidates"),
        mean_percent=row.get("mean_percent") or "",
        met=proportion(count("met"), count("met") + count("not_met")),
        insufficient=count("insufficient"),
    )


def _parts(
    run: ScoredRun,
    forms: tuple[str, ...],
    by_element: Mapping[tuple[str, str], list[CoveredCriterion]],
) -> Iterator[CoveredPart]:
    titles = _titles(run.exam.units)
    units = [str(unit.code) for unit in run.exam.units]

    def place(row: Mapping[str, str]) -> tuple[bool, int]:
        is_of_unit = row["part"] != "all"
        return is_of_unit, units.index(row["unit"]) if is_of_unit else 0

    lines = [one for own in by_element.values() for one in own]
    met = _met(run)
    for row in sorted(run.standard.iter_rows(named=True), key=place):
        where = row["unit"], row["element"]
        own = [one for one in lines if row["unit"] in ("", one.unit) and row["element"] in ("", one.element)]
        yield CoveredPart(
            part=row["part"],
            unit=row["unit"],
            element=row["element"],
            title=titles.get(where, ""),
            criteria=int(row["criteria"] or 0),
            asked=tuple(int(row.get(_ASKED + form) or 0) for form in forms),
            met_of_asked=row["met_of_asked"],
            met_of_all=row["met_of_all"],
            judged=sum(one.met.of for one in own),
            unjudged=sum(one.insufficient for one in own),
            met=met.get(where, proportion(0, 0)),
            lines=tuple(by_element.get(where, ())) if row["part"] == "element" else (),
        )


def _met(run: ScoredRun) -> dict[tuple[str, str], Proportion]:
    """By unit and element, the element empty for the unit itself: who met it of those judged."""
    found = statuses_of(run)
    own = zip(found.places, found.codes, strict=True)
    return {
        (place.unit, place.element): proportion(
            int((codes == MET).sum()), int(((codes == MET) | (codes == NOT_MET)).sum())
        )
        for place, codes in own
        if place.level != "pc"
    }


def _titles(units: tuple[Unit, ...]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for unit in units:
        found[str(unit.code), ""] = unit.title or ""
        found.update({(str(unit.code), one.code): one.title for one in unit.elements})
    return found
