"""A scored run → the same under codes in place of people; who is behind them stands in `codes/`."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from examgen.problems import Problem, Refused
from examgen.storage import csv_bytes, read_input, write_file
from examgen.workflow.scored_runs import name_of

if TYPE_CHECKING:
    import polars as pl

    from examgen.scored_run import ScoredRun

_FOLDER = "codes"
_SECRET_BYTES = 32


class Hidden(NamedTuple):
    """Who is behind the codes: the file that says so, and the same as a table."""

    path: Path
    table: pl.DataFrame


def hidden_run(folder: Path, run: ScoredRun) -> tuple[ScoredRun, Hidden]:
    """The run under codes; a table of another run is never overwritten."""
    from examgen.reports.pseudonyms import pseudonymous

    place = folder / _FOLDER
    place.mkdir(mode=0o700, exist_ok=True)
    place.chmod(0o700)
    hidden, table = pseudonymous(run, _secret(place / "secret"))
    path, data = place / f"{name_of(folder, run)}-codes.csv", csv_bytes(table)
    if path.is_file() and read_input(path) != data:
        # the package was scored anew after its results were taken away
        path = place / f"run-{run.run:04d}-{run.fingerprint}-codes.csv"
    write_file(path, data)
    return hidden, Hidden(path, table)


def _secret(path: Path) -> bytes:
    """What the codes of a package are made from: made once, by whoever asks first."""
    with suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "wb") as file:
            file.write(secrets.token_bytes(_SECRET_BYTES))
    found = read_input(path)
    if len(found) != _SECRET_BYTES:
        message = f"has {len(found)} bytes, not {_SECRET_BYTES}: restore it, or all codes change"
        raise Refused(f"{path} {message}", [Problem(str(path), "secret-damaged", message)])
    return found
