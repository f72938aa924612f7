"""Scored runs on the command line: compared, verified, and their fingerprint."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from examgen.core.exam.names import RUN_PACKAGE
from examgen.core.exam.new_runs import stage_run
from examgen.core.files import sha256_of
from tests.commands.conftest import Run, write_blueprint
from tests.sittings import table

HEAD = "candidate_id,form,score,decision"
Row = tuple[str, str, int, str, str, str]
BEFORE: list[Row] = [
    ("001", "A", 6, "fail", "ห้อง 1", "not_met"),
    ("'=2", "A", 8, "pass", "ห้อง 1", "met"),
    ("003", "B", 9, "pass", "ห้อง 2", "met"),
    ("004", "B", 5, "fail", "ห้อง 2", "not_met"),
]
AFTER: list[Row] = [
    ("001", "A", 7, "pass", "ห้อง 1", "met"),
    ("'=2", "A", 7, "pass", "ห้อง 1", "met"),
    ("003", "B", 9, "pass", "ห้อง 2", "met"),
    ("005", "B", 5, "fail", "ห้อง 2", "not_met"),
]


def write_run(results: Path, rows: list[Row], key: int, scored: tuple[int, int] = (1, 3)) -> str:
    """A run with these candidates; its fingerprint."""
    with stage_run(results) as staged:
        candidates = ["candidate_id,form,score,max_score,decision,ห้อง"]
        candidates += [f"{who},{form},{score},12,{said},{room}" for who, form, score, said, room, _ in rows]
        statuses = ["candidate_id,form,E1.01_correct,E1.01_status"]
        statuses += [f"{who},{form},1,{status}" for who, form, _, _, _, status in rows]
        for name, lines in (("candidates.csv", candidates), ("pc_results.csv", statuses)):
            (staged.folder / name).write_text("\n".join(lines) + "\n", "utf-8-sig")
        inputs = [{"file": name, "scored": n} for name, n in zip(("n.csv", "s.csv"), scored, strict=True)]
        package = results.parent / "exam.yaml"
        shutil.copyfile(package, staged.folder / RUN_PACKAGE)
        audit = {"key": {"version": key}, "inputs": inputs, "manifest": sha256_of(package)}
        return staged.commit(audit).run.fingerprint


@pytest.fixture
def prints(exam_dir: Path) -> list[str]:
    """Fingerprints of two runs of the exam."""
    return [write_run(exam_dir / "results", rows, n) for n, rows in enumerate((BEFORE, AFTER), 1)]


@pytest.mark.usefixtures("prints")
def test_two_runs_are_compared(exam_dir: Path, workspace: Path, run: Run) -> None:
    ran = run.ok("score", exam_dir, "--compare", 1, 2, "--out", "changes.csv")
    assert "run 1 → run 2" in ran.out
    assert "Changed between the runs: key" in ran.out
    assert "candidates whose score changed: 2 (1 up, 1 down; mean 0 points)" in ran.out
    assert "candidates whose decision changed: 1 now pass, 0 now fail" in ran.out
    assert "pass rate: 50.00 % before, 75.00 % after" in ran.out
    assert "only in run 1: 1 (004)" in ran.out
    assert "only in run 2: 1 (005)" in ran.out
    for title in ("By form", "By answer file", "By room", "By performance criterion"):
        assert title in ran.out
    rows = {row["candidate_id"]: row for row in table(workspace / "changes.csv")}
    assert list(rows) == ["001", "'=2", "004", "005"]
    assert (rows["001"]["change"], rows["001"]["criteria"]) == ("1", "E1.01: not_met → met")
    assert (rows["'=2"]["score_before"], rows["'=2"]["score_after"], rows["'=2"]["file"]) == (
        "8",
        "7",
        "s.csv",
    )
    assert (rows["004"]["score_after"], rows["005"]["score_before"]) == ("", "")


@pytest.mark.usefixtures("prints")
def test_a_comparison_as_json(exam_dir: Path, run: Run) -> None:
    told = run.json("score", exam_dir, "--compare", exam_dir / "results/runs/0001", 2)
    assert (told["before"], told["after"], told["causes"]) == ("0001", "0002", ["key"])
    assert [one["candidate_id"] for one in told["decisions"]] == ["001"]
    assert (told["all"]["pass_rate_before"], told["all"]["pass_rate_after"]) == (0.5, 0.75)
    assert [one["name"] for one in told["groups"]["file"]] == ["n.csv", "s.csv"]
    assert [one["score_changed"] for one in told["groups"]["file"]] == [1, 1]
    same = run.json("score", exam_dir, "--compare", 2, 2)
    assert (same["all"]["score_changed"], same["decisions"], same["only_before"]) == (0, [], [])


@pytest.mark.usefixtures("prints")
def test_what_is_no_run_cannot_be_compared(exam_dir: Path, workspace: Path, run: Run) -> None:
    (workspace / "other").mkdir()
    for name in ("7", "other", "nowhere"):
        ran = run("score", exam_dir, "--compare", 1, name)
        assert ran.status == 2
        assert "contains no run 7 (found: 1, 2)" in ran.err or "is not a run" in ran.err
    (workspace / "other/candidates.csv").write_text(f"{HEAD}\n1,A,2,pass\n")
    assert "pc_results.csv is missing" in run("score", exam_dir, "--compare", 1, "other").err
    (workspace / "other/pc_results.csv").write_text("candidate_id,form\n1,A\n")
    run.ok("score", exam_dir, "--compare", 1, "other")
    for text in ("", "a,b\n1,2\n", f"{HEAD}\n1,A,x,pass\n", f"{HEAD}\n" + "1,A,1,pass\n" * 2, "\0", '"'):
        (workspace / "other/candidates.csv").write_text(text)
        assert "is not a result file of examgen" in run.refused("score", exam_dir, "--compare", 1, "other")


def test_verify_tells_the_fingerprint_and_knows_it_again(exam_dir: Path, run: Run, prints: list[str]) -> None:
    ran = run.ok("verify", exam_dir)
    assert [f"run {n}: fingerprint {told}" in ran.out for n, told in enumerate(prints, 1)] == [True, True]
    assert f"{prints[0]} (matches the minutes" in run("verify", exam_dir, "--fingerprint", prints[0]).out
    told = run.json("verify", exam_dir)
    assert [one["sha256"][:16] for one in told["runs"]] == prints
    assert "nothing here has the fingerprint" in run.refused("verify", exam_dir, "--fingerprint", "0" * 16)
    assert run("verify", exam_dir, "--fingerprint", "abc").status == 2


@pytest.mark.usefixtures("quick")
def test_exam_and_package_have_fingerprints_too(workspace: Path, run: Run) -> None:
    write_blueprint(workspace / "bp.yaml", items=3)
    built = run("build", "bp.yaml", "--out", "one")
    told = run.json("build", "bp.yaml", "--out", "one")["fingerprints"]
    assert f"fingerprint {told['exam'][:16]}" in built.out
    verified = run.json("verify", "one")
    assert verified["fingerprints"] == told
    assert (verified["checked"]["runs"], verified["checked"]["reports"]) == ([], {})
    assert "statistics.csv of the item bank" in verified["not_checked"]
    asked = ("--fingerprint", told["exam"][:16], "--fingerprint", told["package"])
    both = run.ok("verify", "one", *asked, "--verbose")
    assert both.out.count("matches the minutes") == 2
    assert "  statistics.csv of the item bank" in both.out
    assert "not checked: 4 kinds of files" in run.ok("verify", "one").out
    rendered = run("render", "one")
    printed = run.json("verify", "one")["fingerprints"]
    assert printed["exam"] == told["exam"]
    assert printed["package"] != told["package"]
    assert f"of the printed package {printed['package'][:16]}" in rendered.out
    run.ok("verify", "one", "--fingerprint", told["exam"])
    assert run("verify", "one", "--fingerprint", told["package"]).status == 1
    path = workspace / "one" / "exam.yaml"
    path.write_text(path.read_text("utf-8").replace("draft: true", "draft: false"), "utf-8")
    run.ok("verify", "one")  # nothing was scored with it yet
    assert run("verify", "one", "--fingerprint", told["exam"]).status == 1
