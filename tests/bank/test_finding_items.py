"""Items are found by what they are and say; statistics count only for the text that they were measured on."""

from __future__ import annotations

import pytest

from examgen.bank.finding import Sought, find, ids_written
from examgen.bank.statistics import facility, read_statistics
from examgen.core.models.item import BankUnit
from tests.samples import item_data, shelf

ROWS = [
    item_data("E1.01", 1, stem="ผู้จัดการควรแจ้งค่าส่วนกลางค้างชำระต่อผู้ใด", levels=[3]),
    item_data("E1.01", 2, stem="ข้อตกลง SLA กำหนดภายใน 15 นาที", cognitive="evaluate"),
    item_data("E1.02", 1, status="approved", pcs=["E1.02", "E2.01"]),
    item_data("E2.01", 1, stem="ระบบ SLAs รายงานทุก 150 นาที", rationale=dict.fromkeys("abcd", "ค่าส่วนกลาง")),
]
ALL = ["E1.01-001", "E1.01-002", "E1.02-001", "E2.01-001"]


@pytest.fixture
def unit() -> BankUnit:
    return shelf(items=ROWS)


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        (Sought(), ALL),
        (Sought(pc="E1.01"), ALL[:2]),
        (Sought(pc="E1.*"), ALL[:3]),
        (Sought(pc="E2.01"), ALL[2:]),  # an item may measure more than the criterion it counts for
        (Sought(level=4), ALL[1:]),
        (Sought(categories=["evaluate"]), ["E1.01-002"]),
        (Sought(statuses=["approved", "pilot"]), ["E1.02-001"]),
        (
            Sought(words="ส่วนกลาง"),
            ["E1.01-001", "E2.01-001"],
        ),  # Thai inside a run of Thai, and in a rationale
        (Sought(words="ส่วนกลาง ผู้จัดการ"), ["E1.01-001"]),
        (Sought(words="sla"), ["E1.01-002"]),  # a Latin word is whole, in either case
        (Sought(words="15"), ["E1.01-002"]),
        (Sought(words="ตัวเลือก d"), ALL),
        (Sought(words="(.*"), []),
        (Sought(words="e1.01-00"), ALL[:2]),  # as an id begins
        (Sought(words="1.01-00"), []),
        (Sought(pc="E9.*"), []),
    ],
)
def test_items_fit_every_part_that_is_asked(unit: BankUnit, sought: Sought, found: list[str]) -> None:
    assert [item.id for item in find(unit, sought)] == found


def test_facility_is_weighted_by_candidates_and_only_of_the_present_text(unit: BankUnit) -> None:
    item = unit.items[0]
    text = (
        "item,item_hash,administration,form,date,n,facility\n"
        f"E1.01-001,{item.sha256()},2026-1,A,2026-02-01,300,0.8\n"
        "E1.01-001,,2026-2,A,2026-08-01,100,0.4\n"
        f"E1.01-001,{'0' * 64},2025-1,A,2025-02-01,900,0.1\n"
        "E1.01-001,,2024-1,A,,,0.9\n"
        "E1.01-002,,2026-1,A,2026-02-01,300,0.2\n"
    )
    lines, problems = read_statistics(text, "T-1/statistics.csv")
    assert problems == []
    assert facility(item, lines) == pytest.approx((300 * 0.8 + 100 * 0.4) / 400)
    assert facility(item, lines[3:]) == 0.9  # the only line, though it does not say how many there were
    assert facility(unit.items[2], lines) is None
    assert lines[0].numbers["item_rest"] is None


def test_a_line_that_cannot_be_read_is_left_out_and_told() -> None:
    text = "item,facility,item_rest\nX-1,0.5,'-0.1\nX-2,much,\nX-3,1.5,\n"
    lines, problems = read_statistics(text, "T-1/statistics.csv")
    assert [(line.item, line.numbers["item_rest"]) for line in lines] == [("X-1", -0.1)]
    assert [(p.source, p.item, p.severity) for p in problems] == [
        ("T-1/statistics.csv:3", "X-2", "warning"),
        ("T-1/statistics.csv:4", "X-3", "warning"),
    ]
    assert [p.code for p in read_statistics("a,b\n", "s.csv")[1]] == ["statistics-columns"]


def test_ids_are_seen_without_parsing() -> None:
    text = "# id: no\n- id: A-1 # first\n  stem: 'id: x'\n- pcs: [B]\n  id: \"A-2\"\n- {id: A-3, stem: y}\n"
    assert ids_written(text.encode()) == ["A-1", "A-2", "A-3"]
