"""The analyses on the site: for each its command, the files it writes, and the use of its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from examgen.analysis.parts import Part, ReportedLine
from examgen.commands.analyses.cuts import METHODS
from examgen.commands.declared import Command, Progress
from examgen.commands.tree import declaration
from examgen.core.words import Message, tell
from examgen.site.analyses.equating import EquatingForm
from examgen.site.analyses.forms import (
    AnalysisForm,
    CutForm,
    DifForm,
    OfExamOrFiles,
    analysis_form,
)
from examgen.site.analyses.job_inputs import Given
from examgen.site.workspace import bank

Document = dict[str, Any]
CUT, SCALED = "cut.yaml", "scaled.yaml"
"""Files that a scoring can use."""


@dataclass
class Kind:
    """A kind of analysis. Its command is loaded on first use."""

    name: str
    question: Message | None
    """The question that the analysis answers; None for methods of setting a cut, which share one question."""
    title: Message
    about: Message
    needs: Message
    words: str
    """The command, as typed."""
    outputs: Mapping[str, str] = field(default_factory=dict)
    """Options for output files that are always written, with the names of the files."""
    ticks: Mapping[str, str] = field(default_factory=dict)
    """Options for output files that are written if their box is ticked, with the names of the files."""
    scored: str = ""
    """The field of the exam whose scoring can use the file: a conversion of X cannot be used for Y."""
    matrices: Sequence[str] = ()
    """Fields in which an exam can be chosen in place of a score matrix; that of its analysis is used."""
    is_secret: bool = False
    """Whether the result names persons."""
    base: type[AnalysisForm] = AnalysisForm
    """The base class of the form."""

    @cached_property
    def command(self) -> type[Command]:
        """The class of the command, with its declared options."""
        return declaration(self.words)

    @cached_property
    def form(self) -> type[AnalysisForm]:
        """The class of the form on its page."""
        return analysis_form(self.words, self.command, self.base, self.ticks, {*self.outputs, "results"})

    def work(self, given: Given, out: Path, progress: Progress) -> tuple[Document, list[Part]]:
        """Runs the analysis and writes its files into the folder `out`. Returns the document of `--json`, and
        the parts that a page shows."""
        values: dict[str, Any] = {}
        for name, one in self.command.declared().items():
            if name in self.outputs or given[name] is None or (given[name] is False and not one.default):
                continue
            if name in self.ticks:
                values[name] = out / self.ticks[name] if self.ticks[name] else bank()
            elif name == "files" and given["form"]:  # groups of candidates of one form of an exam
                values[name] = [
                    given.grouped(given.paths(name)[0], given["form"], given["group"], given.path("people"))
                ]
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
        if "files" in document:
            document["files"] = [Path(path).name for path in document["files"]]
        return document, [*done.shown, *(ReportedLine(line) for line in given.told)]


class CutKind(Kind):
    """A method of setting a cut; all methods belong to one command."""

    @cached_property
    def command(self) -> type[Command]:
        """The class of the method, with its declared options."""
        return METHODS[self.name]


def _cut(name: str, title: Message, about: Message, needs: Message, **ticks: str) -> Kind:
    """A way to set a cut."""
    return CutKind(
        name,
        None,
        title,
        about,
        needs,
        "analyse cut",
        ticks={"out": CUT, **ticks},
        scored="exam",
        base=CutForm,
    )


KINDS = {
    one.name: one
    for one in (
        Kind(
            "equate",
            tell("Are two forms, or two administrations, on one scale?"),
            tell("Equate two forms"),
            tell("Convert scores of one form to another (observed-score equating)."),
            tell("Two scored forms that share items or were taken by comparable groups of candidates."),
            "analyse equate",
            {"out": SCALED},
            scored="x",
            base=EquatingForm,
        ),
        Kind(
            "link",
            tell("Have items become easier or harder since?"),
            tell("Link two scales"),
            tell(
                "The ability scale of one calibration carried to that of another through the items in common."
            ),
            tell("Two exams whose answers were analysed, or tables of parameters of both."),
            "analyse link",
            {"out": "items.csv", "scaled": SCALED},
            scored="new",
            matrices=("old", "new"),
        ),
        Kind(
            "decisions",
            tell("How sure are pass and fail?"),
            tell("How sure decisions are"),
            tell("Estimate how consistent and how accurate pass/fail decisions are."),
            tell("An exam that was scored."),
            "analyse decisions",
            base=OfExamOrFiles,
        ),
        Kind(
            "copying",
            tell("Which answers look copied?"),
            tell("Answers alike beyond chance"),
            tell(
                "List pairs of candidates with improbably many answers in common (a signal, not a verdict)."
            ),
            tell("An exam that was scored; with rooms in its list of candidates, each room by itself."),
            "analyse copying",
            {"out": "pairs.csv"},
            is_secret=True,
            base=OfExamOrFiles,
        ),
        Kind(
            "dif",
            tell("Do items work alike for different groups (DIF)?"),
            tell("Differential item functioning"),
            tell(
                "Items that are harder for one group than for candidates of another with the same score: "
                "Mantel–Haenszel, logistic regression or SIBTEST."
            ),
            tell(
                "An exam that was scored and analysed, and the group of each candidate: the room, the centre "
                "or the organisation from the list of candidates, or a file with their numbers and, say, "
                "sex; or a file of responses with a column of groups. By the rule of thumb 100 or more in "
                "each group."
            ),
            "analyse dif",
            {"out": "items.csv"},
            base=DifForm,
        ),
        _cut(
            "angoff",
            tell("Cut by Angoff"),
            tell(
                "Angoff: how many of 100 minimally competent people judges expect to answer each item "
                "rightly, summed up."
            ),
            tell(
                "Ratings of all scored items of an exam: a round on the site, or a file with the columns "
                "judge, item and rating."
            ),
            bank="",
        ),
        _cut(
            "ebel",
            tell("Cut by Ebel"),
            tell(
                "Ebel: items in a grid of difficulty and relevance, and the share of each cell that judges "
                "expect."
            ),
            tell("Two files: where items stand in the grid, and the shares."),
        ),
        _cut(
            "bookmark",
            tell("Cut by bookmark"),
            tell("Bookmark: the first item, from easy to hard, that a borderline candidate does not master."),
            tell("A file of bookmarks, and parameters of the items."),
        ),
        _cut(
            "borderline",
            tell("Cut by the borderline group"),
            tell("Borderline group: the median score of those whom judges hold to be on the border."),
            tell("A file of candidates whom judges know, and their scores."),
        ),
        _cut(
            "contrasting",
            tell("Cut by contrasting groups"),
            tell(
                "Contrasting groups: the lowest score at which a candidate is more likely to be judged "
                "competent than not."
            ),
            tell("A file of candidates whom judges know, and their scores."),
        ),
        _cut(
            "regression",
            tell("Cut by borderline regression"),
            tell("Borderline regression: the score that a line through grades and scores has at the border."),
            tell("A file of graded candidates, and their scores."),
        ),
        _cut(
            "hofstee",
            tell("Cut by Hofstee"),
            tell("Hofstee: where the share who fail crosses what judges hold bearable."),
            tell("A file of the limits of judges, and the scores of candidates."),
        ),
    )
}
"""The kinds of analyses by name, in the order of the list."""
