"""A seed and names → reproducible random draws, the same on every machine and Python version."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

_BETWEEN = "\x1f"


class SeededRandom:
    """A random source. A draw depends only on the values that the source was created from and on the names
    passed to the draw."""

    def __init__(self, *made_of: object) -> None:
        self._begun = hashlib.sha256("".join(f"{part}{_BETWEEN}" for part in made_of).encode())

    def draw(self, *names: object) -> int:
        """Return a number from 0 to 2³² − 1."""
        hashed = self._begun.copy()  # hashing the common part of all draws once halves the time
        hashed.update(_BETWEEN.join(map(str, names)).encode())
        return int.from_bytes(hashed.digest()[:4], "big")

    def shuffled(self, values: Iterable[T], *names: object, by: Callable[[T], object] = str) -> list[T]:
        """Return the values in random order; `by` gives the text that identifies a value."""
        begun = self._begun.copy()
        begun.update("".join(f"{name}{_BETWEEN}" for name in names).encode())

        def drawn(value: T) -> tuple[bytes, str]:
            hashed, text = begun.copy(), str(by(value))
            hashed.update(text.encode())
            return hashed.digest()[:4], text

        return sorted(values, key=drawn)
