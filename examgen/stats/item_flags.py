"""Flags of items, from statistics of items and options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from examgen.stats.distributions import adjusted, normal_upper, wilson
from examgen.stats.results import Note, note_of

LEAST_CANDIDATES = 50
"""With fewer candidates on an item, a figure beyond its limit is flagged only if its whole 95 % interval is.
The interval of a correlation of 0.2 would reach from −0.1 to 0.5."""
LEAST_CERTAIN = 20
"""With fewer candidates on an item, nothing is flagged."""
TOO_HARD, TOO_EASY = 0.20, 0.95
"""Facility below and above which an item hardly discriminates. With fewer than five options, the lower limit
is the facility that guessing produces, 1 divided by the number of options."""
LOW_DISCRIMINATION = 0.15
"""Item–rest correlation below which an item contributes little (Ebel & Frisbie, 1991, recommend 0.20 or
more). An item is flagged if the whole 95 % interval is below it, for any number of candidates."""
BY_CHANCE = 0.05
"""The maximum probability that a distractor is flagged as attracting able candidates, if no distractor of the
exam does."""
LEAST_CHOOSERS = 10
"""The minimum numbers of candidates who chose a distractor and who did not, for a test of it; with fewer, the
correlation is far from normal."""
DEAD = 0.05
"""The proportion below which a distractor has no function (Haladyna & Downing, 1993)."""
IDLE = 0.5
"""A rarely chosen distractor is flagged only if it attracted less than this part of an even share of the
wrong answers, over the whole 95 % interval, since an easy item has too few wrong answers to judge."""
MANY_BLANKS = 0.10
"""The proportion of candidates with the item who left it blank, above which it is flagged."""
NO_OPTION = "*"
"""The name of marks that are not options of the item."""
TEXTS: dict[str, str] = {
    "interval": "95 %: {low:.2f} to {high:.2f}",
    "too-hard": "facility {shown} ({ends}; {n} candidates) is below {limit} (too hard)",
    "too-easy": "facility {shown} ({ends}; {n} candidates) is above {limit} (too easy)",
    "negative-discrimination": "item–rest correlation {r:.2f} ({ends}; {n} candidates): able candidates do "
    "worse. Check the key first",
    "low-discrimination": "item–rest correlation {r:.2f} ({ends}; {n} candidates): the whole interval is "
    "below {limit:.2f}",
    "under-chance": "{shown} of the {n} who answered are right, but guessing would give {limit}",
    "many-blanks": "{shown} of the {n} candidates left it blank, more than {limit}",
    "dead-distractor": "{name} was chosen by {shown}, fewer than {limit}: {n} of {n_wrong} wrong answers (an "
    "even share would be {even:.0f})",
    "distractor-attracts-able": "{name} is wrong according to the key but is chosen by candidates with high "
    "scores: option–rest correlation {r:.2f} ({chance}), significant over {n_tests} distractors (Holm, 5 %). "
    "It was chosen by {able_chose} of the {n_able} most able (upper 27 %, including ties) and by "
    "{others_chose} of the {n_others} others",
}
"""The messages by code; they do not contain the item's name, which is added for display."""

Row = Mapping[str, Any]


def least_candidates(min_n: int | None) -> tuple[int, int]:
    """Return the numbers of candidates that an item needs for flags beyond chance, and for all flags: `min_n`
    for both, or 20 and 50."""
    return (LEAST_CERTAIN, LEAST_CANDIDATES) if min_n is None else (min_n, min_n)


def is_option(row: Row) -> bool:
    """Return whether a row describes an option of the item, not blanks or other marks."""
    return row["option"] is not None and row["option"].strip(NO_OPTION) != ""


def flags(
    items: pl.DataFrame, options: pl.DataFrame | None = None, min_n: int | None = None
) -> tuple[Note, ...]:
    """Return the flags, item by item. The values of each note include its `item` and, if it is about one, the
    `option`.

    An item with fewer than 50 candidates gets only flags beyond chance, and one with fewer than 20 none;
    `min_n` replaces both numbers. `items` and `options` are those of `ItemAnalysis`.
    """
    certain, enough = least_candidates(min_n)
    of_item: dict[str, list[dict[str, Any]]] = {}
    for row in [] if options is None else options.to_dicts():
        of_item.setdefault(row["item"], []).append(row)
    known = items.with_columns(pl.col(pl.Float64).fill_null(np.nan))
    examined = known.filter(pl.col("n") >= certain).to_dicts()
    tested = [one for row in examined for one in of_item.get(row["item"], ())]
    drawing, n_tests = _drawing_the_able(tested)
    found: list[Note] = []
    for item in examined:
        own = of_item.get(item["item"], [])
        found += _of_item(item, own, is_few=item["n"] < enough)
        for row in own:
            if (p := drawing.get((row["item"], row["option"]))) is not None:
                able_chose = round(row["able"] * row["able_n"])
                found.append(_flag(
                    "distractor-attracts-able", item, row["option"], r=row["point_biserial_rest"],
                    chance="p < 0.001" if p < 0.001 else f"p {p:.3f}", n_tests=n_tests,
                    able_chose=able_chose, n_able=row["able_n"], others_chose=row["n"] - able_chose,
                    n_others=row["administered"] - row["able_n"],
                ))  # fmt: skip
    return tuple(found)


def _flag(code: str, item: Row, option: str | None = None, /, **values: Any) -> Note:
    of_option = {} if option is None else {"option": option, "name": option}
    return note_of(TEXTS, code, {"item": item["item"], **of_option, **values})


def _of_item(item: Row, rows: Sequence[Row], *, is_few: bool) -> list[Note]:
    """The flags of an item, without those by a test over all items."""
    found: list[Note] = []
    real, given = [row for row in rows if is_option(row)], [row for row in rows if row["option"] is not None]
    n_keys, n_options = sum(row["is_key"] for row in given), len(real)
    hard = max(TOO_HARD, 1 / n_options) if n_options > 1 and n_keys == 1 else TOO_HARD
    facility, ends = item["facility"], (item["facility_low"], item["facility_high"])
    low, high = ends if is_few else (facility, facility)
    about = {"ends": _interval(*ends), "n": item["n"]}
    if high < hard:
        found.append(_flag("too-hard", item, **beyond(facility, hard), **about))
    elif low > TOO_EASY:
        found.append(_flag("too-easy", item, **beyond(facility, TOO_EASY), **about))
    ends = (item["item_rest_low"], item["item_rest_high"])
    about = {"r": item["item_rest"], "ends": _interval(*ends), "n": item["n"]}
    if ends[1] < 0:  # not of NaN
        found.append(_flag("negative-discrimination", item, **about))
    elif ends[1] < LOW_DISCRIMINATION:
        found.append(_flag("low-discrimination", item, limit=LOW_DISCRIMINATION, **about))
    answered = sum(row["n"] for row in given)
    # of an item that the able know, few right is no riddle
    if not ends[0] > 0 and 0 < n_keys < n_options and answered:
        right, chance = sum(row["n"] for row in given if row["is_key"]), n_keys / n_options
        if wilson(right, answered)[1] < chance:
            found.append(_flag("under-chance", item, **beyond(right / answered, chance, "%"), n=answered))
    blank = sum(item[kind] for kind in ("omitted", "not_reached"))
    n = sum(item[kind] for kind in ("n", "omitted", "not_reached"))
    if n and not rows and (wilson(blank, n)[0] if is_few else blank / n) > MANY_BLANKS:
        found.append(_flag("many-blanks", item, **beyond(blank / n, MANY_BLANKS, "%"), n=n))
    wrong = [row for row in real if not row["is_key"]]
    n_wrong = sum(row["n"] for row in wrong)
    for row in rows:
        share, n = row["share"], row["administered"]
        if row["option"] is None:
            if (wilson(share * n, n)[0] if is_few else share) > MANY_BLANKS:
                found.append(_flag("many-blanks", item, **beyond(share, MANY_BLANKS, "%"), n=n))
        elif row in wrong and share < DEAD and not is_few and len(wrong) > 1 and n_wrong:
            if not wilson(row["n"], n_wrong)[1] < IDLE / len(wrong):
                continue  # too few wrong answers that it could draw
            about = {"n": row["n"], "n_wrong": n_wrong, "even": n_wrong / len(wrong)}
            found.append(
                _flag("dead-distractor", item, row["option"], **beyond(share, DEAD, "%", 3), **about)
            )
    return found


def _interval(low: float, high: float) -> Note:
    return note_of(TEXTS, "interval", {"low": round(low, 2) + 0.0, "high": round(high, 2) + 0.0})


def beyond(value: float, limit: float, unit: str = "", least: int = 2) -> dict[str, str]:
    """Return a figure (`shown`) and the `limit` that it exceeds, with enough decimals to distinguish it from
    the limit, from 0 and from 1; as percentages with the unit `%`."""
    others = [one for one in (limit, 0.0, 1.0) if one != value]
    digits = next(
        (d for d in range(least, 6) if all(f"{value:.{d}f}" != f"{one:.{d}f}" for one in others)), 6
    )
    form = f".{digits - 2}%" if unit else f".{digits}f"
    return {"shown": format(value, form), "limit": format(limit, form)}


def _drawing_the_able(rows: Sequence[Row]) -> tuple[dict[tuple[str, str], float], int]:
    """By item and option, the p of distractors that go with high scores beyond chance over all that were
    tested (Holm); and how many were tested.

    The correlation r with the rest is compared with what it is among permutations, a normal one of variance
    1/(n − 1) (Pitman 1937), one-sided.
    """
    tested = [
        row
        for row in rows
        if is_option(row)
        and not row["is_key"]
        and row["rest_df"]
        and LEAST_CHOOSERS <= row["n"] <= row["administered"] - LEAST_CHOOSERS
    ]
    r, df = (
        np.array([row[name] for row in tested], dtype=float) for name in ("point_biserial_rest", "rest_df")
    )
    p = normal_upper(r * np.sqrt(df))
    fallen = np.flatnonzero(adjusted(p, "holm") <= BY_CHANCE).tolist()
    return {(tested[k]["item"], tested[k]["option"]): float(p[k]) for k in fallen}, len(tested)
