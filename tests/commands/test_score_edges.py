"""Scorings at the edge: a cut that a drop has put out of reach, a key without points, accepted letters."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from examgen.core.exam.names import KEY_CSV
from tests.commands.conftest import Run, write_blueprint
from tests.digests import renewed
from tests.sittings import table

ON_RECORD = "only_here: true, reason: r, by: committee, date: 2026-11-20"


@pytest.fixture
def exam_dir(workspace: Path, run: Run) -> Path:
    """One form, a cut of all its points, and twenty candidates in all.csv."""
    write_blueprint(workspace / "bp.yaml", items=6, **{"pass": {"cut": 6, "reason": "r"}})
    run.ok("build", "bp.yaml")
    folder = workspace / "output" / "T-1-L4"
    run.ok("simulate", folder, "--candidates", 20, "--seed", 1, "--out", "all.csv")
    return folder


@pytest.mark.parametrize("dropped", [[], [3]])
def test_a_cut_that_a_drop_puts_out_of_reach_is_told(exam_dir: Path, run: Run, dropped: list[int]) -> None:
    lines = [f"- {{kind: drop, form: A, question: {n}, {ON_RECORD}}}\n" for n in dropped]
    Path("c.yaml").write_text("".join(lines), "utf-8")
    ran = run.ok(
        "score", exam_dir, "all.csv", "--no-signals", *(["--corrections", "c.yaml"] if lines else [])
    )
    audit = json.loads((exam_dir / "results/audit.json").read_text("utf-8"))
    said = " ".join(ran.out.split())
    if dropped:
        assert audit["cut_out_of_reach"] == {"A": {"cut": "6", "max_score": "5"}}
        assert (
            "Form A: after corrections the cut is 6 but only 5 points remain, so no candidate can pass"
            in said
        )
        assert {row["decision"] for row in table(exam_dir / "results/candidates.csv")} == {"fail"}
    else:
        assert "cut_out_of_reach" not in audit
        assert "nobody can pass" not in said


def test_a_key_by_which_nothing_has_points_is_refused(exam_dir: Path, run: Run) -> None:
    key = exam_dir / KEY_CSV
    key.chmod(0o600)
    key.write_bytes(key.read_bytes().replace(b",1\n", b",0\n"))
    renewed(exam_dir, KEY_CSV)
    assert "no question of form A has points" in " ".join(run.refused("score", exam_dir, "all.csv").split())
    assert not (exam_dir / "results").exists() or not list((exam_dir / "results").glob("*.csv"))


@pytest.mark.parametrize("several", ["all", "partial"])
def test_an_item_with_another_answer_accepted_stays_of_one_mark(
    workspace: Path, run: Run, several: str
) -> None:
    write_blueprint(workspace / "bp.yaml", items=6, scoring={"several": several})
    run.ok("build", "bp.yaml")
    exam_dir = workspace / "output" / "T-1-L4"
    first = next(row for row in table(exam_dir / KEY_CSV) if row["question"] == "1")
    other = "B" if first["key"] == "A" else "A"
    Path("c.yaml").write_text(
        f"- {{kind: accept, form: A, question: 1, key: {other}, {ON_RECORD}}}\n", "utf-8"
    )
    marks = [first["key"], other, f"{first['key']}|{other}"]
    rows = [f"c{k},A,{mark},,,,,\n" for k, mark in enumerate(marks)]
    head = "candidate_id,form," + ",".join(f"Q{n}" for n in range(1, 7)) + "\n"
    Path("a.csv").write_text(head + "".join(rows), "utf-8")
    run.ok("score", exam_dir, "a.csv", "--no-signals", "--corrections", "c.yaml")
    assert [row["score"] for row in table(exam_dir / "results/candidates.csv")] == ["1", "1", "0"]


def test_a_row_that_may_be_a_note_is_scored_once_that_is_decided(exam_dir: Path, run: Run) -> None:
    head, *rows = Path("all.csv").read_text("utf-8-sig").splitlines()
    noted = [f"{head},note", f'{rows[0]},"see', f"{rows[1]},x", 'end"', *(f"{row},y" for row in rows[2:])]
    Path("n.csv").write_text("\n".join([*noted, ""]), "utf-8")
    assert run("score", exam_dir, "n.csv", "--no-signals", "--out", "one").status == 3
    left = [(row["line"], row["reason"]) for row in table(Path("one/quarantine.csv"))]
    assert left == [("2", "broken_quote"), ("3", "broken_quote"), ("4", "broken_quote")]
    decision = f"n.csv,3,{rows[1].split(',')[0]},,seen,committee,2026-11-20"
    Path("who.csv").write_text(f"file,line,candidate_id,form,reason,by,date\n{decision}\n", "utf-8")
    assert (
        run("score", exam_dir, "n.csv", "--no-signals", "--identities", "who.csv", "--out", "two").status == 3
    )
    assert [row["line"] for row in table(Path("two/quarantine.csv"))] == ["2", "4"]
    assert len(table(Path("two/candidates.csv"))) == len(table(Path("one/candidates.csv"))) + 1
