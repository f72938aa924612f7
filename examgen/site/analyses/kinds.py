"""Each analysis of the site: a command, the files that it writes here, and what its result is good for."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from examgen.analyses.files import write_rows
from examgen.analyses.reported.parts import Part
from examgen.commands.declared import Command, Progress
from examgen.commands.tree import declaration
from examgen.core.words import Message, tell
from examgen.site.analyses.forms import AnalysisForm, analysis_form
from examgen.site.analyses.given import Given
from examgen.site.workspace import bank

Document = dict[str, Any]
CUT, SCALED = "cut.yaml", "scaled.yaml"
"""Files that a scoring takes."""


class Kind:
    """An analysis; its command is loaded when somebody asks for it."""

    def __init__(
        self,
        name: str,
        title: Message,
        about: Message,
        words: str,
        outputs: Mapping[str, str] | None = None,
        *,
        ticks: Mapping[str, str] | None = None,
        scored: str = "",
        matrices: Sequence[str] = (),
        is_secret: bool = False,
    ) -> None:
        self.name, self.title, self.about = name, title, about
        self.words = words
        """Of its command."""
        self.outputs, self.ticks = outputs or {}, ticks or {}
        """Options for files that are written here, always or where they are ticked: the files' names."""
        self.scored = scored
        """The field of the exam whose scoring takes the file: a conversion of X is none for Y."""
        self.matrices = matrices
        """Fields for which an exam stands for the matrix of its analysis."""
        self.is_secret = is_secret
        """Whether its result names people."""

    @cached_property
    def command(self) -> type[Command]:
        """The declaration of its command."""
        return declaration(self.words)

    @cached_property
    def form(self) -> type[AnalysisForm]:
        """What is asked on its page."""
        return analysis_form(self.words, self.ticks, {*self.outputs, "results"})

    def work(self, given: Given, out: Path, progress: Progress) -> tuple[Document, list[Part]]:
        """Does it, with files in the folder `out`: the document of `--json`, and what a page shows."""
        values: dict[str, Any] = {}
        for name, one in self.command.declared().items():
            if name in self.outputs or given[name] is None or given[name] is False:
                continue
            if name in self.ticks:
                values[name] = out / self.ticks[name] if self.ticks[name] else bank()
            elif name in self.matrices:
                values[name] = given.matrix(name, of_one_form=bool(given["equate"]))
            elif one.shape == "path":
                values[name] = given.paths(name) if one.is_several else given.path(name)
            else:
                values[name] = given[name]
        written = {name: out / file for name, file in self.outputs.items()}
        if self.name == "link" and not given["equate"]:
            del written["scaled"]
        done = self.command.model_validate({**values, **written}).execute(progress)
        document = dict(done.document)
        for csv_name in (name for name in self.outputs.values() if name.endswith(".csv")):
            table = csv_name.removesuffix(".csv")
            with (out / csv_name).open(encoding="utf-8-sig", newline="") as file:
                heads = next(csv.reader(file), [])
            write_rows(out / f"{table}.xlsx", {table: document[table]}, heads)
        if "files" in document:
            document["files"] = [Path(path).name for path in document["files"]]
        return document, [*done.shown]


KINDS = {
    one.name: one
    for one in (
        Kind(
            "equate",
            tell("Equate two forms"),
            tell("Scores of one form as scores of another: observed-score equating."),
            "analyse equate",
            {"out": SCALED},
            scored="x",
        ),
        Kind(
            "link",
            tell("Link two scales"),
            tell(
                "The ability scale of one calibration carried to that of another through the items in common."
            ),
            "analyse link",
            {"out": "items.csv", "scaled": SCALED},
            scored="new",
            matrices=("old", "new"),
        ),
        Kind(
            "decisions",
            tell("How sure decisions are"),
            tell("How often pass and fail would repeat on a parallel form, and how often they are right."),
            "analyse decisions",
        ),
        Kind(
            "copying",
            tell("Answers alike beyond chance"),
            tell(
                "Pairs of candidates with more answers in common than chance gives: a signal for a person, "
                "no verdict."
            ),
            "analyse copying",
            {"out": "pairs.csv"},
            is_secret=True,
        ),
        Kind(
            "angoff",
            tell("Cut by Angoff"),
            tell(
                "Angoff: how many of the borderline candidates judges expect to answer each item rightly, "
                "summed up."
            ),
            "analyse cut angoff",
            ticks={"out": CUT, "bank": ""},
            scored="exam",
        ),
        Kind(
            "ebel",
            tell("Cut by Ebel"),
            tell(
                "Ebel: items in a grid of difficulty and relevance, and the share of each cell that judges "
                "expect."
            ),
            "analyse cut ebel",
            ticks={"out": CUT},
            scored="exam",
        ),
        Kind(
            "bookmark",
            tell("Cut by bookmark"),
            tell("Bookmark: the first item, from easy to hard, that a borderline candidate does not master."),
            "analyse cut bookmark",
            ticks={"out": CUT},
            scored="exam",
        ),
        Kind(
            "borderline",
            tell("Cut by the borderline group"),
            tell("Borderline group: the median score of those whom judges hold to be on the border."),
            "analyse cut borderline",
            ticks={"out": CUT},
            scored="exam",
        ),
        Kind(
            "contrasting",
            tell("Cut by contrasting groups"),
            tell("Contrasting groups: the score from which a candidate is rather held competent than not."),
            "analyse cut contrasting",
            ticks={"out": CUT},
            scored="exam",
        ),
        Kind(
            "regression",
            tell("Cut by borderline regression"),
            tell("Borderline regression: the score that a line through grades and scores has at the border."),
            "analyse cut regression",
            ticks={"out": CUT},
            scored="exam",
        ),
        Kind(
            "hofstee",
            tell("Cut by Hofstee"),
            tell("Hofstee: where the share who fail crosses what judges hold bearable."),
            "analyse cut hofstee",
            ticks={"out": CUT},
            scored="exam",
        ),
    )
}
"""By name, in the order in which pages list them."""
