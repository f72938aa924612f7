"""A blueprint and the bank → how many parallel forms are possible, and what to write for more."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from examgen.assembly.blueprints import read_blueprint, shelves_of, unread
from examgen.assembly.capacity.count import FormCapacity, capacity
from examgen.assembly.capacity.words import sentences
from examgen.assembly.compliance import check_blueprint
from examgen.assembly.search.solver import solve
from examgen.assembly.usable import bank_of, pool_of
from examgen.core.files import Progress, quiet
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.item import BankUnit
from examgen.core.problems import Problem
from examgen.core.words import Message


class BankCapacity(NamedTuple):
    """The capacity of a bank for a blueprint, with the input and the sentences that report it."""

    blueprint: Blueprint
    shelves: tuple[BankUnit, ...]
    found: FormCapacity
    told: list[Message]
    problems: tuple[Problem, ...] = ()
    """Problems in reading the statistics, and warnings about outdated ones."""


def bank_capacity(
    blueprint_path: Path, workspace: Path, forms: int | None = None, progress: Progress = quiet
) -> BankCapacity:
    """Return how many forms are possible, what runs out first, and what to write for `forms` or else for the
    number in the blueprint."""
    blueprint, document = read_blueprint(blueprint_path, workspace / "item_bank")
    shelves, warnings = shelves_of(workspace, blueprint)
    check_blueprint(blueprint, [shelf.unit for shelf in shelves], document)
    wanted = forms if forms is not None else blueprint.n_forms
    found = capacity(pool_of(bank_of(shelves), blueprint), blueprint, solve, wanted, progress)
    told = sentences(found, blueprint)
    return BankCapacity(blueprint, tuple(shelves), found, told, unread(warnings))
