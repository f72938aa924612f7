"""`examgen bank list` and `show`: find items, and show them in full."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Self

from pydantic import BeforeValidator, model_validator
from rich.cells import cell_len

from examgen.analysis.parts import Part, Parts, ReportedLine, ReportedProblems, ReportedTable
from examgen.commands import screen
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import Replace, Workspace, workspace_of
from examgen.core.models.field_types import CATEGORY_WORDS, STATUS_WORDS, Cognitive, Status
from examgen.core.options import Argument, Option
from examgen.core.problems import WrongUsage
from examgen.core.text.markdown import in_columns, in_words
from examgen.core.words import Message, command, joined, listed, tell

if TYPE_CHECKING:
    from examgen.core.models.item import Provenance
    from examgen.papers.item_pages import FoundItem, FoundItems, WholeItem

with on_use():
    from examgen.commands import terminal
    from examgen.papers import item_pages as finding


class Proportions(NamedTuple):
    """A range of proportions, both ends included."""

    least: float
    greatest: float


def _proportions(text: Any) -> Any:
    """Turn `0.3..0.8` into two numbers. A missing end becomes 0 or 1."""
    if not isinstance(text, str):
        return text
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
        raise ValueError(tell("{text} is not a range of proportions. Write it as 0.3..0.8.", text=text))
    return Proportions(least, greatest)


class BankList(Command):
    """The items of a unit that fit every condition, or the units."""

    code: Annotated[str | None, Argument(tell("Unit (default: list the units)."), metavar="CODE")] = None
    pc: Annotated[str | None, Option(tell("A criterion (A4012.01) or an element (A4012.*)."))] = None
    level: Annotated[int | None, Option(tell("Items that suit this level."))] = None
    category: Annotated[tuple[Cognitive, ...], Option(tell("Cognitive category (repeatable)."))] = ()
    status: Annotated[tuple[Status, ...], Option(tell("Status (repeatable)."))] = ()
    words: Annotated[
        str, Option(tell("Words to find in code, stem, options or rationale (all must occur)."))
    ] = ""
    facility: Annotated[
        Proportions | None,
        BeforeValidator(_proportions),
        Option(tell("Proportion right, from..to: 0.3..0.8, ..0.3 or 0.9..")),
    ] = None
    model: Annotated[str | None, Option(tell("Instances of this item model."))] = None
    family: Annotated[str | None, Option(tell("Items of this family."))] = None
    workspace: Workspace = None

    @model_validator(mode="after")
    def _conditions_are_of_items(self) -> Self:
        if self.code is None and self.model_fields_set - {"code", "workspace"}:
            raise ValueError(tell("Conditions require a unit. Give its CODE."))
        return self

    def execute(self, progress: Progress) -> Outcome:
        """Find the items or units."""
        if self.code is None:
            return self._units()
        sought = finding.Sought(
            self.pc,
            self.level,
            self.category,
            self.status,
            self.words,
            self.facility,
            self.model,
            self.family,
        )
        found = finding.find_items(workspace_of(self.workspace) / "item_bank", self.code, sought)
        document = {
            "unit": self.code,
            "of": found.n_items,
            "items": [_listed(one) for one in found.items],
            "problems": [problem.as_dict() for problem in found.problems],
        }
        return Outcome(document, _of_items(found))

    def _units(self) -> Outcome:
        """List the units."""
        units = finding.list_units(workspace_of(self.workspace) / "item_bank")
        heads = (tell("unit"), tell("title"), tell("levels"), tell("items"))
        rows = [
            (
                one.code,
                one.title,
                screen.levels(one.levels),
                tell("has errors. See {command}.", command=command("bank check", one.code))
                if one.items is None
                else _counts(one.items),
            )
            for one in units
        ]
        table = ReportedTable(tell("Units of the bank"), heads, rows, numbers_from=len(heads))
        return Outcome({"units": [one._asdict() for one in units]}, [table])


def _counts(items: Mapping[Status, int]) -> Message:
    """Return counts by status in words: `20 approved, 4 draft`."""
    if not items:
        return tell("none yet")
    return joined(tell("{n} {status}", n=n, status=STATUS_WORDS[status]) for status, n in items.items())


def _of_items(found: FoundItems) -> Parts:
    """Yield a table with a line for each item, its stem cut to the remaining width of the terminal."""
    yield ReportedProblems(found.problems)
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
        yield ReportedTable(tell("Items of {unit}", unit=found.unit), heads, rows, numbers_from=len(heads))
    yield ReportedLine(tell("{n} of {n_items} items", n=len(rows), n_items=found.n_items), "bold")


def _listed(one: FoundItem) -> dict[str, Any]:
    fields = {"id", "pcs", "levels", "cognitive", "status", "key", "stem"}
    return {
        **one.item.model_dump(mode="json", include=fields),
        "facility": None if one.facility is None else round(one.facility, 4),
    }


def _line(one: FoundItem, measured: bool) -> list[str]:
    item = one.item
    facility = "–" if one.facility is None else f"{one.facility:.2f}"
    return [
        item.id,
        ",".join(map(str, item.levels)),
        CATEGORY_WORDS[item.cognitive],
        STATUS_WORDS[item.status],
        *([facility] if measured else []),
        " ".join(in_words(item.stem).split()),
    ]


def _cut(text: str, width: int) -> str:
    """Cut a text to one line of that many terminal cells. Thai vowels above and below take no cell."""
    if cell_len(text) <= width:
        return text
    end = bisect_right(range(len(text)), width - 1, key=lambda end: cell_len(text[:end])) - 1
    return f"{text[:end].rstrip()}…"


class BankShow(Command):
    """Show items in full, or write them to a file as they will print."""

    items: Annotated[
        tuple[str, ...],
        Argument(
            tell("Item ids of any unit, or a unit and ids of its items (default: all items of the unit).")
        ),
    ]
    preview: Annotated[
        Path | None,
        Option(tell("Write the items as they will print: FILE.pdf or FILE.html."), metavar="FILE"),
    ] = None
    key: Annotated[
        bool, Option(tell("With --preview: show key and rationale, and mark the file CONFIDENTIAL."))
    ] = False
    replace: Replace = False
    workspace: Workspace = None

    @model_validator(mode="after")
    def _sets_a_file(self) -> Self:
        if self.preview is None and (self.key or self.replace):
            raise ValueError(tell("--key and --replace require --preview"))
        return self

    def execute(self, progress: Progress) -> Outcome:
        """Show each item with everything the bank knows about it, or write the items to a file as they will
        print."""
        if self.preview is not None:
            return self._preview(self.preview)
        found = finding.show_items(workspace_of(self.workspace) / "item_bank", self.items)
        document = {
            "items": [
                {
                    "unit": one.unit,
                    **one.item.model_dump(mode="json"),
                    "hash": one.item.sha256(),
                    "stimulus": one.stimulus.text if one.stimulus else None,
                    "provenance": one.provenance.model_dump(mode="json") if one.provenance else None,
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
        return Outcome(document, (part for one in found for part in _of_whole(one)))

    def _preview(self, out: Path) -> Outcome:
        """Write the items to a file as they will print."""
        place = workspace_of(self.workspace)
        found = finding.show_items(place / "item_bank", self.items)
        unit, *others = dict.fromkeys(one.unit for one in found)
        if others:
            raise WrongUsage(
                tell(
                    "The items belong to {units}. Preview items of one unit at a time.",
                    units=listed([unit, *others]),
                )
            )
        ids = [one.item.id for one in found]
        count = finding.preview_items(place, unit, ids, out, self.key, self.replace)
        shown: list[Part] = [
            ReportedLine(tell("{count} items written to {out}", count=count, out=screen.short(out)))
        ]
        if self.key:
            shown.append(ReportedLine(tell("The file contains keys. Keep it secure."), "yellow"))
        return Outcome({"unit": unit, "items": count, "file": str(out)}, shown)


def _of_whole(one: WholeItem) -> Parts:
    item = one.item
    yield ReportedLine(f"{item.id}  {one.unit}", "bold")
    at = screen.levels(item.levels)
    yield ReportedLine(
        tell(
            "  {pcs} · levels {at} · {cognitive} · {status}",
            pcs=", ".join(item.pcs),
            at=at,
            cognitive=CATEGORY_WORDS[item.cognitive],
            status=STATUS_WORDS[item.status],
        )
    )
    if one.stimulus is not None:
        yield ReportedLine(tell("  stimulus {stimulus}:", stimulus=one.stimulus.id), "cyan")
        yield from _indented(in_columns(one.stimulus.text, cell_len, "stimulus"), "    ")
    yield from _indented(in_columns(item.stem, cell_len), "  ")
    for name, text in item.options.items():
        right = name in item.key
        yield ReportedLine(
            f"  {'→' if right else ' '} {name}. {_folded(text, 7)}", "bold green" if right else ""
        )
        yield ReportedLine(f"       {_folded(item.reasons.get(name, ''), 7)}", "dim")
    yield ReportedLine(tell("  key: {key}", key=", ".join(item.key)))
    yield ReportedLine(tell("  reference: {folded}", folded=_folded(item.reference, 4)))
    for label, values in (
        (tell("family"), [item.family] if item.family else []),
        (tell("decided by"), [item.decided_by] if item.decided_by else []),
        (tell("enemies"), item.enemies),
        (tell("anchored"), item.anchored),
        (tell("expected time"), [f"{item.time_s} s"] if item.time_s else []),
        (tell("waived rules"), [f"{k}: {v}" for k, v in item.waivers.items()]),
    ):
        if values:
            yield ReportedLine(tell("  {label}: {values}", label=label, values="; ".join(values)))
    if one.provenance is not None:
        yield from _of_provenance(one.provenance)
    for review in one.reviews:
        said = f": {review.comment}" if review.comment else ""
        old = "" if review.hash == one.item.sha256() else tell(" (of an earlier version)")
        yield ReportedLine(
            tell(
                "  {date} {by}: {before} → {after}{old}{said}",
                date=review.date,
                by=review.by,
                before=STATUS_WORDS[review.before],
                after=STATUS_WORDS[review.after],
                old=old,
                said=said,
            )
        )
    for line in one.statistics:
        known = ", ".join(f"{name} {value:g}" for name, value in line.numbers.items() if value is not None)
        old = "" if line.holds_for(one.item) else tell(" (of an earlier version)")
        yield ReportedLine(
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
        yield ReportedLine(
            tell("  exposure: {times}, {candidates:,} candidates", times=times, candidates=seen.candidates)
        )
    if seen and seen.printed:
        names = ", ".join(seen.printed)
        yield ReportedLine(tell("  printed in {exams}, with no record that it was taken", exams=names))
    yield ReportedProblems(one.problems)


def _of_provenance(one: Provenance) -> Parts:
    day = f" ({one.day.isoformat()})" if one.day is not None else ""
    yield ReportedLine(tell("  drafted by: {by}{day}", by=one.drafted_by, day=day))
    for label, said in (
        (tell("with help from"), one.help),
        (tell("reviewed by"), ", ".join(one.read_by)),
        (tell("responsible"), one.answers_for),
    ):
        value = _folded(said, 4) if said else tell("no one named")
        if said or label != tell("with help from"):
            yield ReportedLine(tell("  {label}: {values}", label=label, values=value))


def _indented(text: str, margin: str) -> Parts:
    for line in text.splitlines():
        yield ReportedLine(f"{margin}{line}")


def _folded(text: str, margin: int) -> str:
    return text.replace("\n", "\n" + " " * margin)
