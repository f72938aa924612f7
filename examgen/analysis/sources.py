"""Files of responses and the options for reading them → the responses that analyses take."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

from examgen.analysis.options import ResponseSource
from examgen.analysis.shown import refusal
from examgen.analysis.tables import content_of
from examgen.stats.arguments import ArgumentError
from examgen.stats.columns import plain_code
from examgen.stats.matrix import NOT_ADMINISTERED, NOT_REACHED, OMITTED
from examgen.stats.option_keys import Key, key_of_file
from examgen.stats.response_data import Responses, responses_of
from examgen.stats.response_tables import ResponseTable, table_of_files

MOST_MEGABYTES = 2_000
"""The largest size of a file of responses, which is read whole."""


@dataclass(frozen=True)
class LoadedResponses:
    """The columns of files, and the responses in them, which are scored on first use."""

    source: ResponseSource
    sha256: str
    table: ResponseTable
    halves: bool = False
    """Whether the analysis accepts half points."""

    @property
    def name(self) -> str:
        """The name of the files, for people."""
        return self.table.name

    @property
    def sources(self) -> dict[str, str]:
        """The names and hashes of the files, as `--json` prints them."""
        return {"file": self.name, "sha256": self.sha256}

    @cached_property
    def responses(self) -> Responses:
        """The responses, with notes on how they were read.

        Raises Refused with every fault of the cells or the key, WrongUsage for options that do not fit.
        """
        return self.responses_in(self.table, self.key)

    def responses_in(self, table: ResponseTable, key: Key | None) -> Responses:
        """Return the responses in a part of the table, with the same codes for no answer."""
        try:
            return responses_of(table, key, codes_of(self.source), halves=self.halves)
        except ArgumentError as error:
            raise refusal(error, {}, table.name) from None

    @cached_property
    def key(self) -> Key | None:
        """The right options of each item, if the cells are options."""
        path = self.source.key
        try:
            return None if path is None else key_of_file(path.name, content_of(path, MOST_MEGABYTES))
        except ArgumentError as error:
            raise refusal(error, {}, self.name) from None


def codes_of(source: ResponseSource) -> dict[object, int]:
    """Return the codes for missing answers that the options state, with the kind of missing of each."""
    kinds = {"omitted": OMITTED, "not_reached": NOT_REACHED, "not_administered": NOT_ADMINISTERED}
    codes = {plain_code(code): kind for name, kind in kinds.items() for code in getattr(source, name)}
    return codes if source.blank is None else codes | {"": kinds[source.blank]}


def load_responses(
    source: ResponseSource, *, halves: bool = False, exclude: str | None = None
) -> LoadedResponses:
    """Read the columns of files of responses.

    `halves` states whether the analysis accepts half points; `exclude` is a column that is not an item.

    Raises Refused with every fault, WrongUsage for columns that do not exist.
    """
    excluded = dict.fromkeys((*source.exclude, *([] if exclude is None else [exclude])))
    contents = [(path.name, content_of(path, MOST_MEGABYTES)) for path in source.files]
    try:
        table = table_of_files(contents, tuple(excluded))
    except ArgumentError as error:
        raise refusal(error, {}, " + ".join(name for name, _ in contents)) from None
    sha256 = " ".join(hashlib.sha256(data).hexdigest() for _, data in contents)
    return LoadedResponses(source, sha256, table, halves)
