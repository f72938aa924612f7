"""Observed and expected counts by sum score → the same with sparse rows and categories merged.

Step by step what `mirt` 1.45 does (`collapseCells`), so that S-X² and its degrees of freedom agree.
"""

from __future__ import annotations

import numpy as np

from examgen.analysis.curves import Floats

_SHARE_OF_ROWS = 0.05


def collapsed(observed: Floats, expected: Floats, least: float) -> tuple[Floats, Floats]:
    """Merged counts (rows left, categories left); an expected count of 0 is a cell that is no more.

    Parameters
    ----------
    observed, expected : ndarray, shape (rows, K)
        `expected` is NaN where a category and a sum score exclude each other.
    least : float
        The least expected count that is left alone.

    Returns
    -------
    observed, expected : ndarray
        Fewer than two rows where nothing can be compared.
    """
    o, e = _without_impossible(observed, expected)
    o, e = o[o.sum(axis=1) > 0], e[o.sum(axis=1) > 0]
    sparse = (e < least).any(axis=1)
    o, e = _without_singles(o, e)
    if len(e) > 1 and e.shape[1] > 2:
        o, e = _across(o, e, sparse, least)
        o, e = _without_rare_categories(o, e, least)
    return _merged_rows(o, e, least)


def _without_impossible(observed: Floats, expected: Floats) -> tuple[Floats, Floats]:
    """The first and last scores, which exclude categories, go to the first and last score that do not."""
    rows = np.flatnonzero(np.isnan(expected).any(axis=1))
    o, e = observed.copy(), np.nan_to_num(expected)
    if len(rows) < 2:
        return o, e
    half = len(rows) // 2
    above, below = rows[half - 1] + 1, rows[half] - 1
    if not rows[0] < above <= below < rows[-1]:
        return o[:0], e[:0]
    for table in (o, e):
        table[above] += table[rows[0] : above].sum(axis=0)
        table[below] += table[below + 1 : rows[-1] + 1].sum(axis=0)
    keep = np.ones(len(o), dtype=np.bool_)
    keep[rows[0] : above] = keep[below + 1 : rows[-1] + 1] = False
    return o[keep], e[keep]


def _without_singles(o: Floats, e: Floats) -> tuple[Floats, Floats]:
    """Upwards, a row with one candidate goes to the next; the last to the one before."""
    o, e = o.copy(), e.copy()
    keep = np.ones(len(o), dtype=np.bool_)
    for j in range(len(o) - 1):
        if o[j].sum() == 1:
            keep[j] = False
            o[j + 1] += o[j]
            e[j + 1] += e[j]
    o, e = o[keep], e[keep]
    if len(o) > 1 and o[-1].sum() == 1:
        o[-2] += o[-1]
        e[-2] += e[-1]
        return o[:-1], e[:-1]
    return o, e


def _across(o: Floats, e: Floats, sparse: np.ndarray, least: float) -> tuple[Floats, Floats]:
    """In rows with a small expected count, the smallest category goes to its smaller neighbour, again and
    again; what is left stands at the left. `sparse` counts rows before singles were merged, as in mirt."""
    for j in np.flatnonzero(sparse[: len(e)]).tolist():
        few, seen = e[j].tolist(), o[j].tolist()
        while len(few) > 2:
            last_smallest = max(k for k, value in enumerate(few) if value == min(few))
            to = _smaller_neighbour(few, last_smallest)
            few[to] += few[last_smallest]
            seen[to] += seen[last_smallest]
            del few[last_smallest], seen[last_smallest]
            if min(few) >= least:
                break
        e[j], o[j] = 0.0, 0.0
        e[j, : len(few)], o[j, : len(seen)] = few, seen
    return o, e


def _smaller_neighbour(values: list[float], k: int) -> int:
    if k == 0:
        return 1
    if k == len(values) - 1:
        return k - 1
    return k - 1 if values[k - 1] <= values[k + 1] else k + 1


def _without_rare_categories(o: Floats, e: Floats, least: float) -> tuple[Floats, Floats]:
    """The last categories while they are rare, then any that hardly any row has, go to the one below."""
    while e.shape[1] > 2 and e[:, -1].sum() < least * np.ceil(len(e) * 0.1):
        o[:, -2] += o[:, -1]
        e[:, -2] += e[:, -1]
        o, e = o[:, :-1], e[:, :-1]
    keep = np.ones(e.shape[1], dtype=np.bool_)
    for k in range(e.shape[1] - 1, 0, -1):
        if np.count_nonzero(e[:, k] > 0) / len(e) < _SHARE_OF_ROWS:
            keep[k] = False
            o[:, k - 1] += o[:, k]
            e[:, k - 1] += e[:, k]
    return o[:, keep], e[:, keep]


def _merged_rows(o: Floats, e: Floats, least: float) -> tuple[Floats, Floats]:
    """While an expected count is small: its row goes to the neighbour with fewer candidates."""
    while len(e) > 1:
        small = np.flatnonzero(((e < least) & (e != 0)).any(axis=1))
        if not len(small):
            break
        row = int(small[0])
        if row == 0:
            to = 1
        elif row == len(e) - 1:
            to = row - 1
        else:
            to = row - 1 if o[row - 1].sum() <= o[row + 1].sum() else row + 1
        o[to] += o[row]
        e[to] += e[row]
        o, e = np.delete(o, row, axis=0), np.delete(e, row, axis=0)
    return o, e
