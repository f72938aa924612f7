"""What is asked of a scoring beside the answers. Light to load."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator

from examgen.core.options import Option, Options, Processes, split
from examgen.core.words import tell

OMISSIBLE = ("corrections", "decisions", "roster", "scaled", "cut", "answers", "candidates")
"""What may be left out on purpose."""
ON_ROW = "decisions:"
"""Before the file and line of a row, or the file alone, whose decisions are left out on purpose."""


def _named(value: Any) -> Any:
    """What is left out is named: a comma alone names nothing."""
    if value and not split(value):
        return [*value] if isinstance(value, tuple) else [value]
    return split(value)


def _omissible(names: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := [
        name for name in names if name not in OMISSIBLE and name.removeprefix(ON_ROW) in (name, "")
    ]:
        raise ValueError(
            tell(
                "{unknown} is not known: write one or more of {kinds}",
                unknown=", ".join(unknown),
                kinds=",".join(OMISSIBLE),
            )
        )
    return tuple(dict.fromkeys(names))


Format = Literal["long", "parquet", "xlsx"]


class ScoringOptions(Options):
    """What a user asks of a scoring beside the answers."""

    corrections: Annotated[
        Path | None,
        Option(tell("Corrections of the key (YAML): the score is a new run."), metavar="FILE"),
    ] = None
    roster: Annotated[
        Path | None,
        Option(tell("Who was registered, where, and who came: makes the ledger."), metavar="FILE"),
    ] = None
    identities: Annotated[
        tuple[Path, ...],
        Option(tell("Decisions on rows: this row is that candidate, this form."), metavar="FILE"),
    ] = ()
    marks: Annotated[
        tuple[Path, ...],
        Option(tell("Decisions on marks: this row's question 12 is C."), metavar="FILE"),
    ] = ()
    scaled: Annotated[
        Path | None,
        Option(
            tell("Points to scaled scores (YAML), as an equating gave them; in place of the blueprint's."),
            metavar="FILE",
        ),
    ] = None
    cut: Annotated[
        Path | None,
        Option(
            tell(
                "Cut scores of the forms (YAML), as `analyse cut` wrote them; in place of all that the pass "
                "rule asks of the total."
            ),
            metavar="FILE",
        ),
    ] = None
    without: Annotated[
        tuple[str, ...],
        BeforeValidator(_named),
        AfterValidator(_omissible),
        Option(
            tell(
                "Leave out on purpose what the newest run had, each by its name: corrections, decisions, "
                "roster, scaled, cut, answers, candidates (roster,candidates for two); decisions:a.csv:12 "
                "for those on one row."
            ),
            metavar="NAMES",
        ),
    ] = ()
    formats: Annotated[
        tuple[Format, ...],
        AfterValidator(lambda names: tuple(dict.fromkeys(names))),
        Option(
            tell("The results in another form too: long, parquet, xlsx (again for each)."),
            metavar="NAME",
            name="--format",
        ),
    ] = ()
    """Others than CSV, which is written in any case."""
    elements: Annotated[bool, Option(tell("Also element_results.csv: by element and by unit."))] = False
    signals: Annotated[
        bool | None,
        Option(tell("Look for integrity signals; left out: up to 64 MB."), negative="--no-signals"),
    ] = None
    strict: Annotated[bool, Option(tell("Refuse if any row must be set aside."))] = False
    encoding: Annotated[
        str | None,
        Option(tell("utf-8, utf-16 or cp874, where it cannot be told."), metavar="NAME", is_rare=True),
    ] = None
    delimiter: Annotated[
        str | None,
        Option(tell("comma, semicolon, tab or pipe, where it cannot be told."), metavar="NAME", is_rare=True),
    ] = None
    sheet: Annotated[
        str | None, Option(tell("The sheet of a workbook that has several."), metavar="NAME", is_rare=True)
    ] = None
    columns: Annotated[
        Path | None,
        Option(
            tell("Which column is what (YAML), where the headings cannot be understood."),
            metavar="FILE",
            is_rare=True,
        ),
    ] = None
    unreadable: Annotated[
        Literal["aside", "score"] | None,
        Option(
            tell(
                "Rows of which most marks are not understood: aside or score; left out, a file with many "
                "of them is refused."
            ),
            metavar="HOW",
            is_rare=True,
        ),
    ] = None
    unlisted: Annotated[
        Literal["aside", "score"] | None,
        Option(
            tell("Rows of candidates who are on no list, where one is known: aside (if left out) or score."),
            metavar="HOW",
            is_rare=True,
        ),
    ] = None
    processes: Processes = None
    careful: bool = False
    """Whether every row is read by the careful path, which gives the same results."""
    told_from: Path | None = None
    """The audit names files that lie below this folder from there."""

    @property
    def reading(self) -> tuple[str | None, str | None, str | None]:
        """The encoding, the delimiter and the sheet, where the content proves nothing."""
        return self.encoding, self.delimiter, self.sheet
