"""What a guesser finds of keys → what commands show of it: a line, tables, a JSON object."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from examgen.bank.guessing import telling
from examgen.bank.guessing.measure import Guessed
from examgen.bank.guessing.wording import Worded, worded
from examgen.bank.loading import read_shelf
from examgen.bank.whole_bank import named_units
from examgen.core.words import tell


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


class WordedShown(NamedTuple):
    """A line with the figure, and a row for each word: items, keys that have it, expected by lot, z."""

    line: str
    words: list[tuple[str, int, int, str, str]]


def wordings(workspace: Path, codes: Sequence[str]) -> dict[str | None, Worded]:
    """What looks and wording give away in each unit, and under `None` in all of several together."""
    folder = workspace / "item_bank"
    items = {}
    for code in named_units(folder, codes):
        shelf, _ = read_shelf(folder / code)
        found = [one.item for one in shelf.found if one.item.status != "retired"] if shelf else []
        items[code] = found
    answers: dict[str | None, Worded] = {code: worded(own) for code, own in items.items()}
    if len(items) > 1:
        answers[None] = worded([item for own in items.values() for item in own])
    return answers


def wording_shown(code: str | None, found: Worded) -> WordedShown | None:
    """What is shown of it; nothing where the items are too few."""
    if found.share is None:
        return None
    line = tell(
        "{name}: with common words as cues, too, {share:.0%} of the keys are found (shuffled keys: {low:.0%} "
        "to {high:.0%})",
        name=code if code is not None else tell("all of these units"),
        share=found.share,
        low=found.low,
        high=found.high,
    )
    rows = [(one.word, one.items, one.keys, f"{one.expected:.0f}", f"{one.z:+.1f}") for one in found.words]
    return WordedShown(line, rows)


def wording_json(code: str | None, found: Worded) -> dict[str, Any]:
    """The figures as a JSON object."""
    return {"code": code, **found._asdict(), "words": [one._asdict() for one in found.words]}
