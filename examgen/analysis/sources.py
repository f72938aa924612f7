"""A response file and what the user says of it → the matrices that analyses take."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from examgen.analysis.response_options import ResponseSource
from examgen.capture.response_files import ResponseTable, candidates_of, pooled, read_key, read_responses
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.responses.matrix import MISSING_KINDS, NOT_ADMINISTERED, NOT_REACHED, OMITTED
from examgen.core.storage import read_input
from examgen.core.words import tell
from examgen.stats.option_keys import plain_code
from examgen.stats.response_data import Responses, notes_on_reading, responses_of_table


class LoadedResponses(NamedTuple):
    """What files held."""

    name: str
    sha256: str
    table: ResponseTable
    responses: Responses
    """With the notes on how the files were read."""


def load_responses(
    source: ResponseSource, highest: int | None = None, *, halves: bool = False
) -> LoadedResponses:
    """The responses of a file; raises Refused with every fault, WrongUsage for columns that are not there.

    `highest` is the greatest score that the analysis takes, `halves` whether it takes half points.
    """
    loaded = load_table(source)
    name, table = loaded.name, loaded.table
    kinds = [(source.omitted, OMITTED), (source.not_reached, NOT_REACHED)]
    kinds.append((source.not_administered, NOT_ADMINISTERED))
    codes = {plain_code(text): kind for texts, kind in kinds for text in texts}
    if source.blank is not None:
        codes[""] = _KINDS[source.blank]
    key = None if source.key is None else read_key(source.key.name, _bytes(source.key))
    if not table.table.n_rows:
        message = tell("has a header but no candidates below it")
        raise Refused(
            tell("{name} {message}", name=name, message=message), [Problem(name, "no-candidates", message)]
        )
    found = responses_of_table(table, key, codes, highest=highest, halves=halves)
    return loaded._replace(responses=found)


def load_table(source: ResponseSource) -> LoadedResponses:
    """The columns of a file as text; nothing is scored. Raises as `load_responses` does."""
    contents = [_bytes(path) for path in source.files]
    pairs = zip(source.files, contents, strict=True)
    table = pooled([read_responses(path.name, data, source.exclude) for path, data in pairs])
    digests = " ".join(hashlib.sha256(data).hexdigest() for data in contents)
    nothing = np.empty((table.table.n_rows, 0), dtype=np.int8)
    unread = Responses(candidates_of(table), (), nothing, notes=notes_on_reading(table))
    return LoadedResponses(table.name, digests, table, unread)


_KINDS = {kind: code for code, kind in MISSING_KINDS.items()}
MOST_MEGABYTES = 2_000
"""Of a file of responses to analyse, which is read whole."""


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise WrongUsage(tell("{path} is not a file", path=path))
    return read_input(path, MOST_MEGABYTES)
