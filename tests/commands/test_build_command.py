"""`examgen build`: what it tells of the forms, what it writes, what it orders where the bank is too small."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.commands.conftest import Run, write_blueprint
from tests.samples import PCS, item_data, write_unit


def test_a_dry_run_tells_all_and_writes_nothing(workspace: Path, run: Run) -> None:
    write_blueprint(workspace / "bp.yaml", forms=2, criteria={"all": 4})
    ran = run.ok("build", "bp.yaml", "--dry-run")
    assert "forms share 0 items" in ran.out
    assert "all 6 requirements met" in ran.out
    assert "Nothing was written" in ran.out
    assert list((workspace / "output").iterdir()) == []


def test_a_percentage_below_one_is_asked_about(workspace: Path, run: Run) -> None:
    """A pass mark of 0.6 would let everybody pass."""
    unclear = {"pass": {"percent": 0.6}, "judgement": {"percent": 0.5}}
    write_blueprint(workspace / "bp.yaml", forms=2, **unclear)
    said = run.refused("build", "bp.yaml")
    assert "bp.yaml:" in said
    for what in ("pass.percent: 0.6 is ambiguous. Write 60% or 0.6%.", "judgement.percent"):
        assert what in said
    write_blueprint(workspace / "bp.yaml", forms=2, **{"pass": {"percent": "0.6%"}})
    run.ok("build", "bp.yaml")


def test_the_report_of_a_build_is_in_the_package_the_same_each_time(workspace: Path, run: Run) -> None:
    write_blueprint(workspace / "bp.yaml", forms=2)
    run.ok("build", "bp.yaml", "--out", "one")
    run.ok("build", "bp.yaml", "--out", "two")
    one, two = (Path(name, "secure", "build-report.html").read_bytes() for name in ("one", "two"))
    assert one == two
    assert b"T-1-L4" in one
    run.ok("verify", "one")
    assert "One differs from the exam one only in capital letters" in run.refused(
        "build", "bp.yaml", "--out", "One"
    )
    run.ok("build", "bp.yaml", "--out", "one")
    Path("one/secure/build-report.html").write_bytes(one + b" ")
    assert run("verify", "one").status == 1


def test_json_tells_how_the_forms_were_found(workspace: Path, run: Run) -> None:
    write_blueprint(workspace / "bp.yaml", forms=2, anchor=3)
    told = run.json("build", "bp.yaml", "--dry-run")
    assert told["solved"]["path"] == "exact"
    assert len(told["anchor"]) == 3
    assert all(set(told["anchor"]) <= set(form["items"]) for form in told["forms"])


def test_the_mean_level_of_the_items_is_told_beside_that_of_the_paper(workspace: Path, run: Run) -> None:
    write_blueprint(workspace / "bp.yaml", forms=2, level=3)
    told = run.json("build", "bp.yaml", "--dry-run")
    assert told["level"] == {"paper": 3, "items": {"A": 3.5, "B": 3.5}}
    items = [item_data(pc, n, levels=[3] if pc == "E1.01" else [3, 4]) for pc in PCS for n in range(1, 11)]
    shutil.rmtree(workspace / "item_bank" / "T-1")
    write_unit(workspace / "item_bank", items=items)
    told = run.json("build", "bp.yaml", "--dry-run")
    own = {
        form["form"]: [3 if name.startswith("E1.01") else 3.5 for name in form["items"]]
        for form in told["forms"]
    }
    assert told["level"]["items"] == pytest.approx(
        {name: sum(one) / len(one) for name, one in own.items()}, abs=1e-3
    )
    assert max(told["level"]["items"].values()) < 3.5


def test_how_sure_the_judgement_is_is_told_before_anybody_sits(workspace: Path, run: Run) -> None:
    error = {"min_items": 3, "percent": 60, "error": {"percent": 20, "apart": 20}}
    write_blueprint(workspace / "bp.yaml", criteria={"all": 4}, judgement=error, **{"pass": {"percent": 60}})
    run("build", "bp.yaml")
    page = Path("output/T-1-L4/secure/build-report.html").read_text(encoding="utf-8")
    for words in (
        "meets the criterion in 18 of 100 sittings, and a candidate with a true share of 80 % does not meet it in 18",
        "meets at least one of the 3 judged criteria in 14 % of sittings.",
        "To have at most 20 of 100 results wrong for candidates at 40 % (wrongly met)",
    ):
        assert words in page
    told = run.json("build", "bp.yaml", "--dry-run")["judgement"]
    assert [(one["level"], one["n_items"], one["met_from"]) for one in told["kinds"]] == [
        ("criterion", 4, "3"), ("element", 8, "5"), ("element", 4, "3"), ("unit", 12, "8"),
    ]  # fmt: skip
    assert told["kinds"][0]["met"]["50"] == 0.3125
    assert told["pass"][0]["guesser"] == pytest.approx(0.002782, abs=1e-6)
    assert told["items_needed"][0]["both"] == {"least": 4, "between": [], "always": 6}


def test_what_certainty_costs_is_told_and_the_third_state_comes_through(workspace: Path, run: Run) -> None:
    rule = {"min_items": 3, "percent": 60, "certainty": {"percent": 80}}
    write_blueprint(workspace / "bp.yaml", criteria={"all": 4}, judgement=rule)
    run("build", "bp.yaml")
    page = Path("output/T-1-L4/secure/build-report.html").read_text(encoding="utf-8")
    assert "If 80 % certainty is required, 4 items leave candidates" in page
    assert "To have at most 20 of 100 results undecided" in page
    told = run.json("build", "bp.yaml", "--dry-run")["judgement"]
    assert told["kinds"][0]["undecided"]["60"] == pytest.approx(0.6912)
    assert told["items_needed"][0]["decided"] == {"least": 64, "between": [*range(68, 74)], "always": 75}
    folder = Path("output/T-1-L4")
    run.ok("simulate", folder, "--candidates", 40, "--seed", 3, "--out", "answers.csv")
    assert "undecided" in run.ok("score", folder, "answers.csv", "--verbose").out
    said = (folder / "results/pc_results.csv").read_text("utf-8-sig")
    assert {",undecided", ",met", ",not_met"} == set(re.findall(r",(?:undecided|met|not_met)\b", said))
    run.ok("verify", folder)
    run.ok("score", folder, "answers.csv", "--format", "xlsx", "--out", "again")
    assert Path("again/results.xlsx").is_file()


def test_a_bank_too_small_ends_with_4_reasons_and_repairs(workspace: Path, run: Run) -> None:
    write_blueprint(workspace / "bp.yaml", forms=2, criteria={"E2.01": 6})
    ran = run("build", "bp.yaml")
    assert ran.status == 4
    assert (
        "criteria.E2.01: the blueprint requires 6 items of E2.01 in each of 2 forms "
        "without overlap, so 12 different items" in ran.err
    )
    assert "Try one of these, the simplest first" in ran.err
    assert "  – write 2 items of E2.01 (level 4)\n" in ran.err
    assert "เขียนข้อสอบเพิ่ม" not in ran.err
    assert "เขียนข้อสอบเพิ่ม" in run("--lang", "th", "build", "bp.yaml").err
    told = run.json("build", "bp.yaml")
    assert told["error"]["exit"] == 4
    assert {"field": "criteria.E2.01"}.items() <= told["causes"][0].items()
    assert any(one["write"] for one in told["repairs"])


def test_a_thai_reader_is_told_in_thai_alone_why_there_is_no_exam(workspace: Path, run: Run) -> None:
    write_blueprint(workspace / "bp.yaml", items=40)
    ran = run("--lang", "th", "build", "bp.yaml", "--dry-run")
    assert ran.status == 4
    assert "ผังข้อสอบกำหนดข้อสอบ จำนวน 40 ข้อ แต่คลังข้อสอบมีข้อที่ใช้ได้" in ran.err
    assert ran.err.count("ผังข้อสอบกำหนด") == 1
    assert "  – เขียนข้อสอบเพิ่ม: " in ran.err
    assert not any(word in ran.err for word in ("blueprint", "write", "ask for", " or ", " and "))


def test_the_units_of_a_qualification_are_found_in_the_bank(workspace: Path, run: Run) -> None:
    write_blueprint(workspace / "bp.yaml", units="qualification", occupation="ช่าง")
    assert "no unit of the bank lists ช่าง at level 4" in run.refused("build", "bp.yaml", "--dry-run")
    unit = workspace / "item_bank" / "T-1" / "unit.yaml"
    unit.write_text(unit.read_text("utf-8") + "\noccupations: [{name: ช่าง, levels: [3, 4]}]\n", "utf-8")
    assert len(json.loads(run.ok("build", "bp.yaml", "--dry-run", "--json").out)["forms"][0]["items"]) == 12


def test_statistics_count_in_builds_and_in_coverage(workspace: Path, run: Run) -> None:
    folder = workspace / "item_bank" / "T-1"
    (folder / "blueprints").mkdir()
    rule = {"facility": {"target": 0.6, "within": 0.05}}
    write_blueprint(folder / "blueprints" / "bp.yaml", statistics=rule)
    assert "12 needed" in run("bank", "coverage", "T-1").out
    assert run("build", folder / "blueprints" / "bp.yaml", "--dry-run").status == 4
    lines = [
        f"{pc}-{n:03d},,2568,A,2025-05-01,200,{0.5 + 0.01 * (n + k)}"
        for k, pc in enumerate(("E1.01", "E1.02", "E2.01"))
        for n in range(1, 11)
    ]
    head = "item,item_hash,administration,form,date,n,facility"
    (folder / "statistics.csv").write_text("\n".join([head, *lines]) + "\n", "utf-8")
    assert "1 blueprint has enough items" in run("bank", "coverage", "T-1").out
    run.ok("build", folder / "blueprints" / "bp.yaml", "--dry-run")


def test_a_package_reads_back_with_every_part_of_its_blueprint(workspace: Path, run: Run) -> None:
    write_blueprint(
        workspace / "bp.yaml",
        items=8,
        forms=2,
        spare=1,
        level_mix={3: {"min": 1}},
        status_mix={"draft": "100%"},
        quantities={"time_s": {"mean": {"max": 90}}},
        sets=[{"name": "few", "items": ["E1.01-001", "E1.01-002"], "max": 1}],
        order={"items": "mixed"},
    )
    run.ok("build", "bp.yaml", "--out", "one")
    run.ok("verify", "one")
    run.ok("simulate", "one", "--candidates", 9, "--seed", 1, "--out", "a.csv")


def test_dates_that_are_not_known_are_told_and_not_guessed(workspace: Path, run: Run) -> None:
    text = "item,administration,form,date,n,facility\nE1.01-001,2569/1,A,19/06/2026,50,0.5\n"
    (workspace / "item_bank" / "T-1" / "statistics.csv").write_text(text, "utf-8")
    write_blueprint(workspace / "bp.yaml", exclude_last=1)
    ran = run("build", "bp.yaml", "--dry-run")
    assert ran.status == 1
    assert "statistics.csv:2" in ran.err
    assert "19/06/2026 is not written like 2026-06-19" in ran.err
    write_blueprint(workspace / "bp.yaml")
    ran = run.ok("build", "bp.yaml", "--dry-run")
    assert "statistics-date" in ran.text


def test_numbers_that_mean_nothing_are_refused_by_name(workspace: Path, run: Run) -> None:
    for changes, field in (
        ({"quantities": {"time_s": {"sum": {"max": float("nan")}}}}, "quantities.time_s.sum.max"),
        ({"statistics": {"information": {"at": [0], "target": [float("inf")]}}}, "information.target.0"),
        ({"time_min": 10**400}, "is too long a number"),
        ({"criteria": {"all": {"max": 10**400}}}, "is too long a number"),
    ):
        write_blueprint(workspace / "bp.yaml", **changes)
        assert field in run.refused("build", "bp.yaml", "--dry-run")


def test_items_that_their_status_alone_leaves_out_are_told_with_the_cure(workspace: Path, run: Run) -> None:
    write_blueprint(workspace / "bp.yaml", statuses=None)
    ran = run("build", "bp.yaml")
    assert ran.status == 4
    cure = (
        "30 items are excluded only because of their status (30 draft). Have them reviewed "
        "(`examgen bank status`) or, for a trial, allow that status."
    )
    assert cure in ran.err
    assert "สถานะร่าง 30 ข้อ" in run("--lang", "th", "build", "bp.yaml").err
    write_blueprint(workspace / "bp.yaml", statuses=["draft"])
    run.ok("build", "bp.yaml", "--dry-run")


def test_no_cure_is_told_for_items_that_something_else_leaves_out_too(workspace: Path, run: Run) -> None:
    write_unit(workspace / "other/item_bank", [item_data("E1.01", n, levels=[3]) for n in range(1, 10)])
    write_blueprint(workspace / "bp.yaml", statuses=None)
    ran = run("build", "bp.yaml", "--workspace", "other")
    assert ran.status == 4
    assert "left out only" not in ran.err


def test_forms_that_ask_other_thinking_are_told_so(workspace: Path, run: Run) -> None:
    items = [item_data(pc, n, cognitive="apply" if n % 3 else "remember") for pc in PCS for n in range(1, 11)]
    shutil.rmtree(workspace / "item_bank")
    write_unit(workspace / "item_bank", items)
    apply = {one["id"] for one in items if one["cognitive"] == "apply"}
    seen = set()
    for seed in range(1, 9):
        write_blueprint(workspace / "open.yaml", forms=2, items=10, seed=seed)
        found = run.json("build", "open.yaml", "--dry-run")
        told = [one["message"] for one in found["problems"] if one["code"] == "forms-apart"]
        least, most = sorted(len(apply & set(form["items"])) for form in found["forms"])
        apart = f"remember {10 - most}–{10 - least} and apply {least}–{most}"
        assert [apart in one for one in told] == [True] * (most - least > 1)
        seen.add(bool(told))
    assert seen == {True, False}
