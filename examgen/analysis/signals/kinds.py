"""What a signal is."""

from __future__ import annotations

from typing import NamedTuple

from examgen.analysis.signals.suspects import Rows

KINDS = (
    "blank_row",
    "one_letter",
    "pattern",
    "under_chance",
    "wrong_form",
    "same_answers",
    "similar_wrong_answers",
)


class Figures(dict[str, int | float | str]):
    """What was counted and reckoned, by name."""

    def number(self, name: str) -> float:
        """A figure as a number."""
        return float(self[name])


class Signal(NamedTuple):
    """Something for a person to look at; never a verdict.

    `kind` is one of `KINDS`, `rows` those concerned, in the order of files and lines, `en` and `th` say what
    was seen, how likely it is by chance and what may be done.
    """

    kind: str
    rows: Rows
    figures: Figures
    en: str
    th: str
