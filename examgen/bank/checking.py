"""Commands that check the bank: its structure and the rules of item writing together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from examgen.bank.editions import set_aside
from examgen.bank.generation.checking import check_models, load_models, waivers_of
from examgen.bank.loading import (
    MODEL_FOLDER,
    UnitIds,
    named_twice,
    names,
    read_unit_draft,
    uncollected,
    unit_codes,
)
from examgen.bank.rules import MAY_REFER, NEAR_DUPLICATE, RULES, applying
from examgen.bank.rules.rule import Rule
from examgen.bank.settings import SETTINGS_FILE
from examgen.bank.texts import read_yaml
from examgen.bank.whole_bank import named_units
from examgen.core.files import Progress, quiet
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.processes import ALONE, Workers, at_work, in_order
from examgen.core.resources import rule_pages
from examgen.core.words import command, tell, tell_n
from examgen.core.yamlfile import suggestion


class CheckedUnit(NamedTuple):
    """A unit without structural errors, and its numbers of items and instruments."""

    code: str
    items: int
    instruments: int


class CheckedBank(NamedTuple):
    """The units that were checked, the problems found, and the waived findings."""

    units: list[CheckedUnit]
    problems: list[Problem]
    waived: list[applying.Waived]


_WORTH_A_PROCESS = 4_000_000
"""Bytes of YAML that take about half a second to check, as long as a process takes to start."""
_LONG, _TOLD = 4, 10
"""The number of such units of work from which progress is reported, and the approximate number of reports."""


@uncollected()
def check(
    workspace: Path,
    codes: Sequence[str],
    only: Sequence[str] = (),
    progress: Progress = quiet,
    workers: Workers = ALONE,
) -> CheckedBank:
    """Check the named units, or all, and return every problem of structure and rules; with `only`, only of
    these rules.
    """
    folder = workspace / "item_bank"
    if not unit_codes(folder):
        raise WrongUsage.because(
            "{folder} contains no units. Import one with {command}.",
            folder=folder,
            command=command("unit import", "FILE"),
        )
    for code in only:
        _known(code)
    means = _means(workspace, only)
    codes = named_units(folder, codes)
    files = (path for code in codes for path in (folder / code).glob("*/*.yaml"))
    worth = sum(path.stat().st_size for path in files) // _WORTH_A_PROCESS
    with at_work(workers, min(len(codes), worth) if len(codes) > 1 else 0) as executor:
        if executor is not None:
            progress(tell("checking {n:,} units in several processes", n=len(codes)))
        elif worth:
            progress(tell_n("checking {n:,} unit", "checking {n:,} units", len(codes)))
        make = partial(_means, workspace.resolve(), tuple(only))
        units = []
        for unit in in_order(executor, _read_and_judged, codes, make):
            units.append(unit)
            if worth > _LONG and len(codes) > _TOLD and len(units) % -(-len(codes) // _TOLD) == 0:
                progress(tell("checked {done:,} of {n:,} units", done=len(units), n=len(codes)))
    judged = [unit.judged for unit in units if unit.judged]
    if (executor is not None or worth) and (n_stems := sum(len(unit.stems) for unit in judged)):
        progress(tell("comparing {n_stems:,} stems", n_stems=n_stems))
    findings = applying.settle(judged, means.rules, means.settings, set(codes) >= set(unit_codes(folder)))
    usable = [unit.names for unit in units if unit.names]
    found = [problem for unit in units for problem in unit.faults] + named_twice(usable)
    found += [notice for unit in units for notice in unit.aside]
    counts = [CheckedUnit(one.unit, len(one.items), len(one.instruments)) for one in usable]
    return CheckedBank(counts, [*(found if not only else ()), *findings.problems], findings.waived)


class _JudgingSettings(NamedTuple):
    """Settings for judging a unit; rebuilt in each process, because they cannot be sent to one."""

    folder: Path
    rules: list[Rule]
    settings: applying.Settings


class _CheckedUnit(NamedTuple):
    """The result of reading and judging a unit, without its items."""

    faults: list[Problem]
    aside: list[Problem]
    names: UnitIds | None
    judged: applying.JudgedUnit | None


def _means(workspace: Path, only: Sequence[str]) -> _JudgingSettings:
    settings = settings_of(workspace)
    return _JudgingSettings(workspace / "item_bank", applying.chosen(settings, only), settings)


def _read_and_judged(means: _JudgingSettings, code: str) -> _CheckedUnit:
    """Read and judge a unit; `names` is None if it cannot be used."""
    folder = means.folder / code
    shelf, faults = read_unit_draft(folder)
    aside = set_aside(folder)
    if shelf is None:
        return _CheckedUnit(faults, aside, None, None)
    sound = all(problem.severity != "error" for problem in faults)
    items, instruments = (one.item for one in shelf.found), (one.instrument for one in shelf.instruments)
    ids = names(shelf.unit, items, shelf.stimuli, instruments) if sound else None
    judged = applying.judge_unit(shelf, means.rules, means.settings)
    if (folder / MODEL_FOLDER).is_dir():
        models, more = load_models(folder)
        of_parts, by_rules = check_models(shelf, models, means.rules, means.settings)
        faults = [*faults, *more, *of_parts]
        judged.problems.extend(by_rules)
        judged.waivers.update(waivers_of(models))
    return _CheckedUnit(faults, aside, ids, judged)


def errors_by_rules(
    bank_folder: Path, code: str, texts: Mapping[str, str], items: Collection[str]
) -> list[Problem]:
    """Return the errors that rules would report for these items of a unit if its item files had these
    texts, the items that resemble another with another key, and those that may refer to other options.
    """
    settings = settings_of(bank_folder.parent)
    rules = [
        rule
        for rule in applying.chosen(settings)
        if rule.code in (NEAR_DUPLICATE, MAY_REFER)
        or (settings[rule.code].severity or rule.severity) == "error"
    ]
    shelf, _ = read_unit_draft(bank_folder / code, {name: text.encode() for name, text in texts.items()})
    if shelf is None:
        return []
    judged = applying.judge_unit(shelf, rules, settings)
    judged.stems.sort(key=lambda one: one.item in items)  # the later of two is told
    found = applying.settle([judged], rules, settings).problems
    return [
        problem
        for problem in found
        if problem.item in items
        and (
            problem.severity == "error"
            or problem.code == MAY_REFER
            or (problem.code == NEAR_DUPLICATE and problem.field == "key")
        )
    ]


def settings_of(workspace: Path) -> applying.Settings:
    """Return the rule settings in `examgen.yaml`. Raises Refused with every fault of the file."""
    path = workspace / SETTINGS_FILE
    document, problems = read_yaml(path, path.name) if path.is_file() else (None, [])
    settings, faults = applying.read_settings(document if not problems else None)
    if problems or faults:
        raise Refused.because("{path} has errors", [*problems, *faults], path=path.name)
    return settings


class ListedRule(NamedTuple):
    """A rule in a list of rules."""

    code: str
    severity: str
    summary: str
    source: str
    languages: tuple[str, ...]


def rules(workspace: Path) -> list[ListedRule]:
    """Return all rules with their severity in this workspace; `off` if it turns them off."""
    settings = settings_of(workspace)
    lines = []
    for rule in RULES:
        here = settings[rule.code].severity or rule.severity if rule.code in settings else "off"
        lines.append(ListedRule(rule.code, here, rule.summary, rule.source, rule.languages))
    return lines


def rule_page(code: str) -> str:
    """Return the text of the page about a rule."""
    return (rule_pages() / f"{_known(code)}.md").read_text("utf-8")


def _known(code: str) -> str:
    if code not in applying.CODES:
        raise WrongUsage.because(
            "{code} is not a rule{suggestion}; see {command}",
            code=code,
            suggestion=suggestion(code, applying.CODES),
            command=command("bank check", "--rules"),
        )
    return code
