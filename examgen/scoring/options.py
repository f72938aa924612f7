"""What is asked of a scoring beside the answers. Light to load."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator

from examgen.core.options import Option, Options, Processes, setting, split
from examgen.core.words import tell

OMISSIBLE = {
    "corrections": tell("corrections of the key"),
    "decisions": tell("decisions on rows and marks"),
    "roster": tell("the roster, or candidates on it"),
    "scaled": tell("the conversion to scaled scores"),
    "cut": tell("cut scores from a file"),
    "answers": tell("answer files"),
    "candidates": tell("candidates who were scored"),
}
"""What may be left out on purpose, with its name for display."""


def _named(value: Any) -> Any:
    """What is left out is named: a comma alone names nothing."""
    if value and not split(value):
        return [*value] if isinstance(value, tuple) else [value]
    return split(value)


def _omissible(names: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := [name for name in names if name not in OMISSIBLE]:
        raise ValueError(
            tell(
                "{unknown} is not known. Write one or more of {kinds}",
                unknown=", ".join(unknown),
                kinds=",".join(OMISSIBLE),
            )
        )
    return tuple(dict.fromkeys(names))


Format = Literal["parquet", "xlsx"]
FileKind = Literal[
    "answers", "scan", "pages", "gallery", "roster", "identities", "marks", "corrections", "cut", "scaled",
    "columns", "methods", "plan", "ratings", "moderation", "returns",
]  # fmt: skip
"""The kinds of files that are added to a sitting: `pages` are scans that are still to be read, `gallery` is
what a gallery saved.
"""


Unreadable = Annotated[
    Literal["aside", "score"] | None,
    Option(
        tell(
            "Rows with mostly unreadable marks: aside or score (default: a file with many "
            "such rows is refused)."
        ),
        label=tell("Rows with mostly unreadable marks"),
        hint="",
        values=(
            ("", tell("set aside; a file with many of them is refused")),
            ("aside", tell("set aside, however many there are")),
            ("score", tell("scored as they are")),
        ),
        metavar="HOW",
        is_rare=True,
    ),
]
"""What happens to rows that cannot be understood."""


class ScoringOptions(Options):
    """What a user asks of a scoring beside the answers."""

    corrections: Path | None = setting(
        "Corrections of the key (YAML). The scores are saved as a new run.",
        None,
        label=tell("Corrections of the key"),
        metavar="FILE",
    )
    roster: Path | None = setting(
        "Registered candidates, their rooms and attendance. Adds the attendance check to the run.",
        None,
        label=tell("Who came"),
        metavar="FILE",
    )
    identities: tuple[Path, ...] = setting(
        "Decisions on rows: the candidate and form of a row.",
        (),
        label=tell("Rows set aside"),
        metavar="FILE",
    )
    marks: tuple[Path, ...] = setting(
        "Decisions on marks: the answer that a question should have.",
        (),
        label=tell("The file that the gallery saved"),
        metavar="FILE",
    )
    moderation: tuple[Path, ...] = setting(
        "Decided points for tasks on which assessors were too far apart.", (), metavar="FILE"
    )
    scaled: Path | None = setting(
        "Conversion to scaled scores (YAML) from an equating. Replaces that of the blueprint.",
        None,
        label=tell("Cut and scale"),
        metavar="FILE",
    )
    cut: Path | None = setting(
        "Cut scores of the forms (YAML) from `analyse cut`. Replaces every rule on the "
        "total in the pass rule.",
        None,
        label=tell("Cut and scale"),
        metavar="FILE",
    )
    without: Annotated[tuple[str, ...], BeforeValidator(_named), AfterValidator(_omissible)] = setting(
        "Deliberately leave out input of the newest run, by name: corrections, "
        "decisions, roster, scaled, cut, answers, candidates (separate several by "
        "commas: roster,candidates).",
        (),
        label=tell("Deliberately leave out input that an earlier run used"),
        hint="",
        values=tuple(OMISSIBLE.items()),
        metavar="NAMES",
    )
    formats: Annotated[tuple[Format, ...], AfterValidator(lambda names: tuple(dict.fromkeys(names)))] = (
        setting(
            "Additional format of the results: parquet, xlsx (repeat for several).",
            (),
            label=tell("Results in other file formats, too"),
            hint=tell("CSV files are always written. The next scoring keeps your choice."),
            values=(
                ("xlsx", tell("an Excel workbook (XLSX)")),
                ("parquet", tell("Parquet, for statistics programs")),
            ),
            metavar="NAME",
            name="--format",
        )
    )
    """Formats other than CSV, which is always written."""
    elements: bool = setting(
        "Also write element_results.csv, with results by element and unit.",
        False,
        label=tell("Results by element and unit, too"),
        hint="",
    )
    signals: bool | None = setting(
        "Look for integrity signals (default: only if the files are at most 64 MB).",
        None,
        label=tell("Integrity signals"),
        hint="",
        values=(
            ("", tell("only in small files")),
            ("yes", tell("always")),
            ("no", tell("not at all")),
        ),
        negative="--no-signals",
    )
    strict: bool = setting(
        "Refuse to score if any row is set aside.",
        False,
        label=tell("Refuse to score if any row is set aside"),
        hint="",
    )
    encoding: str | None = setting(
        "utf-8, utf-16 or cp874 (default: detected).",
        None,
        label=tell("Encoding"),
        hint="",
        values=(
            ("", tell("detected")),
            ("utf-8", "UTF-8"),
            ("utf-16", "UTF-16"),
            ("cp874", "CP874 (TIS-620)"),
        ),
        metavar="NAME",
        is_rare=True,
    )
    delimiter: str | None = setting(
        "comma, semicolon, tab or pipe (default: detected).",
        None,
        label=tell("Delimiter"),
        hint="",
        values=(
            ("", tell("detected")),
            ("comma", tell("comma")),
            ("semicolon", tell("semicolon")),
            ("tab", tell("tab")),
            ("pipe", tell("pipe |")),
        ),
        metavar="NAME",
        is_rare=True,
    )
    sheet: str | None = setting(
        "Name of the sheet, if a workbook has several.",
        None,
        label=tell("Sheet of the workbook"),
        hint="",
        metavar="NAME",
        is_rare=True,
    )
    columns: Path | None = setting(
        "File that assigns columns (YAML), if the headings cannot be recognised.",
        None,
        label=tell("Match columns by hand"),
        metavar="FILE",
        is_rare=True,
    )
    unreadable: Unreadable = None
    unlisted: Literal["aside", "score"] | None = setting(
        "Rows of candidates who are on no list: aside (default) or score. Applies only if there is a list.",
        None,
        label=tell("Rows of candidates who are on no list"),
        hint="",
        values=(("", tell("set them aside")), ("score", tell("score them"))),
        metavar="HOW",
        is_rare=True,
    )
    processes: Processes = None
    with_paths_from: Path | None = None
    """The audit gives the paths of files below this folder relative to it."""
    first_holds: bool = False
    """Whether, of two files that decide differently on a row or a mark, the first one counts: the files of a
    sitting are in that order.
    """

    @property
    def reading(self) -> tuple[str | None, str | None, str | None]:
        """The encoding, the delimiter and the sheet to use if the content does not determine them."""
        return self.encoding, self.delimiter, self.sheet


READING_OPTIONS = ("encoding", "delimiter", "sheet", "unreadable", "unlisted")
"""Options that the site keeps of all answer files of a sitting, for every scoring of it."""
