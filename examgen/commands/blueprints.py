"""`examgen blueprint new`: write a first blueprint for a unit."""

from __future__ import annotations

from pathlib import Path

from examgen.analysis.parts import Part, line
from examgen.commands import screen
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import Replace, Workspace, workspace_of
from examgen.core.models.field_types import MOST_ITEMS
from examgen.core.options import argument, setting
from examgen.core.words import tell

with on_use():
    from examgen.assembly import first_blueprint


class BlueprintNew(Command):
    """A first blueprint of a unit, with comments, to edit and to build."""

    details = tell(
        "The bank can supply this blueprint without new items. A level without a "
        "written test in the standard is refused."
    )

    unit: str = argument("Code of the unit.")
    level: int | None = setting("Level of the unit.", None)
    occupation: str | None = setting(
        "Occupation, if the standard assesses its occupations differently.", None
    )
    forms: int = setting("Number of forms (one if the bank has too few items for more).", 1, ge=1, le=999)
    items: int | None = setting(
        "Items per form (default: up to 5 of each criterion).", None, ge=1, le=MOST_ITEMS
    )
    out: Path | None = setting("Output file (default: UNIT-L<level>.yaml in this folder).", None, short="-o")
    replace: Replace = False
    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Write the blueprint."""
        done = first_blueprint.new_blueprint(
            workspace_of(self.workspace),
            self.unit,
            self.level,
            self.occupation,
            self.out,
            self.replace,
            screen.reader(),
            n_forms=self.forms,
            n_items=self.items,
        )
        document = {
            "file": str(done.path),
            "forms": done.asked.n_forms,
            "items": done.asked.n_items,
            "statuses": list(done.asked.statuses),
            "criteria": dict(done.asked.counts),
            "builds": done.builds,
            "notices": list(done.notices),
        }
        path, counts = screen.short(done.path), done.asked.counts
        n_asked = sum(1 for n in counts.values() if n)
        notices = [*done.notices]
        if n_asked < len(counts):
            missing = {"missing": len(counts) - n_asked, "all": len(counts)}
            notices.append(tell("the bank has no item for {missing} of the {all} criteria", **missing))
        if {"draft", "review"} & {*done.asked.statuses}:
            notices.append(tell("The blueprint uses items that are not approved. Use it for trials only."))
        words = {"path": path, "n_items": done.asked.n_items, "n_asked": n_asked}
        shown: list[Part] = [
            *(line("notice: {notice}", "cyan", notice=notice) for notice in notices),
            line("{path}: {n_items} items of {n_asked} criteria", "bold", **words),
        ]
        if done.builds:
            shown.append(line("build it with `examgen build {path}`", path=path))
        else:
            shown.append(
                line(
                    "The bank does not have enough items yet. `examgen build {path}` lists what is missing.",
                    "yellow",
                    path=path,
                )
            )
        return Outcome(document, shown)
