"""A response file and what the user says of it → the matrices that analyses take."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

from examgen.capture.response_files import (
    ResponseTable,
    as_choices,
    as_scores,
    read_key,
    read_responses,
)
from examgen.item_responses import NOT_ADMINISTERED, NOT_REACHED, OMITTED, Chosen, Scored
from examgen.problems import Problem, Refused, WrongUsage


class ResponseSource(NamedTuple):
    """A file of responses: scores, or options where a key is given.

    The last three name cells that stand for a kind of nothing; a blank is an omitted item where there is a
    key (and counts as wrong), and else an item that was not administered.
    """

    file: Path
    key: Path | None = None
    exclude: tuple[str, ...] = ()
    omitted: tuple[str, ...] = ()
    not_reached: tuple[str, ...] = ()
    not_administered: tuple[str, ...] = ()
    blank: str | None = None
    """`omitted`, `not_reached` or `not_administered`, in place of what is said above."""


class LoadedResponses(NamedTuple):
    """What the file held. `notices` are what a person should know of how it was read."""

    name: str
    sha256: str
    table: ResponseTable
    scored: Scored
    chosen: Chosen | None
    notices: tuple[Problem, ...]


_KINDS = {"omitted": OMITTED, "not_reached": NOT_REACHED, "not_administered": NOT_ADMINISTERED}


def load_responses(source: ResponseSource, highest: int | None = None) -> LoadedResponses:
    """The responses of a file; raises Refused with every fault, WrongUsage for columns that are not there.

    `highest` is the greatest score that the analysis takes.
    """
    data = _bytes(source.file)
    name = source.file.name
    table = read_responses(name, data, source.exclude)
    missing = _missing(source)
    notices = _notices(table)
    chosen = None
    if source.key is not None:
        key = read_key(source.key.name, _bytes(source.key))
        chosen, left = as_choices(table, key, missing)
        scored = chosen.scored()
        if left:
            shown = ", ".join(left[:8]) + (" …" if len(left) > 8 else "")
            message = f"{len(left)} column(s) that the key does not name are left out: {shown}"
            notices.append(Problem(name, "columns-left-out", message, severity="notice"))
    else:
        scored = as_scores(table, missing, highest)
    if not scored.candidates:
        message = "has a header and no candidate below it"
        raise Refused(f"{name} {message}", [Problem(name, "no-candidates", message)])
    digest = hashlib.sha256(data).hexdigest()
    return LoadedResponses(name, digest, table, scored, chosen, tuple(notices))


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise WrongUsage(f"{path} is no file")
    return path.read_bytes()


def _missing(source: ResponseSource) -> dict[str, int]:
    missing = dict.fromkeys(source.omitted, OMITTED)
    missing |= dict.fromkeys(source.not_reached, NOT_REACHED)
    missing |= dict.fromkeys(source.not_administered, NOT_ADMINISTERED)
    if source.blank is not None:
        if source.blank not in _KINDS:
            raise WrongUsage(f"--blank is {', '.join(_KINDS)}, not {source.blank}")
        missing[""] = _KINDS[source.blank]
    return missing


def _notices(table: ResponseTable) -> list[Problem]:
    column = table.candidate
    repeated = table.table.n_rows - len(set(column.codes.tolist()))
    if not repeated:
        return []
    message = (
        f"{repeated} row(s) repeat an id of column {column.name}: each row is taken as a candidate of its own"
    )
    return [Problem(table.name, "ids-repeated", message, field=column.name, severity="notice")]
