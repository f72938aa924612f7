"""What a guesser finds of keys → what commands show of it: a line, tables, a JSON object."""

from __future__ import annotations

from typing import Any, NamedTuple

from examgen.bank.guessing import telling
from examgen.bank.guessing.measure import Guessed
from examgen.words import tell


class GuessedShown(NamedTuple):
    """A line with the figure, the rows of two tables, and a sentence for each item that gives itself away.

    `habits` are what is marked, the share found and z; `kinds` a kind of cues and the share found.
    """

    line: str
    habits: list[tuple[str, str, str]]
    kinds: list[tuple[str, str]]
    items: list[str]


def shown(code: str | None, guessed: Guessed) -> GuessedShown:
    """What is shown of a unit; of all that were checked where there is no code."""
    return GuessedShown(
        tell(
            "{name}: {summary}",
            name=code if code is not None else tell("all of these units"),
            summary=telling.summary(guessed),
        ),
        [(telling.habit_words(one.name), f"{one.share:.0%}", f"{one.z:+.1f}") for one in guessed.habits],
        [(telling.group_words(one.name), f"{one.share:.0%}") for one in guessed.groups],
        [tell("{item}: {advice}", item=one.item, advice=telling.advice(one)) for one in guessed.worst],
    )


def as_json(guessed: Guessed) -> dict[str, Any]:
    """The figures as a JSON object."""
    return telling.as_dict(guessed)
