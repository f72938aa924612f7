"""The fields of the form of a blueprint: each a part of the text, with what people call it.

The form carries the values that it was made with. What differs from them when it comes back has been changed
by its user, and only that is put into the text; so form and text may both be written in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from examgen.models.base import CATEGORY_WORDS, STATUS_WORDS, STATUSES
from examgen.models.standard import Unit
from examgen.words import Message, tell
from examgen.workflow.blueprint_drafts import data_of, set_at, with_fields

Path = tuple[str, ...]


class Field(NamedTuple):
    """A field: where it stands in the blueprint, its words, and what may be written in it."""

    name: str
    path: Path
    label: Message
    kind: str = "text"
    """text, number, codes, or the choices of a list by comma."""
    help: str = ""


PLAIN = (
    Field("exam", ("exam",), tell("Name of the exam"), help=tell("letters, digits, . _ and -")),
    Field("title_th", ("title", "th"), tell("Title in Thai")),
    Field("title_en", ("title", "en"), tell("Title in English")),
    Field("units", ("units",), tell("Units"), "codes", tell("codes, with a comma between them")),
    Field("level", ("level",), tell("Level"), "number"),
    Field("occupation", ("occupation",), tell("Occupation")),
    Field("forms", ("forms",), tell("Forms"), "number"),
    Field("items", ("items",), tell("Items in each form"), "number"),
    Field("time_min", ("time_min",), tell("Time in minutes"), "number"),
    Field("overlap_min", ("overlap", "min"), tell("Items that two forms share, at least"), "number"),
    Field("overlap_max", ("overlap", "max"), tell("Items that two forms share, at most"), "number"),
)
DECISIONS = (
    Field("pass_percent", ("pass", "percent"), tell("To pass: percent of all points"), "number"),
    Field("pass_cut", ("pass", "cut"), tell("To pass: cut score"), "cut", tell("points, or angoff")),
    Field("pass_reason", ("pass", "reason"), tell("Where the cut score comes from")),
    Field(
        "pass_criteria",
        ("pass", "criteria", "all"),
        tell("To pass: percent of the points of each criterion"),
        "number",
    ),
    Field("met_percent", ("judgement", "percent"), tell("A criterion is met from (percent)"), "number"),
    Field(
        "met_items", ("judgement", "min_items"), tell("A criterion is judged from so many items"), "number"
    ),
    Field(
        "met_certainty",
        ("judgement", "certainty", "percent"),
        tell("Certainty asked (percent), if any"),
        "number",
    ),
    Field("choices", ("choices",), tell("Letters of the options"), "thai,latin"),
    Field("seed", ("seed",), tell("Seed"), "number", tell("another number gives other forms")),
)
CHOICE_WORDS = {"thai": tell("letters: Thai"), "latin": tell("letters: A B C")}
"""Of what a field offers."""
_BY_NAME = {one.name: one for one in (*PLAIN, *DECISIONS)}


class Row(NamedTuple):
    """A quota: the name of its two fields, where it stands, what it is of."""

    name: str
    family: str
    key: str
    label: str
    text: str = ""
    is_code: bool = False
    is_element: bool = False


def rows(units: Sequence[Unit], data: Mapping[str, Any]) -> list[Row]:
    """Quotas of all criteria, of each element and criterion, and whatever else the text has one of."""
    found = [Row("criteria:all", "criteria", "all", tell("each criterion"))]
    for unit in units:
        for element in unit.elements:
            key = f"{element.code}.*"
            found.append(Row(f"criteria:{key}", "criteria", key, key, element.title or "", False, True))
            for one in element.criteria:
                found.append(
                    Row(f"criteria:{one.code}", "criteria", one.code, one.code, one.text or "", True)
                )
    known = {row.key for row in found}
    criteria = data.get("criteria")
    others = [str(key) for key in criteria if str(key) not in known] if isinstance(criteria, dict) else []
    return [*found, *(Row(f"criteria:{key}", "criteria", key, key) for key in others)]


def categories() -> list[Row]:
    """Quotas of the categories of behaviour."""
    return [Row(f"cognitive:{key}", "cognitive", key, words) for key, words in CATEGORY_WORDS.items()]


def statuses() -> list[tuple[str, Message]]:
    """Statuses with their words; retired items are never used."""
    return [(one, STATUS_WORDS[one]) for one in STATUSES if one != "retired"]


# ── text → values of the form ────────────────────────────────────────────────────────────────


def values(data: Mapping[str, Any], quotas: Sequence[Row]) -> dict[str, Any]:
    """What each field of the form says, as text."""
    said: dict[str, Any] = {}
    for one in _BY_NAME.values():
        said[one.name] = _shown(_at(data, one.path))
    overlap = data.get("overlap")
    if isinstance(overlap, int):
        said["overlap_min"] = said["overlap_max"] = str(overlap)
    for row in (*quotas, *categories()):
        said[f"{row.name}:min"], said[f"{row.name}:max"] = _ends(_at(data, (row.family, row.key)))
    held = data.get("statuses", ["operational"])
    said["statuses"] = [str(one) for one in held] if isinstance(held, list) else []
    return said


def _at(data: Any, path: Path) -> Any:
    for step in path:
        if not isinstance(data, dict):
            return None
        data = data.get(step, data.get(int(step)) if step.isdecimal() else None)
    return data


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return "" if value is None or isinstance(value, dict) else str(value)


def _ends(quota: Any) -> tuple[str, str]:
    if isinstance(quota, dict):
        return _shown(quota.get("min")), _shown(quota.get("max"))
    return _shown(quota), _shown(quota)


# ── values of the form → text ────────────────────────────────────────────────────────────────


def applied(text: str, sent: Mapping[str, Any], was: Mapping[str, Any]) -> str | None:
    """The text with every field that its user changed; None where no field can be put into it."""
    data = data_of(text) if text.strip() else {}
    if data is None:
        return None
    changed = {name for name, value in sent.items() if name in was and value != was[name]}
    tops: dict[str, Any] = {}

    def put(path: Sequence[str], value: Any) -> None:
        merged = {**data, **tops}
        tops[path[0]] = set_at(merged, path, value)

    for name in changed & _BY_NAME.keys():
        field = _BY_NAME[name]
        if field.path[0] != "overlap":
            put(field.path, _meant(field, str(sent[name])))
    if changed & {"overlap_min", "overlap_max"}:
        tops["overlap"] = _quota(str(sent["overlap_min"]), str(sent["overlap_max"]))
    if "statuses" in changed:
        tops["statuses"] = [*sent["statuses"]]
    for name in sorted({name.rpartition(":")[0] for name in changed if name.count(":") >= 2}):
        family, _, key = name.partition(":")
        put((family, key), _quota(str(sent[f"{name}:min"]), str(sent[f"{name}:max"])))
    return with_fields(text, tops)


def _meant(field: Field, said: str) -> Any:
    said = said.strip()
    if not said:
        return None
    if field.kind == "codes":
        return [one.strip() for one in said.replace(";", ",").split(",") if one.strip()]
    return _number(said) if field.kind in ("number", "cut") else said


def _number(said: str) -> Any:
    """A number where it is one; anything else as it is written, for the blueprint's own checks to refuse."""
    plain = said.strip()
    try:
        return int(plain)
    except ValueError:
        pass
    try:
        return float(plain) if plain.replace(".", "", 1).isdecimal() else plain
    except ValueError:
        return plain


def _quota(least: str, greatest: str) -> Any:
    low, high = (_number(end) if end.strip() else None for end in (least, greatest))
    if low is not None and low == high:
        return low
    ends = {name: end for name, end in (("min", low), ("max", high)) if end is not None}
    return ends or None


def with_repair(text: str, repair: str) -> str | None:
    """The text after a repair, a list of paths and values as JSON; None where it cannot be put in."""
    data = data_of(text)
    try:
        changes = json.loads(repair)
    except ValueError:
        return None
    if data is None or not isinstance(changes, list):
        return None
    tops: dict[str, Any] = {}
    for one in changes[:50]:
        if not (isinstance(one, list) and len(one) == 2 and isinstance(one[0], list) and one[0]):
            return None
        path = one[0]
        if not all(isinstance(step, str | int) for step in path):
            return None
        tops[str(path[0])] = set_at({**data, **tops}, path, one[1])
    return with_fields(text, tops)
