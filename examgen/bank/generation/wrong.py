"""Why a part of an item model has no value or no text."""

from __future__ import annotations


class Wrong(Exception):
    """What is wrong, as a message; who asked knows where it stands."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
