"""Responses as people have them → `Responses`: arrays, data frames, columns, long tables, files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.core.problems import ExamgenError
from examgen.core.responses.matrix import NOT_ADMINISTERED, OMITTED, Cells, Chosen
from examgen.stats.arguments import (
    ArgumentError,
    absent,
    collection,
    index_of,
    is_row,
    kind_of,
    levels_of,
    objects,
    one_by_one,
    present,
    shown,
    truth,
)
from examgen.stats.option_keys import (
    KeyLike,
    below_zero,
    codes_of,
    english,
    key_of,
    kinds_of_nothing,
    marked,
    not_met,
    note,
    on_reading,
    plain_code,
    refusal,
    response_table,
)
from examgen.stats.results import Note

if TYPE_CHECKING:
    from pathlib import Path

    from examgen.capture.response_files import Key, ResponseTable

IDS = ("candidate_id", "id", "person", "person_id")
"""Columns that name the persons."""
BLANKS = frozenset(("", "-", ".", "na", "n/a", "nan", "null", "none"))
GREATEST_SCORE = 127
_MADE_BY = "es.responses makes it of any table"
_LONG = ("item", "resp")
_FEW, _NEARLY_ALL = 20, 0.95
"""A column with this share of different values among more persons than that is hardly an item."""
ROW_NAMES = ("", "unnamed: 0", "rownames", "__index_level_0__")
"""How programs head the row names that they write into a file."""


@dataclass(frozen=True, repr=False, eq=False)
class Responses:
    """What persons did with items, by name: what every verb takes.

    It is made by `responses` and `read_responses`.

    Attributes
    ----------
    persons : tuple of str or range
        (N,) their names, or row numbers from 0 where there are no names.
    items : tuple of str
        (J,) names of the items.
    cells : ndarray of int8, shape (N, J)
        Scores from 0; negative where there is none (−1 omitted, −2 not reached, −3 not administered).
    choices : Chosen or None
        Options chosen and the key, where options were given.
    others : polars.DataFrame
        (N, …) columns that are no items: groups, raters, weights.
    notes : tuple of Note
        What was set aside in reading.
    rows : tuple of str
        (N,) the index of a pandas frame, by which series of pandas go; empty for anything else.
    unit : int
        What a point is in `cells`: 2 where there are half points, which `items` and `reliability` take.
    starts : tuple of int
        Where several files were pooled, the first row of each.

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
        """How many persons there are."""
        return len(self.cells)

    @property
    def n_items(self) -> int:
        """How many items there are."""
        return len(self.items)

    @property
    def greatest(self) -> NDArray[np.int64]:
        """(J,) the highest cell that was seen, that of one point at least."""
        return np.asarray(np.maximum(self.cells.max(axis=0, initial=1), self.unit), dtype=np.int64)

    def frame(self) -> pl.DataFrame:
        """A row for each person, with a column for each item; null where there is no score."""
        names = {"person": list(self.persons)}
        made = pl.DataFrame(
            names | {item: self.cells[:, j] for j, item in enumerate(self.items) if item != "person"}
        )
        scores = pl.exclude("person")
        return made.with_columns(pl.when(scores >= 0).then(scores if self.unit == 1 else scores / self.unit))

    def place(self, item: object, argument: str = "item") -> int:
        """The place of an item, by its name or its number."""
        if isinstance(item, str) and item in self.items:
            return self.items.index(item)
        if isinstance(item, (int, np.integer)) and -self.n_items <= item < self.n_items:
            return int(item) % self.n_items
        raise ArgumentError(f"{argument} {item!r} is no item; the items are {shown(self.items)}")

    def column(self, values: object, argument: str) -> object:
        """The column of `others` that a text names; a series of pandas by its index; another value as it is.

        An index counts where it names every row of a pandas frame, or else every person.
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
        from examgen.stats.results import text_of

        low = self.cells < 0
        missing = np.count_nonzero(low) / max(low.size, 1)
        highest = self.greatest.max() / self.unit
        title = (
            f"{self.n_persons:,} persons × {self.n_items:,} items, scores 0–{highest:g}, "
            f"{100 * missing:.1f} % missing"
        )
        first = Responses(self.persons[:5], self.items, self.cells[:5], unit=self.unit).frame()
        more = [f"… {self.n_persons - 5:,} more persons"] if self.n_persons > 5 else []
        return "\n".join([title, text_of(first, 5), *more, *(f"note: {one}" for one in self.notes)])


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
    """Responses of persons to items, from whatever holds them.

    Parameters
    ----------
    data : array_like, data frame, mapping or Responses
        One of:

        - a matrix (N, J), a row for each person; NaN, None, masked and negative cells are missing;
          a blank was not administered, as in a file without a key;
        - a frame of polars or pandas, or a mapping of columns: a column for each item. The column `id`,
          `candidate_id`, `person` or `person_id` names the persons, else the index of pandas, else a first
          column of row names as programs write it (`Unnamed: 0`, `rownames`);
        - a long table with the columns `id`, `item` and `resp`, as the Item Response Warehouse has them:
          other columns (`rater`, `wave`, `cov_…`) go into `others`, by the person's first row;
        - a mapping {item: score} of one person.

        Scores are whole numbers from 0 to 127, or booleans, or such numbers as text.
    items : sequence of str, optional
        The columns that are items, in this order; all, if not given. For an array their
        names (`i1`, `i2` …, if not given).
    persons : str or array_like, optional
        The column that names the persons, or their names.
    exclude : collection of str
        Columns that are no items; they are kept in `others`, where groups are looked up by their name.
    key : mapping, data frame, sequence or str, optional
        The cells are options, and these are the right ones: {item: option or options}, a frame with the
        columns `item` and `key`, or one for each item in order (`"ACBD"`). Where several are right they are
        a list, or one text with bars (`"A|C"`). Right scores 1, anything else 0; a note counts cells that
        are unlike all options of the key. Options are compared without regard to case.
    missing : collection or mapping
        Values that stand for no answer, for example `[9, "X"]`: 9 is also the text "9". As a mapping each has
        its kind, `{9: "not_reached", None: "not_administered"}` (or `omitted`), where None is a blank cell. A
        note tells those that no cell has. Numbers below 0 need not be named: −1, −2 and −3 are omitted, not
        reached and not administered.
    omitted_wrong : bool
        With a key: whether a blank scores 0 or is missing.
    halves : bool
        Whether half points are taken, up to 63. Only `items` and `reliability` go on with them; these take
        them of a table without being told.

    Returns
    -------
    Responses

    Raises
    ------
    ArgumentError
        For what is no table of scores: the sentence names the first cell that does not fit.

    See Also
    --------
    read_responses : the same from a file.

    Notes
    -----
    Nothing is rounded and nothing guessed: a column of other things is refused by its name. mirt in R takes
    the same table as `mirt(data)`, with NA where there is no answer.

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
    if isinstance(data, Responses):
        return data
    odd = codes_of(missing)
    truth("omitted_wrong", omitted_wrong)
    exclude = [str(name) for name in collection("exclude", exclude)]
    columns, names = columns_of(data)
    levels = _levels(data)
    notes: tuple[Note, ...] = ()
    folded = {name: name.strip().lower() for name in columns}
    person = _id_of(columns, persons)
    long = person is not None and set(_LONG) <= set(folded.values())
    if long:
        columns = {own if own in _LONG else name: columns[name] for name, own in folded.items()}
        notes = _not_met([columns["resp"]], odd)
        scored = key is None and columns["resp"].dtype.kind in "biuf"
        columns, names = _widened(columns, person or "", odd, key is not None), None
        odd = {} if scored else odd
        exclude = [name for name in exclude if f"{_ASIDE}{name}" not in columns]  # they are aside already
        persons = "id"
    wanted = None if items is None else [str(one) for one in objects("items", items).tolist()]
    names, told = _names_of(columns, names, persons, {*exclude, *(wanted or ())})
    if unknown := [name for name in exclude if name not in columns]:
        raise ArgumentError(f"exclude names {shown(unknown)}, but the columns are {shown(columns)}")
    others = {name: columns.pop(name) for name in exclude}
    if wanted is not None:
        columns, aside = _chosen(
            columns, wanted, isinstance(data, np.ndarray) or not hasattr(data, "columns")
        )
        others |= aside
    others |= {name: columns.pop(name) for name in list(columns) if name.startswith(_ASIDE)}
    beside = {name.removeprefix(_ASIDE): _spaced(values) for name, values in others.items()}
    told = (*told, *_spaces(beside))
    if not columns:
        raise ArgumentError(f"data has no item: {kind_of(data)}")
    n = len(next(iter(columns.values())))
    if not n:
        raise ArgumentError("data has no person: expected a row for each")
    who = _persons(names, n)
    rows = () if long or not hasattr(data, "iloc") else index_of(data) or ()
    aside_frame = pl.DataFrame(
        {name.removeprefix(_ASIDE): _beside(name, values, levels) for name, values in others.items()}
    )
    if key is not None:
        table = response_table(columns, who)
        coded, unmet = kinds_of_nothing(table, odd)
        try:
            known = _without(key_of(key, tuple(columns)), others)
            found = marked(table, known, coded, omitted_wrong=omitted_wrong)
        except ExamgenError as error:
            raise refusal(error) from None
        return Responses(
            who, found.scored.items, found.scored.cells, found.chosen, aside_frame,
            (*told, *(notes if long else unmet), *found.notes), rows,
        )  # fmt: skip
    if not long:
        notes = _not_met(columns.values(), odd)
    unit = 2 if truth("halves", halves) and not long and any(map(_has_halves, columns.values())) else 1
    cells = np.empty((n, len(columns)), dtype=np.int8)
    for j, (name, values) in enumerate(columns.items()):
        cells[:, j] = _scores(name, values, odd, who, unit)
    if not long and wanted is None:
        _refuse_names(tuple(columns), cells)
    return Responses(who, tuple(columns), cells, None, aside_frame, (*told, *notes), rows, unit)


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
    from pathlib import Path

    from examgen.capture.response_files import candidates_of, pooled, read_key
    from examgen.capture.response_files import read_responses as read
    from examgen.core.files import read_input

    codes = codes_of(missing)
    truth("omitted_wrong", omitted_wrong)
    named = [path] if isinstance(path, (str, Path)) else collection("path", path)
    if not named or not all(isinstance(one, (str, Path)) and str(one) for one in named):
        raise ArgumentError(f"path is {kind_of(path)}; expected the path of a file, or of several")
    paths = [Path(one) for one in named]
    exclude = tuple(str(name) for name in collection("exclude", exclude))
    try:
        table = pooled([read(one.name, read_input(one), exclude) for one in paths])
        _named(candidates_of(table), "person")
        known: Key | None = None
        if isinstance(key, Path) or (isinstance(key, str) and Path(key).suffix != ""):
            known = read_key(Path(str(key)).name, read_input(Path(str(key))))
        elif key is not None:
            known = key_of(key, tuple(column.name for column in table.items))
        known = None if known is None else _without(known, exclude)
        found = responses_of_table(
            table, known, codes, omitted_wrong=omitted_wrong, halves=truth("halves", halves)
        )
    except ExamgenError as error:
        raise refusal(error) from None
    if known is None and not table.cell_lines:
        _refuse_names(found.items, found.cells)
    notes = (
        on_reading(one.code, english(one.values["message"]))
        if isinstance(one, Note) and "message" in one.values
        else one
        for one in found.notes
    )
    return replace(found, notes=tuple(notes))


def responses_of_table(
    table: ResponseTable,
    key: Key | None,
    codes: Mapping[object, int],
    *,
    omitted_wrong: bool = True,
    highest: int | None = None,
    halves: bool = False,
) -> Responses:
    """The responses of files that were read, here and on the command line.

    Parameters
    ----------
    table : ResponseTable
    key : mapping, optional
        The right options of each item, where cells are options.
    codes : mapping
        Values that stand for no answer, with their kinds, as `codes_of` has them.
    omitted_wrong : bool
        With a key: whether a blank scores 0.
    highest : int, optional
        The greatest score that is taken.
    halves : bool
        Whether half points are taken.

    Raises
    ------
    Refused
        With every cell that is no score, and for a key of other items or options.
    """
    from examgen.capture.response_files import as_scores, groups_of, has_halves

    aside = {}
    for name in table.others:
        words, number = groups_of(table, name)
        aside[name] = [None if k < 0 else words[k] for k in number.tolist()]
    coded, unmet = kinds_of_nothing(table, codes)
    notes = (
        *notes_on_reading(table),
        *_spaces({name: own.spaced for name, own in table.others.items()}),
        *unmet,
    )
    choices, unit = None, 1
    if key is not None:
        found = marked(table, key, coded, omitted_wrong=omitted_wrong)
        scored, choices, notes = found.scored, found.chosen, (*notes, *found.notes)
    else:
        unit = 2 if halves and has_halves(table) else 1
        scored = as_scores(table, coded, highest, unit)
        if n := below_zero(table, codes):
            notes += (note("below-zero", n=n),)
    starts = tuple(first for first, _ in table.parts)
    return Responses(
        scored.candidates, scored.items, scored.cells, choices, pl.DataFrame(aside), notes, unit=unit,
        starts=starts,
    )  # fmt: skip


def _spaces(columns: Mapping[str, Sequence[str]]) -> Iterator[Note]:
    """The notes of columns beside the items, with their texts that occur with and without space around
    them."""
    for name, texts in columns.items():
        if texts:
            yield note("spaces-around", column=name, names=shown(texts))


def _spaced(values: NDArray[Any]) -> list[str]:
    """Texts of a column that occur with and without space around them."""
    texts = {one for one in set(values.tolist()) if isinstance(one, str)} if values.dtype == object else set()
    return sorted({one.strip() for one in texts if one != one.strip() and one.strip() in texts} - {""})


def notes_on_reading(table: ResponseTable) -> tuple[Note, ...]:
    """Which files were pooled, and which columns are no items."""
    from examgen.capture.response_files import pooled_notice

    notices = (*pooled_notice(table), *table.notices)
    return tuple(on_reading(one.code, one.message) for one in notices)


def as_responses(data: object, *aside: object, halves: bool = False) -> Responses:
    """What every verb begins with: the data as `responses` takes them.

    Parameters
    ----------
    data : object
    *aside : object
        Arguments of the verb that may name a column which is no item (groups); other values are ignored.
    halves : bool
        Whether the verb takes half points.
    """
    if isinstance(data, Responses) and data.unit > 1 and not halves:
        raise ArgumentError("data have half points, which only es.items and es.reliability take")
    if isinstance(inside := getattr(data, "responses", None), Responses):
        return inside  # of a simulation
    if isinstance(data, Responses):
        return data
    columns = columns_of(data)[0] if not isinstance(data, np.ndarray) else {}
    beside = [one for one in aside if isinstance(one, str) and one in columns]
    return responses(data, exclude=beside, halves=halves)


def is_vector(data: object) -> bool:
    """Whether it is one row of values: total scores in place of a table."""
    if isinstance(data, (str, bytes, Mapping, Responses)) or not hasattr(data, "__len__"):
        return False
    if isinstance(data, (list, tuple, range)):
        return bool(data) and not any(hasattr(one, "__len__") and not isinstance(one, str) for one in data)
    return getattr(data, "ndim", len(getattr(data, "shape", (0, 0)))) == 1


# ── tables of any kind ───────────────────────────────────────────────────────────────────────

_ASIDE = "\x00"
"""In front of the columns of a long table that are no items."""


def columns_of(data: object, argument: str = "data") -> tuple[dict[str, NDArray[Any]], NDArray[Any] | None]:
    """The columns of a table by name, and the names of its rows where it has some.

    A document of the command line (`examgen analyse … --json`) stands for its `items`.
    """
    kind = "persons × items, a row for each person" if argument == "data" else "rows and columns"
    if isinstance(data, pl.LazyFrame):
        data = data.collect()
    if isinstance(data, pl.DataFrame):
        return {name: _polars_column(data[name]) for name in data.columns}, None
    if isinstance(data, Mapping) and is_rows(data.get("items")):
        data = data["items"]
    if is_rows(data):
        data = _columns_of_rows(data)
    if isinstance(data, Mapping):
        if not data:
            raise ArgumentError(f"{argument} is an empty mapping; expected a column for each item")
        if all(np.ndim(values) == 0 for values in data.values()):
            return {str(name): present(one_by_one([value])) for name, value in data.items()}, None
        columns = {str(name): objects(f"{argument}[{name!r}]", values) for name, values in data.items()}
        lengths = {name: len(values) for name, values in columns.items()}
        if len(set(lengths.values())) > 1:
            one, other = min(lengths, key=lengths.__getitem__), max(lengths, key=lengths.__getitem__)
            raise ArgumentError(
                f"{argument} has columns of different lengths: {one} has {lengths[one]}, {other} has "
                f"{lengths[other]}"
            )
        return columns, None
    if hasattr(data, "iloc") and hasattr(data, "columns"):
        names = [str(name) for name in data.columns]
        _distinct(argument, "column", names)
        index: Any = getattr(data, "index", None)
        plain = type(index).__name__ == "RangeIndex"
        found = {name: present(_pandas_column(data.iloc[:, j])) for j, name in enumerate(names)}
        return found, None if plain else np.asarray(index.to_numpy())
    if isinstance(data, np.ma.MaskedArray):
        data = np.ma.filled(data.astype(np.float64), np.nan)
    if isinstance(data, np.ndarray) and data.dtype.names:
        return {name: present(data[name]) for name in data.dtype.names}, None
    if isinstance(data, (str, bytes)) or not is_row(data):
        hint = "; a file is read by read_responses" if isinstance(data, str) else ""
        raise ArgumentError(f"{argument} is {kind_of(data)}; expected a table of {kind}{hint}")
    try:
        matrix = np.asarray(data)
        if matrix.dtype.kind in "US" and not isinstance(data, np.ndarray):
            matrix = np.asarray(data, dtype=object)
    except (ValueError, TypeError):
        raise ArgumentError(f"{argument} has rows of different lengths; expected a table of {kind}") from None
    if matrix.ndim != 2:
        raise ArgumentError(f"{argument} is {kind_of(matrix)}; expected a table of {kind}")
    matrix = present(matrix)
    return {f"i{j + 1}": matrix[:, j] for j in range(matrix.shape[1])}, None


def is_rows(data: object) -> TypeGuard[list[Mapping[str, object]]]:
    """Whether it is a list of rows, each a mapping, as JSON has a table."""
    return isinstance(data, list) and bool(data) and all(isinstance(row, Mapping) for row in data)


def _columns_of_rows(rows: list[Mapping[str, object]]) -> dict[str, list[object]]:
    """Columns of rows; a list in a row (steps of an item) becomes columns that are numbered from 1, but that
    of `scores` a text."""
    columns: dict[str, list[object]] = {}
    for place, row in enumerate(rows):
        for name, value in row.items():
            cells = {name: value}
            if isinstance(value, list):
                cells = {f"{name}{n}": one for n, one in enumerate(value, start=1)}
                if name == "scores":
                    cells = {name: " ".join(map(str, value))}
            for own, one in cells.items():
                columns.setdefault(str(own), [None] * len(rows))[place] = one
    return columns


def _polars_column(column: pl.Series) -> NDArray[Any]:
    """A column of polars; texts as objects, None where there is nothing."""
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        return column.to_numpy()
    return one_by_one(column.to_list())


def _pandas_column(column: Any) -> NDArray[Any]:
    """A column of pandas; nullable numbers as floats with NaN."""
    own = column.to_numpy()
    if own.dtype == object and hasattr(column.dtype, "na_value") and hasattr(column.dtype, "kind"):
        try:
            return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
        except (TypeError, ValueError):
            pass
    return np.asarray(own)


def _levels(data: object) -> dict[str, list[object]]:
    """Of the columns of categories their order."""
    if isinstance(data, pl.LazyFrame):
        data = data.collect()
    columns: dict[str, object] = {}
    if isinstance(data, pl.DataFrame):
        columns = {name: data[name] for name in data.columns}
    elif isinstance(data, Mapping):
        columns = {str(name): values for name, values in data.items()}
    elif hasattr(data, "iloc") and hasattr(data, "columns"):
        columns = {str(name): data.iloc[:, j] for j, name in enumerate(data.columns)}
    found = {name: levels_of(column) for name, column in columns.items()}
    return {name: levels for name, levels in found.items() if levels}


def _beside(name: str, values: NDArray[Any], levels: Mapping[str, list[object]]) -> pl.Series:
    """A column that is no item; null where there is nothing, and categories in their order."""
    name = name.removeprefix(_ASIDE)
    order = list(dict.fromkeys(map(str, levels.get(name, ()))))
    if order:
        cells = [None if absent(one) else str(one) for one in values.tolist()]
        return pl.Series(name, cells, dtype=pl.Enum(order))
    made = pl.Series(name, values.tolist(), strict=False)
    return made.fill_nan(None) if made.dtype.is_float() else made


def _distinct(argument: str, what: str, names: Sequence[object]) -> None:
    seen: set[object] = set()
    for name in names:
        if name in seen:
            raise ArgumentError(f"{argument} has the {what} {name!r} twice; names must be distinct")
        seen.add(name)


def _id_of(columns: Mapping[str, object], persons: object) -> str | None:
    """The column that names the persons."""
    if isinstance(persons, str):
        if persons not in columns:
            raise ArgumentError(f"persons is {persons!r}, but the columns are {shown(columns)}")
        return persons
    folded = {name.strip().lower(): name for name in columns}
    return next((folded[name] for name in IDS if name in folded), None)


def _names_of(
    columns: dict[str, NDArray[Any]], index: NDArray[Any] | None, persons: object, spared: Collection[str]
) -> tuple[NDArray[Any] | None, tuple[Note, ...]]:
    """The names of the persons, whose column is taken out; a first column of row names is put aside.

    Parameters
    ----------
    columns : dict
    index : ndarray, optional
        Names of the rows of the table itself.
    persons : object
    spared : collection of str
        Columns that are named as something else.
    """
    if persons is not None and not isinstance(persons, str):
        index = objects("persons", persons)
    elif (own := _id_of(columns, persons)) is not None:
        index = columns.pop(own)
    first = next(iter(columns), "")
    if first not in columns or first in spared or not _numbers_rows(first, columns[first]):
        return index, ()
    if index is None:
        message = f"the first column, {first!r}, names the persons: it is not an item"
        return columns.pop(first), (on_reading("first-column-names", message),)
    columns[f"{_ASIDE}{first}"] = columns.pop(first)
    message = f"the column {first!r} numbers the rows: it is not an item"
    return index, (on_reading("column-of-rows", message),)


def _numbers_rows(name: str, values: NDArray[Any]) -> bool:
    """Whether a column is the row names that a program wrote into a file."""
    if name.strip().lower() not in ROW_NAMES:
        return False
    cells = values.tolist()
    return len(set(map(str, cells))) == len(cells)


def _persons(names: NDArray[Any] | None, n: int) -> tuple[str, ...] | range:
    if names is None:
        return range(n)
    if len(names) != n:
        raise ArgumentError(f"persons has {len(names)} names; expected one for each of {n} rows")
    plain = tuple(map(_name, names.tolist()))
    _named(plain, "person")
    return plain


def _name(value: object) -> str:
    """A name as a text; the empty text for none."""
    if absent(value):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _without(key: Key, aside: Collection[str]) -> Key:
    """The key without items that the caller set aside."""
    return {item: right for item, right in key.items() if item not in aside}


def _named(names: Sequence[str], what: str) -> None:
    if "" in names:
        raise ArgumentError(
            f"data has no name of the {what} in row {names.index('')} (counted from 0); "
            "expected one in each row"
        )


def _refuse_names(items: Sequence[str], cells: Cells) -> None:
    """Refuses an item whose values are nearly all different: numbers of persons, not scores.

    With more persons than there are scores this cannot be, so it is looked for among few alone.
    """
    n = len(cells)
    if not _FEW < n <= 2 * (GREATEST_SCORE + 1):
        return
    ordered = np.sort(cells, axis=0)
    distinct = 1 + np.count_nonzero(np.diff(ordered, axis=0), axis=0)
    for j in np.flatnonzero(distinct >= _NEARLY_ALL * n).tolist():
        raise ArgumentError(
            f"data: {items[j]} has {int(distinct[j])} different values of {n} persons, unlike scores. Where "
            f"it names the persons, say es.responses(data, persons={items[j]!r}); where it is no item, "
            f"exclude=[{items[j]!r}]; where it is one, name the items in items="
        )


def _chosen(
    columns: dict[str, NDArray[Any]], wanted: Sequence[str], unnamed: bool
) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
    """The columns that are items, and the others; columns of an array get the names."""
    _distinct("items", "name", wanted)
    if unnamed and not set(wanted) <= set(columns):
        own = [name for name in columns if not name.startswith(_ASIDE)]
        if len(wanted) != len(own):
            raise ArgumentError(f"items has {len(wanted)} names; the data have {len(own)} columns")
        return {name: columns[old] for name, old in zip(wanted, own, strict=True)}, {}
    if unknown := [name for name in wanted if name not in columns]:
        raise ArgumentError(f"items names {shown(unknown)}, but the columns are {shown(columns)}")
    kept = {name: columns[name] for name in wanted}
    return kept, {name: values for name, values in columns.items() if name not in kept}


def _widened(
    columns: dict[str, NDArray[Any]], person: str, odd: Mapping[object, int], options: bool
) -> dict[str, NDArray[Any]]:
    """A long table as columns of items, with `id` first; −3 where a person has no row for an item."""
    who, first, of_person = _numbered(columns[person], "person")
    what, _, of_item = _numbered(columns["item"], "item")
    cell = of_person * len(what) + of_item
    if len(cell) and np.bincount(np.unique(cell, return_inverse=True)[1]).max() > 1:
        once, counts = np.unique(cell, return_counts=True)
        row, column = divmod(int(once[counts > 1][0]), len(what))
        extra = [name for name in columns if name not in (person, *_LONG)]
        hint = f": keep one of {shown(extra)}" if extra else ""
        raise ArgumentError(
            f"data has {counts.max()} responses of person {who[row]} to item {what[column]}; "
            f"expected one row for each{hint}"
        )
    values = columns["resp"]
    if options or values.dtype.kind not in "biuf":
        wide: NDArray[Any] = np.full((len(who), len(what)), NOT_ADMINISTERED, dtype=object)
        wide[of_person, of_item] = values
    else:
        cells = np.full((len(who), len(what)), NOT_ADMINISTERED, dtype=np.int8)
        cells[of_person, of_item] = _scores("resp", values, odd, range(len(values)))
        wide = cells
    aside = {
        f"{_ASIDE}{name}": values[first] for name, values in columns.items() if name not in (person, *_LONG)
    }
    made = {name: wide[:, j] for j, name in enumerate(what)}
    return {"id": one_by_one(who), **made, **aside}


def _numbered(values: NDArray[Any], what: str) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """Distinct values in the order of their first rows, these rows, and the place of each row's value."""
    if values.dtype.kind in "iu":
        series = pl.Series("value", values).cast(pl.String)
    else:
        cells = values.tolist()
        try:
            names = {one: _name(one) for one in set(cells)}
        except TypeError:
            raise ArgumentError(
                f"data: the column of the {what} holds lists or the like; expected texts or numbers"
            ) from None
        texts = [names[one] for one in cells]
        _named(texts, what)
        series = pl.Series("value", texts, dtype=pl.String)
    rows = pl.DataFrame({"value": series}).with_row_index("row")
    distinct = rows.unique("value", keep="first", maintain_order=True)
    known = distinct.select("value", place=pl.int_range(pl.len()))
    place = rows.join(known, on="value", how="left", maintain_order="left")["place"]
    return (
        distinct["value"].to_list(),
        distinct["row"].to_numpy().astype(np.int64),
        place.to_numpy().astype(np.int64),
    )


# ── scores ───────────────────────────────────────────────────────────────────────────────────


def _not_met(columns: Iterable[NDArray[Any]], odd: Collection[object]) -> tuple[Note, ...]:
    """The note of values for no answer that no cell has."""
    left = set(odd) - {""}
    for values in columns:
        if not left:
            break
        distinct = np.unique(values) if values.dtype.kind in "biuf" else set(values.tolist())
        left -= {plain_code(one) for one in distinct}
    return not_met(sorted(left, key=str))


def _has_halves(values: NDArray[Any]) -> bool:
    """Whether there is a half point among numbers, or texts of numbers."""
    if values.dtype.kind == "f":
        return bool((np.mod(values[np.isfinite(values)], 1.0) == 0.5).any())
    ends = (str(one).strip() for one in values.tolist()) if values.dtype.kind in "OUS" else ()
    return any(one.rstrip("0").endswith((".5", ",5")) for one in ends)


def _scores(
    name: str, values: NDArray[Any], odd: Mapping[object, int], who: Sequence[object], unit: int = 1
) -> Cells:
    """(N,) a column of scores, in parts of a point of which one is `unit`; refused with the first cell that
    is none."""
    if values.dtype.kind not in "biuf":
        values = _numbers_of_texts(name, values, odd, who)
    if values.dtype.kind in "bu" or values.dtype == np.int8:
        numbers: NDArray[Any] = (
            values.astype(np.int64) if values.dtype.kind == "u" else values.astype(np.int8)
        )
    else:
        numbers = values
    codes = {one: kind for one, kind in odd.items() if isinstance(one, float)}
    if codes:
        read = numbers.astype(np.float64)
        numbers = read.copy()
        for code, kind in codes.items():
            numbers[read == code] = kind
    if unit > 1:
        numbers = numbers.astype(np.float64)
        numbers = np.where(numbers > 0, numbers * unit, numbers)
    if numbers.dtype.kind == "f":
        gone = np.isnan(numbers)
        wrong = ~gone & ((numbers != np.rint(numbers)) | (numbers > GREATEST_SCORE) | np.isinf(numbers))
    else:
        gone, wrong = np.zeros(len(numbers), dtype=np.bool_), numbers > GREATEST_SCORE
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise _odd_cell(name, who[row], f"{float(numbers[row]) / unit:g}")
    kept = np.where(numbers < NOT_ADMINISTERED, OMITTED, numbers)
    return np.asarray(np.where(gone, odd.get("", NOT_ADMINISTERED), kept).astype(np.int8))


def _numbers_of_texts(
    name: str, values: NDArray[Any], odd: Mapping[object, int], who: Sequence[object]
) -> NDArray[np.float64]:
    made = np.empty(len(values))
    words: dict[object, float] = {}
    for row, value in enumerate(values.tolist()):
        if isinstance(value, float) or value is None:
            made[row] = np.nan if value is None else value
            continue
        try:
            known = words.get(value)
        except TypeError:
            raise _odd_cell(name, who[row], kind_of(value)) from None
        if known is None:
            known = _number_of(value, odd)
            if known is None:
                raise _odd_cell(name, who[row], repr(value)[:40])
            words[value] = known
        made[row] = known
    return made


def _number_of(value: object, odd: Mapping[object, int]) -> float | None:
    if isinstance(value, (bool, int, np.integer, np.floating, np.bool_)):
        return float(value)
    text = str(value).strip()
    if text in odd:
        return float(odd[text])
    if text.lower() in BLANKS:
        return np.nan
    try:
        return float(text)
    except ValueError:
        return None


def _odd_cell(item: str, person: object, cell: str) -> ArgumentError:
    place = f"{person} (counted from 0)" if isinstance(person, int) else person
    options = "options need key=, and " if cell.startswith(("'", '"')) else ""
    return ArgumentError(
        f"data: item {item}, person {place} is {cell}; a score is a whole number from 0 to {GREATEST_SCORE}, "
        f"NaN where there is none; {options}a column that is no item is named in exclude= of es.responses, "
        "or in persons= where it names the persons"
    )
