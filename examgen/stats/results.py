"""Results of verbs: frozen values that print as they read, their tables, and their notes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import partial
from string import Formatter
from typing import Any

import numpy as np
import polars as pl

_HEAD = 10
_WIDE = 110


class _Formatter(Formatter):
    """Numbers that round to 0 have no sign."""

    def format_field(self, value: Any, format_spec: str) -> str:
        is_decimal = isinstance(value, float) and format_spec.startswith(".") and format_spec.endswith("f")
        return str(super().format_field(value, ("z" if is_decimal else "") + format_spec))


_FORMATTER = _Formatter()


class Note(str):
    """An English sentence that says what it is made of: a code for programs, its text, and its values.

    `Note("few-persons", "{n} persons are few", n=12)`; with `many` the text is that of one, where `n` is 1.
    Whoever shows it in another language has the text as the key of the translation.
    """

    __slots__ = ("code", "many", "text", "values")
    code: str
    text: str
    many: str
    values: dict[str, Any]

    def __new__(cls, code: str, text: str, /, many: str = "", **values: Any) -> Note:
        """The sentence with its values filled in."""
        shown = _FORMATTER.vformat(many if many and values["n"] != 1 else text, (), values)
        made = str.__new__(cls, shown)
        made.code, made.text, made.many, made.values = code, text, many, values
        return made

    def is_of(self, name: str) -> bool:
        """Whether it is of something that its values name and its text does not."""
        return name in self.values and f"{{{name}" not in self.text

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(Note, many=self.many, **self.values), (self.code, self.text)


def note_of(texts: Mapping[str, str | tuple[str, str]], key: str, values: Mapping[str, Any]) -> Note:
    """A note by the key of its text, or of its texts for one and for several; its code ends before a dot."""
    text = texts[key]
    one, many = (text, "") if isinstance(text, str) else text
    return Note(key.partition(".")[0], one, many, **values)


def sentences(texts: Mapping[str, str | tuple[str, str]]) -> Callable[..., Note]:
    """A function that makes the notes of a module: `note("few", n=3)`."""

    def note(key: str, /, **values: Any) -> Note:
        return note_of(texts, key, values)

    return note


class Argument(str):
    """An argument of a verb as a value of a note: `step`, or `smooth='none'`."""

    __slots__ = ("name", "value")
    name: str
    value: object

    def __new__(cls, name: str, value: object = "") -> Argument:
        """By its name, and the value to give."""
        made = str.__new__(cls, f"{name}={value!r}" if value else name)
        made.name, made.value = name, value
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Argument, (self.name, self.value)


@dataclass(frozen=True, repr=False, eq=False)
class Result:
    """What a verb returns: frozen, with named tables (polars), printed on one screen.

    A kind of result says its `title`, its `figures`, its `tables` (the main one first), the `findings` in
    sentences and the `notes`, which a reader must know. What shows a result takes these five.

    See Also
    --------
    responses : what verbs take.

    Examples
    --------
    >>> import examgen.stats as es
    >>> hasattr(es.Result, "to_json")
    True
    """

    def _title(self) -> str:
        return type(self).__name__

    def _figures(self) -> Mapping[str, object]:
        return {}

    def _table(self) -> pl.DataFrame | None:
        return None

    def _remarks(self) -> Sequence[str]:
        """Sentences that a reader must know: its notes, where it has some."""
        return getattr(self, "notes", ())

    @property
    def title(self) -> str:
        """What was done."""
        return self._title()

    @property
    def figures(self) -> Mapping[str, object]:
        """Single values by their names."""
        return self._figures()

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """Tables by their names, the main one first."""
        own = self._table()
        return {} if own is None else {"table": own}

    def __repr__(self) -> str:
        return self._told(_HEAD)

    def _told(self, rows: int | None) -> str:
        lines = [self.title]
        if figures := self.figures:
            lines += _wrapped([f"{name} {told(value)}" for name, value in figures.items()])
        tables = list(self.tables.items())
        lines += [text_of(table, rows) for _, table in tables[:1]]
        if rows is None:
            lines += [f"{name}\n{text_of(table, rows)}" for name, table in tables[1:]]
        lines += getattr(self, "findings", ())
        remarks = self._remarks()
        kept = remarks if rows is None else remarks[:3]
        lines += [f"note: {remark}" for remark in kept]
        if len(kept) < len(remarks):
            lines.append(f"… {len(remarks) - len(kept)} more notes in .summary()")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from html import escape

        figures = "; ".join(f"{name} {told(value)}" for name, value in self.figures.items())
        head = "".join(table.head(_HEAD)._repr_html_() for table in list(self.tables.values())[:1])
        sentences = (*getattr(self, "findings", ()), *self._remarks())
        notes = "".join(f"<p>{escape(str(one))}</p>" for one in sentences)
        return f"<p><b>{escape(self.title)}</b><br>{escape(figures)}</p>{head}{notes}"

    def summary(self) -> str:
        """The whole result as text: every row of its tables, and every note."""
        return self._told(None)

    def to_dict(self) -> dict[str, Any]:
        """The result as plain values: tables as lists of rows, NaN and infinity as None."""
        return {
            field.name: plain(getattr(self, field.name))
            for field in fields(self)
            if not field.name.startswith("_")
        }

    def to_json(self, indent: int | None = None) -> str:
        """The result as JSON; NaN is null."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False, indent=indent)


def frame(columns: Mapping[str, object]) -> pl.DataFrame:
    """A table of columns; NaN, which is undefined, becomes null."""
    made = pl.DataFrame(
        {name: pl.Series(name, _column(values), strict=False) for name, values in columns.items()}
    )
    return made.fill_nan(None)


def frame_of_rows(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """A table of rows; NaN, which is undefined, becomes null."""
    return pl.DataFrame(rows, infer_schema_length=None).fill_nan(None)


def _column(values: object) -> Any:
    if isinstance(values, (np.ndarray, pl.Series)):
        return values
    return list(values) if isinstance(values, Iterable) else values


def plain(value: object) -> Any:
    """A value as JSON has it, here and on the command line: NaN and infinity are null, nought has no sign,
    tables are lists of rows."""
    if isinstance(value, Result):
        return value.to_dict()
    if isinstance(value, Note):
        return {"code": value.code, "message": str(value), "values": plain(value.values)}
    if isinstance(value, pl.DataFrame):
        return [{name: plain(one) for name, one in row.items()} for row in value.to_dicts()]
    if isinstance(value, pl.Series):
        return plain(value.to_list())
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value + 0.0 if math.isfinite(value) else None
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if hasattr(value, "_asdict"):
        return plain(value._asdict())
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Iterable):
        return [plain(one) for one in value]
    return str(value)


def told(value: object) -> str:
    """A value as a reader wants it: three decimals, thousands apart, nothing for what is undefined."""
    if value is None:
        return "–"
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (int, np.integer)):
        return f"{int(value):,}"
    if isinstance(value, (float, np.floating)):
        own = float(value) + 0.0
        if math.isnan(own):
            return "–"
        return f"{own:.1e}" if 0 < abs(own) < 0.0005 else f"{own:,.3f}"
    if isinstance(value, (list, tuple)):
        return ", ".join(told(one) for one in value)
    return str(value)


def _cell(value: object) -> str:
    return told(value) if not isinstance(value, (int, np.integer)) or isinstance(value, bool) else str(value)


def text_of(table: pl.DataFrame, rows: int | None) -> str:
    """A table as text: numbers to the right, the first rows, and how many follow."""
    head = table if rows is None else table.head(rows)
    columns: list[list[str]] = []
    for name, column in zip(head.columns, head.get_columns(), strict=True):
        cells = [name, *map(_cell, column.to_list())]
        width = max(map(len, cells))
        right = column.dtype.is_numeric()
        columns.append([cell.rjust(width) if right else cell.ljust(width) for cell in cells])
    shown: list[list[str]] = []
    wide = 0
    for cells in columns:
        wide += len(cells[0]) + 2
        if rows is not None and wide > _WIDE:
            shown.append(["…"] * len(cells))
            break
        shown.append(cells)
    lines = ["  ".join(line).rstrip() for line in zip(*shown, strict=True)]
    if len(head) < len(table):
        lines.append(f"… {len(table) - len(head):,} more of {len(table):,} rows")
    return "\n".join(lines)


def _wrapped(parts: Sequence[str]) -> list[str]:
    lines = [""]
    for part in parts:
        if lines[-1] and len(lines[-1]) + len(part) + 2 > _WIDE:
            lines.append("")
        lines[-1] += f"; {part}" if lines[-1] else part
    return lines
