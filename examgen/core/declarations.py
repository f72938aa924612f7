"""What a person who takes part in a sitting declares of their own interests, as a centre sends it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Declaration(NamedTuple):
    """A declaration of one person for one sitting."""

    name: str
    role: str
    """As it was written; empty where it is of every role."""
    centre: str
    interest: str
    """What the interest is; empty where there is none."""
    candidates: tuple[str, ...]
    """Of whom, by their numbers."""
    day: str
    """ISO 8601; empty where it is not said."""
    signed: str
    """`yes` where it is signed."""
    source: str = ""
    """File and line."""

    def as_dict(self) -> Mapping[str, Any]:
        """For JSON."""
        return {**self._asdict(), "candidates": list(self.candidates)}
