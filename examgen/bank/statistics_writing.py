"""The text of `statistics.csv` and the lines of one administration → the text with these in it.

Lines of other administrations stay as they are, columns that nobody here knows among them; those of the same
administration are replaced where they stood, so that writing them again changes nothing.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Collection, Sequence

from examgen.bank.statistics import COLUMNS, Statistic, _plain
from examgen.problems import Problem, Refused

Place = tuple[str, str]
"""Item and form."""
_NUMBERS = COLUMNS[5:]


def with_lines(
    text: str, source: str, lines: Sequence[Statistic], asked: Collection[Place], replace: bool = False
) -> str:
    """The text of `source` with the lines of one administration, ordered by item and form.

    `asked` are all items of the unit that the exam asks, and on which forms. Where the text has lines of an
    administration of that name that cannot be this one – of another day, or of items and forms that were not
    asked – it is `Refused`, unless `replace` gives them up.
    """
    heads, rows = _read(text, source)
    at = {name: place for place, name in enumerate(heads)}
    names = {one.administration for one in lines}
    own = [n for n, row in enumerate(rows) if _plain(row[at["administration"]]) in names]
    if not replace:
        _refuse_other(source, [rows[n] for n in own], at, lines, asked)
    first = own[0] if own else len(rows)
    new = [
        _row(heads, one) for one in sorted(lines, key=lambda one: (one.item, one.form, one.item_hash or ""))
    ]
    taken = set(own)
    before = [row for n, row in enumerate(rows[:first]) if n not in taken]
    behind = [row for n, row in enumerate(rows[first:], first) if n not in taken]
    return _written([heads, *before, *new, *behind])


def _read(text: str, source: str) -> tuple[list[str], list[list[str]]]:
    """Heads and rows, with every column that is written; Refused where it is no such table."""
    heads, *rows = list(csv.reader(io.StringIO(text))) or [list(COLUMNS)]
    if "item" not in heads or len(set(heads)) < len(heads):
        message = f"is not a table of statistics: its columns are {', '.join(COLUMNS)}, each once"
        raise Refused("statistics cannot be written", [Problem(source, "statistics-columns", message)])
    long = [n for n, row in enumerate(rows, 2) if len(row) > len(heads)]
    if long:
        problems = [
            Problem(f"{source}:{n}", "statistics-fields", "has more fields than the header") for n in long
        ]
        raise Refused("statistics cannot be written", problems)
    lacking = [name for name in COLUMNS if name not in heads]
    full = [*heads, *lacking]
    return full, [[*row, *[""] * (len(full) - len(row))] for row in rows if any(row)]


def _refuse_other(
    source: str,
    own: Sequence[Sequence[str]],
    at: dict[str, int],
    lines: Sequence[Statistic],
    asked: Collection[Place],
) -> None:
    """Refuses to replace lines of another administration that has the same name."""
    day = next((one.date for one in lines if one.date), "")
    days = {_plain(row[at["date"]]) for row in own} - {"", day} if day else set[str]()
    places = {(_plain(row[at["item"]]), _plain(row[at["form"]])) for row in own}
    others = sorted(item for item, form in places - set(asked))
    if not days and not others:
        return
    name = lines[0].administration
    why = f"it was on {min(days)}" if days else f"it asked {', '.join(dict.fromkeys(others[:5]))}"
    message = (
        f"already has lines of an administration {name}, but {why}: give this one a name of its own "
        f"(--administration), or replace those lines (--replace)"
    )
    raise Refused("statistics cannot be written", [Problem(source, "administration-named-twice", message)])


def _row(heads: Sequence[str], one: Statistic) -> list[str]:
    said = {
        "item": _neutral(one.item),
        "item_hash": one.item_hash or "",
        "administration": _neutral(one.administration),
        "form": _neutral(one.form),
        "date": one.date,
        **{name: _number(one.numbers.get(name)) for name in _NUMBERS},
    }
    return [said.get(head, "") for head in heads]


def _number(value: float | None) -> str:
    """A number with six decimals at most; empty where it is unknown."""
    if value is None or not math.isfinite(value):
        return ""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _neutral(text: str) -> str:
    """A text that no spreadsheet runs."""
    return f"'{text}" if re.match(r"[=+\-@\t\r]", text) else text


def _written(rows: Sequence[Sequence[str]]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    return file.getvalue()
