"""`examgen bank check`: every fault of the bank, the rules that find them, the schema of its files."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import model_validator

from examgen.analysis.parts import Parts, ReportedLine, ReportedProblems, ReportedTable, line, line_n
from examgen.commands import item_steps, screen, summary
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import Dask, Workspace, workspace_of
from examgen.commands.screen import reader
from examgen.core.files import json_bytes, write_file
from examgen.core.options import Processes, argument, setting
from examgen.core.problems import Exit
from examgen.core.processes import Workers
from examgen.core.words import invalid, joined, tell, tell_n

with on_use():
    from examgen.bank import checking, schema
    from examgen.bank.rules import applying
    from examgen.core import files

_MOST_UNITS = 40
"""The number of units above which units without faults are summed up in a single line."""


class BankCheck(Command):
    """Faults of structure, and findings of rules."""

    details = tell(
        "Each finding names the file, line, item and field. `examgen bank check "
        "--rules --rule CODE` explains the code in brackets."
    )

    codes: tuple[str, ...] = argument("Units (default: all).", ())
    rule: tuple[str, ...] = setting("Only findings of this rule (repeatable).", ())
    waived: bool = setting("List the waivers of items, with reasons.", False)
    rules: bool = setting(
        "List the item-writing rules instead; with --rule, show the page of that rule.", False
    )
    schema_of: (
        Literal[
            "all",
            "items",
            "models",
            "stimuli",
            "blueprint",
            "unit",
            "levels",
            "corrections",
            "instruments",
            "provenance",
            "people",
        ]
        | None
    ) = setting(
        "Print the JSON Schema of a kind of file, for text editors: items, "
        "models, stimuli, blueprint, unit, levels, corrections, instruments, "
        "provenance, people or all.",
        None,
        name="--schema",
        metavar="KIND",
    )
    out: Path | None = setting("With --schema: output file (default: the screen).", None, metavar="FILE")
    processes: Processes = None
    dask: Dask = None
    workspace: Workspace = None

    @model_validator(mode="after")
    def _one_thing_at_a_time(self) -> Self:
        if self.rules and self.schema_of is not None:
            raise invalid("use either --rules or --schema")
        if (self.rules or self.schema_of is not None) and self.codes:
            raise invalid("--rules and --schema do not check units. Remove the units.")
        if self.out is not None and self.schema_of is None:
            raise invalid("--out requires --schema")
        return self

    def execute(self, progress: Progress) -> Outcome:
        """Check the named units, or all of them; or show the rules or the schema."""
        if self.schema_of is not None:
            return self._schema()
        return self._rules() if self.rules else self._check(progress)

    def _check(self, progress: Progress) -> Outcome:
        # of small matrices the threads of the linear algebra only wait for each other; before numpy is there
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        place = workspace_of(self.workspace)
        workers = Workers(self.processes, self.dask)
        told = progress if sys.stderr.isatty() else files.quiet
        checked = checking.check(place, self.codes, self.rule, told, workers)
        document: dict[str, Any] = {
            "units": [one._asdict() for one in checked.units],
            "problems": [problem.as_dict() for problem in checked.problems],
            "waived": [{**one.problem.as_dict(), "reason": one.reason} for one in checked.waived],
        }
        refused = any(problem.severity == "error" for problem in checked.problems)
        return Outcome(
            document, _of_findings(checked, self.waived, place), Exit.REFUSED if refused else Exit.DONE
        )

    def _rules(self) -> Outcome:
        """Show the rules as set in the workspace, or the pages of some rules."""
        if self.rule:
            pages = [{"code": code, "page": checking.rule_page(code)} for code in self.rule]
            return Outcome(pages, [ReportedLine(one["page"].rstrip()) for one in pages])
        lines = checking.rules(workspace_of(self.workspace))
        heads = (tell("rule"), tell("severity"), tell("what it finds"))
        rows = [
            (
                line.code,
                tell("off") if line.severity == "off" else screen.severity_words(line.severity),
                line.summary,
            )
            for line in lines
        ]
        table = ReportedTable(tell("Rules of bank check"), heads, rows, 3)
        return Outcome([line._asdict() for line in lines], [table])

    def _schema(self) -> Outcome:
        """Show or write the JSON Schema of a kind of file, or of all."""
        made = schema.schema(None if self.schema_of == "all" else self.schema_of)
        if self.out is None:
            return Outcome(made, [ReportedLine(json_bytes(made).decode().rstrip())])
        write_file(self.out, json_bytes(made), shared=True)
        return Outcome(made, [line("schema written to {out}", out=screen.short(self.out))])


def _of_findings(checked: checking.CheckedBank, waived: bool, place: Path) -> Parts:
    yield ReportedProblems(checked.problems)
    for one in checked.waived if waived else ():
        yield line("  waived: {problem}", "dim", problem=one.problem.told(reader()))
        yield line("    because {reason}", "dim", reason=one.reason)
    each = len(checked.units) <= _MOST_UNITS
    for unit in checked.units if each else ():
        others = tell_n(", {n} instrument", ", {n} instruments", unit.instruments) if unit.instruments else ""
        yield line_n(
            "{code}: {n} item{others}, no structural errors",
            "{code}: {n} items{others}, no structural errors",
            unit.items,
            "green",
            code=unit.code,
            others=others,
        )
    if not each:
        totals = {"units": len(checked.units), "items": sum(unit.items for unit in checked.units)}
        yield line("units: {units:,}, items: {items:,}, no structural errors", "green", **totals)
    found = Counter(problem.severity for problem in checked.problems)
    if found or checked.waived:
        counts = [
            tell_n("{n:,} error", "{n:,} errors", found["error"]),
            tell_n("{n:,} warning", "{n:,} warnings", found["warning"]),
            tell_n("{n:,} notice", "{n:,} notices", found["notice"]),
            tell("{n:,} waived", n=len(checked.waived))
            if waived or not checked.waived
            else tell("{n:,} waived (--waived lists them)", n=len(checked.waived)),
        ]
        yield ReportedLine(joined(counts))
    codes = dict.fromkeys(problem.code for problem in checked.problems)
    if explained := next((code for code in codes if code in applying.CODES), None):
        yield from summary.details(f"examgen bank check --rules --rule {explained}")
    if each and len(checked.units) == 1 and not found["error"]:
        code = checked.units[0].code
        yield from summary.next_steps(item_steps.review_step(place / "item_bank", code))
