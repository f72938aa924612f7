"""`examgen bank list`, `show`, `preview` and `schema`."""

from __future__ import annotations

import re
from bisect import bisect_right
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from examgen.commands import screen
from examgen.commands.app import Json, Replace, UnitCode, Workspace, bank_app
from examgen.commands.options import workspace_of
from examgen.core.problems import WrongUsage
from examgen.core.words import tell

if TYPE_CHECKING:
    from examgen.papers.item_pages import FoundItem, Sought, WholeItem


@bank_app.command("list")
def bank_list(
    code: UnitCode,
    pc: Annotated[str | None, typer.Option(help="A criterion A4012.01, or an element A4012.*")] = None,
    level: Annotated[int | None, typer.Option(help="Items that suit this level.")] = None,
    category: Annotated[list[str] | None, typer.Option(help="Cognitive category; may be repeated.")] = None,
    status: Annotated[list[str] | None, typer.Option(help="Status; may be repeated.")] = None,
    words: Annotated[str, typer.Option(help="Words that stem, options or rationale hold, all of them.")] = "",
    facility: Annotated[
        str | None, typer.Option(help="Proportion right, from..to: 0.3..0.8, ..0.3 or 0.9..")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Instances of this item model.")] = None,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """List the items of a unit that fit every condition given."""
    from examgen.papers import item_pages as finding

    sought = _sought(pc, level, category or [], status or [], words, facility)._replace(model=model)
    found = finding.find_items(workspace_of(workspace) / "item_bank", code, sought)
    if json:
        items = [_listed(one) for one in found.items]
        problems = [problem.as_dict() for problem in found.problems]
        screen.print_json({"unit": code, "of": found.n_items, "items": items, "problems": problems})
    else:
        from examgen.commands import terminal

        screen.show_problems(found.problems)
        measured = any(one.facility is not None for one in found.items)
        heads = [
            tell("item"),
            tell("levels"),
            tell("category"),
            tell("status"),
            *([tell("facility")] if measured else []),
            tell("stem"),
        ]
        rows = [_line(one, measured) for one in found.items]
        columns = zip(heads[:-1], *(row[:-1] for row in rows), strict=True)
        taken = sum(2 + max(len(cell) for cell in column) for column in columns)
        for row in rows:
            row[-1] = _cut(row[-1], max(20, terminal.screen.width - taken))
        if rows:
            screen.table(tell("Items of {unit}", unit=found.unit), heads, rows, numbers_from=len(heads))
        screen.say(tell("{n} of {n_items} items", n=len(rows), n_items=found.n_items), "bold")


def _sought(
    pc: str | None,
    level: int | None,
    categories: list[str],
    statuses: list[str],
    words: str,
    facility: str | None,
) -> Sought:
    from examgen.core.models.base import COGNITIVE, STATUSES
    from examgen.papers.item_pages import Sought

    for option, given, known in (
        (tell("category"), categories, COGNITIVE),
        (tell("status"), statuses, STATUSES),
    ):
        if wrong := [name for name in given if name not in known]:
            raise WrongUsage(
                tell(
                    "--{option} {wrong} is not one of {known}",
                    option=option,
                    wrong=wrong[0],
                    known=", ".join(known),
                )
            )
    return Sought(pc, level, categories, statuses, words, _range(facility))


def _range(text: str | None) -> tuple[float, float] | None:
    """`0.3..0.8` as two numbers; an end left out is 0 or 1."""
    if text is None:
        return None
    ends = re.fullmatch(r"\s*(\d*\.?\d*)\s*\.\.\s*(\d*\.?\d*)\s*", text)
    try:
        least, greatest = (
            (float(end or default) for end, default in zip(ends.groups(), "01", strict=True))
            if ends
            else (1.0, 0.0)
        )
    except ValueError:
        least, greatest = 1.0, 0.0
    if not 0 <= least <= greatest <= 1:
        raise WrongUsage(
            tell("--facility {text} is not a range of proportions: write it as 0.3..0.8", text=text)
        )
    return least, greatest


def _listed(one: FoundItem) -> dict[str, Any]:
    fields = {"id", "pcs", "levels", "cognitive", "status", "key", "stem"}
    return {
        **one.item.model_dump(mode="json", include=fields),
        "facility": None if one.facility is None else round(one.facility, 4),
    }


def _line(one: FoundItem, measured: bool) -> list[str]:
    from examgen.core.text.markdown import in_words

    item = one.item
    facility = "–" if one.facility is None else f"{one.facility:.2f}"
    return [
        item.id,
        ",".join(map(str, item.levels)),
        item.cognitive,
        item.status,
        *([facility] if measured else []),
        " ".join(in_words(item.stem).split()),
    ]


def _cut(text: str, width: int) -> str:
    """The text on one line of that many cells: Thai vowels above and below take none."""
    from rich.cells import cell_len

    if cell_len(text) <= width:
        return text
    end = bisect_right(range(len(text)), width - 1, key=lambda end: cell_len(text[:end])) - 1
    return f"{text[:end].rstrip()}…"


@bank_app.command("show")
def bank_show(
    items: Annotated[list[str], typer.Argument(help="Ids of items, of any unit.")],
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Show items whole: text, key, rationale, stimulus, reviews and statistics."""
    from examgen.papers import item_pages as finding

    found = finding.show_items(workspace_of(workspace) / "item_bank", items)
    if json:
        screen.print_json(
            {
                "items": [
                    {
                        "unit": one.unit,
                        **one.item.model_dump(mode="json"),
                        "hash": one.item.sha256(),
                        "stimulus": one.stimulus.text if one.stimulus else None,
                        "reviews": [review.model_dump(mode="json", by_alias=True) for review in one.reviews],
                        "exposure": one.exposure._asdict() if one.exposure else None,
                        "statistics": [
                            {**line._asdict(), "current": line.holds_for(one.item)} for line in one.statistics
                        ],
                        "problems": [problem.as_dict() for problem in one.problems],
                    }
                    for one in found
                ]
            }
        )
    else:
        for one in found:
            _show_whole(one)


def _show_whole(one: WholeItem) -> None:
    from rich.cells import cell_len

    from examgen.core.text.markdown import in_columns

    item = one.item
    screen.say(f"{item.id}  {one.unit}", "bold")
    at = screen.levels(item.levels)
    screen.say(
        tell(
            "  {pcs} · levels {at} · {cognitive} · {status}",
            pcs=", ".join(item.pcs),
            at=at,
            cognitive=item.cognitive,
            status=item.status,
        )
    )
    if one.stimulus is not None:
        screen.say(tell("  stimulus {stimulus}:", stimulus=one.stimulus.id), "cyan")
        _indented(in_columns(one.stimulus.text, cell_len, "stimulus"), "    ")
    _indented(in_columns(item.stem, cell_len), "  ")
    for name, text in item.options.items():
        right = name in item.key
        screen.say(f"  {'→' if right else ' '} {name}. {_folded(text, 7)}", "bold green" if right else "")
        screen.say(f"       {_folded(item.rationale.get(name, ''), 7)}", "dim")
    screen.say(tell("  key: {key}", key=", ".join(item.key)))
    screen.say(tell("  reference: {folded}", folded=_folded(item.reference, 4)))
    for label, values in (
        (tell("enemies"), item.enemies),
        (tell("anchored"), item.anchored),
        (tell("expected time"), [f"{item.time_s} s"] if item.time_s else []),
        (tell("waives"), [f"{k}: {v}" for k, v in item.waivers.items()]),
    ):
        if values:
            screen.say(tell("  {label}: {values}", label=label, values="; ".join(values)))
    for review in one.reviews:
        said = f": {review.comment}" if review.comment else ""
        old = "" if review.hash == one.item.sha256() else tell(" (of an earlier text)")
        screen.say(
            tell(
                "  {date} {by}: {before} → {after}, {verdict}{old}{said}",
                date=review.date,
                by=review.by,
                before=review.before,
                after=review.after,
                verdict=review.verdict,
                old=old,
                said=said,
            )
        )
    for line in one.statistics:
        known = ", ".join(f"{name} {value:g}" for name, value in line.numbers.items() if value is not None)
        old = "" if line.holds_for(one.item) else tell(" (of an earlier text)")
        screen.say(
            tell(
                "  {administration} {form} {date}: {known}{old}",
                administration=line.administration,
                form=line.form,
                date=line.date,
                known=known,
                old=old,
            )
        )
    if (seen := one.exposure) and seen.administrations:
        times = (
            tell("1 administration")
            if seen.administrations == 1
            else tell("{administrations} administrations", administrations=seen.administrations)
        )
        screen.say(
            tell("  exposure: {times}, {candidates:,} candidates", times=times, candidates=seen.candidates)
        )
    if seen and seen.printed:
        names = ", ".join(seen.printed)
        screen.say(tell("  printed in {exams}, which nobody is known to have sat", exams=names))
    screen.show_problems(one.problems)


def _indented(text: str, margin: str) -> None:
    for line in text.splitlines():
        screen.say(f"{margin}{line}")


def _folded(text: str, margin: int) -> str:
    return text.replace("\n", "\n" + " " * margin)


@bank_app.command("preview")
def bank_preview(
    code: UnitCode,
    out: Annotated[Path, typer.Option(help="The file to write: FILE.pdf or FILE.html.")],
    items: Annotated[list[str] | None, typer.Argument(help="Items; all if left out.")] = None,
    key: Annotated[bool, typer.Option("--key", help="With key and rationale, marked CONFIDENTIAL.")] = False,
    replace: Replace = False,
    workspace: Workspace = None,
) -> None:
    """Set items as they will print."""
    from examgen.papers import item_pages as finding

    count = finding.preview_items(workspace_of(workspace), code, items or [], out, key, replace)
    screen.say(tell("{count} items set in {out}", count=count, out=screen.short(out)))
    if key:
        screen.say(tell("it holds keys: keep it under lock"), "yellow")


@bank_app.command("schema")
def bank_schema(
    kind: Annotated[
        str | None,
        typer.Option(
            help="items, models, stimuli, blueprint, unit, levels or corrections; all in one if left out."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The file to write; else the screen.")] = None,
) -> None:
    """Give the JSON Schema of the bank's files, for editors that complete and check YAML."""
    from examgen.papers import item_pages as finding

    if out is None:
        screen.print_json(finding.schema(kind))
    else:
        finding.write_schema(kind, out)
        screen.say(tell("schema written to {out}", out=screen.short(out)))
