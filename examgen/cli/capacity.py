"""`examgen bank capacity`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import typer

from examgen.cli.app import Json, Workspace, bank_app, workspace_near
from examgen.problems import WrongUsage

if TYPE_CHECKING:
    from examgen.workflow.capacity import BankCapacity

Language = Literal["en", "th"]


@bank_app.command("capacity")
def bank_capacity(
    blueprint: Annotated[Path, typer.Argument(help="The blueprint, a YAML file.")],
    forms: Annotated[
        int | None, typer.Option(min=1, max=999, help="Say what to write for so many forms.")
    ] = None,
    write_order: Annotated[
        Path | None, typer.Option(help="Write the assignment for item writers as well: FILE.xlsx.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite that file if it is there.")] = False,
    lang: Annotated[str, typer.Option(help="The language of the sentences: en or th.")] = "en",
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Say how many parallel forms the bank supports, what runs out first, and what more items would buy."""
    from examgen.cli import screen
    from examgen.workflow import capacity

    language = _language(lang)
    place = workspace_near(workspace, blueprint)
    answer = capacity.bank_capacity(blueprint, place, forms, screen.progress)
    files = capacity.write_orders(answer, place, write_order, replace) if write_order else []
    if json:
        screen.print_json({**_as_json(answer), "files": [str(path) for path in files]})
        return
    _show(answer, language)
    if files:
        screen.show_files("writing order:", files)
        screen.say("once it is filled in: `examgen bank import FILE`")


def _language(lang: str) -> Language:
    if lang == "en":
        return "en"
    if lang == "th":
        return "th"
    raise WrongUsage(f"--lang must be en or th, not {lang!r}")


def _as_json(answer: BankCapacity) -> dict[str, Any]:
    found = answer.found
    return {
        "exam": answer.blueprint.exam,
        "level": answer.blueprint.level,
        "items": answer.blueprint.items,
        "usable": found.n_usable,
        "bound": None if found.unlimited else found.bound,
        "built": found.built._asdict(),
        "runs_out_first": [one._asdict() for one in found.runs_out_first],
        "supplies": [
            {
                "name": one.name,
                "field": one.field,
                "usable": one.usable,
                "in_each_form": one.least,
                "forms": one.forms,
            }
            for one in found.supplies
        ],
        "further": [
            {
                "name": one.name,
                "field": one.field,
                "allows": [gain._asdict() for gain in one.own],
                "gives": [gain._asdict() for gain in one.gains],
            }
            for one in found.further
        ],
        "to_write": [
            {
                "forms": plan.forms,
                "items": plan.n_items,
                "tried": plan.tried,
                "lines": [line._asdict() for line in plan.lines],
                "near": dict(plan.near),
            }
            for plan in found.plans
        ],
        "sentences": answer.told,
        "problems": [problem.as_dict() for problem in answer.problems],
    }


class _TableWords(NamedTuple):
    """The words of the table in one language."""

    title: str
    heads: tuple[str, str, str, str]
    write: str
    any: str
    length: str


_TABLE: dict[Language, _TableWords] = {
    "en": _TableWords(
        "What the bank holds for {}",
        ("", "usable", "in each form", "forms"),
        "write for {}",
        "any",
        "items of a form",
    ),
    "th": _TableWords(
        "ข้อสอบที่คลังมีสำหรับ {}",
        ("", "ใช้ได้ (ข้อ)", "ใช้ชุดละ", "พอสำหรับ (ชุด)"),
        "เขียนเพื่อ {} ชุด",
        "ไม่จำกัด",
        "จำนวนข้อของชุด",
    ),
}


def _show(answer: BankCapacity, language: Language) -> None:
    from examgen.cli import screen

    screen.show_problems(answer.problems)
    found = answer.found
    ahead = [plan.forms for plan in found.plans]
    say = _TABLE[language]
    heads = [*say.heads, *(say.write.format(n) for n in ahead)]
    rows: list[list[object]] = []
    for one in found.supplies:
        if one.least or one.name in {line.pc for plan in found.plans for line in plan.lines}:
            enough = say.any if one.forms is None else one.forms
            counts = [
                plan.n_items
                if one.field == "items"
                else sum(line.n_items for line in plan.lines if line.pc == one.name) or ""
                for plan in found.plans
            ]
            name = say.length if one.field == "items" else one.name
            rows.append([name, one.usable, one.least, enough, *counts])
    screen.table(say.title.format(answer.blueprint.exam), heads, rows)
    for n, sentence in enumerate(answer.told[language]):
        screen.say(sentence, "bold" if n == 0 else "")
