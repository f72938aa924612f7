"""The text of `statistics.csv` and the lines of one administration → the text with these in it.

Lines of other administrations stay as they are, columns that nobody here knows among them; those of the same
administration are replaced where they stood, so that writing them again changes nothing.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from examgen.bank.statistics import COLUMNS, Statistic, _plain
from examgen.problems import Problem, Refused

Place = tuple[str, str]
"""Item and form."""
_NUMBERS = COLUMNS[5:]
LEAST_ALIKE, SHARE_ALIKE, LEAST_N = 6, 0.8, 10
"""A sitting stands there already where so many lines, and this share of those that can be compared, have the
same number right of the same candidates, each line of so many candidates at least."""


def with_lines(
    text: str, source: str, lines: Sequence[Statistic], asked: Collection[Place], replace: bool = False
) -> str:
    """The text of `source` with the lines of one administration, ordered by item and form.

    `asked` are all items of the unit that the exam asks, and on which forms. Where the text has lines of an
    administration of that name that cannot be this one – of another day, or of items and forms that were not
    asked – it is `Refused`, unless `replace` gives them up. So is a sitting that stands there already under
    another name: each of its candidates would count twice.
    """
    heads, rows = _read(text, source)
    at = {name: place for place, name in enumerate(heads)}
    names = {one.administration for one in lines}
    own = [n for n, row in enumerate(rows) if _plain(row[at["administration"]]) in names]
    if not replace:
        _refuse_other(source, [rows[n] for n in own], at, lines, asked)
    _refuse_twice(source, rows, at, lines, names)
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
    places = {_place(row, at) for row in own}
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


def _refuse_twice(
    source: str,
    rows: Sequence[Sequence[str]],
    at: dict[str, int],
    lines: Sequence[Statistic],
    names: Collection[str],
) -> None:
    """Refuses lines whose figures another administration has: it is the same sitting.

    A correction leaves most items as they were, so that not every line need be alike. That another sitting
    has the same number right has, for 10 candidates, a chance of about 0.2 an item, for 100 of about 0.06.
    """
    said = {(one.item, one.form): one.numbers for one in lines}
    alike, compared = Counter[str](), Counter[str]()
    for row in rows:
        name, numbers = _plain(row[at["administration"]]), said.get(_place(row, at))
        if name in names or numbers is None or not _tells(numbers):
            continue
        compared[name] += 1
        alike[name] += all(row[at[what]] == _number(numbers[what]) for what in ("n", "facility"))
    for name, n in alike.items():
        if n >= LEAST_ALIKE and n >= SHARE_ALIKE * compared[name]:
            message = (
                f"{n:,} of {compared[name]:,} lines of the administration {name} have the same candidates "
                f"and facilities: it is the same sitting, and would count twice; write it back under that "
                f"name (--administration), which replaces its lines"
            )
            raise Refused(
                "statistics cannot be written", [Problem(source, "administration-written-twice", message)]
            )


def _place(row: Sequence[str], at: dict[str, int]) -> Place:
    return _plain(row[at["item"]]), _plain(row[at["form"]])


def _tells(numbers: Mapping[str, float | None]) -> bool:
    """Whether a line's facility says which sitting it is of: neither nobody nor everybody was right."""
    return (numbers["n"] or 0) >= LEAST_N and 0 < (numbers["facility"] or 0) < 1


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
