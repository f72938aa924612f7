"""`bank list`, `show` and the schemas of `check`, as a user calls them."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import openpyxl
import pytest
import yaml

from tests.commands.conftest import Run
from tests.samples import item_data, unit_data

UNIT = Path("item_bank/T-1")


def write_items(*rows: dict[str, object]) -> None:
    text = yaml.safe_dump(list(rows), allow_unicode=True, sort_keys=False)
    (UNIT / "items" / "E1.01.yaml").write_text(text, "utf-8")


# ── list ─────────────────────────────────────────────────────────────────────────────────────


def test_list_shows_one_line_an_item_and_how_many_there_are(workspace: Path, run: Run) -> None:
    ran = run.ok("bank", "list", "T-1", "--pc", "E1.*", "--category", "apply", "--level", 4)
    assert ran.out.splitlines()[-1] == "6 of 30 items"
    assert re.findall(r"^E\d\.\d\d-\d{3}", ran.out, re.M) == [
        "E1.01-002", "E1.01-005", "E1.01-008", "E1.02-002", "E1.02-005", "E1.02-008",
    ]  # fmt: skip
    assert run("bank", "list", "T-1", "--words", "ไม่มีคำนี้").out.splitlines() == ["0 of 30 items"]


def test_list_shows_the_facility_that_the_statistics_give(workspace: Path, run: Run) -> None:
    (UNIT / "statistics.csv").write_text(
        "item,item_hash,administration,form,date,n,facility\n"
        "E1.01-001,,2026-1,A,2026-02-01,300,0.8\nE1.02-001,,x,A,,,1.2\n",
        "utf-8-sig",
    )
    found = json.loads(run("bank", "list", "T-1", "--json").out)
    assert found["items"][0]["facility"] == 0.8
    assert [problem["code"] for problem in found["problems"]] == ["statistics-value", "statistics-unbound"]
    assert "0.80" in run("bank", "list", "T-1").out


@pytest.mark.parametrize(
    "options",
    [["--category", "recall"], ["--status", "ok"]],
)
def test_conditions_that_mean_nothing_are_refused(workspace: Path, run: Run, options: list[str]) -> None:
    assert options[0] in run.refused("bank", "list", "T-1", *options, status=2)


def test_without_a_unit_the_units_are_listed(workspace: Path, run: Run) -> None:
    write_items(item_data("E1.01", 1, status="approved"), item_data("E1.01", 2))
    broken = workspace / "item_bank" / "T-2"
    broken.mkdir()
    (broken / "unit.yaml").write_text("code: [", "utf-8")
    ran = run.ok("bank", "list")
    [line] = [line for line in ran.out.splitlines() if line.startswith("T-1")]
    assert line.split() == ["T-1", "หน่วยทดลอง", "3,", "4,", "5", "21", "draft,", "1", "approved"]
    assert "T-2" in ran.out
    assert "examgen bank check T-2" in ran.out
    [unit, fault] = run.json("bank", "list")["units"]
    assert (unit["code"], unit["levels"], unit["items"]) == ("T-1", [3, 4, 5], {"approved": 1, "draft": 21})
    assert (fault["code"], fault["items"]) == ("T-2", None)
    assert "CODE" in run.refused("bank", "list", "--status", "draft", status=2)


# ── show ─────────────────────────────────────────────────────────────────────────────────────


def test_show_gives_an_item_whole(workspace: Path, run: Run) -> None:
    case = {"shared_stimulus": "case-1", "enemies": ["E1.01-002"], "waivers": {"absolutes": "คำของกฎหมาย"}}
    case |= {"anchored": ["d"], "time_s": 90}
    write_items(item_data("E1.01", 1, key=["b", "c"], **case), item_data("E1.01", 2))
    (UNIT / "stimuli.yaml").write_text("- id: case-1\n  text: กรณีศึกษา\n", "utf-8")
    (UNIT / "statistics.csv").write_text(
        f"item,item_hash,administration,form,date,n,facility\nE1.01-001,{'0' * 64},2026-1,A,,9,0.5\n", "utf-8"
    )
    out = run("bank", "show", "E1.01-001").out
    assert re.findall(r"→ (\w)\.", out) == ["b", "c"]
    for words in (
        "กรณีศึกษา",
        "คู่มือทดลอง",
        "enemies: E1.01-002",
        "absolutes: คำของกฎหมาย",
        "anchored: d",
        "expected time: 90 s",
        "facility 0.5 (of an earlier version)",
    ):
        assert words in out
    [item] = run.json("bank", "show", "E1.01-001")["items"]
    assert (item["unit"], item["key"], item["stimulus"]) == ("T-1", ["b", "c"], "กรณีศึกษา")
    assert item["statistics"][0]["current"] is False


def test_show_tells_what_reviewers_said(workspace: Path, run: Run) -> None:
    sha = run.json("bank", "show", "E1.01-001")["items"][0]["hash"]
    review = {
        "item": "E1.01-001", "hash": sha, "edition": "0" * 64, "from": "review", "to": "approved",
        "verdict": "accept", "by": "สมชาย", "date": "2026-11-20", "comment": "ชัดเจน",
    }  # fmt: skip
    text = yaml.safe_dump([review, {**review, "hash": "1" * 64, "comment": "เดิม"}], allow_unicode=True)
    (UNIT / "reviews.yaml").write_text(text.replace("'2026-11-20'", "2026-11-20"), "utf-8")
    lines = [line.strip() for line in run("bank", "show", "E1.01-001").out.splitlines()]
    assert "2026-11-20 สมชาย: review → approved: ชัดเจน" in lines
    assert "2026-11-20 สมชาย: review → approved (of an earlier version): เดิม" in lines
    assert len(run.json("bank", "show", "E1.01-001")["items"][0]["reviews"]) == 2


def test_show_finds_the_unit_and_names_every_unknown_item(workspace: Path, run: Run) -> None:
    assert run("bank", "show", "E2.01-003", "E1.02-001").out.count("T-1") == 2
    ran = run("bank", "show", "E1.01-01", "E1.01-001", "X-1")
    assert ran.status == 1
    assert "E1.01-01 is not one of its items. Did you mean E1.01-0" in ran.err
    assert "X-1 is not one of its items" in ran.err


def test_show_takes_the_unit_first_as_other_commands_do(workspace: Path, run: Run) -> None:
    assert run.ok("bank", "show", "T-1", "E2.01-003").out == run.ok("bank", "show", "E2.01-003").out
    assert len(run.json("bank", "show", "T-1", "E1.01-*")["items"]) == 10
    assert len(run.json("bank", "show", "T-1")["items"]) == 30
    assert "X-1 is not one of its items" in run.refused("bank", "show", "T-1", "X-1")
    run.ok("bank", "show", "T-1", "--preview", "all.html")


def test_a_fault_in_another_unit_does_not_hide_an_item(workspace: Path, run: Run) -> None:
    other = workspace / "item_bank" / "T-2"
    (other / "items").mkdir(parents=True)
    (other / "unit.yaml").write_text("code: [", "utf-8")
    run.ok("bank", "show", "E1.01-001")


# ── preview ──────────────────────────────────────────────────────────────────────────────────


def test_a_preview_without_key_tells_nothing_of_it(workspace: Path, run: Run) -> None:
    write_items(item_data("E1.01", 1, rationale={o: f"เหตุผล-{o}" for o in "abcd"}))
    run.ok("bank", "show", "E1.01-001", "--preview", "plain.html")
    plain = Path("plain.html").read_text("utf-8")
    assert "E1.01-001" in plain
    assert "ตัวเลือก" in re.sub("<[^>]*>", "", plain)
    for secret in ("เหตุผล", "CONFIDENTIAL", "คู่มือทดลอง", "เฉลย"):
        assert secret not in plain
    ran = run("bank", "show", "E1.01-001", "--preview", "key.html", "--key")
    assert "The file contains keys. Keep it secure." in ran.out
    with_key = Path("key.html").read_text("utf-8")
    for secret in ("เหตุผล", "CONFIDENTIAL", "คู่มือทดลอง", "เฉลย"):
        assert secret in with_key
    assert [re.sub(r"\s", "", r) for r in re.findall(r'<tr class="right"><td>(.*?)</td>', with_key)] == [
        "ข.ถูก"
    ]
    assert Path("key.html").stat().st_mode & 0o077 == 0


def test_a_page_needs_no_other_file_and_takes_none_it_should_not(workspace: Path, run: Run) -> None:
    secret = workspace / "secret.txt"
    secret.write_text("a secret of this machine", "utf-8")
    (UNIT / "media").mkdir()
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'
    )
    (UNIT / "media" / "plan.svg").write_text(drawing, "utf-8")
    write_items(item_data("E1.01", 1, stem=f'ดูผัง ![ผัง](plan.svg) src="{secret.as_uri()}" ข้อใดถูก'))
    run.ok("bank", "show", "E1.01-001", "--preview", "page.html")
    html = Path("page.html").read_text("utf-8")
    assert base64.b64encode(b"a secret").decode()[:8] not in html
    [image] = re.findall(r'<img src="data:image/svg\+xml;base64,([^"]+)"', html)
    assert base64.b64decode(image).decode() == drawing
    assert set(re.findall(r"""(?<=src=")[^"]{5}|(?<=url\(")[^"]{5}""", html)) == {"data:"}


def test_items_of_a_stimulus_stand_together_below_it(workspace: Path, run: Run) -> None:
    rows = [item_data("E1.01", n, shared_stimulus="case-1" if n in (1, 3) else None) for n in (1, 2, 3)]
    write_items(*rows)
    (UNIT / "stimuli.yaml").write_text("- id: case-1\n  text: กรณีศึกษา\n", "utf-8")
    run.ok("bank", "show", *(row["id"] for row in rows), "--preview", "p.html")
    html = Path("p.html").read_text("utf-8")
    assert re.findall(r'<div class="tags"><b>(E[^<]+)', html) == ["E1.01-001", "E1.01-003", "E1.01-002"]
    assert html.count("กรณีศึกษา") == 1


def test_a_preview_as_pdf_is_marked(workspace: Path, run: Run) -> None:
    pdf = pytest.importorskip("pypdfium2")
    run.ok("bank", "show", "E1.01-001", "--preview", "p.pdf", "--key")
    text = pdf.PdfDocument("p.pdf")[0].get_textpage().get_text_range()
    assert "CONFIDENTIAL" in text
    assert "DRAFT" in text
    assert "E1.01-001" in text


def test_previews_that_cannot_be_are_refused(workspace: Path, run: Run) -> None:
    assert run("bank", "show", "T-1", "--preview", "p.docx").status == 2
    assert "E1.01-0" in run("bank", "show", "E1.01-01", "--preview", "p.html").err
    Path("p.html").write_text("mine")
    assert run("bank", "show", "T-1", "--preview", "p.html").status == 2
    assert Path("p.html").read_text() == "mine"
    run.ok("bank", "show", "E1.01-001", "--preview", "p.html", "--replace")


# ── schema ───────────────────────────────────────────────────────────────────────────────────


def test_the_schema_goes_to_the_screen_or_to_a_file(workspace: Path, run: Run) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    shown = json.loads(run("bank", "check", "--schema", "all").out)
    run.ok("bank", "check", "--schema", "all", "--out", "bank.schema.json")
    assert json.loads(Path("bank.schema.json").read_text("utf-8")) == shown
    jsonschema.validate(unit_data(), shown)
    assert json.loads(run("bank", "check", "--schema", "items").out)["type"] == "array"
    assert (
        "--schema must be one of all, items, models, stimuli, blueprint, unit, levels, corrections"
        in run.refused("bank", "check", "--schema", "exam", status=2)
    )


def test_commands_on_items_say_what_to_type_next(workspace: Path, run: Run) -> None:
    assert "Next: examgen bank status T-1 all --to review --by NAME" in run.ok("bank", "check", "T-1").out
    to_review = run.ok("bank", "status", "T-1", "all", "--to", "review", "--by", "S").out
    assert "Next: examgen bank status T-1 all --to approved --by NAME" in to_review
    approved = run.ok("bank", "status", "T-1", "all", "--to", "approved", "--by", "S").out
    assert "Next: examgen blueprint new T-1" in approved


def test_a_changed_option_is_named_in_the_language_asked(workspace: Path, run: Run) -> None:
    run.ok("bank", "export", "T-1", "t.xlsx")
    book = openpyxl.load_workbook("t.xlsx")
    head = next(
        cell for one in book for row in one.iter_rows(max_row=9) for cell in row if cell.value == "Option b"
    )
    head.parent.cell(head.row + 1, head.column).value = "อย่างอื่น"
    assert {"ก", "a"} <= {
        cell.value for one in book if one.sheet_state == "hidden" for row in one for cell in row
    }
    book.save("t.xlsx")
    for language, heading in (("en", "Option b"), ("th", "ตัวเลือก ข")):
        out = run.ok("--lang", language, "bank", "import", "t.xlsx", "--dry-run").out
        assert re.search(rf"^  {heading}  \(", out, flags=re.M), out
