"""The items in the bank for a unit, and the needs of each of its blueprints."""

from __future__ import annotations

from collections.abc import Collection
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
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.field_types import Status
from examgen.core.models.item import BankUnit
from examgen.core.models.standard import Framework, Unit, UnitLevels
from examgen.core.problems import ExamgenError, Problem, Refused
from examgen.core.words import tell

BLUEPRINT_FOLDER = "blueprints"


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
            raise Refused.because("{code} has errors. Fix them first", problems, code=code)
        [shelf] = shelves
    stated = shelf.unit.levels
    if level is not None and level not in stated:
        told = ", ".join(map(str, stated)) or tell("none")
        raise Refused.because(
            "{code} has no level {level}. Its levels: {known}", code=code, level=level, known=told
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
            raise Refused.because("a unit of the blueprint has errors", problems)
        own = [shelf] if shelf.unit.code in blueprint.units else []
        shelves = [*own, *with_evidence(loaded, folder)[0]]
        check_blueprint(blueprint, [one.unit for one in shelves], document)
    except ExamgenError as error:
        faults = error.problems or (Problem(path.name, "blueprint", error.message),)
        return BlueprintNeeds(path.name, blueprint, [], tuple(faults))
    return BlueprintNeeds(path.name, blueprint, supply.quota_supplies(shelves, blueprint), ())
