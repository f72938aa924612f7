"""The items in the bank for a unit, the needs of each of its blueprints, and both as a heat map.

In the heat map a darker cell has more items, every cell shows its number, and an empty cell that needs items
is framed, so that it is also readable in grey.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from examgen.assembly import supply
from examgen.assembly.blueprints import read_blueprint
from examgen.assembly.compliance import check_blueprint
from examgen.assembly.supply import QuotaSupply, sentence
from examgen.bank import finding
from examgen.bank.finding import (
    CriterionCoverage,
    Holding,
    SharedItems,
    coverage,
    shared_by_levels,
    untested_levels,
)
from examgen.bank.generation.pooling import Pooled, pooled
from examgen.bank.levels import framework
from examgen.bank.rules.references import Citations, cited
from examgen.bank.statistics import statistics_of
from examgen.bank.whole_bank import load_bank, with_evidence
from examgen.core.files import write_file
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.field_types import COGNITIVE, Status
from examgen.core.models.item import BankUnit
from examgen.core.models.standard import Framework, Unit, UnitLevels
from examgen.core.problems import ExamgenError, Problem, Refused
from examgen.core.resources import fonts, template_folders
from examgen.core.text.thai import kind_th
from examgen.core.words import in_language, tell
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import face_addresses
from examgen.rendering.self_contained import self_contained
from examgen.rendering.templates.filling import fill

BLUEPRINT_FOLDER = "blueprints"
STEPS = (1, 3, 5, 8)
"""The minimum count for each shade. Eight items is the target for a criterion at a level."""


class BlueprintNeeds(NamedTuple):
    """The needs of a blueprint. `blueprint` is None or `needs` is empty if it has problems."""

    file: str
    blueprint: Blueprint | None
    needs: list[QuotaSupply]
    problems: tuple[Problem, ...]

    @property
    def sentences(self) -> list[str]:
        """A sentence about each shortage; none without a blueprint."""
        lacking = [need for need in self.needs if need.lacking]
        return [sentence(need, self.blueprint) for need in lacking if self.blueprint]


class UnitCoverage(NamedTuple):
    """The items in the bank for a unit: by criterion and level, by criterion, shared by two levels, and by
    blueprint."""

    unit: Unit
    items: int
    levels: list[int | None]
    statuses: tuple[Status, ...]
    rows: list[CriterionCoverage]
    holdings: list[Holding]
    shared: list[SharedItems]
    untested: tuple[int, ...]
    blueprints: list[BlueprintNeeds]
    cited: Citations
    """The laws that the usable items cite."""
    problems: tuple[Problem, ...] = ()
    """The unreadable parts of its records, and the items whose statistics are out of date."""
    meanings: UnitLevels | None = None
    """The description of what is required at each level, if the unit has one."""
    models: tuple[Pooled, ...] = ()
    """The item models, with the pooled statistics of the items made from them."""

    @property
    def framework(self) -> Framework:
        """The national framework's descriptions of the levels that are shown."""
        whole = framework()
        return whole.model_copy(
            update={"levels": tuple(one for one in whole.levels if one.level in self.levels)}
        )


def bank_coverage(
    folder: Path,
    code: str,
    level: int | None,
    statuses: Collection[Status],
    shelf: BankUnit | None = None,
) -> UnitCoverage:
    """Return the usable items of a unit by criterion, level, category and status. `shelf` is the unit, if it
    has just been read. Raises Refused if the unit has errors or lacks the level."""
    if shelf is None:
        shelves, problems = load_bank(folder, [code])
        if not shelves:
            raise Refused(tell("{code} has errors. Fix them first", code=code), problems)
        [shelf] = shelves
    stated = shelf.unit.levels
    if level is not None and level not in stated:
        told = ", ".join(map(str, stated)) or tell("none")
        raise Refused(
            tell("{code} has no level {level}. Its levels: {known}", code=code, level=level, known=told)
        )
    levels: list[int | None] = [level] if level is not None else [*stated] or [None]
    [known], of_records = with_evidence([shelf], folder)
    blueprints = [
        _needs(path, folder, known) for path in sorted((folder / code / BLUEPRINT_FOLDER).glob("*.y*ml"))
    ]
    return UnitCoverage(
        unit=shelf.unit,
        items=len(shelf.items),
        levels=levels,
        statuses=tuple(statuses),
        rows=coverage(shelf, levels, statuses),
        holdings=finding.holdings(shelf, levels, statuses),
        shared=shared_by_levels(shelf, levels, statuses),
        untested=untested_levels(shelf.unit),
        models=tuple(pooled(shelf.items, statistics_of(folder / code)[0])),
        blueprints=[
            one
            for one in blueprints
            if level is None or one.blueprint is None or one.blueprint.level == level
        ],
        cited=cited(item.reference for item in shelf.items if item.status in statuses),
        problems=tuple(of_records),
        meanings=shelf.meanings,
    )


def _needs(path: Path, folder: Path, shelf: BankUnit) -> BlueprintNeeds:
    """Return the needs of the blueprint in a file; its problems are listed, not raised. `shelf` is the unit
    that is shown, with the statistics of its items."""
    blueprint = None
    try:
        blueprint, document = read_blueprint(path, folder)
        others = [code for code in blueprint.units if code != shelf.unit.code]
        loaded, problems = load_bank(folder, others) if others else ([], [])
        if len(loaded) < len(others):
            raise Refused(tell("a unit of the blueprint has errors"), problems)
        own = [shelf] if shelf.unit.code in blueprint.units else []
        shelves = [*own, *with_evidence(loaded, folder)[0]]
        check_blueprint(blueprint, [one.unit for one in shelves], document)
    except ExamgenError as error:
        faults = error.problems or (Problem(path.name, "blueprint", error.message),)
        return BlueprintNeeds(path.name, blueprint, [], tuple(faults))
    return BlueprintNeeds(path.name, blueprint, supply.quota_supplies(shelves, blueprint), ())


def sentence_on_laws(cited: Citations) -> list[str]:
    """Return a sentence on how many laws are cited, and how many with a section; empty if none is cited."""
    if not cited.laws:
        return []
    return [
        tell(
            "{items} items cite {laws} laws, {with_section} of them with a section ({unchecked} unchecked)",
            **cited._asdict(),
        )
    ]


# ── the heat map ─────────────────────────────────────────────────────────────────────────────


def write_heat_map(found: UnitCoverage, workspace: Path, path: Path) -> None:
    """Write the coverage as one self-contained HTML file."""
    templates = template_folders(workspace)
    html = fill("coverage.html", heat_map(found), templates, line_setter(templates))
    write_file(path, self_contained(html, (*templates, fonts())).encode())


def heat_map(found: UnitCoverage) -> dict[str, object]:
    """Return everything that `coverage.html` shows."""
    levels = list(dict.fromkeys(row.level for row in found.rows))
    shown = [name for name in found.statuses if any(row.by_status.get(name) for row in found.holdings)]
    by_place = {(row.pc, row.level): row for row in found.rows}
    held = {row.pc: row for row in found.holdings}

    def cell(n: int, wanted: bool = False) -> dict[str, object]:
        """Return a count with its shade; `wanted` if the count is zero and should not be."""
        return {"n": n, "shade": shade(n), "wanted": wanted}

    # of a criterion for each level its sum and its categories, then each item once by status
    lines = {}
    for one in found.unit.criteria:
        cells = []
        for level in levels:
            row = by_place[one.code, level]
            is_wanted = not row.items and level not in found.untested
            cells.append(
                [cell(row.items, is_wanted), *(cell(row.by_cognitive.get(name, 0)) for name in COGNITIVE)]
            )
        lines[one.code] = {
            "pc": one.code,
            "text": one.text,
            "levels": cells,
            "total": held[one.code].items,
            "statuses": [held[one.code].by_status.get(name, 0) for name in shown],
        }
    # a row for each level: with each level the items of both and their share; with itself its own items
    pairs = {row.levels: row for row in found.shared}
    alike = {
        level: n for row in found.shared for level, n in zip(row.levels, (row.lower, row.higher), strict=True)
    }

    def shared(one: int, other: int) -> tuple[int, str | None]:
        if one == other:
            return alike[one], None
        row = pairs[min(one, other), max(one, other)]
        return row.both, "–" if row.share is None else f"{row.share:.0%}"

    totals = []
    for level in levels:
        at = [row for row in found.rows if row.level == level]
        by_category = [sum(row.by_cognitive.get(name, 0) for row in at) for name in COGNITIVE]
        totals.append([sum(row.items for row in at), *by_category])
    ends = ["0", *(f"{low}–{high - 1}" for low, high in pairwise(STEPS)), f"≥ {STEPS[-1]}"]
    remarks = sentence_on_laws(found.cited)
    return {
        "unit": found.unit,
        "items": found.items,
        "usable": sum(row.items for row in found.holdings),
        "counted": [(name, kind_th(name)) for name in found.statuses],
        "statuses": [(name, kind_th(name)) for name in shown],
        "levels": levels,
        "untested": found.untested,
        "categories": [(name, kind_th(name)) for name in COGNITIVE],
        "elements": [(e, [lines[c.code] for c in e.criteria]) for e in found.unit.elements],
        "shared": [(one, [shared(one, other) for other in sorted(alike)]) for one in sorted(alike)],
        "totals": totals,
        "blueprints": found.blueprints,
        "remarks": [(in_language(one, "th"), in_language(one, "en")) for one in remarks],
        "names": {
            **{str(name): kind_th(name) for name in COGNITIVE},
            "items of a form": tell("The whole form").th,
        },
        "steps": list(enumerate(ends)),
        "faces": face_addresses(),
    }


def shade(count: int) -> int:
    """Return the shade of a count: 0 for no items, 4 for eight or more."""
    return sum(count >= step for step in STEPS)
