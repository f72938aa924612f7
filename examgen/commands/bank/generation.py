"""`examgen bank generate`: make items from item models."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import model_validator

from examgen.analysis.parts import Parts, ReportedFiles, ReportedLine, ReportedProblems, line
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import Workspace, workspace_of
from examgen.core.options import argument, setting
from examgen.core.problems import Exit
from examgen.core.words import invalid, joined, tell

with on_use():
    from examgen.papers import generated_items as generation


class BankGenerate(Command):
    """Items of item models: checked, all different, each with exactly one right answer."""

    names: tuple[str, ...] = argument("Item models, or units for all their models (default: all).", ())
    number: int = setting("Number of instances per model.", 1, ge=1, le=100_000)
    seed: int = setting("Random seed. The same seed gives the same instances.", 1, ge=0)
    into: Literal["items"] | None = setting(
        "Add the items to the bank, at the end of the file of their criterion.", None
    )
    out: Path | None = setting(
        "Write the items to FILE.yaml, or as they will print to FILE.pdf or FILE.html.", None
    )
    replace: bool = setting("Overwrite the file if it exists.", False)
    workspace: Workspace = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.into is not None and self.out is not None:
            raise invalid("use either --into or --out")
        return self

    def execute(self, progress: Progress) -> Outcome:
        """Generate the items, and write them if requested."""
        place = workspace_of(self.workspace)
        if self.into:
            made = generation.generate_into_items(place / "item_bank", self.names, self.number, self.seed)
        else:
            made = generation.generate(place, self.names, self.number, self.seed)
        if self.out:
            made = generation.write_out(made, place, self.out, self.replace)
        are_few = any(len(one.items) < made.asked for one in made.models)
        return Outcome(
            generation.as_json(made),
            _of_generated(made, whole=not self.into and not self.out),
            Exit.SET_ASIDE if are_few else Exit.DONE,
        )


def _of_generated(made: generation.Generated, whole: bool) -> Parts:
    yield ReportedProblems(made.notices)
    for one in made.models:
        if whole:
            for item in one.items:
                yield ReportedLine(item.id, "bold")
                yield ReportedLine(f"  {item.stem}".replace("\n", "\n  "))
                for name, text in item.options.items():
                    yield ReportedLine(f"  {'●' if name in item.key else '○'} {name}. {text}")
        counts = {"model": one.model, "made": len(one.items), "asked": made.asked}
        yield line("{model}: {made:,} of {asked:,} made", "green", **counts)
        if len(one.items) < made.asked:
            reasons = joined(
                tell("{n:,} × {reason}", n=n, reason=generation.reason(code)) for code, n in one.aside.items()
            )
            yield line("  no more are possible: {reasons}", "yellow", reasons=reasons)
    if made.files:
        yield ReportedFiles(tell("written:"), made.files)
        yield line("The items contain keys. Keep them secure.", "yellow")
