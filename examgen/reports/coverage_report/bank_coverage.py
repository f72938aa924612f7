"""What the bank holds for a unit, and what each of its blueprints needs against that."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from examgen.assembly import supply as assembly_needs
from examgen.assembly.blueprints import read_blueprint
from examgen.assembly.compliance import check_blueprint
from examgen.assembly.supply import Need, sentence
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
from examgen.bank.guessing.looks import PresentedItem, asked_of, look
from examgen.bank.guessing.measure import Guessed, measure
from examgen.bank.guessing.telling import summary
from examgen.bank.levels import framework
from examgen.bank.rules.references import Citations, cited
from examgen.bank.whole_bank import load_bank, statistics_of, with_evidence
from examgen.core.models.base import Status
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.item import BankUnit
from examgen.core.models.levels import Framework, UnitLevels
from examgen.core.models.standard import Unit
from examgen.core.problems import ExamgenError, Problem, Refused
from examgen.core.storage import write_file
from examgen.core.words import tell
from examgen.rendering.self_contained import self_contained

BLUEPRINT_FOLDER = "blueprints"


class BlueprintNeeds(NamedTuple):
    """What a blueprint needs; no blueprint, or no needs, where the problems say why."""

    file: str
    blueprint: Blueprint | None
    needs: list[Need]
    problems: tuple[Problem, ...]

    @property
    def sentences(self) -> list[str]:
        """What is lacking, in a coordinator's words."""
        lacking = [need for need in self.needs if need.lacking]
        return [sentence(need, self.blueprint) for need in lacking if self.blueprint]


class UnitCoverage(NamedTuple):
    """What the bank holds for a unit: by criterion and level, by criterion alone, for two levels alike, by
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
    guessed: Guessed
    """What a guesser finds of the keys of its usable items."""
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
        """What the national framework says of the levels."""
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
            raise Refused(tell("{code} has faults: mend them first", code=code), problems)
        [shelf] = shelves
    stated = shelf.unit.levels
    if level is not None and level not in stated:
        told = ", ".join(map(str, stated)) or tell("none")
        raise Refused(
            tell("{code} does not state level {level}; it states {known}", code=code, level=level, known=told)
        )
    levels: list[int | None] = [level] if level is not None else [*stated] or [None]
    [known], of_records = with_evidence([shelf], folder)
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
            for path in sorted((folder / code / BLUEPRINT_FOLDER).glob("*.y*ml"))
            for one in [_needs(path, folder, known)]
            if level is None or one.blueprint is None or one.blueprint.level == level
        ],
        guessed=_guessed(tuple(asked_of(item for item in shelf.items if item.status in statuses))),
        cited=cited(item.reference for item in shelf.items if item.status in statuses),
        problems=tuple(of_records),
        meanings=shelf.meanings,
    )


@lru_cache(maxsize=8)
def _guessed(asked: tuple[PresentedItem, ...]) -> Guessed:
    """What a guesser finds, which takes longest and changes with texts and keys alone."""
    return measure(look(asked))


def _needs(path: Path, folder: Path, shelf: BankUnit) -> BlueprintNeeds:
    """What the blueprint in that file needs; whatever is wrong with it is said, not raised."""
    blueprint = None
    try:
        blueprint, document = read_blueprint(path, folder)
        shelves = _shelves(folder, blueprint, shelf)
        check_blueprint(blueprint, [one.unit for one in shelves], document)
    except ExamgenError as error:
        faults = error.problems or (Problem(path.name, "blueprint", error.message),)
        return BlueprintNeeds(path.name, blueprint, [], tuple(faults))
    return BlueprintNeeds(path.name, blueprint, assembly_needs.needs(shelves, blueprint), ())


def _shelves(folder: Path, blueprint: Blueprint, shelf: BankUnit) -> Sequence[BankUnit]:
    """The units of a blueprint with what is known of their items; `shelf` is not read again."""
    others = [code for code in blueprint.units if code != shelf.unit.code]
    loaded, problems = load_bank(folder, others) if others else ([], [])
    if len(loaded) < len(others):
        raise Refused(tell("a unit of the blueprint has faults"), problems)
    own = [shelf] if shelf.unit.code in blueprint.units else []
    return [*own, *with_evidence(loaded, folder)[0]]


def told_of_laws(cited: Citations) -> list[str]:
    """How many laws are cited with their section, in a sentence; nothing where none is cited."""
    if not cited.laws:
        return []
    return [
        tell(
            "{items} items cite {laws} laws, {with_section} with their section ({unchecked} unchecked)",
            **cited._asdict(),
        )
    ]


def write_heat_map(found: UnitCoverage, workspace: Path, path: Path) -> None:
    """The coverage as one HTML file that needs no other."""
    from examgen.core.resources import fonts, template_folders
    from examgen.rendering.line_breaks import line_setter
    from examgen.rendering.templates.filling import fill
    from examgen.reports.coverage_report.heatmap import BlueprintBlock, heat_map

    templates = template_folders(workspace)
    blueprints = [
        BlueprintBlock(one.file, one.blueprint, one.needs, one.problems) for one in found.blueprints
    ]
    context = heat_map(
        found.unit,
        found.items,
        found.statuses,
        found.rows,
        found.holdings,
        found.shared,
        found.untested,
        blueprints,
        [summary(found.guessed), *told_of_laws(found.cited)],
    )
    html = fill("coverage.html", context, templates, line_setter(templates))
    write_file(path, self_contained(html, (*templates, fonts())).encode())
