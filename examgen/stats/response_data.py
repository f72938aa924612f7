"""Reading of responses from arrays, data frames, columns, long tables and files, as `Responses`.

Reading of tables that are not responses as names and numbers: total scores, item parameters, limits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.core.files import read_input
from examgen.core.problems import Refused
from examgen.stats.arguments import (
    ArgumentError,
    DataError,
    absent,
    collection,
    index_of,
    is_row,
    kind_of,
    objects,
    one_by_one,
    shown,
    truth,
)
from examgen.stats.columns import (
    ELSEWHERE,
    PLAIN_IDS,
    Codes,
    Column,
    codes_of,
    column,
    columns_of,
    distinct,
    has_names,
    levels_by_column,
    plain_code,
    score_columns,
    shown_codes,
)
from examgen.stats.matrix import Cells, Chosen, Ints
from examgen.stats.option_keys import Key, KeyLike, key_of, key_of_file, marked
from examgen.stats.plain_text import plain_text
from examgen.stats.response_tables import (
    ResponseTable,
    below_zero,
    person_column,
    refuse_names,
    refuse_unknown,
    scores,
    table_of_columns,
    table_of_files,
    unit_of,
)
from examgen.stats.results import Argument, Note, note_of, printed, text_of

_MADE_BY = "es.responses makes it of any table"
_READ_ALREADY = (
    "data are responses, so persons, key, missing and omitted_wrong go where they are read; items and "
    "exclude choose among their items"
)
TEXTS: dict[str, str] = {
    "no-item": "{argument} {item} is no item; the items are {items}",
    "half-points": "{data} have half points, which only es.items and es.reliability take",
    "codes-not-met": "no cell has {codes}, which [is|are] named as [a code|codes] for no answer",
    "columns-missing": "{argument} requires the columns {needed}",
}
"""The messages by code; a pair holds the singular and the plural."""


@dataclass(frozen=True, repr=False, eq=False)
class Responses:
    """The responses of persons to items, with names: the data for every analysis.

    Created by `responses` and `read_responses`.

    Attributes
    ----------
    persons : tuple of str or range
        (N,) names of the persons, or row numbers if they have no names: from 1, in a matrix from 0.
    items : tuple of str
        (J,) names of the items.
    cells : ndarray of int8, shape (N, J)
        Scores from 0; negative if missing (−1 omitted, −2 not reached, −3 not administered).
    choices : Chosen or None
        Options chosen and the key, if the data are options.
    others : polars.DataFrame
        (N, …) columns that are not items: groups, raters, weights.
    notes : tuple of Note
        Remarks on how the data were read.
    rows : tuple of str
        (N,) the index of a pandas frame, used to align pandas series; empty for other data.
    unit : int
        The value of one point in `cells`: 1, or 2 if there are half points, which `items` and `reliability`
        accept.
    starts : tuple of int
        If several files were pooled, the first row of each.
    totals : dict
        The unchanged cells of columns that may be total scores, by name. Analyses of totals use numbers below
        0 as scores.

    See Also
    --------
    responses, read_responses

    Examples
    --------
    >>> import examgen.stats as es
    >>> es.responses({"id": ["ann", "bob"], "i1": [1, 0], "i2": [None, 1]})
    2 persons × 2 items, scores 0–1, 25.0 % missing
    person  i1  i2
    ann      1   –
    bob      0   1
    """

    persons: tuple[str, ...] | range
    items: tuple[str, ...]
    cells: Cells
    choices: Chosen | None = None
    others: pl.DataFrame = field(default_factory=pl.DataFrame)
    notes: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    unit: int = 1
    starts: tuple[int, ...] = ()
    totals: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuses cells that are no table of the persons and items."""
        for name in ("persons", "items"):
            if not isinstance(own := getattr(self, name), (tuple, list, range, np.ndarray)):
                raise ArgumentError(f"{name} is {kind_of(own)}; expected their names. {_MADE_BY}")
        shape = len(self.persons), len(self.items)
        cells: Any = self.cells
        if not isinstance(cells, np.ndarray) or cells.shape != shape or cells.dtype.kind != "i":
            raise ArgumentError(
                f"cells is {kind_of(cells)}; expected whole numbers of shape {shape}, a row for each person. "
                f"{_MADE_BY}"
            )

    @property
    def n_persons(self) -> int:
        """The number of persons."""
        return len(self.cells)

    @property
    def n_items(self) -> int:
        """The number of items."""
        return len(self.items)

    @property
    def greatest(self) -> Ints:
        """(J,) the highest observed value of each item, at least one point."""
        return np.asarray(np.maximum(self.cells.max(axis=0, initial=1), self.unit), dtype=np.int64)

    def frame(self) -> pl.DataFrame:
        """Return a row for each person, with a column for each item; null if there is no score."""
        names = {"person": list(self.persons)}
        made = pl.DataFrame(
            names | {item: self.cells[:, j] for j, item in enumerate(self.items) if item != "person"}
        )
        scores = pl.exclude("person")
        return made.with_columns(pl.when(scores >= 0).then(scores if self.unit == 1 else scores / self.unit))

    def part(self, items: Sequence[str] | None, exclude: Collection[str] = ()) -> Responses:
        """Return the responses to some items: to these, in this order (by default all), without those to
        exclude, which are then in `others`."""
        taken = [self.place(name, "items") for name in (self.items if items is None else items)]
        out = {self.place(name, "exclude") for name in exclude if name not in self.others.columns}
        taken = [j for j in taken if j not in out]
        if taken == [*range(self.n_items)]:
            return self
        aside = self.frame().select(self.items[j] for j in range(self.n_items) if j not in set(taken))
        return replace(
            self,
            items=tuple(self.items[j] for j in taken),
            cells=np.ascontiguousarray(self.cells[:, taken]),
            choices=None if self.choices is None else self.choices.part(taken),
            others=self.others.hstack(aside) if self.others.width else aside,
            totals={name: own for name, own in self.totals.items() if name not in aside.columns},
        )

    def place(self, item: object, argument: str = "item") -> int:
        """Return the index of an item given by name or by index."""
        if isinstance(item, str) and item in self.items:
            return self.items.index(item)
        if isinstance(item, (int, np.integer)) and -self.n_items <= item < self.n_items:
            return int(item) % self.n_items
        values = {"argument": Argument(argument), "item": repr(item), "items": shown(self.items)}
        raise ArgumentError(note_of(TEXTS, "no-item", values))

    def column(self, values: object, argument: str) -> object:
        """Return the column of `others` named by a text, a pandas series aligned by its index, or any other
        value unchanged.

        An index is used if it names every row of a pandas frame, or else every person.
        """
        if not isinstance(values, str):
            return self._in_order(values, argument)
        if values in self.others.columns:
            return self.others[values]
        aside = shown(self.others.columns) or "none"
        raise ArgumentError(
            f"{argument} is {values!r}, but no column beside the items has that name ({aside}); "
            f"give a value for each person, or read the data with exclude=[{values!r}]"
        )

    def _in_order(self, values: Any, argument: str) -> object:
        labels = index_of(values)
        if labels is None or labels == self.rows or not hasattr(values, "iloc"):
            return values
        place = {label: k for k, label in enumerate(labels)}
        names = () if isinstance(self.persons, range) else self.persons
        if len(place) < len(labels):
            return values  # names that are several persons' say nothing
        for own in (self.rows, names):
            if own and place.keys() >= set(own):
                return values.iloc[[place[one] for one in own]]
        n = len(place.keys() & set(self.rows))
        if n:
            raise ArgumentError(
                f"{argument} has an index that names {n:,} of the {len(self.rows):,} rows of data; expected "
                "the index of data, or values without one (.to_numpy()), which go by place"
            )
        return values

    def __repr__(self) -> str:
        low = self.cells < 0
        missing = np.count_nonzero(low) / max(low.size, 1)
        highest = self.greatest.max() / self.unit
        title = (
            f"{self.n_persons:,} persons × {self.n_items:,} items, scores 0–{highest:g}, "
            f"{100 * missing:.1f} % missing"
        )
        first = Responses(self.persons[:5], self.items, self.cells[:5], unit=self.unit).frame()
        more = [f"… {self.n_persons - 5:,} more persons"] if self.n_persons > 5 else []
        return "\n".join([title, text_of(first, 5), *more, *map(printed, self.notes)])


def responses(
    data: object,
    *,
    items: Sequence[str] | None = None,
    persons: object = None,
    exclude: Collection[str] = (),
    key: KeyLike | None = None,
    missing: Mapping[object, str] | Collection[object] = (),
    omitted_wrong: bool = True,
    halves: bool = False,
) -> Responses:
    """Return the responses of persons to items, from arrays, data frames or mappings.

    Parameters
    ----------
    data : array_like, data frame, mapping or Responses
        One of:

        - a matrix (N, J), a row for each person; NaN, None, masked and negative cells are missing; a blank
        counts as not administered, as in a file without a key;
        - a frame of polars or pandas, or a mapping of columns: a column for each item. The column `id`,
          `candidate_id`, `person` or `person_id` names the persons, else the index of pandas, else a first
          column of row names as programs write it (`Unnamed: 0`, `rownames`);
        - a long table with the columns `id`, `item` and `resp`, as in the Item Response Warehouse; other
        columns (`rater`, `wave`, `cov_…`) go into `others`, by the person's first row;
        - a mapping {item: score} of one person;
        - responses, of which `items` and `exclude` choose items.

        Scores are whole numbers from 0 to 127, or booleans, or such numbers as text.
    items : sequence of str, optional
        The columns that are items, in this order; by default all. For an array, the names of the items (by
        default `i1`, `i2` …).
    persons : str or array_like, optional
        The column of the persons' names, or the names.
    exclude : collection of str
        Columns that are not items; they are kept in `others`, where groups are looked up by name.
    key : mapping, data frame, sequence or str, optional
        The correct options, if cells are options: {item: option or options}, a frame with the columns `item`
        and `key`, or one option for each item in order (`"ACBD"`). Several correct options are a list, or one
        text with bars (`"A|C"`). A correct option scores 1, anything else 0. A note counts cells that are not
        options: with a key of letters or digits those beyond E or 5, or 26 if the key goes beyond. Case is
        ignored.
    missing : collection or mapping
        Codes for no answer, for example `[9, "X"]`; 9 also matches the text "9". A mapping gives each code a
        kind, `{9: "not_reached", None: "not_administered"}` (or `omitted`); None is a blank cell. A note
        lists codes that do not occur. Negative numbers need not be named: −1, −2 and −3 are omitted, not
        reached and not administered.
    omitted_wrong : bool
        With a key: whether a blank scores 0 or is missing.
    halves : bool
        Whether half points are allowed, up to 63. Only `items` and `reliability` can analyse them; given a
        table, these two allow them by default.

    Returns
    -------
    Responses

    Raises
    ------
    ArgumentError
        If the data are not a table of scores; the message names the first invalid cell.

    See Also
    --------
    read_responses : the same from a file.

    Notes
    -----
    Nothing is rounded or guessed; a column that holds anything other than scores is refused by name. mirt in
    R takes the same table as `mirt(data)`, with NA for no answer.

    Examples
    --------
    >>> import examgen.stats as es
    >>> long = {"id": [7, 7, 8], "item": ["a", "b", "a"], "resp": [1, 0, 2], "sex": ["f", "f", "m"]}
    >>> data = es.responses(long)
    >>> data.items, data.persons, data.others["sex"].to_list()
    (('a', 'b'), ('7', '8'), ['f', 'm'])
    >>> es.responses([["A", "c"], ["B", "C"]], key="AC").cells
    array([[1, 1],
           [0, 1]], dtype=int8)
    """
    codes = codes_of(missing)
    truth("omitted_wrong", omitted_wrong)
    excluded = [str(name) for name in collection("exclude", exclude)]
    wanted = None if items is None else [str(one) for one in objects("items", items).tolist()]
    if isinstance(data, Responses):
        if key is not None or codes != codes_of(()) or persons is not None or not omitted_wrong:
            raise ArgumentError(_READ_ALREADY)
        return data.part(wanted, excluded)
    cells, index = columns_of(data)
    columns = {name: column(name, own) for name, own in cells.items()}
    known: str | None = None
    if isinstance(persons, str):
        if persons not in columns:
            raise ArgumentError(f"persons is {persons!r}, but the columns are {shown(columns)}")
        known = persons
    elif persons is not None:
        index = objects("persons", persons)
    else:
        known = person_column("data", columns, excluded)
    if wanted is not None:
        columns, excluded = _chosen(columns, wanted, excluded, known, are_named=has_names(data))
    names = None if index is None else index.tolist()
    table = table_of_columns(
        "data", columns, known, persons=names, exclude=excluded, items=wanted or (), is_named=has_names(data)
    )
    own_key = None if key is None else key_of(key, tuple(own.name for own in table.items))
    found = responses_of(
        table, own_key, codes, omitted_wrong=omitted_wrong, halves=truth("halves", halves),
        are_named=has_names(data), are_items=wanted is not None, levels=levels_by_column(data),
    )  # fmt: skip
    is_indexed = hasattr(data, "iloc") and not table.is_long
    return replace(found, rows=index_of(data) or ()) if is_indexed else found


def _chosen(
    columns: Mapping[str, Column],
    wanted: Sequence[str],
    excluded: Sequence[str],
    known: str | None,
    *,
    are_named: bool,
) -> tuple[dict[str, Column], list[str]]:
    """The columns with the items in their order, and the names of the others; columns of an array get the
    names."""
    distinct("items", "name", wanted)
    if not are_named and not set(wanted) <= set(columns):
        own = [name for name in columns if name not in excluded]
        if len(wanted) != len(own):
            raise ArgumentError(f"items has {len(wanted)} names; the data have {len(own)} columns")
        return {new: columns[name]._replace(name=new) for new, name in zip(wanted, own, strict=True)}, []
    if unknown := [name for name in wanted if name not in columns]:
        raise ArgumentError(f"items names {shown(unknown)}, but the columns are {shown(columns)}")
    others = [name for name in columns if name not in (known, *wanted)]
    order = (*([known] if known is not None and known not in wanted else []), *wanted, *others)
    return {name: columns[name] for name in order}, others


def read_responses(
    path: str | Path | Sequence[str | Path],
    *,
    key: str | Path | KeyLike | None = None,
    exclude: Collection[str] = (),
    missing: Mapping[object, str] | Collection[object] = (),
    omitted_wrong: bool = True,
    halves: bool = False,
) -> Responses:
    """Responses from a file, read as `examgen analyse` reads it.

    Parameters
    ----------
    path : path, or several
        CSV of any encoding and delimiter, gzip, XLSX or Parquet. The column `candidate_id`, `id`, `person` or
        `person_id` names the persons, or else the first; where that is an item, they are numbered from 1. A
        note tells which. Every other column is an item.
        With `item` and `resp` beside it the table is long, as `responses` takes it. Several files are pooled
        by the names of their items.
    key : path, mapping, sequence or str, optional
        A key file with the columns `item` and `key`, or a key as `responses` takes it.
    exclude : collection of str
        Columns that are no items; they are kept in `others`.
    missing : collection or mapping
        Cells that stand for no answer; as a mapping, each with its kind, as `responses` takes them.
    omitted_wrong : bool
        With a key: whether a blank scores 0 or is missing.
    halves : bool
        Whether half points are taken, as `responses` takes them.

    Returns
    -------
    Responses

    Raises
    ------
    ArgumentError
        For a file that holds anything else; it names the first cells, with their lines.
    OSError
        If a file cannot be read.

    See Also
    --------
    responses : the same from arrays and data frames.

    Notes
    -----
    The file formats are described in docs/file-formats.md. R reads such a table by `read.csv`.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import examgen.stats as es
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "answers.csv"
    >>> _ = file.write_text("id,i1,i2\\nann,A,C\\nbob,B,\\n")
    >>> es.read_responses(file, key={"i1": "A", "i2": "C"}).frame()["i2"].to_list()
    [1, 0]
    """
    codes = codes_of(missing)
    truth("omitted_wrong", omitted_wrong)
    named = [path] if isinstance(path, (str, Path)) else collection("path", path)
    if not named or not all(isinstance(one, (str, Path)) and str(one) for one in named):
        raise ArgumentError(f"path is {kind_of(path)}; expected the path of a file, or of several")
    paths = [Path(one) for one in named]
    excluded = tuple(str(name) for name in collection("exclude", exclude))
    try:
        table = table_of_files([(one.name, read_input(one)) for one in paths], excluded)
        known: Key | None = None
        if isinstance(key, Path) or (isinstance(key, str) and Path(key).suffix != ""):
            known = key_of_file(Path(key).name, read_input(Path(key)))
        elif key is not None:
            known = key_of(key, tuple(own.name for own in table.items))
    except Refused as refusal:
        reasons = [f"{one.source}: {one.message}" for one in refusal.problems[:3]]
        raise ArgumentError("; ".join(dict.fromkeys([str(refusal.args[0]), *reasons]))) from None
    return responses_of(table, known, codes, omitted_wrong=omitted_wrong, halves=truth("halves", halves))


def responses_of(
    table: ResponseTable,
    key: Key | None,
    codes: Codes,
    *,
    omitted_wrong: bool = True,
    halves: bool = False,
    are_named: bool = True,
    are_items: bool = False,
    levels: Mapping[str, Sequence[str]] = {},
) -> Responses:
    """Return the responses in a table that has been read from any source.

    Parameters
    ----------
    table : ResponseTable
    key : mapping, optional
        The correct options of each item, if cells are options.
    codes : mapping
        Codes for no answer, with their kinds, as returned by `codes_of`.
    omitted_wrong : bool
        With a key: whether a blank scores 0.
    halves : bool
        Whether half points are allowed.
    are_named, are_items : bool
        Whether the item names come from the user, and whether the user declared the columns to be items.
    levels : mapping
        The order of the categories, by column.

    Raises
    ------
    DataError
        If cells are not scores (listing each), the key is for other items or options, or a column is not an
        item.
    """
    notes: list[Note] = [*table.notes, *table.spaces(), *unmet_codes(table.items, codes)]
    items: tuple[str, ...] = tuple(own.name for own in table.items)
    choices, unit, totals = None, 1, dict[str, NDArray[Any]]()
    if key is not None:
        key = {item: right for item, right in key.items() if item not in table.others}
        choices, of_key = marked(table, key, codes, omitted_wrong=omitted_wrong)
        items, cells = choices.items, choices.scored(omitted_wrong=omitted_wrong).cells
        notes += of_key
    else:
        unit = unit_of(table) if halves else 1
        cells = scores(table, codes, unit)
        roles = score_columns(items).values()
        totals = {own.name: total_cells(own, codes) for own in table.items if own.name in roles}
        if not (table.is_long or are_items or len(items) == 1):
            refuse_names(table, cells, are_named=are_named)
        if are_named:
            notes += below_zero(table, codes)
    others = {name: _beside(own, levels.get(name, ())) for name, own in table.others.items()}
    starts = tuple(first for first, _ in table.parts)
    return Responses(
        table.persons, items, cells, choices, pl.DataFrame(others), tuple(notes), (), unit, starts, totals
    )


def unmet_codes(columns: Sequence[Column], codes: Codes) -> Iterator[Note]:
    """Yield a note if some of the codes for no answer do not occur in any cell of the columns."""
    met = {plain_code(value) for own in columns for value in own.values}
    if unmet := sorted((one for one in codes if one != "" and one not in met), key=str):
        values = {"n": len(unmet), "codes": shown(shown_codes(unmet))}
        yield note_of(TEXTS, "codes-not-met", values)


def total_cells(own: Column, codes: Codes) -> NDArray[Any]:
    """Return the unchanged cells (N,) of a column of total scores; None for codes for no answer."""
    values = [None if one == ELSEWHERE or plain_code(one) in codes else one for one in own.values]
    return one_by_one([values[code] for code in own.codes.tolist()])


def _beside(own: Column, levels: Sequence[str]) -> pl.Series:
    """A column that is no item; null where there is nothing, and categories in their order."""
    values = [None if absent(one) or one in ("", ELSEWHERE) else one for one in own.values]
    if levels:
        values = [None if one is None else str(one) for one in values]
    cells = [values[code] for code in own.codes.tolist()]
    if levels:
        return pl.Series(own.name, cells, dtype=pl.Enum(list(levels)))
    return pl.Series(own.name, cells, strict=False)


def as_responses(data: object, *aside: object, halves: bool = False) -> Responses:
    """Return the data of an analysis as `Responses`; every analysis calls this first.

    Parameters
    ----------
    data : object
    *aside : object
        Arguments of the analysis that may name a column that is not an item (groups); other values are
        ignored.
    halves : bool
        Whether the analysis accepts half points.
    """
    if isinstance(data, Responses) and data.unit > 1 and not halves:
        raise DataError(note_of(TEXTS, "half-points", {"data": "data"}))
    if isinstance(inside := getattr(data, "responses", None), Responses):
        return inside  # of a simulation
    if isinstance(data, Responses):
        return data
    columns = columns_of(data)[0] if not isinstance(data, np.ndarray) else {}
    beside = [one for one in aside if isinstance(one, str) and columns]
    refuse_unknown("data", columns, beside)
    try:
        return responses(data, exclude=beside, halves=halves)
    except DataError as error:
        error.add_note("exclude and key are arguments of es.responses, which reads data for every analysis")
        raise


def is_vector(data: object) -> bool:
    """Return whether the data are a single vector of values: total scores instead of a table."""
    if isinstance(data, (str, bytes, Mapping, Responses)) or not hasattr(data, "__len__"):
        return False
    if isinstance(data, (list, tuple, range)):
        return bool(data) and not any(hasattr(one, "__len__") and not isinstance(one, str) for one in data)
    return getattr(data, "ndim", len(getattr(data, "shape", (0, 0)))) == 1


# ── tables and totals ─────────────────────────────────────────────────────────────────────────────────


MOST = 1e9
"""The maximum of a rating; squares of greater numbers cannot be summed."""


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
