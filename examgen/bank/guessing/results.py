"""How many keys a guesser finds → sentences for committees and item writers, and the line, tables and JSON
object that commands show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from examgen.bank.guessing.measure import Guessed, RevealingItem
from examgen.bank.guessing.wording import Worded, worded
from examgen.bank.loading import read_unit_draft
from examgen.bank.rules.options_alone import KeyCoverage, key_coverage
from examgen.bank.whole_bank import named_units
from examgen.core.models.item import Item
from examgen.core.words import Message, command, joined, listed, noted, tell

_GROUPS = {
    "length": noted("length"),
    "stem": noted("words shared with the stem"),
    "others": noted("likeness to the other options"),
    "edges": noted("beginnings and ends"),
    "digits": noted("digits"),
    "words": noted("absolute, hedging, negative and joining words"),
    "marks": noted("brackets, punctuation and Latin letters"),
    "place": noted("place among the options"),
}
_HABITS = {
    "shortest": noted("mark the shortest option"),
    "longest": noted("mark the longest option"),
    "most like the stem": noted("mark the option most like the stem"),
    "least like the stem": noted("mark the option least like the stem"),
    "most like the others": noted("mark the option most like the others"),
    "least like the others": noted("mark the option least like the others"),
    "number in the middle": noted("mark a number that is neither the least nor the greatest"),
    "most digits": noted("mark the option with most digits"),
    "fewest digits": noted("mark the option with fewest digits"),
    "most absolute words": noted("mark the option with most absolute words"),
    "fewest absolute words": noted("mark the option with fewest absolute words"),
    "most hedges": noted("mark the option with most hedging words"),
    "fewest hedges": noted("mark the option with fewest hedging words"),
    "most negatives": noted("mark the option with most negatives"),
    "fewest negatives": noted("mark the option with fewest negatives"),
    "first option": noted("mark the first option"),
    "last option": noted("mark the last option"),
}
_ADVICE = {
    ("length", -1): noted(
        "the key is the shortest option ({n} characters, the others {others}): lengthen it or shorten another"
    ),
    ("length", 1): noted(
        "the key is the longest option ({n} characters, the others {others}): shorten it or lengthen another"
    ),
    ("length", 0): noted(
        "the key is as long as keys of this bank tend to be ({n} characters, the others {others}): make "
        "another option as long"
    ),
    ("stem", 1): noted(
        "the key repeats the stem more than the others do: say it in other words, or let another repeat "
        "it too"
    ),
    ("stem", -1): noted(
        "the other options repeat the stem more than the key does: take out what they repeat, or let the key "
        "repeat it"
    ),
    ("stem", 0): noted("what the options repeat of the stem tells the key: let all repeat as much"),
    ("others", 1): noted(
        "the key shares most with the other options: let two of those share as much with each other"
    ),
    ("others", -1): noted("the key shares least with the other options: word another as it is worded"),
    ("others", 0): noted("what the options share tells the key: let each share as much with another"),
    ("edges", 0): noted("its beginning or its end sets the key apart: begin and end all options alike"),
    ("marks", 0): noted(
        "an option that alone has, or alone lacks, a mark or a kind of word tells the key: give all the same"
    ),
    ("place", 0): noted("the key stands where keys of this bank often stand: exchange options"),
}
_MORE, _FEWER, _TELL = (
    noted("the key has more {what} than any other option: use them in all options or in none"),
    noted("the key has fewer {what} than any other option: use them in all options or in none"),
    noted("the options differ in {what}, which tells the key: use them in all options or in none"),
)
_COUNTED = {
    "digits": noted("digits"),
    "absolutes": noted("absolute words (all, only, always)"),
    "hedges": noted("hedging words (may, often, some)"),
    "negatives": noted("negatives"),
    "joining words": noted("joining words (and, then, by)"),
    "brackets": noted("brackets or quotation marks"),
    "punctuation": noted("punctuation marks"),
    "Latin letters": noted("Latin letters"),
}


def summary(guessed: Guessed) -> str:
    """The share of keys found, in a sentence."""
    if guessed.n_items == 0:
        return tell("no item whose key could be guessed")
    if guessed.share is None:
        return tell(
            "{n} items are too few to say how well their keys can be guessed: {least} are needed",
            n=guessed.n_items,
            least=guessed.least,
        )
    values = {"share": guessed.share, "chance": guessed.chance, "low": guessed.low, "high": guessed.high}
    if guessed.more_than_chance:
        return tell(
            "a reader who never reads the questions finds {share:.0%} of the keys; chance is {chance:.0%} "
            "(shuffled keys: {low:.0%} to {high:.0%})",
            **values,
        )
    return tell(
        "a reader who never reads the questions finds {share:.0%} of the keys; chance is {chance:.0%} "
        "(shuffled keys: {low:.0%} to {high:.0%}), so that chance explains it",
        **values,
    )


def habit_words(name: str) -> str:
    """The description of a habit of guessers."""
    return tell(_HABITS[name])


def group_words(name: str) -> str:
    """The description of a group of cues."""
    return tell(_GROUPS[name])


def advice(given: RevealingItem) -> str:
    """What to change in an item that reveals its key."""
    said = []
    for reason in given.reasons:
        if counted := _COUNTED.get(reason.cue):
            said.append(tell({1: _MORE, -1: _FEWER}.get(reason.sign, _TELL), what=tell(counted)))
        else:
            msgid = _ADVICE.get((reason.group, reason.sign)) or _ADVICE[reason.group, 0]
            said.append(tell(msgid, n=given.length, others=", ".join(map(str, given.lengths))))
    return joined(said, "; ") if said else tell("several small cues together tell the key: reword an option")


def finding(guessed: Guessed) -> Message:
    """The finding of `bank check` about a unit whose keys can be guessed."""
    return tell(
        "{summary}; most is told by {groups}, worst in {items}: {command} says what to change",
        summary=summary(guessed),
        groups=listed(group_words(one.name) for one in guessed.groups[:2]),
        items=", ".join(one.item for one in guessed.worst[:3]) or "–",
        command=command("bank check", "--guessability"),
    )


def as_json(guessed: Guessed) -> dict[str, Any]:
    """The figures as a JSON object; shares from 0 to 1, null if there are too few items."""
    return {
        "items": guessed.n_items,
        "least_items": guessed.least,
        "chance": guessed.chance,
        "found": guessed.share,
        "shuffled": {"mean": guessed.shuffled, "low": guessed.low, "high": guessed.high, "p": guessed.p},
        "habits": [one._asdict() for one in guessed.habits],
        "cues": [one._asdict() for one in guessed.groups],
        "worst": [
            {
                "item": one.item,
                "probability": one.probability,
                "cues": [reason.cue for reason in one.reasons],
                "advice": str(advice(one)),
            }
            for one in guessed.worst
        ],
        "sentence": str(summary(guessed)),
    }


class GuessedShown(NamedTuple):
    """A line with the figure, the rows of two tables, and a sentence for each item that reveals its key.

    A row of `habits` has the habit, the share of keys found and z; a row of `kinds` a group of cues and the
    share of keys found.
    """

    line: str
    habits: list[tuple[str, str, str]]
    kinds: list[tuple[str, str]]
    items: list[str]


def shown(code: str | None, guessed: Guessed) -> GuessedShown:
    """The display of a unit, or of all checked units together (`code` None)."""
    return GuessedShown(
        tell(
            "{name}: {summary}",
            name=code if code is not None else tell("all of these units"),
            summary=summary(guessed),
        ),
        [(habit_words(one.name), f"{one.share:.0%}", f"{one.z:+.1f}") for one in guessed.habits],
        [(group_words(one.name), f"{one.share:.0%}") for one in guessed.groups],
        [tell("{item}: {advice}", item=one.item, advice=advice(one)) for one in guessed.worst],
    )


class WordedShown(NamedTuple):
    """A line with the figure, and a row for each word: the word, its items, keys that have it, the number of
    keys expected by chance, z."""

    line: str
    words: list[tuple[str, int, int, str, str]]


class OfOptions(NamedTuple):
    """What the wording of a unit's options gives away, and how far distractors are keys elsewhere."""

    worded: Worded
    coverage: KeyCoverage


def of_options(workspace: Path, codes: Sequence[str]) -> dict[str | None, OfOptions]:
    """The same of each unit, and under `None` of all units together, if several."""
    folder = workspace / "item_bank"
    parts: dict[str | None, list[Item]] = {}
    for code in named_units(folder, codes):
        shelf, _ = read_unit_draft(folder / code)
        parts[code] = [one.item for one in shelf.found if one.item.status != "retired"] if shelf else []
    if len(parts) > 1:
        parts[None] = [item for own in parts.values() for item in own]
    return {code: OfOptions(worded(own), key_coverage(own)) for code, own in parts.items()}


def coverage_line(code: str | None, found: KeyCoverage) -> str:
    """How far distractors are the keys of other items, in a sentence."""
    name = code if code is not None else tell("all of these units")
    said = tell(
        "{name}: {covered} of {distractors} distractors are the key of another item",
        name=name,
        covered=found.covered,
        distractors=found.distractors,
    )
    if not found.judged:
        return said
    return tell(
        "{said}; of {judged} items that judgement decides, {well} have two of three such",
        said=said,
        judged=found.judged,
        well=found.well_covered,
    )


def wording_shown(code: str | None, found: Worded) -> WordedShown | None:
    """The display of what wording reveals; None if there are too few items."""
    if found.share is None:
        return None
    line = tell(
        "{name}: by letters in a row in the options, {share:.0%} of the keys are found (shuffled keys: "
        "{low:.0%} to {high:.0%})",
        name=code if code is not None else tell("all of these units"),
        share=found.share,
        low=found.low,
        high=found.high,
    )
    rows = [(one.word, one.items, one.keys, f"{one.expected:.0f}", f"{one.z:+.1f}") for one in found.words]
    return WordedShown(line, rows)


def options_json(code: str | None, found: OfOptions) -> dict[str, Any]:
    """The figures of options as a JSON object."""
    words = [one._asdict() for one in found.worded.words]
    return {"code": code, **found.worded._asdict(), "words": words, "coverage": found.coverage._asdict()}
