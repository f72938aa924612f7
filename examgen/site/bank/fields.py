"""The form for editing an item: the names of its fields, and the text that a browser sends for each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.http import QueryDict

from examgen.bank.editing import FIELDS
from examgen.bank.rules.unit import tested_levels
from examgen.core.models.item import DECIDED_BY_WORDS
from examgen.core.models.standard import Unit
from examgen.core.text.characters import THAI_LETTERS
from examgen.core.words import tell
from examgen.site.language import reader

_LETTERED = re.compile(r"(?:options|right_if|rationale)\.[a-z]")
_WAIVED = re.compile(r"waive\.([a-z][a-z0-9-]*)")
LISTS = ("levels", "key", "anchored")
"""Fields with several values, which are sent separately."""
MORE = ("shared_stimulus", "family", "decided_by", "enemies", "anchored", "time_s", "right_if")
"""Fields that few items use and that are collapsed on the page."""
WORDS = {
    "id": tell("Item id"),
    "pcs": tell("Criterion (PC)"),
    "levels": tell("Levels"),
    "cognitive": tell("Cognitive category"),
    "stem": tell("Stem"),
    "key": tell("Key"),
    "reference": tell("Reference"),
    "family": tell("Family"),
    "decided_by": tell("What decides it"),
    "enemies": tell("Enemies"),
    "shared_stimulus": tell("Shared stimulus"),
    "anchored": tell("Options that keep their place"),
    "time_s": tell("Expected time (s)"),
    "waivers": tell("Rules that do not apply here, and why"),
    "options": tell("The options"),
    "right_if": tell("When each option would be right"),
    "rationale": tell("Rationale"),
    "status": tell("Status"),
    "model": tell("Item model"),
}


def letter(name: str) -> str:
    """Returns the letter of an option in the reader's language."""
    n = "abcde".find(name)
    return THAI_LETTERS[n] if reader() == "th" and n >= 0 else name.upper()


def words_of(field: str) -> str:
    """Returns the label of a field."""
    group, _, name = field.partition(".")
    if group == "options" and name:
        return tell("Option {letter}", letter=letter(name))
    if group == "right_if" and name:
        return tell("Option {letter} would be right if", letter=letter(name))
    if group == "rationale" and name:
        return tell("Rationale of option {letter}", letter=letter(name))
    return WORDS.get(group, field)


def texts_sent(post: QueryDict) -> dict[str, str]:
    """Returns the text that was sent for each field; empty for a field that was not sent."""
    letters = [name for name in post if _LETTERED.fullmatch(name)]
    texts = {field: post.get(field, "").replace("\r\n", "\n") for field in dict.fromkeys((*FIELDS, *letters))}
    texts |= {field: ", ".join(post.getlist(field)) for field in LISTS}
    waived = [(found[1], post.get(name, "").strip()) for name in post if (found := _WAIVED.fullmatch(name))]
    texts["waivers"] = "\n".join(f"{code}: {reason}" for code, reason in waived if reason)
    first = post.get("pcs", "")
    others = [name for name in post.getlist("more_pcs") if name != first]
    return {**texts, "pcs": ", ".join(filter(None, [first, *others]))}


class Choice(NamedTuple):
    """One option of the item, as the form shows it."""

    name: str
    letter: str
    text: str
    right_if: str
    rationale: str
    is_key: bool
    is_anchored: bool


class Shown(NamedTuple):
    """What the template shows: the texts by field, and the values of fields with lists."""

    texts: Mapping[str, str]
    choices: list[Choice]
    pc: str
    more_pcs: list[tuple[str, str, bool]]
    """Further criteria to choose from: code, text and whether the item has it."""
    levels: set[str]
    levels_offered: list[int]
    """The levels that the standard assesses by a written test, and those that the item has."""
    more: list[str]
    """The labels of the collapsed fields that the item uses."""

    @property
    def has_many_keys(self) -> bool:
        """Whether more than one option is right. If not, selecting another option replaces the key."""
        return sum(one.is_key for one in self.choices) > 1


def shown(texts: Mapping[str, str], unit: Unit) -> Shown:
    """Returns the form of an item with these texts."""
    keys, anchored = _parts(texts.get("key", "")), _parts(texts.get("anchored", ""))
    letters = sorted({field.partition(".")[2] for field in texts if field.startswith("options.")})
    choices = [
        Choice(
            name,
            letter(name),
            texts.get(f"options.{name}", ""),
            texts.get(f"right_if.{name}", ""),
            texts.get(f"rationale.{name}", ""),
            name in keys,
            name in anchored,
        )
        for name in letters
    ]
    pcs = _parts(texts.get("pcs", ""))
    levels = set(_parts(texts.get("levels", "")))
    others = [*pcs[1:], *(one.code for one in unit.criteria if one.code not in pcs[1:])]
    known = {one.code: one.text for one in unit.criteria}
    return Shown(
        texts,
        choices,
        pcs[0] if pcs else "",
        [(code, known.get(code, ""), code in pcs[1:]) for code in others],
        levels,
        [one for one in unit.levels if one in tested_levels(unit) or str(one) in levels],
        _more(texts),
    )


def _more(texts: Mapping[str, str]) -> list[str]:
    others = (
        [tell("Further criteria that the item measures")] if len(_parts(texts.get("pcs", ""))) > 1 else []
    )
    groups = dict.fromkeys(field.partition(".")[0] for field, text in texts.items() if text)
    return [*others, *(WORDS[group] for group in MORE if group in groups)]


def facts_of(texts: Mapping[str, str]) -> list[tuple[str, str]]:
    """Returns the labels and texts of rarely used fields that are not printed, for a user who may only read
    the item."""
    words: Mapping[str, str] = DECIDED_BY_WORDS
    return [
        (words_of(field), words.get(text, text) if field == "decided_by" else text)
        for field, text in texts.items()
        if text and field != "shared_stimulus" and field.partition(".")[0] in MORE  # that is printed
    ]


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def digests_sent(text: str) -> dict[str, str]:
    """Returns the digest of each field when the form was opened, from the hidden field's text `field=digest
    …`."""
    return dict(part.split("=", 1) for part in text.split() if "=" in part)


def digests_text(digests: Mapping[str, Any]) -> str:
    """Returns the text `field=digest …` of the hidden field."""
    return " ".join(f"{field}={value}" for field, value in digests.items())
