"""Items that the bank holds for a unit, the needs of each of its blueprints, and both as a heat map.

In the heat map a darker cell holds more items, its number always stands in it, and an empty cell that needs
items is framed, so that it reads as well printed in grey.
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
from examgen.core.models.base import COGNITIVE, Status
from examgen.core.models.blueprint import Blueprint
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
"""The least count of each shade; eight is what a criterion should hold at a level."""


class BlueprintNeeds(NamedTuple):
    """Needs of a blueprint; no blueprint, or no needs, if it has problems."""

    file: str
    blueprint: Blueprint | None
    needs: list[QuotaSupply]
    problems: tuple[Problem, ...]

    @property
    def sentences(self) -> list[str]:
        """Return the shortages in a coordinator's words."""
        lacking = [need for need in self.needs if need.lacking]
        return [sentence(need, self.blueprint) for need in lacking if self.blueprint]


class UnitCoverage(NamedTuple):
    """Items that the bank holds for a unit: by criterion and level, by criterion, for two equal levels,
    by blueprint."""

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
    """The laws that its usable items cite."""
    problems: tuple[Problem, ...] = ()
    """What of its records could not be read, and whose statistics are history."""
    meanings: UnitLevels | None = None
    """What is asked at each level, where the unit has it written down."""
    models: tuple[Pooled, ...] = ()
    """Its item models by what is known of their instances."""

    @property
    def framework(self) -> Framework:
        """Return the descriptions of the levels in the national framework."""
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
    """Usable items of a unit by criterion, level, category and status; `shelf` is the unit where it has just
    been read."""
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
    """Return the needs of the blueprint in that file; its faults are listed, not raised. `shelf` is its
    unit, or one of its units, with the statistics of the items."""
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
    """How many laws are cited with their section, in a sentence; nothing where none is cited."""
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
    """The coverage as one HTML file that needs no other."""
    templates = template_folders(workspace)
    html = fill("coverage.html", heat_map(found), templates, line_setter(templates))
    write_file(path, self_contained(html, (*templates, fonts())).encode())


def heat_map(found: UnitCoverage) -> dict[str, object]:
    """Everything that `coverage.html` shows."""
    levels = list(dict.fromkeys(row.level for row in found.rows))
    shown = [name for name in found.statuses if any(row.by_status.get(name) for row in found.holdings)]
    by_place = {(row.pc, row.level): row for row in found.rows}
    held = {row.pc: row for row in found.holdings}

    def cell(n: int, wanted: bool = False) -> dict[str, object]:
        """A count with its shade; `wanted` where it is nought and should not be."""
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
    """How dark a count is shown: 0 for none, 4 for eight and more."""
    return sum(count >= step for step in STEPS)
