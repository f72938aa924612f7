"""Criteria of a standard → how often papers asked them, and how cohorts met them.

`coverage_report` is of one scored run: counts are those of pc_coverage.csv and standard_coverage.csv; what
the standard has and the paper never asked comes from the exam's own copy of the standard. `unit_coverage` is
of a unit over its administrations: what has not been asked for how long. Administrations come from scored
runs (`sitting_of`) and from the lines of statistics.csv (`with_uses`), which also tell the days. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date as Day
from typing import TYPE_CHECKING, NamedTuple

from examgen.core.exam.releases import state_words
from examgen.core.words import Pair
from examgen.rendering.parts import JUDGED, Proportion, draft_notice, proportion, synthetic_notice
from examgen.reports.cohort_report.rows import criterion_means
from examgen.reports.cohort_report.statuses import MET, NOT_MET, statuses_of
from examgen.reports.decisions import Undecided, undecided_of

if TYPE_CHECKING:
    from examgen.core.exam.releases import ReleaseState
    from examgen.core.models.standard import Unit
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


# ── a unit over its administrations ──────────────────────────────────────────────────────────


class SittingRun(NamedTuple):
    """The scored run that an administration is read from, and what a reader must know of it."""

    number: int
    fingerprint: str
    release: ReleaseState
    key: str
    edition: str
    """Of the unit's standard; empty where it is not known."""
    notices: tuple[Pair, ...]
    """That candidates are made up, that items were not approved."""

    def __str__(self) -> str:
        """Return the text for tables."""
        return (
            f"{self.number} ({self.fingerprint}), {state_words(self.release)}, key {self.key}, "
            f"edition {self.edition or '–'}"
        )


class UnitSitting(NamedTuple):
    """An administration of a unit: items asked by criterion, each counted once however many forms held it.

    `met` is empty where no scored run tells of it; `candidates` None where it is not known, `day` too. `run`
    is the run that it is read from.
    """

    name: str
    day: Day | None
    candidates: int | None
    items: Mapping[str, int]
    met: Mapping[str, Proportion]
    run: SittingRun | None = None
    by_form: Mapping[str, Sequence[int]] = {}
    """By criterion its items on each form: what a candidate was asked."""
    is_synthetic: bool = False
    """Whether statistics.csv says that its candidates, or some of them, were made up."""


class ItemUse(NamedTuple):
    """An item asked, as statistics.csv has it: the criterion it counts for, the day where it is known."""

    administration: str
    day: Day | None
    pc: str
    item: str
    n: int | None = None
    form: str = ""
    is_synthetic: bool = False


class CriterionHistory(NamedTuple):
    """A criterion over the administrations, in their order.

    `since` counts administrations after the last that asked it, 0 if that is the newest; None where it never
    was asked. `days` are from the day of that last one to `until`, None where either is unknown.
    """

    element: str
    code: str
    text: str
    items: tuple[int, ...]
    """Those that any form asked."""
    each: tuple[tuple[int, int], ...]
    """The least and the most that a form asked: what a candidate met with."""
    met: tuple[Proportion | None, ...]
    last: str
    since: int | None
    days: int | None

    @property
    def times(self) -> int:
        """In how many administrations it was asked."""
        return sum(n > 0 for n in self.items)


class UnitHistory(NamedTuple):
    """Everything that the report of a unit's coverage says."""

    unit: Unit
    until: Day | None
    """The day up to which days are counted."""
    sittings: tuple[UnitSitting, ...]
    """Those without a day first, by their names: nothing says when they were; then by their days."""
    criteria: tuple[CriterionHistory, ...]
    printed: tuple[str, ...] = ()
    """Exams that were printed, of which it is not known that anybody sat them."""

    @property
    def is_dated(self) -> bool:
        """Whether a day tells which administration is the newest; else the last one need not be."""
        return bool(self.sittings) and self.sittings[-1].day is not None

    @property
    def waiting(self) -> tuple[CriterionHistory, ...]:
        """Criteria that the newest administration (the last one, where none has a day) did not ask: those
        never asked first, then the longest not asked."""
        missed = [one for one in self.criteria if one.since is None or one.since > 0]
        return tuple(sorted(missed, key=lambda one: (one.since is not None, -(one.since or 0))))


def sitting_of(run: ScoredRun, unit: str, day: Day | None = None, name: str | None = None) -> UnitSitting:
    """Return what one scored run asked of a unit, under the exam's id or the given name."""
    items: dict[str, set[str]] = {}
    on_form = [Counter(printed.item.pcs[0] for printed in form.items) for form in run.exam.forms]
    for form in run.exam.forms:
        for printed in form.items:
            items.setdefault(printed.item.pcs[0], set()).add(printed.item.id)
    lines = [one for part in coverage_report(run).parts for one in part.lines if one.unit == unit]
    return UnitSitting(
        name or run.exam.blueprint.exam,
        day,
        run.candidates.height,
        {one.code: len(items.get(one.code, ())) for one in lines if one.is_asked},
        {one.code: one.met for one in lines if one.is_asked},
        SittingRun(
            run.run,
            run.fingerprint,
            run.release,
            run.key_version,
            run.editions.get(unit, ""),
            tuple(one for one in (synthetic_notice(run), draft_notice(run.exam)) if one is not None),
        ),
        {one.code: [own[one.code] for own in on_form] for one in lines if one.is_asked},
    )


def with_uses(sittings: Sequence[UnitSitting], uses: Iterable[ItemUse]) -> list[UnitSitting]:
    """The administrations with what statistics.csv knows: of one that a run tells of, only its day."""
    found = {one.name: one for one in sittings}
    by_name: dict[str, list[ItemUse]] = {}
    for use in uses:
        by_name.setdefault(use.administration, []).append(use)
    for name, own in by_name.items():
        days = [use.day for use in own if use.day is not None]
        day = max(days) if days else None
        if name in found:
            found[name] = found[name]._replace(day=found[name].day or day)
            continue
        by_criterion: dict[str, set[str]] = {}
        by_form: dict[str, set[str]] = {}
        for use in own:
            by_criterion.setdefault(use.pc, set()).add(use.item)
            by_form.setdefault(use.form, set()).add(use.item)
        found[name] = UnitSitting(
            name,
            day,
            None,
            {pc: len(items) for pc, items in by_criterion.items()},
            {},
            by_form={
                pc: [len(form & items) for form in by_form.values()] for pc, items in by_criterion.items()
            },
            is_synthetic=any(use.is_synthetic for use in own),
        )
    return list(found.values())


def unit_coverage(unit: Unit, sittings: Iterable[UnitSitting], until: Day | None = None) -> UnitHistory:
    """The criteria of a unit over its administrations; `until` is the newest one's day if left out."""
    # those without a day first, by their names; then by their days, as they came
    order = sorted(
        sittings, key=lambda one: (one.day is not None, one.day or Day.min, "" if one.day else one.name)
    )
    days = [one.day for one in order if one.day is not None]
    end = until or (days[-1] if days else None)
    criteria = []
    for element in unit.elements:
        for one in element.criteria:
            items = tuple(sitting.items.get(one.code, 0) for sitting in order)
            on_forms = [sitting.by_form.get(one.code) or [n] for sitting, n in zip(order, items, strict=True)]
            asked = [n for n, count in enumerate(items) if count]
            last = order[asked[-1]] if asked else None
            criteria.append(
                CriterionHistory(
                    element.code,
                    one.code,
                    one.text,
                    items,
                    tuple((min(counts), max(counts)) for counts in on_forms),
                    tuple(sitting.met.get(one.code) for sitting in order),
                    last.name if last is not None else "",
                    len(order) - 1 - asked[-1] if asked else None,
                    (end - last.day).days
                    if last is not None and last.day is not None and end is not None
                    else None,
                )
            )
    return UnitHistory(unit, end, tuple(order), tuple(criteria))
