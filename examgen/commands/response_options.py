"""What commands are told of a file of responses: seven options, said once and given to each as one value."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, get_type_hints

import typer

if TYPE_CHECKING:
    from examgen.analyses.options import ResponseSource

ResponseFiles = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        help="Responses: CSV, CSV.GZ, XLSX or Parquet; a row a candidate, a column an item. Several are "
        "pooled through common items.",
    ),
]
RunOfExam = Annotated[
    str | None,
    typer.Option(
        "--run",
        metavar="RUN",
        help="Of an exam: a scored run by its number; else the released one, or the newest.",
    ),
]
Codes = list[str] | None


class ResponseOptions(NamedTuple):
    """What the user says of response files."""

    key: Annotated[
        Path | None, typer.Option(metavar="KEY.csv", help="Columns `item` and `key`: the cells are options.")
    ] = None
    control: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An item control file as Iteman's, in place of a key.")
    ] = None
    exclude: Annotated[
        Codes, typer.Option(metavar="COL,…", help="Columns that are not items.", show_default=False)
    ] = None
    omitted: Annotated[Codes, typer.Option(metavar="CODE,…", help="Cells of omitted items.")] = None
    not_reached: Annotated[Codes, typer.Option(metavar="CODE,…", help="Cells of items not reached.")] = None
    not_administered: Annotated[
        Codes, typer.Option(metavar="CODE,…", help="Cells of items not administered.")
    ] = None
    blank: Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            help="What a blank is: omitted (with a key, where left out: wrong), not_reached or "
            "not_administered.",
        ),
    ] = None

    def of(self, files: list[Path], out: Path | None, *others: Path | None) -> ResponseSource:
        """Those files, read as the user says; WrongUsage where `out` is one of them, or of the others."""
        from pydantic import ValidationError

        from examgen.analyses.options import ResponseOptions as Declared
        from examgen.core.options import wrong_usage

        given = {name: value for name, value in self._asdict().items() if value is not None}
        try:
            return Declared.model_validate(given).of(files, out, *others)
        except ValidationError as error:
            raise wrong_usage(Declared, error) from None


def with_response_options(command: Callable[..., None]) -> Callable[..., None]:
    """The command with an option for each field of `ResponseOptions`, in place of its parameter `said`."""
    fields = get_type_hints(ResponseOptions, include_extras=True)
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in fields.items()
    ]
    signature = inspect.signature(command, eval_str=True)
    own = list(signature.parameters.values())
    at = [one.name for one in own].index("said")

    @wraps(command)
    def told(**values: Any) -> None:
        command(said=ResponseOptions(**{name: values.pop(name) for name in fields}), **values)

    told.__signature__ = signature.replace(parameters=[*own[:at], *options, *own[at + 1 :]])  # type: ignore[attr-defined]
    return told
