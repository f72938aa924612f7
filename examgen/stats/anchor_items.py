"""Checks of the common items of two forms: items whose difficulty differs between the groups, and items that
do not measure the same as the others.

An anchor shows how much groups differ only if its items are the same for both. The delta plot draws Δ = 13 −
4 Φ⁻¹(facility) of one group against that of the other, with the major axis of the points (Angoff, W. H., &
Ford, S. F., 1973, Item-race interaction on a test of scholastic aptitude, J. Educ. Meas. 10, 95–105).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from examgen.stats.arguments import Floats, shown
from examgen.stats.intervals import fisher
from examgen.stats.response_data import Responses
from examgen.stats.results import Note, sentences

_FAR, _SURE = 0.75, 3.0
"""Distance from the line, about half a logit, and how many of its standard errors. Angoff's 1.5 lets a change
of one logit pass."""
_NORMAL = NormalDist()
TEXTS: dict[str, str] = {
    "anchor-drift": "{items}: easier in {form} than the other common items suggest (delta plot: "
    "{distance:.2f} from the line; Angoff & Ford 1973). If this is not the same item for both groups, leave "
    "it out of the anchor",
    "anchor-reversed": "{items}: this common item correlates negatively with the other items of {form} "
    "({r:.2f}). Check its key and its coding",
}
"""The messages by code."""
note = sentences(TEXTS)


def notes_on_anchor(tables: Sequence[Responses], common: Sequence[str]) -> Iterator[Note]:
    """Yield notes on the common items of X and Y that drifted, and on those whose correlation with the rest
    is significantly negative."""
    places = [[table.items.index(item) for item in common] for table in tables]
    pair = zip(tables, places, strict=True)
    (x, of_x), (y, of_y) = (_deltas(table.cells[:, own], table.greatest[own]) for table, own in pair)
    distances, sure = _distances(x, y, of_x, of_y)
    far = sure & (np.abs(distances) > _FAR)
    for form, easier in (("x", far & (distances < 0)), ("y", far & (distances > 0))):
        if easier.any():
            items = shown([common[j] for j in np.flatnonzero(easier).tolist()])
            yield note(
                "anchor-drift", items=items, form=form, distance=float(np.abs(distances[easier]).max())
            )
    for form, table, own in zip("xy", tables, places, strict=True):
        scores = np.maximum(table.cells, 0).astype(np.float64)
        total = scores.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            rs = [np.corrcoef(scores[:, j], total - scores[:, j])[0, 1] for j in own]
        for item, r in zip(common, rs, strict=True):
            least = np.clip(r, -0.999999, 0.999999)
            if fisher(least, np.asarray(table.n_persons))[1] < 0:
                yield note("anchor-reversed", items=item, form=form, r=float(r))


def _deltas(cells: NDArray[np.int8], greatest: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """(J,) the deltas of items and their standard errors; NaN where everybody, or nobody, has all points."""
    shares = np.where(cells < 0, np.nan, cells / greatest)
    n = np.maximum((cells >= 0).sum(axis=0), 1)
    facility = np.nansum(shares, axis=0) / n
    facility = np.where((facility > 0) & (facility < 1), facility, np.nan)
    z = np.array([np.nan if np.isnan(p) else _NORMAL.inv_cdf(p) for p in facility.tolist()])
    spread = np.sqrt(np.nansum(np.square(shares - facility), axis=0)) / n
    return 13 - 4 * z, 4 * spread * np.sqrt(2 * np.pi) * np.exp(z**2 / 2)


def _distances(x: Floats, y: Floats, of_x: Floats, of_y: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """(J,) distances from the major axis, above it negative, and whether each is beyond chance.

    The first line is that of Theil and Sen, which an easy or hard item alone does not turn; it is drawn again
    as the major axis without the items that lie far from it, until these are the same.
    """
    known = np.isfinite(x) & np.isfinite(y)
    near, distance, sure = known, np.zeros(len(x)), np.zeros(len(x), dtype=np.bool_)
    for n in range(len(x)):
        if near.sum() < 3:
            break
        own_x, own_y = x[near], y[near]
        (a, c), (_, b) = np.cov(own_x, own_y)
        slope = (b - a + np.hypot(b - a, 2 * c)) / (2 * c) if c > 0 else 1.0
        centre = float((own_y - slope * own_x).mean())
        rise, run = (np.subtract.outer(one, one) for one in (own_y, own_x))
        if n == 0 and c > 0 and (steep := float(np.median(rise[run > 0] / run[run > 0]))) > 0:
            slope, centre = steep, float(np.median(own_y - steep * own_x))
        distance = np.nan_to_num((slope * x + centre - y) / np.hypot(slope, 1))
        error = np.sqrt(np.square(slope * of_x) + np.square(of_y)) / np.hypot(slope, 1)
        sure = np.abs(distance) > _SURE * error
        before, near = near, known & ~(sure & (np.abs(distance) > _FAR))
        if np.array_equal(near, before):
            break
    return distance, sure
