"""Nothing is silently dropped: every line that is not blank was used for something."""

from pathlib import Path

import pytest

from examgen.bank.standards.reading import LineUse, UnitReading, read_unit

SEEDS = Path(__file__).parents[2].parent / "shared" / "seeds"
EXAMPLE = Path(__file__).parents[2] / "examgen" / "data" / "example-unit.txt"
REAL = sorted(SEEDS.glob("*.txt")) if SEEDS.is_dir() else []
PAGES = [pytest.param(EXAMPLE, id="example"), *(pytest.param(path, id=path.stem) for path in REAL)]


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the real documents lie in ../shared")
def test_both_real_documents_are_at_hand():
    assert len(REAL) == 2


def solid(text: str) -> str:
    return "".join(text.split())


def lines_of(reading: UnitReading, use: str) -> str:
    return solid(" ".join(entry.text for entry in reading.account if entry.use == use))


@pytest.mark.parametrize("path", PAGES)
def test_every_line_is_accounted_for(path):
    reading = read_unit(path.read_bytes(), path.name)
    lines = path.read_text(encoding="utf-8").split("\n")
    assert {entry.line for entry in reading.account} == {i for i, line in enumerate(lines, 1) if line.strip()}
    assert not [entry for entry in reading.account if "unknown" in entry.use or not entry.use]
    for number in {entry.line for entry in reading.account}:
        parts = [solid(entry.text) for entry in reading.account if entry.line == number]
        whole = solid(lines[number - 1])
        assert len(parts) <= 2
        assert all(part and part in whole for part in parts)
        assert sum(map(len, parts)) == len(whole), lines[number - 1]


@pytest.mark.parametrize("path", PAGES)
def test_each_field_was_read_in_lines_of_that_use(path):
    reading = read_unit(path.read_bytes(), path.name)
    unit = reading.unit
    found = {
        "code": [unit.code],
        "title": [unit.title],
        "field": [unit.field],
        "description": [unit.description],
        "occupations": [o.name for o in unit.occupations],
        "sector": unit.sector,
        "regulations": unit.regulations,
        "elements": [t for e in unit.elements for t in (e.code, e.title)]
        + [t for c in unit.criteria for t in (c.code, c.text, c.system_code or "")],
        "skills": unit.skills,
        "knowledge": unit.knowledge,
        "assessment": [a.occupation or "" for a in unit.assessment],
    }
    for use, texts in found.items():
        for text in texts:
            assert solid(text) in lines_of(reading, use), (use, text)


def test_a_line_that_two_sections_share_has_two_uses():
    reading = read_unit(EXAMPLE.read_bytes(), EXAMPLE.name)
    shared = [
        entry for entry in reading.account if "คำอธิบายหน่วยสมรรถนะ" in entry.text or "ระดับ 5" in entry.text
    ]
    assert [(entry.text[:24], entry.use) for entry in shared[:2]] == [
        ("• ผู้จัดการการท่องเที่ยว", "occupations"),
        ("6. คำอธิบายหน่วยสมรรถนะ ", "boilerplate:heading"),
    ]
    assert shared[0].line == shared[1].line


def test_a_line_that_belongs_nowhere_is_warned_of():
    page = EXAMPLE.read_text(encoding="utf-8").replace("รายละเอียดหน่วยสมรรถนะ\n", "ปรับปรุงเมื่อวานนี้\n", 1)
    reading = read_unit(page.encode(), "page.txt")
    assert [(w.kind, w.line, w.text) for w in reading.unit.warnings] == [
        ("text_unplaced", 10, "ปรับปรุงเมื่อวานนี้")
    ]
    assert LineUse(10, "ปรับปรุงเมื่อวานนี้", "boilerplate:unplaced, see the warning") in reading.account
