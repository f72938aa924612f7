"""An exam package and a scored run → what its candidates did with its items, as a matrix.

The answer files that the run's audit names are read again as they were scored: the same reading, decisions
on record, key after corrections, and candidates with several rows. So what is analysed is what was scored,
whatever was set aside is no part of it, and no mark can mean two things.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen import exam
from examgen.item_responses import MISSING_KINDS, Cells, Chosen
from examgen.problems import WrongUsage
from examgen.workflow.administration_columns import ODD, Column
from examgen.workflow.files import Progress, quiet

__all__ = ["ODD", "Administration", "Column", "forms_shares", "responses_of", "units_of"]

CHUNK = 32_768
"""Candidates looked at at a time."""


class Administration(NamedTuple):
    """What the candidates of a scored run did.

    `chosen` has a column for each of `columns`. An option stands under its id in the bank, whatever letter
    it was printed under; an item of another form is not administered; a blank after the candidate's last
    mark, in the order of their booklet, was not reached, any other was omitted. `form` and `room` (N,) are
    places in `forms`, those that booklets were drawn from, and in `rooms`.
    """

    name: str
    """The exam's id."""
    run: int
    fingerprint: str
    chosen: Chosen
    columns: tuple[Column, ...]
    forms: tuple[str, ...]
    form: NDArray[np.int32]
    rooms: tuple[str, ...]
    """Empty where a room is not known."""
    room: NDArray[np.int32]
    unit: int
    """Units of `Column.worth` that are a point."""
    floor_total: bool
    """Whether a total below 0 was told as 0."""


def responses_of(
    folder: Path,
    run: str | None = None,
    *,
    results: Path | None = None,
    answers: Sequence[Path] = (),
    said: tuple[str | None, str | None, str | None] = (None, None, None),
    processes: int | None = None,
    executor: Executor | None = None,
    progress: Progress = quiet,
) -> Administration:
    """What the candidates of a run did: of the newest one where `run`, its number, is left out.

    `results` is the folder that `score --out` named. Answer files are looked for where the audit says, below
    the package and beside it, and among `answers`, by content, whatever they are called there. `said` are
    encoding, delimiter and sheet, where the scoring was told them.

    Raises Refused where a file is missing or is not the one that was scored, each named; WrongUsage where
    the package has no such run.
    """
    from examgen.workflow.administration_reading import Source, read_again

    place = results if results is not None else folder / exam.RESULTS
    found = _run(place, run)
    source = Source(folder, found, tuple(answers), said)
    return read_again(source, processes, executor, progress)


def _run(results: Path, name: str | None) -> exam.Run:
    from examgen.exam.runs import read_run

    if name is None:
        newest = exam.newest_run(results)
        if newest is None:
            raise WrongUsage(f"{results} holds no scored run: score the answers first (examgen score)")
        return newest
    folder = exam.find_run(results, name)
    try:
        return read_run(int(folder.name) if folder.name.isdecimal() else 0, folder)
    except (ValueError, OSError) as error:
        raise WrongUsage(
            f"{folder} holds no audit.json that can be read: name a run by its number"
        ) from error


def units_of(found: Administration) -> NDArray[np.int64]:
    """(N,) what each candidate has in all, in parts of 1/`found.unit` of a point: the run's `score`."""
    worth = _by_place([[*(0,) * len(MISSING_KINDS), *one.worth] for one in found.columns])
    for row, one in zip(worth, found.columns, strict=True):
        row[1:3] = one.blank  # not reached and omitted; not administered earns nothing
    total = _summed(found.chosen.cells, worth)
    return np.maximum(total, 0) if found.floor_total else total


def _by_place(rows: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    found = np.zeros((len(rows), max(map(len, rows), default=0)), dtype=np.int64)
    for n, row in enumerate(rows):
        found[n, : len(row)] = row
    return found


def _summed(cells: Cells, worth: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N,) sums over items of what each cell earns; place 0 of `worth` is that of cells of −3."""
    total = np.zeros(len(cells), dtype=np.int64)
    first = np.arange(worth.shape[0]) * worth.shape[1] + len(MISSING_KINDS)
    for start in range(0, len(cells), CHUNK):
        part = slice(start, start + CHUNK)
        total[part] = worth.ravel().take(cells[part] + first).sum(axis=1)
    return total


def forms_shares(found: Administration) -> dict[str, int]:
    """Candidates of each form."""
    counts = np.bincount(found.form, minlength=len(found.forms)).tolist()
    return dict(zip(found.forms, counts, strict=True))
