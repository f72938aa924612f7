"""Reads and writes `statistics.csv`: the statistics of each item in each administration, if they are still
valid.

The hash of a line identifies the text that was measured; a line without a hash counts as measured on the
current text. When the lines of an administration are written, they replace its earlier lines in the same
place, so writing them twice changes nothing. The lines of other administrations, and columns unknown to this
module, are not changed.
"""

from __future__ import annotations

import csv
import datetime
import io
import math
import re
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from examgen.core.files import read_input
from examgen.core.models.item import Evidence, Item, Use
from examgen.core.problems import Problem, Refused
from examgen.core.words import joined, option, tell, tell_n

DATE_UNKNOWN = "statistics-date"
"""Code of the warning that a line has no readable date, so that the order of administrations is unknown."""
STATISTICS_FILE = "statistics.csv"
COLUMNS = (
    "item", "item_hash", "administration", "form", "date", "n", "facility", "item_rest",
    "a", "b", "c", "se_a", "se_b", "se_c", "slope", "intercept", "scale",
)  # fmt: skip
NUMBERS = COLUMNS[5:-1]
SYNTHETIC = "synthetic "
"""Prefix of the name of an administration in which some or all candidates were simulated."""
HISTORY, UNBOUND = "statistics-history", "statistics-unbound"
"""Codes of the notices that statistics are no longer evidence, or that it is unknown which text they were
measured on.
"""
STAND_INS, SCALES = "statistics-synthetic", "statistics-scales"
"""Codes of the notices that statistics come from synthetic candidates only, and that the parameters of
several administrations are on scales that have not been linked.
"""
_NAMED = 10


class Statistic(NamedTuple):
    """The statistics of one item in one administration, on one form; None where a value is unknown."""

    item: str
    item_hash: str | None
    administration: str
    form: str
    date: str
    numbers: dict[str, float | None]
    """The value of each column from `n` to `intercept`. Parameters are on the scale of the administration
    `scale`; on the item's own scale they are a · slope and (b − intercept) / slope.
    """
    scale: str = ""
    """The administration to whose scale the parameters were transformed; empty if it is this one."""

    def holds_for(self, item: Item) -> bool:
        """Return whether it was measured on the current text of the item."""
        return self.item == item.id and self.item_hash in (None, item.sha256())

    @property
    def synthetic(self) -> bool:
        """Whether some or all candidates of the administration were simulated."""
        return self.administration.startswith(SYNTHETIC)

    @property
    def day(self) -> datetime.date | None:
        """The day of the administration; None if it is unknown or could not be read."""
        return datetime.date.fromisoformat(self.date) if self.date else None

    @property
    def measures(self) -> bool:
        """Whether it has a measurement, and not only the fact that the item was used."""
        return any(self.numbers[name] is not None for name in _MEASURED)


def read_statistics(text: str, source: str) -> tuple[list[Statistic], list[Problem]]:
    """Return every line that can be read, and the problems of the others."""
    reader = csv.DictReader(io.StringIO(text))
    lacking = [name for name in ("item", "facility") if name not in (reader.fieldnames or ())]
    if lacking:
        message = tell(
            "has no column {lacking} (found: {columns})",
            lacking=lacking[0],
            columns=", ".join(COLUMNS),
        )
        return [], [Problem(source, "statistics-columns", message, severity="warning")]
    found: list[Statistic] = []
    problems: list[Problem] = []
    for row in reader:
        try:
            texts = {name: _plain(row.get(name)) for name in COLUMNS}
            numbers = {name: float(texts[name]) if texts[name] else None for name in NUMBERS}
            if odd := [
                name for name, value in numbers.items() if value is not None and not math.isfinite(value)
            ]:
                raise ValueError(tell("{name} {text} is not a number", name=odd[0], text=texts[odd[0]]))
            if (numbers["n"] or 0) < 0:
                raise ValueError(tell("n {n} is negative", n=texts["n"]))
            facility = numbers["facility"]
            if facility is not None and not 0 <= facility <= 1:
                raise ValueError(tell("facility {facility} is not between 0 and 1", facility=facility))
            one = Statistic(
                texts["item"],
                texts["item_hash"] or None,
                texts["administration"],
                texts["form"],
                texts["date"],
                numbers,
                texts["scale"],
            )
            if one.date and not _is_day(one.date):
                where = f"{source}:{reader.line_num}"
                message = tell(
                    "date {date} is not written like 2026-06-19, so the order of administrations is unknown",
                    date=one.date,
                )
                problems.append(Problem(where, DATE_UNKNOWN, message, one.item, "date", "warning"))
                one = one._replace(date="")
            found.append(one)
        except ValueError as error:
            where = f"{source}:{reader.line_num}"
            problems.append(
                Problem(
                    where,
                    "statistics-value",
                    tell("was skipped ({error})", error=error),
                    row["item"],
                    None,
                    "warning",
                )
            )
    return found, problems


def _is_day(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _plain(cell: str | None) -> str:
    """Return the text of a cell without the apostrophe that prevents a spreadsheet from running it as a
    formula.
    """
    text = (cell or "").strip()
    return text[1:] if text.startswith(("'=", "'+", "'-", "'@")) else text


def evident(item: Item, statistics: Sequence[Statistic]) -> list[Statistic]:
    """Return the lines that are evidence about the current text of the item.

    Lines of real candidates are used alone if any of them has a measurement; otherwise those of synthetic
    candidates count too, which is meant for trials.
    """
    held = [one for one in statistics if one.holds_for(item)]
    people = [one for one in held if not one.synthetic]
    return people if any(one.measures for one in people) else held


def stand_ins(items: Sequence[Item], statistics: Sequence[Statistic]) -> list[str]:
    """Return the ids of items whose only measurements come from synthetic candidates."""
    lines = _by_item(statistics)
    found = {
        item.id: [one for one in evident(item, lines.get(item.id, ())) if one.measures] for item in items
    }
    return sorted(item for item, own in found.items() if own and all(one.synthetic for one in own))


def _by_item(statistics: Sequence[Statistic]) -> dict[str, list[Statistic]]:
    lines: dict[str, list[Statistic]] = {}
    for one in statistics:
        lines.setdefault(one.item, []).append(one)
    return lines


def facility(item: Item, statistics: Sequence[Statistic]) -> float | None:
    """Return the facility of the current text of the item over all administrations."""
    return over_all("facility", evident(item, statistics))


def over_all(name: str, lines: Sequence[Statistic]) -> float | None:
    """Return the mean of a column over lines, weighted by their numbers of candidates.

    Lines without a number of candidates count only if no line has one.
    """
    return weighted_mean(
        [(value, one.numbers["n"] or 0) for one in lines if (value := one.numbers[name]) is not None]
    )


def weighted_mean(known: Sequence[tuple[float, float]]) -> float | None:
    """Return the weighted mean of (value, weight) pairs; the plain mean if all weights are 0; None if there
    are no pairs.
    """
    if total := sum(n for _, n in known):
        return sum(value * n for value, n in known) / total
    return sum(value for value, _ in known) / len(known) if known else None


def evidence(items: Sequence[Item], statistics: Sequence[Statistic]) -> dict[str, Evidence]:
    """Return the statistics of the current text of each item that has any lines.

    Uses count whichever text the item had then, because candidates have seen it. Parameters are those of the
    latest line that has them.
    """
    lines = _by_item(statistics)
    return {item.id: _evidence(item, lines[item.id]) for item in items if item.id in lines}


def _evidence(item: Item, lines: Sequence[Statistic]) -> Evidence:
    held = sorted(evident(item, lines), key=lambda one: (one.date, one.administration))
    scaled = _scaled(held)
    latest = scaled.numbers if scaled else {}
    # One for each administration of people: its last day, its candidates over all forms.
    found: dict[str, list[Statistic]] = {}
    for one in lines:
        if one.synthetic:
            continue
        found.setdefault(one.administration, []).append(one)
    return Evidence(
        facility=facility(item, held),
        item_rest=over_all("item_rest", held),
        a=1.0 if latest and latest["a"] is None else latest.get("a"),
        b=latest.get("b"),
        c=latest.get("c"),
        uses=tuple(
            Use(
                administration=name,
                date=max(one.date for one in same),
                n=int(sum(one.numbers["n"] or 0 for one in same)) or None,
            )
            for name, same in sorted(found.items())
        ),
    )


def _scaled(held: Sequence[Statistic]) -> Statistic | None:
    """Return the last line that has parameters; lines must be in order of time."""
    return next((one for one in reversed(held) if one.numbers["b"] is not None), None)


def scales(items: Sequence[Item], statistics: Sequence[Statistic]) -> dict[str, int]:
    """Count the items whose current parameters are on the scale of each administration of real candidates,
    largest count first.
    """
    lines = _by_item(statistics)
    found: Counter[str] = Counter()
    for item in items:
        held = sorted(evident(item, lines.get(item.id, ())), key=lambda one: (one.date, one.administration))
        if (one := _scaled(held)) and not one.synthetic:
            found[one.scale or one.administration] += 1
    return dict(found.most_common())


class ItemExposure(NamedTuple):
    """How often an item was used, whichever text it had then.

    `administrations` and `candidates` are counts; candidates of administrations without a number are not
    counted. `last` is the latest known date, or empty. `printed` lists exams that were printed with the item
    but are not known to have been taken.
    """

    administrations: int
    candidates: int
    last: str
    printed: tuple[str, ...] = ()


def exposure(uses: Sequence[Use]) -> ItemExposure | None:
    """Return the exposure of an item from its uses; None if there are none."""
    if not uses:
        return None
    sat = [use for use in uses if use.is_sat]
    printed = tuple(use.administration for use in uses if not use.is_sat)
    last = max((use.date for use in sat), default="")
    return ItemExposure(len(sat), sum(use.n or 0 for use in sat), last, printed)


def history(items: Sequence[Item], statistics: Sequence[Statistic]) -> list[str]:
    """Return the ids of items that were measured, but never on their current text.

    An item with a changed key counts as changed, because an answer that was right then may be wrong now.
    """
    by_id = {item.id: item for item in items}
    measured: dict[str, bool] = {}
    for one in statistics:
        if one.item in by_id and one.measures:
            measured[one.item] = measured.get(one.item, False) or one.holds_for(by_id[one.item])
    return sorted(item for item, holds in measured.items() if not holds)


_MEASURED = ("facility", "item_rest", "a", "b")


Place = tuple[str, str]
"""An item id and a form."""
LEAST_ALIKE, SHARE_ALIKE, LEAST_N = 6, 0.8, 10
"""An administration counts as written already if at least `LEAST_ALIKE` of its lines, and at least the share
`SHARE_ALIKE` of those that can be compared, have the same numbers of candidates and the same facility. Only
lines with at least `LEAST_N` candidates are compared.
"""


def with_lines(
    text: str, source: str, lines: Sequence[Statistic], asked: Collection[Place], replace: bool
) -> str:
    """Return the text of `source` with the lines of one administration added or replaced, ordered by item and
    form.

    `asked` lists the items of the unit in the exam, with their forms. Raises Refused if the text has lines of
    an administration of the same name that must be a different one (another date, or items and forms not in
    `asked`), unless `replace` is set. Also raises Refused if the same administration is already there under
    another name, because its candidates would count twice.
    """
    # Heads and rows, with every column that is written; Refused where it is no such table
    heads, *rows = list(csv.reader(io.StringIO(text))) or [list(COLUMNS)]
    if "item" not in heads or len(set(heads)) < len(heads):
        message = tell(
            "is not a table of statistics. It needs the columns {columns}, each once.",
            columns=", ".join(COLUMNS),
        )
        raise Refused.because(
            "statistics cannot be written", [Problem(source, "statistics-columns", message)]
        )
    long = [n for n, row in enumerate(rows, 2) if len(row) > len(heads)]
    if long:
        problems = [
            Problem(f"{source}:{n}", "statistics-fields", tell("has more fields than the header"))
            for n in long
        ]
        raise Refused.because("statistics cannot be written", problems)
    lacking = [name for name in COLUMNS if name not in heads]
    full = [*heads, *lacking]
    heads, rows = full, [[*row, *[""] * (len(full) - len(row))] for row in rows if any(row)]
    at = {name: place for place, name in enumerate(heads)}
    names = {one.administration for one in lines}
    own = [n for n, row in enumerate(rows) if _plain(row[at["administration"]]) in names]
    if not replace:
        _refuse_other(source, [rows[n] for n in own], at, lines, asked)
    # Lines whose figures another administration has are of the same sitting. A correction leaves most items
    # as they were, so that not every line need be alike. That another sitting has the same number right has,
    # for 10 candidates, a chance of about 0.2 an item, for 100 of about 0.06.
    said = {(one.item, one.form): one.numbers for one in lines}
    alike, compared = Counter[str](), Counter[str]()
    for row in rows:
        name, numbers = _plain(row[at["administration"]]), said.get(_place(row, at))
        if (
            name in names
            or numbers is None
            or not ((numbers["n"] or 0) >= LEAST_N and 0 < (numbers["facility"] or 0) < 1)
        ):
            continue
        compared[name] += 1
        alike[name] += all(row[at[what]] == _number(numbers[what]) for what in ("n", "facility"))
    for name, n in alike.items():
        if n >= LEAST_ALIKE and n >= SHARE_ALIKE * compared[name]:
            message = tell(
                "{n:,} of {compared:,} lines of the administration {name} have the same "
                "candidates and facilities, so the same sitting would count twice. Write "
                "it back under that name ({administration}) to replace its lines.",
                n=n,
                compared=compared[name],
                name=name,
                administration=option("administration", command="analyse exam"),
            )
            raise Refused.because(
                "statistics cannot be written", [Problem(source, "administration-written-twice", message)]
            )
    first = own[0] if own else len(rows)
    new = [
        _row(heads, one) for one in sorted(lines, key=lambda one: (one.item, one.form, one.item_hash or ""))
    ]
    taken = set(own)
    before = [row for n, row in enumerate(rows[:first]) if n not in taken]
    behind = [row for n, row in enumerate(rows[first:], first) if n not in taken]
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([heads, *before, *new, *behind])
    return file.getvalue()


def _refuse_other(
    source: str,
    own: Sequence[Sequence[str]],
    at: dict[str, int],
    lines: Sequence[Statistic],
    asked: Collection[Place],
) -> None:
    """Raise Refused if lines with this name belong to a different administration."""
    day = next((one.date for one in lines if one.date), "")
    days = {_plain(row[at["date"]]) for row in own} - {"", day} if day else set[str]()
    places = {_place(row, at) for row in own}
    others = sorted(item for item, form in places - set(asked))
    if not days and not others:
        return
    name = lines[0].administration
    why = (
        tell("it was on {days}", days=min(days))
        if days
        else tell("it used {dict}", dict=", ".join(dict.fromkeys(others[:5])))
    )
    message = tell(
        "already has lines of an administration {name}, but {why}. Choose another name "
        "({administration}), or replace those lines ({replace}).",
        name=name,
        why=why,
        administration=option("administration", command="analyse exam"),
        replace=option("replace", command="analyse exam"),
    )
    raise Refused.because(
        "statistics cannot be written", [Problem(source, "administration-named-twice", message)]
    )


def _place(row: Sequence[str], at: dict[str, int]) -> Place:
    return _plain(row[at["item"]]), _plain(row[at["form"]])


def _row(heads: Sequence[str], one: Statistic) -> list[str]:
    said = {
        "item": _neutral(one.item),
        "item_hash": one.item_hash or "",
        "administration": _neutral(one.administration),
        "form": _neutral(one.form),
        "date": one.date,
        "scale": _neutral(one.scale),
        **{name: _number(one.numbers.get(name)) for name in NUMBERS},
    }
    return [said.get(head, "") for head in heads]


def _number(value: float | None) -> str:
    """Format a number with at most six decimals; empty if it is unknown."""
    if value is None or not math.isfinite(value):
        return ""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _neutral(text: str) -> str:
    """Return the text with an apostrophe before it if a spreadsheet would run it as a formula."""
    return f"'{text}" if re.match(r"[=+\-@\t\r]", text) else text


def statistics_of(folder: Path) -> tuple[list[Statistic], list[Problem]]:
    """Return the lines of a unit's `statistics.csv` that can be read, and the problems of the others."""
    path = folder / STATISTICS_FILE
    source = f"{folder.name}/{STATISTICS_FILE}"
    if not path.is_file():
        return [], []
    try:
        text = read_input(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        return [], [
            Problem(source, "encoding", tell("is not UTF-8 text. Save it as UTF-8."), severity="warning")
        ]
    return read_statistics(text, source)


def notices_of(code: str, items: Sequence[Item], statistics: Sequence[Statistic]) -> list[Problem]:
    """Return notices about items measured only on an earlier text or only with synthetic candidates, about
    lines without an item hash, and about parameters from several administrations.
    """
    source = f"{code}/{STATISTICS_FILE}"
    found = []
    old = history(items, statistics)
    by_id = {item.id: item for item in items}
    hashes = {one.item: one.item_hash or "" for one in statistics if one.measures and one.item in old}
    other_key = [name for name in old if by_id[name].keyed_as(hashes[name])]
    if other_key:
        message = tell(
            "scored with a key that differs from the bank's ({named}). These statistics do "
            "not count until the bank has that key.",
            named=_some(other_key),
        )
        found.append(Problem(source, HISTORY, message, severity="notice"))
    if old := [name for name in old if name not in other_key]:
        named = _some(old)
        many = tell("{n:,} items have changed since they were", n=len(old))
        message = tell(
            "{many} measured ({named}). The statistics are kept as history and count as "
            "uses, but not as evidence in coverage or assembly.",
            many=tell("1 item has changed since it was") if len(old) == 1 else many,
            named=named,
        )
        found.append(Problem(source, HISTORY, message, severity="notice"))
    if unbound := sum(one.item_hash is None for one in statistics):
        message = tell_n(
            "{n:,} line without item_hash is treated as measured on the present text",
            "{n:,} lines without item_hash are treated as measured on the present text",
            unbound,
        )
        found.append(Problem(source, UNBOUND, message, severity="notice"))
    if made_up := stand_ins(items, statistics):
        many = tell("1 item has") if len(made_up) == 1 else tell("{n:,} items have", n=len(made_up))
        message = tell(
            "{many} statistics from synthetic candidates only ({made_up}). Use them for "
            "trials; they are no evidence about the items.",
            many=many,
            made_up=_some(made_up),
        )
        found.append(Problem(source, STAND_INS, message, severity="notice"))
    unlinked = scales(items, statistics)
    if len(unlinked) > 1:
        parts = [
            tell_n("{name} ({n:,} item)", "{name} ({n:,} items)", n, name=name)
            for name, n in unlinked.items()
        ]
        message = tell(
            "a, b and c are on {n} scales, one for each administration ({parts}), and "
            "nothing links them. Information, reliability and SEM are valid only if those "
            "candidates were equally able.",
            n=len(unlinked),
            parts=_some(parts),
        )
        found.append(Problem(source, SCALES, message, severity="notice"))
    return found


def _some(names: Sequence[str]) -> str:
    named = joined(names[:_NAMED])
    left = len(names) - _NAMED
    return tell("{names} and {n:,} more", names=named, n=left) if left > 0 else named
