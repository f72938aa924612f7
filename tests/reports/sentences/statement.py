"""What a statement of a report is: a message, when it is true, and what its values must be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from examgen.reports.kinds import DEFAULT_KINDS
from tests.reports.sentences.places import Own

GROUPS = DEFAULT_KINDS
COHORT, CENTRE, COVERAGE, COMMITTEE = "cohort", "centre", "coverage", "committee"
CANDIDATE, LIST = "candidate", "list"
KINDS = (*GROUPS, CANDIDATE, LIST)


class About(NamedTuple):
    """What a page is about: its kind, the files, and the candidate of a candidate's page."""

    kind: str
    facts: Any
    """`Facts`; of a unit's report `UnitFacts`."""
    own: Own | None = None

    @property
    def who(self) -> Own:
        assert self.own is not None, "no candidate's page"
        return self.own


Holds = Callable[[About], object]
Says = Callable[[About, dict[str, str], str], object]
"""The page, values of the message, where on the page it stands."""


@dataclass(frozen=True)
class Statement:
    """A sentence in all its numbers (`1 candidate`, `{n} candidates`).

    It stands on a page only where `when` holds, and on every page of its `kinds` where it does, unless it
    may be left out (`may`).
    """

    messages: tuple[str, ...]
    kinds: tuple[str, ...]
    when: Holds
    says: Says | None = None
    may: bool = False


def always(about: About) -> bool:
    return True


class Catalogue:
    """Statements as they are written down, report by report."""

    def __init__(self, *kinds: str) -> None:
        self.kinds, self.entries = kinds, list[Statement]()

    def __call__(
        self, *messages: str, when: Holds = always, says: Says | None = None, kinds: Iterable[str] = ()
    ) -> None:
        """It stands exactly where it is true."""
        self.entries.append(Statement(messages, tuple(kinds) or self.kinds, when, says))

    def may(
        self, *messages: str, when: Holds = always, says: Says | None = None, kinds: Iterable[str] = ()
    ) -> None:
        """It stands only where it is true."""
        self.entries.append(Statement(messages, tuple(kinds) or self.kinds, when, says, may=True))


def number(text: str) -> float:
    """A number as a report writes it."""
    return float(text.replace(",", "").replace("−", "-").removesuffix(" %"))


def row(place: str) -> str:
    """The head of the line of a table that a passage stands in."""
    return place.rpartition(" > row ")[2].partition(" > ")[0] if " > row " in place else ""


def near(text: str, value: float, by: float = 0.051) -> bool:
    """Whether a number as it is written is this value, rounded."""
    return abs(number(text) - value) <= by


def same(text: str, value: object) -> bool:
    """Whether a number as it is written is this value, told to two decimals or more."""
    return near(text, float(str(value)), 0.0051)
