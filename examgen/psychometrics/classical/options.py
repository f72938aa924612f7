"""Options chosen → who chose each option of each item: how many, how able, in which part of the candidates.

The total is that of the items as scored by their keys; omitted items count as wrong. With items that were not
reached or not administered a candidate's total is the mean of the others times the number of items. Totals of
different forms are not the same number: `options_by_form` takes each form by itself.

Options chosen on several forms → statistics of each option, every group of candidates within its form.

A total of one form is no number of another: a form may be harder, or its candidates abler. So totals, the
groups by totals and the correlations are those of a form, and forms are put together afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.responses.matrix import (
    NOT_ADMINISTERED,
    OMITTED,
    Cells,
    Chosen,
    administered,
    with_columns,
)
from examgen.psychometrics.classical.items import members
from examgen.stats.irt_models import Floats

BLANK = -1
"""Stands for the option in the row of those who had the item and chose nothing."""

_CELLS_AT_ONCE = 1 << 19
_SIZES = {
    "low27": "low27_n",
    "high27": "high27_n",
    "able": "able_n",
    "fifths": "fifths_n",
    "share": "administered",
}
"""Shares, and how many people each is of."""
_SUMS = ("n", "rest_df", *_SIZES.values())
_MEANS = ("point_biserial", "point_biserial_rest", "point_biserial_ctt")


class OptionStatistics(NamedTuple):
    """A row for each option of each item in order, then one of those who left it blank; NaN where
    undefined."""

    item: NDArray[np.int64]
    """(R,) place of the item."""
    option: NDArray[np.int64]
    """(R,) place of the option, `BLANK` for none."""
    is_key: NDArray[np.bool_]
    n: NDArray[np.int64]
    """(R,) candidates who chose it."""
    administered: NDArray[np.int64]
    """(R,) candidates who had the item."""
    share: Floats
    """(R,) n over those who had the item."""
    mean_score: Floats
    """(R,) mean total of those who chose it."""
    mean_share: Floats
    """(R,) the same over the number of items that count."""
    point_biserial: Floats
    """(R,) correlation of choosing it with the total, over those who had the item."""
    point_biserial_rest: Floats
    """(R,) with the total without the item, whatever the option: what tells a good distractor."""
    rest_df: NDArray[np.int64]
    """(R,) its candidates, less 1 for each form: 1 over its variance by chance; 0 where it is NaN."""
    point_biserial_ctt: Floats
    """(R,) with the total less 1 for who chose it, right or wrong: `pBis` of `CTT::distractorAnalysis`."""
    low27: Floats
    """(R,) share among the first round(0.27 N) candidates in order of totals, equal ones as in the file."""
    high27: Floats
    able: Floats
    """(R,) share among the able: those at or above the 73 % quantile of totals, all with the same total
    together."""
    fifths: Floats
    """(R, G) share in each of G groups (five) cut at the quantiles of totals, the lowest first; who is on a
    cut is in the lower group. Groups may be empty (NaN) where many have the same total."""
    low27_n: Floats
    """(R,) how many of that group had the item: what its share rests on."""
    high27_n: Floats
    able_n: Floats
    fifths_n: Floats
    """(R, G)"""

    def of(self, item: int) -> slice:
        """The rows of an item."""
        return slice(*np.searchsorted(self.item, [item, item + 1]).tolist())


def option_statistics(
    chosen: Chosen,
    *,
    groups: int = 5,
    not_reached_wrong: bool = False,
    counted: NDArray[np.bool_] | None = None,
    ability: Floats | None = None,
) -> OptionStatistics:
    """Statistics of every option of J items over N candidates, by chunks of candidates.

    Totals are centred before squares are summed. The rest of a candidate with missing scores is the mean of
    the other scores times their number in the test; a candidate with none is left out of the correlation.

    Parameters
    ----------
    groups : into how many groups `fifths` cuts the candidates.
    not_reached_wrong : whether an item that was not reached counts as wrong.
    counted : (J,) whether the item is part of the total; all are, where left out. The rest of an item that
        is not is the whole total.
    ability : (N,) by what candidates are put into groups; their totals where left out. NaN is in no group.

    References
    ----------
    Haladyna, T. M. (2004). Developing and validating multiple-choice test items, ch. 9. Erlbaum.
    """
    n_options = [len(names) for names in chosen.options]
    item = np.repeat(np.arange(len(n_options), dtype=np.int64), [n + 1 for n in n_options])
    option = np.array([place for n in n_options for place in (*range(n), BLANK)], dtype=np.int64)
    keys = key_places(chosen)
    is_key = (keys[:, item] == option).any(axis=0) & (option != BLANK)
    width = chosen.cells.shape[1]
    counted = np.ones(width, dtype=np.bool_) if counted is None else counted
    total, answered, points = totals(chosen.cells, keys, counted, not_reached_wrong)
    known = ~np.isnan(total)
    middle = float(total[known].mean()) if known.any() else 0.0
    member = members(total if ability is None else ability, groups)
    # sums over candidates who had the item. Of each row (5 + groups, R), of those who chose it: Σ 1; Σ 1 and
    # Σ t of those with a total; Σ 1 and Σ rest of those with a rest; then how many of each group. Of each
    # item (7 + groups, J) the same, with Σ t² and Σ rest² behind their sums.
    of_rows, of_items = np.zeros((5 + len(member), len(item))), np.zeros((7 + len(member), width))
    places = {one: np.flatnonzero(option == one) for one in np.unique(option).tolist()}

    def choices(cells: Cells) -> Iterator[tuple[NDArray[np.int64], NDArray[np.bool_]]]:
        """For each option its rows, and who of the candidates chose it: (n, rows)."""
        for one, own in places.items():
            if one != BLANK or cells.min(initial=0) < 0:
                picked = cells if len(own) == width else cells[:, item[own]]
                yield own, picked == one if one != BLANK else (picked < 0) & (picked != NOT_ADMINISTERED)

    for rows in stretches(chosen.cells):
        cells, of_groups = chosen.cells[rows], member[:, rows]
        if width > 1 and (answered[rows] == width).all():
            # With a score on every item the rest is the total less the item's score. Sums of whole numbers
            # are exact in float32 for as few candidates as a stretch has.
            single = np.vstack([np.ones(len(cells)), points[rows], of_groups]).astype(np.float32)
            n, t = np.zeros((2, len(item)))
            for own, chose in choices(cells):
                sums = (single @ chose.astype(np.float32)).astype(np.float64)
                n[own], t[own] = sums[0], sums[1] - middle * sums[0]
                of_rows[5:, own] += sums[2:]
            of_rows[:5] += [n, n, t, n, t - n * is_key]
            n_right, t_right = np.bincount(item, n * is_key, width), np.bincount(item, t * is_key, width)
            centred = points[rows] - middle
            every_t, square = float(centred.sum()), float(centred @ centred)
            of_items[[0, 1, 4]] += len(cells)
            of_items[2] += every_t
            of_items[3] += square
            of_items[5] += every_t - n_right
            of_items[6] += square - 2 * t_right + n_right
            of_items[7:] += of_groups.sum(axis=1)[:, None]
            continue
        t = np.where(known[rows], total[rows] - middle, 0.0)
        weights = np.vstack([np.ones(len(t)), known[rows], t, of_groups])
        rest = rests(right_of(cells, keys, not_reached_wrong), points[rows], answered[rows], counted) - middle
        had = cells != NOT_ADMINISTERED
        with_a_rest = (~np.isnan(rest) & had).astype(np.float64)
        rest = np.where(with_a_rest > 0, rest, 0.0)
        sums = weights @ had
        of_items[:3] += sums[:3]
        of_items[3] += np.square(t) @ had
        of_items[4] += with_a_rest.sum(axis=0)
        of_items[5] += rest.sum(axis=0)
        of_items[6] += np.einsum("nj,nj->j", rest, rest)
        of_items[7:] += sums[3:]
        for own, chose in choices(cells):
            took = chose.astype(np.float64)
            sums = weights @ took
            of_rows[:3, own] += sums[:3]
            of_rows[3, own] += np.einsum("nj,nj->j", took, with_a_rest[:, item[own]])
            of_rows[4, own] += np.einsum("nj,nj->j", took, rest[:, item[own]])
            of_rows[5:, own] += sums[3:]
    every = of_items[:, item]
    n, n_t, t, n_rest, rest = of_rows[:5]
    n_all, n_t_all, t_all, tt_all, n_rest_all, rest_all, rr_all = every[:7]
    with np.errstate(divide="ignore", invalid="ignore"):
        own = n_t * (1 - n_t / n_t_all)
        with_t, t_spread = t - n_t / n_t_all * t_all, tt_all - t_all**2 / n_t_all
        own_rest = n_rest * (1 - n_rest / n_rest_all)
        with_rest, rest_spread = rest - n_rest / n_rest_all * rest_all, rr_all - rest_all**2 / n_rest_all
        in_groups = of_rows[5:] / every[7:]
        mean_score = middle + t / n_t
        share = n / n_all
    of_rest = _correlation(with_rest, own_rest, rest_spread)
    return OptionStatistics(
        item, option, is_key, n.astype(np.int64), n_all.astype(np.int64), share,
        mean_score, mean_score / max(int(np.count_nonzero(counted)), 1),
        _correlation(with_t, own, t_spread), of_rest,
        np.where(np.isnan(of_rest), 0, n_rest_all - 1).astype(np.int64),
        _correlation(with_t - own, own, t_spread - 2 * with_t + own),
        in_groups[0], in_groups[1], in_groups[2], in_groups[3:].T,
        every[7], every[8], every[9], every[10:].T,
    )  # fmt: skip


def key_places(chosen: Chosen) -> Cells:
    """(K, J) places of the right options, filled up with a place that no option has."""
    most = max((len(key) for key in chosen.keys), default=0)
    found = np.full((max(most, 1), len(chosen.keys)), np.iinfo(np.int8).min, dtype=np.int8)
    for j, key in enumerate(chosen.keys):
        found[: len(key), j] = sorted(key)
    return found


def stretches(cells: Cells) -> Iterator[slice]:
    """Candidates, so many at once as fit the processor's memory."""
    size = max(_CELLS_AT_ONCE // max(cells.shape[1], 1), 16)
    for start in range(0, len(cells), size):
        yield slice(start, min(start + size, len(cells)))


def right_of(cells: Cells, keys: Cells, not_reached_wrong: bool) -> Cells:
    """As `Chosen.scored`, for a stretch of candidates and all items at once."""
    right = cells == keys[0]
    for more in keys[1:]:
        right |= cells == more
    found: Cells = right.astype(np.int8)
    if cells.size and cells.min() < 0:
        kept = (cells == NOT_ADMINISTERED) if not_reached_wrong else cells < OMITTED
        found[kept] = cells[kept]
    return found


def totals(
    cells: Cells, keys: Cells, counted: NDArray[np.bool_], not_reached_wrong: bool
) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """(N,) totals (NaN without any score), number of scores, sum of scores, of the items that count."""
    n, width = len(cells), int(np.count_nonzero(counted))
    answered, points = np.full(n, width, np.int64), np.zeros(n, np.int64)
    for rows in stretches(cells):
        scored = right_of(cells[rows], keys, not_reached_wrong)
        scored = scored if width == len(counted) else scored[:, counted]
        points[rows] = np.count_nonzero(scored > 0, axis=1)
        if scored.size and scored.min() < 0:
            answered[rows] = np.count_nonzero(scored >= 0, axis=1)
    total = np.where(answered == width, points.astype(np.float64), points * (width / np.maximum(answered, 1)))
    return np.where(answered > 0, total, np.nan), answered, points


def rests(
    scored: Cells, points: NDArray[np.int64], answered: NDArray[np.int64], counted: NDArray[np.bool_]
) -> Floats:
    """(n, J) what candidates got on the other items that count; NaN where they have none."""
    width = np.count_nonzero(counted) - counted.astype(np.int64)
    own = np.maximum(scored, 0) * counted
    others = answered[:, None] - ((scored >= 0) & counted)
    rest = (points[:, None] - own).astype(np.float64)
    short = others != width
    if short.any():
        rest[short] *= (width / np.maximum(others, 1))[short]
    rest[others == 0] = np.nan
    return np.asarray(rest)


def _correlation(crossed: Floats, first: Floats, second: Floats) -> Floats:
    """Of sums of squares and products; NaN where one does not vary."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = crossed / np.sqrt(first * second)
    return np.where((first > 1e-9) & (second > 1e-9), np.clip(found, -1.0, 1.0), np.nan)


def form_parts(chosen: Chosen, form: NDArray[np.int64]) -> Iterator[tuple[list[int], Chosen]]:
    """The forms that somebody sat, each by itself: which of the items it has, and what was chosen.

    `form` (N,) is the number of each candidate's form.
    """
    for number in np.unique(form).tolist():
        cells = chosen.cells[form == number]
        places = np.flatnonzero(administered(cells)).tolist()
        if places:
            own = Chosen(
                range(len(cells)),
                tuple(chosen.items[n] for n in places),
                with_columns(cells, places),
                tuple(chosen.options[n] for n in places),
                tuple(chosen.keys[n] for n in places),
            )
            yield places, own


def options_by_form(
    chosen: Chosen,
    form: NDArray[np.int64],
    *,
    not_reached_wrong: bool = False,
    counted: NDArray[np.bool_] | None = None,
) -> OptionStatistics:
    """As `option_statistics`, form by form, put together over the forms that have an item.

    Counts are added up: a fifth of an item on two forms has the lowest (highest …) fifth of each. The mean
    score and correlations are the means of those of the forms, weighted by the candidates whom they are of.

    Parameters
    ----------
    form : (N,) the number of each candidate's form.
    counted : (J,) whether the item is part of the total of its form.
    """
    whole = option_statistics(chosen._replace(cells=chosen.cells[:0]), not_reached_wrong=not_reached_wrong)
    first = np.searchsorted(whole.item, np.arange(len(chosen.items)))
    size = np.bincount(whole.item, minlength=len(chosen.items))
    found: list[tuple[NDArray[np.int64], OptionStatistics]] = []
    for places, part in form_parts(chosen, form):
        rows = np.concatenate([np.arange(first[j], first[j] + size[j]) for j in places])
        own = None if counted is None else counted[places]
        found.append((rows, option_statistics(part, not_reached_wrong=not_reached_wrong, counted=own)))
    columns = {name: np.zeros_like(getattr(whole, name)) for name in _SUMS}
    for rows, own_form in found:
        for name, column in columns.items():
            column[rows] += getattr(own_form, name)
    for share, n in _SIZES.items():
        held = [(r, getattr(p, share), getattr(p, n)) for r, p in found]
        columns[share] = _mean(getattr(whole, share), held)
    for name in _MEANS:
        columns[name] = _mean(getattr(whole, name), [(r, getattr(p, name), p.administered) for r, p in found])
    for name in ("mean_score", "mean_share"):
        columns[name] = _mean(getattr(whole, name), [(r, getattr(p, name), p.n) for r, p in found])
    return whole._replace(**columns)


def _mean(like: NDArray[np.float64], parts: Sequence[tuple[NDArray[np.int64], ...]]) -> NDArray[np.float64]:
    """Means over the parts that have a value, by weights; NaN where none has."""
    total, weight = np.zeros(like.shape), np.zeros(like.shape)
    for rows, values, n in parts:
        known = np.isfinite(values)
        total[rows] += np.where(known, values * n, 0.0)
        weight[rows] += np.where(known, n, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(weight > 0, total / weight, np.nan)
