"""Which way up a blank lies, by the numbers that are printed beside its questions.

Numbers of questions stand on the left of the first answer, a line each. So print is looked for on both sides
of every field of questions, level with its lines and not between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from examgen.core.text.characters import LETTERS

if TYPE_CHECKING:
    from examgen.scanning.templates.learning import Lattice

Grey = NDArray[np.uint8]

LEAST_DARK = 0.15
"""Of the paper, how much darker print is at least."""
LABEL_STEPS = 2.5
"""How far beside the last bubble a number is looked for, in distances of bubbles."""
DARKER, LEAST_INK = 2.0, 0.01
"""How much more ink is level with a line than between lines where it has a number."""
FEWEST_LINES = 5
SURE, RIVAL = 0.3, 0.4
"""Share of lines with a number on one side from which on that tells; the share of the other sides, of it, at
most."""


def turns_needed(lattices: Sequence[Lattice], blank: Grey, per_mm: float) -> int | None:
    """How often the blank must be turned clockwise by 90 degrees to stand upright; None if nothing tells."""
    paper = float(np.percentile(blank, 80))
    dark = np.clip((paper - blank.astype(np.float32)) / paper, 0, 1)
    ink = cv2.integral(np.where(dark < LEAST_DARK, np.float32(0), dark))
    height, width = blank.shape

    def mean(across: tuple[float, float], down: tuple[float, float]) -> float:
        x0, x1 = (min(max(round(mm * per_mm), 0), width) for mm in across)
        y0, y1 = (min(max(round(mm * per_mm), 0), height) for mm in down)
        if x1 <= x0 or y1 <= y0:
            return 0.0
        total = float(ink[y1, x1] - ink[y0, x1] - ink[y1, x0] + ink[y0, x0])
        return total / float((x1 - x0) * (y1 - y0))

    numbered, lines = np.zeros(4), 0
    for one in lattices:
        n_answers, n_lines = sorted((one.rows, one.columns))
        if not 2 <= n_answers <= len(LETTERS) or n_lines < FEWEST_LINES or n_answers == n_lines:
            continue
        is_upright = one.rows > one.columns
        (first, last), (left, right) = (one.y, one.x) if is_upright else (one.x, one.y)
        half = one.size[0 if is_upright else 1] / 2
        step = (last - first) / (n_lines - 1)
        lines += n_lines
        for side, edge in ((-1, left - half), (1, right + half)):
            # no farther than half-way to the next field
            reach = LABEL_STEPS * (right - left) / (n_answers - 1)
            for other in lattices:
                (o_first, o_last), beside = (other.y, other.x) if is_upright else (other.x, other.y)
                gap = side * (beside[0 if side > 0 else 1] - edge) - other.size[0 if is_upright else 1] / 2
                if other is not one and gap > 0 and o_last > first and o_first < last:
                    reach = min(reach, gap / 2)
            near, far = edge + 0.25 * side * half, edge + side * reach
            band = min(near, far), max(near, far)

            def between(
                start: float, end: float, band: tuple[float, float] = band, is_upright: bool = is_upright
            ) -> float:
                return mean(band, (start, end)) if is_upright else mean((start, end), band)

            n = 0
            for line in np.linspace(first, last, n_lines):
                level = between(line - 0.3 * step, line + 0.3 * step)
                beside_it = between(line - 0.5 * step, line - 0.3 * step) + between(
                    line + 0.3 * step, line + 0.5 * step
                )
                n += level > DARKER * beside_it / 2 + LEAST_INK
            # numbers on the right are those of a blank upside down; above, below, of one on its side
            numbered[{(True, -1): 0, (True, 1): 2, (False, -1): 3, (False, 1): 1}[is_upright, side]] += n
    if lines < FEWEST_LINES:
        return None
    shares = numbered / lines
    best, *others = np.argsort(-shares)
    if shares[best] < SURE or shares[others[0]] > RIVAL * shares[best]:
        return None
    return int(best)
