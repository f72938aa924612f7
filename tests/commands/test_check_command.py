"""`examgen bank check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.commands.conftest import Run

FILE = "item_bank/T-1/items/E1.01.yaml"


def change_first(workspace: Path, **changes: object) -> None:
    path = workspace / FILE
    items = yaml.safe_load(path.read_text("utf-8"))
    items[0].update(changes)
    path.write_text(yaml.safe_dump(items, allow_unicode=True, sort_keys=False), "utf-8")


ABOVE = {"a": "น้ำ", "b": "น้ำมัน", "c": "ทราย", "d": "ถูกทุกข้อ"}


def test_an_error_of_a_rule_is_told_at_its_line_and_refuses(workspace: Path, run: Run) -> None:
    change_first(workspace, options=ABOVE)
    ran = run("bank", "check", "T-1")
    assert ran.status == 1
    lines = (workspace / FILE).read_text("utf-8").splitlines()
    line = next(n for n, text in enumerate(lines, 1) if "ถูกทุกข้อ" in text)
    assert f"T-1/items/E1.01.yaml:{line}: E1.01-001 options.d" in ran.err
    assert "[all-or-none-of-the-above]" in ran.err


def test_only_the_rule_that_is_asked_for_is_run(workspace: Path, run: Run) -> None:
    change_first(workspace, options=ABOVE)
    ran = run("bank", "check", "--rule", "all-or-none-of-the-above", "--json")
    found = json.loads(ran.out)
    assert [problem["code"] for problem in found["problems"]] == ["all-or-none-of-the-above"]
    assert found["units"] == [{"code": "T-1", "items": 30, "instruments": 0}]
    run.ok("bank", "check", "--rule", "double-sara-e")


def test_waived_findings_are_counted_and_listed_on_request(workspace: Path, run: Run) -> None:
    change_first(workspace, options=ABOVE, waivers={"all-or-none-of-the-above": "ตามแบบเดิมของสภาวิชาชีพ"})
    rule = ("--rule", "all-or-none-of-the-above")
    ran = run.ok("bank", "check", *rule)
    assert "1 waived" in ran.out
    assert "สภาวิชาชีพ" not in ran.text
    assert "ตามแบบเดิมของสภาวิชาชีพ" in run("bank", "check", *rule, "--waived").out
    [waived] = run.json("bank", "check", *rule)["waived"]
    assert (waived["item"], waived["reason"]) == ("E1.01-001", "ตามแบบเดิมของสภาวิชาชีพ")


def test_the_workspace_decides_on_severity(workspace: Path, run: Run) -> None:
    change_first(workspace, options=ABOVE)
    (workspace / "examgen.yaml").write_text("rules: {all-or-none-of-the-above: notice, near-duplicate: off}")
    assert "notice: T-1/items/E1.01.yaml" in run.ok("bank", "check").err
    listed = {line["code"]: line["severity"] for line in run.json("bank", "check", "--rules")}
    assert (listed["near-duplicate"], listed["all-or-none-of-the-above"]) == ("off", "notice")
    [line] = [
        one for one in run("bank", "check", "--rules").out.splitlines() if one.startswith("near-duplicate")
    ]
    assert line.split()[1] == "off"


def test_faults_of_the_settings_refuse_with_their_line(workspace: Path, run: Run) -> None:
    (workspace / "examgen.yaml").write_text("rules:\n  key-longest: off\n  abslutes: off\n")
    ran = run("bank", "check")
    assert ran.status == 1
    assert "examgen.yaml:3" in ran.err
    assert "Did you mean absolutes?" in ran.err
    (workspace / "examgen.yaml").write_bytes(b"rules: \xff")
    assert "not UTF-8" in run("bank", "check").err


def test_a_rule_that_is_not_there_is_wrong_usage(workspace: Path, run: Run) -> None:
    for words in (("check", "--rule", "key-longset"), ("check", "--rules", "--rule", "key-longset")):
        assert "Did you mean key-longest?" in run.refused("bank", *words, status=2)


def test_the_page_of_a_rule_is_printed(workspace: Path, run: Run, root: Path) -> None:
    page = (root / "docs/rules/absolutes.md").read_text("utf-8")
    assert run("bank", "check", "--rules", "--rule", "absolutes").out.strip() == page.strip()
    assert "key-echoes-stem" in run("bank", "check", "--rules").out


def test_one_line_tells_of_many_units(workspace: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("examgen.commands.bank.checks._MOST_UNITS", 0)
    out = run("bank", "check", "--rule", "double-sara-e").out
    assert "items: 30, no structural errors" in out
    assert "T-1" not in out
