"""Results of analyses: frozen values with a readable text form, their tables, and their notes."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache, partial
from string import Formatter
from typing import Any, ClassVar, dataclass_transform

import numpy as np
import polars as pl

_HEAD = 10
_WIDE = 110
_COUNTED = re.compile(r"\[([^|\]]*)\|([^\]]*)\]")


class _Formatter(Formatter):
    """Numbers that round to 0 have no sign."""

    def format_field(self, value: Any, format_spec: str) -> str:
        is_decimal = isinstance(value, float) and format_spec.startswith(".") and format_spec.endswith("f")
        return str(super().format_field(value, ("z" if is_decimal else "") + format_spec))


_FORMATTER = _Formatter()


class Note(str):
    """An English sentence that keeps its components: a code for programs, its text, and its values.

    `Note("few-persons", "{n} persons are few", n=12)`; with `many`, `text` is the singular, used if `n` is 1.
    The text is the key for translations.
    """

    __slots__ = ("code", "many", "text", "values")
    code: str
    text: str
    many: str
    values: dict[str, Any]

    def __new__(cls, code: str, text: str, /, many: str = "", **values: Any) -> Note:
        """Return the sentence with its values filled in."""
        shown = _FORMATTER.vformat(many if many and values["n"] != 1 else text, (), values)
        made = str.__new__(cls, shown)
        made.code, made.text, made.many, made.values = code, text, many, values
        return made

    def is_of(self, name: str) -> bool:
        """Return whether the values contain this name and the text does not use it."""
        return name in self.values and f"{{{name}" not in self.text

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(Note, many=self.many, **self.values), (self.code, self.text)


@cache
def singular_and_plural(text: str) -> tuple[str, str]:
    """Return both forms of a text with `[one|several]` where they differ; other texts have no plural."""
    one, many = (_COUNTED.sub(rf"\{form}", text) for form in (1, 2))
    return one, "" if many == one else many


def note_of(texts: Mapping[str, str], key: str, values: Mapping[str, Any]) -> Note:
    """Return a note by the key of its text; the code of the note ends before a dot."""
    return Note(key.partition(".")[0], *singular_and_plural(texts[key]), **values)


def sentences(texts: Mapping[str, str]) -> Callable[..., Note]:
    """Return a function that creates the notes of a module, as in `note("few", n=3)`."""

    def note(key: str, /, **values: Any) -> Note:
        return note_of(texts, key, values)

    return note


class Argument(str):
    """The name of an argument as a value of a note: `step`, or `smooth='none'`."""

    __slots__ = ("name", "value")
    name: str
    value: object

    def __new__(cls, name: str, value: object = "") -> Argument:
        """Return the argument with its name and the suggested value."""
        made = str.__new__(cls, f"{name}={value!r}" if value else name)
        made.name, made.value = name, value
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Argument, (self.name, self.value)


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(field,))
@dataclass(frozen=True, repr=False, eq=False)
class Result:
    """The result of an analysis: a frozen dataclass with named tables (polars), printed on one screen.

    Each kind of result has a `title`, `figures`, `tables` (the main one first), `findings` in sentences and
    `notes` that a reader must know. These five are used for display. Figures and tables that are fields are
    declared by `_figures` and `_tables`.

    See Also
    --------
    responses : the data of every analysis.

    Examples
    --------
    >>> import examgen.stats as es
    >>> hasattr(es.Result, "to_json")
    True
    """

    _figures: ClassVar[Sequence[str]] = ()
    """Fields that are figures."""
    _tables: ClassVar[Sequence[tuple[str, str]]] = (("table", "table"),)
    """Names of tables, and the fields that they are."""

    def __init_subclass__(cls) -> None:
        dataclass(frozen=True, repr=False, eq=False)(cls)

    @property
    def title(self) -> str:
        """The kind of analysis."""
        return type(self).__name__

    @property
    def figures(self) -> Mapping[str, object]:
        """Single values by name."""
        return {name: one for name in self._figures if (one := getattr(self, name)) is not None}

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """Tables by name, the main one first."""
        tables = ((title, getattr(self, name, None)) for title, name in self._tables)
        return {title: table for title, table in tables if table is not None and len(table)}

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
        remarks = getattr(self, "notes", ())
        kept = remarks if rows is None else remarks[:3]
        lines += [printed(remark) for remark in kept]
        if len(kept) < len(remarks):
            lines.append(f"… {len(remarks) - len(kept)} more notes in .summary()")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from html import escape

        figures = "; ".join(f"{name} {told(value)}" for name, value in self.figures.items())
        head = "".join(table.head(_HEAD)._repr_html_() for table in list(self.tables.values())[:1])
        sentences = (*getattr(self, "findings", ()), *getattr(self, "notes", ()))
        notes = "".join(f"<p>{escape(str(one))}</p>" for one in sentences)
        return f"<p><b>{escape(self.title)}</b><br>{escape(figures)}</p>{head}{notes}"

    def __getitem__(self, name: str) -> Any:
        """The value of a field that is a number or text, or of one of `figures`, by its name."""
        known = dict(self.figures)
        values = {one.name: getattr(self, one.name) for one in fields(self) if one.name[0] != "_"}
        known |= {key: value for key, value in values.items() if isinstance(value, (int, float, str))}
        if name not in known:
            from examgen.stats.arguments import ArgumentError  # which needs notes of results

            raise ArgumentError(f"{name!r} is not a figure of this result; it has {', '.join(known)}")
        return known[name]

    __iter__ = None
    """A result is no sequence, although its figures have names in brackets."""

    def summary(self) -> str:
        """Return the whole result as text, with every row of its tables and every note."""
        return self._told(None)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain values, with tables as lists of rows, and NaN and infinity as None."""
        return {
            one.name: plain(getattr(self, one.name)) for one in fields(self) if not one.name.startswith("_")
        }

    def to_json(self, indent: int | None = None) -> str:
        """Return the result as JSON; NaN is null."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False, indent=indent)


def frame(columns: Mapping[str, object]) -> pl.DataFrame:
    """Return a table of these columns; NaN, which means undefined, becomes null."""
    made = pl.DataFrame(
        {name: pl.Series(name, _column(values), strict=False) for name, values in columns.items()}
    )
    return made.fill_nan(None)


def frame_of_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()) -> pl.DataFrame:
    """Return a table of these rows; NaN, which means undefined, becomes null. Without a row it has these
    columns."""
    if not rows:
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.Null))
    return pl.DataFrame(rows, infer_schema_length=None).fill_nan(None)


def _column(values: object) -> Any:
    if isinstance(values, (np.ndarray, pl.Series)):
        return values
    return list(values) if isinstance(values, Iterable) else values


def printed(remark: str) -> str:
    """Return a note as a line of printed text, with its code at the end."""
    return f"note: {remark} [{remark.code}]" if isinstance(remark, Note) else f"note: {remark}"


def plain(value: object) -> Any:
    """Return a value in the form used in JSON, also by the command line: NaN and infinity become null, zero
    has no sign, tables become lists of rows."""
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
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Iterable):
        return [plain(one) for one in value]
    return str(value)


def told(value: object) -> str:
    """Return a value as text for a reader: three decimals, thousands separated, a dash if undefined."""
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
    """Return a table as text: numbers right-aligned, the first rows, and the number of further rows."""
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
