"""Derivatives of moments → the directions that M2 leaves out, as R's `qr` finds them."""

from __future__ import annotations

import numpy as np

from examgen.analysis.curves import Floats

_TOLERANCE = 1e-7


def spanned(columns: Floats, n_directions: int) -> Floats:
    """A basis of the first `n_directions` columns of the complete Q of R's `qr(columns)`.

    Where columns depend on others (intercepts of partial scores without a slope do), R puts them last and
    fills up with directions of its own; mirt leaves those out of M2 too, and so do these.

    Parameters
    ----------
    columns : ndarray, shape (s, p)
    n_directions : int
        At least p in mirt.

    Returns
    -------
    ndarray, shape (s, n_directions)

    References
    ----------
    LINPACK's dqrdc with R's limited pivoting (dqrdc2): a column whose norm falls below 1e-7 of what it was
    goes to the end.
    """
    if n_directions == columns.shape[1] and _independent(columns):
        return columns
    reflections = _reflections(columns.copy())
    basis = np.eye(len(columns), n_directions)
    for place, vector in reversed(list(enumerate(reflections))):
        basis[place:] -= np.outer(vector / vector[0], vector @ basis[place:])
    return basis


def _independent(columns: Floats) -> bool:
    triangle = np.asarray(np.linalg.qr(columns, mode="r"))
    pivots = np.abs(triangle.diagonal())
    return len(pivots) == columns.shape[1] and bool((pivots >= 10 * _TOLERANCE * _norms(columns)).all())


def _norms(columns: Floats) -> Floats:
    norms = np.sqrt((columns**2).sum(axis=0))
    norms[norms == 0] = 1.0
    return np.asarray(norms)


def _reflections(x: Floats) -> list[Floats]:
    n, rank = x.shape
    first = _norms(x)
    made: list[Floats] = []
    place = 0
    while place < rank and place < n:
        norm = np.sqrt((x[place:, place] ** 2).sum())
        if norm < first[place] * _TOLERANCE:
            x = np.concatenate([x[:, :place], x[:, place + 1 :], x[:, place : place + 1]], axis=1)
            first = np.concatenate([first[:place], first[place + 1 :], first[place : place + 1]])
            rank -= 1
            continue
        vector = x[place:, place] / np.copysign(norm, x[place, place])
        vector[0] += 1.0
        x[place:, place + 1 :] -= np.outer(vector / vector[0], vector @ x[place:, place + 1 :])
        made.append(vector)
        place += 1
    return made
