"""Ratings of judges in any shape of table and on any scale → shares by round, item and judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from examgen.stats.arguments import ArgumentError, DataError, absent, brief, word
from examgen.stats.response_data import columns_of
from examgen.stats.results import Argument, Note, note_of

SCALES = ("share", "percent")
UNCERTAIN = 10
"""Where no rating is above this, percentages are not told from ratings out of ten."""
MOST_FAULTS = 20
"""Faulty ratings that are named one by one."""
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "judge": ("judge", "judge_id", "expert", "rater", "assessor", "panelist", "panellist", "participant",
              "ผู้ตัดสิน", "ผู้เชี่ยวชาญ", "กรรมการ", "ผู้ทรงคุณวุฒิ"),
    "item": ("item", "item_id", "items", "ข้อสอบ", "รหัสข้อสอบ", "รหัสข้อ", "ข้อ"),
    "round": ("round", "รอบ", "รอบที่"),
    "rating": ("rating", "value", "probability", "percent", "percentage", "share", "p", "ร้อยละ",
               "ความน่าจะเป็น", "ค่าประเมิน", "สัดส่วน"),
}  # fmt: skip
"""What the columns of ratings may be called."""
TEXTS: dict[str, str | tuple[str, str]] = {
    "not-a-rating": "{argument} of {judge} for {item} is {value}; it must be a number",
    "scales-mixed": "{value} is a proportion, but other ratings are percentages. Use one kind for all, or "
    "choose it with {scale}",
    "scale-unknown": "no rating is above {value}, so percentages cannot be told from ratings out of 10. Use "
    "{percent} for percentages, or write proportions from 0 to 1",
    "scales-mixed.limits": "{value} is a proportion, but other shares of failing candidates are percentages. "
    "Use one kind for all",
    "scale-unknown.limits": "no share of failing candidates is above {value}, so percentages cannot be told "
    "from shares out of 10. Write a per cent sign, or proportions from 0 to 1",
    "rating-out-of-range": "{value} is not a rating. Write a number from 0 to 1",
    "rating-out-of-range.percent": "{value} is not a rating. Write a number from 0 to 100",
    "rated-twice": "rates the item again in the same round (first rating at {first})",
}
"""Sentences by their codes, which end before a dot."""


def note(key: str, **values: Any) -> Note:
    """A sentence of this module."""
    return note_of(TEXTS, key, values)


Number = tuple[Fraction, bool]
"""And whether a per cent sign is behind it."""


class Said(NamedTuple):
    """What a judge said of an item in a round, as it is written; None where nothing."""

    judge: str
    item: str
    round: int
    value: object


class JudgeRatings(NamedTuple):
    """By round, item and judge the share of the item's points; the items and judges that the table names."""

    rounds: dict[int, dict[str, dict[str, Fraction]]]
    items: tuple[str, ...]
    judges: tuple[str, ...]
    rows: dict[tuple[int, str, str], str]
    """Where each rating is in the table."""

    @property
    def silent(self) -> tuple[str, ...]:
        """Judges who rated nothing in any round."""
        spoke = {one for items in self.rounds.values() for said in items.values() for one in said}
        return tuple(one for one in self.judges if one not in spoke)

    @property
    def is_yes_no(self) -> bool:
        """Whether every rating is 1 or 0."""
        every = (said.values() for items in self.rounds.values() for said in items.values())
        return {one for values in every for one in values} <= {0, 1}


def judge_ratings(data: object, scale: str | None, argument: str = "ratings") -> JudgeRatings:
    """A row for each rating (judge, item, rating), for each judge or for each item, as shares.

    Notes of what is wrong name the rating by `cell`, `ratings[n]`: the n-th of a table with a row for each.
    """
    said = _unfolded(data, argument)
    shares, faults = _shares([(one.judge, one.item, one.value) for one in said], scale, argument)
    rounds: dict[int, dict[str, dict[str, Fraction]]] = {}
    rows: dict[tuple[int, str, str], str] = {}
    for n, (one, share) in enumerate(zip(said, shares, strict=True)):
        row, key = f"{argument}[{n}]", (one.round, one.item, one.judge)
        if (first := rows.setdefault(key, row)) != row:
            faults.append(note("rated-twice", cell=row, judge=one.judge, item=one.item, first=first))
        elif share is not None:
            rounds.setdefault(one.round, {}).setdefault(one.item, {})[one.judge] = share
    if faults:
        raise DataError(*faults)
    items, judges = (tuple(dict.fromkeys(getattr(one, name) for one in said)) for name in ("item", "judge"))
    return JudgeRatings(dict(sorted(rounds.items())), items, judges, rows)


def _unfolded(data: object, argument: str) -> list[Said]:
    """A record for each cell."""
    columns, index = columns_of(data, argument)
    role_of = {"id": "judge"} | {name: role for role, names in COLUMNS.items() for name in names}
    roles = {role_of.get(name.strip().lower(), ""): name for name in reversed(columns)}
    judges, items = (None if one not in roles else columns[roles[one]] for one in ("judge", "item"))
    named = "judge" in roles or "item" in roles
    if index is not None and not named:
        judges = index
    given = [1] * len(next(iter(columns.values()), ())) if "round" not in roles else columns[roles["round"]]
    rounds = [_round(one, argument) for one in given]
    rest = {
        name: values
        for name, values in columns.items()
        if name not in (roles.get(one) for one in ("judge", "item", "round"))
    }
    if judges is not None and items is not None:
        value = roles.get("rating") or (next(iter(rest)) if len(rest) == 1 else None)
        if value is None:
            raise ArgumentError(f"{argument} has no column rating; it has {', '.join(columns)}")
        rows = zip(
            _names(judges, "judge", argument),
            _names(items, "item", argument),
            rounds,
            columns[value],
            strict=True,
        )
        return [Said(*one) for one in rows]
    if not rest:
        raise ArgumentError(f"{argument} has no item; expected a column for each")
    if items is not None:
        own = _names(items, "item", argument)
        return [
            Said(name, item, which, value)
            for name, values in rest.items()
            for item, which, value in zip(own, rounds, values, strict=True)
        ]
    own = (
        [f"judge {n + 1}" for n in range(len(rounds))]
        if judges is None
        else _names(judges, "judge", argument)
    )
    return [
        Said(judge, name, which, values[n])
        for n, (judge, which) in enumerate(zip(own, rounds, strict=True))
        for name, values in rest.items()
    ]


def _names(values: Any, what: str, argument: str) -> list[str]:
    names = [
        "" if absent(one) else str(int(one) if isinstance(one, float) and one.is_integer() else one).strip()
        for one in values.tolist()
    ]
    if "" in names:
        raise ArgumentError(f"{argument} has no {what} in row {names.index('')}; expected a name in each row")
    return names


def _round(value: object, argument: str) -> int:
    if absent(value):
        return 1
    if isinstance(value, (int, float, np.integer, np.floating)) and value == value // 1 and 1 <= value <= 99:
        return int(value)
    raise ArgumentError(f"{argument} has the round {brief(value)}; expected a whole number from 1 to 99")


def exact(value: object) -> Fraction:
    """A number as it is written, not the nearest one that a computer has: 7/10 of 0.7."""
    if isinstance(value, Fraction):
        return value
    if isinstance(value, (str, int, float, np.bool_, np.integer, np.floating)):
        return Fraction(repr(float(value)))
    raise TypeError


def read_number(value: object) -> Number | None:
    """A number, and whether it is a percentage: `0.6`, "60 %"; None for what is no number."""
    text = value.strip() if isinstance(value, str) else ""
    try:
        return exact(text.rstrip("% ") if text else value), text.endswith("%")
    except (TypeError, ValueError, OverflowError):
        return None


def as_shares(
    said: Sequence[tuple[str, str, object]], scale: str | None, argument: str = "ratings"
) -> list[Fraction | None]:
    """Numbers by judge and item as shares from 0 to 1; None where there is none.

    They are percentages where any of them without a per cent sign is above 1, unless the scale is named.
    Raises DataError with every number that then is of the other kind, or out of range.
    """
    shares, faults = _shares(said, scale, argument)
    if faults:
        raise DataError(*faults)
    return shares


def _shares(
    said: Sequence[tuple[str, str, object]], scale: str | None, argument: str
) -> tuple[list[Fraction | None], list[Note]]:
    numbers = [_number(*one, argument) for one in said]
    scale, faults = scale_of([one[0] for one in said], numbers, scale)
    shares: list[Fraction | None] = []
    for n, number in enumerate(numbers):
        is_percent = number is not None and (number[1] or scale == "percent")
        shares.append(None if number is None else number[0] / 100 if is_percent else number[0])
        if number is not None and not 0 <= number[0] <= (100 if is_percent else 1):
            faults.append(("rating-out-of-range" + ".percent" * is_percent, n))
    return shares, [
        note(code, argument=Argument(argument), cell=f"{argument}[{n}]", judge=said[n][0], item=said[n][1],
             value=shown_number(numbers[n]), scale=Argument("scale"), percent=Argument("scale", "percent"))
        for code, n in faults
    ]  # fmt: skip


def scale_of(
    judges: Sequence[str], numbers: Sequence[Number | None], scale: str | None = None
) -> tuple[str, list[tuple[str, int]]]:
    """Whether numbers without a per cent sign are shares or percentages: that where any of them is above 1.

    And what speaks against it by code and place: numbers of the other kind, all of a judge, or that none is
    above ten.
    """
    if scale is not None:
        return word("scale", scale, SCALES), []
    plain = [(n, one[0]) for n, one in enumerate(numbers) if one and not one[1]]
    top = max(plain, key=lambda one: one[1], default=(0, Fraction(0)))
    if top[1] <= 1:
        return "share", []
    highest: dict[str, Fraction] = {}
    for n, one in plain:
        highest[judges[n]] = max(highest.get(judges[n], Fraction(0)), one)
    mixed = [n for n, one in plain if 0 < one < 1 or (0 < highest[judges[n]] <= 1 and one)]
    if not mixed and top[1] <= UNCERTAIN:
        return "percent", [("scale-unknown", top[0])]
    return "percent", [("scales-mixed", n) for n in mixed[:MOST_FAULTS]]


def shown_number(number: Number | None) -> str:
    """A number as a person writes it."""
    return "" if number is None else f"{float(number[0]):.6g}"


def _number(judge: str, item: str, value: object, argument: str) -> Number | None:
    if absent(value) or (isinstance(value, str) and not value.strip()):
        return None
    if (number := read_number(value)) is None:
        values = {"argument": Argument(argument), "judge": judge, "item": item, "value": brief(value)}
        raise ArgumentError(note("not-a-rating", **values))
    return number
