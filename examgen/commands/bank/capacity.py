"""The command `examgen bank capacity`: how many parallel forms the bank supports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from examgen.analyses.reported.parts import (
    Part,
    ReportedFiles,
    ReportedLine,
    ReportedProblems,
    ReportedTable,
)
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import Workspace, workspace_near
from examgen.commands.screen import reader
from examgen.core.options import Argument, Option
from examgen.core.words import in_language, tell

if TYPE_CHECKING:
    from examgen.assembly.capacity.orders import BankCapacity

with on_use():
    from examgen.assembly.capacity import orders


class Capacity(Command):
    """What the bank holds for a blueprint, what runs out first, and how many forms more items would give."""

    blueprint: Annotated[Path, Argument(tell("The blueprint, a YAML file."))]
    forms: Annotated[
        int | None, Field(ge=1, le=999), Option(tell("Say what to write for this number of forms."))
    ] = None
    write_order: Annotated[
        Path | None, Option(tell("Write the assignment for item writers as well: FILE.xlsx."))
    ] = None
    replace: Annotated[bool, Option(tell("Overwrite that file if it is there."))] = False
    lang: Annotated[Literal["en", "th"] | None, Option(tell("The language of the sentences: en or th."))] = (
        None
    )
    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Count the forms that the bank supports, and write the order for item writers if a file is named."""
        place = workspace_near(self.workspace, self.blueprint)
        answer = orders.bank_capacity(self.blueprint, place, self.forms, progress)
        files = orders.write_orders(answer, place, self.write_order, self.replace) if self.write_order else []
        language, found = self.lang or reader(), answer.found
        shown: list[Part] = [ReportedProblems(answer.problems)]
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
        shown.append(
            ReportedTable(in_language(title, language), [in_language(head, language) for head in heads], rows)
        )
        for n, sentence in enumerate(answer.told):
            shown.append(ReportedLine(in_language(sentence, language), "bold" if n == 0 else ""))
        if files:
            shown += [
                ReportedFiles(tell("writing order:"), files),
                ReportedLine(tell("once it is filled in: `examgen bank import FILE`")),
            ]
        return Outcome({**_document(answer), "files": [str(path) for path in files]}, shown)


def _document(answer: BankCapacity) -> dict[str, Any]:
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
