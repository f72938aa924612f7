"""Reading of tables that are not responses as names and numbers: total scores, item parameters, limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from examgen.stats.arguments import DataError, is_row, objects
from examgen.stats.columns import PLAIN_IDS, columns_of, score_columns
from examgen.stats.plain_text import plain_text
from examgen.stats.response_data import Responses, is_vector
from examgen.stats.results import Argument, note_of

MOST = 1e9
"""The maximum of a rating; squares of greater numbers cannot be summed."""


TEXTS: dict[str, str] = {
    "columns-missing": "{argument} requires the columns {needed}",
}
"""The messages by code."""


def columns_by_name(
    argument: str, table: object, needed: Sequence[str], either: Mapping[str, Sequence[str]] = {}
) -> dict[str, list[Any]]:
    """Return the columns of a table by name in lower case; required columns may have alternative names.

    Parameters
    ----------
    argument : str
        The name of the argument, for error messages.
    table : object
    needed : sequence of str
    either : mapping
        Alternative names of columns.
    """
    found, index = columns_of(table, argument)
    columns = {name.strip().lower(): values.tolist() for name, values in found.items()}
    if index is not None and needed[0] not in columns:
        columns[needed[0]] = index.tolist()
    folded = {plain_text(name): values for name, values in columns.items()}
    for name, others in either.items():
        for other in map(plain_text, others):
            if name not in columns and other in folded:
                columns[name] = folded[other]
    if not set(needed) <= set(columns):
        values = {"argument": Argument(argument), "needed": ", ".join(needed)}
        raise DataError(note_of(TEXTS, "columns-missing", values))
    return columns


def columns_of_scores(name: str, values: object) -> dict[str, object]:
    """Return the columns of total scores: `total`, and in a table `anchor`, `count`, `id` and others; empty
    for responses."""
    is_list = isinstance(values, (np.ndarray, list, tuple)) and is_row(values) and len(values) > 0
    is_table = isinstance(values, Mapping) or hasattr(values, "columns")
    columns: Mapping[str, NDArray[Any]]
    if isinstance(values, Responses):
        cells = np.where(values.cells < 0, np.nan, values.cells / values.unit)
        columns = {item: cells[:, j] for j, item in enumerate(values.items)} | {**values.totals}
        if not isinstance(values.persons, range):
            columns = {"id": objects("persons", values.persons), **columns}
    elif is_table or (is_list and np.ndim(values[0]) == 1):  # type: ignore[index]
        columns = columns_of(values, name)[0]
    else:
        return {"total": values}
    roles = score_columns(columns)
    role_of = {column: role for role, column in roles.items()}
    return {role_of.get(name, name): own for name, own in columns.items()} if roles else {}


def totals_alone(name: str, data: object) -> dict[str, object]:
    """Return the total scores in a vector, or in a table with only one column besides ids, with these ids;
    else an empty dictionary."""
    found = columns_of_scores(name, data)
    if is_vector(data) or (isinstance(data, Responses) and data.n_items == 1):
        return found
    if not found or found.get("total") is data or isinstance(data, Responses):
        return {}
    others = [column for column in columns_of(data, name)[0] if plain_text(column) not in PLAIN_IDS]
    return found if len(others) == 1 else {}
