"""`examgen unit …`.

`examgen unit editions`, `examgen unit diff` and `examgen bank remap`.
"""

from __future__ import annotations

from collections import Counter
from datetime import date as day
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from examgen.commands import screen
from examgen.commands.app import Json, Replace, UnitCode, Workspace, bank_app, unit_app
from examgen.commands.options import workspace_of
from examgen.core.problems import Exit, WrongUsage
from examgen.core.words import joined, tell, tell_n

if TYPE_CHECKING:
    from examgen.assembly.editions.kept import Compared
    from examgen.assembly.editions.remapping import Remapped
    from examgen.assembly.editions.units import UnitImport

_STYLES = {"added": "green", "removed": "red"}


@unit_app.command("editions")
def unit_editions(code: str, json: Json = False, workspace: Workspace = None) -> None:
    """List the editions of a unit: the present one, earlier ones, and those that wait."""
    from examgen.assembly.editions import kept as editions

    found = editions.list_editions(workspace_of(workspace) / "item_bank", code)
    rows = [
        {
            "edition": one.short,
            "sha256": one.sha256,
            "state": one.state,
            "document": one.unit.source.document if one.unit.source else None,
            "criteria": len(one.unit.criteria),
            "levels": list(one.unit.levels),
            "folder": str(one.folder),
        }
        for one in found
    ]
    if json:
        screen.print_json({"code": code, "editions": rows})
        return
    heads = (tell("edition"), tell("state"), tell("criteria"), tell("levels"), tell("document"))
    body = [
        (row["edition"], row["state"], row["criteria"], screen.levels(one.unit.levels), row["document"])
        for one, row in zip(found, rows, strict=True)
    ]
    screen.table(tell("Editions of {code}", code=code), heads, body, numbers_from=len(heads))


@unit_app.command("diff")
def unit_diff(
    old: Annotated[str, typer.Argument(help="A unit, CODE@hash, a unit.yaml or a document.")],
    new: Annotated[str, typer.Argument(help="Likewise.")],
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Say what changed between two editions, and which items, blueprints and approvals that touches."""
    from examgen.assembly.editions import kept as editions

    found = editions.compare(workspace_of(workspace) / "item_bank", old, new)
    if json:
        screen.print_json(
            {
                "old": found.old.code,
                "new": found.new.code,
                "differences": [
                    {**one.as_dict(), "touches": touched._asdict()} for one, touched in found.differences
                ],
                "blueprints": [problem.as_dict() for problem in found.blueprints],
                "notice": found.notice,
            }
        )
    else:
        _show_diff(found)


def _show_diff(found: Compared) -> None:
    same = [one for one, _ in found.differences if one.kinds == ("unchanged",)]
    for one, touched in found.differences:
        if one.kinds != ("unchanged",):
            from examgen.bank.standards import words

            at = (
                tell(" at level {level}", level=one.level)
                if one.level is not None and one.about != "level"
                else ""
            )
            kinds = joined(map(words.kind, one.kinds))
            head = tell("{about} {kinds}{at}", about=words.about(one.about), kinds=kinds, at=at)
            screen.say(
                tell("{head}  (certainty {certainty:.2f})", head=head, certainty=one.certainty),
                _STYLES.get(one.kinds[0], "yellow"),
            )
            for sign, parts, style in (("-", one.old, "red"), ("+", one.new, "green")):
                for part in parts:
                    text = words.methods_of(part.text) if one.about == "methods" else part.text
                    said = joined(filter(None, (part.code, text)), " ")
                    screen.say(tell("  {sign} {said}", sign=sign, said=said), style)
            if one.note:
                screen.say(tell("  {note}", note=one.note), "yellow")
            counts = [
                tell_n("{n} item", "{n} items", len(touched.items)) if touched.items else "",
                tell_n("{n} blueprint", "{n} blueprints", len(touched.blueprints))
                if touched.blueprints
                else "",
                tell_n("{n} approval", "{n} approvals", len(touched.approvals)) if touched.approvals else "",
            ]
            if any(counts):
                shown = f": {', '.join(touched.blueprints)}" if touched.blueprints else ""
                screen.say(
                    tell("  touches {counts}{shown}", counts=joined(filter(None, counts)), shown=shown)
                )
    screen.say(
        tell(
            "{n} criteria unchanged, {found_n} differences",
            n=len(same),
            found_n=len(found.differences) - len(same),
        ),
        "bold",
    )
    if found.notice:
        screen.say(tell("notice: {notice}", notice=found.notice), "cyan")
    if found.blueprints:
        screen.say(tell("Blueprints that hold no longer with the new edition"), "bold")
        screen.show_problems(found.blueprints)


@bank_app.command("remap")
def bank_remap(
    code: UnitCode,
    to: Annotated[str, typer.Option(help="The edition to go to: the beginning of its hash.")],
    pair: Annotated[
        list[str] | None,
        typer.Option(help="OLD=NEW: a criterion (or one item) and the criterion it becomes; repeat."),
    ] = None,
    plan: Annotated[
        Path | None, typer.Option(help="Plan to write, or to follow where it is there: FILE.yaml.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="Who confirmed the pairs.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done, write nothing.")
    ] = False,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Carry items over to another edition where a person confirmed the pair; set the rest aside."""
    from examgen.assembly.editions import remapping

    if plan is not None and plan.suffix not in (".yaml", ".yml"):
        raise WrongUsage(tell("{plan} must end in .yaml", plan=plan))
    bank_folder = workspace_of(workspace) / "item_bank"
    done = remapping.remap(bank_folder, code, to, pair or (), plan, by, dry_run)
    if json:
        found = done.remapping
        screen.print_json(
            {
                "unit": done.unit,
                "from": done.present,
                "to": done.to,
                "written": done.written,
                "plan": done.plan.model_dump(mode="json", by_alias=True) if done.plan else None,
                "carried": found.carried if found else {},
                "changed": found.changes if found else {},
                "orphaned": found.orphaned if found else {},
                "notices": [problem.as_dict() for problem in found.notices] if found else [],
                "blueprints": [problem.as_dict() for problem in done.blueprints],
                "files": [str(path) for path in done.files],
            }
        )
    elif done.plan is not None:
        _show_plan(done, plan)
    else:
        _show_remapped(done)
    if done.remapping is not None and (done.remapping.orphaned or done.blueprints):
        raise typer.Exit(Exit.SET_ASIDE)


def _show_plan(done: Remapped, path: Path | None) -> None:
    from examgen.bank.standards import words

    pairs = done.plan.pairs if done.plan else ()
    for pair in pairs:
        kinds = joined(map(words.kind, pair.kinds))
        screen.say(
            tell(
                "{old} → {new}  {kinds}  (certainty {certainty}), {n_items} items",
                old=pair.old,
                new=pair.new,
                kinds=kinds,
                certainty=pair.certainty,
                n_items=pair.n_items,
            )
        )
        screen.say(f"  - {pair.old_text}", "red")
        screen.say(f"  + {pair.new_text}", "green")
    said = tell_n("{n} pair to confirm", "{n} pairs to confirm", len(pairs))
    screen.say(tell("{said}, written to {path}", said=said, path=path) if done.written else said, "bold")
    if done.written:
        screen.say(
            tell(
                "write `confirmed: yes` where it is so, then run the same command again to follow {path}",
                path=path,
            )
        )


def _show_remapped(done: Remapped) -> None:
    if done.remapping is None:
        return
    found, here = done.remapping, "" if done.written else tell(" (nothing was written)")
    screen.say(
        tell(
            "{unit}: {old} → {new}{here}", unit=done.unit, old=done.present[:12], new=done.to[:12], here=here
        ),
        "bold",
    )
    for pc, count in sorted(Counter(found.carried.values()).items()):
        screen.say(tell("  {pc}: {count} items", pc=pc, count=count), "green")
    for reason in dict.fromkeys(found.orphaned.values()):
        items = [item for item, why in found.orphaned.items() if why == reason]
        screen.say(tell("  set aside: {reason}: {items}", reason=reason, items=", ".join(items)), "yellow")
    screen.show_problems(found.notices)
    counts = tell(
        "{n} items carried over, {found_n} of them changed", n=len(found.carried), found_n=len(found.changes)
    )
    screen.say(tell("{counts}; {n} set aside under orphans/", counts=counts, n=len(found.orphaned)), "bold")
    if done.blueprints:
        screen.say(tell("Blueprints that hold no longer"), "bold")
        screen.show_problems(done.blueprints)
    if done.written:
        screen.show_files(tell("written:"), done.files)


def show_filed(one: UnitImport) -> None:
    """Where an edition just imported went, if there was one before."""
    if one.state == "same":
        screen.say(tell("  this is the present edition already: nothing was changed"))
    elif one.state == "present":
        screen.say(
            tell(
                "  edition {edition} is the present one now; the one before is kept",
                edition=str(one.edition)[:12],
            )
        )
        if one.reasons:
            screen.say(tell("Blueprints that hold no longer"), "bold")
            screen.show_problems(one.reasons)
    elif one.state == "waiting":
        screen.show_problems(one.reasons)
        screen.say(tell("  {advice}", advice=one.advice), "yellow")


def filed_json(one: UnitImport) -> dict[str, Any]:
    """What the JSON of an import adds to the reading where the edition waits beside the present one."""
    if one.state != "waiting":
        return {}
    reasons = [problem.as_dict() for problem in one.reasons]
    shown = {"sha256": one.edition, "state": one.state, "folder": str(one.folder), "reasons": reasons}
    return {"edition": shown}


@unit_app.command("import")
def unit_import(
    files: Annotated[list[Path], typer.Argument(help="Unit documents: .txt, .md, .html, .pdf.")],
    into: Annotated[Path | None, typer.Option(help="The bank; by default the workspace's item_bank.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and show, write nothing.")] = False,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Read unit documents into the bank: all of them, or none if one is refused."""
    from examgen.assembly.editions import units

    done = units.import_units(files, into or workspace_of(workspace) / "item_bank", dry_run)
    if json:
        readings = [{**one.unit.reading(), **filed_json(one)} for one in done]
        screen.print_json(readings[0] if len(readings) == 1 else readings)
    else:
        for one in done:
            screen.show_import(one)
            show_filed(one)
    refused = [one.document for one in done if one.unit.error]
    if refused:
        if not json:
            screen.say(
                tell(
                    "nothing was written: {n} of {done_n} documents refused", n=len(refused), done_n=len(done)
                ),
                "red",
            )
        raise typer.Exit(Exit.REFUSED)
    if any(one.state == "waiting" for one in done):
        raise typer.Exit(Exit.SET_ASIDE)


@unit_app.command("export")
def unit_export(
    code: str,
    file: Annotated[Path, typer.Argument(help="The file to write, FILE.json.")],
    creator: Annotated[str, typer.Option(metavar="NAME", help="Who publishes the standard.")],
    file_format: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="case: CASE 1.1; case10: CASE 1.0.")
    ] = "case",
    date: Annotated[
        str | None, typer.Option(metavar="DAY", help="When the standard last changed; left out: today.")
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Where its parts will be found; else they are their UUIDs."),
    ] = None,
    replace: Replace = False,
    workspace: Workspace = None,
) -> None:
    """Write a unit as a framework of CASE, with identifiers that packages of its items name."""
    from examgen.assembly.editions import units

    n = units.export_case(
        workspace_of(workspace) / "item_bank",
        code,
        file,
        units.Framework(creator, date or day.today().isoformat(), address, file_format),
        replace,
    )
    screen.say(tell("{code} written to {file}: {n} parts", n=n, code=code, file=screen.short(file)))


@unit_app.command("show")
def unit_show(code: str, json: Json = False, workspace: Workspace = None) -> None:
    """Show a unit of the bank as it was read."""
    from examgen.assembly.editions import units

    unit = units.show_unit(workspace_of(workspace) / "item_bank", code)
    if json:
        screen.print_json(unit.model_dump(mode="json"))
    else:
        screen.show_unit(unit)
