"""A sheet → one-hot CSV: a column for each option of each item, 1 where it was chosen."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from examgen.core.responses.matrix import NOT_ADMINISTERED, NOT_REACHED, OMITTED
from examgen.interchange.responses.sheet import ResponseSheet

_SPECIAL = {"omitted": OMITTED, "not_reached": NOT_REACHED}


def columns(sheet: ResponseSheet) -> Iterator[tuple[str, list[str]]]:
    """Columns by name, `candidate_id` and `form` first; a cell is empty where the item was not on the
    candidate's form.

    An item has a column for each of its own options, for each set of letters that was marked, for marks that
    are none of these (`ITEM_invalid`), and for what was left blank (`ITEM_omitted`, `ITEM_not_reached`): of
    these the row has 1 exactly once.
    """
    yield "candidate_id", list(sheet.candidates)
    yield "form", list(sheet.forms)
    for n, item in enumerate(sheet.items):
        cells = sheet.cells[:, n]
        asked = cells != NOT_ADMINISTERED
        named: dict[str, list[int]] = {}  # the places of each name; all that cannot be right are one
        for place, option in enumerate(item.options):
            name = "invalid" if option.startswith("*") else option.rstrip("*").replace("|", "+")
            named.setdefault(name, []).append(place)
        for name, places in named.items():
            yield f"{item.name}_{name}", _flags(np.isin(cells, places), asked)
        for name, kind in _SPECIAL.items():
            yield f"{item.name}_{name}", _flags(cells == kind, asked)


def _flags(hit: NDArray[np.bool_], asked: NDArray[np.bool_]) -> list[str]:
    return ["01"[one] if on else "" for one, on in zip(hit.tolist(), asked.tolist(), strict=True)]
