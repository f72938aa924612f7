"""`examgen bank check` and `rules`: every fault of the bank, and the rules that find them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

from examgen.analyses.reported.parts import Parts, ReportedLine, ReportedProblems, ReportedTable
from examgen.commands import screen
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import Dask, Workspace, workspace_of
from examgen.commands.screen import reader
from examgen.core.options import Argument, Option, Processes
from examgen.core.problems import Exit
from examgen.core.processes import Workers
from examgen.core.words import Message, tell

if TYPE_CHECKING:
    from examgen.bank.checking import CheckedBank
    from examgen.bank.guessing.results import WordedShown

with on_use():
    from examgen.bank import checking
    from examgen.bank.guessing import results as guessing
    from examgen.commands import terminal
    from examgen.core import files

_MOST_UNITS = 40
"""Units beyond which there is one line for all that nothing is wrong with."""


class BankCheck(Command):
    """Faults of structure, findings of rules, and what gives keys away."""

    details = tell(
        "Each with file, line, item and field; `examgen bank rules CODE` explains the code in brackets."
    )

    codes: Annotated[tuple[str, ...], Argument(tell("Units; all if left out."))] = ()
    rule: Annotated[tuple[str, ...], Option(tell("Only what this rule finds; may be given again."))] = ()
    waived: Annotated[bool, Option(tell("List what items waive, with the reason."))] = False
    guessability: Annotated[
        bool, Option(tell("Show what gives keys away, and in which items most: what to change."))
    ] = False
    enemies: Annotated[
        bool, Option(tell("Show pairs of items that may ask the same: enemies to consider."))
    ] = False
    processes: Processes = None
    dask: Dask = None
    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Check the units named, or all."""
        # of small matrices the threads of the linear algebra only wait for each other; before numpy is there
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        place = workspace_of(self.workspace)
        workers = Workers(self.processes, self.dask)
        told = progress if terminal.errors.is_terminal else files.quiet
        checked = checking.check(place, self.codes, self.rule, told, workers)
        pairs = checking.suggested_enemies(place, self.codes) if self.enemies else []
        of_options = guessing.of_options(place, self.codes) if self.guessability else {}
        document: dict[str, Any] = {
            "units": [one._asdict() for one in checked.units],
            "problems": [problem.as_dict() for problem in checked.problems],
            "waived": [{**one.problem.as_dict(), "reason": one.reason} for one in checked.waived],
            "guessability": [
                {"code": code, **guessing.as_json(guessed)} for code, guessed in checked.guessed.items()
            ],
        }
        if self.enemies:
            document["enemies"] = [pair._asdict() for pair in pairs]
        if self.guessability:
            document["wording"] = [guessing.options_json(unit, found) for unit, found in of_options.items()]

        def shown() -> Parts:
            yield from _of_findings(checked, self.waived)
            if self.enemies:
                heads = (tell("item"), tell("item"), tell("alike"))
                rows = [(pair.one, pair.other, f"{pair.likeness:.0%}") for pair in pairs]
                title = tell("Pairs that may ask the same: enemies to consider")
                yield ReportedTable(title, heads, rows, 2)
            if self.guessability:
                yield from _of_guessability(checked)
            for unit, found in of_options.items():
                yield from _of_wording(guessing.wording_shown(unit, found.worded))
                yield ReportedLine(guessing.coverage_line(unit, found.coverage))

        refused = any(problem.severity == "error" for problem in checked.problems)
        return Outcome(document, shown(), Exit.REFUSED if refused else Exit.DONE)


def _of_findings(checked: CheckedBank, waived: bool) -> Parts:
    yield ReportedProblems(checked.problems)
    for one in checked.waived if waived else ():
        yield ReportedLine(tell("  waived: {problem}", problem=one.problem.told(reader())), "dim")
        yield ReportedLine(tell("    because {reason}", reason=one.reason), "dim")
    each = len(checked.units) <= _MOST_UNITS
    for unit in checked.units if each else ():
        line = tell("{code}: {items} items, no errors of structure", code=unit.code, items=unit.items)
        if unit.instruments:
            line = tell(
                "{code}: {items} items, {instruments} instrument(s), no errors of structure", **unit._asdict()
            )
        yield ReportedLine(line, "green")
    if not each:
        n, items = len(checked.units), sum(unit.items for unit in checked.units)
        line = tell("{n:,} units, {items:,} items: no errors of structure", n=n, items=items)
        yield ReportedLine(line, "green")
    for code, guessed in checked.guessed.items():
        if each or code is None or guessed.more_than_chance:
            yield ReportedLine(guessing.shown(code, guessed).line)
    found = [problem.severity for problem in checked.problems]
    if found or checked.waived:
        counts = {
            "errors": found.count("error"),
            "warnings": found.count("warning"),
            "notices": found.count("notice"),
            "waived": len(checked.waived),
        }
        if waived or not checked.waived:
            said: Message = tell(
                "{errors} error(s), {warnings} warning(s), {notices} notice(s), {waived} waived", **counts
            )
        else:
            said = tell(
                "{errors} error(s), {warnings} warning(s), {notices} notice(s), {waived} waived "
                "(--waived lists them)",
                **counts,
            )
        yield ReportedLine(said)


def _of_guessability(checked: CheckedBank) -> Parts:
    """What gives keys away: habits, kinds of cues, and the items that have most of them."""
    for unit, guessed in checked.guessed.items():
        shown = guessing.shown(unit, guessed)
        yield ReportedLine("")
        yield ReportedLine(shown.line, "bold")
        if shown.habits:
            heads = (tell("habit"), tell("keys found"), "z")
            yield ReportedTable(tell("By one habit"), heads, shown.habits)
        if shown.kinds:
            yield ReportedTable(tell("By one kind of cue"), (tell("cue"), tell("keys found")), shown.kinds)
            yield ReportedLine(tell("Items that give most away, worst first"), "bold")
        for item in shown.items:
            yield ReportedLine(tell("  {item}", item=item))


def _of_wording(shown: WordedShown | None) -> Parts:
    """How far words tell keys, and which."""
    if shown is None:
        return
    yield ReportedLine("")
    yield ReportedLine(shown.line, "bold")
    heads = (tell("word"), tell("items"), tell("keys that have it"), tell("expected"), "z")
    yield ReportedTable(tell("Words that keys have too often or too seldom"), heads, shown.words)


class BankRules(Command):
    """The rules of item writing, or the page of one."""

    code: Annotated[str | None, Argument(tell("A rule, to read its page."))] = None
    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Find the page, or list the rules as the workspace has them."""
        if self.code is not None:
            page = checking.rule_page(self.code)
            return Outcome({"code": self.code, "page": page}, [ReportedLine(page.rstrip())])
        lines = checking.rules(workspace_of(self.workspace))
        heads = (tell("rule"), tell("severity"), tell("finds"))
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
