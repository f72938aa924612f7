"""Statistics of options: how many persons chose each option of each item, their ability, and their
distribution over ability groups.

The total is that of the items as scored by their keys; omitted items count as wrong. If items were not
reached or not administered, a person's total is the mean of the other scores times the number of items.
Totals of different forms are not comparable, since a form may be harder or its persons more able. Totals,
groups by totals and correlations are therefore computed within each form and combined afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from examgen.stats.item_moments import correlation
from examgen.stats.matrix import (
    NOT_ADMINISTERED,
    Bools,
    Chosen,
    Floats,
    Ints,
    administered,
)
from examgen.stats.results import frame

SHARE = 0.27
"""The proportion of persons in the upper and in the lower group (Kelley, 1939)."""
_BLANK = -1


def quantile(ordered: Floats, share: float) -> float:
    """Return R's `quantile(type = 7)` of values in ascending order, to the last bit; NaN without values."""
    if not len(ordered):
        return np.nan
    index = 1.0 + (len(ordered) - 1) * share
    low = int(index)
    first, second, h = float(ordered[low - 1]), float(ordered[min(low, len(ordered) - 1)]), index - low
    return first if first == second or not h else (1.0 - h) * first + h * second


def option_statistics(
    chosen: Chosen,
    *,
    form: Ints | None = None,
    ability: Floats | None = None,
    counted: Bools | None = None,
    not_reached_wrong: bool = False,
    groups: int = 5,
) -> pl.DataFrame:
    """Return the statistics of every option of J items over N persons; null if undefined.

    The rest score of a person with missing scores is the mean of the other scores times the number of other
    items in the test; a person without other scores is excluded from the correlation. Counts are added over
    forms: the lowest (highest …) fifth of an item on two forms consists of the lowest (highest …) fifths of
    both. The mean score and correlations are the means of those of the forms, weighted by their persons.

    Parameters
    ----------
    chosen : Chosen
    form : ndarray of int, shape (N,), optional
        The number of each person's form; by default all have one form.
    ability : ndarray of float, shape (N,), optional
        The values by which persons are grouped; by default their totals. Persons with NaN are in no group.
    counted : ndarray of bool, shape (J,), optional
        Whether the item is part of the total; by default all are. The rest score for an item that is not part
        of it is the whole total.
    not_reached_wrong : bool
        Whether an item that was not reached counts as wrong.
    groups : int
        The number of groups for `fifths`.

    Returns
    -------
    polars.DataFrame
        A row for each option of each item in order, then one for blanks (`option` null): `item`, `option`,
        `is_key`; the number `n` who chose it, the number `administered` who had the item, and the `share` of
        these; `mean_score`, the mean total of those who chose it, and `mean_share`, the same divided by the
        number of items that count; `point_biserial` of choosing it with the total, `point_biserial_rest` with
        the total without the item, and its `rest_df` (persons minus 1 for each form, the inverse of its
        variance by chance; 0 if it is null); the proportion `able` who chose it among persons at or above the
        73 % quantile of totals, with ties; `fifths`, the proportions in groups divided at the quantiles of
        totals, the lowest first, with persons at a boundary in the lower group; `able_n` and `fifths_n`, the
        numbers of persons in these groups who had the item.

    References
    ----------
    Haladyna, T. M. (2004). Developing and validating multiple-choice test items, ch. 9. Erlbaum.
    """
    item, option, is_key = _rows_of(chosen)
    every = np.ones(len(chosen.items), dtype=np.bool_) if counted is None else counted
    found = {name: np.zeros(len(item)) for name in (*_COUNTS, *_WEIGHED)}
    found |= {name: np.zeros((len(item), 1 + groups)) for name in ("chose", "had")}
    weights = {name: np.zeros(len(item)) for name in _WEIGHED}
    parts = [(np.arange(len(every)), chosen, ability)] * bool(len(every)) if form is None else (
        (places, part, None) for places, part in form_parts(chosen, form)
    )  # fmt: skip
    for places, part, by in parts:
        rows = np.flatnonzero(np.isin(item, places))
        one = _of_form(part, every[places], by, not_reached_wrong, groups)
        for name in (*_COUNTS, "chose", "had"):
            found[name][rows] += one[name]
        for name, weight in _WEIGHED.items():
            known = np.isfinite(one[name])
            found[name][rows] += np.where(known, one[name] * one[weight], 0.0)
            weights[name][rows] += np.where(known, one[weight], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = {name: np.where(weights[name] > 0, found[name] / weights[name], np.nan) for name in _WEIGHED}
        groups_of, share = found["chose"] / found["had"], found["n"] / found["administered"]
    names = [None if k < 0 else chosen.options[j][k] for j, k in zip(item, option, strict=True)]
    n, having = (found[name].astype(np.int64) for name in ("n", "had"))
    columns = {
        "item": [chosen.items[j] for j in item],
        "option": pl.Series(names, dtype=pl.String),
        "is_key": is_key,
        "n": n,
        "administered": found["administered"].astype(np.int64),
        "share": share,
        **means,
        "rest_df": found["rest_df"].astype(np.int64),
        "able": groups_of[:, 0],
        "able_n": having[:, 0],
    }
    return frame(columns).with_columns(
        pl.Series("fifths", groups_of[:, 1:].tolist(), dtype=pl.List(pl.Float64)).list.eval(
            pl.element().fill_nan(None)
        ),
        pl.Series("fifths_n", having[:, 1:].tolist(), dtype=pl.List(pl.Int64)),
    )


def no_options() -> pl.DataFrame:
    """Return the table of `option_statistics` without a row, as for data that are scores."""
    names = pl.Series([], dtype=pl.String)
    texts, numbers = dict.fromkeys(("item", "option"), names), dict[str, pl.Series]()
    for name in ("n", "administered", "share", *_WEIGHED, "rest_df", "able", "able_n"):
        kind = pl.Int64 if name in ("n", "administered", "rest_df", "able_n") else pl.Float64
        numbers[name] = pl.Series([], dtype=kind)
    groups = {
        "fifths": pl.Series([], dtype=pl.List(pl.Float64)), "fifths_n": pl.Series([], dtype=pl.List(pl.Int64))
    }  # fmt: skip
    return pl.DataFrame({**texts, "is_key": pl.Series([], dtype=pl.Boolean), **numbers, **groups})


_COUNTS = ("n", "administered", "rest_df")
_WEIGHED = {
    "mean_score": "n", "mean_share": "n", "point_biserial": "administered",
    "point_biserial_rest": "administered",
}  # fmt: skip
"""Means of forms, each with the persons whom it weighs by."""


def _rows_of(chosen: Chosen) -> tuple[Ints, Ints, Bools]:
    """(R,) for each row its item, its option (−1 for blanks), and whether that is right."""
    n_options = [len(names) for names in chosen.options]
    item = np.repeat(np.arange(len(n_options)), [n + 1 for n in n_options])
    option = np.array([place for n in n_options for place in (*range(n), _BLANK)], dtype=np.int64)
    right = [place in chosen.keys[j] for j, place in zip(item, option, strict=True)]
    return item, option, np.array(right, dtype=np.bool_)


def _of_form(
    chosen: Chosen,
    counted: Bools,
    ability: Floats | None,
    not_reached_wrong: bool,
    groups: int,
) -> dict[str, Floats]:
    """The columns of one form; of groups how many chose the option (`chose`) and had the item (`had`)."""
    total, rests = scores(chosen, counted, not_reached_wrong)
    known, width = ~np.isnan(total), max(int(np.count_nonzero(counted)), 1)
    of_groups = _groups(total if ability is None else ability, groups)
    found = []
    for cells, names, rest in zip(chosen.cells.T, chosen.options, rests, strict=True):
        there, has_rest = cells != NOT_ADMINISTERED, ~np.isnan(rest)
        scored = there & known
        for place in (*range(len(names)), _BLANK):
            took = cells == place if place >= 0 else there & (cells < 0)
            mean = float(total[took & known].mean()) if (took & known).any() else np.nan
            r_rest = correlation(took[has_rest], rest[has_rest]) if has_rest.any() else np.nan
            found.append({
                "n": took.sum(), "administered": there.sum(), "mean_score": mean, "mean_share": mean / width,
                "point_biserial": correlation(took[scored], total[scored]) if scored.any() else np.nan,
                "point_biserial_rest": r_rest,
                "rest_df": 0 if np.isnan(r_rest) else has_rest.sum() - 1,
                "chose": (of_groups & took).sum(axis=1), "had": (of_groups & there).sum(axis=1),
            })  # fmt: skip
    return {name: np.array([one[name] for one in found], dtype=np.float64) for name in found[0]}


def _groups(of: Floats, groups: int) -> Bools:
    """(1 + groups, N) who is able, and who is in each group by quantiles."""
    ordered = np.sort(of[~np.isnan(of)])
    cuts = np.array([quantile(ordered, place / groups) for place in range(1, groups)])
    place = np.where(np.isnan(of), -1, np.searchsorted(cuts, of, side="left"))
    return np.vstack([of >= quantile(ordered, 1.0 - SHARE), place == np.arange(groups)[:, None]])


# ── totals of options ────────────────────────────────────────────────────────────────────────


def form_parts(chosen: Chosen, form: Ints) -> Iterator[tuple[Ints, Chosen]]:
    """Yield for each form that somebody took the indices of its items, and the options chosen.

    `form` (N,) is the number of each person's form.
    """
    for number in np.unique(form).tolist():
        rows = np.flatnonzero(form == number)
        places = np.flatnonzero(administered(chosen.cells[rows]))
        if len(places):
            yield places, chosen.part(places.tolist(), rows)


def scores(chosen: Chosen, counted: Bools, not_reached_wrong: bool) -> tuple[Floats, Iterator[Floats]]:
    """Return the totals (N,) of the items that count, NaN without any score; and an iterator that yields for
    each item the rest scores (N,) on the other items that count, NaN without such a score or without the
    item."""
    scored = chosen.scored(not_reached_wrong=not_reached_wrong).cells
    answered, points = (np.count_nonzero(one[:, counted], axis=1) for one in (scored >= 0, scored > 0))
    width = int(np.count_nonzero(counted))

    def total(answered: Ints, points: Ints, width: int) -> Floats:
        prorated = points * (width / np.maximum(answered, 1))
        return np.where(answered > 0, np.where(answered == width, points, prorated), np.nan)

    rests = (
        np.where(
            cells == NOT_ADMINISTERED,
            np.nan,
            total(answered - own * (cells >= 0), points - own * (cells > 0), width - own),
        )
        for own, cells in zip(counted.astype(int).tolist(), scored.T, strict=True)
    )
    return total(answered, points, width), rests
