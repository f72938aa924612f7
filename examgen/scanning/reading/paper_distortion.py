"""Paper that is strained along a line → where the bubbles on that line are.

Folds, slips of the feeder and lines lost by a scanner have this in common: across a straight line the sheet
is stretched, compressed or cut, in the same way all along it, and on both sides of it the paper lies as
elsewhere. A bubble on such a line is distorted, and no ring of fixed shape shows its centre. So short arcs of
all rings beside the line, and the timing bars there, show together how far the paper is moved at each
distance from it: one profile, the likeliest of all (Viterbi, *Error bounds for convolutional codes*, 1967).
Nothing is assumed about it except that less strain is likelier.

Lengths are millimetres of a sheet with bubbles of 4.2 mm.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.scanning.reading.measuring import BUBBLE_MM, DARK_RING, Bubbles, neighbours
from examgen.scanning.reading.medians import median
from examgen.scanning.reading.placing import PlacedSheet, cut_outs, jacobians, projected
from examgen.scanning.sheet_layout import SheetLayout, SheetPageLayout

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]
Lengths = NDArray[np.float64]

N_ARCS, ARC_STEP_MM, REACH = 24, 0.1, 10
"""The number of arcs of a ring, the step along an arc's radius, and the steps searched to either side."""
RADII_MM = np.arange(0.7, 3.41, ARC_STEP_MM)
RING_MM = 1.975
FACING = 0.1
"""The minimum cosine between an arc's normal and that of a line for the arc to show movement along the
latter."""
VOTE_MM = 0.15
"""A neighbour that is moved by more than this, beyond the usual movement of the sheet, is evidence of a line
between the two."""
NEAR_MM, BAND_MM, FEW, MOST_LINES = 3.0, 14.0, 4, 3
"""The maximum distance of votes from their line, the half-width of the band around a line, the minimum number
of votes for a line, and the maximum number of lines."""
LEAST_LINE = 1.0
"""The minimum sum of the votes for a line, in mm."""
ALIGNED = 0.7
"""The minimum cosine between a vote's direction and the normal of its line."""
MOVES_MM = np.arange(-25, 26) * 0.06
"""The movements that are tried, around the middle of what is known beside the line."""
SLICE_MM = 0.5
"""The distance between the positions across a line at which its movement is estimated."""
STIFF, YIELDS_MM = 20.0, 0.06
"""The cost of strain: quadratic, and linear from this strain per slice on (Huber's loss)."""
BAR_SAYS, BAR_MM = 4.0, 0.08
GAIN = 0.1
"""The minimum gain in fit of arcs on the line's profile over rings of fixed shape, as a share of a ring's
usual darkness."""
LEAST_STRAIN_MM = 0.06
POOLED_MM = (1.5, 20.0)
"""Arcs of neighbours are judged together, with these standard deviations across the line and along it."""


class KnownShifts(NamedTuple):
    """Known displacements on the sheet: the places, and how far each is moved (mm)."""

    places: Lengths
    moved: Lengths
    clear: Lengths


@cache
def _polar() -> tuple[Lengths, Lengths, Floats]:
    """Return the directions of the arcs (k, 2), the samples (k × radii, 2) in mm, and masks (radii, shifts)
    of a ring."""
    angle = (np.arange(N_ARCS) + 0.5) * 2 * np.pi / N_ARCS
    along = np.stack((np.cos(angle), np.sin(angle)), axis=1)
    masks = []
    for step in range(-REACH, REACH + 1):
        r = RADII_MM - step * ARC_STEP_MM
        ring, beside = (r > 1.8) & (r < 2.15), ((r > 1.3) & (r < 1.65)) | ((r > 2.3) & (r < 2.65))
        masks.append(ring / max(ring.sum(), 1) - beside / max(beside.sum(), 1))
    grid = (along[:, None] * RADII_MM[None, :, None]).reshape(-1, 2)
    return along, grid, np.array(masks, np.float32).T.copy()


def on_lines(
    image: Grey, layout: SheetLayout, page: SheetPageLayout, placed: PlacedSheet, bubbles: Bubbles
) -> Lengths | None:
    """Return (n, 2): how far bubbles are from where the placement puts them, in pixels, like
    `PlacedSheet.own`, including those on strained lines. None if there are no such bubbles."""
    unit = layout.diameter / BUBBLE_MM
    jacobian = bubbles.jacobian * unit
    # By how much bubbles and bars are moved from where the corners alone put them.
    homography, bars = placed.placement.homography, page.bars
    moved = placed.placement.pixels(page.bubbles) - projected(homography, page.bubbles)
    of_bubbles = np.einsum("nij,nj->ni", np.linalg.inv(bubbles.jacobian), moved)
    of_bars = np.einsum("nij,nj->ni", np.linalg.inv(jacobians(homography, bars)), placed.bars.shifts)
    known = KnownShifts(
        np.vstack((page.bubbles, bars)) / unit,
        np.vstack((of_bubbles, of_bars)) / unit,
        np.concatenate((bubbles.clear(), placed.bars.found)),
    )
    rows = jacobian.mean(axis=0)
    scan = rows / np.hypot(*rows.T)[:, None]
    own = np.zeros((len(page.bubbles), 2)) if placed.own is None else placed.own.copy()
    best = np.full(len(own), GAIN)
    for normal, offset in _lines(page, known, scan):
        band = _band(image, page, placed, bubbles, jacobian, known, normal, offset)
        if band is None:
            continue
        # The profile across the line, or across one along the scan in its place, that fits best.
        beside = _beside(band, normal)
        tried = [
            normal,
            *(side * np.sign(side @ normal) for side in scan if abs(side @ normal) > 0.99),
        ]
        profile = max((_profile(band, normal, *beside) for normal in tried), key=lambda one: one.fits)
        there, gain = _judged(band, profile)
        better = gain > best[band.which]
        which = band.which[better]
        own[which] = np.einsum("nij,nj->ni", jacobian[which], there[better])
        best[which] = gain[better]
    return own if (best > GAIN).any() else None


# ── lines across the sheet ───────────────────────────────────────────────────────────────────


def _lines(page: SheetPageLayout, known: KnownShifts, scan: Lengths) -> list[tuple[Lengths, float]]:
    """Return lines between neighbours that are moved differently, the most certain first.

    They run along the scan (`scan` has the normals of its two directions), or through two of those votes.
    """
    one, two = neighbours(page)
    sure = (one < two) & (np.minimum(known.clear[one], known.clear[two]) > 0.3)
    one, two = one[sure], two[sure]
    away, votes = known.places[two] - known.places[one], known.moved[two] - known.moved[one]
    usual = np.ones(len(votes), np.bool_)
    for _ in range(2):
        usual = np.hypot(*(votes - away @ np.linalg.lstsq(away[usual], votes[usual], rcond=None)[0]).T) < 0.1
        if usual.sum() < 20:
            return []
    votes = votes - away @ np.linalg.lstsq(away[usual], votes[usual], rcond=None)[0]
    size = np.hypot(*votes.T)
    chosen = size > VOTE_MM
    votes, size = votes[chosen], size[chosen]
    middles = (known.places[one] + known.places[two])[chosen] / 2
    lines: list[tuple[Lengths, float]] = []
    while len(size) >= FEW and len(lines) < MOST_LINES:
        line, near = _line(middles, votes, size, scan)
        if line is None:
            break
        lines.append(line)
        votes, size, middles = votes[~near], size[~near], middles[~near]
    return lines


def _line(
    middles: Lengths, votes: Lengths, size: Lengths, scan: Lengths
) -> tuple[tuple[Lengths, float] | None, NDArray[np.bool_]]:
    """Return the line with the most votes, and which votes are near it, whatever their direction."""
    some = np.argsort(-size)[:40]
    one, two = (some[k] for k in np.triu_indices(len(some), 1))
    along = middles[two] - middles[one]
    length = np.hypot(*along.T)
    far = length > 25.0
    normals = np.vstack(
        (
            np.stack((-along[far, 1], along[far, 0]), axis=1) / length[far, None],
            *(np.repeat(normal[None], len(some), axis=0) for normal in scan),
        )
    )
    through = np.concatenate((one[far], some, some))
    offsets = (normals * middles[through]).sum(axis=1)
    near = abs(middles @ normals.T - offsets) < NEAR_MM
    says = np.where(
        near & (abs(votes @ normals.T) > ALIGNED * size[:, None]), np.minimum(size, 0.5)[:, None], 0.0
    )
    total = says.sum(axis=0)
    best = int(total.argmax())
    if total[best] < LEAST_LINE or (says[:, best] > 0).sum() < FEW:
        return None, near[:, best]
    normal, heard = normals[best], says[:, best] > 0
    offset = float(median(middles[heard] @ normal))
    return (normal, offset), abs(middles @ normal - offset) < 2 * NEAR_MM


# ── movement across a line ───────────────────────────────────────────────────────────────────


class Band(NamedTuple):
    """Bubbles and bars beside a line, with the evidence of the arcs."""

    which: NDArray[np.intp]
    places: Lengths
    """(n, 2): positions of the bubbles; in mm, as all lengths here."""
    moved: Lengths
    """How far the bubbles were moved when they were cut out."""
    clear: Lengths
    bars: Lengths
    bars_moved: Lengths
    middle: Lengths
    offset: float
    shown: Floats
    """(k, n, shifts): how much darker an arc is than its surroundings, at each shift along its radius."""
    usual: float
    """The same for a ring that is where it should be."""
    rigid: Lengths
    """(n, 2): how far a ring of fixed shape was moved from there."""


def _band(
    image: Grey,
    page: SheetPageLayout,
    placed: PlacedSheet,
    bubbles: Bubbles,
    jacobian: Lengths,
    known: KnownShifts,
    normal: Lengths,
    offset: float,
) -> Band | None:
    n = len(page.bubbles)
    near = abs(known.places @ normal - offset) < BAND_MM
    which, bars = np.flatnonzero(near[:n]), np.flatnonzero(near[n:] & placed.bars.found) + n
    if len(which) < FEW:
        return None
    along, grid, masks = _polar()
    cuts = cut_outs(image, placed.placement.pixels(page.bubbles[which]), jacobian[which], grid)
    dark = np.clip((bubbles.paper[which, None] - cuts) / bubbles.depth[which], -0.2, DARK_RING).reshape(
        -1, len(RADII_MM)
    )
    shown = (dark @ masks).reshape(len(which), len(along), -1).transpose(1, 0, 2)
    usual = float(median(shown[:, :, REACH - 1 : REACH + 2].max(axis=2).ravel()))
    own = np.zeros((len(which), 2)) if placed.own is None else placed.own[which]
    places = known.places[which]
    return Band(
        which=which,
        places=places,
        moved=known.moved[which],
        clear=known.clear[which],
        bars=known.places[bars],
        bars_moved=known.moved[bars],
        middle=np.median(places, axis=0),
        offset=offset,
        shown=shown,
        usual=max(usual, 0.03),
        rigid=np.einsum("nij,nj->ni", np.linalg.inv(jacobian[which]), own),
    )


class Profile(NamedTuple):
    """The movement of the paper across a line."""

    normal: Lengths
    at: Lengths
    """(slices,): distances from the origin along the normal."""
    moves: Lengths
    """(slices,)."""
    beside: Lengths
    """(n,): the displacement added at each bubble, because paper is not flat beside the line either."""
    fits: float
    """How well arcs and bars fit it; higher is better."""


def _profile(band: Band, normal: Lengths, beside: Lengths, bars_beside: Lengths) -> Profile:
    """Return the likeliest movement across a line in this direction."""
    along, _, _ = _polar()
    facing = along @ normal
    arcs = np.flatnonzero(abs(facing) > FACING)
    facing = facing[arcs]
    moved, bars_moved = band.moved @ normal, band.bars_moved @ normal
    across, bars_across = band.places @ normal, band.bars @ normal
    first = min(across.min() - RING_MM, bars_across.min(initial=np.inf)) - 1.0
    last = max(across.max() + RING_MM, bars_across.max(initial=-np.inf)) + 1.0
    at = np.arange(first, last + SLICE_MM, SLICE_MM)
    likely: Lengths = _told(band, arcs, facing, across - first, beside - moved, len(at))
    if len(bars_moved):
        off = (MOVES_MM + (bars_beside - bars_moved)[:, None]) / BAR_MM
        # The shares of each bar in the two slices it lies between.
        k = np.clip((bars_across - at[0]) / SLICE_MM, 0, len(at) - 1.001)
        low = k.astype(int)
        shares = np.zeros((len(at), len(bars_across)), np.float32)
        n = np.arange(len(bars_across))
        shares[low, n] = 1 - (k - low)
        shares[low + 1, n] = k - low
        likely -= shares @ (BAR_SAYS * band.usual * np.minimum(off**2, 4.0))
    moves, fits = _likeliest(likely, STIFF * band.usual)
    moves = np.convolve(np.pad(moves, 1, "edge"), [0.25, 0.5, 0.25], "valid")
    return Profile(normal, at, moves, beside, fits)


def _beside(band: Band, normal: Lengths) -> tuple[Lengths, Lengths]:
    """Return the additional displacement at each bubble and bar: its change along the line, and its mean.

    Both sides of the line may be moved differently, and each the more the farther from the line.
    """
    places = np.vstack((band.places, band.bars)) - band.middle
    y = np.concatenate((band.moved, band.bars_moved)) @ normal
    t, s = places @ [-normal[1], normal[0]] / 60, places @ normal + band.middle @ normal - band.offset
    one = np.ones_like(t)
    terms = np.stack((one, t, t**2, t**3, t * s / 20, np.sign(s), s / 20), axis=1)
    certain = np.concatenate((band.clear, 2 * np.ones(len(band.bars)))) * (abs(s) > 4.0) + 1e-3
    weight = certain
    ridge = 1e-2 * np.eye(terms.shape[1])
    ridge[0, 0] = 0.0
    for _ in range(4):
        root = np.sqrt(weight)[:, None]
        fitted = np.linalg.lstsq(
            np.vstack((terms * root, ridge)),
            np.concatenate((y * root[:, 0], np.zeros(len(ridge)))),
            rcond=None,
        )[0]
        weight = certain / (1 + ((y - terms @ fitted) / 0.08) ** 2)
    beside = terms[:, :5] @ fitted[:5]
    return beside[: len(band.which)], beside[len(band.which) :]


def _told(
    band: Band, arcs: NDArray[np.intp], facing: Lengths, across: Lengths, less: Lengths, n_slices: int
) -> Lengths:
    """Return (slices, moves): the evidence of the arcs for each movement of each slice. Bubbles are `across`
    from the first slice, and were cut out `less` short of the position of the paper beside the line."""
    step = MOVES_MM[1] - MOVES_MM[0]
    shift = np.clip(np.round(less / step), -50, 50).astype(int)
    reach = int(abs(shift).max(initial=0))
    wide = np.arange(-25 - reach, 26 + reach) * step
    radius = _radius(wide * facing[:, None], wide[None] ** 2)
    steps = (radius - RING_MM) / ARC_STEP_MM + REACH
    inside = (steps >= 0) & (steps <= 2 * REACH)
    low = np.clip(steps.astype(int), 0, 2 * REACH - 1)
    share = (np.clip(steps, 0, 2 * REACH) - low) * inside
    between = np.zeros((len(arcs), 2 * REACH + 1, len(wide)), np.float32)
    k, m = np.indices(steps.shape)
    between[k, low, m] = (1 - share) * inside
    between[k, low + 1, m] += share
    at = (reach + shift[:, None] + np.arange(len(MOVES_MM)))[None]
    said = np.take_along_axis(band.shown[arcs] @ between, at, axis=2)
    said *= (band.clear * abs(facing)[:, None])[:, :, None]
    # of the sheet, not of the scan
    where = np.take_along_axis((radius * facing[:, None] - wide)[:, None], at, axis=2) + across[:, None]
    where = np.clip(where / SLICE_MM, 0, n_slices - 1.001)
    slices = where.astype(int)
    share = where - slices
    cell = slices * len(MOVES_MM) + np.arange(len(MOVES_MM))
    told = np.bincount(cell.ravel(), (said * (1 - share)).ravel(), n_slices * len(MOVES_MM))
    told += np.bincount(cell.ravel() + len(MOVES_MM), (said * share).ravel(), n_slices * len(MOVES_MM))
    return np.asarray(told.reshape(n_slices, -1), np.float64)


def _radius(facing: Lengths, squared: Lengths) -> Lengths:
    """Return the distance from its centre as cut out at which a ring is met, in a direction in which its own
    centre is displaced by `facing` mm; the whole displacement is the root of `squared`."""
    return facing + np.sqrt(np.maximum(RING_MM**2 - squared + facing**2, 0.1))


@cache
def _strains() -> Lengths:
    """Return (moves, moves): the cost of strain from one slice to the next."""
    steps = abs(MOVES_MM[:, None] - MOVES_MM[None])
    return np.where(steps < YIELDS_MM, steps**2 / (2 * YIELDS_MM), steps - YIELDS_MM / 2)


def _likeliest(likely: Lengths, stiff: float) -> tuple[Lengths, float]:
    """Return the movements, slice by slice, that are likeliest together, and their likelihood (Viterbi)."""
    cost = np.zeros(len(MOVES_MM))
    strain, every = stiff * _strains(), np.arange(len(MOVES_MM))
    came: list[NDArray[np.intp]] = []
    for here in likely:
        paths = strain + cost
        came.append(paths.argmin(axis=1))
        cost = paths[every, came[-1]] - here
    at = int(cost.argmin())
    fits, found = -float(cost[at]), []
    for step in reversed(came):
        found.append(at)
        at = int(step[at])
    return np.asarray(MOVES_MM[found[::-1]], np.float64), fits


def _judged(band: Band, profile: Profile) -> tuple[Lengths, Lengths]:
    """Return (n, 2): the positions of bubbles by the profile, in mm from where they were cut out; and (n,):
    how much more of the rings' usual darkness their arcs show there than on rings of fixed shape."""
    along, _, _ = _polar()
    facing = along @ profile.normal
    across = band.places @ profile.normal
    there = profile.beside - band.moved @ profile.normal
    arcs = across + RING_MM * facing[:, None]
    for _ in range(3):
        moves = np.interp(arcs, profile.at, profile.moves) + there
        radius = _radius(moves * facing[:, None], moves**2)
        arcs = across + radius * facing[:, None] - moves
    strain = np.ptp(np.interp(across + np.linspace(-2, 2, 9)[:, None], profile.at, profile.moves), axis=0)
    rigid = _radius(along @ band.rigid.T, (band.rigid**2).sum(axis=1))
    weight = band.clear * abs(facing)[:, None]
    more = _shown(band, radius - RING_MM) - _shown(band, rigid - RING_MM)
    t = band.places @ [-profile.normal[1], profile.normal[0]]
    near = np.exp(
        -(((across[:, None] - across) / POOLED_MM[0]) ** 2 + ((t[:, None] - t) / POOLED_MM[1]) ** 2) / 2
    )
    gain = near @ (weight * more).sum(axis=0) / (near @ weight.sum(axis=0)) / band.usual
    gain[strain < LEAST_STRAIN_MM] = 0.0
    moved = np.interp(across, profile.at, profile.moves) + there
    return moved[:, None] * profile.normal, gain


def _shown(band: Band, shifts: Lengths) -> Lengths:
    """Return (k, n): what arcs show at these shifts (mm); 0 outside the range that was searched."""
    steps = shifts / ARC_STEP_MM + REACH
    low = np.clip(steps.astype(int), 0, 2 * REACH - 1)
    share = steps - low
    one = np.take_along_axis(band.shown, low[:, :, None], axis=2)[:, :, 0]
    two = np.take_along_axis(band.shown, low[:, :, None] + 1, axis=2)[:, :, 0]
    inside = (steps >= 0) & (steps <= 2 * REACH)
    return np.asarray(np.where(inside, one * (1 - share) + two * share, 0.0), np.float64)
