"""JSON Schema (draft 2020-12) of the files that people write, such as items, stimuli, blueprints, units and
corrections.

The schemas come from the pydantic models. Short forms that a validator accepts and converts (one key as text,
a quota as a number) are added by hand, because pydantic knows only the converted form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter

from examgen.core.models.blueprint import QUALIFICATION, Blueprint
from examgen.core.models.field_types import MOST_ITEMS
from examgen.core.models.item import Instrument, Item, Stimulus, UnitProvenance
from examgen.core.models.item_model import KINDS as KINDS_OF_VARIABLE
from examgen.core.models.item_model import ItemModel
from examgen.core.models.scoring import BY_OPTIONS, CORRECTION_KINDS, Correction
from examgen.core.models.standard import Unit, UnitLevels
from examgen.core.text.characters import LETTERS, THAI_LETTERS

DRAFT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]

_COUNT: Schema = {"type": "integer", "minimum": 0}
_SHARE: Schema = {"type": "string", "pattern": r"^(100(\.0+)?|\d{1,2}(\.\d+)?)\s*%$"}
_PART: Schema = {"type": "string", "pattern": r"^\s*(\d+(\.\d+)?\s*%?|\d+\s*/\s*\d+)\s*$"}
_PERCENT: Schema = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": 100},
        {"type": "string", "pattern": r"^(100(\.0+)?|\d{1,2}(\.\d+)?)\s*%?$"},
    ]
}


def _items() -> Schema:
    schema = _of(Item)
    option = {"type": "string", "pattern": f"^[a-{LETTERS[-1].lower()}]$"}
    schema["properties"]["key"] = {
        "anyOf": [option, {"type": "array", "items": option, "minItems": 1, "uniqueItems": True}],
        "description": "The id of the right option, or a list of ids if several are right.",
    }
    for name in ("options", "right_if", "rationale"):
        schema["properties"][name]["additionalProperties"] = False
    for name in ("pcs", "levels", "enemies", "anchored"):
        schema["properties"][name]["uniqueItems"] = True
    return _list_of(schema)


def _blueprint() -> Schema:
    schema = _of(Blueprint)
    amount = {"anyOf": [_COUNT, _SHARE]}
    parts = schema["$defs"]
    for name in ("min", "max"):
        parts["Quota"]["properties"][name] = amount
    parts["Quota"] = {"anyOf": [amount, parts["Quota"]], "description": parts["Quota"]["description"]}
    _pass_rule(parts)
    parts["MethodsRule"]["properties"]["percent"] = _PERCENT
    parts["MethodsRule"]["properties"]["weights"]["additionalProperties"] = _PERCENT
    for name in ("percent", "confidence"):
        parts["Judgement"]["properties"][name] = _PERCENT
    parts["Judgement"]["properties"]["units"]["additionalProperties"] = _PERCENT
    parts["InformationTarget"]["properties"]["within"] = _PERCENT
    for name, short in (
        ("Overlap", {**_COUNT, "maximum": MOST_ITEMS}),
        ("Interval", {"type": "number"}),
        ("AnchorRule", {"type": "integer", "minimum": 1}),
        ("PilotRule", {"type": "integer", "minimum": 1}),
    ):
        parts[name] = {"anyOf": [short, parts[name]], "description": parts[name]["description"]}
    scoring = parts["ScoringRule"]["properties"]
    scoring["wrong"] = {
        "anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, _PART, {"const": BY_OPTIONS}]
    }
    scoring["partial"] = {"enum": [*scoring["partial"]["enum"], True, False]}
    units = schema["properties"]["units"]
    schema["properties"]["units"] = {"anyOf": [{"const": QUALIFICATION}, units]}
    return schema


def _instruments() -> Schema:
    schema = _of(Instrument)
    _pass_rule(schema["$defs"])
    return schema


def _pass_rule(parts: Schema) -> None:
    """Allow percentages with a percent sign in the pass rules of a schema."""
    for name in ("PassRule", "AtLeast"):
        parts[name]["properties"]["percent"] = _PERCENT
    for field in ("criteria", "elements", "units"):
        parts["PassRule"]["properties"][field]["additionalProperties"] = _PERCENT


def _models() -> Schema:
    schema = _of(ItemModel)
    formula = {"type": ["string", "number"]}
    parts = schema["$defs"]
    for one in (schema, parts["Answer"], parts["Distractor"]):
        for name, field in one["properties"].items():
            if name in ("value", "wrong", "apart"):
                one["properties"][name] = {
                    **formula,
                    **({"description": said} if (said := field.get("description")) else {}),
                }
    schema["properties"]["compute"]["additionalProperties"] = formula
    for name in ("pcs", "conditions"):
        members = schema["properties"][name]
        schema["properties"][name] = {"anyOf": [{"type": "string"}, members]}
    parts["Variable"]["oneOf"] = [{"required": [kind]} for kind in KINDS_OF_VARIABLE]
    return _list_of(schema)


def _corrections() -> Schema:
    schema = _of(Correction)
    properties = schema["properties"]
    option = {"enum": [letter for letters in (LETTERS, LETTERS.lower(), THAI_LETTERS) for letter in letters]}
    properties["key"] = {"anyOf": [option, {"type": "array", "items": option, "minItems": 1}]}
    for name in ("form", "question", "item", "everywhere", "only_here"):
        properties[name] = properties[name]["anyOf"][0]
    one_question, of_all = {"required": ["form", "question"]}, {"required": ["item"]}
    everywhere, only_here = {"required": ["everywhere"]}, {"required": ["only_here"]}
    of_the_key = {
        "properties": {"kind": {"enum": [kind for kind, one in CORRECTION_KINDS.items() if one.key]}}
    }
    has_key = {"required": ["key"]}
    either = [
        {**one_question, "not": {"anyOf": [of_all, {"allOf": [everywhere, only_here]}]}},
        {
            **of_all,
            "not": {"anyOf": [{"required": ["form"]}, {"required": ["question"]}, everywhere, only_here]},
        },
    ]
    return _list_of({**schema, "oneOf": either, "if": of_the_key, "then": has_key, "else": {"not": has_key}})


KINDS: Mapping[str, Callable[[], Schema]] = {
    "items": _items,
    "stimuli": lambda: _list_of(_of(Stimulus)),
    "blueprint": _blueprint,
    "unit": lambda: _of(Unit),
    "levels": lambda: _of(UnitLevels),
    "models": _models,
    "corrections": _corrections,
    "instruments": _instruments,
    "provenance": lambda: _of(UnitProvenance),
}


def schema(kind: str | None = None) -> Schema:
    """Return the JSON schema of one kind of file. Without `kind`, return one that recognises the kind from
    the file's content.
    """
    if kind is not None:
        return {"$schema": DRAFT, "title": f"examgen: {kind}", **KINDS[kind]()}
    files = {name: make() for name, make in KINDS.items()}
    parts: Schema = {}
    for one in files.values():
        parts |= one.pop("$defs", {})
    of_lists = {"stimuli": "text", "corrections": "kind", "models": "variables"}
    of_mappings = {
        "blueprint": ["exam"],
        "levels": ["drafted_by"],
        "instruments": ["tasks"],
        "provenance": ["all", "some"],
    }
    lists = {kind: {"items": {"required": [field]}} for kind, field in of_lists.items()}
    mappings = {
        kind: {"anyOf": [{"required": [field]} for field in fields]} for kind, fields in of_mappings.items()
    }
    return {
        "$schema": DRAFT,
        "title": "examgen: a file of the item bank",
        "$defs": {**parts, **{f"file-{name}": one for name, one in files.items()}},
        "if": {"type": "array"},
        "then": _first(lists, "items"),
        "else": _first(mappings, "unit"),
    }


def _first(conditions: Mapping[str, Schema], otherwise: str) -> Schema:
    """Return a schema that applies the first kind of file whose condition is met."""
    found: Schema = {"$ref": f"#/$defs/file-{otherwise}"}
    for kind in reversed(list(conditions)):
        found = {"if": conditions[kind], "then": {"$ref": f"#/$defs/file-{kind}"}, "else": found}
    return found


def _of(model: type[BaseModel]) -> Schema:
    return TypeAdapter(model).json_schema(by_alias=True)


def _list_of(one: Schema) -> Schema:
    parts = {"$defs": one.pop("$defs")} if "$defs" in one else {}
    return {"type": "array", "minItems": 1, "items": one, **parts}
