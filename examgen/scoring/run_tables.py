"""Tables of a run's results → frames of text, with the file and the place of each candidate, and with figures
that only the stored responses give.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from examgen.capture.cells import ROOM_HEADS, fold
from examgen.capture.list_columns import OneSpelling
from examgen.core.coded_columns import as_written
from examgen.core.csv_files import without_apostrophe
from examgen.core.exam.removals import check_kept
from examgen.core.files import check_regular
from examgen.core.models.field_types import ExamRoom
from examgen.core.problems import Refused
from examgen.core.register import REPORTED_COLUMNS
from examgen.core.responses import table as response_table
from examgen.core.responses.rows import BLANK, INVALID
from examgen.stats.checklists import CENTRE_HEADS

if TYPE_CHECKING:
    from examgen.core.exam.package import Package
    from examgen.scoring.key import Key

FILE = "file"
"""The column that `with_files` adds."""
HEADS_OF_PLACES = frozenset(map(fold, (*CENTRE_HEADS, *ROOM_HEADS)))
"""The headings of centres and rooms, normalised by `fold`."""
UNMARKED = "_unmarked"
"""The suffix of a column that says whether the questions of a criterion have no mark at all."""


@contextmanager
def _result_file(path: Path) -> Iterator[None]:
    """Raise Refused if a table of results is missing, or is not one."""
    check_kept(path)
    check_regular(path)
    try:
        yield
    except pl.exceptions.PolarsError as error:
        reason = str(error).partition("\n")[0]
        raise Refused.because(
            "{path} is not a result file of examgen: {error}", path=path, error=reason
        ) from error


def read_table(path: Path, who: str | None = None) -> pl.DataFrame:
    """Return a table of results as text, with empty texts for empty cells; with `who` only the row of that
    candidate.
    """
    texts = without_apostrophe(pl.all().fill_null(""))
    with _result_file(path):
        if who is None:
            return pl.read_csv(path, infer_schema=False).with_columns(texts)
        lines = pl.scan_csv(path, infer_schema=False).with_columns(texts).filter(pl.first() == who)
        return lines.collect(engine="streaming").head(1)


def read_columns(path: Path, *columns: str | pl.Expr) -> pl.DataFrame:
    """Return columns of a table, if possible without holding the text of all cells in memory."""
    with _result_file(path):
        return pl.scan_csv(path, infer_schema=False).select(*columns).collect(engine="streaming")


def read_coded(
    path: Path, numbered: Callable[[str], bool], wanted: Callable[[str], bool] = lambda _: True
) -> pl.DataFrame:
    """Return the table, or its `wanted` columns. Those that are `numbered` have few different texts and are
    an `Enum` of them: in a national sitting one byte for each cell instead of sixteen.
    """
    with _result_file(path):
        names = list(filter(wanted, pl.scan_csv(path, infer_schema=False).collect_schema().names()))
        kinds = {name: pl.Categorical if numbered(name) else pl.String for name in names}
        table = pl.read_csv(path, columns=names, schema_overrides=kinds).with_columns(pl.all().fill_null(""))
        return pl.DataFrame([as_written(_enumerated(column)) for column in table])


def _enumerated(column: pl.Series) -> pl.Series:
    if column.dtype == pl.String:
        return column
    return column.cast(pl.Enum(column.unique(maintain_order=True).cast(pl.String)))


def with_files(table: pl.DataFrame, audit: Mapping[str, Any]) -> pl.DataFrame:
    """Return the candidates with the answer file of each: rows are in the order of the inputs, and the audit
    has the number of scored rows of each input.
    """
    inputs = audit.get("inputs") or []
    counts = [entry.get("scored") for entry in inputs]
    if len(inputs) < 2 or None in counts or sum(counts) != table.height:
        return table
    names = pl.Series([entry["file"] for entry in inputs])
    return table.with_columns(names.gather(np.repeat(np.arange(len(inputs)), counts)).alias(FILE))


# ── names and places ─────────────────────────────────────────────────────────────────────────


def placed(table: pl.DataFrame, spelling: OneSpelling) -> pl.DataFrame:
    """Return the table with names, centres, rooms and the other columns of a roster in one column each,
    whatever a file calls it, empty if it has none; centres and rooms are spelt in one way.
    """
    plain = ("name", *(one.name for one in REPORTED_COLUMNS))
    columns = [pl.lit("").alias(name) for name in plain if name not in table.columns]
    for name, heads in (("centre", CENTRE_HEADS), ("room", ROOM_HEADS)):
        # the first that says something of the columns with one of these names, in their order
        wanted = [fold(head) for head in heads]
        there = sorted(
            (head for head in table.columns if fold(head) in wanted),
            key=lambda head: wanted.index(fold(head)),
        )
        cells = [pl.col(head).cast(pl.String).replace("", None) for head in there]
        columns.append(pl.coalesce(*cells, pl.lit("")).alias(name))
    return in_one_spelling(table.with_columns(columns), spelling)


def in_one_spelling(
    table: pl.DataFrame, spelling: OneSpelling, centre: str = "centre", room: str = "room"
) -> pl.DataFrame:
    """Return the table with each centre, and each of its rooms, spelt in one way."""
    written = table.select(centre, room).unique(maintain_order=True)
    rooms = [spelling.room(ExamRoom(of.strip(), name.strip())) for of, name in written.iter_rows()]
    spelt = pl.DataFrame(rooms, {"_centre": pl.String, "_room": pl.String}, orient="row")
    found = table.join(written.hstack(spelt), on=[centre, room], how="left", maintain_order="left")
    return found.with_columns(found["_centre"].alias(centre), found["_room"].alias(room)).drop(spelt.columns)


# ── what the kept answers tell ───────────────────────────────────────────────────────────────


def items_of_several_answers(asked: Package, scoring: Mapping[str, Any]) -> frozenset[str]:
    """Return the items that require several answers: several are right, and the rule does not accept any one
    of them.
    """
    if scoring.get("several", "any") == "any":
        return frozenset()
    return frozenset(
        item for item, key in zip(asked.key["item"], asked.key["key"], strict=True) if "|" in key
    )


def without_asked_ones(
    candidates: pl.DataFrame, folder: Path, key: Key, items: frozenset[str]
) -> pl.DataFrame:
    """Return candidates.csv with multiple marks on `items` counted as `answered` instead of `multiple`."""
    if not items or not candidates.height:
        return candidates
    is_asked = np.isin(key.items, [n for n, item in enumerate(key.item_ids) if item in items])
    is_asked &= np.arange(key.items.shape[1]) < key.n_questions[:, None]
    counts = []
    for rows in response_table.read_rows(folder / response_table.NAME, key.number):
        is_several = (rows.marks < INVALID) & (np.bitwise_count(rows.marks) > 1)
        counts.append((is_several & is_asked[rows.form][:, : rows.marks.shape[1]]).sum(axis=1))
    n = pl.Series(np.concatenate(counts))
    found = {
        name: candidates[name].cast(pl.String).replace("", None).cast(pl.Int64) + sign * n
        for name, sign in (("answered", 1), ("multiple", -1))
    }
    return candidates.with_columns(column.cast(pl.String).alias(name) for name, column in found.items())


def with_unmarked(criteria: pl.DataFrame, folder: Path, key: Key) -> pl.DataFrame:
    """Return pc_results.csv with an additional column for each criterion: true if the form asks the criterion
    and none of its scored questions has a mark.
    """
    if not criteria.height:
        return criteria
    parts = []
    for rows in response_table.read_rows(folder / response_table.NAME, key.number):
        width = rows.marks.shape[1]
        counts = (key.points[rows.form] > 0)[:, :width]
        of, is_marked = key.criterion[rows.form][:, :width], rows.marks != BLANK
        parts.append(
            np.stack(
                [
                    (counts & (of == n)).any(axis=1) & ~(counts & (of == n) & is_marked).any(axis=1)
                    for n in range(len(key.criteria))
                ],
                axis=1,
            )
        )
    found = np.concatenate(parts)
    known = set(criteria.columns)
    names = [pc if f"{pc}_correct" in known else f"{unit}:{pc}" for unit, _, pc in key.criteria]
    return criteria.with_columns(pl.Series(f"{name}{UNMARKED}", found[:, n]) for n, name in enumerate(names))
