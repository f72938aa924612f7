"""Where an item is used: on which forms and questions; for personal booklets, the form they were drawn from
and their number.

It is a module of its own, because workers that score load it, and it must not load anything that reads YAML.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from examgen.core.exam.names import base_form
from examgen.core.models.scoring import CORRECTION_KINDS
from examgen.core.text.characters import LETTER_PLACES
from examgen.core.words import joined, tell

MOST_PLACES = 50
"""If there are more forms, only the first, the last and their number are listed."""


class Place(NamedTuple):
    """A question of a form or a booklet. `key` are its printed letters (`A|C`), empty if they do not
    matter."""

    form: str
    question: int
    key: str = ""


def places_record(places: Iterable[Place]) -> list[dict[str, Any]]:
    """Returns the places as written in an audit.

    A form has `form`, `question` and, if there is one, `key`. Several booklets drawn from one form have
    `drawn_from` and `booklets`. If there are too many to list, the record has `first`, `last` and `forms`.
    """
    places = list(places)
    drawn = Counter(base_form(one.form) for one in places if base_form(one.form) != one.form)
    found: list[dict[str, Any]] = []
    for one in places:
        base = base_form(one.form)
        if base == one.form or drawn[base] == 1:
            found.append(
                {"form": one.form, "question": one.question, **({"key": one.key} if one.key else {})}
            )
        elif drawn[base]:
            found.append({"drawn_from": base, "booklets": drawn.pop(base)})
    if len(found) > MOST_PLACES:
        return [{"first": places[0].form, "last": places[-1].form, "forms": len(places)}]
    return found


def in_print(one: Mapping[str, Any], letters: str) -> dict[str, Any]:
    """Returns a correction, as written or from an audit, with its keys as the letters printed on the papers;
    a file may use those of key.csv. Options given by their ids, as for an item, stay unchanged."""
    said = {**one}
    if "item" not in one and one.get("key"):
        said["key"] = [_letter(key, letters) for key in one["key"]]
    if "places" in one:
        said["places"] = [
            {**where, "key": "|".join(_letter(key, letters) for key in where["key"].split("|"))}
            if where.get("key")
            else where
            for where in one["places"]
        ]
    return said


def _letter(key: str, letters: str) -> str:
    return letters[LETTER_PLACES[key]] if key in LETTER_PLACES else key


def places_text(record: Iterable[Mapping[str, Any]]) -> str:
    """Returns the places of a record in words: `A question 6, B question 8`."""
    return joined(map(_said, record))


def correction_text(one: Mapping[str, Any]) -> str:
    """Returns a correction in an audit in words: its effect, and every place to which it applies."""
    kind: Any = one.get("kind")
    does = CORRECTION_KINDS[kind].on_screen if kind in CORRECTION_KINDS else kind
    item = [tell("item {item}", item=one["item"])] if "item" in one else []
    return tell("{kind}: {where}", kind=does, where=joined([*item, places_text(one["places"])]))


def _said(one: Mapping[str, Any]) -> str:
    if "booklets" in one:
        return tell("{n} booklets drawn from {form}", n=f"{one['booklets']:,}", form=one["drawn_from"])
    if "forms" in one:
        first, last = one["first"], one["last"]
        return tell("{n} forms from {first} to {last}", n=f"{one['forms']:,}", first=first, last=last)
    said = {"form": one["form"], "question": one["question"]}
    if one.get("key"):
        return tell("{form} question {question} ({key})", **said, key=one["key"])
    return tell("{form} question {question}", **said)
