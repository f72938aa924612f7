"""The item models that ship, a few instances each."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from examgen.bank.generation.checking import load_models
from examgen.bank.loading import unit_codes
from examgen.papers import generated_items as generation
from tests.bank.plain_models import MODELS, faults

N = 16


@pytest.fixture(scope="module")
def instances(root: Path) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = generation.as_json(generation.generate(root, [], N, 20))["items"]
    return items


@pytest.mark.long("all models of the bank, which `bank check` solves as well")
def test_every_model_is_solved_once_more_by_hand(instances: list[dict[str, Any]], root: Path) -> None:
    codes = unit_codes(root / "item_bank")
    models = [one.model.id for code in codes for one in load_models(root / "item_bank" / code)[0]]
    assert sorted(models) == sorted(MODELS)
    assert Counter(item["model"]["id"] for item in instances) == dict.fromkeys(models, N)
    assert [(item["id"], fault) for item in instances for fault in faults(item)] == []
    assert {item["key"] for item in instances} == set("abcd")


@pytest.mark.long("the test of a long test of all models")
def test_what_is_wrong_would_be_found(instances: list[dict[str, Any]]) -> None:
    for item in instances[::N]:
        other = next(name for name in item["options"] if name != item["key"])
        assert faults({**item, "key": other})
        assert faults({**item, "options": {**item["options"], other: item["options"][item["key"]]}})
        assert faults({**item, "options": {**item["options"], other: "0"}})
        assert faults({**item, "stem": "{{ x }}"})
