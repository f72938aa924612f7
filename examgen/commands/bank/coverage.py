"""`examgen bank coverage`: the usable items of each criterion, and what blueprints still lack."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from examgen.analysis.parts import Part, Parts, ReportedLine, ReportedProblems, ReportedTable, line, line_n
from examgen.commands import screen, summary
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import UnitCode, Workspace, workspace_of
from examgen.core.models.field_types import CATEGORY_WORDS, COGNITIVE, STATUS_WORDS, STATUSES, Status
from examgen.core.options import setting
from examgen.core.words import joined, tell, tell_n

with on_use():
    from examgen.reports.coverage_report import bank_coverage as coverage


class BankCoverage(Command):
    """Count the items of a unit by criterion, level, category and status, and show what is missing."""

    code: UnitCode
    level: int | None = setting("Level (default: all levels of the unit).", None)
    status: tuple[Status, ...] = setting("Statuses to count (default: all but retired).", ())
    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Count the items and what blueprints lack."""
        # of small matrices the threads of the linear algebra only wait for each other; before numpy is there
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        place = workspace_of(self.workspace)
        counted = [name for name in STATUSES if (name in self.status if self.status else name != "retired")]
        found = coverage.bank_coverage(place / "item_bank", self.code, self.level, counted)
        shown: list[Part] = [*coverage_in_short(found)]
        document = {
            "code": found.unit.code,
            "items": found.items,
            "statuses": list(found.statuses),
            "levels_without_written_test": list(found.untested),
            "coverage": [row._asdict() for row in found.rows],
            "criteria": [row._asdict() for row in found.holdings],
            "level_meanings": found.meanings.model_dump(mode="json") if found.meanings else None,
            "framework": found.framework.model_dump(mode="json"),
            "levels_shared": [{**row._asdict(), "share": row.share} for row in found.shared],
            "blueprints": [_blueprint_json(one) for one in found.blueprints],
            "laws": found.cited._asdict(),
            "models": [one._asdict() for one in found.models],
            "problems": [problem.as_dict() for problem in found.problems],
        }
        return Outcome(document, shown)


def _blueprint_json(one: coverage.BlueprintNeeds) -> dict[str, Any]:
    blueprint = one.blueprint
    told = (
        blueprint.model_dump(mode="json", include={"exam", "level", "forms", "items", "overlap"})
        if blueprint
        else {}
    )
    return {
        "file": one.file,
        **told,
        "needs": [{**need._asdict(), "lacking": need.lacking} for need in one.needs],
        "lacking": one.sentences,
        "problems": [problem.as_dict() for problem in one.problems],
    }


def coverage_in_short(found: coverage.UnitCoverage) -> Parts:
    """Yield the table of a unit's items by criterion, level, category and status, and what is lacking."""
    if not found.items:
        code = found.unit.code
        yield line_n(
            "{code}: the bank has no items yet for its {n} criterion",
            "{code}: the bank has no items yet for its {n} criteria",
            len(found.unit.criteria),
            "yellow",
            code=code,
        )
        yield from _of_blueprints(found)
        yield from summary.next_steps(f"examgen bank export {code} {code}.xlsx")
        return
    statuses = [name for name in found.statuses if any(name in row.by_status for row in found.holdings)]
    heads = [
        tell("criterion"),
        tell("items"),
        *(f"L{level}{'*' if level in found.untested else ''}" for level in found.levels if level),
        *(_SHORT[name] for name in COGNITIVE),
        *(STATUS_WORDS[name] for name in statuses),
    ]
    rows = list(_rows(found, statuses))
    yield ReportedTable(
        tell("Usable items of {code} ({items} in the bank)", code=found.unit.code, items=found.items),
        heads,
        rows,
    )
    pairs = [(screen.said(_SHORT[name]), screen.said(CATEGORY_WORDS[name])) for name in COGNITIVE]
    if legend := " · ".join(f"{short} {name}" for short, name in pairs if short != name):
        yield ReportedLine(f"  {legend}", "dim")
    yield line("  An item counts once under “items”, and at each level that it suits.", "dim")
    if untested := [level for level in found.untested if level in found.levels]:
        yield line(
            "  * the standard has no written test at level {untested}",
            "dim",
            untested=screen.levels(untested),
        )
    for message in _bare(found):
        yield ReportedLine(message, "yellow")
    yield ReportedProblems(found.problems)
    yield from _of_blueprints(found)
    yield from summary.details(tell("--json (levels, models, laws)"))


_SHORT = {
    "remember": tell("rem"),
    "understand": tell("und"),
    "apply": tell("app"),
    "analyse": tell("ana"),
    "evaluate": tell("eva"),
}


def _of_blueprints(found: coverage.UnitCoverage) -> Parts:
    """Yield the blueprints that lack items or cannot be built, and the number of those with enough items."""
    for one in found.blueprints:
        if one.problems:
            yield line("{asked}: cannot be built, whatever items the bank has", "red", asked=_asked(one))
            yield ReportedProblems(one.problems)
        elif one.sentences:
            yield line("{asked}: not enough items", "yellow", asked=_asked(one))
            yield from (ReportedLine(joined(["  ", sentence], ""), "yellow") for sentence in one.sentences)
    if n_enough := sum(not (one.problems or one.sentences) for one in found.blueprints):
        yield line_n("{n} blueprint has enough items", "{n} blueprints have enough items", n_enough, "green")


def _rows(found: coverage.UnitCoverage, statuses: Sequence[str]) -> Iterator[list[object]]:
    """Yield a row for each element with its sums, followed by its criteria; and a total if there are several
    elements."""
    for element in found.unit.elements:
        pcs = [criterion.code for criterion in element.criteria]
        yield [element.code, *_sums(found, pcs, statuses)]
        for pc in pcs:
            yield [f"  {pc}", *_sums(found, [pc], statuses)]
    if len(found.unit.elements) > 1:
        yield [tell("total"), *_sums(found, [c.code for c in found.unit.criteria], statuses)]


def _sums(found: coverage.UnitCoverage, pcs: Sequence[str], statuses: Sequence[str]) -> Iterator[int]:
    held = [row for row in found.holdings if row.pc in pcs]
    yield sum(row.items for row in held)
    for level in found.levels:
        if level is not None:
            yield sum(row.items for row in found.rows if row.pc in pcs and row.level == level)
    for category in COGNITIVE:
        yield sum(row.by_cognitive.get(category, 0) for row in held)
    for status in statuses:
        yield sum(row.by_status.get(status, 0) for row in held)


def _bare(found: coverage.UnitCoverage) -> Iterator[str]:
    """Yield the criteria without items, by the level at which items are needed."""
    lacking: dict[int | None, list[str]] = {}
    for row in found.rows:
        if row.items == 0 and row.level not in found.untested:
            lacking.setdefault(row.level, []).append(row.pc)
    for level, pcs in lacking.items():
        if level is None:
            yield tell("  no items: {pcs}", pcs=", ".join(pcs))
        else:
            yield tell("  no items at level {level}: {pcs}", level=level, pcs=", ".join(pcs))


def _asked(one: coverage.BlueprintNeeds) -> str:
    """Return the file of a blueprint, with the number of forms and items that it requires."""
    if one.blueprint is None:
        return one.file
    level = tell(", level {level}", level=one.blueprint.level) if one.blueprint.level is not None else ""
    return tell_n(
        "{file}: {n} form of {items} items{level}",
        "{file}: {n} forms of {items} items{level}",
        one.blueprint.n_forms,
        file=one.file,
        items=one.blueprint.items,
        level=level,
    )
