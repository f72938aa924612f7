"""A scored run → `TechnicalReport`: the facts that a psychometrician needs about an administration.

Candidates and test conditions, forms and their comparability, items, reliability, decision consistency,
differential item functioning, the standard, decisions. Numbers come from the tables of the run and from
analyses of it (`analysis.json` if the run was analysed, otherwise the same analysis made now).

References
----------
AERA, APA & NCME (2014). Standards for Educational and Psychological Testing, chapter 7. ISO/IEC 17024:2012,
9.3.5.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from examgen.analysis.administrations import responses_of
from examgen.analysis.dif import GroupContrast, dif_by_groups
from examgen.analysis.exam import analyse_exam
from examgen.capture.cells import fold
from examgen.core.coded_columns import changed, number_of_each, texts_of
from examgen.core.exam.bindings import Fingerprints, fingerprints_of
from examgen.core.exam.names import RESULTS, base_form
from examgen.core.exam.package import read_package
from examgen.core.exam.runs import RUNS, run_name
from examgen.core.models.field_types import COGNITIVE
from examgen.core.person_decisions import SecondLooks, standing
from examgen.core.problems import Refused
from examgen.core.text.thai import dictionary_order
from examgen.core.words import command
from examgen.rendering.parts import Proportion, proportion, unapproved_of
from examgen.reports.cohort_report.report import CohortReport, cohort_report
from examgen.reports.cohort_report.rows import criterion_means
from examgen.reports.run_findings import analysis_of, compared_without_corrections, repeats_of
from examgen.scoring.before_release import looks_in
from examgen.scoring.compare import Changes
from examgen.scoring.sitting_events import events_of
from examgen.scoring.sitting_folder import sitting_of

if TYPE_CHECKING:
    from examgen.reports.decisions import RepeatedDecisions
    from examgen.scoring.scored_run import ScoredRun

Document = Mapping[str, Any]


class CentreCount(NamedTuple):
    """The number of candidates of a centre, or of the room or file used in place of one; `passed` is None
    without a pass rule."""

    name: str
    n: int
    passed: Proportion | None


class Conditions(NamedTuple):
    """The conditions under which the exam was taken. Values are None or empty if nothing was recorded."""

    centres: int
    rooms: int
    invigilators: int
    accommodations: Mapping[str, int]
    """The number of candidates who were granted each accommodation."""
    given: int | None = None
    """The number of candidates who received an accommodation, as reported by the centres; None if no centre
    reported."""
    incidents: Mapping[str, int] | None = None
    """The number of incidents of each kind."""
    identities: Mapping[str, int] | None = None
    """The number of candidates present, by `matched`, `doubt` and `not_checked`."""
    decided: int = 0
    """The number of incidents of suspected misconduct that led to a decision about a person."""


class ContentRow(NamedTuple):
    """The number of items of each form for a criterion, or for a cognitive level (`unit` is empty). A
    criterion also has the mean percentage of its points on each form, None if nobody took the form."""

    unit: str
    code: str
    text: str
    items: tuple[int, ...]
    means: tuple[float | None, ...]


class TechnicalItem(NamedTuple):
    """The statistics of an item; `uses` is the number of earlier administrations that were known when the
    exam was built."""

    item: str
    pc: str
    standing: str
    forms: tuple[str, ...]
    n: int
    facility: float | None
    item_rest: float | None
    flags: tuple[str, ...]
    uses: int


class TechnicalReport(NamedTuple):
    """Everything that the technical report says."""

    cohort: CohortReport
    fingerprints: Fingerprints
    centres: tuple[CentreCount, ...]
    conditions: Conditions
    form_names: tuple[str, ...]
    """The forms that somebody took."""
    content: tuple[ContentRow, ...]
    forms: tuple[Document, ...]
    """The forms as the analysis describes them; empty if there is no analysis."""
    n_common: int
    """The number of items on more than one form."""
    scaled: bool
    """Whether scores were converted to another scale."""
    is_analysed: bool
    items: tuple[TechnicalItem, ...]
    model: Document | None
    """The item response model of the analysis."""
    repeated: RepeatedDecisions | None
    groups: tuple[str, ...]
    """The columns that group candidates: `centre` (rooms, if no centre is known), `organisation`."""
    dif: tuple[GroupContrast, ...]
    looks: SecondLooks
    corrections: tuple[Document, ...]
    """As recorded in the audit."""
    moved: Changes | None
    """What the corrections changed, compared with the same run without them; None if the run keeps no
    answers."""
    persons: Mapping[str, int]
    """The number of current decisions about persons, by kind."""
    unapproved: tuple[int, int]
    """The number of printed items that nobody approved, and the number of printed items."""
    n_synthetic: int

    @property
    def asked_before(self) -> tuple[TechnicalItem, ...]:
        """The items that were used in an earlier administration."""
        return tuple(one for one in self.items if one.uses)

    @property
    def flagged(self) -> tuple[TechnicalItem, ...]:
        """The items with a flag."""
        return tuple(one for one in self.items if one.flags)


def technical_report(run: ScoredRun, folder: Path) -> TechnicalReport:
    """Return the technical report of a run. Raises Refused for an exam that assessors rated."""
    if run.exam.blueprint.is_rated:
        raise Refused.because(
            "{exam} was rated by assessors, but a technical report needs items with keys. "
            "The committee's book shows the agreement between assessors, and {command} "
            "gives details",
            command=command("analyse assessors"),
            exam=run.exam.blueprint.exam,
        )
    cohort = cohort_report(run)
    forms = tuple(
        sorted({base_form(name) for name in texts_of(run.candidates["form"])}, key=dictionary_order)
    )
    is_own = run.folder.resolve() == (folder / RESULTS / RUNS / run_name(run.run)).resolve()
    analysis = analysis_of(run, folder)
    if analysis is None and is_own and cohort.n:
        analysis = analyse_exam(folder, str(run.run), scored=run).document
    groups, contrasts = _dif(run, folder) if is_own and cohort.n else ((), ())
    by_corrections = compared_without_corrections(run, folder) if is_own else None
    printed = {one.item.id: one for form in run.exam.forms for one in form.items}
    holds = Counter(item for form in run.exam.forms for item in {one.item.id for one in form.items})
    return TechnicalReport(
        cohort=cohort,
        fingerprints=fingerprints_of(folder),
        centres=_centres(run),
        conditions=conditions_of(run, folder),
        form_names=forms,
        content=_content(run, forms),
        forms=tuple(analysis["forms"]) if analysis is not None else (),
        n_common=sum(n > 1 for n in holds.values()),
        scaled=run.key.scaled_rule is not None,
        is_analysed=analysis is not None,
        items=tuple(
            TechnicalItem(
                row["name"],
                row["pc"],
                row["standing"],
                tuple(dict.fromkeys(base_form(one["form"]) for one in row.get("asked") or ())),
                row["n"],
                row["facility"],
                row["item_rest"],
                tuple(dict.fromkeys(flag["code"] for flag in row["flags"])),
                len(_uses(run, row["item"])) if row["item"] in printed else 0,
            )
            for row in (() if analysis is None else analysis["items"])
        ),
        model=None if analysis is None else analysis["irt"]["model"],
        repeated=repeats_of(run, folder),
        groups=groups,
        dif=contrasts,
        looks=looks_in(run.candidates, run.decisions),
        corrections=tuple(run.audit.get("corrections") or ()),
        moved=by_corrections[0].comparison.all if by_corrections is not None else None,
        persons=Counter(one.decision for one in standing(run.decisions).values()),
        unapproved=unapproved_of(run.exam),
        n_synthetic=run.n_synthetic,
    )


def conditions_of(run: ScoredRun, folder: Path) -> Conditions:
    """Return the conditions of the sitting from its plan and from the returns of centres."""
    plan, sitting = run.plan, sitting_of(folder)
    rooms = [room for centre in plan.centres for room in centre.rooms] if plan is not None else []
    found = Conditions(
        len(plan.centres) if plan is not None else 0,
        len(rooms),
        len({name for room in rooms for name in room.invigilators}),
        Counter(one.given for one in plan.accommodation) if plan is not None else {},
    )
    if not sitting.returns:
        return found
    events = events_of(sitting, read_package(folder))
    followed = {fold(one.incident) for one in run.decisions if one.incident}
    return found._replace(
        decided=sum(one.kind == "misconduct" and fold(one.name) in followed for one in events.incidents),
        given=sum(bool(one.given) for one in events.accommodation),
        incidents=Counter(one.kind for one in events.incidents),
        identities=Counter(
            one.identity or "not_checked" for one in events.attendance if one.status == "present"
        ),
    )


def _uses(run: ScoredRun, item: str) -> list[str]:
    """Return the earlier administrations that used the item, as known when the exam was built."""
    known = run.exam.evidence.get(item)
    return [] if known is None else [use.administration for use in known.uses if use.is_sat]


def _centres(run: ScoredRun) -> tuple[CentreCount, ...]:
    is_decided = run.audit["options"]["pass"] is not None
    rows = run.candidates.group_by("centre").agg(pl.len(), (pl.col("decision") == "pass").sum()).rows()
    return tuple(
        CentreCount(name, n, proportion(passed, n) if is_decided else None)
        for name, n, passed in sorted(rows, key=lambda row: (not row[0], dictionary_order(row[0])))
    )


def _content(run: ScoredRun, forms: tuple[str, ...]) -> tuple[ContentRow, ...]:
    """Return the criteria in the order of the standard, then the cognitive levels, of the forms that somebody
    took."""
    printed = {form.name: form.items for form in run.exam.forms}
    scored = {name: [one for one in printed.get(name, ()) if one.points] for name in forms}
    of_form = changed(run.criteria["form"], lambda of: of.str.split("-").list.first())
    means = [criterion_means(run._replace(criteria=run.criteria.filter(of_form == name))) for name in forms]
    rows = []
    for unit in run.exam.units:
        for one in unit.criteria:
            items = tuple(
                sum(own.unit == unit.code and own.item.pcs[0] == one.code for own in scored[name])
                for name in forms
            )
            if any(items):
                place = str(unit.code), one.code
                rows.append(ContentRow(*place, one.text, items, tuple(own.get(place) for own in means)))
    levels = dict.fromkeys(own.item.cognitive for name in forms for own in scored[name])
    for level in sorted(levels, key=COGNITIVE.index):
        counts = tuple(sum(own.item.cognitive == level for own in scored[name]) for name in forms)
        rows.append(ContentRow("", level, "", counts, (None,) * len(forms)))
    return tuple(rows)


def _dif(run: ScoredRun, folder: Path) -> tuple[tuple[str, ...], tuple[GroupContrast, ...]]:
    """Return the columns by which candidates are grouped, and the contrasts between groups."""
    table = run.candidates
    columns = [
        name
        for name in ("centre", "organisation")
        if name in table.columns and texts_of(table[name]).replace("", None).n_unique() > 1
    ]
    if run.place_kind not in ("centre", "room"):  # an answer file is no group of people
        columns = [name for name in columns if name != "centre"]
    if not columns:
        return (), ()
    found = responses_of(folder, str(run.run))
    contrasts: list[GroupContrast] = []
    for name in columns:
        groups = texts_of(table[name]).to_list()
        contrasts += dif_by_groups(found, groups, number_of_each(table[name], groups))
    return tuple(columns), tuple(contrasts)
