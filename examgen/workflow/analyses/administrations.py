"""An exam package and a scored run → what its candidates did with its items, as a matrix.

It starts from the responses that the run keeps: what is analysed is what was scored, whatever was set aside
is not a part of it, and no mark can mean two things.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.exam.names import RESULTS
from examgen.exam.package import read_package
from examgen.release_state import UNRELEASED, ReleaseState
from examgen.responses.matrix import Chosen
from examgen.workflow.analyses.administration_columns import Column, columns_of
from examgen.workflow.runs.compare import release_of, run_of

CHUNK = 8_192
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
    release: ReleaseState = UNRELEASED
    """Whether the run is what people are told."""
    file_cuts: Mapping[str, float] = {}
    """The cut of each form in points, where the run was decided by that of a file."""


def responses_of(folder: Path, run: str | None = None, *, results: Path | None = None) -> Administration:
    """What the candidates of a run did: of the released one, before any release the newest, where `run`, its
    number, is left out. `results` is the folder that `score --out` named.

    Raises Refused with every file of the run that is missing or is not as it was written, WrongUsage where
    the package has no such run.
    """
    from examgen.workflow.analyses.administration_filling import matrix_of
    from examgen.workflow.runs.read import KeyOfRun, check_files
    from examgen.workflow.scoring.inputs import scoring_rule_of

    place = results if results is not None else folder / RESULTS
    found, package = run_of(place, run), read_package(folder)
    check_files(found, package, "its answers are not read")
    of, rule = KeyOfRun(folder, found), scoring_rule_of(package.manifest)
    items = {printed.item.id: printed.item for form in package.exam.forms for printed in form.items}
    columns = columns_of(of.asked, of.key, items, rule.several if rule else "any")
    said = (found.audit.get("cut") or {}).get("forms") or {}
    cuts = {form: float(one["cut"]) for form, one in said.items()}
    return matrix_of(of, columns)._replace(release=release_of(place, found), file_cuts=cuts)
