"""`examgen bank export` and `import`: workbooks of the bank, and question files of other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator

from examgen.analysis.parts import Part, Parts, ReportedFiles, ReportedLine, ReportedProblems, line
from examgen.commands import screen, summary
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import Replace, UnitCode, Workspace, workspace_of
from examgen.core.models.field_types import Cognitive
from examgen.core.options import argument, setting, split
from examgen.core.words import joined, tell

with on_use():
    from examgen.bank import spreadsheets
    from examgen.bank.workbook import columns as headings
    from examgen.interchange import exporting, importing


class BankExport(Command):
    """A unit's items as a workbook, or as a file of another program."""

    has_json = False

    code: UnitCode
    file: Path = argument("Workbook to write (FILE.xlsx), or a file of another program.")
    file_format: str | None = setting(
        "Format of another program: moodle-xml, gift, word, qti22 or qti30 (packages, FILE.zip).",
        None,
        name="--format",
        metavar="FORMAT",
    )
    replace: Replace = False
    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Write the items."""
        bank, short = workspace_of(self.workspace) / "item_bank", screen.short(self.file)
        if self.file_format is None and self.file.suffix.lower() == ".xlsx":
            count = spreadsheets.export_items(bank, self.code, self.file, self.replace, progress)
            return Outcome(
                None,
                [
                    line(
                        "{count} items of {code} written to {file}", count=count, code=self.code, file=short
                    ),
                    line("To import them after editing: `examgen bank import {file}`", file=short),
                ],
            )
        done = exporting.export_questions(
            bank, self.code, self.file, self.file_format, self.replace, progress
        )
        written = tell(
            "{count} items of {code} written to {file} as {format}",
            count=done.n,
            code=self.code,
            file=short,
            format=done.format,
        )
        shown: list[Part] = [
            ReportedLine(written),
            *(ReportedLine(left, "yellow") for left in done.left),
            line("The file contains the keys. Keep it as secure as the bank.", "yellow"),
        ]
        return Outcome(None, shown)


class BankImport(Command):
    """Items of a workbook, or questions of another program's file, into the bank."""

    details = tell("If any item has an error, nothing is written.")

    file: Path = argument("Workbook, CSV file, or question file of another program.")
    unit: str | None = setting("Code of the unit, if the file does not give it.", None)
    file_format: str | None = setting(
        "Format, if the content does not show it: moodle-xml, gift, aiken, qti, docx, "
        "text; table for a spreadsheet with columns other than the bank's own.",
        None,
        label=tell("Kind of file"),
        name="--format",
        metavar="FORMAT",
    )
    columns: Path | None = setting(
        "YAML file with the meaning of the columns of a table, if the headings do not show it.",
        None,
        metavar="FILE",
    )
    pc: str | None = setting(
        "Criterion for questions that do not give one.",
        None,
        label=tell("Criterion for questions that do not give one"),
    )
    mapping: Path | None = setting(
        "Table that maps names, tags or categories to criteria (columns what, pc).",
        None,
        name="--map",
        metavar="FILE.csv",
    )
    levels: Annotated[tuple[int, ...], BeforeValidator(split)] = setting(
        "Levels that the questions suit (default: all of the unit).",
        (),
        label=tell("Levels that the questions suit (default: all of the unit)"),
        metavar="N,…",
    )
    cognitive: Cognitive = setting(
        "Cognitive category of the questions, until it is set for each.",
        "understand",
        label=tell("Cognitive category"),
        metavar="KIND",
    )
    dry_run: bool = setting("Show what would change, without writing it.", False)
    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Read the file, and write its items into the bank."""
        if importing.is_foreign(self.file, self.file_format) or self.columns is not None:
            return self._foreign(progress)
        done = spreadsheets.import_items(
            workspace_of(self.workspace) / "item_bank", self.file, self.unit, self.dry_run, progress=progress
        )
        document = {
            "unit": done.unit,
            "written": done.written,
            "changed": [
                {"item": one.item, "where": one.where, "fields": [change._asdict() for change in one.changes]}
                for one in done.plan.changed
            ],
            "new": [
                {"item": one.item.id, "where": one.where, "fields": one.item.model_dump(mode="json")}
                for one in done.plan.added
            ],
            "unchanged": done.plan.unchanged,
            "not_in_file": list(done.plan.removed),
            "files": [str(path) for path in done.files],
            "notices": [problem.as_dict() for problem in done.notices],
        }
        return Outcome(document, _of_import(done))

    def _foreign(self, progress: Progress) -> Outcome:
        """Import the file of another program. A dry run without a unit shows its content and needs no
        bank."""
        if self.dry_run and self.unit is None:
            taken = importing.read_questions(self.file, self.file_format, self.columns)
        else:
            bank = workspace_of(self.workspace) / "item_bank"
            code = self.unit or spreadsheets.the_only_unit(bank, self.file)
            options = importing.ImportOptions(
                self.pc, self.mapping, self.levels, self.cognitive, self.columns
            )
            taken = importing.import_questions(
                bank, self.file, code, options, self.file_format, self.dry_run, progress
            )
        return Outcome(taken.as_dict(), _of_questions(taken))


def _of_questions(taken: importing.Taken) -> Parts:
    for one in taken.shown:
        yield ReportedLine(f"{one.name}  ({one.source})", "bold")
        yield ReportedLine(f"  {one.stem}")
        for letter, text, is_right in one.options:
            yield ReportedLine(f"  {'*' if is_right else ' '} {letter}. {text}", "green" if is_right else "")
        yield from (line("  check: {warning}", "yellow", warning=w) for w in one.warnings)
    yield from (ReportedLine(note, "yellow") for note in taken.notes)
    for name, source, reason in taken.left:
        yield line("skipped: {name}  ({source}): {reason}", "yellow", name=name, source=source, reason=reason)
    yield ReportedProblems(taken.notices)
    counts = {"format": taken.format, "items": len(taken.shown), "left": len(taken.left)}
    if not taken.unit:
        yield line("{format}: {items} questions, {left} skipped; nothing was written", **counts)
        return
    counts["unit"] = taken.unit
    if not taken.written:
        yield line("{format} → {unit}: {items} drafts, {left} skipped; nothing was written", **counts)
        return
    yield line("{format} → {unit}: {items} drafts written, {left} skipped", **counts)
    yield line("Each draft still needs rationales in place of “–”, its levels, and reviewers.")
    yield ReportedFiles(tell("written:"), taken.files)


def _of_import(done: spreadsheets.Imported) -> Parts:
    for one in done.plan.changed:
        yield ReportedLine(f"{one.item}  ({one.where})", "bold")
        for change in one.changes:
            heading = headings.heading_in(change.field, change.heading or change.field, screen.reader())
            yield ReportedLine(f"  {heading}  ({change.where.rpartition('!')[2]})")
            yield ReportedLine(joined(["    - ", _text(change.old)], ""), "red")
            yield ReportedLine(joined(["    + ", _text(change.new)], ""), "green")
    for new in done.plan.added:
        yield line("{item}  new  ({where})", "bold", item=new.item.id, where=new.where)
        yield ReportedLine(joined(["    + ", _text(new.item.stem)], ""), "green")
    if done.plan.removed:
        names = ", ".join(done.plan.removed)
        yield line(
            "not in the file, and kept in the bank (to retire them, set their status): {names}",
            "yellow",
            names=names,
        )
    yield ReportedProblems(done.notices)
    counts = {"changed": len(done.plan.changed), "new": len(done.plan.added), "same": done.plan.unchanged}
    message = tell("{unit}: {changed} changed, {new} new, {same} unchanged", unit=done.unit, **counts)
    nothing = "" if done.written else tell("; nothing was written")
    yield ReportedLine(joined([message, nothing], ""))
    if done.written:
        yield ReportedFiles(tell("written:"), done.files)
        yield from summary.next_steps(f"examgen bank check {done.unit}")


def _text(value: object) -> str:
    """Return a value as a single line of text."""
    if value is None or value == ():
        return tell("(empty)")
    shown = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return shown.replace("\n", "⏎")
