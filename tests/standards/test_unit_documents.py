"""Documents of our own writing, and the two real ones, each against what a person reads in it."""

import json
import re
from pathlib import Path

import pytest

from examgen.bank.standards.reading import read_unit
from examgen.core.models.standard import ReadingWarning
from examgen.core.words import in_language

UNITS = Path(__file__).parents[1] / "data" / "units"
SEEDS = Path(__file__).parents[2].parent / "shared" / "seeds"
EXAMPLE = Path(__file__).parents[2] / "examgen" / "data" / "example-unit.txt"


def documents(folder: Path) -> list[Path]:
    return sorted(p for p in folder.glob("*") if not p.name.endswith(".json"))


def as_expected(path: Path) -> tuple[dict, dict]:
    """What was read and what is expected; of warnings and errors only the kinds, in any order."""
    got = read_unit(path.read_bytes(), path.name).unit.reading()
    expected = json.loads((path.parent / f"{path.stem}.expected.json").read_text(encoding="utf-8"))
    for reading in (got, expected):
        reading["warnings"] = sorted(w["kind"] for w in reading["warnings"])
        reading["error"] = reading["error"] and reading["error"]["kind"]
    return got, expected


@pytest.mark.parametrize("path", documents(UNITS), ids=lambda p: p.stem)
def test_our_documents_are_read_as_a_person_reads_them(path):
    got, expected = as_expected(path)
    assert got == expected


def test_there_are_enough_documents_and_every_kind_of_refusal():
    expected = [json.loads(p.read_text(encoding="utf-8")) for p in UNITS.glob("*.expected.json")]
    assert len(expected) == len(documents(UNITS)) >= 14
    assert {e["error"]["kind"] for e in expected if e["error"]} == {
        "not_a_unit", "no_criteria", "truncated", "multiple_units", "criterion_without_code",
    }  # fmt: skip


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the real documents lie in ../shared")
@pytest.mark.parametrize("path", documents(SEEDS) if SEEDS.is_dir() else [], ids=lambda p: p.stem)
def test_the_real_documents_are_read_in_every_field(path):
    got, expected = as_expected(path)
    assert got == expected


def test_warnings_name_the_text_that_they_are_about():
    for path in documents(UNITS):
        for warning in read_unit(path.read_bytes(), path.name).unit.warnings:
            if warning.kind != "section_missing":
                assert warning.line, (path.name, warning)
                assert warning.text, (path.name, warning)


@pytest.mark.parametrize("path", documents(UNITS), ids=lambda path: path.stem)
def test_warnings_are_told_in_thai_with_all_that_the_english_says_also_from_a_file(path):
    for warning in read_unit(path.read_bytes(), path.name).unit.warnings:
        kept = ReadingWarning.model_validate_json(warning.model_dump_json())
        thai = in_language(kept.message, "th")
        assert thai == in_language(warning.message, "th")
        assert re.search("[ก-๙]", thai.replace(warning.text or "", "")), thai
        assert set(re.findall(r"[A-Z]?\d[\d.]*", warning.message)) <= set(re.findall(r"[A-Z]?\d[\d.]*", thai))
        assert re.findall("_", thai) == []


def test_the_example_page_reads_without_warnings_and_can_be_tested_at_three_levels():
    reading = read_unit(EXAMPLE.read_bytes(), EXAMPLE.name)
    unit = reading.unit
    assert (unit.warnings, unit.error) == ((), None)
    assert unit.code == "TOU-CBT-4-012ZB"
    assert unit.levels == (3, 4, 5)
    assert [len(element.criteria) for element in unit.elements] == [2, 2, 2]
    assert all("written_objective" in entry.methods for entry in unit.assessment)
    assert [quote.section for quote in unit.source.assessment] == ["18.1", "18.2", "18.3"]
