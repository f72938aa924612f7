"""Reading of judges' ratings from tables of any shape and on any scale, as proportions by round, item and
judge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from examgen.stats.arguments import (
    BLANK_WORDS,
    ArgumentError,
    DataError,
    RowFaults,
    absent,
    number_of,
    word,
)
from examgen.stats.checklists import NO, YES
from examgen.stats.columns import columns_of
from examgen.stats.matrix import Bools, Floats
from examgen.stats.plain_text import plain_text
from examgen.stats.response_tables import name_of
from examgen.stats.results import Argument, Note, sentences

SCALES = ("share", "percent")
UNCERTAIN = 20
"""If no rating is above this, percentages cannot be distinguished from points."""
_ODD, _LEVELS = 10, 5
"""Among so many proportions one number above 1 is a slip; the most levels of a scale of agreement."""
_FEW, _MANY = 5, 50
"""Ratings that show on which scale a judge rates, and in which steps all do."""
MOST_FAULTS = 20
"""The maximum number of faulty ratings that are listed."""
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "judge": ("judge", "judge_id", "expert", "rater", "assessor", "panelist", "panellist", "participant",
              "ผู้ตัดสิน", "ผู้เชี่ยวชาญ", "กรรมการ", "ผู้ทรงคุณวุฒิ"),
    "item": ("item", "item_id", "items", "ข้อสอบ", "รหัสข้อสอบ", "รหัสข้อ", "ข้อ"),
    "round": ("round", "รอบ", "รอบที่"),
    "rating": ("rating", "value", "probability", "percent", "percentage", "share", "p", "ร้อยละ",
               "ความน่าจะเป็น", "ค่าประเมิน", "สัดส่วน"),
}  # fmt: skip
"""The accepted names of the columns of ratings, by role."""
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "bookmark": ("bookmark", "page", "ที่คั่น", "หน้า"),
    "min_cut": ("min_cut", "lowest_cut", "kmin", "จุดตัดต่ำสุด"),
    "max_cut": ("max_cut", "highest_cut", "kmax", "จุดตัดสูงสุด"),
    "min_fail": ("min_fail", "lowest_fail", "fmin", "ไม่ผ่านต่ำสุด"),
    "max_fail": ("max_fail", "highest_fail", "fmax", "ไม่ผ่านสูงสุด"),
    "facility": ("facility", "p_value", "proportion_right", "ค่าความยากง่าย"),
    "a": ("a", "slope"),
    "b": ("b",),
    "c": ("c", "guessing", "asymptote"),
}
"""The accepted names of the columns of other tables of a standard setting, by role."""
TOTALS = ("total", "sum", "mean", "average", "คะแนนรวม", "รวม", "ค่าเฉลี่ย", "เฉลี่ย")
"""Names of columns, in lower case, that are computed from the others."""
NO_ITEMS = frozenset((
    "no", "no.", "nr", "nr.", "#", "number", "id", "ลำดับ", "ลำดับที่", "name", "ชื่อ", "age", "อายุ", "sex",
    "gender", "เพศ", "date", "วันที่", "year", "years", "ปี", "experience", "room", "table",
    "group", "comment", "comments", "remark", "หมายเหตุ", *TOTALS,
))  # fmt: skip
"""Names of columns, in lower case, that do not hold ratings of an item."""
YES_AND_NO = {word: Fraction(int(word in YES)) for word in (*YES, *NO)}
"""The ratings given as words, with their values."""
TEXTS: dict[str, str] = {
    "column-missing": "{argument} needs a column `rating`",
    "column-missing.judge": "{argument} needs a column `judge`, `item` or both",
    "cell-empty": "has no {role}. Fill in the cell",
    "round-not-a-number": "`{value}` is not a round. Write 1, 2 …",
    "no-item": "the column {column} is not a column of ratings. Leave it out, or give it another name if it "
    "is an item",
    "not-a-rating": "`{value}` is not a rating. Write a proportion from 0 to 1 or a percentage",
    "scales-mixed": "{value} is a proportion, but other ratings are percentages. Use one kind for all, or "
    "choose it with {scale}",
    "scale-unknown": "no rating is above {value}, so percentages cannot be told from points. If these are "
    "points of 10, divide them by 10. Use {percent} for percentages, or write proportions from 0 to 1",
    "scale-unknown.levels": "no rating is above {value}, so percentages cannot be told from points. Write 0 "
    "and 1 if 1 and 2 stand for no and yes. Levels, such as 1 to 5, do not say how many borderline "
    "candidates answer rightly",
    "rating-out-of-range": "{value} is not a rating. Write a number from 0 to 1",
    "rating-out-of-range.percent": "{value} is not a rating. Write a number from 0 to 100",
    # notes
    "low-percentages": "no rating is above {value} %, as if hardly any borderline candidate could answer. If "
    "the ratings are points of 10, divide them by 10 first",
    "judge-on-other-scale": "{judge}: no rating is above {high:g} %, and half of those of the other judges "
    "are above {middle:g} %. If this judge used another scale, put all ratings on one",
    "item-in-other-steps": "{items}: the ratings are no multiples of {step}, and all others are. If this "
    "column is not an item, leave it out",
    "rated-twice": "is rated a second time in the same round (first rating at {first})",
}
"""The messages by code, which ends before a dot."""
note = sentences(TEXTS)


Number = tuple[Fraction, bool]
"""A number, and whether a percent sign follows it."""


class Said(NamedTuple):
    """A judge's rating of an item in a round, as written, with its row in the table; the value is None if
    there is no rating."""

    row: int
    judge: str
    item: str
    round: int
    value: object


class JudgeRatings(NamedTuple):
    """Ratings as the share of the item's points, by round, item and judge, with the items and judges named in
    the table."""

    rounds: dict[int, dict[str, dict[str, Fraction]]]
    items: tuple[str, ...]
    judges: tuple[str, ...]
    cells: dict[tuple[int, str, str], int]
    """The position of each rating in a table with a row for each rating."""
    notes: tuple[Note, ...] = ()
    scale: str = "share"
    """The scale on which ratings without a percent sign were written."""

    @property
    def silent(self) -> tuple[str, ...]:
        """The judges without a rating in any round."""
        spoke = {one for items in self.rounds.values() for said in items.values() for one in said}
        return tuple(one for one in self.judges if one not in spoke)

    def absent(self, which: int) -> tuple[str, ...]:
        """Return the judges who rated in other rounds but not in this one."""
        here = {one for said in self.rounds[which].values() for one in said}
        return tuple(one for one in self.judges if one not in {*here, *self.silent})

    def earlier(self, which: int) -> set[tuple[str, str]]:
        """Return the item and judge of ratings from earlier rounds that are missing in this one, for judges
        who rated in it."""
        rated = {
            n: {(item, judge) for item, said in items.items() for judge in said}
            for n, items in self.rounds.items()
        }
        gone = {*self.absent(which)}
        before = {one for n, own in rated.items() if n < which for one in own}
        return {one for one in before - rated[which] if one[1] not in gone}

    @property
    def is_yes_no(self) -> bool:
        """Whether every rating is 1 or 0."""
        every = (said.values() for items in self.rounds.values() for said in items.values())
        return {one for values in every for one in values} <= {0, 1}


def judge_ratings(data: object, scale: str | None, argument: str = "ratings") -> JudgeRatings:
    """Read ratings as shares of points from a table with a row for each rating (judge, item, rating), judge
    or item.

    Notes on faults identify the rating by `cell`, its position in a table with a row for each rating.
    """
    said = unfolded(data, argument)
    numbers = [_number(one.value) for one in said]
    faults = [
        ("not-a-rating", n)
        for n, (one, number) in enumerate(zip(said, numbers, strict=True))
        if number is None and not is_blank(one.value)
    ]
    scale, of_scale = scale_of([one.judge for one in said], numbers, scale)
    faults += [
        (code + ".levels" * (code == "scale-unknown" and _is_level(numbers[n])), n) for code, n in of_scale
    ]
    rounds: dict[int, dict[str, dict[str, Fraction]]] = {}
    cells: dict[tuple[int, str, str], int] = {}
    first: dict[int, str] = {}
    for n, (one, number) in enumerate(zip(said, numbers, strict=True)):
        if (first_of := cells.setdefault((one.round, one.item, one.judge), n)) != n:
            first[n] = f"{argument}[{first_of}]"
            faults.append(("rated-twice", n))
        elif number is not None:
            is_percent = number[1] or scale == "percent"
            if not 0 <= number[0] <= (100 if is_percent else 1):
                faults.append(("rating-out-of-range" + ".percent" * is_percent, n))
            share = number[0] / 100 if is_percent else number[0]
            rounds.setdefault(one.round, {}).setdefault(one.item, {})[one.judge] = share
    if faults:
        raise DataError(*(
            note(code, argument=Argument(argument), cell=n, judge=said[n].judge,
                 item=said[n].item, value=shown_number(numbers[n]) or str(said[n].value)[:40],
                 first=first.get(n, ""), scale=Argument("scale"), percent=Argument("scale", "percent"))
            for code, n in faults
        ))  # fmt: skip
    items, judges = (tuple(dict.fromkeys(getattr(one, name) for one in said)) for name in ("item", "judge"))
    percentages = {
        key: float(100 * share)
        for n, by_item in rounds.items()
        for item, of_item in by_item.items()
        for key, share in (((n, item, judge), share) for judge, share in of_item.items())
    }
    notes = tuple(_doubtful(percentages)) if scale == "percent" else ()
    return JudgeRatings(dict(sorted(rounds.items())), items, judges, cells, notes, scale)


def _doubtful(percentages: Mapping[tuple[int, str, str], float]) -> Iterator[Note]:
    """The notes of percentages, by round, item and judge, that may be points, on another scale, or no
    ratings."""
    highest = max(percentages.values(), default=100.0)
    if highest <= 10:
        yield note("low-percentages", value=f"{highest:g}")
        return
    for judge in dict.fromkeys(key[2] for key in percentages):
        own = [one for key, one in percentages.items() if key[2] == judge]
        others = [one for key, one in percentages.items() if key[2] != judge]
        if len(own) >= _FEW <= len(others) and 4 * max(own) <= max(others) and np.median(others) > max(own):
            yield note("judge-on-other-scale", judge=judge, high=max(own), middle=float(np.median(others)))
            return
    of_item: dict[str, list[float]] = {}
    for (_, item, _), one in percentages.items():
        of_item.setdefault(item, []).append(one)
    for step in (10, 5):
        unlike = [item for item, own in of_item.items() if sum(one % step != 0 for one in own) * 2 > len(own)]
        rest = [one for item, own in of_item.items() if item not in unlike for one in own]
        if len(unlike) == 1 and len(rest) >= _MANY and all(one % step == 0 for one in rest):
            yield note("item-in-other-steps", items=unlike[0], step=step)


def unfolded(data: object, argument: str = "ratings") -> list[Said]:
    """Return a record for each rating in a table with a row for each rating, each judge or each item."""
    columns, index = columns_of(data, argument)
    role_of = {"id": "judge"} | {name: role for role, names in COLUMNS.items() for name in names}
    roles = {role_of.get(name.strip().lower(), ""): name for name in reversed(columns)}
    n = len(next(iter(columns.values()), ()))
    own = {role: columns.pop(roles[role]) for role in ("judge", "item", "round") if role in roles}
    judges, items = (
        names_in(own[role].tolist(), role, argument) if role in own else None for role in ("judge", "item")
    )
    if judges is None and items is not None and "rating" in roles:
        judges = ["judge 1"] * n  # a table of one judge
    if judges is not None and items is not None:
        value = roles.get("rating") or (next(iter(columns)) if len(columns) == 1 else None)
        if value is None:
            raise DataError(note("column-missing", argument=Argument(argument)))
        columns = {value: columns[value]}
    is_table = isinstance(data, Mapping) or hasattr(data, "columns")
    faults = []
    if judges is None and items is None and index is None and is_table:
        faults.append(note("column-missing.judge", argument=Argument(argument)))
    if judges is None or items is None:
        others = [name for name in columns if name.strip().lower() in NO_ITEMS]
        faults += [note("no-item", argument=Argument(argument), column=name) for name in others]
    if faults:
        raise DataError(*faults)
    if judges is None and items is None:
        judges = (
            [f"judge {row + 1}" for row in range(n)]
            if index is None
            else names_in(index.tolist(), "judge", argument)
        )
    if not columns:
        raise ArgumentError(f"{argument} has no item; expected a column for each")
    rounds = rounds_in(own["round"].tolist() if "round" in own else [1] * n, argument)
    return [
        Said(row, judges[row] if judges else name, items[row] if items else name, rounds[row], values[row])
        for row in range(n)
        for name, values in columns.items()
    ]


def names_in(values: Sequence[object], what: str, argument: str) -> list[str]:
    """Return a column of names. Raises DataError if one is missing."""
    names = [name_of(one) for one in values]
    faults = RowFaults(argument)
    for row in (row for row, name in enumerate(names) if not name):
        faults.add(row, what, note("cell-empty", role=what))
    faults.end()
    return names


def rounds_in(values: Sequence[object], argument: str) -> list[int]:
    """Return a column of round numbers; a blank means the first round. Raises DataError for anything else."""
    numbers = [number_of(one) for one in values]
    faults = RowFaults(argument)
    for row, (value, number) in enumerate(zip(values, numbers, strict=True)):
        if number is None or number % 1 > 0 or not (1 <= number <= 99 or is_blank(value)):
            faults.add(row, "round", note("round-not-a-number", value=str(value)[:40]))
    faults.end()
    return [1 if number is None or np.isnan(number) else int(number) for number in numbers]


def exact(value: object) -> Fraction:
    """Return a number exactly as written, not the nearest binary one: 7/10 for 0.7."""
    if isinstance(value, Fraction):
        return value
    if isinstance(value, (str, int, float, np.bool_, np.integer, np.floating)):
        return Fraction(repr(float(value)))
    raise TypeError


def read_number(value: object) -> Number | None:
    """Return a number, and whether it is a percentage: `0.6`, "0,6", "60 %"; None if it is not a number."""
    text = plain_text(value).replace(",", ".") if isinstance(value, str) and "_" not in value else ""
    try:
        return exact(text.removesuffix("%") if text else value), text.endswith("%")
    except (TypeError, ValueError, OverflowError):
        return None


def scale_of(
    judges: Sequence[str],
    numbers: Sequence[Number | None],
    scale: str | None = None,
    uncertain: int = UNCERTAIN,
) -> tuple[str, list[tuple[str, int]]]:
    """Return the scale of numbers without a percent sign, `percent` if any of them is above 1, else `share`.

    Also return, by code and position, evidence against it: numbers on the other scale, as when all of a
    judge's are, or that none is above `uncertain`.
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
    above = [n for n, one in plain if one > 1]
    if _ODD * len(above) <= len(plain) and any(0 < one < 1 for _, one in plain):
        return "share", []  # a few slips, which are out of range
    mixed = [n for n, one in plain if 0 < one < 1 or (0 < highest[judges[n]] <= 1 and one)]
    if top[1] <= uncertain and top[1] > 2 and all(one.denominator <= 2 for _, one in plain):
        mixed = []  # 1 is a point, as 2 and 3 are, and 0.5 half of it
    if not mixed and top[1] <= uncertain:
        return "percent", [("scale-unknown", top[0])]
    return "percent", [("scales-mixed", n) for n in mixed[:MOST_FAULTS]]


def _is_level(number: Number | None) -> bool:
    return number is not None and number[0] <= _LEVELS


def shown_number(number: Number | None) -> str:
    """Return a number in its usual notation."""
    return "" if number is None else f"{float(number[0]):.6g}"


def completed(shares: Floats) -> tuple[Floats, Bools]:
    """Return the ratings with an estimate for each blank, and which judges count in an error over judges
    (n,): those who rated more than half of the items, so that each two have an item in common.

    A blank becomes what judge and item suggest by least squares in a two-way analysis without interaction,
    p_ij = α_j + β_i over the ratings of the judges who count, as `predict(lm(p ~ judge + item))` in R. An
    item that none of them rated has its mean rating for all of them.

    Parameters
    ----------
    shares : (n, k) ratings, NaN for a blank

    References
    ----------
    Yates, F. (1933). The analysis of replicated experiments when the field results are incomplete. Empire
    Journal of Experimental Agriculture, 1, 129–142.
    """
    rated = np.isfinite(shares)
    counts = rated.sum(axis=1) * 2 > shares.shape[1]
    found = np.where(rated, shares, np.nan)
    if not counts.any() or rated[counts].all():
        return found, counts
    own, there = found[counts], rated[counts].astype(np.float64)
    n, value = there.sum(axis=0), np.where(there > 0, own, 0.0)
    each = np.maximum(n, 1.0)
    rest = np.diag(there.sum(axis=1)) - (there / each) @ there.T
    judge = np.linalg.lstsq(rest, (value - there * (value.sum(axis=0) / each)).sum(axis=1), rcond=None)[0]
    item = (value - there * judge[:, None]).sum(axis=0) / each
    alone = n == 0
    known = rated.sum(axis=0)
    means = np.where(rated, shares, 0.0).sum(axis=0) / np.maximum(known, 1)
    estimate = np.where(alone, means, judge[:, None] + item)
    found[counts] = np.where(there > 0, own, estimate)
    return found, counts


def _number(value: object) -> Number | None:
    """A rating as it is written, or said by yes or no; None for a blank, and for what is no rating."""
    if is_blank(value):
        return None
    plain = str(value).strip().casefold()
    return (YES_AND_NO[plain], False) if plain in YES_AND_NO else read_number(value)


def is_blank(value: object) -> bool:
    """Return whether a cell is empty."""
    return absent(value) or (isinstance(value, str) and value.strip().lower() in BLANK_WORDS)
