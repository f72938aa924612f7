"""The JSON Schema is the models': what they take it takes, what they refuse it refuses."""

from __future__ import annotations

import copy
from contextlib import nullcontext
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from pydantic import BaseModel, ValidationError

from examgen.bank.schema import KINDS, schema
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.item import Item, Stimulus
from examgen.core.models.scoring import Correction
from examgen.core.models.standard import Unit, UnitLevels
from examgen.core.yamlfile import model_fields
from tests.samples import blueprint_data, item_data, unit_data

BANK = Path(__file__).parents[2] / "item_bank"
FILES = {
    "items": "items/*.yaml",
    "stimuli": "stimuli.yaml",
    "blueprint": "blueprints/*.yaml",
    "unit": "unit.yaml",
    "provenance": "provenance.yaml",
}


@lru_cache
def _checker(kind: str | None) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schema(kind))


def faults(data: Any, kind: str | None) -> list[str]:
    return [error.message for error in _checker(kind).iter_errors(data)]


@pytest.mark.parametrize("kind", FILES)
def test_every_file_of_both_real_banks_is_valid(kind: str) -> None:
    paths = sorted(BANK.glob(f"*/{FILES[kind]}"))
    assert len({path.relative_to(BANK).parts[0] for path in paths}) >= 2
    for path in paths:
        data = yaml.safe_load(path.read_text("utf-8"))
        assert faults(data, kind) == [], path
        assert faults(data, None) == [], path


@pytest.mark.parametrize("kind", [None, *KINDS])
def test_the_schema_is_a_schema(kind: str | None) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(kind))


@pytest.mark.parametrize(
    "changes",
    [
        {}, {"key": "a"}, {"key": ["a", "c"]}, {"enemies": ["E1.01-002"]}, {"shared_stimulus": "case-1"},
        {"waivers": {"key-longest": "เหตุผล"}}, {"levels": []}, {"options": {"a": "ก", "b": "ข"}},
        {"anchored": ["d", "a"]}, {"time_s": 90},
    ],
)  # fmt: skip
def test_what_an_item_may_be(changes: dict[str, Any]) -> None:
    data = item_data("E1.01", 1, **changes)
    Item.model_validate(data)
    assert faults([data], "items") == faults([data], None) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "A"}, {"key": []}, {"key": 1}, {"levels": [9]}, {"levels": ["4"]}, {"cognitive": "recall"},
        {"status": "ok"}, {"stem": ""}, {"stem": 12}, {"id": "../x"}, {"reason": "x"}, {"pcs": []},
        {"options": {"a": "ก"}}, {"options": {"A": "ก", "b": "ข"}}, {"rationale": {"a": ""}},
        {"waivers": {"key-longest": ""}}, {"reference": None}, {"anchored": "A"}, {"anchored": ["1"]}, {"time_s": 0}, {"time_s": "90"},
    ],
)  # fmt: skip
def test_what_an_item_may_not_be(changes: dict[str, Any]) -> None:
    data = item_data("E1.01", 1, **changes)
    with pytest.raises(ValidationError):
        Item.model_validate(data)
    assert faults([data], "items")
    assert faults([data], None)


@pytest.mark.parametrize("field", [name for name, field in Item.model_fields.items() if field.is_required()])
def test_what_an_item_may_not_lack(field: str) -> None:
    data = {name: value for name, value in item_data("E1.01", 1).items() if name != field}
    assert any(field in message for message in faults([data], "items"))


@pytest.mark.parametrize(
    ("changes", "sound"),
    [
        ({}, True),
        ({"criteria": {"E1.*": 10, "E1.01": {"min": 4, "max": "50%"}, "all": {"min": 3}}}, True),
        ({"cognitive": {"remember": {"max": "30%"}, "apply": "20 %"}}, True),
        ({"overlap": 3}, True),
        ({"overlap": {"min": 1, "max": 3}}, True),
        ({"pass": {"percent": 60, "criteria": {"all": "50%"}}}, True),
        ({"pass": {"cut": 8, "reason": "Angoff 2026"}}, True),
        ({"judgement": {"min_items": 3, "percent": 62.5}}, True),
        ({"judgement": {"certainty": {"percent": "80%", "prior": "jeffreys"}, "error": {"apart": 15}}}, True),
        ({"judgement": {"certainty": {"by": "interval"}}}, False),
        ({"judgement": {"interval": "clopper_pearson", "confidence": "90%", "units": {"T-1": "70%"}}}, True),
        ({"pass": {"cut": "angoff", "angoff": {"adjust_se": -0.5}, "second_look": {"sem": 2}}}, True),
        ({"pass": {"elements": {"all": "50%"}, "at_least": {"met": 2, "of": "units", "percent": 60}}}, True),
        ({"report": {"rank": True, "t_score": "linear", "scaled": {"table": {"0": 1}, "decimals": 1}}}, True),
        ({"pass": {"cut": "ebel"}}, False),
        ({"pass": {"at_least": {"percent": 60}}}, False),
        ({"report": {"t_score": "stanine"}}, False),
        ({"criteria": {"all": -1}}, False),
        ({"criteria": {"all": "130%"}}, False),
        ({"criteria": {"all": {"least": 1}}}, False),
        ({"cognitive": {"recall": 1}}, False),
        ({"overlap": -1}, False),
        ({"overlap": "half"}, False),
        ({"pass": {"percent": 160}}, False),
        ({"forms": 0}, False),
        ({"items": 501}, False),
        ({"level": "four"}, False),
        ({"units": []}, False),
        ({"titel": {}}, False),
        ({"choices": "greek"}, False),
        *(({"scoring": {"wrong": wrong}}, True) for wrong in (0.25, "1/3", "25 %", "by_options")),
        ({"scoring": {"several": "partial", "partial": True}}, True),
        ({"scoring": {"wrong": 2}}, False),
        ({"scoring": {"wrong": "much"}}, False),
        ({"scoring": {"several": "some"}}, False),
    ],
)
def test_blueprints_with_their_short_forms(changes: dict[str, Any], sound: bool) -> None:
    is_as_the_model_says(Blueprint, blueprint_data(**changes), "blueprint", sound)


def is_as_the_model_says(model: type[BaseModel], data: dict[str, Any], kind: str, sound: bool) -> None:
    with nullcontext() if sound else pytest.raises(ValidationError):
        model.model_validate(data)
    whole = [data] if kind == "corrections" else data
    assert [not faults(whole, one) for one in (kind, None)] == [sound, sound]


def test_the_schema_of_all_tells_files_apart_by_what_they_hold() -> None:
    assert faults([{"id": "case-1", "text": "…"}], None) == []
    assert faults([{"id": "case-1", "text": ""}], None)
    assert faults(unit_data(), None) == []
    wrong = copy.deepcopy(unit_data())
    del wrong["elements"][0]["criteria"][0]["code"]
    assert faults(wrong, None)
    assert faults([], None)


def test_the_levels_of_a_unit_are_valid_and_known_among_other_files() -> None:
    data = yaml.safe_load((BANK / "ASM-REE-5-059ZB" / "levels.yaml").read_text("utf-8"))
    assert faults(data, "levels") == faults(data, None) == []
    assert faults({**data, "level": []}, "levels")
    assert faults({**data, "levels": []}, None)


def test_every_field_of_the_models_can_be_completed() -> None:
    assert list(schema("items")["items"]["properties"]) == model_fields(Item)
    assert list(schema("stimuli")["items"]["properties"]) == model_fields(Stimulus)
    assert set(model_fields(Blueprint)) >= set(schema("blueprint")["properties"])
    assert list(schema("unit")["properties"]) == model_fields(Unit)
    assert list(schema("levels")["properties"]) == model_fields(UnitLevels)


CORRECTION = {
    "kind": "rekey", "item": "E1.01-001", "key": "c", "reason": "r", "by": "b", "date": "2026-11-20",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "sound"),
    [
        ({}, True),
        ({"key": ["a", "b"]}, True),
        ({"item": None, "form": "A", "question": 3, "key": "ก"}, True),
        ({"kind": "drop", "key": None}, True),
        ({"kind": "drop"}, False),
        ({"kind": "credit_all", "key": None, "item": None, "form": "A", "question": 3}, True),
        ({"key": None}, False),
        ({"kind": "accept", "key": []}, False),
        ({"key": "ab"}, False),
        ({"form": "A", "question": 3}, False),
        ({"question": 3}, False),
        ({"item": None, "form": "A", "question": 3, "key": "ก", "everywhere": True}, True),
        ({"item": None, "form": "A", "question": 3, "key": "ก", "only_here": True}, True),
        ({"item": None, "form": "A", "question": 3, "key": "ก", "only_here": False}, False),
        ({"item": None, "form": "A", "question": 3, "everywhere": True, "only_here": True}, False),
        ({"everywhere": True}, False),
        ({"only_here": True}, False),
        ({"item": None}, False),
        ({"item": None, "form": "A"}, False),
        ({"item": None, "form": "A", "question": 0}, False),
        ({"kind": "move"}, False),
        ({"reason": ""}, False),
        ({"date": None}, False),
        ({"points": 2}, False),
    ],
)
def test_what_a_correction_may_be(changes: dict[str, Any], sound: bool) -> None:
    data = {name: value for name, value in {**CORRECTION, **changes}.items() if value is not None}
    is_as_the_model_says(Correction, data, "corrections", sound)
