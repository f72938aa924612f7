"""The two published documents: read as expected, and what the bank carries is what is read from them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from examgen.bank.loading import unit_yaml
from examgen.bank.standards.reading import read_unit
from examgen.core.models.standard import Unit

SEEDS = Path(__file__).resolve().parents[1].parent / "shared" / "seeds"
DOCUMENTS = sorted(SEEDS.glob("*.txt"))

pytestmark = pytest.mark.skipif(not DOCUMENTS, reason="../shared is not here")


@pytest.fixture(params=DOCUMENTS, ids=lambda path: path.stem)
def document(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


def test_every_field_is_read_as_expected(document: Path) -> None:
    expected = json.loads(document.with_name(f"{document.stem}.expected.json").read_text("utf-8"))
    read = read_unit(document.read_bytes(), document.name).unit.reading()
    kinds = [warning["kind"] for warning in read.pop("warnings")]
    assert kinds == [warning["kind"] for warning in expected.pop("warnings")]
    assert read == expected


def test_the_bank_carries_what_is_read(document: Path, root: Path) -> None:
    unit = read_unit(document.read_bytes(), document.name).unit
    carried = (root / "item_bank" / str(unit.code) / "unit.yaml").read_text("utf-8")
    assert carried == unit_yaml(unit)
    assert Unit.model_validate(yaml.safe_load(carried)) == unit
