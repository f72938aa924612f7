"""The three steps of the page of a blueprint (what, how much, rules), each with a summary line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from examgen.core.words import Message, joined, tell, tell_n
from examgen.site.blueprints.field_groups import GROUPS, Field
from examgen.site.language import reader


class Step(NamedTuple):
    """A step: its number, its title, and a summary of what is set in it."""

    number: int
    title: Message
    said: Message


def steps_of(values: Mapping[str, Any]) -> list[Step]:
    """Returns the steps of a blueprint whose form has these values."""
    titles = (tell("What is assessed"), tell("How much"), tell("Rules"))
    told = (_what(values), _how_much(values), _rules(values))
    return [Step(n, title, said) for n, (title, said) in enumerate(zip(titles, told, strict=True), 1)]


def step_of(sent: str) -> int:
    """Returns the number of a step; 1 for any other text."""
    return int(sent) if sent in ("1", "2", "3") else 1


def set_in_groups(values: Mapping[str, Any]) -> dict[str, Message]:
    """Returns a summary of what is set in each group of fields; empty if nothing is."""
    return {group.name: joined(_fields_set(group.fields, values), " · ") for group in GROUPS}


def _fields_set(fields: Sequence[Field], values: Mapping[str, Any]) -> list[Message]:
    return [
        joined([one.label, dict(one.choices).get(values[one.name], values[one.name])], " ")
        for one in fields
        if values[one.name]
    ]


def _line(parts: Sequence[str]) -> Message:
    return joined([one for one in parts if one], " · ") if any(parts) else tell("nothing set yet")


def _what(values: Mapping[str, Any]) -> Message:
    titles = [values["title_th"], values["title_en"]]
    title = next(filter(None, titles if reader() == "th" else reversed(titles)), "")
    level = tell("Level {n}", n=values["level"]) if values["level"] else ""
    return _line([title, level, values["units"], values["scope"]])


def _how_much(values: Mapping[str, Any]) -> Message:
    forms = values["forms"]
    if _is_count(forms or "1"):
        forms = tell_n("{n} form", "{n} forms", int(values["forms"] or 1))
    items = minutes = ""
    if _is_count(values["items"]):
        items = tell_n("{n} item", "{n} items", int(values["items"]))
    if _is_count(values["time_min"]):
        minutes = tell_n("{n} minute", "{n} minutes", int(values["time_min"]))
    criteria, behaviour = (_n_rows(values, family) for family in ("criteria", "cognitive"))
    return _line(
        [
            items,
            forms,
            minutes,
            tell_n("{n} limit by criterion", "{n} limits by criterion", criteria) if criteria else "",
            tell_n("{n} limit by behaviour", "{n} limits by behaviour", behaviour) if behaviour else "",
        ]
    )


def _is_count(said: str) -> bool:
    return said.isdecimal() and len(said) < 7


def _n_rows(values: Mapping[str, Any], family: str) -> int:
    """The rows of a family in which something is set."""
    return len(
        {name.rpartition(":")[0] for name, value in values.items() if value and name.startswith(f"{family}:")}
    )


def _rules(values: Mapping[str, Any]) -> Message:
    """The headings of the third step under which something is set."""
    found = set_in_groups(values)
    return _line([group.title for group in GROUPS if group.step == 3 and found[group.name]])
