"""Sentences of an exam analysis in both languages: faults of items and what to do, missing or unreliable
numbers, how many items were examined, parts of a test without scores of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from examgen.core.models.field_types import Bilingual
from examgen.core.words import Pair, joined, noted, tell, tell_n

MOST_NAMED = 12
"""The maximum number of items that a note names."""


def note_words(notes: Sequence[Mapping[str, Any]]) -> list[Pair]:
    """Return each note once, with the names of the items it applies to."""
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


FLAGS = {
    "negative-discrimination": tell("check the key"),
    "under-chance": tell("below guessing"),
    "distractor-attracts-able": tell("distractor attracts able candidates"),
    "low-discrimination": tell("low discrimination"),
    "too-hard": tell("too hard"),
    "too-easy": tell("too easy"),
    "dead-distractor": tell("unused distractor"),
    "many-blanks": tell("many blanks"),
    "misfit": tell("misfit"),
}
"""A flag in a few words, for tables."""
ADVICE = {
    "negative-discrimination": tell(
        "Able candidates do worse than others. Check the key first, then look for a second meaning."
    ),
    "under-chance": tell(
        "Fewer candidates are right than by guessing. Check the key. Is a distractor also right?"
    ),
    "distractor-attracts-able": tell("Ask an expert whether the distractor can be defended, and reword it."),
    "low-discrimination": tell(
        "In this sitting the item hardly separates able candidates from others. Have the stem, the key and "
        "the distractors reviewed. A very easy or very hard item can separate little."
    ),
    "too-hard": tell(
        "Check whether the standard requires this at this level, and whether the stem is easy to read."
    ),
    "too-easy": tell(
        "Nearly all candidates are right. Keep the item if everybody must know this. Otherwise make the "
        "distractors more plausible."
    ),
    "dead-distractor": tell(
        "Hardly any candidate chooses this distractor. Replace it with a mistake that candidates really make."
    ),
    "many-blanks": tell(
        "Many candidates leave it blank. Check whether there was enough time, and whether the stem is clear."
    ),
    "misfit": tell(
        "The answers do not follow the model's curve. Check the graph before you use the parameters."
    ),
}
"""The advice for each flag."""

REASONS = {
    "better-option": tell("Able candidates prefer another option to the key."),
    "negative-discrimination": tell(
        "Candidates who choose the key have low scores, and those who choose one of the distractors have "
        "high scores."
    ),
    "under-chance": tell("Fewer candidates are right than by guessing."),
}
SURE = {word: tell(word) for word in (noted("almost certain"), noted("likely"), noted("possible"))}
"""The degrees of certainty of an alarm; the command line and the JSON use the English words."""


def flag_words(flags: Sequence[Mapping[str, Any]]) -> list[tuple[Pair, Pair]]:
    """Return each kind of flag of an item once: in a few words, and as sentences on what was observed
    (perhaps for several options) and what to do."""
    kinds: dict[str, list[Mapping[str, Any]]] = {}
    for flag in flags:
        kinds.setdefault(flag["code"], []).append(flag)
    words: list[tuple[Pair, Pair]] = []
    for code, same in kinds.items():
        th, en = ("; ".join(flag[name] for flag in same) for name in ("message_th", "message"))
        short, todo = FLAGS[code], ADVICE[code]
        words.append((short, Bilingual(th=f"{short.th}: {th} {todo.th}", en=f"{en}. {todo.en}")))
    return words


def examined_words(n_items: int, n_examined: int, min_n: int) -> Pair | None:
    """Return a sentence on how many items were not examined because too few candidates answered them; None if
    all were."""
    if n_items == n_examined:
        return None
    return tell(
        "{left} of {n_items} items were not examined, because fewer than {min_n} candidates answered each. "
        "Their keys may be wrong.",
        left=n_items - n_examined,
        n_items=n_items,
        min_n=min_n,
    )


def half_examined_words(n_items: int, n_few: int, min_n: int) -> Pair | None:
    """Return a sentence on the items with so few candidates that only findings beyond chance are reported;
    None if there are none."""
    if not n_few:
        return None
    return tell(
        "{n_few} of {n_items} items had fewer than {min_n} candidates each. Only findings beyond chance are "
        "listed for them. With so few candidates some wrong keys are missed, so an item that is not listed "
        "may still be poor.",
        n_few=n_few,
        n_items=n_items,
        min_n=min_n,
    )


ENOUGH_FOR_SUBSCORES = 100
"""The minimum number of candidates for reporting whether a part's score is worth reporting
(docs/judgement.md)."""
_MOST_PARTS = 12


def subscore_words(rows: Sequence[Mapping[str, Any]]) -> list[Pair]:
    """Return sentences that name the parts whose scores add no information to the total, and the larger part,
    or the total, to report instead."""
    better: dict[str, list[str]] = {}
    for row in rows:
        if row["verdict"] == "not_worth" and row["n"] >= ENOUGH_FOR_SUBSCORES:
            better.setdefault(row["instead"], []).append(f"{row['subscore']} ({row['n_items_most']})")
    words: list[Pair] = []
    for instead, parts in better.items():
        more = f" + {len(parts) - _MOST_PARTS}" if len(parts) > _MOST_PARTS else ""
        words.append(
            tell_n(
                "The score for {names} tells no more than the total. Decide by {instead} and use the status "
                "only as a hint (items in brackets).",
                "The scores for {names} tell no more than the total. Decide by {instead} and use the status "
                "only as a hint (items in brackets).",
                len(parts),
                names=", ".join(parts[:_MOST_PARTS]) + more,
                instead=tell("the total") if instead == "total" else instead,
            )
        )
    return words
