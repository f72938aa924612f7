"""`examgen bank list` and `show`: find items, and show them in full."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import model_validator

from examgen.analysis.parts import Part, Parts, ReportedLine, ReportedProblems, ReportedTable, line
from examgen.commands import screen
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import Replace, Workspace, workspace_of
from examgen.core.models.field_types import CATEGORY_WORDS, STATUS_WORDS, Cognitive, Status
from examgen.core.options import argument, setting
from examgen.core.problems import WrongUsage
from examgen.core.text.markdown import in_columns, in_words
from examgen.core.words import Message, command, invalid, joined, listed, tell, tell_n

with on_use():
    from examgen.papers import item_pages as finding


class BankList(Command):
    """The items of a unit that fit every condition, or the units."""

    code: str | None = argument("Unit (default: list the units).", None, metavar="CODE")
    pc: str | None = setting("A criterion (A4012.01) or an element (A4012.*).", None)
    level: int | None = setting("Items that suit this level.", None)
    category: tuple[Cognitive, ...] = setting("Cognitive category (repeatable).", ())
    status: tuple[Status, ...] = setting("Status (repeatable).", ())
    words: str = setting("Words to find in code, stem, options or rationale (all must occur).", "")
    model: str | None = setting("Instances of this item model.", None)
    family: str | None = setting("Items of this family.", None)
    workspace: Workspace = None

    @model_validator(mode="after")
    def _conditions_are_of_items(self) -> Self:
        if self.code is None and self.model_fields_set - {"code", "workspace"}:
            raise invalid("Conditions require a unit. Give its CODE.")
        return self

    def execute(self, progress: Progress) -> Outcome:
        """Find the items or units."""
        if self.code is None:
            return self._units()
        sought = finding.Sought(
            self.pc, self.level, self.category, self.status, self.words, model=self.model, family=self.family
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


def _of_items(found: finding.FoundItems) -> Parts:
    """Yield a table with a line for each item, its stem cut to the remaining width of the terminal."""
    yield ReportedProblems(found.problems)
    heads = [
        *(tell("item"), tell("levels"), tell("category"), tell("status"), tell("facility")),
        tell("stem"),
    ]
    rows = [
        [
            one.item.id,
            ",".join(map(str, one.item.levels)),
            CATEGORY_WORDS[one.item.cognitive],
            STATUS_WORDS[one.item.status],
            "–" if one.facility is None else f"{one.facility:.2f}",
            " ".join(in_words(one.item.stem).split()),
        ]
        for one in found.items
    ]
    columns = zip(heads[:-1], *(row[:-1] for row in rows), strict=True)
    taken = sum(2 + max(screen.width(screen.said(cell)) for cell in column) for column in columns)
    for row in rows:
        row[-1] = _cut(row[-1], max(20, shutil.get_terminal_size().columns - taken))
    if rows:
        yield ReportedTable(tell("Items of {unit}", unit=found.unit), heads, rows, numbers_from=len(heads))
    yield line("{n} of {n_items} items", "bold", n=len(rows), n_items=found.n_items)


def _listed(one: finding.FoundItem) -> dict[str, Any]:
    fields = {"id", "pcs", "levels", "cognitive", "status", "key", "stem"}
    return {
        **one.item.model_dump(mode="json", include=fields),
        "facility": None if one.facility is None else round(one.facility, 4),
    }


def _cut(text: str, columns: int) -> str:
    """Cut a text to one line of that many columns."""
    if screen.width(text) <= columns:
        return text
    end = next(end for end in range(len(text), 0, -1) if screen.width(text[:end]) < columns)
    return f"{text[:end].rstrip()}…"


class BankShow(Command):
    """Show items in full, or write them to a file as they will print."""

    items: tuple[str, ...] = argument(
        "Item ids of any unit, or a unit and ids of its items (default: all items of the unit)."
    )
    preview: Path | None = setting(
        "Write the items as they will print: FILE.pdf or FILE.html.", None, metavar="FILE"
    )
    key: bool = setting("With --preview: show key and rationale, and mark the file CONFIDENTIAL.", False)
    replace: Replace = False
    workspace: Workspace = None

    @model_validator(mode="after")
    def _sets_a_file(self) -> Self:
        if self.preview is None and (self.key or self.replace):
            raise invalid("--key and --replace require --preview")
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
            raise WrongUsage.because(
                "The items belong to {units}. Preview items of one unit at a time.",
                units=listed([unit, *others]),
            )
        ids = [one.item.id for one in found]
        count = finding.preview_items(place, unit, ids, out, self.key, self.replace)
        shown: list[Part] = [line("{count} items written to {out}", count=count, out=screen.short(out))]
        if self.key:
            shown.append(line("The file contains keys. Keep it secure.", "yellow"))
        return Outcome({"unit": unit, "items": count, "file": str(out)}, shown)


def _of_whole(one: finding.WholeItem) -> Parts:
    """Yield an item as it prints, with the key marked, and everything else that the bank records about it."""
    item, sha256 = one.item, one.item.sha256()
    yield ReportedLine(f"{item.id}  {one.unit}", "bold")
    yield line(
        "  {pcs} · levels {at} · {cognitive} · {status}",
        pcs=", ".join(item.pcs),
        at=screen.levels(item.levels),
        cognitive=CATEGORY_WORDS[item.cognitive],
        status=STATUS_WORDS[item.status],
    )
    if one.stimulus is not None:
        yield _indented(in_columns(one.stimulus.text, screen.width, "stimulus"), "    ")
    yield _indented(in_columns(item.stem, screen.width), "  ")
    for name, text in item.options.items():
        right = name in item.key
        mark = "→" if right else " "
        yield ReportedLine(f"  {mark} {name}. {_folded(text, 7)}", "bold green" if right else "")
        yield ReportedLine(f"       {_folded(item.reasons.get(name, ''), 7)}", "dim")
    for label, values in _facts(one):
        if text := "; ".join(filter(None, values)):
            yield line("  {label}: {values}", label=label, values=_folded(text, 4))
    for review in one.reviews:
        yield line(
            "  {date} {by}: {before} → {after}{old}{said}",
            date=review.date,
            by=review.by,
            before=STATUS_WORDS[review.before],
            after=STATUS_WORDS[review.after],
            old="" if review.hash == sha256 else _OLD,
            said=f": {review.comment}" if review.comment else "",
        )
    yield ReportedProblems(one.problems)


_OLD = tell(" (of an earlier version)")


def _facts(one: finding.WholeItem) -> Iterator[tuple[Message, Iterable[str | None]]]:
    """Yield what the bank records about an item, by name."""
    item, origin, use = one.item, one.provenance, one.exposure
    yield tell("key"), [", ".join(item.key)]
    yield tell("reference"), [item.reference]
    yield tell("family"), [item.family]
    yield tell("decided by"), [item.decided_by]
    yield tell("enemies"), item.enemies
    yield tell("anchored"), item.anchored
    yield tell("expected time"), [f"{item.time_s} s" if item.time_s else None]
    yield tell("waived rules"), [f"{rule}: {reason}" for rule, reason in item.waivers.items()]
    if origin is not None:
        day = f" ({origin.day.isoformat()})" if origin.day else ""
        yield tell("drafted by"), [origin.drafted_by and origin.drafted_by + day]
        yield tell("with help from"), [origin.help]
        yield tell("reviewed by"), [", ".join(origin.read_by) or tell("no one named")]
        yield tell("responsible"), [origin.answers_for or tell("no one named")]
    for sat in one.statistics:
        numbers = (f"{name} {value:g}" for name, value in sat.numbers.items() if value is not None)
        old = "" if sat.holds_for(item) else _OLD
        yield joined([sat.administration, sat.form, sat.date], " "), [joined([joined(numbers), old], "")]
    if use is not None:
        words = tell_n("{n} administration", "{n} administrations", use.administrations)
        yield tell("exposure"), [words, tell_n("{n:,} candidate", "{n:,} candidates", use.candidates)]
        yield tell("printed, with no record that it was taken"), use.printed


def _indented(text: str, margin: str) -> ReportedLine:
    return ReportedLine(f"{margin}{_folded(text, len(margin))}")


def _folded(text: str, margin: int) -> str:
    return text.replace("\n", "\n" + " " * margin)
