"""0/1 answers packed eight to a byte, and the two products of that matrix with a vector.

A product of N × J answers with a vector costs one look-up for each byte in a table of the 256 sums it can
stand for. That is some three times as fast as the product in float64, in a sixty-fourth of its memory.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]
"""(⌈J / 8⌉, N): byte k of a candidate holds items 8k … 8k + 7, the first of them lowest."""

_BITS = ((np.arange(256)[:, None] >> np.arange(8)) & 1).astype(np.float64)
_SLICE = 1 << 15
"""Candidates at a time: what is gathered stays in the cache."""


def packed(answers: NDArray[np.bool_]) -> Codes:
    """(N, J) answers as bytes."""
    return np.ascontiguousarray(np.packbits(answers, axis=1, bitorder="little").T)


def unpacked(codes: Codes, n_items: int) -> Floats:
    """(N, J) answers again, as 0.0 and 1.0."""
    rows = np.ascontiguousarray(codes.T)
    return np.unpackbits(rows, axis=1, count=n_items, bitorder="little").astype(np.float64)


def row_sums(codes: Codes, weights: Floats) -> Floats:
    """(N,) X @ weights."""
    n_bytes, n = codes.shape
    out = np.zeros(n)
    tables = np.concatenate([weights, np.zeros(8 * n_bytes - len(weights))]).reshape(-1, 8) @ _BITS.T
    for start in range(0, n, _SLICE):
        rows = slice(start, start + _SLICE)
        for table, byte in zip(tables, codes[:, rows], strict=True):
            out[rows] += table.take(byte)
    return out


def column_sums(codes: Codes, weights: Floats, n_items: int) -> Floats:
    """(J,) X' @ weights."""
    n_bytes, n = codes.shape
    by_byte = np.zeros((n_bytes, 256))
    for start in range(0, n, _SLICE):
        rows = slice(start, start + _SLICE)
        for k, byte in enumerate(codes[:, rows]):
            by_byte[k] += np.bincount(byte, weights[rows], 256)
    return np.asarray((by_byte @ _BITS).ravel()[:n_items])
