"""The form of a blueprint: its fields in groups, text → the values of its fields, and changed fields → text.

The form carries the values that it was made with. A value that differs from these when the form comes back
was changed by the user, and only changed values are put into the text. So users may edit both form and text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from examgen.assembly.drafts import data_of, set_at, with_fields
from examgen.core.models.field_types import CATEGORY_WORDS, STATUS_WORDS, STATUSES
from examgen.core.models.standard import Unit
from examgen.core.words import Message, tell
from examgen.site.language import told

Path = tuple[str, ...]
Choices = tuple[tuple[str, str], ...]


class Field(NamedTuple):
    """A field of the form: its path in the blueprint, its label, and what may be entered."""

    name: str
    path: Path
    label: Message
    kind: str = "text"
    """One of text, number, cut, codes, choice, flag (true or false)."""
    help: str = ""
    choices: Choices = ()


class Group(NamedTuple):
    """Fields that belong together. The first step of the form shows the first group, the second the next, and
    the third all others."""

    name: str
    title: Message
    fields: tuple[Field, ...]


_YES = (("true", tell("yes")), ("false", tell("no")))


def _of(path: str, label: Message, kind: str = "text", help: str = "", choices: Choices = ()) -> Field:
    steps = tuple(path.split("."))
    return Field(path.replace(".", "_"), steps, label, kind, help, _YES if kind == "flag" else choices)


def _one(path: str, label: Message, *choices: tuple[str, str], kind: str = "choice") -> Field:
    return _of(path, label, kind, "", tuple(choices))


EXAM = Group(
    "exam",
    tell("The exam"),
    (
        _of("title.th", tell("Title in Thai")),
        _of("title.en", tell("Title in English")),
        _of("exam", tell("Name of the exam"), help=tell("letters, digits, . _ and -")),
        _of("units", tell("Units"), "codes", tell("codes, with a comma between them")),
        _of("level", tell("Level"), "number"),
        _of("occupation", tell("Occupation")),
        _of("scope", tell("Only these criteria and elements"), "codes"),
    ),
)
SIZE = Group(
    "size",
    tell("Forms and items"),
    (
        _of("items", tell("Items in each form"), "number"),
        _of("forms", tell("Number of forms"), "number"),
        _of("time_min", tell("Time in minutes"), "number"),
    ),
)
JUDGED = Group(
    "judged",
    tell("Pass rule and judgement"),
    (
        _of("pass.percent", tell("To pass: percent of all points"), "number"),
        _of("pass.cut", tell("To pass: cut score"), "cut", tell("points, or angoff")),
        _of("pass.reason", tell("Where the cut score comes from")),
        _of("pass.criteria.all", tell("To pass: percent of the points of each criterion"), "number"),
        _of("judgement.percent", tell("A criterion is met from (percent)"), "number"),
        _of("judgement.min_items", tell("Fewest items to judge a criterion"), "number"),
        _of("judgement.certainty.percent", tell("Required certainty (percent), if any"), "number"),
    ),
)
OVERLAP = Group(
    "overlap",
    tell("Items that forms share"),
    (
        _of("overlap.min", tell("Items that two forms share, at least"), "number"),
        _of("overlap.max", tell("Items that two forms share, at most"), "number"),
    ),
)
ANCHOR = Group(
    "anchor",
    tell("Anchor and pilot items"),
    (
        _of("anchor.items", tell("Anchor: items that all forms share"), "number"),
        _of("pilot.items", tell("Pilot items, unscored, in each form"), "number"),
    ),
)
EXPOSURE = Group(
    "exposure",
    tell("How often items may be used"),
    (
        _of("exclude_last", tell("Without items of the last administrations (how many)"), "number"),
        _of("exposure.administrations", tell("Administrations, at most"), "number"),
    ),
)
ORDER = Group(
    "order",
    tell("Order of items and options"),
    (
        _one(
            "order.items",
            tell("Order of the items"),
            ("by_criterion", tell("by criterion")),
            ("by_element", tell("by element")),
            ("mixed", tell("mixed")),
            ("easy_to_hard", tell("from easy to hard")),
        ),
        _one(
            "order.options",
            tell("Order of the options"),
            ("shuffled", tell("shuffled")),
            ("as_written", tell("as written")),
        ),
        _one(
            "choices",
            tell("Letters of the options"),
            ("thai", tell("letters: Thai")),
            ("latin", tell("letters: A B C")),
        ),
    ),
)
PAPERS = Group(
    "papers",
    tell("Papers"),
    (
        _one("papers.size", tell("Size of the paper"), *((one, one) for one in ("A4", "Letter", "A5"))),
        _one("papers.columns", tell("Columns on a page"), ("1", "1"), ("2", "2"), kind="number"),
        _one("papers.text", tell("Text size"), ("normal", tell("normal")), ("large", tell("large"))),
        _one("papers.digits", tell("Figures"), ("arabic", "1 2 3"), ("thai", tell("Thai figures"))),
        _one(
            "papers.era",
            tell("Years"),
            ("buddhist", tell("Buddhist era")),
            ("gregorian", tell("common era")),
        ),
        _of("papers.candidate_number.length", tell("Candidate number: places"), "number"),
        _of("papers.personal.items", tell("For each candidate another order of items"), "flag"),
        _of("papers.personal.options", tell("For each candidate another order of options"), "flag"),
        _of("papers.spare", tell("Spare booklets without a name, for each room"), "number"),
    ),
)
GROUPS = (
    EXAM,
    SIZE,
    JUDGED,
    OVERLAP,
    ANCHOR,
    EXPOSURE,
    ORDER,
    PAPERS,
)


_BY_NAME = {one.name: one for group in GROUPS for one in group.fields}


class Row(NamedTuple):
    """A quota: the name of its fields (before `:min` and `:max`), its place in the blueprint, its label."""

    name: str
    family: str
    key: str
    label: str
    text: str = ""
    is_code: bool = False


def rows(units: Sequence[Unit], data: Mapping[str, Any]) -> list[Row]:
    """Returns the quota rows: for all criteria, each element and each criterion, and any others in the
    text."""
    found = [Row("criteria:all", "criteria", "all", tell("each criterion"))]
    for unit in units:
        for element in unit.elements:
            key = f"{element.code}.*"
            found.append(Row(f"criteria:{key}", "criteria", key, key, element.title or ""))
            for one in element.criteria:
                found.append(
                    Row(f"criteria:{one.code}", "criteria", one.code, one.code, one.text or "", True)
                )
    known = {row.key for row in found}
    criteria = data.get("criteria")
    others = [str(key) for key in criteria if str(key) not in known] if isinstance(criteria, dict) else []
    return [*found, *(Row(f"criteria:{key}", "criteria", key, key) for key in others)]


def scopes(quotas: Sequence[Row], values: Mapping[str, Any]) -> list[Row]:
    """Returns the elements and criteria to which an exam can be restricted, and any others in the text."""
    found = [row for row in quotas if row.is_code or row.key.endswith(".*")]
    known = {row.key for row in found}
    others = [one for one in values["scope"].split(", ") if one and one not in known]
    return [*found, *(Row("scope", "scope", key, key) for key in others)]


def categories() -> list[Row]:
    """Returns the quota rows of the cognitive categories."""
    return [Row(f"cognitive:{key}", "cognitive", key, words) for key, words in CATEGORY_WORDS.items()]


def ranges(units: Sequence[Unit], data: Mapping[str, Any]) -> list[Row]:
    """Returns every row that has a minimum and a maximum."""
    return [*rows(units, data), *categories()]


def statuses() -> list[tuple[str, Message]]:
    """Returns the statuses with their labels, except `retired`, because retired items are never used."""
    return [(one, STATUS_WORDS[one]) for one in STATUSES if one != "retired"]


_FAMILIES: dict[str, Message] = {
    "title": tell("Title of the exam"),
    "criteria": tell("Items of each criterion"),
    "cognitive": tell("Categories of behaviour"),
    "unit_mix": tell("Shares of units"),
    "level_mix": tell("Shares of levels"),
    "status_mix": tell("Shares of statuses"),
    "statuses": tell("Items that may be used, by status"),
    "quantities": tell("Quantities of the items"),
    "statistics": tell("Statistics of the forms"),
    "scoring": tell("Scoring"),
    "report": tell("What reports show about a score"),
    "stimuli": tell("Items of a shared text"),
    "spare": tell("Spare forms"),
    "seed": tell("Seed"),
    "method": tell("Method of assessment"),
    "assessing": tell("Assessors"),
    "outside_standard": tell("Level outside the standard"),
    "sets": tell("Sets of items"),
    "all_methods": tell("All methods together"),
    "enemies": tell("Items that may not share a form"),
}
"""The labels of parts of a blueprint that the form shows as a table or not at all."""


def place_of(field: str, known: Sequence[Row]) -> Row | None:
    """Returns the place on the form of a faulty field such as `criteria.A4011.01`: the field itself or, if
    the form has none, the part it belongs to and the rest of its name. None if there is no such part."""
    steps = field.split(".")
    by_name = {row.name: row for row in known}
    for n in range(len(steps), 1, -1):
        if row := by_name.get(f"{steps[0]}:{'.'.join(steps[1:n])}"):
            return row
    by_path = {one.path: one.label for one in _BY_NAME.values()}
    for n in range(len(steps), 0, -1):
        if label := by_path.get(tuple(steps[:n])):
            return Row(field, steps[0], field, label)
    titles = {one.path[0]: group.title for group in reversed(GROUPS) for one in group.fields}
    title = {**titles, **_FAMILIES}.get(steps[0])
    return Row(field, steps[0], field, title, ".".join(steps[1:])) if title else None


_NAMED = re.compile(r"`([a-z_]+(?:\.[a-z_]+)*)(?::[^`]*)?`|\(([a-z_]+(?:\.[a-z_]+)+)\)")


def on_form(message: object) -> str:
    """Returns a message in which the names of blueprint fields are replaced by their labels on the form."""

    def label(found: re.Match[str]) -> str:
        place = place_of(found[1] or found[2], ())
        words = f"“{told(place.label)}”" if place else found[0]
        return f"({words})" if place and found[2] else words

    return _NAMED.sub(label, str(told(message)))


# ── text → values of the form ────────────────────────────────────────────────────────────────


def values(data: Mapping[str, Any], quotas: Sequence[Row]) -> dict[str, Any]:
    """Returns the value of each field of the form, as text."""
    said: dict[str, Any] = {}
    for one in _BY_NAME.values():
        said[one.name] = value_of(data, one)
    overlap = data.get("overlap")
    if isinstance(overlap, int):
        said["overlap_min"] = said["overlap_max"] = str(overlap)
    for row in quotas:
        said[f"{row.name}:min"], said[f"{row.name}:max"] = _ends(_at(data, (row.family, row.key)))
    held = data.get("statuses", ["operational"])
    said["statuses"] = [str(one) for one in held] if isinstance(held, list) else []
    return said


def value_of(data: Mapping[str, Any], field: Field) -> str:
    """Returns the value of a field of the form, as text."""
    return _shown(_at(data, field.path))


def _at(data: Any, path: Path) -> Any:
    for step in path:
        if isinstance(data, int) and step == "items":  # `anchor: 5`
            return data
        if not isinstance(data, dict):
            return None
        data = data.get(step, data.get(int(step)) if step.isdecimal() else None)
    return data


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None or isinstance(value, dict) else str(value)


def _ends(quota: Any) -> tuple[str, str]:
    if isinstance(quota, dict):
        return _shown(quota.get("min")), _shown(quota.get("max"))
    return _shown(quota), _shown(quota)


# ── values of the form → text ────────────────────────────────────────────────────────────────


def applied(
    text: str, sent: Mapping[str, Any], was: Mapping[str, Any], known: Mapping[str, Field] = _BY_NAME
) -> str | None:
    """Returns the text with the fields that the user changed, which are those in which `sent` differs from
    `was`.

    Returns None if the text cannot take fields. `known` contains the fields of the form by name.
    """
    data = data_of(text) if text.strip() else {}
    if data is None:
        return None
    changed = {name for name, value in sent.items() if name in was and value != was[name]}
    tops: dict[str, Any] = {}

    def put(path: Sequence[str], value: Any) -> None:
        merged = {**data, **tops}
        tops[path[0]] = set_at(merged, path, value)

    for name in changed & known.keys():
        field = known[name]
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
    if field.kind == "flag":
        return {"true": True, "false": False}.get(said, said)
    return _number(said) if field.kind in ("number", "cut") else said


def _number(said: str) -> Any:
    """Returns a text as a number; other texts unchanged, so that the checks of the blueprint refuse them."""
    plain = said.strip()
    if not re.fullmatch(r"-?\d{1,20}(\.\d{1,20})?", plain):
        return plain
    return float(plain) if "." in plain else int(plain)


def _quota(least: str, greatest: str) -> Any:
    low, high = (_number(end) if end.strip() else None for end in (least, greatest))
    if low is not None and low == high:
        return low
    ends = {name: end for name, end in (("min", low), ("max", high)) if end is not None}
    return ends or None


def with_repair(text: str, repair: str) -> str | None:
    """Returns the text after a repair (a JSON list of paths and values); None if the repair cannot be
    applied."""
    data = data_of(text)
    try:
        changes = json.loads(repair)
    except (ValueError, RecursionError):
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
