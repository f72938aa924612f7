"""What is asked of a scoring beside the answers. Light to load."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator

from examgen.core.options import Option, Options, Processes, split
from examgen.core.words import tell

OMISSIBLE = {
    "corrections": tell("corrections of the key"),
    "decisions": tell("decisions on rows"),
    "roster": tell("the roster, or people on it"),
    "scaled": tell("the conversion to scaled scores"),
    "cut": tell("cut scores of a file"),
    "answers": tell("answer files"),
    "candidates": tell("candidates who were scored"),
}
"""What may be left out on purpose, and what it is called."""
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
FileKind = Literal[
    "answers", "scan", "pages", "gallery", "roster", "identities", "marks", "corrections", "cut", "scaled",
    "columns", "methods", "plan", "ratings", "moderation", "returns",
]  # fmt: skip
"""What is given to a sitting: `pages` are scans that are still to be read, `gallery` is what one saved."""


class ScoringOptions(Options):
    """What a user asks of a scoring beside the answers."""

    corrections: Annotated[
        Path | None,
        Option(
            tell("Corrections of the key (YAML): the score is a new run."),
            label=tell("Corrections of the key"),
            metavar="FILE",
        ),
    ] = None
    roster: Annotated[
        Path | None,
        Option(
            tell("Who was registered, where, and who came: makes the ledger."),
            label=tell("Who came"),
            metavar="FILE",
        ),
    ] = None
    identities: Annotated[
        tuple[Path, ...],
        Option(
            tell("Decisions on rows: this row is that candidate, this form."),
            label=tell("Rows set aside"),
            metavar="FILE",
        ),
    ] = ()
    marks: Annotated[
        tuple[Path, ...],
        Option(
            tell("Decisions on marks: this row's question 12 is C."),
            label=tell("The file that the gallery saved"),
            metavar="FILE",
        ),
    ] = ()
    moderation: Annotated[
        tuple[Path, ...],
        Option(
            tell("Points on which assessors were far apart, as somebody decided them."),
            metavar="FILE",
        ),
    ] = ()
    scaled: Annotated[
        Path | None,
        Option(
            tell("Points to scaled scores (YAML), as an equating gave them; in place of the blueprint's."),
            label=tell("Cut and scale"),
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
            label=tell("Cut and scale"),
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
            label=tell("Deliberately leave out something that an earlier run used"),
            hint="",
            values=tuple(OMISSIBLE.items()),
            metavar="NAMES",
        ),
    ] = ()
    formats: Annotated[
        tuple[Format, ...],
        AfterValidator(lambda names: tuple(dict.fromkeys(names))),
        Option(
            tell("The results in another form too: long, parquet, xlsx (again for each)."),
            label=tell("Results in other kinds of files, too"),
            hint=tell("CSV is written in any case. The next scoring keeps what is chosen here."),
            values=(
                ("xlsx", tell("a workbook (XLSX)")),
                ("long", tell("a long table: a line for each judgement (CSV)")),
                ("parquet", tell("Parquet, for programs of statistics")),
            ),
            metavar="NAME",
            name="--format",
        ),
    ] = ()
    """Others than CSV, which is written in any case."""
    elements: Annotated[
        bool,
        Option(
            tell("Also element_results.csv: by element and by unit."),
            label=tell("Results by element and by unit, too"),
            hint="",
        ),
    ] = False
    signals: Annotated[
        bool | None,
        Option(
            tell("Look for integrity signals; left out: up to 64 MB."),
            label=tell("Integrity signals"),
            hint="",
            values=(
                ("", tell("looked for where the files are small")),
                ("yes", tell("looked for in any case")),
                ("no", tell("not looked for")),
            ),
            negative="--no-signals",
        ),
    ] = None
    strict: Annotated[
        bool,
        Option(
            tell("Refuse if any row must be set aside."),
            label=tell("Refuse the scoring if any row must be set aside"),
            hint="",
        ),
    ] = False
    encoding: Annotated[
        str | None,
        Option(
            tell("utf-8, utf-16 or cp874, where it cannot be told."),
            label=tell("Encoding"),
            hint="",
            values=(
                ("", tell("as the files show")),
                ("utf-8", "UTF-8"),
                ("utf-16", "UTF-16"),
                ("cp874", "CP874 (TIS-620)"),
            ),
            metavar="NAME",
            is_rare=True,
        ),
    ] = None
    delimiter: Annotated[
        str | None,
        Option(
            tell("comma, semicolon, tab or pipe, where it cannot be told."),
            label=tell("Delimiter"),
            hint="",
            values=(
                ("", tell("as the files show")),
                ("comma", tell("comma")),
                ("semicolon", tell("semicolon")),
                ("tab", tell("tab")),
                ("pipe", tell("bar |")),
            ),
            metavar="NAME",
            is_rare=True,
        ),
    ] = None
    sheet: Annotated[
        str | None,
        Option(
            tell("The sheet of a workbook that has several."),
            label=tell("Sheet of a workbook"),
            hint="",
            metavar="NAME",
            is_rare=True,
        ),
    ] = None
    columns: Annotated[
        Path | None,
        Option(
            tell("Which column is what (YAML), where the headings cannot be understood."),
            label=tell("Match columns by hand"),
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
            label=tell("Rows of which most marks are not understood"),
            hint="",
            values=(
                ("", tell("are set aside; a file with many is refused")),
                ("aside", tell("are set aside, however many")),
                ("score", tell("are scored as they stand")),
            ),
            metavar="HOW",
            is_rare=True,
        ),
    ] = None
    unlisted: Annotated[
        Literal["aside", "score"] | None,
        Option(
            tell("Rows of candidates who are on no list, where one is known: aside (if left out) or score."),
            label=tell("Rows of ids that are on no list"),
            hint="",
            values=(("", tell("are set aside")), ("score", tell("are scored"))),
            metavar="HOW",
            is_rare=True,
        ),
    ] = None
    processes: Processes = None
    careful: bool = False
    """Whether every row is read by the careful path, which gives the same results."""
    with_paths_from: Path | None = None
    """The audit names files that lie below this folder from there."""
    first_holds: bool = False
    """Whether of two files that decide otherwise on a row or a mark the first holds: those of a sitting stand
    in that order."""

    @property
    def reading(self) -> tuple[str | None, str | None, str | None]:
        """The encoding, the delimiter and the sheet, where the content proves nothing."""
        return self.encoding, self.delimiter, self.sheet


READING_OPTIONS = ("encoding", "delimiter", "sheet", "unreadable", "unlisted")
"""Options that the site keeps of all answer files of a sitting, for every scoring of it."""
