"""What analyses are asked of files of responses. Light to load: the help on a command needs no more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, model_validator

from examgen.core.options import Names, Option, Options
from examgen.core.problems import WrongUsage
from examgen.core.words import tell


def _kind_of_blank(value: Any) -> Any:
    return value.replace("-", "_") if isinstance(value, str) else value


class ResponseOptions(Options):
    """What a user says of files of responses: the key, and cells that stand for a kind of nothing.

    A blank is an omitted item where there is a key (and counts as wrong), and else an item that was not
    administered.
    """

    key: Annotated[
        Path | None,
        Option(
            tell("Columns `item` and `key`: the cells are options."), label=tell("Key"), metavar="KEY.csv"
        ),
    ] = None
    control: Annotated[
        Path | None,
        Option(
            tell("An item control file as Iteman's, in place of a key."),
            label=tell("Item control file"),
            metavar="FILE",
        ),
    ] = None
    exclude: Annotated[
        Names, Option(tell("Columns that are not items."), label=tell("Left out"), metavar="COL,…")
    ] = ()
    omitted: Annotated[
        Names, Option(tell("Cells of omitted items."), label=tell("Omitted"), metavar="CODE,…")
    ] = ()
    not_reached: Annotated[
        Names, Option(tell("Cells of items not reached."), label=tell("Not reached"), metavar="CODE,…")
    ] = ()
    not_administered: Annotated[
        Names,
        Option(tell("Cells of items not administered."), label=tell("Not administered"), metavar="CODE,…"),
    ] = ()
    blank: Annotated[
        Literal["omitted", "not_reached", "not_administered"] | None,
        BeforeValidator(_kind_of_blank),
        Option(
            tell(
                "What a blank is: omitted (with a key, where left out: wrong), not_reached or "
                "not_administered."
            ),
            label=tell("Blanks"),
            metavar="KIND",
        ),
    ] = None

    @model_validator(mode="after")
    def _says_once_what_is_right(self) -> Self:
        if self.key is not None and self.control is not None:
            raise ValueError(tell("--key and --control both say what is right: give one of them"))
        return self

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

    @property
    def is_plain(self) -> bool:
        """Whether nothing is said of the files but their names."""
        return self == ResponseSource(files=self.files)


def may_write(path: Path | None, source: ResponseSource, *others: Path | None) -> None:
    """Raises WrongUsage where a file to be written is one of those that are read."""
    read = [*source.files, source.key, source.control, *others]
    if path is not None and any(one is not None and one.resolve() == path.resolve() for one in read):
        raise WrongUsage(tell("{path} is read here: name another file to write to", path=path))


def listed(values: Sequence[str] | None) -> tuple[str, ...]:
    """Names given one by one or with commas between."""
    return tuple(name.strip() for value in values or () for name in value.split(",") if name.strip())
