"""A response file and what the user says of it → the responses that analyses take."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from examgen.analysis.options import ResponseSource
from examgen.analysis.tables import content_of, refused
from examgen.capture.response_files import (
    ResponseTable,
    candidates_of,
    groups_of,
    pooled,
    read_key,
    read_responses,
)
from examgen.core.responses.matrix import NOT_ADMINISTERED, NOT_REACHED, OMITTED
from examgen.core.words import tell
from examgen.stats.option_keys import plain_code
from examgen.stats.response_data import Responses, notes_on_reading, responses_of_table

MOST_MEGABYTES = 2_000
"""Of a file of responses to analyse, which is read whole."""


@dataclass(frozen=True)
class LoadedResponses:
    """What files held."""

    name: str
    sha256: str
    table: ResponseTable
    responses: Responses
    """With the notes on how the files were read."""

    @property
    def sources(self) -> dict[str, str]:
        """What `--json` says of the files."""
        return {"file": self.name, "sha256": self.sha256}

    def groups(self, column: str) -> list[str | None]:
        """The group of each candidate by a column that is no item; None where a cell is empty."""
        names, place = groups_of(self.table, column)
        return [None if k < 0 else names[k] for k in place.tolist()]


def load_responses(
    source: ResponseSource, *, halves: bool = False, exclude: str | None = None
) -> LoadedResponses:
    """The responses of a file; raises Refused with every fault, WrongUsage for columns that are not there.

    `halves` says whether the analysis takes half points; `exclude` is a column that is no item.
    """
    if exclude is not None:
        source = source.model_copy(update={"exclude": tuple(dict.fromkeys((*source.exclude, exclude)))})
    loaded = load_table(source)
    kinds = {"omitted": OMITTED, "not_reached": NOT_REACHED, "not_administered": NOT_ADMINISTERED}
    codes = {plain_code(code): kind for name, kind in kinds.items() for code in getattr(source, name)}
    if source.blank is not None:
        codes[""] = kinds[source.blank]
    key = None
    if source.key is not None:
        key = read_key(source.key.name, content_of(source.key, MOST_MEGABYTES))
    if not loaded.table.table.n_rows:
        raise refused(loaded.name, "no-candidates", tell("has a header but no candidates below it"))
    found = responses_of_table(loaded.table, key, codes, halves=halves)
    return replace(loaded, responses=found)


def load_table(source: ResponseSource) -> LoadedResponses:
    """The columns of a file as text; nothing is scored. Raises as `load_responses` does."""
    contents = [content_of(path, MOST_MEGABYTES) for path in source.files]
    pairs = zip(source.files, contents, strict=True)
    table = pooled([read_responses(path.name, data, source.exclude) for path, data in pairs])
    digests = " ".join(hashlib.sha256(data).hexdigest() for data in contents)
    nothing = np.empty((table.table.n_rows, 0), dtype=np.int8)
    unread = Responses(candidates_of(table), (), nothing, notes=notes_on_reading(table))
    return LoadedResponses(table.name, digests, table, unread)
