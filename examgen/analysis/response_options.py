"""What analyses are asked of files of responses. Light to load: the help on a command needs no more."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator

from examgen.core.options import Names, Option, Options
from examgen.core.problems import WrongUsage
from examgen.core.words import tell

MODELS = (("rasch", tell("Rasch")), ("1pl", tell("1PL")), ("2pl", tell("2PL")), ("3pl", tell("3PL")))
"""What people call the models of right and wrong."""


class ResponseOptions(Options):
    """What a user says of files of responses: the key, and cells that stand for a kind of nothing.

    A blank is an omitted item where there is a key (and counts as wrong), and else an item that was not
    administered.
    """

    key: Annotated[
        Path | None,
        Option(
            tell("File with columns `item` and `key`, if the cells are options."),
            label=tell("Key"),
            metavar="KEY.csv",
        ),
    ] = None
    exclude: Annotated[
        Names, Option(tell("Columns that are not items."), label=tell("Excluded columns"), metavar="COL,…")
    ] = ()
    omitted: Annotated[
        Names, Option(tell("Code of omitted items in the cells."), label=tell("Omitted"), metavar="CODE,…")
    ] = ()
    not_reached: Annotated[
        Names,
        Option(tell("Code of items not reached in the cells."), label=tell("Not reached"), metavar="CODE,…"),
    ] = ()
    not_administered: Annotated[
        Names,
        Option(
            tell("Code of items not administered in the cells."),
            label=tell("Not administered"),
            metavar="CODE,…",
        ),
    ] = ()
    blank: Annotated[
        Literal["omitted", "not_reached", "not_administered"] | None,
        BeforeValidator(lambda value: value.replace("-", "_") if isinstance(value, str) else value),
        Option(
            tell(
                "Meaning of blank cells: omitted, not_reached or not_administered (default with "
                "a key: wrong)."
            ),
            label=tell("Blanks"),
            hint=tell("Meaning of a blank cell."),
            values=(
                ("", tell("omitted if there is a key, otherwise not administered")),
                ("omitted", tell("omitted")),
                ("not_reached", tell("not reached")),
                ("not_administered", tell("not administered")),
            ),
            metavar="KIND",
        ),
    ] = None

    @property
    def says_nothing(self) -> bool:
        """Whether nothing is said of the files."""
        return all(getattr(self, name) in (None, ()) for name in ResponseOptions.model_fields)

    def of(self, files: Iterable[Path], out: Path | None = None, *others: Path | None) -> ResponseSource:
        """Those files with what is said here; WrongUsage where `out` is one of them, or of the others."""
        said = {name: getattr(self, name) for name in ResponseOptions.model_fields}
        source = ResponseSource(files=tuple(files), **said)
        may_write(out, source, *others)
        return source


class ResponseSource(ResponseOptions):
    """Files of responses, and what is said of them: scores, or options where a key is given."""

    files: tuple[Path, ...]
    """Several are pooled through the items that they have in common by name."""


def may_write(path: Path | None, source: ResponseSource, *others: Path | None) -> None:
    """Raises WrongUsage where a file to be written is one of those that are read."""
    read = [*source.files, source.key, *others]
    if path is not None and any(one is not None and one.resolve() == path.resolve() for one in read):
        raise WrongUsage(tell("{path} is an input file. Choose another file to write to", path=path))
