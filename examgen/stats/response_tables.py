"""Sorting of the columns of a file or data frame into persons, items and other columns.

A column called `candidate_id`, `id`, `person` or `person_id` names the persons. In a file without such a
column it is the first one, unless that is an item. Every other column is an item, unless it was excluded or
numbers the rows. A table that also has the columns `item` and `resp` is long: it has a row for each response,
and its other columns describe the person. Columns that are not items are named by the user, never guessed.

Conversion of the items of a response table to scores; cells that are not scores are refused, with their
locations.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.core.tables.coded import CodedTable, read_coded
from examgen.stats.arguments import ArgumentError, DataError, absent, number_of, shown, spaces_around
from examgen.stats.columns import (
    ELSEWHERE,
    GREATEST_SCORE,
    PLAIN_IDS,
    ROW_NAMES,
    Codes,
    Column,
    is_half,
    is_negative,
    plain_code,
    score,
    score_columns,
)
from examgen.stats.matrix import Cells, Ints
from examgen.stats.plain_text import plain_text
from examgen.stats.results import Argument, Note, sentences

LONG = ("item", "resp")
SHOWN = 20
"""The maximum number of faults in a column that are listed."""
_ROWS = tuple(map(plain_text, ROW_NAMES))
_FIRST = "rownames"
"""What a first column of a file is called that has no name."""
TEXTS: dict[str, str] = {
    "no-column": "{data} has no column {unknown}. Its columns: {columns}",
    "ids-excluded": "{column} contains the candidate numbers, so it is never an item",
    "no-items": "{data} has no item. It has no columns of answers besides the candidates and the excluded "
    "columns",
    "no-persons": "{data} has a header but no candidates below it",
    "no-persons.rows": "{data} has no person. Expected is a row for each",
    "no-name": "{data} has no name of the person in row {row} (counted from 0). Expected is one in each row",
    "no-name.item": "{data} has no name of the item in row {row} (counted from 0). Expected is one in each "
    "row",
    "no-candidate-column": "{data}: the first column, {column}, could identify the candidates, but its "
    "numbers repeat. Add a column {id} that identifies them, or exclude the first column with {exclude}",
    "rows-numbered": "no column identifies the candidates, so they are numbered by row, starting at 1",
    "first-column-names": "the first column, {column}, identifies the candidates, so it is not an item",
    "column-of-rows": "the column {column} contains row numbers, so it is not an item",
    "files-pooled": "the files are combined by the names of their items: {files}",
    "rows-twice": "{data} has {n} responses of person {person} to item {item}. Keep one row for each",
    "rows-twice.beside": "{data} has {n} responses of person {person} to item {item}. Keep one row for each, "
    "for example those of one value of {columns}",
    "response-of-nobody": "has no candidate or no item. Write both",
    "response-twice": "{candidate} already has a different response to {item}. Keep one row for each",
    "response-twice.same": "{candidate} already has this response to {item}. Keep one row for each",
    "no-scores": "{data} contains cells that are not scores",
    "not-a-score": "`{text}` is not a score. Write 0, 1, 2 … or leave the cell blank. If it stands for no "
    "answer, name it with {missing}. If the cells are options, give their key with {key}. Exclude a column "
    "that is not an item with {exclude}",
    "not-a-score.half": "`{text}` is half a point, and only item analysis takes half points. Multiply all "
    "scores by 2, or give total scores where the analysis takes them",
    "not-a-score.total": "`{text}` is not a score of an item. If the column holds total scores, give them as "
    "a table or a vector to an analysis that takes totals",
    "not-a-score.column": "contains no score, only {shown}. Exclude the column with {exclude}, or, if these "
    "are options, give their key with {key}",
    "not-a-score.columns": "{n} columns ({names}) contain no score, for example only {shown}. If these are "
    "options, give their key with {key}. Exclude columns that are no items with {exclude}",
    "not-a-score.more": "and {n} more cells of this column",
    "all-different": "{item} has {n} different values of {n_persons} persons, unlike scores. If it "
    "identifies the candidates, call it `id`. If it is not an item, leave it out with {argument}. If it is "
    "one, name it like the item beside it, with a number (q1, q2)",
    "below-zero": "{n} [cell is a number|cells are numbers] below 0 and [counts|count] as missing. Write 0 "
    "for an answer that counts as wrong",
}
"""The messages by code, which ends before a dot."""
note = sentences(TEXTS)


@dataclass(frozen=True)
class ResponseTable:
    """A table of responses, with its columns sorted by role."""

    name: str
    persons: tuple[str, ...] | range
    items: tuple[Column, ...]
    others: Mapping[str, Column] = field(default_factory=dict)
    """Columns that are not items."""
    notes: tuple[Note, ...] = ()
    lines: Ints | None = None
    """For a file, the line of each row."""
    cell_lines: Mapping[str, Ints] = field(default_factory=dict)
    """For a long table, the line of each person's response, by item; 0 if there is none."""
    parts: tuple[tuple[int, str], ...] = ()
    """If several files were pooled, the first row of each and its name."""
    is_long: bool = False

    @property
    def n_rows(self) -> int:
        """The number of persons."""
        return len(self.persons)

    def place(self, row: int, item: str) -> dict[str, str]:
        """Return the location of a cell, for a note about it."""
        if self.lines is not None:
            return {"where": self.where(row, item), "field": item}
        is_place = isinstance(self.persons, range) and self.persons.start == 0
        counted = " (counted from 0)" if is_place else ""
        return {"where": f"{self.name}: item {item}, person {self.persons[row]}{counted}"}

    def where(self, row: int, item: str = "") -> str:
        """Return the file and line of a row, or of its cell for an item."""
        assert self.lines is not None
        name = next((part for first, part in reversed(self.parts) if first <= row), self.name)
        own = int(self.cell_lines[item][row]) if item in self.cell_lines else 0
        return f"{name}:{own or self.lines[row]}"

    def part(self, rows: NDArray[np.integer], items: Collection[str]) -> ResponseTable:
        """Return some of the persons, with some of the items."""
        places = rows.tolist()
        return replace(
            self,
            persons=tuple(str(self.persons[row]) for row in places),
            items=tuple(own.part(rows) for own in self.items if own.name in items),
            others={name: own.part(rows) for name, own in self.others.items()},
            lines=None if self.lines is None else self.lines[rows],
            cell_lines={item: lines[rows] for item, lines in self.cell_lines.items()},
            parts=(),
        )

    def spaces(self) -> Iterator[Note]:
        """Yield notes on columns that are not items and whose texts occur both with and without surrounding
        spaces."""
        for name, own in self.others.items():
            if own.spaced:
                yield spaces_around(name, sorted(own.spaced))


# ── files ────────────────────────────────────────────────────────────────────────────────────


def table_of_files(files: Sequence[tuple[str, bytes]], exclude: Collection[str] = ()) -> ResponseTable:
    """Return the table of files, given by name and content and pooled by the names of their items; raises as
    `tables_of_files` does."""
    return pooled(tables_of_files(files, exclude))


def tables_of_files(files: Sequence[tuple[str, bytes]], exclude: Collection[str] = ()) -> list[ResponseTable]:
    """Return the table of each file, given by name and content. Raises Refused if a file cannot be opened,
    ArgumentError for excluded columns that no file has, and DataError for faulty rows."""
    read = [read_coded(name, data, first=_FIRST) for name, data in files]
    names = [[own.name for own in table.columns] for table in read]
    refuse_unknown(" + ".join(name for name, _ in files), dict.fromkeys(chain(*names)), exclude)
    return [
        _table_of_file(name, table, [one for one in exclude if one in own])
        for (name, _), table, own in zip(files, read, names, strict=True)
    ]


def _table_of_file(name: str, read: CodedTable, exclude: Collection[str]) -> ResponseTable:
    columns: dict[str, Column] = {own.name: Column(*own) for own in read.columns}
    lines = np.asarray(read.lines, dtype=np.int64)
    if not len(lines):
        raise DataError(note("no-persons", data=name))
    if len(columns) == 1:  # a blank line is a blank cell of the one column
        [own] = columns.values()
        codes = np.full(lines[-1] - lines[0] + 1, len(own.values), dtype=np.int32)
        codes[lines - lines[0]] = own.codes
        columns = {own.name: own._replace(values=(*own.values, ""), codes=codes)}
        lines = np.arange(lines[0], lines[-1] + 1)
    known, notes = person_column(name, columns, exclude), []
    if known is not None and len(columns) > 1 and columns[known].values == ("",):
        del columns[known]  # it names nobody
        known = None
    first = next(iter(columns))
    is_score = first in score_columns(columns).values()
    if known is None and first not in exclude and not (is_score or _is_item(*columns.values())):
        known, notes = first, [_first_names(name, columns[first])]
    elif known is None and len(columns) > 1:
        notes = [note("rows-numbered", data=name)]
    return table_of_columns(name, columns, known, exclude=exclude, notes=notes, lines=lines)


def person_column(name: str, columns: Mapping[str, Column], exclude: Collection[str]) -> str | None:
    """Return the column whose name is one of those for persons, or None. Raises ArgumentError if `exclude`
    names that column or one that does not exist."""
    refuse_unknown(name, columns, exclude)
    folded = {plain_text(one): one for one in reversed(list(columns))}
    known = next((folded[one] for one in PLAIN_IDS if one in folded), None)
    if known is not None and known in exclude:
        raise ArgumentError(note("ids-excluded", column=known))
    return known


def refuse_unknown(name: str, columns: Collection[str], exclude: Collection[str]) -> None:
    """Raise ArgumentError if names of columns are missing from the table."""
    if unknown := [wanted for wanted in exclude if wanted not in columns]:
        values = {"unknown": shown(unknown), "columns": shown(columns)}
        raise ArgumentError(note("no-column", data=name, **values))


def _is_item(first: Column, *rest: Column) -> bool:
    """Whether a first column is one of the items: it is called as the next one but for a number (`q1`, `q2`),
    or holds the scores that the others hold."""
    if rest and are_numbered(first.name, rest[0].name):
        return True
    if len(first.values) == len(first.codes):
        return False
    scores = [score(value, {}) for value in first.values]
    if None in scores or max((one or 0 for one in scores), default=0) <= 0:
        return False
    others = [score(value, {}) or 0 for own in rest for value in own.values]
    return max(one or 0 for one in scores) <= max(others, default=0)


def are_numbered(name: str, other: str) -> bool:
    """Return whether the names of two columns differ only in a number at the end, such as `q1` and `q2`."""
    heads = [re.fullmatch(r"(.*?)[0-9]+", plain_text(one)) for one in (name, other)]
    return heads[0] is not None and heads[1] is not None and heads[0][1] == heads[1][1]


def _first_names(name: str, first: Column) -> Note:
    """The note that the first column names the persons; raises DataError where it holds scores."""
    scores = [score(value, {}) for value in first.values]
    if len(first.values) < len(first.codes) and None not in scores and max(one or 0 for one in scores) > 0:
        exclude = Argument("exclude", first.name)
        values = {"data": name, "column": first.name, "id": "`id`", "exclude": exclude}
        raise DataError(note("no-candidate-column", field=first.name, **values))
    return note("first-column-names", column=first.name)


def pooled(tables: Sequence[ResponseTable]) -> ResponseTable:
    """Combine several files into one table with all persons, and all items by name.

    An item that is missing from a file was not administered to its persons; its cells are `ELSEWHERE`.
    """
    if len(tables) == 1:
        return tables[0]
    n_rows = [table.n_rows for table in tables]
    items = [{own.name: own for own in table.items} for table in tables]
    firsts = np.cumsum([0, *n_rows[:-1]]).tolist()
    files = ", ".join(f"{table.name} ({table.n_rows:,})" for table in tables)
    lines = [table.lines for table in tables if table.lines is not None]
    of_cells = dict.fromkeys(item for table in tables for item in table.cell_lines)
    nothing = [np.zeros(n, dtype=np.int64) for n in n_rows]
    return ResponseTable(
        " + ".join(table.name for table in tables),
        tuple(str(person) for table in tables for person in table.persons),
        tuple(_joined(name, [own.get(name) for own in items], n_rows) for name in _names(items)),
        {
            name: _joined(name, [table.others.get(name) for table in tables], n_rows)
            for name in _names([table.others for table in tables])
        },
        (note("files-pooled", files=files), *(one for table in tables for one in table.notes)),
        np.concatenate(lines),
        {
            item: np.concatenate([
                table.cell_lines.get(item, none) for table, none in zip(tables, nothing, strict=True)
            ])
            for item in of_cells
        },
        tuple(zip(firsts, (table.name for table in tables), strict=True)),
        any(table.is_long for table in tables),
    )  # fmt: skip


def _names(columns: Sequence[Mapping[str, Column]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for own in columns for name in own))


def _joined(name: str, columns: Sequence[Column | None], n_rows: Sequence[int]) -> Column:
    """Columns one below the other; of a file that has none, every cell is `ELSEWHERE`."""
    place: dict[Any, int] = {}
    codes = []
    for own, n in zip(columns, n_rows, strict=True):
        values = (ELSEWHERE,) if own is None else own.values
        here = np.array([place.setdefault(value, len(place)) for value in values], dtype=np.int32)
        codes.append(np.full(n, here[0], dtype=np.int32) if own is None else here[own.codes])
    spaced = dict.fromkeys(text for own in columns if own is not None for text in own.spaced)
    return Column(name, tuple(place), np.concatenate(codes), tuple(spaced))


# ── tables of any kind ───────────────────────────────────────────────────────────────────────


def table_of_columns(
    name: str,
    columns: Mapping[str, Column],
    known: str | None,
    *,
    persons: Sequence[Any] | None = None,
    exclude: Collection[str] = (),
    items: Collection[str] = (),
    notes: Sequence[Note] = (),
    lines: Ints | None = None,
    is_named: bool = False,
) -> ResponseTable:
    """Return the table with its columns sorted by role.

    Parameters
    ----------
    name : str
        The name of the table in messages.
    columns : mapping
    known : str, optional
        The column that names the persons.
    persons : sequence, optional
        Names of the rows, if no column has them.
    exclude, items : collection of str
        Columns that are not items, and columns that are.
    notes : sequence of Note
    lines : ndarray, optional
        For a file, the line of each row.
    is_named : bool
        Whether the columns have names, so that the rows are numbered as those of a file.
    """
    if known is not None and set(LONG) <= set(map(plain_text, columns)):
        return _widened(name, columns, known, lines)
    own = dict(columns)
    index = own.pop(known) if known is not None else None
    told = list(notes)
    beside = {one: own.pop(one) for one in columns if one in exclude and one in own}
    first = next(iter(columns), "")
    if first in own and first not in items and _numbers_rows(own[first]):
        if index is None and persons is None:
            told, index = [note("first-column-names", column=first or _FIRST)], own.pop(first)
        else:
            told.append(note("column-of-rows", column=first or _FIRST))
            beside[first] = own.pop(first)
    if not own:
        raise DataError(note("no-items", data=name))
    n = len(next(iter(own.values())).codes)
    if not n:
        raise DataError(note("no-persons.rows", data=name))
    names: Sequence[Any] = range(1, n + 1) if lines is not None or is_named else range(n)
    if index is not None:
        persons = index.cells()
    elif is_named and persons is None and min(len(columns), n) > 1:
        told.append(note("rows-numbered", data=name))
    if persons is not None:
        names = _persons(name, persons, n, lines)
    if lines is not None:
        names = tuple(map(str, names))
    who = names if isinstance(names, range) else tuple(names)
    return ResponseTable(name, who, tuple(own.values()), beside, tuple(told), lines)


def _numbers_rows(first: Column) -> bool:
    """Whether a column is the row names that a program wrote into a file."""
    return plain_text(first.name) in _ROWS and len(first.values) == len(first.codes)


def _persons(name: str, persons: Sequence[Any], n: int, lines: Ints | None) -> tuple[str, ...]:
    if len(persons) != n:
        raise ArgumentError(f"persons has {len(persons)} names; expected one for each of {n} rows")
    names = tuple(map(name_of, persons))
    if "" in names:
        row = names.index("")
        where = {} if lines is None else {"where": f"{name}:{lines[row]}"}
        raise DataError(note("no-name", data=name, row=row, **where))
    return names


def name_of(value: object) -> str:
    """Return a name as a text; empty if missing."""
    if absent(value):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _widened(name: str, columns: Mapping[str, Column], known: str, lines: Ints | None) -> ResponseTable:
    """A long table as a row for each person and a column for each item.

    Raises DataError for rows without a person or an item, and for several responses to one item.
    """
    folded = {plain_text(one): own for one, own in reversed(list(columns.items()))}
    item, resp = (folded[one] for one in LONG)
    who, first, person = _numbered(columns[known])
    what, _, place = _numbered(item)
    beside = {title: own for title, own in columns.items() if own not in (columns[known], item, resp)}
    if "" in (*who, *what) or np.bincount(person * len(what) + place).max() > 1:
        _refuse_rows(name, who, what, person, place, resp, list(beside), lines)
    n = len(who)
    codes = np.full((n, len(what)), len(resp.values), dtype=np.int32)
    codes[person, place] = resp.codes
    every = (*resp.values, ELSEWHERE)
    items = []
    for j, title in enumerate(what):
        own = np.flatnonzero(np.bincount(codes[:, j], minlength=len(every)))
        here = np.zeros(len(every), dtype=np.int32)
        here[own] = np.arange(len(own))
        items.append(Column(title, tuple(every[code] for code in own.tolist()), here[codes[:, j]]))
    others = {title: own._replace(codes=own.codes[first]) for title, own in beside.items()}
    cell_lines = {}
    if lines is not None:
        of_cells = np.zeros((n, len(what)), dtype=np.int64)
        of_cells[person, place] = lines
        cell_lines = {title: of_cells[:, j] for j, title in enumerate(what)}
        lines = lines[first]
    return ResponseTable(name, who, tuple(items), others, (), lines, cell_lines, is_long=True)


def _refuse_rows(
    name: str,
    who: Sequence[str],
    what: Sequence[str],
    person: Ints,
    item: Ints,
    resp: Column,
    beside: Sequence[str],
    lines: Ints | None,
) -> None:
    """Refuses rows of a long table without a person or an item, and with a response that another row has."""
    faults: list[Note] = []

    def add(code: str, row: int, **values: object) -> None:
        where = f"{name}: row {row} (counted from 0)" if lines is None else f"{name}:{lines[row]}"
        faults.append(note(code, where=where, **values))

    cell = person * len(what) + item
    _, once, of_cell, counts = np.unique(cell, return_index=True, return_inverse=True, return_counts=True)
    again = np.setdiff1d(np.arange(len(cell)), once)[:SHOWN].tolist()
    nobody, nothing = (np.array(names) == "" for names in (who, what))
    for row in np.flatnonzero(nobody[person] | nothing[item])[:SHOWN].tolist():
        add("response-of-nobody", row)
        if len(faults) == 1:
            head = note("no-name" + ".item" * (not nobody[person[row]]), data=name, row=row)
    for row in again:
        own = of_cell[row]
        is_same = resp.codes[row] == resp.codes[once[own]]
        names = {"person": who[person[row]], "item": what[item[row]]}
        add("response-twice" + ".same" * bool(is_same), row, candidate=names["person"], item=names["item"])
        if row == again[0]:
            values = {"n": int(counts[own]), "columns": shown(beside), **names}
            head = note("rows-twice" + ".beside" * bool(beside), data=name, **values)
    raise DataError(head, *faults)


def _numbered(own: Column) -> tuple[tuple[str, ...], Ints, Ints]:
    """The different names in a column in the order of their first rows, these rows, and the place of each
    row's name."""
    names = pl.Series(list(map(name_of, own.values)), dtype=pl.String).gather(own.codes)
    first = names.arg_unique()
    who = names.gather(first)
    place = names.replace_strict(who, pl.int_range(len(who), eager=True), return_dtype=pl.Int64)
    return tuple(who), first.cast(pl.Int64).to_numpy(), place.to_numpy()


# ── scores of cells ───────────────────────────────────────────────────────────────────────────────────


_FEW, _NEARLY_ALL = 20, 0.95
"""A column with this share of different values among more persons than that is hardly an item."""
SHOWN_COLUMNS = 3
"""The maximum number of columns without a score that are listed singly."""
_NO_SCORE = -9
"""The messages by code (the part before a dot); a pair holds the singular and the plural."""


def scores(table: ResponseTable, codes: Codes, unit: int = 1) -> Cells:
    """Return the scores (N, J) as whole numbers, `unit` of which make one point; negative if missing.

    A blank counts as not administered, since the table does not give the reason. Raises DataError with every
    cell that is not a score.
    """
    cells = np.empty((table.n_rows, len(table.items)), dtype=np.int8)
    faults: list[Note] = []
    columns = {column.name for column in table.items}
    may_be_totals = columns <= {*score_columns(columns).values()}
    for j, column in enumerate(table.items):
        values = [score(value, codes, unit) for value in column.values]
        faults += _faults(table, column, values, may_be_totals=may_be_totals)
        known = [_NO_SCORE if value is None else value for value in values]
        cells[:, j] = np.array(known, dtype=np.int8)[column.codes]
    of_columns = [one for one in faults if one.text == TEXTS["not-a-score.column"]]
    if len(of_columns) > SHOWN_COLUMNS:
        names = shown([one.values["field"] for one in of_columns])
        last = of_columns[-1].values | {"n": len(of_columns), "names": names, "field": ""}
        head = note("not-a-score.columns", **last | {"exclude": Argument("exclude")})
        faults = [head, *(one for one in faults if one not in of_columns)]
    if faults:
        raise DataError(note("no-scores", data=table.name), *faults)
    return cells


def unit_of(table: ResponseTable) -> int:
    """Return 2 if there are half points, else 1."""
    return 2 if any(is_half(value) for column in table.items for value in column.values) else 1


def below_zero(table: ResponseTable, codes: Codes) -> Iterator[Note]:
    """Yield a note on negative numbers that are not named as codes for no answer."""
    n = sum(
        count
        for column in table.items
        for value, count in zip(column.values, column.counts(), strict=True)
        if is_negative(value) and plain_code(value) not in codes
    )
    if n:
        yield note("below-zero", n=n)


def _faults(
    table: ResponseTable, column: Column, values: Sequence[int | None], *, may_be_totals: bool
) -> Iterator[Note]:
    wrong = [code for code, value in enumerate(values) if value is None]
    rows = np.flatnonzero(np.isin(column.codes, wrong)).tolist() if wrong else []
    arguments = {
        "exclude": Argument("exclude", column.name),
        "key": Argument("key"),
        "missing": Argument("missing"),
    }
    is_totals = may_be_totals and None not in map(number_of, column.values)
    if len(rows) > 1 and not is_totals and all(value is None or value < 0 for value in values):
        texts = [f"`{_text(column.values[code])[:20]}`" for code in wrong]
        only = ", ".join(texts[:3]) + (" …" if len(texts) > 3 else "")
        yield note("not-a-score.column", shown=only, **arguments, where=table.name, field=column.name)
        return
    for row in rows[:SHOWN]:
        value = column.values[column.codes[row]]
        key = "not-a-score" + (".total" if is_totals else ".half" * is_half(value))
        yield note(key, text=_text(value)[:40], **arguments, **table.place(row, column.name))
    if len(rows) > SHOWN:
        yield note("not-a-score.more", n=len(rows) - SHOWN, where=table.name, field=column.name)


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def refuse_names(table: ResponseTable, cells: Cells, *, are_named: bool) -> None:
    """Raise DataError for an item whose values are nearly all different, since these are numbers of persons,
    not scores.

    With more persons than possible scores this cannot happen, so that only small tables are checked. If the
    names are the user's, an item whose name differs from its neighbour's only in a number is accepted.
    """
    n, items = len(cells), [column.name for column in table.items]
    if not _FEW < n <= 2 * (GREATEST_SCORE + 1):
        return
    ordered = np.sort(cells, axis=0)
    different = 1 + np.count_nonzero(np.diff(ordered, axis=0), axis=0)
    for j in np.flatnonzero(different >= _NEARLY_ALL * n).tolist():
        beside = (*items[max(j - 1, 0) : j], *items[j + 1 : j + 2])
        if not are_named or not any(are_numbered(items[j], one) for one in beside):
            values = {"n": int(different[j]), "n_persons": n, "argument": Argument("exclude", items[j])}
            raise DataError(note("all-different", item=items[j], **values))
