"""The text of `statistics.csv` → what administrations showed of each item, as far as it still holds.

A line was measured on the text whose hash it carries; an empty hash counts as the current text. Written, the
lines of an administration stand where lines of the same stood before, so that writing them again changes
nothing; lines of others stay as they are, columns that nobody here knows among them.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from examgen.core.files import read_input
from examgen.core.models.item import Evidence, Item, Use
from examgen.core.problems import Problem, Refused
from examgen.core.words import joined, option, tell, tell_n

DATE_UNKNOWN = "statistics-date"
"""A line whose administration cannot be put in order."""
STATISTICS_FILE = "statistics.csv"
COLUMNS = (
    "item", "item_hash", "administration", "form", "date", "n", "facility", "item_rest",
    "a", "b", "c", "se_a", "se_b", "se_c", "slope", "intercept", "scale",
)  # fmt: skip
NUMBERS = COLUMNS[5:-1]
SYNTHETIC = "synthetic "
"""What the name of an administration begins with whose candidates, or some of them, were made up."""
HISTORY, UNBOUND = "statistics-history", "statistics-unbound"
"""Codes of the notices that statistics are not evidence any more, or that nobody knows of what text."""
STAND_INS, SCALES = "statistics-synthetic", "statistics-scales"
"""Codes of the notices that nothing but synthetic candidates stands behind statistics, and that parameters
of different administrations are on scales that nobody has linked."""
_NAMED = 10


class Statistic(NamedTuple):
    """One item in one administration; None where it is unknown."""

    item: str
    item_hash: str | None
    administration: str
    form: str
    date: str
    numbers: dict[str, float | None]
    """By column, from `n` to `intercept`. Parameters are on the scale of `scale`: own ones are a · slope and
    (b − intercept) / slope."""
    scale: str = ""
    """The administration to whose scale the parameters were carried; empty: its own."""

    def holds_for(self, item: Item) -> bool:
        """Whether it was measured on the item as it reads now."""
        return self.item == item.id and self.item_hash in (None, item.sha256())

    @property
    def synthetic(self) -> bool:
        """Whether candidates of that administration were made up."""
        return self.administration.startswith(SYNTHETIC)

    @property
    def measures(self) -> bool:
        """Whether it says more than that the item was asked."""
        return any(self.numbers[name] is not None for name in _MEASURED)


def read_statistics(text: str, source: str) -> tuple[list[Statistic], list[Problem]]:
    """Every line that can be read, and the faults of the others."""
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
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _plain(cell: str | None) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from running it."""
    text = (cell or "").strip()
    return text[1:] if text.startswith(("'=", "'+", "'-", "'@")) else text


def evident(item: Item, statistics: Sequence[Statistic]) -> list[Statistic]:
    """The lines that are evidence of the item as it reads now: those of people; where these measured
    nothing, those of synthetic candidates stand in, for a trial."""
    held = [one for one in statistics if one.holds_for(item)]
    people = [one for one in held if not one.synthetic]
    return people if any(one.measures for one in people) else held


def stand_ins(items: Sequence[Item], statistics: Sequence[Statistic]) -> list[str]:
    """Ids of items of which nothing is known but what synthetic candidates did."""
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
    """Proportion right over all administrations of the item as it reads now."""
    return over_all("facility", evident(item, statistics))


def over_all(name: str, lines: Sequence[Statistic]) -> float | None:
    """The mean of a column over lines, weighted by candidates.

    A line that does not say how many candidates there were counts only where no line does.
    """
    return weighted_mean(
        [(value, one.numbers["n"] or 0) for one in lines if (value := one.numbers[name]) is not None]
    )


def weighted_mean(known: Sequence[tuple[float, float]]) -> float | None:
    """The mean of values with their weights; plain where no weight is known."""
    if total := sum(n for _, n in known):
        return sum(value * n for value, n in known) / total
    return sum(value for value, _ in known) / len(known) if known else None


def evidence(items: Sequence[Item], statistics: Sequence[Statistic]) -> dict[str, Evidence]:
    """Return the statistics of each item as it reads now; none for items that were never used.

    Uses are counted whatever text the item had then: people saw it. Parameters are those of the latest line
    that has them.
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
    """The last of lines in order of time that has parameters."""
    return next((one for one in reversed(held) if one.numbers["b"] is not None), None)


def scales(items: Sequence[Item], statistics: Sequence[Statistic]) -> dict[str, int]:
    """Count the items whose parameters in use are on the scale of each administration of people, the most
    first."""
    lines = _by_item(statistics)
    found: Counter[str] = Counter()
    for item in items:
        held = sorted(evident(item, lines.get(item.id, ())), key=lambda one: (one.date, one.administration))
        if (one := _scaled(held)) and not one.synthetic:
            found[one.scale or one.administration] += 1
    return dict(found.most_common())


class ItemExposure(NamedTuple):
    """How often an item was asked, whatever its text then was: administrations, and candidates as far as
    their number is known; the last day that is known, empty where none is. `printed` are exams that were
    printed with it, of which it is not known that anybody sat them."""

    administrations: int
    candidates: int
    last: str
    printed: tuple[str, ...] = ()


def exposure(uses: Sequence[Use]) -> ItemExposure | None:
    """How often people were asked an item; None where it has no use."""
    if not uses:
        return None
    sat = [use for use in uses if use.is_sat]
    printed = tuple(use.administration for use in uses if not use.is_sat)
    last = max((use.date for use in sat), default="")
    return ItemExposure(len(sat), sum(use.n or 0 for use in sat), last, printed)


def history(items: Sequence[Item], statistics: Sequence[Statistic]) -> list[str]:
    """Ids of items that have measurements, none of which was made on the text as it now reads.

    Another key is another text: what was right then is not what is asked now.
    """
    by_id = {item.id: item for item in items}
    measured: dict[str, bool] = {}
    for one in statistics:
        if one.item in by_id and one.measures:
            measured[one.item] = measured.get(one.item, False) or one.holds_for(by_id[one.item])
    return sorted(item for item, holds in measured.items() if not holds)


_MEASURED = ("facility", "item_rest", "a", "b")


Place = tuple[str, str]
"""Item and form."""
LEAST_ALIKE, SHARE_ALIKE, LEAST_N = 6, 0.8, 10
"""A sitting stands there already where so many lines, and this share of those that can be compared, have the
same number right of the same candidates, each line of so many candidates at least."""


def with_lines(
    text: str, source: str, lines: Sequence[Statistic], asked: Collection[Place], replace: bool
) -> str:
    """The text of `source` with the lines of one administration, ordered by item and form.

    `asked` are all items of the unit that the exam asks, and on which forms. Where the text has lines of an
    administration of that name that cannot be this one – of another day, or of items and forms that were not
    asked – it is `Refused`, unless `replace` gives them up. So is a sitting that stands there already under
    another name: each of its candidates would count twice.
    """
    # Heads and rows, with every column that is written; Refused where it is no such table
    heads, *rows = list(csv.reader(io.StringIO(text))) or [list(COLUMNS)]
    if "item" not in heads or len(set(heads)) < len(heads):
        message = tell(
            "is not a table of statistics. It needs the columns {columns}, each once.",
            columns=", ".join(COLUMNS),
        )
        raise Refused(tell("statistics cannot be written"), [Problem(source, "statistics-columns", message)])
    long = [n for n, row in enumerate(rows, 2) if len(row) > len(heads)]
    if long:
        problems = [
            Problem(f"{source}:{n}", "statistics-fields", tell("has more fields than the header"))
            for n in long
        ]
        raise Refused(tell("statistics cannot be written"), problems)
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
            raise Refused(
                tell("statistics cannot be written"),
                [Problem(source, "administration-written-twice", message)],
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
    """Refuses to replace lines of another administration that has the same name."""
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
    raise Refused(
        tell("statistics cannot be written"), [Problem(source, "administration-named-twice", message)]
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
    """A number with six decimals at most; empty where it is unknown."""
    if value is None or not math.isfinite(value):
        return ""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _neutral(text: str) -> str:
    """A text that no spreadsheet runs."""
    return f"'{text}" if re.match(r"[=+\-@\t\r]", text) else text


def statistics_of(folder: Path) -> tuple[list[Statistic], list[Problem]]:
    """The lines of `statistics.csv` that can be read, and the faults of the others."""
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
    """Notices, where there are such, of items whose statistics are of an earlier text, of lines that do not
    say of which text they are, of items that synthetic candidates alone have answered, and of parameters
    from several administrations."""
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
