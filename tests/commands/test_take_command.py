"""`examgen take`, and `score` of what was given to a sitting: nothing is named twice, nothing is forgotten."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.commands.conftest import Once, Run, two_forms, write_blueprint
from tests.sittings import table

ON_RECORD = "by: committee, date: 2026-11-20"
CORRECTION = f"- {{kind: drop, form: A, question: 1, only_here: true, reason: two right, {ON_RECORD}}}\n"
RESULTS = ("candidates.csv", "pc_results.csv", "pc_coverage.csv", "quarantine.csv")


@pytest.fixture
def exam_dir(workspace: Path, run: Run, once: Once) -> Path:
    """Two forms; the answers of forty candidates in n.csv and s.csv, one row of n.csv without its number."""
    return once(workspace, answered, run)


def answered(run: Run) -> None:
    two_forms(run)
    run.ok("simulate", "output/T-1-L4", "--candidates", 40, "--seed", 1, "--out", "all.csv")
    head, *lines = Path("all.csv").read_text("utf-8-sig").splitlines()
    lines[3] = lines[3].replace("SYN-00004", "")
    for name, some in (("n.csv", lines[:20]), ("s.csv", lines[20:])):
        Path(name).write_text("\n".join([head, *some]) + "\n", "utf-8")
    Path("identities.csv").write_text(
        "file,line,candidate_id,form,reason,by,date\nn.csv,5,SYN-00004,,read on the sheet,สมหญิง,2026-11-20\n",
        "utf-8",
    )
    Path("roster.csv").write_text(
        "candidate_id,name,room,status\n" + "".join(f"SYN-{n:05},,101,present\n" for n in range(1, 42)),
        "utf-8",
    )
    Path("corrections.yaml").write_text(CORRECTION, "utf-8")


def audit(exam_dir: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((exam_dir / "results/audit.json").read_text("utf-8"))
    return found


def results(exam_dir: Path) -> dict[str, list[dict[str, str]]]:
    """What the results say, answer files by their names alone."""
    return {name: table(exam_dir / "results" / name) for name in RESULTS}


def test_what_was_given_is_scored_as_if_all_of_it_had_been_named(exam_dir: Path, run: Run) -> None:
    other = Path(shutil.copytree(exam_dir, exam_dir.with_name("other")))
    named = ("--identities", "identities.csv", "--roster", "roster.csv", "--corrections", "corrections.yaml")
    assert run("score", other, "n.csv", "s.csv", *named).status == 3, "one of the roster is missing"
    taken = run.json("take", exam_dir, "n.csv", "s.csv", "roster.csv", "corrections.yaml")["taken"]
    assert [one["kind"] for one in taken] == ["answers", "answers", "roster", "corrections"]
    assert [one["act"] for one in taken] == ["taken"] * 4
    assert run("score", exam_dir).status == 3
    run.ok("take", exam_dir, "identities.csv")
    assert run("score", exam_dir).status == 3
    assert results(exam_dir) == results(other)
    assert audit(exam_dir)["rows"] == audit(other)["rows"]
    assert audit(exam_dir)["ledger"]["total"] == audit(other)["ledger"]["total"]  # type: ignore[index]


def test_a_folder_of_tables_is_each_of_them(exam_dir: Path, run: Run) -> None:
    centres = exam_dir.parent / "centres"
    centres.mkdir()
    (centres / ".DS_Store").write_bytes(b"")
    for name in ("n.csv", "s.csv"):
        Path(name).rename(centres / name)
    assert [one["file"] for one in run.json("take", exam_dir, centres)["taken"]] == [
        "answers/n.csv",
        "answers/s.csv",
    ]


def test_files_named_to_score_are_given_to_a_sitting_that_has_any(exam_dir: Path, run: Run) -> None:
    run.ok("take", exam_dir, "n.csv")
    run("score", exam_dir)
    run("score", exam_dir, "s.csv", "--identities", "identities.csv")
    assert audit(exam_dir)["rows"] == {"read": 40, "scored": 40, "identical_repeats": 0, "quarantined": 0}
    assert "already in the sitting" in run("score", exam_dir, "s.csv").out
    assert len(list((exam_dir / "results/runs").glob("0*"))) == 2, "nothing is new"


def test_what_is_taken_back_with_a_reason_is_left_out_on_record(exam_dir: Path, run: Run) -> None:
    run.ok("take", exam_dir, "n.csv", "s.csv", "corrections.yaml")
    run("score", exam_dir)
    assert "Give the reason with --reason" in run.refused("take", exam_dir, "--back", "s.csv", status=2)
    run.ok("take", exam_dir, "--back", "s.csv", "--reason", "of another exam", "--by", "สมชาย")
    assert Path(exam_dir / "sitting/earlier/0004-s.csv").read_bytes() == Path("s.csv").read_bytes()
    run("score", exam_dir)
    assert {one["what"] for one in audit(exam_dir)["left_out"]} == {"answers"}  # type: ignore[attr-defined]
    there = run.json("take", exam_dir)["files"]
    assert [one["file"] for one in there] == ["answers/n.csv", "corrections.yaml"]
    lines = (exam_dir / "sitting/record.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(one)["act"] for one in lines] == ["taken", "taken", "taken", "taken-back"]
    assert json.loads(lines[3])["by"] == "สมชาย"


def test_other_answers_of_a_name_take_its_place_with_a_reason_alone(exam_dir: Path, run: Run) -> None:
    run.ok("take", exam_dir, "n.csv", "s.csv")
    Path("s.csv").write_text("".join(Path("s.csv").read_text("utf-8").splitlines(True)[:11]), "utf-8")
    assert "a different file of this name" in run.refused("take", exam_dir, "s.csv")
    assert "Give the reason with --reason" in run.refused("take", exam_dir, "s.csv", "--replace", status=2)
    run("score", exam_dir)
    run.ok("take", exam_dir, "s.csv", "--replace", "--reason", "ten sheets were of another room")
    run("score", exam_dir)
    assert audit(exam_dir)["rows"]["read"] == 30  # type: ignore[index]
    assert [one["what"] for one in audit(exam_dir)["left_out"]] == ["candidates"]  # type: ignore[attr-defined]


def rewritten(path: Path, old: str, new: str) -> None:
    data = path.read_text("utf-8")
    assert old in data
    path.write_text(data.replace(old, new, 1), "utf-8")


def test_faults_of_all_files_are_told_at_once_and_nothing_is_taken(exam_dir: Path, run: Run) -> None:
    Path("notes.yaml").write_text("hello: world\n", "utf-8")
    Path("bad.csv").write_text("name,room\nx,1\n", "utf-8")
    Path("bad.yaml").write_text(CORRECTION.replace("question: 1", "question: 99"), "utf-8")
    Path("late.csv").write_text("file,line,candidate_id,form,reason,by,date\nz.csv,5,1,,,,\n", "utf-8")
    said = run.refused("take", exam_dir, "bad.yaml", "late.csv", "--as", "corrections")
    assert "late.csv" in said
    said = run.refused("take", exam_dir, "n.csv", "notes.yaml")
    assert "unknown-kind" in said
    assert "bad.csv" in run.refused("take", exam_dir, "bad.csv")
    said = run.refused("take", exam_dir, "n.csv", "bad.yaml", "late.csv")
    assert "bad.yaml" in said
    assert "late.csv:2" in said
    assert "does not exist" in run.refused("take", exam_dir, "gone.csv", status=2)
    assert not (exam_dir / "sitting/record.jsonl").exists()
    assert not (exam_dir / "sitting/answers").exists()


def test_a_correction_that_score_refuses_is_not_taken(exam_dir: Path, run: Run) -> None:
    """Taken, it would keep the sitting from being scored."""
    key = next(one["key"] for one in table(exam_dir / "secure/key.csv") if one["form"] == "A")
    printed = "กขคง"["ABCD".index(key)]
    on = f"form: A, question: 1, only_here: true, reason: typed twice, {ON_RECORD}"
    Path("same.yaml").write_text(f"- {{kind: rekey, key: [{printed}], {on}}}\n", "utf-8")
    assert "correction-of-nothing" in run.refused("score", exam_dir, "n.csv", "--corrections", "same.yaml")
    assert "correction-of-nothing" in run.refused("take", exam_dir, "n.csv", "same.yaml")
    assert not (exam_dir / "sitting/record.jsonl").exists()


def test_answers_that_score_refuses_are_not_taken(exam_dir: Path, run: Run) -> None:
    """Points in place of letters: the same faults, and the same choice, as when they are scored."""
    head, *lines = Path("n.csv").read_text("utf-8-sig").splitlines()
    key = {(one["form"], int(one["question"])): one["key"] for one in table(exam_dir / "secure/key.csv")}
    rows = [line.split(",") for line in lines]
    for row in rows:
        row[2:14] = [str(int(cell == key[row[1], n])) for n, cell in enumerate(row[2:14], 1)]
    Path("points.csv").write_text("\n".join([head, *map(",".join, rows)]), "utf-8")
    said = run.refused("score", exam_dir, "points.csv")
    fault = next(line for line in said.splitlines() if "error:" in line)
    assert "these are points, not answers" in fault
    assert fault in run.refused("take", exam_dir, "points.csv", "s.csv")
    assert not (exam_dir / "sitting/record.jsonl").exists()
    run.ok("take", exam_dir, "s.csv")
    assert fault in run.refused("score", exam_dir, "points.csv")
    assert [one.name for one in (exam_dir / "sitting/answers").iterdir()] == ["s.csv"]
    run("score", exam_dir, "points.csv", "--unreadable", "aside")
    assert audit(exam_dir)["rows"]["quarantined"] == 20  # type: ignore[index]


def test_answers_whose_columns_are_to_be_assigned_are_taken(exam_dir: Path, run: Run) -> None:
    text = Path("n.csv").read_text("utf-8-sig").replace("candidate_id", "k", 1)
    Path("n.csv").write_text(text, "utf-8")
    assert "not-an-answer-file" in run.refused("take", exam_dir, "n.csv")
    run.ok("take", exam_dir, "n.csv", "--as", "answers")


def test_a_dry_run_of_a_correction_keeps_what_the_sitting_decided_on_rows(exam_dir: Path, run: Run) -> None:
    run.ok("take", exam_dir, "n.csv", "s.csv", "identities.csv")
    run("score", exam_dir)
    said = run("score", exam_dir, "--corrections", "corrections.yaml", "--dry-run").out
    assert "candidates: 40 before, 40 after" in said
    assert "other decisions" not in said


def test_two_of_one_kind_that_has_one_file_are_refused(exam_dir: Path, run: Run) -> None:
    shutil.copy("corrections.yaml", "others.yaml")
    assert "file-twice" in run.refused("take", exam_dir, "corrections.yaml", "others.yaml")


def test_a_decision_that_is_given_anew_takes_the_place_of_the_one_before(exam_dir: Path, run: Run) -> None:
    run.ok("take", exam_dir, "n.csv", "s.csv", "identities.csv")
    rewritten(Path("identities.csv"), "SYN-00004,,read", "SYN-09999,,read")
    assert run.json("take", exam_dir, "identities.csv")["taken"][0]["n"] == 1
    run("score", exam_dir)
    assert "SYN-09999" in {one["candidate_id"] for one in table(exam_dir / "results/candidates.csv")}
    assert len(table(exam_dir / "sitting/identities.csv")) == 1


def test_an_exam_with_a_sitting_is_not_built_over(exam_dir: Path, run: Run, workspace: Path) -> None:
    run.ok("take", exam_dir, "n.csv")
    write_blueprint(workspace / "bp.yaml", forms=1)
    assert "--replace" in run.refused("build", "bp.yaml")
    assert (exam_dir / "sitting/answers/n.csv").is_file()


def test_what_is_taken_is_for_its_owner_alone(exam_dir: Path, run: Run) -> None:
    run.ok("take", exam_dir, "n.csv", "roster.csv", "corrections.yaml")
    run.ok("take", exam_dir, "--back", "n.csv", "--reason", "x")
    place = exam_dir / "sitting"
    assert {path.stat().st_mode & 0o077 for path in [place, *place.rglob("*")]} == {0}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_is_refused_at_once(exam_dir: Path, run: Run) -> None:
    os.mkfifo("pipe.csv")
    assert "pipe" in run.refused("take", exam_dir, "pipe.csv", status=2)


def test_a_person_is_no_kind_of_file(exam_dir: Path, run: Run) -> None:
    assert "--as must be one of" in run.refused("take", exam_dir, "n.csv", "--as", "person", status=2)


def test_people_who_work_at_once_are_never_in_each_others_way(exam_dir: Path, run: Run) -> None:
    """Two decide, one gives files: every act is on record, one after the other."""
    run.ok("simulate", exam_dir, "--candidates", 30, "--seed", 1, "--out", "a.csv")
    run.ok("take", exam_dir, "a.csv")
    run.ok("score", exam_dir)
    code = (
        "import sys; from pathlib import Path\n"
        "from examgen.scoring.sitting_folder import sitting_of\n"
        "from examgen.sitting import deciding, taking\n"
        "place, who = sitting_of(Path(sys.argv[1])), sys.argv[2]\n"
        "for n in range(int(sys.argv[3]), 31, 3):\n"
        "    if who == 'giver':\n"
        "        path = Path(f'late-{n}.csv')\n"
        "        path.write_text('candidate_id,form,' + ','.join(f'Q{k}' for k in range(1, 13)) + '\\n'\n"
        "                        + f'LATE-{n},A,' + ','.join('A' * 12) + '\\n')\n"
        "        taking.take(place, [taking.understood(place, path)], who)\n"
        "    else:\n"
        "        deciding.decide(place, [f'SYN-{n:05}'], 'withheld', who, 'r')\n"
    )
    people = [
        subprocess.Popen([sys.executable, "-c", code, str(exam_dir), who, str(n)])
        for n, who in enumerate(("first", "second", "giver"), 1)
    ]
    assert [one.wait(60) for one in people] == [0, 0, 0]
    acts = [json.loads(line) for line in (exam_dir / "sitting/record.jsonl").read_text("utf-8").splitlines()]
    assert [one["n"] for one in acts] == list(range(1, 32))
    assert Counter(one["by"] for one in acts[1:]) == {"first": 10, "second": 10, "giver": 10}
    assert run("score", exam_dir).status == 3
    scored = json.loads((exam_dir / "results/runs/0002/audit.json").read_text("utf-8"))["rows"]
    assert (scored["read"], scored["scored"]) == (40, 20)
    run.ok("verify", exam_dir)
