"""`examgen bank blind`: how many keys people can guess from the options alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from pydantic import model_validator

from examgen.analysis.parts import Part, ReportedFiles, ReportedLine, ReportedTable, line
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import UnitCode, Workspace, workspace_of
from examgen.core.options import argument, setting
from examgen.core.problems import WrongUsage
from examgen.core.words import Message, invalid, noted, tell, tell_n

with on_use():
    from examgen.bank.blind import results as blind_results
    from examgen.papers import blind_forms

_KINDS = {
    "knowledge": tell("knowledge"),
    "judgement": tell("judgement"),
    "stem": tell("the stem"),
    "": tell("not stated"),
}
_FAMILIES = {"family": tell("in a family"), "single": tell("on their own")}
_SURE = {"1": tell("1 guess"), "2": tell("2 fairly sure"), "3": tell("3 sure"), "": tell("not stated")}


class BankBlind(Command):
    """Draw options without their questions from a unit, or count the keys that readers found in them."""

    details = tell(
        "--out writes a PDF of the options without their questions, and a workbook for "
        "each reader. A key that readers find there can be guessed from the options "
        "alone. Choose readers who have not seen the items; three are enough. --read "
        "shows what the readers of that folder found, by level, kind and confidence."
    )

    code: UnitCode
    files: tuple[Path, ...] = argument(
        "With --read: readers' files (default: the completed ones in the folder).", ()
    )
    out: Path | None = setting("Draw items and write the files into this folder.", None, metavar="DIR")
    read: Path | None = setting("Folder with the readers' completed workbooks.", None, metavar="DIR")
    seed: int | None = setting(
        "With --out: random seed for choosing and ordering the items. Choose it beforehand.", None
    )
    items: int = setting("With --out: number of items to draw.", 60, ge=1, le=1000)
    readers: int = setting("With --out: number of readers.", 3, ge=1)
    replace: bool = setting("With --out: overwrite existing files.", False)
    workspace: Workspace = None

    @model_validator(mode="after")
    def _writes_or_reads(self) -> Self:
        if (self.out is None) == (self.read is None):
            raise invalid("Use --out DIR to write a form, or --read DIR to read completed workbooks.")
        if self.out is not None and self.seed is None:
            raise invalid("--seed is missing. Choose a number before you see the items.")
        if self.out is not None and self.files:
            raise invalid("readers' files require --read")
        if self.read is not None and (self.seed is not None or self.replace):
            raise invalid("--seed and --replace require --out")
        return self

    def execute(self, progress: Progress) -> Outcome:
        """Draw and write a form, or read the readers' files and count the keys they found."""
        if self.out is not None and self.seed is not None:
            return self._drawn(self.out, self.seed)
        assert self.read is not None
        return self._answered(self.read)

    def _drawn(self, out: Path, seed: int) -> Outcome:
        """Draw items and write the form."""
        done = blind_forms.write_blind_form(
            workspace_of(self.workspace), self.code, out, self.items, self.readers, seed, self.replace
        )
        document = {
            "form": done.name,
            "questions": done.questions,
            "pdf": str(done.pdf),
            "workbooks": [str(path) for path in done.workbooks],
            "of_before": [str(path) for path in done.of_before],
        }
        title = tell_n(
            "{n} question of {code}, options only",
            "{n} questions of {code}, options only",
            done.questions,
            code=self.code,
        )
        shown: list[Part] = [ReportedFiles(title, (done.pdf, *done.workbooks))]
        if done.questions < self.items:
            shown.append(
                line("The unit has no more, because a form has at most one item of each family.", "yellow")
            )
        if done.of_before:
            shown.append(
                line(
                    "These files were completed for an earlier form and were kept: {files}. "
                    "Move them to another folder.",
                    "yellow",
                    files=", ".join(path.name for path in done.of_before),
                )
            )
        return Outcome(
            document,
            [
                *shown,
                line(
                    "After they are completed: `examgen bank blind {code} --read {folder}`",
                    code=self.code,
                    folder=out,
                ),
            ],
        )

    def _answered(self, folder: Path) -> Outcome:
        """Read the readers' files and count the keys they found."""
        found = blind_forms.read_blind_form(workspace_of(self.workspace), folder, self.files)
        if found.form.unit != self.code:
            raise WrongUsage.because(
                "{folder} belongs to {unit}, not to the unit that you named",
                folder=folder,
                unit=found.form.unit,
            )
        result = found.result
        document: dict[str, Any] = {
            "form": found.form.name,
            "unit": found.form.unit,
            "all": result.all._asdict(),
            "of_unit": result.of_unit,
            "readers": [one._asdict() for one in result.readers],
            "levels": [one._asdict() for one in result.levels],
            "decided_by": [one._asdict() for one in result.kinds],
            "families": [one._asdict() for one in result.families],
            "sureness": [one._asdict() for one in result.sureness],
            "items": [{**one._asdict(), "gives_away": one.gives_away} for one in result.items],
            "changed": list(result.changed),
            "unanswered": {one.file: found.form.left(one.choices) for one in found.readings},
            "passed_over": [one.source for one in found.passed_over],
        }
        whole = result.all
        total = tell(
            "{form}: {share:.0%} of {n} answers were right without the question "
            "({low:.0%} to {high:.0%}); guessing gives {chance:.0%}",
            form=found.form.name,
            share=whole.share,
            n=whole.answers,
            low=whole.low,
            high=whole.high,
            chance=whole.chance,
        )
        shown: list[Part] = [ReportedLine(total, "bold")]
        if len(result.families) > 1:
            shown.append(
                line(
                    "Over all items of the unit: {share:.0%}. A form has at most one item of a family.",
                    share=result.of_unit,
                )
            )
        groups: tuple[tuple[Message, Sequence[blind_results.BlindShare], Mapping[str, Message]], ...] = (
            (tell("reader"), result.readers, {}),
            (tell("level"), result.levels, {"": tell("none")}),
            (tell("answer depends on"), result.kinds, _KINDS),
            (tell("item"), result.families, _FAMILIES),
            (tell("confidence"), result.sureness, _SURE),
        )
        rows = [
            (
                head,
                words.get(one.name, one.name),
                one.answers,
                one.right,
                f"{one.share:.0%}",
                f"{one.low:.0%} – {one.high:.0%}",
            )
            for head, shares, words in groups
            for one in shares
        ]
        heads = (tell("by"), "", tell("answers"), tell("right"), tell("share"), tell("95 %"))
        shown.append(ReportedTable(tell("Right answers"), heads, rows, numbers_from=2))
        unanswered = [
            f"{Path(one.file).name} ({', '.join(map(str, numbers))})"
            for one in found.readings
            if (numbers := found.form.left(one.choices))
        ]
        given_away = [one.item for one in result.items if one.gives_away]
        for message, names in zip(
            _REMARKS,
            (unanswered, [one.source for one in found.passed_over], result.changed, given_away),
            strict=True,
        ):
            if names:
                shown.append(ReportedLine(tell(message, names=", ".join(names)), "yellow"))
        return Outcome(document, shown)


_REMARKS = (
    noted("questions not answered: {names}"),
    noted("skipped, because they are not readers' files: {names}"),
    noted("skipped, because they were changed after they were drawn: {names}"),
    noted("Items to rewrite, because most readers found the key and were sure of it: {names}"),
)
