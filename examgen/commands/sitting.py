"""`examgen take`: what people bring to a sitting."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self, get_args

from pydantic import model_validator

from examgen.analyses.reported.parts import Parts, ReportedLine, ReportedTable
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import ExamDir
from examgen.core.exam.names import MANIFEST, SITTING
from examgen.core.options import Argument, Option
from examgen.core.problems import Exit, WrongUsage
from examgen.core.words import joined, tell, tell_n
from examgen.scoring.options import FileKind

if TYPE_CHECKING:
    from examgen.scoring.sitting_record import SittingAct
    from examgen.sitting.scans import Read
    from examgen.sitting.taking import Taken

with on_use():
    from examgen.scoring import sitting_folder, sitting_record
    from examgen.sitting import taking

By = Annotated[
    str, Option(tell("Who brings it; left out: the user of this machine."), metavar="NAME", name="--by")
]


class Take(Command):
    """Files and folders into the record of a sitting, or out of it again; without any, what it has."""

    details = tell(
        "Each is told apart by its content: answers, scans, the folder of a scan, decisions, a roster, "
        "corrections of the key, cut scores, a conversion, columns. `examgen score EXAM_DIR` then scores all "
        "that is there."
    )

    exam_dir: ExamDir
    given: Annotated[
        tuple[Path, ...], Argument(tell("Files and folders that are given."), metavar="FILE|FOLDER...")
    ] = ()
    by: By = ""
    reason: Annotated[str, Option(tell("Why something is replaced or taken back."), metavar="WHY")] = ""
    replace: Annotated[
        bool, Option(tell("Answers of a name that is there take the place of those before."))
    ] = False
    back: Annotated[
        tuple[str, ...],
        Option(tell("Take this back out, by its name in the sitting (again for each)."), metavar="NAME"),
    ] = ()
    kind: Annotated[
        FileKind | None,
        Option(
            tell(
                "What all of them are, where the content does not tell: {kinds}.",
                kinds=", ".join(get_args(FileKind)),
            ),
            metavar="KIND",
            name="--as",
            is_rare=True,
        ),
    ] = None

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if (self.back or self.replace) and not self.reason.strip():
            raise ValueError(tell("say why with --reason: it stays on record"))
        if self.back and self.given:
            raise ValueError(tell("take things back first, then give others: one of the two at a time"))
        return self

    def execute(self, progress: Progress) -> Outcome:
        """Take, take back, or show."""
        if not (self.exam_dir / MANIFEST).is_file():
            raise WrongUsage(
                tell(
                    "{exam_dir} is no exam package: name the folder that `examgen build` wrote",
                    exam_dir=self.exam_dir,
                )
            )
        place = sitting_folder.sitting_of(self.exam_dir)
        if self.back:
            acts = taking.take_back(place, self.back, self.by or user_name(), self.reason)
            return Outcome({"acts": [one._asdict() for one in acts]}, _taken_back(acts))
        if self.given:
            found = [taking.understood(place, path, self.kind) for path in self.given]
            taken = taking.take(place, found, self.by or user_name(), self.reason, self.replace, progress)
            needs_attention = any(one.read is not None and one.read.needs_attention for one in taken)
            return Outcome(
                {"taken": [_document(one) for one in taken]},
                of_taken(taken, self.exam_dir),
                Exit.SET_ASIDE if needs_attention else Exit.DONE,
            )
        acts = list(sitting_record.files_held(place.acts()).values())
        return Outcome({"files": [one._asdict() for one in acts]}, _there(acts))


def user_name() -> str:
    """Who works on this machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without an entry for the user
        return "?"


def _document(one: Taken) -> dict[str, Any]:
    return {
        "given": str(one.given.path),
        "kind": one.given.kind,
        "act": one.act,
        "file": one.file,
        "n": one.n,
        **({} if one.read is None else {"read": one.read._replace(passed=())._asdict()}),
    }


def of_taken(taken: Sequence[Taken], exam_dir: Path) -> Parts:
    """What became of each file that was given."""
    for one in taken:
        words = {"name": one.given.name, "kind": taking.KIND_WORDS[one.given.kind], "file": one.file}
        if one.act == "known":
            yield ReportedLine(tell("{name}: {kind}; it was here before", **words), "cyan")
        elif one.act == "replaced":
            yield ReportedLine(tell("{name}: {kind}, in place of what was here ({file})", **words))
        else:
            yield ReportedLine(tell("{name}: {kind}, taken ({file})", **words))
        if one.n is not None:
            yield ReportedLine(_counted(one.given.kind, one.n))
        if one.read is not None:
            yield from _read(one.read, exam_dir)


def _read(read: Read, exam_dir: Path) -> Parts:
    """What was read of scans, and where to decide on what is in doubt."""
    style = "yellow" if read.needs_attention else ""
    for said in read.said():
        yield ReportedLine(joined(["  ", said], ""), style)
    for said in read.passed:
        yield ReportedLine(joined(["    ", said], ""), "yellow")
    if read.doubts:
        folder = exam_dir / SITTING / sitting_folder.SCANS / str(read.number)
        yield ReportedLine(
            tell(
                "  decide on them in {gallery}, then give what it saves: examgen take {exam_dir} FILE",
                gallery=folder / "gallery.html",
                exam_dir=exam_dir,
            ),
            "yellow",
        )


def _counted(kind: str, n: int) -> str:
    if kind == "roster":
        return tell_n("  {n:,} candidate", "  {n:,} candidates", n)
    if kind == "methods":
        return tell_n("  {n:,} result", "  {n:,} results", n)
    return tell_n("  {n:,} decision is new", "  {n:,} decisions are new", n)


def _taken_back(acts: Sequence[SittingAct]) -> Parts:
    for one in acts:
        yield ReportedLine(
            tell("{file} was taken back; it is kept as {earlier}", file=one.file, earlier=one.earlier)
        )


def _there(acts: Sequence[SittingAct]) -> Parts:
    if not acts:
        yield ReportedLine(tell("nothing has been given to this sitting yet"))
        return
    heads = [tell("file"), tell("what it is"), tell("given by"), tell("when")]
    rows = [(one.file, taking.KIND_WORDS[one.kind], one.by, one.time) for one in acts]
    yield ReportedTable(tell("What was given"), heads, rows)
