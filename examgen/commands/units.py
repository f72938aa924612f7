"""`examgen unit …` and `examgen bank remap`: unit documents, their editions, and moving items between
editions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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
from examgen.bank.standards import words
from examgen.commands import screen, summary
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import UnitCode, Workspace, workspace_of
from examgen.core.options import argument, setting
from examgen.core.problems import Exit, Problem
from examgen.core.words import joined, tell, tell_n

with on_use():
    from examgen.assembly.editions import kept as editions
    from examgen.assembly.editions import remapping, units
    from examgen.core.models import standard

_STYLES = {"added": "green", "removed": "red"}


class UnitDiff(Command):
    """What changed between the present edition and another one, and what that touches."""

    code: UnitCode
    edition: str = argument("The other edition, by the beginning of its hash.")
    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Compare the editions."""
        found = editions.compare(workspace_of(self.workspace) / "item_bank", self.code, self.edition)
        document = {
            "old": found.old.sha256,
            "new": found.new.sha256,
            "differences": [
                {**one.as_dict(), "touches": touched._asdict()} for one, touched in found.differences
            ],
            "blueprints": [problem.as_dict() for problem in found.blueprints],
        }
        return Outcome(document, _of_differences(found))


def _of_differences(found: editions.EditionComparison) -> Parts:
    differing = [(one, touched) for one, touched in found.differences if one.kinds != ("unchanged",)]
    for one, touched in differing:
        is_at_level = one.level is not None and one.about != "level"
        yield line(
            "{about} {kinds}{at}  (certainty {certainty:.2f})",
            _STYLES.get(one.kinds[0], "yellow"),
            about=words.about(one.about),
            kinds=joined(map(words.kind, one.kinds)),
            at=tell(" at level {level}", level=one.level) if is_at_level else "",
            certainty=one.certainty,
        )
        for sign, part, style in (("  - ", one.old, "red"), ("  + ", one.new, "green")):
            if part is not None:
                text = words.methods_of(part.text) if one.about == "methods" else part.text
                yield ReportedLine(joined([sign, joined(filter(None, (part.code, text)), " ")], ""), style)
        if one.note:
            yield ReportedLine(joined(["  ", one.note], ""), "yellow")
        if touched.items:
            n_items, n_approvals = len(touched.items), len(touched.approvals)
            yield line(
                "  affects items: {items}, approvals: {approvals}", items=n_items, approvals=n_approvals
            )
    yield line(
        "criteria unchanged: {same}, differences: {differences}",
        "bold",
        same=len(found.differences) - len(differing),
        differences=len(differing),
    )
    yield from _of_misfits(found.blueprints)


def _of_misfits(blueprints: Sequence[Problem]) -> Parts:
    if blueprints:
        yield line("Blueprints that no longer fit", "bold")
        yield ReportedProblems(blueprints)


class BankRemap(Command):
    """Items carried over to another edition."""

    code: UnitCode
    to: str = setting("Target edition, by the beginning of its hash.")
    pair: tuple[str, ...] = setting(
        "OLD=NEW: a criterion or an item, and its new criterion (repeatable).",
        (),
        label=tell("Carry the items over"),
    )
    by: str | None = setting("Person who confirmed the pairs.", None)
    dry_run: bool = setting("Show what would be done, without writing it.", False)
    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Move the items of the confirmed pairs."""
        bank = workspace_of(self.workspace) / "item_bank"
        done = remapping.remap(bank, self.code, self.to, self.pair, self.by, self.dry_run)
        document = {
            "unit": done.unit,
            "from": done.present,
            "to": done.to,
            "written": done.written,
            "carried": done.carried,
            "changed": done.changes,
            "orphaned": done.orphaned,
            "instruments": done.instruments,
            "notices": [problem.as_dict() for problem in done.notices],
            "blueprints": [problem.as_dict() for problem in done.blueprints],
            "files": [str(path) for path in done.files],
        }
        is_partly = done.orphaned or done.instruments or done.blueprints
        return Outcome(document, _of_remapped(done), Exit.SET_ASIDE if is_partly else Exit.DONE)


def _of_remapped(done: remapping.Remapped) -> Parts:
    here = "" if done.written else tell(" (nothing was written)")
    editions = {"old": done.present[:12], "new": done.to[:12]}
    yield line("{unit}: {old} → {new}{here}", "bold", unit=done.unit, here=here, **editions)
    for pc, count in sorted(Counter(done.carried.values()).items()):
        yield line("  {pc}: {count} items", "green", pc=pc, count=count)
    for name, reason in (*done.orphaned.items(), *done.instruments.items()):
        yield line("  set aside: {name}: {reason}", "yellow", name=name, reason=reason)
    yield ReportedProblems(done.notices)
    counts = {"n": len(done.carried), "changed": len(done.changes), "aside": len(done.orphaned)}
    yield line(
        "items carried over: {n}, {changed} of them changed; {aside} set aside under orphans/",
        "bold",
        **counts,
    )
    yield from _of_misfits(done.blueprints)
    if done.written:
        yield ReportedFiles(tell("written:"), done.files)


class UnitImports(Command):
    """Unit documents into the bank: all of them, or none if one is refused."""

    files: tuple[Path, ...] = argument("Unit documents: .txt, .md, .html.")
    into: Path | None = setting("Item bank (default: the workspace's item_bank).", None)
    dry_run: bool = setting("Read and show the units, without writing them.", False)
    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Read the documents, and write the units."""
        bank = self.into or workspace_of(self.workspace) / "item_bank"
        done = units.import_units(self.files, bank, self.dry_run)
        readings = [{**one.unit.reading(), **_filed(one)} for one in done]
        refused = [one.document for one in done if one.unit.error]
        shown: list[Part] = []
        for one in done:
            shown += [*of_import(one), *_of_filed(one)]
        status = Exit.DONE
        if refused:
            shown.append(
                line(
                    "Nothing was written, because {n} of {done_n} documents were refused.",
                    "red",
                    n=len(refused),
                    done_n=len(done),
                )
            )
            status = Exit.REFUSED
        elif any(one.state == "waiting" for one in done):
            status = Exit.SET_ASIDE
        return Outcome(readings[0] if len(readings) == 1 else readings, shown, status)


def of_import(done: units.UnitImport) -> Parts:
    """Yield a short account of an imported document, and where to see all of it."""
    if done.unit.error:
        refusal = tell("refused: {message}", message=done.unit.error.message)
        yield ReportedProblems([Problem(done.document, done.unit.error.kind, refusal)])
        return
    unit = done.unit
    yield from _of_head(unit)
    n_criteria = sum(len(element.criteria) for element in unit.elements)
    elements = tell_n("{n} element", "{n} elements", len(unit.elements))
    criteria = tell_n("{n} criterion", "{n} criteria", n_criteria)
    yield line("  {elements}, {criteria}", elements=elements, criteria=criteria)
    yield from _of_warnings(unit)
    if not done.folder:
        yield line("  read from {document}; nothing written", document=done.document)
        return
    yield ReportedLine(f"  → {screen.short(done.folder / 'unit.yaml')}")
    yield from summary.next_steps(
        tell("{command} (then compare it with the document)", command=f"examgen unit show {unit.code}")
    )


def _of_filed(one: units.UnitImport) -> Parts:
    """Yield where an imported edition was stored, if there was one before."""
    if one.state == "same":
        yield line("  already the current edition; nothing changed")
    elif one.state == "present":
        yield line(
            "  edition {edition} is now current; the previous edition is kept", edition=str(one.edition)[:12]
        )
        yield from _of_misfits(one.reasons)
    elif one.state == "waiting":
        yield ReportedProblems(one.reasons)
        yield ReportedLine(joined(["  ", one.advice or ""], ""), "yellow")


def _filed(one: units.UnitImport) -> dict[str, Any]:
    """Return the additional JSON fields for an imported edition that is pending."""
    if one.state != "waiting":
        return {}
    reasons = [problem.as_dict() for problem in one.reasons]
    shown = {"sha256": one.edition, "state": one.state, "folder": str(one.folder), "reasons": reasons}
    return {"edition": shown}


def _of_unit(unit: standard.Unit) -> Parts:
    """Yield everything that was read of a unit."""
    yield from _of_head(unit)
    for element in unit.elements:
        yield ReportedLine(f"  {element.code}  {element.title}")
        for criterion in element.criteria:
            yield ReportedLine(f"    {criterion.code}  {criterion.text}")
    yield from _of_warnings(unit)


def _of_head(unit: standard.Unit) -> Parts:
    """Yield the code, title, field, levels, occupations and methods of a unit."""
    yield line("{code}  {title}", "bold", code=unit.code, title=unit.title or tell("(no title)"))
    yield line("  field: {field}", field=unit.field or "–")
    yield line("  levels: {levels}", levels=screen.levels(unit.levels))
    for occupation in unit.occupations:
        yield line_n(
            "  occupation: {occupation} (level {levels})",
            "  occupation: {occupation} (levels {levels})",
            len(occupation.levels),
            occupation=occupation.name,
            levels=screen.levels(occupation.levels),
        )
    for entry in unit.assessment:
        who = entry.occupation or tell("all")
        yield line_n(
            "  assessed: {who}, level {at}: {methods}",
            "  assessed: {who}, levels {at}: {methods}",
            len(entry.levels),
            who=who,
            at=screen.levels(entry.levels) if entry.levels else tell("all"),
            methods=joined(map(words.method, entry.methods)),
        )


def _of_warnings(unit: standard.Unit) -> Parts:
    """Yield the warnings about what could not be read with certainty."""
    for warning in unit.warnings:
        where = tell(" (line {line})", line=warning.line) if warning.line else ""
        yield line(
            "  warning: {message}{where} [{kind}]",
            "yellow",
            message=warning.message,
            where=where,
            kind=warning.kind,
        )
        if warning.advice:
            yield ReportedLine(joined(["    ", warning.advice], ""))


class UnitShow(Command):
    """A unit of the bank as it was read, or its editions."""

    code: UnitCode
    editions: bool = setting("List the editions: current, earlier and pending.", False)
    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Show the unit."""
        if self.editions:
            return self._editions()
        unit = units.show_unit(workspace_of(self.workspace) / "item_bank", self.code)
        shown = [*_of_unit(unit), *summary.next_steps(f"examgen bank export {self.code} items.xlsx")]
        return Outcome(unit.model_dump(mode="json"), shown)

    def _editions(self) -> Outcome:
        """List the editions."""
        found = editions.list_editions(workspace_of(self.workspace) / "item_bank", self.code)
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
        heads = (tell("edition"), tell("state"), tell("criteria"), tell("levels"), tell("document"))
        body = [
            (row["edition"], row["state"], row["criteria"], screen.levels(one.unit.levels), row["document"])
            for one, row in zip(found, rows, strict=True)
        ]
        title = tell("Editions of {code}", code=self.code)
        table = ReportedTable(title, heads, body, numbers_from=len(heads))
        return Outcome({"code": self.code, "editions": rows}, [table])
