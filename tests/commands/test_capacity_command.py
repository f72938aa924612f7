"""`bank capacity`: the table, the JSON and the writing order say the same; the order comes back as items."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from examgen.assembly.capacity import orders as capacity
from examgen.bank.workbook.columns import ITEM_SHEET
from examgen.core.problems import Refused
from tests.commands.conftest import Run, write_blueprint
from tests.samples import item_data, unit_data, write_unit

QUOTAS = {"criteria": {"all": 4}, "cognitive": {"apply": {"min": 2}}}


def fill(path: Path, rows: range) -> None:
    """Writes an item into each of these lines of the order."""
    book = load_workbook(path)
    sheet = book[ITEM_SHEET]
    column = {cell.value: cell.column for cell in sheet[2]}
    for row in rows:
        texts = {
            "Stem": f"ข้อใดถูกต้องที่สุดในกรณีที่ {row}", "Option a": f"ทำก่อน {row}", "Option b": f"ทำหลัง {row}",
            "Key": "b", "Rationale a": "ผิด", "Rationale b": "ถูก", "Reference": "คู่มือทดลอง",
        }  # fmt: skip
        for heading, text in texts.items():
            sheet.cell(row, column[heading]).value = text
        if not sheet.cell(row, column["Cognitive category"]).value:
            sheet.cell(row, column["Cognitive category"]).value = "เข้าใจ"
    book.save(path)


def test_it_says_how_many_what_runs_out_and_what_to_write(workspace: Path, run: Run) -> None:
    write_blueprint(workspace / "bp.yaml", **QUOTAS)
    ran = run.ok("bank", "capacity", "bp.yaml")
    lines = [line.split() for line in ran.out.splitlines()]
    assert ["usable", "in", "each", "form", "forms", "write", "for", "3", "write", "for", "4"] in lines
    assert ["E1.01", "10", "4", "2", "2", "6"] in lines
    assert ["items", "of", "a", "form", "30", "12", "2", "6", "18"] in lines
    assert "the bank supports 2 forms (2 built, 3 proven impossible)" in ran.out
    assert "for 3 forms write 6 items: E1.01 2, E1.02 2, E2.01 2" in ran.out
    assert "คลังข้อสอบ" not in ran.out
    thai = run("bank", "capacity", "bp.yaml", "--lang", "th")
    assert "คลังข้อสอบรองรับได้ 2 ชุด" in thai.out
    assert "the bank supports" not in thai.out
    assert run("bank", "capacity", "bp.yaml", "--lang", "de").status == 2
    assert "trying 2 form(s)" in ran.err
    assert not list(workspace.glob("*.xlsx"))


def test_json_is_one_document_with_every_figure(workspace: Path, run: Run) -> None:
    write_blueprint(workspace / "bp.yaml", forms=5, **QUOTAS)
    told = run.json("bank", "capacity", "bp.yaml")
    assert (told["exam"], told["usable"], told["bound"]) == ("T-1-L4", 30, 2)
    assert told["built"] == {"forms": 2, "impossible": None, "ended": [], "limit": None}
    assert [one["names"] for one in told["runs_out_first"]] == [["E1.01"], ["E1.02"], ["E2.01"]]
    assert told["supplies"][1] == {
        "name": "E1.01", "field": "criteria.all", "usable": 10, "in_each_form": 4, "forms": 2,
    }  # fmt: skip
    assert told["further"][0]["allows"][0] == {"items": 2, "forms": 3}
    assert [(plan["forms"], plan["items"]) for plan in told["to_write"]] == [(3, 6), (4, 18), (5, 30)]
    assert told["to_write"][0]["lines"][0] == {
        "pc": "E1.01", "levels": [4], "categories": [], "statuses": [], "n_items": 2,
    }  # fmt: skip
    assert set(told["sentences"]) == {"en", "th"}


def test_an_order_filled_in_gives_the_forms_that_it_promised(workspace: Path, run: Run) -> None:
    write_blueprint(workspace / "bp.yaml", forms=3, **QUOTAS)
    assert run("build", "bp.yaml").status == 4
    ran = run.ok("bank", "capacity", "bp.yaml", "--write-order", "order.xlsx")
    assert "order.xlsx" in ran.out
    assert run("bank", "capacity", "bp.yaml", "--write-order", "order.xlsx").status == 2  # someone's work
    fill(workspace / "order.xlsx", range(3, 9))
    ran = run.ok("bank", "import", "order.xlsx")
    assert "6 new" in ran.out
    told = run.json("bank", "capacity", "bp.yaml")
    assert (told["bound"], told["built"]["forms"]) == (3, 3)
    run.ok("build", "bp.yaml")


def test_an_order_can_be_for_any_number_of_forms(workspace: Path, run: Run) -> None:
    write_blueprint(workspace / "bp.yaml", **QUOTAS)
    run.ok("bank", "capacity", "bp.yaml", "--forms", 4, "--write-order", "four.xlsx")
    names = [cell.value for cell in load_workbook(workspace / "four.xlsx")[ITEM_SHEET]["A"][2:]]
    assert names == [f"{pc}-0{n}" for pc in ("E1.01", "E1.02", "E2.01") for n in range(11, 17)]
    assert "the bank has the items for 2 form(s)" in run.refused(
        "bank", "capacity", "bp.yaml", "--forms", 2, "--write-order", "two.xlsx"
    )
    assert run("bank", "capacity", "bp.yaml", "--write-order", "order.csv").status == 2


def test_quotas_that_contradict_each_other_get_no_order(workspace: Path, run: Run) -> None:
    write_blueprint(workspace / "bp.yaml", criteria={"E1.*": {"max": 4}, "E2.*": {"max": 4}})
    assert "no number of items would be enough" in run.refused(
        "bank", "capacity", "bp.yaml", "--write-order", "order.xlsx"
    )


def test_an_order_that_was_seen_not_to_do_is_not_written(workspace: Path) -> None:
    answer = capacity.bank_capacity(write_blueprint(workspace / "bp.yaml", **QUOTAS), workspace, 4)
    assert answer.order is not None
    assert capacity.write_orders(answer, workspace, workspace / "one.xlsx")
    failed = answer.found._replace(plans=(answer.order._replace(tried=False),))
    with pytest.raises(Refused, match="with stand-ins for them no 4 forms were found"):
        capacity.write_orders(answer._replace(found=failed), workspace, workspace / "two.xlsx")
    assert not (workspace / "two.xlsx").exists()


def test_each_unit_that_lacks_items_gets_an_order_of_its_own(workspace: Path, run: Run) -> None:
    other = unit_data(code="T-2")
    other["elements"] = [{"code": "F1", "title": "อื่น", "criteria": [{"code": "F1.01", "text": "ตรวจ"}]}]
    items = [item_data("F1.01", n) for n in range(1, 6)]
    write_unit(workspace / "item_bank", items, **other)
    write_blueprint(workspace / "bp.yaml", units=["T-1", "T-2"], criteria={"all": 3})
    ran = run.ok("bank", "capacity", "bp.yaml", "--forms", 4, "--write-order", "order.xlsx", "--json")
    assert [Path(name).name for name in json.loads(ran.out)["files"]] == ["order-T-1.xlsx", "order-T-2.xlsx"]
    names = [cell.value for cell in load_workbook(workspace / "order-T-2.xlsx")[ITEM_SHEET]["A"][2:]]
    assert names == [f"F1.01-{n:03d}" for n in range(6, 13)]


def test_a_blueprint_that_the_standard_forbids_is_refused(workspace: Path, run: Run) -> None:
    write_blueprint(workspace / "bp.yaml", level=5)
    assert "interview" in run.refused("bank", "capacity", "bp.yaml")
