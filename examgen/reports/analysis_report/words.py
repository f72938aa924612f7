"""What an analysis says in words of both languages: what is wrong with an item and what to do, why a number
is missing or not to be trusted, how many items were examined, which parts of a test have no score of their
own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from examgen.core.models.base import Bilingual
from examgen.core.words import Pair, joined, tell, tell_n

MOST_NAMED = 12
"""Of so many items a note gives the names."""


def note_words(notes: Sequence[Mapping[str, Any]]) -> list[Pair]:
    """Each note once, with the names of the items it is true of."""
    kinds: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for note in notes:
        # notes with numbers, and those without an item, differ by what they say; others by their code
        differs = not note["item"] or note.get("values")
        kinds.setdefault((note["code"], note["message"] if differs else ""), []).append(note)
    found: list[Pair] = []
    for same in kinds.values():
        forms = ", ".join(dict.fromkeys(note["form"] for note in same if note.get("form")))
        names = list(dict.fromkeys(note["item"] for note in same if note["item"]))
        said = same[0]["message"]
        if names:
            more = f" + {len(names) - MOST_NAMED}" if len(names) > MOST_NAMED else ""
            found.append(tell("{whose}: {said}", whose=", ".join(names[:MOST_NAMED]) + more, said=said))
        elif forms:
            found.append(tell("Form {forms}: {said}", forms=forms, said=said))
        else:
            found.append(joined([said]))
    return found


class FlagWords(NamedTuple):
    """A flag: in a few words for the table, and as a sentence that says what to do."""

    short: Pair
    todo: Pair


FLAGS = {
    "negative-discrimination": FlagWords(
        tell("check the key"),
        tell("Able candidates do worse than others. Look at the key first, then for a second meaning."),
    ),
    "under-chance": FlagWords(
        tell("below guessing"),
        tell("Fewer are right than guessing gives. Look at the key; is a distractor right too?"),
    ),
    "distractor-attracts-able": FlagWords(
        tell("distractor attracts the able"),
        tell("Ask an expert whether it can be defended, and reword it."),
    ),
    "low-discrimination": FlagWords(
        tell("low discrimination"),
        tell(
            "In this sitting it tells able candidates little from others. Have the stem, the key "
            "and the distractors reviewed; a very easy or very hard item can tell little."
        ),
    ),
    "too-hard": FlagWords(
        tell("too hard"),
        tell("See whether the standard asks this at this level, and whether the stem is easily read."),
    ),
    "too-easy": FlagWords(
        tell("too easy"),
        tell(
            "Nearly all are right. Keep it if everybody must know this; else make the distractors plausible."
        ),
    ),
    "dead-distractor": FlagWords(
        tell("idle distractor"),
        tell("Hardly anybody chooses this distractor. Write it anew from a mistake that people really make."),
    ),
    "many-blanks": FlagWords(
        tell("many blanks"),
        tell("Many leave it blank. See whether there was time enough, and whether the stem is clear."),
    ),
    "misfit": FlagWords(
        tell("misfit"),
        tell(
            "The answers do not follow the model's curve. Look at the graph before its parameters are used."
        ),
    ),
}

REASONS = {
    "better-option": tell("The able prefer another option to the key."),
    "negative-discrimination": tell("The key goes with low scores, and one distractor with high ones."),
    "under-chance": tell("Fewer are right than guessing would give."),
}

SURE = {
    "almost certain": tell("almost certain"),
    "likely": tell("likely"),
    "possible": tell("possible"),
}
"""The words of an alarm, as the command line and the JSON have them in English."""


def examined_words(n_items: int, n_examined: int, min_n: int) -> Pair | None:
    """How many items nothing can be said of, for too few candidates; nothing where all were examined."""
    left = n_items - n_examined
    if not left:
        return None
    return tell(
        "Not examined: {left} of {n_items} items, which fewer than {min_n} candidates had "
        "each. Whether their keys are right is not known.",
        left=left,
        n_items=n_items,
        min_n=min_n,
    )


def half_examined_words(n_items: int, n_few: int, min_n: int) -> Pair | None:
    """How many items had so few candidates that only what is beyond chance is told of them."""
    if not n_few:
        return None
    return tell(
        "{n_few} of {n_items} items had fewer than {min_n} candidates each: only what is "
        "beyond chance is told of them. With so few, some wrong keys are not found; an item "
        "not named need not be sound.",
        n_few=n_few,
        n_items=n_items,
        min_n=min_n,
    )


ENOUGH_FOR_SUBSCORES = 100
"""Candidates from which on a report tells whether a part's score is worth reporting (docs/judgement.md)."""
_MOST_PARTS = 12


def subscore_words(rows: Sequence[Mapping[str, Any]]) -> list[Pair]:
    """Of the parts whose scores surely tell no more than the total: a sentence for each larger part that is
    to be reported instead, and for the total."""
    told = [row for row in rows if row["verdict"] == "not_worth" and row["n"] >= ENOUGH_FOR_SUBSCORES]
    found: list[Pair] = []
    for instead in dict.fromkeys(row["instead"] for row in told):
        own = [row for row in told if row["instead"] == instead]
        names = ", ".join(f"{row['subscore']} ({row['n_items_most']})" for row in own[:_MOST_PARTS])
        names += f" + {len(own) - _MOST_PARTS}" if len(own) > _MOST_PARTS else ""
        if instead == "total":
            said = tell_n(
                "The score for {names} tells no more than the total: decide by the total, a status is a hint "
                "(items in brackets).",
                "The scores for {names} tell no more than the total: decide by the total, a status is a hint "
                "(items in brackets).",
                len(own),
                names=names,
            )
        else:
            said = tell_n(
                "The score for {names} tells no more than the total: decide by {instead}, a status is a hint "
                "(items in brackets).",
                "The scores for {names} tell no more than the total: decide by {instead}, a status is a hint "
                "(items in brackets).",
                len(own),
                names=names,
                instead=instead,
            )
        found.append(said)
    return found


def sentence(flags: Sequence[Mapping[str, Any]]) -> Pair:
    """What was seen (as the analysis said it) and what to do; of flags of one kind, as of several options."""
    words = FLAGS[flags[0]["code"]]
    th, en = ("; ".join(flag[name] for flag in flags) for name in ("message_th", "message"))
    return Bilingual(th=f"{words.short.th}: {th} {words.todo.th}", en=f"{en}. {words.todo.en}")
