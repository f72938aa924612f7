"""A scored run → the responses of its candidates, as every verb of `examgen.stats` takes them."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from examgen.analyses.administrations import exam_and_run, responses_of
from examgen.core.responses.matrix import Chosen, with_columns
from examgen.stats.response_data import Responses


def read_run(folder: str | Path) -> Responses:
    """The responses of a run: who was right in which item.

    Parameters
    ----------
    folder : path
        An exam package, of which the released run is read, before any release the newest; or the folder of a
        run, as `score(…).folder` names it.

    Returns
    -------
    Responses
        Items that count, by their ids: 1 right, 0 wrong or omitted; missing where an item was not given or
        not reached. `choices` has the options; `others` the `form` and, where rooms are known, the `room`.

    Raises
    ------
    Refused
        If a file of the run is missing or is not as it was written.
    WrongUsage
        For a folder that is neither a package nor a run.
    """
    found = responses_of(*exam_and_run(Path(folder), None))
    counted = [j for j, column in enumerate(found.columns) if column.standing == "scored"]
    chosen = Chosen(
        tuple(str(one) for one in found.chosen.candidates),
        tuple(found.chosen.items[j] for j in counted),
        with_columns(found.chosen.cells, counted),
        tuple(found.chosen.options[j] for j in counted),
        tuple(found.chosen.keys[j] for j in counted),
    )
    others = {"form": [found.forms[n] for n in found.form.tolist()]}
    if found.rooms:
        others["room"] = [found.rooms[n] or None for n in found.room.tolist()]
    left_out = [name for j, name in enumerate(found.chosen.items) if j not in set(counted)]
    notes = (f"left out, as they do not count: {', '.join(left_out)}",) if left_out else ()
    scored = chosen.scored()
    return Responses(chosen.candidates, scored.items, scored.cells, chosen, pl.DataFrame(others), notes)
