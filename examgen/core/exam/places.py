"""Where an item is asked: forms and questions; of personal booklets, from which forms and how many.

A module of its own: workers that score load it, and nothing that reads YAML.
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
"""Of more forms than that, the first and the last are named and all are counted."""


class Place(NamedTuple):
    """A question of a form or a booklet; `key` are its printed letters (`A|C`), empty where none matter."""

    form: str
    question: int
    key: str = ""


def places_record(places: Iterable[Place]) -> list[dict[str, Any]]:
    """The places as an audit tells them.

    A form has `form`, `question` and, where there is one, `key`; several booklets drawn from one form have
    `drawn_from` and `booklets`; more than can be listed have `first`, `last` and `forms`.
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
    """A correction, as it was written or of an audit, with its keys by the letters that the papers print: a
    file may have those of key.csv. Options that it names by their ids, as of an item, stay."""
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
    """The places of a record in words: `A question 6, B question 8`."""
    return joined(map(_said, record))


def correction_text(one: Mapping[str, Any]) -> str:
    """A correction of an audit in words: what is done, and every place where it holds."""
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
