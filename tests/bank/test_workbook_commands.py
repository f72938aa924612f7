"""`examgen bank export` and `bank import` as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from examgen.bank.workbook.columns import ITEM_SHEET
from examgen.commands import main
from tests.samples import item_data, write_unit


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr("sys.argv", ["examgen", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        main()
    return int(stop.value.code or 0)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_unit(tmp_path / "item_bank", [item_data("E1.01", n) for n in (1, 2)])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def edit(path: Path, cell: str, value: str) -> None:
    book = load_workbook(path)
    book[ITEM_SHEET][cell] = value
    book.save(path)


def test_a_change_is_shown_old_and_new_and_written(
    place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "bank", "export", "T-1", "f.xlsx") == 0
    edit(place / "f.xlsx", "F3", "ข้อใดถูกต้อง [ที่สุด]")
    assert run(monkeypatch, "bank", "import", "f.xlsx", "--dry-run") == 0
    shown = capfd.readouterr().out
    assert "E1.01-001  (f.xlsx:ข้อสอบ Items!F3)" not in shown
    assert "    - คำถามที่ 1 ของเกณฑ์ E1.01 ข้อใดถูก\n    + ข้อใดถูกต้อง [ที่สุด]\n" in shown
    assert "1 changed, 0 new, 1 unchanged; nothing was written" in shown
    assert run(monkeypatch, "bank", "import", "f.xlsx", "--json", "--workspace", place) == 0
    done = json.loads(capfd.readouterr().out)
    assert (done["unit"], done["written"], done["unchanged"]) == ("T-1", True, 1)
    assert done["changed"][0]["fields"][0]["new"] == "ข้อใดถูกต้อง [ที่สุด]"
    assert "ข้อใดถูกต้อง [ที่สุด]" in (place / "item_bank" / "T-1" / "items" / "E1.01.yaml").read_text("utf-8")
    assert run(monkeypatch, "bank", "import", "f.xlsx") == 0
    assert "0 changed, 0 new, 2 unchanged; nothing was written" in capfd.readouterr().out


def test_a_workbook_is_not_written_over_unasked(
    place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "bank", "export", "T-1", "f.xlsx") == 0
    assert run(monkeypatch, "bank", "export", "T-1", "f.xlsx") == 2
    assert "--replace" in capfd.readouterr().err
    assert run(monkeypatch, "bank", "export", "T-1", "f.xlsx", "--replace") == 0
    assert run(monkeypatch, "bank", "export", "T-1", "f.ods") == 2
    assert run(monkeypatch, "bank", "export", "T-9", "g.xlsx") == 1
    assert not (place / "g.xlsx").exists()
    assert run(monkeypatch, "bank", "import", "missing.xlsx") == 2
