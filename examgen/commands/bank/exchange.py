"""`examgen bank import`: workbooks of the bank, and question files of other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from examgen.commands import screen
from examgen.commands.app import Json, Replace, UnitCode, Workspace, bank_app
from examgen.commands.options import workspace_of
from examgen.core.problems import WrongUsage
from examgen.core.words import tell

if TYPE_CHECKING:
    from examgen.bank.spreadsheets import Imported
    from examgen.interchange.importing import ImportOptions


@bank_app.command("export")
def bank_export(
    code: UnitCode,
    file: Annotated[
        Path, typer.Argument(help="The workbook to write: FILE.xlsx; or a file of another program.")
    ],
    file_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="Write for another program: moodle-xml, gift, word, rexams, qti22 or qti30 (packages, "
            "FILE.zip).",
        ),
    ] = None,
    replace: Replace = False,
    workspace: Workspace = None,
) -> None:
    """Write a unit's items into a workbook for item writers, or into a file of another program."""
    from examgen.bank import spreadsheets
    from examgen.interchange.exporting import export_questions

    bank, short = workspace_of(workspace) / "item_bank", screen.short(file)
    if file_format is None and file.suffix.lower() == ".xlsx":
        count = spreadsheets.export_items(bank, code, file, replace, screen.progress)
        screen.say(tell("{count} items of {code} written to {file}", count=count, code=code, file=short))
        screen.say(tell("bring them back with `examgen bank import {file}`", file=short))
        return
    written = export_questions(bank, code, file, file_format, replace, screen.progress)
    screen.say(
        tell(
            "{count} items of {code} written to {file} as {format}",
            count=written.n,
            code=code,
            file=short,
            format=written.format,
        )
    )
    for left in written.left:
        screen.say(left, "yellow")
    screen.say(tell("it holds the keys: keep it as you keep the bank"), "yellow")


@bank_app.command("import")
def bank_import(
    file: Annotated[
        Path, typer.Argument(help="The workbook or a CSV file; or a question file of another program.")
    ],
    unit: Annotated[str | None, typer.Option(help="The unit, where the file does not say it.")] = None,
    file_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="What the file is, where its content does not tell: moodle-xml, gift, aiken, qti, qti12, "
            "rexams, docx, text; table for a spreadsheet of other columns than the bank's own.",
        ),
    ] = None,
    columns: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Which column of a table is what (YAML), where the headings do not tell."
        ),
    ] = None,
    pc: Annotated[str | None, typer.Option(help="The criterion of questions that name none.")] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(
            "--map", metavar="FILE.csv", help="Which name, tag or category is which criterion: what, pc."
        ),
    ] = None,
    levels: Annotated[
        str | None,
        typer.Option(metavar="N,…", help="The levels that the questions suit; else all of the unit."),
    ] = None,
    cognitive: Annotated[
        str, typer.Option(metavar="KIND", help="What the questions ask for, until somebody says it of each.")
    ] = "understand",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, write nothing.")
    ] = False,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Read items from a workbook, or questions from another program's file, into the bank.

    All that is right is written, or nothing if any is wrong.
    """
    from examgen.bank import spreadsheets
    from examgen.interchange import importing as interchange

    if interchange.is_foreign(file, file_format) or columns is not None:
        asked = interchange.ImportOptions(pc, mapping, _numbers(levels), cognitive, columns)
        _import_foreign(file, file_format, unit, asked, dry_run, json, workspace)
        return
    done = spreadsheets.import_items(
        workspace_of(workspace) / "item_bank", file, unit, dry_run, progress=screen.progress
    )
    if json:
        changed = [
            {"item": one.item, "where": one.where, "fields": [change._asdict() for change in one.changes]}
            for one in done.plan.changed
        ]
        added = [
            {"item": one.item.id, "where": one.where, "fields": one.item.model_dump(mode="json")}
            for one in done.plan.added
        ]
        screen.print_json(
            {
                "unit": done.unit,
                "written": done.written,
                "changed": changed,
                "new": added,
                "unchanged": done.plan.unchanged,
                "not_in_file": list(done.plan.removed),
                "files": [str(path) for path in done.files],
                "notices": [problem.as_dict() for problem in done.notices],
            }
        )
    else:
        _show_import(done)


def _numbers(text: str | None) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in (text or "").split(",") if part.strip())
    except ValueError:
        raise WrongUsage(tell("--levels {text} are not numbers: write 3,4", text=text)) from None


def _import_foreign(
    file: Path,
    file_format: str | None,
    unit: str | None,
    asked: ImportOptions,
    dry_run: bool,
    json: bool,
    workspace: Path | None,
) -> None:
    """A file of another program: without a unit a dry run says what it holds, and no bank is asked for."""
    from examgen.bank.spreadsheets import the_only_unit
    from examgen.interchange import importing as interchange

    if dry_run and unit is None:
        taken = interchange.read_questions(file, file_format, asked.columns)
    else:
        bank = workspace_of(workspace) / "item_bank"
        code = unit or the_only_unit(bank, file)
        taken = interchange.import_questions(bank, file, code, asked, file_format, dry_run, screen.progress)
    if json:
        screen.print_json(taken.as_dict())
    else:
        for one in taken.shown:
            screen.say(f"{one.name}  ({one.source})", "bold")
            screen.say(f"  {one.stem}")
            for letter, text, is_right in one.options:
                screen.say(f"  {'*' if is_right else ' '} {letter}. {text}", "green" if is_right else "")
            for warning in one.warnings:
                screen.say(tell("  look: {warning}", warning=warning), "yellow")
        for note in taken.notes:
            screen.say(note, "yellow")
        for name, source, reason in taken.left:
            screen.say(
                tell("left: {name}  ({source}): {reason}", name=name, source=source, reason=reason), "yellow"
            )
        screen.show_problems(taken.notices)
        counts = {
            "format": taken.format,
            "unit": taken.unit,
            "items": len(taken.shown),
            "left": len(taken.left),
        }
        if taken.written:
            screen.say(tell("{format} → {unit}: {items} drafts written, {left} left", **counts))
            screen.say(
                tell("each still needs rationales where “–” stands, the levels that it suits, and reviewers")
            )
            screen.show_files(tell("written:"), taken.files)
        elif taken.unit:
            screen.say(tell("{format} → {unit}: {items} drafts, {left} left; nothing was written", **counts))
        else:
            screen.say(tell("{format}: {items} questions, {left} left; nothing was written", **counts))


def _show_import(done: Imported) -> None:
    for one in done.plan.changed:
        screen.say(f"{one.item}  ({one.where})", "bold")
        for change in one.changes:
            screen.say(f"  {change.heading or change.field}  ({change.where.rpartition('!')[2]})")
            screen.say(tell("    - {old}", old=_text(change.old)), "red")
            screen.say(tell("    + {new}", new=_text(change.new)), "green")
    for new in done.plan.added:
        screen.say(tell("{item}  new  ({where})", item=new.item.id, where=new.where), "bold")
        screen.say(tell("    + {item}", item=_text(new.item.stem)), "green")
    for name in done.plan.removed:
        screen.say(
            tell(
                "{name} has no line in the file and stays in the bank: set its status to retired", name=name
            ),
            "yellow",
        )
    screen.show_problems(done.notices)
    counts = {
        "unit": done.unit,
        "changed": len(done.plan.changed),
        "new": len(done.plan.added),
        "unchanged": done.plan.unchanged,
    }
    if not done.written:
        said = tell(
            "{unit}: {changed} changed, {new} new, {unchanged} unchanged; nothing was written", **counts
        )
        screen.say(said)
    else:
        screen.say(tell("{unit}: {changed} changed, {new} new, {unchanged} unchanged", **counts))
        screen.show_files(tell("written:"), done.files)


def _text(value: object) -> str:
    """A value on one line."""
    if value is None or value == ():
        return tell("(nothing)")
    shown = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return shown.replace("\n", "⏎")
