"""`examgen bank coverage`.

`examgen bank capacity`.

`examgen bank check` and `examgen bank rules`.

`examgen bank export` and `examgen bank import`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from examgen.commands import screen
from examgen.commands.app import Dask, Json, Processes, Workspace, bank_app
from examgen.commands.options import workspace_near, workspace_of
from examgen.commands.screen import reader
from examgen.core.problems import Exit, WrongUsage
from examgen.core.words import Language, in_language, tell

if TYPE_CHECKING:
    from examgen.assembly.capacity.orders import BankCapacity
    from examgen.bank.checking import CheckedBank
    from examgen.bank.guessing.results import WordedShown
    from examgen.core.models.base import Status
    from examgen.reports.coverage_report.bank_coverage import BlueprintNeeds, UnitCoverage


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
    lang: Annotated[str | None, typer.Option(help="The language of the sentences: en or th.")] = None,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Say how many parallel forms the bank supports, what runs out first, and what more items would buy."""
    from examgen.assembly.capacity import orders as capacity

    language = _language(lang)
    place = workspace_near(workspace, blueprint)
    answer = capacity.bank_capacity(blueprint, place, forms, screen.progress)
    files = capacity.write_orders(answer, place, write_order, replace) if write_order else []
    if json:
        screen.print_json({**_capacity_json(answer), "files": [str(path) for path in files]})
        return
    screen.show_problems(answer.problems)
    found = answer.found
    heads = [
        "",
        tell("usable"),
        tell("in each form"),
        tell("forms"),
        *(tell("write for {forms}", forms=plan.forms) for plan in found.plans),
    ]
    rows: list[list[object]] = []
    for one in found.supplies:
        if one.least or one.name in {line.pc for plan in found.plans for line in plan.lines}:
            enough = in_language(tell("any"), language) if one.forms is None else one.forms
            counts = [
                plan.n_items
                if one.field == "items"
                else sum(line.n_items for line in plan.lines if line.pc == one.name) or ""
                for plan in found.plans
            ]
            name = in_language(one.name, language) if one.field == "items" else str(one.name)
            rows.append([name, one.usable, one.least, enough, *counts])
    title = tell("What the bank holds for {exam}", exam=answer.blueprint.exam)
    screen.table(in_language(title, language), [in_language(head, language) for head in heads], rows)
    for n, sentence in enumerate(answer.told):
        screen.say(in_language(sentence, language), "bold" if n == 0 else "")
    if files:
        screen.show_files(tell("writing order:"), files)
        screen.say(tell("once it is filled in: `examgen bank import FILE`"))


def _language(lang: str | None) -> Language:
    """The language asked for, else the reader's."""
    if lang is None:
        return reader()
    if lang == "en":
        return "en"
    if lang == "th":
        return "th"
    raise WrongUsage(tell("--lang must be en or th, not {lang!r}", lang=lang))


def _capacity_json(answer: BankCapacity) -> dict[str, Any]:
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
        "sentences": {"en": [one.en for one in answer.told], "th": [one.th for one in answer.told]},
        "problems": [problem.as_dict() for problem in answer.problems],
    }


@bank_app.command("check")
def bank_check(
    codes: Annotated[list[str] | None, typer.Argument(help="Units; all if left out.")] = None,
    rule: Annotated[
        list[str] | None, typer.Option(help="Only what this rule finds; may be given again.")
    ] = None,
    waived: Annotated[bool, typer.Option("--waived", help="List what items waive, with the reason.")] = False,
    guessability: Annotated[
        bool,
        typer.Option(
            "--guessability", help="Show what gives keys away, and in which items most: what to change."
        ),
    ] = False,
    enemies: Annotated[
        bool,
        typer.Option("--enemies", help="Show pairs of items that may ask the same: enemies to consider."),
    ] = False,
    processes: Processes = None,
    dask: Dask = None,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Find every fault of the bank: of its files, and by the rules of item writing.

    Each with file, line, item and field; `examgen bank rules CODE` explains the code in brackets.
    """
    _in_one_thread()
    from examgen.bank import checking
    from examgen.bank.guessing import results as guessing
    from examgen.commands import screen, terminal
    from examgen.core.files import quiet
    from examgen.core.processes import Workers

    progress = screen.progress if terminal.errors.is_terminal else quiet
    workers = Workers(processes, dask)
    checked = checking.check(workspace_of(workspace), codes or [], rule or [], progress, workers)
    place = workspace_of(workspace)
    pairs = checking.suggested_enemies(place, codes or []) if enemies else []
    wordings = guessing.wordings(place, codes or []) if guessability else {}
    if json:
        asked: dict[str, Any] = {"enemies": [pair._asdict() for pair in pairs]} if enemies else {}
        if guessability:
            asked["wording"] = [guessing.wording_json(unit, found) for unit, found in wordings.items()]
        screen.print_json(
            {
                "units": [{"code": code, "items": items} for code, items in checked.units],
                "problems": [problem.as_dict() for problem in checked.problems],
                "waived": [{**one.problem.as_dict(), "reason": one.reason} for one in checked.waived],
                "guessability": [
                    {"code": code, **guessing.as_json(guessed)} for code, guessed in checked.guessed.items()
                ],
                **asked,
            }
        )
    else:
        _show_findings(checked, waived)
        if enemies:
            heads = (tell("item"), tell("item"), tell("alike"))
            rows = [(pair.one, pair.other, f"{pair.likeness:.0%}") for pair in pairs]
            screen.table(tell("Pairs that may ask the same: enemies to consider"), heads, rows, 2)
        for unit, guessed in checked.guessed.items() if guessability else ():
            shown = guessing.shown(unit, guessed)
            screen.say()
            screen.say(shown.line, "bold")
            if shown.habits:
                screen.table(tell("By one habit"), (tell("habit"), tell("keys found"), "z"), shown.habits)
            if shown.kinds:
                screen.table(tell("By one kind of cue"), (tell("cue"), tell("keys found")), shown.kinds)
                screen.say(tell("Items that give most away, worst first"), "bold")
            for item in shown.items:
                screen.say(tell("  {item}", item=item))
        for unit, found in wordings.items():
            _show_wording(guessing.wording_shown(unit, found))
    if any(problem.severity == "error" for problem in checked.problems):
        raise typer.Exit(Exit.REFUSED)


_MOST_UNITS = 40
"""Units beyond which there is one line for all that nothing is wrong with."""


def _in_one_thread() -> None:
    """Of small matrices the threads of the linear algebra only wait for each other; before numpy is there."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _show_findings(checked: CheckedBank, waived: bool) -> None:
    from examgen.bank.guessing import results as guessing

    screen.show_problems(checked.problems)
    for one in checked.waived if waived else ():
        screen.say(tell("  waived: {problem}", problem=one.problem.told(reader())), "dim")
        screen.say(tell("    because {reason}", reason=one.reason), "dim")
    each = len(checked.units) <= _MOST_UNITS
    for code, items in checked.units if each else ():
        screen.say(tell("{code}: {items} items, no errors of structure", code=code, items=items), "green")
    if not each:
        n, items = len(checked.units), sum(items for _, items in checked.units)
        screen.say(tell("{n:,} units, {items:,} items: no errors of structure", n=n, items=items), "green")
    for unit, guessed in checked.guessed.items():
        if each or unit is None or guessed.more_than_chance:
            screen.say(guessing.shown(unit, guessed).line)
    found = [problem.severity for problem in checked.problems]
    if found or checked.waived:
        counts = {
            "errors": found.count("error"),
            "warnings": found.count("warning"),
            "notices": found.count("notice"),
            "waived": len(checked.waived),
        }
        if waived or not checked.waived:
            said = tell(
                "{errors} error(s), {warnings} warning(s), {notices} notice(s), {waived} waived", **counts
            )
        else:
            said = tell(
                "{errors} error(s), {warnings} warning(s), {notices} notice(s), {waived} waived "
                "(--waived lists them)",
                **counts,
            )
        screen.say(said)


def _show_wording(shown: WordedShown | None) -> None:
    """How far words tell keys, and which."""
    if shown is None:
        return
    screen.say()
    screen.say(shown.line, "bold")
    heads = (tell("word"), tell("items"), tell("keys that have it"), tell("expected"), "z")
    screen.table(tell("Words that keys have too often or too seldom"), heads, shown.words)


@bank_app.command("rules")
def bank_rules(
    code: Annotated[str | None, typer.Argument(help="A rule, to read its page.")] = None,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """List the rules of item writing, or show the page of one."""
    from examgen.bank import checking

    if code is not None:
        page = checking.rule_page(code)
        screen.print_json({"code": code, "page": page}) if json else screen.say(page.rstrip())
        return
    lines = checking.rules(workspace_of(workspace))
    if json:
        screen.print_json([line._asdict() for line in lines])
    else:
        screen.table(
            tell("Rules of bank check"),
            (tell("rule"), tell("severity"), tell("finds")),
            ((line[0], screen.severity_words(line[1]), line[2]) for line in lines),
            3,
        )


@bank_app.command("coverage")
def bank_coverage(
    code: str,
    level: Annotated[
        int | None, typer.Option(help="One level; all that the unit states if left out.")
    ] = None,
    status: Annotated[
        list[str] | None, typer.Option(help="Statuses that count; all but retired if left out.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write a heat map as well: FILE.html.")] = None,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Count the usable items of each criterion, and say what the unit's blueprints still lack."""
    _in_one_thread()
    from examgen.bank.guessing import results as guessing
    from examgen.reports.coverage_report import bank_coverage as coverage

    place = workspace_of(workspace)
    if html is not None and html.suffix.lower() not in (".html", ".htm"):
        raise WrongUsage(tell("--html {html} must end in .html", html=html))
    found = coverage.bank_coverage(place / "item_bank", code, level, counted_statuses(status))
    if html is not None:
        coverage.write_heat_map(found, place, html)
    if json:
        screen.print_json(
            {
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
                "guessability": guessing.as_json(found.guessed),
                "laws": found.cited._asdict(),
                "models": [one._asdict() for one in found.models],
                "problems": [problem.as_dict() for problem in found.problems],
            }
        )
        return
    show_coverage(found)
    if html is not None:
        screen.show_files(tell("heat map:"), [html])


def counted_statuses(given: Sequence[str] | None) -> list[Status]:
    """The statuses that the user named, or all but retired, in their order."""
    from examgen.core.models.base import STATUSES

    wrong = [name for name in given or () if name not in STATUSES]
    if wrong:
        raise WrongUsage(
            tell("--status {wrong} is not one of {statuses}", wrong=wrong[0], statuses=", ".join(STATUSES))
        )
    return [name for name in STATUSES if (name in given if given else name != "retired")]


def _blueprint_json(one: BlueprintNeeds) -> dict[str, Any]:
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


def show_coverage(found: UnitCoverage) -> None:
    """Items of a unit by criterion, level, category and status, and what is lacking."""
    from examgen.bank.guessing import results as guessing
    from examgen.core.models.base import COGNITIVE
    from examgen.reports.coverage_report import bank_coverage as coverage

    statuses = [name for name in found.statuses if any(name in row.by_status for row in found.holdings)]
    heads = [
        tell("criterion"),
        tell("items"),
        *(f"L{level}{'*' if level in found.untested else ''}" for level in found.levels if level),
        *(name[:3] for name in COGNITIVE),
        *statuses,
    ]
    rows = _rows(found, statuses)
    screen.table(
        tell("Usable items of {code} ({items} in the bank)", code=found.unit.code, items=found.items),
        heads,
        rows,
    )
    legend = " · ".join(f"{name[:3]} {name}" for name in COGNITIVE)
    screen.say(
        tell("  an item counts once under “items” and at each level that it suits · {legend}", legend=legend),
        "dim",
    )
    if untested := [level for level in found.untested if level in found.levels]:
        screen.say(
            tell(
                "  * the standard names no written test at level {untested}", untested=screen.levels(untested)
            ),
            "dim",
        )
    _show_shared(found)
    _show_models(found)
    _show_meanings(found)
    for line in _bare(found):
        screen.say(line, "yellow")
    screen.say(guessing.shown(found.unit.code, found.guessed).line)
    for line in coverage.told_of_laws(found.cited):
        screen.say(line)
    screen.show_problems(found.problems)
    for one in found.blueprints:
        asked = _asked(one)
        if one.problems:
            screen.say(tell("{asked}: cannot be built whatever the bank holds", asked=asked), "red")
            screen.show_problems(one.problems)
        elif one.sentences:
            screen.say(tell("{asked}: lacks items", asked=asked), "yellow")
            for sentence in one.sentences:
                screen.say(tell("  {sentence}", sentence=sentence), "yellow")
        else:
            screen.say(tell("{asked}: enough items for every quota", asked=asked), "green")


def _show_shared(found: UnitCoverage) -> None:
    """How far the papers of two levels could ask the same."""
    if not found.shared:
        return
    heads = [tell("levels"), tell("of the lower"), tell("of the higher"), tell("of both"), tell("share")]
    rows = [
        (
            f"{row.levels[0]} – {row.levels[1]}",
            row.lower,
            row.higher,
            row.both,
            "–" if row.share is None else f"{row.share:.0%}",
        )
        for row in found.shared
    ]
    screen.table(tell("Items that the papers of two levels could both ask"), heads, rows)


def _show_models(found: UnitCoverage) -> None:
    """The item models of which the bank has instances, with what is known of these."""
    heads = [
        tell("model"),
        tell("instances"),
        tell("candidates"),
        tell("facility"),
        tell("least – greatest"),
        tell("item–rest"),
    ]
    rows = [
        (
            one.model,
            one.instances,
            one.candidates,
            "–" if one.facility is None else f"{one.facility:.2f}",
            "–" if one.least is None or one.greatest is None else f"{one.least:.2f} – {one.greatest:.2f}",
            "–" if one.item_rest is None else f"{one.item_rest:.2f}",
        )
        for one in found.models
    ]
    if rows:
        screen.table(tell("Item models, by their instances"), heads, rows)


def _show_meanings(found: UnitCoverage) -> None:
    """What the unit says its candidates are asked at each level."""
    if found.meanings is None:
        return
    by = found.meanings.agreed_by or found.meanings.drafted_by
    title = tell("What is asked at each level, as {by} has it:", by=by)
    if found.meanings.is_draft:
        title = tell("What is asked at each level, a draft by {by} that no expert has agreed to:", by=by)
    screen.say(title)
    for one in found.meanings.levels:
        if one.level in found.levels:
            asked = one.asked.th if reader() == "th" else one.asked.en
            screen.say(tell("  level {level}: {asked}", level=one.level, asked=asked), "dim")


def _rows(found: UnitCoverage, statuses: Sequence[str]) -> Iterator[list[object]]:
    """Each element with its sums, below it its criteria; a total where there is more than one element."""
    for element in found.unit.elements:
        pcs = [criterion.code for criterion in element.criteria]
        yield [element.code, *_sums(found, pcs, statuses)]
        for pc in pcs:
            yield [f"  {pc}", *_sums(found, [pc], statuses)]
    if len(found.unit.elements) > 1:
        yield [tell("total"), *_sums(found, [c.code for c in found.unit.criteria], statuses)]


def _sums(found: UnitCoverage, pcs: Sequence[str], statuses: Sequence[str]) -> Iterator[int]:
    from examgen.core.models.base import COGNITIVE

    held = [row for row in found.holdings if row.pc in pcs]
    yield sum(row.items for row in held)
    for level in found.levels:
        if level is not None:
            yield sum(row.items for row in found.rows if row.pc in pcs and row.level == level)
    for category in COGNITIVE:
        yield sum(row.by_cognitive.get(category, 0) for row in held)
    for status in statuses:
        yield sum(row.by_status.get(status, 0) for row in held)


def _bare(found: UnitCoverage) -> Iterator[str]:
    """Criteria without any item, at the levels that need some."""
    lacking = [row for row in found.rows if row.items == 0 and row.level not in found.untested]
    for pc in dict.fromkeys(row.pc for row in lacking):
        none_at = [row for row in lacking if row.pc == pc]
        if not none_at[0].level:
            yield tell("  lacks every item: {pc} {text}", pc=pc, text=none_at[0].text)
            continue
        yield tell(
            "  lacks every item at level {levels}: {pc} {text}",
            levels=", ".join(str(row.level) for row in none_at),
            pc=pc,
            text=none_at[0].text,
        )


def _asked(one: BlueprintNeeds) -> str:
    """The file of a blueprint, and what it asks."""
    if one.blueprint is None:
        return one.file
    values = {"file": one.file, "forms": one.blueprint.forms, "items": one.blueprint.items}
    if one.blueprint.level is None:
        return tell("{file}: {forms} form(s) of {items} items", **values)
    return tell(
        "{file}: {forms} form(s) of {items} items, level {level}", level=one.blueprint.level, **values
    )
