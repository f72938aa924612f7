"""`examgen bank status` and `review`: change the status of items, and record what experts think of them."""

from __future__ import annotations

from datetime import date as day
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import model_validator

from examgen.analysis.parts import (
    Part,
    Parts,
    ReportedFiles,
    ReportedLine,
    ReportedProblems,
    ReportedTable,
    line,
    line_n,
)
from examgen.commands import item_steps, summary
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import UnitCode, Workspace, workspace_of
from examgen.core.models.field_types import STATUS_WORDS, Status
from examgen.core.options import Day, Option, argument, setting
from examgen.core.problems import Exit
from examgen.core.words import invalid, noted, tell, tell_n

with on_use():
    from examgen.bank.reviews import moves
    from examgen.papers import review_forms

OnDay = Annotated[Day | None, Option(tell("Date, for example 2026-11-20 (default: today)."))]

_MOST_LINES = 12


class BankStatus(Command):
    """Move items to the next status, back to draft, or retire them."""

    code: UnitCode
    items: tuple[str, ...] = argument("Items: ids, patterns such as 'HOH*', or all.")
    to: Status = setting("New status: review, approved, pilot, operational, retired or draft.")
    by: str = setting("Person who makes the decision.")
    date: OnDay = None
    comment: str | None = setting("Reason.", None, label=tell("Why"))
    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Change the status of all the items, or of none."""
        moved = moves.move_items(
            workspace_of(self.workspace) / "item_bank",
            self.code,
            self.items,
            self.to,
            self.by,
            self.date or day.today(),
            self.comment,
        )
        shown = [
            tell(
                "{item}: {before} → {after}",
                item=one.item,
                before=STATUS_WORDS[one.before],
                after=STATUS_WORDS[one.after],
            )
            for one in moved
        ]
        line = tell_n(
            "{n} item of {code} recorded for {date}, by {by}",
            "{n} items of {code} recorded for {date}, by {by}",
            len(moved),
            code=self.code,
            date=moved[0].date,
            by=moved[0].by,
        )
        document = {"code": self.code, "moved": [_as_written(one) for one in moved]}
        is_on = self.to in ("review", "approved", "pilot", "operational")
        bank = workspace_of(self.workspace) / "item_bank"
        further = summary.next_steps(item_steps.review_step(bank, self.code) if is_on else "")
        lines = summary.first_lines(shown, "", _MOST_LINES, "--json")
        return Outcome(document, [*lines, ReportedLine(line, "green"), *further])


class BankReview(Command):
    """What people decided on items, what experts rated, and the workbooks in which they rate."""

    details = tell(
        "Without options, shows who changed the status of which item and when, and "
        "which approvals are void. --out writes a rating workbook for each expert and "
        "a PDF of the items. Completed workbooks are stored in ratings.yaml. --ratings "
        "shows the ratings of the current items, round by round."
    )

    code: UnitCode
    files: tuple[Path, ...] = argument("Completed workbooks to import.", ())
    item: tuple[str, ...] = setting("Only these items, in the list of decisions or in the workbooks.", ())
    ratings: bool = setting("Show the recorded ratings.", False)
    date: OnDay = None
    out: Path | None = setting("Write the workbooks and the PDF into this folder.", None, metavar="DIR")
    expert: tuple[str, ...] = setting(
        "With --out: name of an expert (repeatable; from round 2 on, by default those of before).", ()
    )
    kind: Literal["ioc", "angoff", "angoff-yes-no"] = setting(
        "With --out: kind of rating (ioc, angoff or angoff-yes-no).", "ioc"
    )
    level: int | None = setting("With --out: only items of this level, rated for it.", None)
    round_: int = setting(
        "With --out: number of the round; from round 2 on, the previous ratings are shown.", 1, ge=1
    )
    status: tuple[Status, ...] = setting(
        "With --out: only items with these statuses (default: all but retired).", ()
    )
    replace: bool = setting(
        "With --out: overwrite existing workbooks. With completed workbooks: replace "
        "earlier answers of the same experts.",
        False,
    )
    workspace: Workspace = None

    @model_validator(mode="after")
    def _one_thing_at_a_time(self) -> Self:
        if sum((bool(self.files), self.ratings, self.out is not None)) > 1:
            raise invalid("use only one of these: completed workbooks, --out, --ratings")
        if self.item and (self.files or self.ratings):
            raise invalid("--item works only with the list of decisions or with --out")
        of_forms = {"expert", "kind", "level", "round_", "status"} & self.model_fields_set
        if self.out is None and any(getattr(self, name) not in (None, ()) for name in of_forms):
            raise invalid("--expert, --kind, --level, --round and --status require --out")
        return self

    def execute(self, progress: Progress) -> Outcome:
        """Do what the options say."""
        if self.out is not None:
            return self._forms(self.out, progress)
        if self.files:
            return self._filled()
        return self._ratings() if self.ratings else self._record()

    def _record(self) -> Outcome:
        """Show who changed the status of which item, and when."""
        bank = workspace_of(self.workspace) / "item_bank"
        found: list[moves.History] = []
        for item in self.item or (None,):
            found += moves.review_history(bank, self.code, item)
        document = {
            "code": self.code,
            "items": [
                {**one._asdict(), "records": [_as_written(record) for record in one.records]} for one in found
            ],
        }
        rows = [
            (
                one.item,
                record.date,
                STATUS_WORDS[record.before],
                STATUS_WORDS[record.after],
                record.by if record.hash == one.hash else tell("{by} (of another version)", by=record.by),
                " ".join((record.comment or "").split()),
            )
            for one in found
            for record in one.records
        ]
        heads = (tell("item"), tell("date"), tell("from"), tell("to"), tell("by"), tell("comment"))
        shown: list[Part] = []
        if rows:
            title = tell("Decisions on items of {code}", code=self.code)
            shown.append(ReportedTable(title, heads, rows, numbers_from=len(heads)))
        for state, words in _NOT_APPROVED.items():
            if items := [one.item for one in found if one.approval == state]:
                shown.append(ReportedLine(tell(words, items=", ".join(items)), "yellow"))
        n = sum(bool(one.records) for one in found)
        return Outcome(
            document,
            [
                *shown,
                line_n(
                    "{code}: {n} item with decisions",
                    "{code}: {n} items with decisions",
                    n,
                    "bold",
                    code=self.code,
                ),
            ],
        )

    def _forms(self, out: Path, progress: Progress) -> Outcome:
        """Write the rating workbooks and the PDF."""
        choice = review_forms.ItemChoice(self.item)
        if self.status:
            choice = choice._replace(statuses=self.status)
        done = review_forms.write_forms(
            workspace_of(self.workspace),
            self.code,
            out,
            review_forms.RatingPanel(self.kind, self.level, self.round_),
            self.expert,
            choice,
            self.replace,
            progress,
        )
        title = tell(
            "{items} items of {code} (confidential, contains the key)", items=done.items, code=self.code
        )
        back = tell("To import the completed workbooks: `examgen bank review {code} FILES`", code=self.code)
        document = {
            "code": self.code,
            "items": done.items,
            "workbooks": [str(path) for path in done.workbooks],
            "pdf": str(done.pdfs[0]),
            "pdfs": [str(path) for path in done.pdfs],
        }
        return Outcome(document, [ReportedFiles(title, (*done.workbooks, *done.pdfs)), ReportedLine(back)])

    def _filled(self) -> Outcome:
        """Import the completed workbooks into ratings.yaml."""
        done = review_forms.import_ratings(
            workspace_of(self.workspace) / "item_bank",
            self.code,
            self.files,
            self.date or day.today(),
            self.replace,
        )
        settled = done.settled
        document = {
            "code": self.code,
            "stored": len(settled.ratings),
            "known": settled.known,
            "set_aside": [problem.as_dict() for problem in settled.set_aside],
            "missing": settled.missing,
            "panels": [_panel_json(one) for one in done.results],
        }
        is_whole = not settled.set_aside and not settled.missing
        shown: list[Part] = [ReportedProblems(settled.set_aside)]
        for file, items in settled.missing.items():
            shown.append(line("{file}: not rated: {items}", "yellow", file=file, items=", ".join(items)))
        for one in done.results:
            shown += _of_panel(one)
        shown.append(
            line_n(
                "{code}: {n} rating stored, {known} already stored before, {aside} set aside",
                "{code}: {n} ratings stored, {known} already stored before, {aside} set aside",
                len(settled.ratings),
                "green",
                code=self.code,
                known=settled.known,
                aside=len(settled.set_aside),
            )
        )
        return Outcome(document, shown, Exit.DONE if is_whole else Exit.SET_ASIDE)

    def _ratings(self) -> Outcome:
        """Show the recorded ratings of the current items, by round."""
        results = review_forms.ratings_on_record(workspace_of(self.workspace) / "item_bank", self.code)
        shown: list[Part] = [part for one in results for part in _of_panel(one)]
        if not results:
            shown.append(line("{code} has no ratings of the current versions of its items", code=self.code))
        return Outcome({"code": self.code, "panels": [_panel_json(one) for one in results]}, shown)


_NOT_APPROVED = {
    "changed": noted("approval void, because the item was changed: {items}"),
    "unrecorded": noted("approved without a record: {items}"),
}
"""The items whose approval does not count, by the reason."""


def _of_panel(one: review_forms.PanelResult) -> Parts:
    """Yield the ratings of a panel by item, its cut score or the items below the limit, and the comments."""
    level = tell(", level {level}", level=one.panel.level) if one.panel.level is not None else ""
    title = tell_n(
        "{kind}{level}, round {round}: {n} expert",
        "{kind}{level}, round {round}: {n} experts",
        len(one.experts),
        kind=one.panel.kind,
        level=level,
        round=one.panel.round,
    )
    rows: list[tuple[str, ...]]
    if one.cut is None:
        mean = tell("IOC")
        rows = [
            (c.item, f"{c.n}", _number(c.ioc), _range(c.lowest, c.highest, "+"), _number(c.sd))
            for c in one.congruence
        ]
        low = ", ".join(c.item for c in one.congruence if c.is_low) or tell("none")
        message = tell("below {least_ioc:.2f}: {low}", least_ioc=one.least_ioc, low=low)
    else:
        mean = tell("MPL")
        rows = [
            (c.item, f"{c.n}", _number(c.mean), _range(c.lowest, c.highest), _number(c.sd))
            for c in one.cut.items
        ]
        message = tell(
            "cut score of a form with all these items: {cut} of {points}; standard error {se}",
            cut=_number(one.cut.cut),
            points=tell_n("{n} point", "{n} points", len(one.cut.items)),
            se=_number(one.cut.se),
        )
    yield ReportedTable(title, [tell("item"), "n", mean, tell("range"), tell("SD")], rows)
    yield ReportedLine(message, "bold")
    if one.outdated:
        yield line(
            "not counted, because the text or the criterion changed after the rating: {items}",
            "yellow",
            items=", ".join(one.outdated),
        )
    for each in one.levels.differing if one.levels is not None else ():
        claimed = ", ".join(map(str, each.claimed))
        words = {"item": each.item, "claimed": claimed, "median": each.median}
        yield line(
            "{item}: marked as level {claimed}, but level {median:g} by the experts", "yellow", **words
        )
    for item, comments in one.comments.items():
        for comment in comments:
            text = " ".join(comment.text.split())
            yield line("{item}, {expert}: {text}", item=item, expert=comment.expert, text=text)


def _range(lowest: float, highest: float, sign: str = "") -> str:
    return " … ".join(f"{value:{sign if value else ''}g}" for value in (lowest, highest))


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


# ── as JSON ──────────────────────────────────────────────────────────────────────────────────


def _as_written(record: Any) -> dict[str, Any]:
    """Return a record as written in its file."""
    written: dict[str, Any] = record.model_dump(mode="json", by_alias=True, exclude_none=True)
    return written


def _panel_json(one: review_forms.PanelResult) -> dict[str, Any]:
    said = {item: [comment._asdict() for comment in found] for item, found in one.comments.items()}
    result: dict[str, Any] = {**one.panel._asdict(), "experts": one.experts}
    if one.cut is None:
        result["items"] = [{**c._asdict(), "low": c.is_low} for c in one.congruence]
        result["low"] = [c.item for c in one.congruence if c.is_low]
    else:
        result |= {**one.cut._asdict(), "items": [c._asdict() for c in one.cut.items]}
    return {**result, "outdated": one.outdated, "comments": said, "levels": _levels_json(one)}


def _levels_json(panel: review_forms.PanelResult) -> dict[str, Any] | None:
    found = panel.levels
    if found is None:
        return None
    items = [{**one._asdict(), "median": one.median, "differs": one.differs} for one in found.items]
    return {**found._asdict(), "items": items, "differing": [one.item for one in found.differing]}
