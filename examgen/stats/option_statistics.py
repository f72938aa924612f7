"""Options chosen → who chose each option of each item: how many, how able, in which part of the persons.

The total is that of the items as scored by their keys; omitted items count as wrong. With items that were not
reached or not administered a person's total is the mean of the others times the number of items. A total of
one form is no number of another: a form may be harder, or its persons abler. So totals, the groups by totals
and the correlations are those of a form, and forms are put together afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.stats.item_moments import Floats, Whole
from examgen.stats.matrix import (
    NOT_ADMINISTERED,
    OMITTED,
    Cells,
    Chosen,
    administered,
)
from examgen.stats.results import frame

SHARE = 0.27
"""Of the persons, in the upper and in the lower group (Kelley, 1939)."""
_BLANK = -1
_CELLS_AT_ONCE = 1 << 19


def quantile(ordered: Floats, share: float) -> float:
    """R's `quantile(type = 7)` of values in ascending order, to the last bit; NaN where there are none."""
    if not len(ordered):
        return np.nan
    index = 1.0 + (len(ordered) - 1) * share
    low = int(index)
    first, second, h = float(ordered[low - 1]), float(ordered[min(low, len(ordered) - 1)]), index - low
    return first if first == second or not h else (1.0 - h) * first + h * second


def option_statistics(
    chosen: Chosen,
    *,
    form: Whole | None = None,
    ability: Floats | None = None,
    counted: NDArray[np.bool_] | None = None,
    not_reached_wrong: bool = False,
    groups: int = 5,
) -> pl.DataFrame:
    """Statistics of every option of J items over N persons; null where undefined.

    The rest of a person with missing scores is the mean of the other scores times their number in the test; a
    person with none is left out of the correlation. Over forms counts are added up: a fifth of an item on two
    forms has the lowest (highest …) fifth of each. The mean score and correlations are the means of those of
    the forms, weighted by their persons.

    Parameters
    ----------
    chosen : Chosen
    form : ndarray of int, shape (N,), optional
        The number of each person's form; all are one form where it is left out.
    ability : ndarray of float, shape (N,), optional
        By what persons are put into groups; their totals where left out. NaN is in no group.
    counted : ndarray of bool, shape (J,), optional
        Whether the item is part of the total; all are, where left out. The rest of an item that is not is the
        whole total.
    not_reached_wrong : bool
        Whether an item that was not reached counts as wrong.
    groups : int
        Into how many groups `fifths` cuts the persons.

    Returns
    -------
    polars.DataFrame
        A row for each option of each item in order, then one of those who left it blank (`option` null):
        `item`, `option`, `is_key`; `n` who chose it of `administered` who had the item, their `share`;
        `mean_score`, the mean total of those who chose it, and `mean_share`, the same over the number of
        items that count; `point_biserial` of choosing it with the total, `point_biserial_rest` with the total
        without the item, and its `rest_df` (persons less 1 for each form: 1 over its variance by chance; 0
        where it is null); the share `able` among those at or above the 73 % quantile of totals, all with the
        same total together; `fifths`, the shares in groups cut at the quantiles of totals, the lowest first,
        where who is on a cut is in the lower group; `able_n` and `fifths_n`, how many of these had the item.

    References
    ----------
    Haladyna, T. M. (2004). Developing and validating multiple-choice test items, ch. 9. Erlbaum.
    """
    item, option, is_key = _rows_of(chosen)
    every = np.ones(len(chosen.items), dtype=np.bool_) if counted is None else counted
    found = {name: np.zeros(len(item)) for name in (*_COUNTS, *_WEIGHED)}
    found |= {name: np.zeros((len(item), 1 + groups)) for name in ("chose", "had")}
    weights = {name: np.zeros(len(item)) for name in _WEIGHED}
    parts = [(np.arange(len(every)), chosen, ability)] if form is None else (
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


_COUNTS = ("n", "administered", "rest_df")
_WEIGHED = {
    "mean_score": "n", "mean_share": "n", "point_biserial": "administered",
    "point_biserial_rest": "administered",
}  # fmt: skip
"""Means of forms, each with the persons whom it weighs by."""


def _rows_of(chosen: Chosen) -> tuple[Whole, Whole, NDArray[np.bool_]]:
    """(R,) for each row its item, its option (−1 for blanks), and whether that is right."""
    n_options = [len(names) for names in chosen.options]
    item = np.repeat(np.arange(len(n_options)), [n + 1 for n in n_options])
    option = np.array([place for n in n_options for place in (*range(n), _BLANK)], dtype=np.int64)
    right = [place in chosen.keys[j] for j, place in zip(item, option, strict=True)]
    return item, option, np.array(right, dtype=np.bool_)


def _of_form(
    chosen: Chosen,
    counted: NDArray[np.bool_],
    ability: Floats | None,
    not_reached_wrong: bool,
    groups: int,
) -> dict[str, Floats]:
    """The columns of one form; of groups how many chose the option (`chose`) and had the item (`had`)."""
    item, option, _ = _rows_of(chosen)
    keys = key_places(chosen)
    total, answered, points = totals(chosen.cells, keys, counted, not_reached_wrong)
    known = ~np.isnan(total)
    middle = float(total[known].mean()) if known.any() else 0.0
    weights = np.vstack([
        np.ones(len(total)), known, np.where(known, total - middle, 0.0),
        _groups(total if ability is None else ability, groups),
    ])  # fmt: skip
    # sums over those who chose the option, and over those who had the item: of the weights, of 1 and of the
    # rest where there is one; of the latter also of squares
    chose, had = np.zeros((2, len(weights) + 2, len(item)))
    square, rest_square = np.zeros((2, len(counted)))
    for rows in stretches(chosen.cells):
        cells = chosen.cells[rows]
        rest = rests(right_of(cells, keys, not_reached_wrong), points[rows], answered[rows], counted) - middle
        there = cells != NOT_ADMINISTERED
        with_rest = (~np.isnan(rest) & there).astype(np.float64)
        rest = np.where(with_rest > 0, rest, 0.0)
        took = (cells[:, item] == option) | ((option == _BLANK) & (cells[:, item] < 0) & there[:, item])
        for sums, mask in ((chose, took), (had, there[:, item])):
            own = mask.astype(np.float64)
            sums[:-2] += weights[:, rows] @ own
            sums[-2] += np.einsum("nr,nr->r", own, with_rest[:, item])
            sums[-1] += np.einsum("nr,nr->r", own, rest[:, item])
        square += np.square(weights[2, rows]) @ there
        rest_square += np.einsum("nj,nj->j", rest, rest)
    n, n_t, t, n_rest, rest_sum = chose[[0, 1, 2, -2, -1]]
    n_all, n_t_all, t_all, n_rest_all, rest_all = had[[0, 1, 2, -2, -1]]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = middle + t / n_t
    r = _correlation(n_t, t, n_t_all, t_all, square[item])
    r_rest = _correlation(n_rest, rest_sum, n_rest_all, rest_all, rest_square[item])
    return {
        "n": n,
        "administered": n_all,
        "mean_score": mean,
        "mean_share": mean / max(int(np.count_nonzero(counted)), 1),
        "point_biserial": r,
        "point_biserial_rest": r_rest,
        "rest_df": np.where(np.isnan(r_rest), 0.0, n_rest_all - 1),
        "chose": chose[3:-2].T,
        "had": had[3:-2].T,
    }


def _groups(of: Floats, groups: int) -> NDArray[np.bool_]:
    """(1 + groups, N) who is able, and who is in each group by quantiles."""
    ordered = np.sort(of[~np.isnan(of)])
    cuts = np.array([quantile(ordered, place / groups) for place in range(1, groups)])
    place = np.where(np.isnan(of), -1, np.searchsorted(cuts, of, side="left"))
    return np.vstack([of >= quantile(ordered, 1.0 - SHARE), place == np.arange(groups)[:, None]])


def _correlation(n: Floats, t: Floats, n_all: Floats, t_all: Floats, square: Floats) -> Floats:
    """Of choosing an option with totals: `n` of `n_all` persons chose it, with the sums of totals `t` and
    `t_all` and the sum of squares; NaN where one does not vary."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = n / n_all
        of_option, of_total = n * (1 - share), square - t_all**2 / n_all
        found = (t - share * t_all) / np.sqrt(of_option * of_total)
    return np.where((of_option > 1e-9) & (of_total > 1e-9), np.clip(found, -1.0, 1.0), np.nan)


# ── totals of options ────────────────────────────────────────────────────────────────────────


def stretches(cells: Cells) -> Iterator[slice]:
    """Persons, so many at once as fit the processor's memory."""
    size = max(_CELLS_AT_ONCE // max(cells.shape[1], 1), 16)
    for start in range(0, len(cells), size):
        yield slice(start, min(start + size, len(cells)))


def form_parts(chosen: Chosen, form: Whole) -> Iterator[tuple[Whole, Chosen]]:
    """The forms that somebody sat, each by itself: which of the items it has, and what was chosen.

    `form` (N,) is the number of each person's form.
    """
    for number in np.unique(form).tolist():
        rows = np.flatnonzero(form == number)
        places = np.flatnonzero(administered(chosen.cells[rows]))
        if len(places):
            yield places, chosen.part(places.tolist(), rows)


def key_places(chosen: Chosen) -> Cells:
    """(K, J) places of the right options, filled up with a place that no option has."""
    most = max((len(key) for key in chosen.keys), default=0)
    found = np.full((max(most, 1), len(chosen.keys)), np.iinfo(np.int8).min, dtype=np.int8)
    for j, key in enumerate(chosen.keys):
        found[: len(key), j] = sorted(key)
    return found


def right_of(cells: Cells, keys: Cells, not_reached_wrong: bool) -> Cells:
    """As `Chosen.scored`, for a stretch of persons and all items at once."""
    found: Cells = (cells == keys[:, None]).any(axis=0).astype(np.int8)
    missing = (cells == NOT_ADMINISTERED) if not_reached_wrong else cells < OMITTED
    return np.where(missing, cells, found)


def totals(
    cells: Cells, keys: Cells, counted: NDArray[np.bool_], not_reached_wrong: bool
) -> tuple[Floats, Whole, Whole]:
    """(N,) totals (NaN without any score), number of scores, sum of scores, of the items that count."""
    answered, points = np.zeros((2, len(cells)), dtype=np.int64)
    for rows in stretches(cells):
        scored = right_of(cells[rows], keys, not_reached_wrong)[:, counted]
        points[rows] = np.count_nonzero(scored > 0, axis=1)
        answered[rows] = np.count_nonzero(scored >= 0, axis=1)
    width = int(np.count_nonzero(counted))
    total = np.where(answered == width, points.astype(np.float64), points * (width / np.maximum(answered, 1)))
    return np.where(answered > 0, total, np.nan), answered, points


def rests(scored: Cells, points: Whole, answered: Whole, counted: NDArray[np.bool_]) -> Floats:
    """(n, J) what persons got on the other items that count; NaN where they have none."""
    width = np.count_nonzero(counted) - counted.astype(np.int64)
    others = answered[:, None] - ((scored >= 0) & counted)
    rest = (points[:, None] - np.maximum(scored, 0) * counted).astype(np.float64)
    short = others != width
    if short.any():
        rest[short] *= (width / np.maximum(others, 1))[short]
    rest[others == 0] = np.nan
    return np.asarray(rest)
