"""`examgen bank status`, `reviews`, `review-form`, `review-import` and `ratings`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from examgen.commands import screen
from examgen.commands.app import Json, Processes, UnitCode, Workspace, bank_app
from examgen.commands.options import workspace_of
from examgen.core.problems import Exit, WrongUsage
from examgen.core.words import joined, tell, tell_n

if TYPE_CHECKING:
    from examgen.bank.reviews.moves import History
    from examgen.papers.review_forms import PanelResult, RatingsImport

Date = Annotated[str | None, typer.Option("--date", help="When, as in 2026-11-20; today if left out.")]


@bank_app.command("status")
def bank_status(
    code: UnitCode,
    items: Annotated[list[str], typer.Argument(help="The items to move.")],
    to: Annotated[str, typer.Option(help="review, approved, pilot, operational, retired or draft.")],
    by: Annotated[str, typer.Option(help="Who decides.")],
    date: Date = None,
    comment: Annotated[str | None, typer.Option(help="Why.")] = None,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Move items one status on, back to draft, or to retired; who and when goes into reviews.yaml."""
    from examgen.bank.reviews import moves as reviews

    folder = workspace_of(workspace) / "item_bank"
    moves = reviews.move_items(folder, code, items, _status(to), by, date or _today(), comment)
    if json:
        screen.print_json({"code": code, "moved": [_as_written(one) for one in moves]})
        return
    for one in moves:
        screen.say(f"{one.item}: {one.before} → {one.after}")
    screen.say(
        tell(
            "{n} item(s) of {code} recorded as of {date}, by {by}",
            n=len(moves),
            code=code,
            date=moves[0].date,
            by=moves[0].by,
        ),
        "green",
    )


@bank_app.command("reviews")
def bank_reviews(
    code: UnitCode,
    item: Annotated[str | None, typer.Argument(help="One item; all that have a history if left out.")] = None,
    bind: Annotated[
        bool,
        typer.Option(
            "--bind",
            help="First bind approvals of earlier versions to all that the bank says now.",
        ),
    ] = False,
    date: Date = None,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Show who moved which item when, and which approvals are void because the item changed since."""
    from examgen.bank.reviews import moves as reviews

    if bind and item is not None:
        raise WrongUsage(tell("--bind is for all items of a unit: leave the item out"))
    if bind:
        reviews.bind_approvals(workspace_of(workspace) / "item_bank", code, date or _today())
    found = reviews.review_history(workspace_of(workspace) / "item_bank", code, item)
    if json:
        screen.print_json(
            {
                "code": code,
                "items": [
                    {**one._asdict(), "records": [_as_written(record) for record in one.records]}
                    for one in found
                ],
            }
        )
        return
    for one in found:
        _show_history(one)
    said = [
        tell_n(
            "{n} item with a history", "{n} items with a history", sum(bool(one.records) for one in found)
        ),
        tell_n("{n} void approval", "{n} void approvals", sum(one.approval == "changed" for one in found)),
    ]
    if unrecorded := sum(one.approval == "unrecorded" for one in found):
        said.append(
            tell_n(
                "{n} item approved without any record", "{n} items approved without any record", unrecorded
            )
        )
    screen.say(tell("{code}: {said}", code=code, said=joined(said, between="; ")))


@bank_app.command("review-form")
def bank_review_form(
    code: UnitCode,
    out: Annotated[Path, typer.Option(help="Folder for the workbooks and the PDF.")],
    experts: Annotated[
        int | None, typer.Option(help="How many; from round 2 on, those of the round before if left out.")
    ] = None,
    kind: Annotated[str, typer.Option(help="ioc, angoff or angoff-yes-no.")] = "ioc",
    level: Annotated[int | None, typer.Option(help="Only items of this level, judged for it.")] = None,
    round_: Annotated[
        int, typer.Option("--round", min=1, help="From 2 on the ratings of the round before are shown.")
    ] = 1,
    item: Annotated[list[str] | None, typer.Option(help="Only these items.")] = None,
    status: Annotated[
        list[str] | None, typer.Option(help="Only items of these statuses; all but retired if left out.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite forms that are there.")] = False,
    processes: Processes = None,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Write a rating workbook for each expert and a PDF of the items with key and rationale."""
    from examgen.core.processes import Workers
    from examgen.papers import review_forms as ratings

    choice = ratings.Choice(tuple(item or ()))
    if status:
        choice = choice._replace(statuses=tuple(_status(name) for name in status))
    asked = ratings.panel(kind, level, round_)
    done = ratings.write_forms(
        workspace_of(workspace),
        code,
        out,
        asked,
        experts,
        choice,
        replace,
        screen.progress,
        Workers(processes),  # no cluster: keys are printed
    )
    if json:
        files = {
            "workbooks": [str(path) for path in done.workbooks],
            "pdf": str(done.pdfs[0]),
            "pdfs": [str(path) for path in done.pdfs],
        }
        screen.print_json({"code": code, "items": done.items, **files})
        return
    screen.show_files(
        tell("{items} items of {code}, confidential: they hold the key", items=done.items, code=code),
        (*done.workbooks, *done.pdfs),
    )
    screen.say(tell("read them back with `examgen bank review-import {code} FILES`", code=code))


@bank_app.command("review-import")
def bank_review_import(
    code: UnitCode,
    files: Annotated[list[Path], typer.Argument(help="The filled workbooks.")],
    date: Date = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Let other answers of the same experts count from now on.")
    ] = False,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Read filled rating workbooks into ratings.yaml: IOC or cut score, disagreement, comments."""
    from examgen.papers import review_forms as ratings

    folder = workspace_of(workspace) / "item_bank"
    done = ratings.import_ratings(folder, code, files, date or _today(), replace)
    if json:
        screen.print_json(_import_json(code, done))
    else:
        settled = done.settled
        screen.show_problems([*settled.problems, *settled.set_aside])
        for file, items in settled.missing.items():
            screen.say(
                tell(
                    "{file}: {n} item(s) not rated: {items}", file=file, n=len(items), items=", ".join(items)
                ),
                "yellow",
            )
        for one in done.results:
            _show_panel(one)
        counts = tell(
            "{n} rating(s) stored, {known} known already", n=len(settled.ratings), known=settled.known
        )
        screen.say(
            tell("{code}: {counts}, {n} set aside", code=code, counts=counts, n=len(settled.set_aside)),
            "green",
        )
    if done.settled.set_aside or done.settled.missing:
        raise typer.Exit(Exit.SET_ASIDE)


@bank_app.command("ratings")
def bank_ratings(code: UnitCode, json: Json = False, workspace: Workspace = None) -> None:
    """Show what the ratings on record say of the items as they are now, round by round."""
    from examgen.papers import review_forms as ratings

    results = ratings.ratings_on_record(workspace_of(workspace) / "item_bank", code)
    if json:
        screen.print_json({"code": code, "panels": [_panel_json(one) for one in results]})
        return
    for one in results:
        _show_panel(one)
    if not results:
        screen.say(tell("{code} has no ratings of its items as they are now", code=code))


# ── words of the user ────────────────────────────────────────────────────────────────────────


def _today() -> str:
    return date.today().isoformat()


def _status(name: str) -> Any:
    from examgen.core.models.base import STATUSES

    if name not in STATUSES:
        raise WrongUsage(
            tell("{name} is not a status: write one of {statuses}", name=name, statuses=", ".join(STATUSES))
        )
    return name


# ── on the screen ────────────────────────────────────────────────────────────────────────────


def _show_history(one: History) -> None:
    void = {
        "older": tell(": its approval binds stem, options and key alone, as earlier versions gave it"),
        "changed": tell(": its approval is void, the item was changed"),
        "unrecorded": tell(": no approval on record"),
    }
    note = void.get(one.approval or "", "")
    screen.say(
        tell(
            "{item}  {status}{note}",
            item=one.item,
            status=one.status or tell("in the bank no more"),
            note=note,
        ),
        "yellow" if note else "bold",
    )
    if not one.records:
        screen.say(tell("  nobody has decided on it yet"))
    for record in one.records:
        text = "" if record.hash == one.hash else tell("  (of another text)")
        screen.say(
            tell(
                "  {date}  {before} → {after}  {verdict}  by {by}{text}",
                date=record.date,
                before=record.before,
                after=record.after,
                verdict=record.verdict,
                by=record.by,
                text=text,
            )
        )
        if record.comment:
            screen.say(f"    {' '.join(record.comment.split())}")


def _show_panel(one: PanelResult) -> None:
    level = tell(", level {level}", level=one.panel.level) if one.panel.level is not None else ""
    title = tell(
        "{kind}{level}, round {round}: {n} expert(s)",
        kind=one.panel.kind,
        level=level,
        round=one.panel.round,
        n=len(one.experts),
    )
    if one.cut is None:
        rows = [
            (c.item, c.pc, c.n, _number(c.ioc), _range(c.lowest, c.highest, "+"), _number(c.sd))
            for c in one.congruence
        ]
        screen.table(
            title,
            [tell("item"), tell("criterion"), "n", tell("IOC"), tell("range"), tell("SD")],
            rows,
            numbers_from=2,
        )
        low = [c.item for c in one.congruence if c.is_low]
        screen.say(
            tell("under {least_ioc:.2f}: {low}", least_ioc=one.least_ioc, low=", ".join(low) or tell("none")),
            "yellow" if low else "",
        )
    else:
        cells = [
            (c.item, c.n, _number(c.mean), _range(c.lowest, c.highest), _number(c.sd)) for c in one.cut.items
        ]
        screen.table(title, [tell("item"), "n", tell("MPL"), tell("range"), tell("SD")], cells)
        assert one.cut is not None
        cut = one.cut
        of = tell(
            "of {n} points; standard error over {cut_n} expert(s) {se}",
            n=len(cut.items),
            cut_n=len(cut.sums),
            se=_number(cut.se),
        )
        screen.say(
            tell("cut score if all these items were asked: {cut} {of}", cut=_number(cut.cut), of=of), "bold"
        )
        if cut.incomplete:
            screen.say(
                tell(
                    "not in the standard error, items unrated: {incomplete}",
                    incomplete=", ".join(cut.incomplete),
                ),
                "yellow",
            )
    _show_levels(one)
    if one.outdated:
        what = tell("rated in an earlier text or for another criterion, and left out")
        screen.say(tell("{what}: {outdated}", what=what, outdated=", ".join(one.outdated)), "yellow")
    for item, said in one.comments.items():
        screen.say(f"{item}", "bold")
        for comment in said:
            rated = tell("not rated") if comment.value is None else f"{comment.value:g}"
            screen.say(
                tell(
                    "  {expert} ({rated}): {comment}",
                    expert=comment.expert,
                    rated=rated,
                    comment=" ".join(comment.text.split()),
                )
            )


def _show_levels(panel: PanelResult) -> None:
    """How far experts agree on levels, and which items claim others."""
    found = panel.levels
    if found is None:
        return
    screen.say(
        tell(
            "levels of {n} item(s), {pairs} pair(s) of experts: the same {exact}, at most one apart "
            "{adjacent}, alpha {alpha}",
            n=len(found.items),
            pairs=found.pairs,
            exact=_share(found.exact),
            adjacent=_share(found.adjacent),
            alpha=_number(found.alpha),
        )
    )
    for one in found.differing:
        screen.say(
            tell(
                "  {item} claims level {claimed}, experts say {median:g} ({rated})",
                item=one.item,
                claimed=", ".join(map(str, one.claimed)),
                median=one.median,
                rated=", ".join(map(str, one.rated)),
            ),
            "yellow",
        )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _range(lowest: float, highest: float, sign: str = "") -> str:
    return " … ".join(f"{value:{sign if value else ''}g}" for value in (lowest, highest))


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


# ── as JSON ──────────────────────────────────────────────────────────────────────────────────


def _as_written(record: Any) -> dict[str, Any]:
    """A record as its file has it."""
    written: dict[str, Any] = record.model_dump(mode="json", by_alias=True, exclude_none=True)
    return written


def _import_json(code: str, done: RatingsImport) -> dict[str, Any]:
    settled = done.settled
    return {
        "code": code,
        "stored": len(settled.ratings),
        "known": settled.known,
        "set_aside": [problem.as_dict() for problem in settled.set_aside],
        "missing": settled.missing,
        "notices": [problem.as_dict() for problem in settled.problems],
        "panels": [_panel_json(one) for one in done.results],
    }


def _panel_json(one: PanelResult) -> dict[str, Any]:
    said = {item: [comment._asdict() for comment in found] for item, found in one.comments.items()}
    result: dict[str, Any] = {**one.panel._asdict(), "experts": one.experts}
    if one.cut is None:
        result["items"] = [{**c._asdict(), "low": c.is_low} for c in one.congruence]
        result["low"] = [c.item for c in one.congruence if c.is_low]
    else:
        result |= {**one.cut._asdict(), "items": [c._asdict() for c in one.cut.items]}
    return {**result, "outdated": one.outdated, "comments": said, "levels": _levels_json(one)}


def _levels_json(panel: PanelResult) -> dict[str, Any] | None:
    found = panel.levels
    if found is None:
        return None
    items = [{**one._asdict(), "median": one.median, "differs": one.differs} for one in found.items]
    return {**found._asdict(), "items": items, "differing": [one.item for one in found.differing]}
