"""The form of an item: what its parts are called, and what a browser sends of them as texts by field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.http import QueryDict

from examgen.bank.editing import FIELDS
from examgen.core.models.standard import Unit
from examgen.core.problems import Problem
from examgen.core.text.characters import THAI_LETTERS
from examgen.core.words import tell
from examgen.site.language import reader

_LETTERED = re.compile(r"(?:options|rationale)\.[a-z]")
LISTS = ("levels", "key", "anchored")
"""Fields of which a browser sends each choice by itself."""
WORDS = {
    "id": tell("Item id"),
    "pcs": tell("Criterion (PC)"),
    "levels": tell("Levels"),
    "cognitive": tell("Cognitive category"),
    "stem": tell("Stem"),
    "key": tell("Key"),
    "reference": tell("Reference"),
    "enemies": tell("Enemies"),
    "shared_stimulus": tell("Shared stimulus"),
    "anchored": tell("Options that keep their place"),
    "time_s": tell("Expected time (s)"),
    "waivers": tell("Rules that do not apply here, and why"),
    "options": tell("The options"),
    "rationale": tell("Rationale"),
    "status": tell("Status"),
    "model": tell("Item model"),
}


def letter(name: str) -> str:
    """An option as the reader calls it."""
    n = "abcde".find(name)
    return THAI_LETTERS[n] if reader() == "th" and n >= 0 else name.upper()


def words_of(field: str) -> str:
    """What a field is called."""
    group, _, name = field.partition(".")
    if group == "options" and name:
        return tell("Option {letter}", letter=letter(name))
    if group == "rationale" and name:
        return tell("Rationale of option {letter}", letter=letter(name))
    return WORDS.get(group, field)


def texts_sent(post: QueryDict) -> dict[str, str]:
    """By field, what was sent; a field that is not in what was sent is empty."""
    letters = [name for name in post if _LETTERED.fullmatch(name)]
    texts = {field: post.get(field, "") for field in dict.fromkeys((*FIELDS, *letters))}
    texts |= {field: ", ".join(post.getlist(field)) for field in LISTS}
    first = post.get("pcs", "")
    others = [name for name in post.getlist("more_pcs") if name != first]
    return {**texts, "pcs": ", ".join(filter(None, [first, *others]))}


class Choice(NamedTuple):
    """One option of the form, with what belongs to it."""

    name: str
    letter: str
    text: str
    rationale: str
    is_key: bool
    is_anchored: bool


class Shown(NamedTuple):
    """The form as it is drawn: texts, lists taken apart."""

    texts: Mapping[str, str]
    choices: list[Choice]
    pc: str
    more_pcs: list[tuple[str, str, bool]]
    levels: set[str]


def shown(texts: Mapping[str, str], unit: Unit) -> Shown:
    """What the template draws."""
    keys, anchored = _parts(texts.get("key", "")), _parts(texts.get("anchored", ""))
    letters = sorted({field.partition(".")[2] for field in texts if field.startswith("options.")})
    choices = [
        Choice(
            name,
            letter(name),
            texts.get(f"options.{name}", ""),
            texts.get(f"rationale.{name}", ""),
            name in keys,
            name in anchored,
        )
        for name in letters
    ]
    pcs = _parts(texts.get("pcs", ""))
    others = [*pcs[1:], *(one.code for one in unit.criteria if one.code not in pcs[1:])]
    known = {one.code: one.text for one in unit.criteria}
    return Shown(
        texts,
        choices,
        pcs[0] if pcs else "",
        [(code, known.get(code, ""), code in pcs[1:]) for code in others],
        set(_parts(texts.get("levels", ""))),
    )


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


class Finding(NamedTuple):
    """What is wrong, at the field of the form where it is mended."""

    field: str
    words: str
    message: str
    severity: str
    code: str


def findings_shown(problems: Iterable[Problem]) -> list[Finding]:
    """Errors first."""
    order = {"error": 0, "warning": 1, "notice": 2}
    found = [
        Finding(one.field or "", words_of(one.field or ""), one.message, one.severity, one.code)
        for one in problems
    ]
    return sorted(found, key=lambda one: order[one.severity])


def digests_sent(text: str) -> dict[str, str]:
    """`field=digest` of each field as the form began, from its hidden field."""
    return dict(part.split("=", 1) for part in text.split() if "=" in part)


def digests_text(digests: Mapping[str, Any]) -> str:
    """The same as the hidden field has it."""
    return " ".join(f"{field}={value}" for field, value in digests.items())
