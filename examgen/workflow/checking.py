"""Commands on what the bank is worth: its structure and the rules of item writing, checked together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from examgen import bank
from examgen.bank import judging
from examgen.bank.checks import Shelf
from examgen.bank.editions import set_aside
from examgen.bank.loading import read_shelf
from examgen.bank.rules import RULES
from examgen.models import BankUnit
from examgen.problems import Problem, Refused, WrongUsage
from examgen.resources import rule_pages
from examgen.workflow.banks import named_units
from examgen.yamlfile import parse, suggestion


class Checked(NamedTuple):
    """What was checked, unit by unit with its number of items, and what was found."""

    units: list[tuple[str, int]]
    problems: list[Problem]
    waived: list[judging.Waived]


def check(workspace: Path, codes: Sequence[str], only: Sequence[str] = ()) -> Checked:
    """Every fault of the named units, or of all: of structure, and by the rules; `only` these rules."""
    folder = workspace / "item_bank"
    if not bank.unit_codes(folder):
        raise WrongUsage(f"{folder} holds no unit: import one with `examgen unit import FILE`")
    for code in only:
        _known(code)
    settings = _settings(workspace)
    names = named_units(folder, codes)
    problems: list[Problem] = []
    usable: list[BankUnit] = []
    whole = set(names) >= set(bank.unit_codes(folder))
    findings = judging.judge(_shelves(folder, names, problems, usable), settings, only, whole)
    aside = [notice for name in names for notice in set_aside(folder / name)]
    found = [*problems, *bank.across_units(usable), *aside] if not only else []
    units = [(str(unit.unit.code), len(unit.items)) for unit in usable]
    return Checked(units, [*found, *findings.problems], findings.waived)


def _shelves(
    folder: Path, names: Sequence[str], problems: list[Problem], usable: list[BankUnit]
) -> Iterator[Shelf]:
    """Each unit as it is read, its faults of structure noted; those that could be used are kept."""
    for name in names:
        shelf, faults = read_shelf(folder / name)
        problems += faults
        if shelf is None:
            continue
        if all(problem.severity != "error" for problem in faults):
            items = tuple(one.item for one in shelf.found)
            usable.append(BankUnit(unit=shelf.unit, items=items, stimuli=shelf.stimuli))
        yield shelf


def _settings(workspace: Path) -> judging.Settings:
    """The settings of `examgen.yaml`, refused with every fault of it."""
    path = workspace / judging.SETTINGS_FILE
    document = None
    problems: list[Problem] = []
    if path.is_file():
        try:
            document, problems = parse(path.read_text("utf-8-sig"), path.name)
        except UnicodeDecodeError as error:
            message = f"is not UTF-8 text (byte {error.start}): save it as UTF-8"
            problems = [Problem(path.name, "encoding", message)]
    settings, faults = judging.read_settings(document if not problems else None)
    if problems or faults:
        raise Refused(f"{path.name} is not right", [*problems, *faults])
    return settings


class RuleLine(NamedTuple):
    """A rule as a list shows it."""

    code: str
    severity: str
    summary: str
    source: str
    languages: tuple[str, ...]


def rules(workspace: Path) -> list[RuleLine]:
    """All rules, with the severity that they have in this workspace; `off` where it turns them off."""
    settings = _settings(workspace)
    lines = []
    for rule in RULES:
        here = settings[rule.code].severity or rule.severity if rule.code in settings else "off"
        lines.append(RuleLine(rule.code, here, rule.summary, rule.source, rule.languages))
    return lines


def rule_page(code: str) -> str:
    """The page of a rule."""
    return (rule_pages() / f"{_known(code)}.md").read_text("utf-8")


def _known(code: str) -> str:
    if code not in judging.CODES:
        raise WrongUsage(f"{code} is no rule{suggestion(code, judging.CODES)}; see `examgen bank rules`")
    return code
