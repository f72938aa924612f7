"""Bubbles that are seen in a scan → guesses where a form lies of which nothing else is known.

A description without a blank says how bubbles lie to one another, and hardly where on the paper. So the
bubbles of the scan are found as those of a blank are, and columns and rows of the form are laid on theirs, in
any size that may be: across and down apart, each by all places and sizes at once. Nearest neighbours tell the
rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from examgen.scanning.reading.placing import jacobians, projected
from examgen.scanning.sheet_layout import SheetLayout
from examgen.scanning.templates.learning import seen_bubbles

Grey = NDArray[np.uint8]
Points = NDArray[np.float64]

SIZES = np.exp(np.linspace(np.log(0.55), np.log(1.8), 120))
"""Sizes of the form that are tried, as shares of that of a guess."""
SCAN_PIXELS = 2000.0
"""Long side of the copy in which bubbles are looked for."""
PER_PITCH = 5
"""Steps in which a place is looked for, for a distance of columns or rows."""
NEAR = 0.15
"""Of the distance of bubbles, how near a bubble is that is surely meant."""
MOST_TWICE = 0.01
"""Share of bubbles of the form that lie on one bubble of the scan with another."""
LEAST_SEEN, ENOUGH = 0.45, 0.93
"""Share of the bubbles of the form that must be seen; from which on no other guess is tried."""
MOST_PAPER = 0.85
"""Share of a picture that paper which does not fill it covers at most."""
FEWEST = 12


class SeenForm(NamedTuple):
    """Where a form lies by the bubbles of a scan."""

    homography: Points
    """mm of the form → pixels of the scan."""
    share: float
    """Of the bubbles of the form, those that are seen where it has them."""
    own: Points
    """(n, 2): by how much bubbles lie elsewhere than the homography says, pixels: field by field."""
    size: tuple[float, float]
    """Width and height of a bubble over all, mm of the form."""
    boxed: bool


def by_bubbles(
    image: Grey, light: Points | None, layout: SheetLayout, guesses: list[Points]
) -> SeenForm | None:
    """The form laid on the bubbles of the scan, from the guess from which most are met; `light` are the
    corners of
    the paper, where it does not fill the picture."""
    form, bubbles, size = layout.form, layout.pages[0].bubbles, (layout.width, layout.height)
    assert form is not None
    seen, (wide, high), boxed = _seen(image, light)
    if len(seen) < FEWEST:
        return None
    best: tuple[float, Points] = 0.0, np.eye(3)
    for guess in guesses:
        laid = projected(np.asarray(np.linalg.inv(guess), np.float64), seen)
        near = (abs(laid - np.array(size) / 2) < np.array(size)).all(axis=1)
        if near.sum() < FEWEST:
            continue
        laid = laid[near]
        across, down = (_along(bubbles[:, axis], laid[:, axis]) for axis in (0, 1))
        step = np.array([[across[0], 0, across[1]], [0, down[0], down[1]], [0, 0, 1]])
        better = _by_neighbours(bubbles, laid, step)
        # upright where it may as well stand on its head
        if better is not None and better[0] > best[0] + 0.02:
            best = better[0], guess @ better[1]
        if best[0] > ENOUGH:
            break
    share, homography = best
    if share < LEAST_SEEN:
        return None
    # a form that is rows or columns off meets all but the last of them
    largest = int(np.bincount(form.field).argmax())
    for _ in range(3):
        ways = []
        for offset in _offsets(bubbles[form.field == largest]):
            step = np.array([[1, 0, offset[0]], [0, 1, offset[1]], [0, 0, 1.0]])
            laid = projected(np.asarray(np.linalg.inv(homography), np.float64), seen)
            if offset.any() and (one := _by_neighbours(bubbles, laid, step)) is not None:
                ways.append((one[0], homography @ one[1]))
        if not ways or (way := max(ways, key=lambda one: one[0]))[0] < share + 0.004:
            break
        share, homography = way
    # each field by itself: such descriptions are right within a field, and rough between fields
    places = projected(homography, bubbles)
    pitch = float(np.median(cKDTree(places).query(places, k=2)[0][:, 1]))
    tree = cKDTree(seen)
    own = np.zeros_like(places)
    for field in np.unique(form.field):
        which = np.flatnonzero(form.field == field)
        # of a field that is a row or a column off, the last ones would meet nothing
        moved, met = places[which], -1.0
        for offset in _offsets(bubbles[which]):
            at = projected(homography, bubbles[which] + offset)
            share_of = float((tree.query(at)[0] < 0.4 * pitch).mean())
            if share_of > met + (0.03 if met >= 0 else 0.0):
                moved, met = at, share_of
        start = moved
        for reach in (0.45, 0.35, 0.3):
            distance, nearest = tree.query(moved)
            near = distance < reach * pitch
            if near.sum() < max(4, 0.3 * len(which)):
                break
            terms = np.column_stack((start, np.ones(len(which))))
            terms[:, :2] *= np.ptp(start[near], axis=0) > 1.5 * pitch
            fitted = np.linalg.lstsq(terms[near], seen[nearest[near]] - start[near], rcond=None)[0]
            moved = start + terms @ fitted
        own[which] = moved - places[which]
    # two fields that lie on the same bubbles: one of them is off
    distance, nearest = tree.query(places + own)
    claimed = nearest[distance < 0.4 * pitch]
    n_twice = len(claimed) - len(np.unique(claimed))
    if n_twice > MOST_TWICE * len(bubbles):
        return None
    # a form that may as well lie a row or a column beside, for bubbles that it does not have go on beyond it
    here = projected(homography, bubbles)
    form_tree = cKDTree(here)
    met = float((distance < NEAR * pitch).mean())
    for offset in _offsets(bubbles[form.field == largest]):
        moved = projected(homography, bubbles + offset)
        lost = float((form_tree.query(moved)[0] > NEAR * pitch).mean())
        still = float((tree.query(moved + own)[0] < NEAR * pitch).mean())
        if offset.any() and met - still < 0.4 * lost:
            return None
    at_middle = np.array([(size[0] / 2, size[1] / 2)])
    per_mm = float(np.sqrt(abs(np.linalg.det(jacobians(homography, at_middle)[0]))))
    return SeenForm(homography, share, own, (wide / per_mm, high / per_mm), boxed)


def _offsets(bubbles: Points) -> Iterator[Points]:
    """Steps of a lattice of bubbles: none first, then up to two rows and columns to all sides."""
    steps = []
    for axis in (0, 1):
        lines = np.unique(bubbles[:, axis].round(1))
        steps.append(float(np.diff(lines).min()) if len(lines) > 1 else 0.0)
    offsets = {(i * steps[0], j * steps[1]) for i in range(-2, 3) for j in range(-2, 3)}
    return iter(np.array(sorted(offsets, key=lambda one: abs(one[0]) + abs(one[1]))))


def _seen(image: Grey, light: Points | None) -> tuple[Points, tuple[float, float], bool]:
    """Bubbles of the scan: of its paper alone, laid straight, where there is more in the picture."""
    frame = np.array(image.shape[::-1], float)
    if light is not None and cv2.contourArea(light.astype(np.float32)) < MOST_PAPER * image.size:
        sides = np.hypot(*(light - np.roll(light, -1, axis=0)).T)
        wide, high = max(sides[0], sides[2]), max(sides[1], sides[3])
        k = SCAN_PIXELS / max(wide, high)
        shape = round(k * wide), round(k * high)
        flat = np.array([(0, 0), (shape[0], 0), shape, (0, shape[1])], np.float32) - 0.5
        back = np.asarray(cv2.getPerspectiveTransform(flat, light.astype(np.float32)), np.float64)
        laid = cv2.warpPerspective(image, back, shape, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        seen, size, boxed = seen_bubbles(np.asarray(laid, np.uint8))
        return projected(back, seen) if len(seen) else seen, (size[0] / k, size[1] / k), boxed
    k = min(1.0, SCAN_PIXELS / frame.max())
    small = image
    if k < 1:
        small = np.asarray(cv2.resize(image, None, fx=k, fy=k, interpolation=cv2.INTER_AREA), np.uint8)
    seen, size, boxed = seen_bubbles(small)
    return (seen + 0.5) / k - 0.5, (size[0] / k, size[1] / k), boxed


def _pitch(places: Points) -> float:
    """The usual distance of neighbours along an axis."""
    lines = np.unique(places.round(1))
    gaps = np.diff(lines)
    gaps = gaps[gaps > 0.8]
    return float(np.median(gaps)) if len(gaps) else 5.0


def _along(of_form: Points, of_scan: Points) -> tuple[float, float]:
    """Size and place, along one axis, in which most lines of the form lie on those of the scan."""
    bin_ = max(0.3, _pitch(of_form) / PER_PITCH)
    low, high = float(of_scan.min()) - 1, float(of_scan.max()) + 1
    n = int((high - low) / bin_) + 1
    counts = np.bincount(((of_scan - low) / bin_).astype(int).clip(0, n - 1), minlength=n).astype(float)
    smooth = np.convolve(counts, (0.5, 1.0, 0.5), "same")
    first = float(of_form.min())
    best, at = -1.0, (1.0, 0.0)
    for size in SIZES:
        lines = ((of_form - first) * size / bin_).round().astype(int)
        span = int(lines.max()) + 1
        if span > 1.3 * n:
            continue
        own = np.bincount(lines, minlength=span).astype(float)
        mask = np.convolve(np.pad((own > 0).astype(float), 1), (0.5, 1.0, 0.5), "same").clip(0, 1)
        padded = np.pad(counts, span)
        explained = np.correlate(padded, mask, "valid")[: n + span] / max(counts.sum(), 1.0)
        met = np.minimum(np.pad(smooth, span) / np.median(own[own > 0]), 1.0)
        covered = np.correlate(met, own, "valid")[1 : n + span + 1] / own.sum()
        m = min(len(explained), len(covered))
        score = explained[:m] * covered[:m] / np.sqrt(mask.mean())
        k = int(score.argmax())
        if score[k] > best:
            best = float(score[k])
            start = low + (k + 1 - span + 0.5) * bin_
            at = float(size), start - first * float(size)
    return at


def _by_neighbours(bubbles: Points, laid: Points, step: Points) -> tuple[float, Points] | None:
    """The step, made better by the bubbles nearest to those of the form; and which share of these is seen."""
    tree = cKDTree(laid)
    own = cKDTree(bubbles).query(bubbles, k=2)[0][:, 1]
    pitch = float(np.median(own))
    share = 0.0
    for reach in (0.6, 0.45, 0.35, 0.3, 0.3):
        at = projected(step, bubbles)
        scale = float(np.sqrt(abs(np.linalg.det(step[:2, :2]))))
        distance, which = tree.query(at)
        near = distance < reach * pitch * scale
        share = float(near.mean())
        if near.sum() < FEWEST:
            return None
        if near.sum() > 40 and reach < 0.5:
            change, _ = cv2.findHomography(bubbles[near], laid[which[near]], cv2.RANSAC, 0.3 * pitch * scale)
        else:
            affine, _ = cv2.estimateAffine2D(
                bubbles[near], laid[which[near]], method=cv2.RANSAC, ransacReprojThreshold=0.4 * pitch * scale
            )
            change = None if affine is None else np.vstack((affine, (0.0, 0.0, 1.0)))
        if change is None or not np.isfinite(change).all():
            return None
        step = np.asarray(change, np.float64)
    return share, step
