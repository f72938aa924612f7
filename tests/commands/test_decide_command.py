"""`examgen decide`: who has no result by decision, from the record to results, release and reports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.conftest import Run, write_blueprint
from tests.sittings import table

SAID = ("--by", "คณะกรรมการ", "--reason", "copied: record of room 2", "--date", "2026-11-20")


@pytest.fixture
def exam_dir(workspace: Path, run: Run) -> Path:
    """Twelve candidates, of whom the second has her row twice, scored and released."""
    write_blueprint(workspace / "bp.yaml", forms=2)
    run.ok("build", "bp.yaml")
    folder = workspace / "output" / "T-1-L4"
    run.ok("simulate", folder, "--candidates", 12, "--seed", 1, "--out", "a.csv")
    lines = Path("a.csv").read_text("utf-8-sig").splitlines()
    Path("a.csv").write_text("\n".join([*lines, lines[2]]) + "\n", "utf-8")
    run.ok("take", folder, "a.csv")
    run.ok("score", folder)
    run.ok("release", folder, "--run", 1, "--by", "c", "--reason", "r", "--date", "2026-11-19")
    return folder


def aside(exam_dir: Path, n: int) -> list[tuple[str, str]]:
    rows = table(exam_dir / f"results/runs/{n:04}/quarantine.csv")
    return [(row["candidate_id"], row["reason"]) for row in rows]


def audit(exam_dir: Path, n: int) -> dict[str, object]:
    found: dict[str, object] = json.loads((exam_dir / f"results/runs/{n:04}/audit.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("decision", ["withheld", "disqualified", "withdrawn"])
def test_who_has_no_result_by_decision_is_told_so_everywhere(exam_dir: Path, run: Run, decision: str) -> None:
    run.ok("decide", exam_dir, "SYN-00002", "--as", decision, *SAID, "--confirmed-by", "ประธาน")
    assert run("score", exam_dir).status == 3
    assert aside(exam_dir, 2) == [("SYN-00002", decision)] * 2, "the repeated row, too"
    said = audit(exam_dir, 2)
    assert said["rows"] == {"read": 13, "scored": 11, "identical_repeats": 0, "quarantined": 2}
    assert said["persons"] == [
        {
            "candidate_id": "SYN-00002", "decision": decision, "reason": "copied: record of room 2",
            "by": "คณะกรรมการ", "date": "2026-11-20", "confirmed_by": "ประธาน",
        }
    ]  # fmt: skip
    told = run.ok("release", exam_dir, "--run", 2, "--by", "c", "--reason", "r2", "--date", "2026-11-21")
    assert "1 candidate has no result by a decision on record" in told.out
    assert "will not know" not in told.out
    assert "SYN-00002 has no result now" in told.out
    refused = run("report", exam_dir, "--kind", "candidate", "--candidate", "SYN-00002", "--no-pdf")
    assert refused.status == 1
    assert "by a decision on record" in refused.err
    run.ok("verify", exam_dir)


def test_a_decision_that_is_taken_back_gives_the_result_again(exam_dir: Path, run: Run) -> None:
    before = table(exam_dir / "results/candidates.csv")
    run.ok("decide", exam_dir, "SYN-00002", "SYN-00003", "--as", "withheld", *SAID)
    run("score", exam_dir)
    assert run.json("decide", exam_dir)["persons"][0]["candidate_id"] == "SYN-00002"
    run.ok("decide", exam_dir, "SYN-00002", "--as", "restored", *SAID)
    run("score", exam_dir)
    assert aside(exam_dir, 3) == [("SYN-00003", "withheld")]
    run.ok("decide", exam_dir, "SYN-00003", "--as", "restored", *SAID)
    run.ok("score", exam_dir)
    assert table(exam_dir / "results/runs/0004/candidates.csv") == before
    assert run.json("decide", exam_dir) == {"persons": []}


def test_the_number_may_be_written_otherwise(exam_dir: Path, run: Run) -> None:
    run.ok("decide", exam_dir, "SYN 0000๒", "--as", "disqualified", *SAID)
    run("score", exam_dir)
    assert {who for who, _ in aside(exam_dir, 2)} == {"SYN-00002"}


def test_who_is_on_the_roster_and_did_not_come_can_be_decided_on(exam_dir: Path, run: Run) -> None:
    Path("roster.csv").write_text("candidate_id,name\nSYN-09999,ก\n", "utf-8")
    run.ok("take", exam_dir, "roster.csv")
    run.ok("decide", exam_dir, "SYN-09999", "--as", "withdrawn", *SAID)


def test_a_decision_that_changes_nothing_or_is_of_nobody_is_refused(exam_dir: Path, run: Run) -> None:
    said = run.refused("decide", exam_dir, "SYN-00002", "SYN-77777", "--as", "withheld", *SAID)
    assert "unknown-candidate" in said
    assert run.json("decide", exam_dir) == {"persons": []}, "none of them"
    assert "nothing-to-restore" in run.refused("decide", exam_dir, "SYN-00002", "--as", "restored", *SAID)
    run.ok("decide", exam_dir, "SYN-00002", "--as", "withheld", *SAID)
    assert "decided-already" in run.refused("decide", exam_dir, "SYN-00002", "--as", "withheld", *SAID)
    late = [*SAID[:-1], "2126-01-01"]
    assert "still to come" in run.refused("decide", exam_dir, "SYN-00003", "--as", "withheld", *late)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["SYN-00002"], "a decision on a person needs --as, --reason and --by"),
        (["SYN-00002", "--as", "withheld", "--by", "c"], "a decision on a person needs"),
        (["--as", "withheld"], "name the candidates by their numbers"),
        (["SYN-00002", "--as", "expelled"], "--as must be one of"),
        (
            ["SYN-00002", "--as", "withheld", *SAID, "--confirmed-by", "คณะกรรมการ"],
            "a second person confirms",
        ),
    ],
)
def test_wrong_usage_leaves_nothing(exam_dir: Path, run: Run, words: list[str], said: str) -> None:
    before = (exam_dir / "sitting/record.jsonl").read_bytes()
    assert said in run.refused("decide", exam_dir, *words, status=2)
    assert (exam_dir / "sitting/record.jsonl").read_bytes() == before


def test_an_edited_decision_is_found(exam_dir: Path, run: Run) -> None:
    run.ok("decide", exam_dir, "SYN-00002", "--as", "withheld", *SAID)
    run("score", exam_dir)
    path = exam_dir / "sitting/record.jsonl"
    path.write_text(path.read_text("utf-8").replace("SYN-00002", "SYN-00003"), "utf-8")
    for words in (("verify", exam_dir), ("score", exam_dir), ("decide", exam_dir)):
        assert "record-changed" in run.refused(*words)


def test_without_answer_files_a_new_decision_on_a_person_is_refused_not_lost(
    workspace: Path, run: Run
) -> None:
    """What a run keeps of its answers knows nothing of decisions that came after it."""
    write_blueprint(workspace / "bp.yaml", forms=2)
    run.ok("build", "bp.yaml")
    folder = workspace / "output" / "T-1-L4"
    run.ok("simulate", folder, "--candidates", 12, "--seed", 1, "--out", "a.csv")
    run.ok("score", folder, "a.csv")
    run.ok("decide", folder, "SYN-00002", "--as", "withheld", *SAID)
    assert "no answer files were given" in run.refused("score", folder)
    assert run("score", folder, "a.csv").status == 3
    assert aside(folder, 2) == [("SYN-00002", "withheld")]
    run.ok("take", folder, "--back", "a.csv", "--reason", "r")
    assert run("score", folder).status == 3, "the decision is that of the run"
    run.ok("decide", folder, "SYN-00002", "--as", "restored", *SAID)
    assert "no answer files were given" in run.refused("score", folder)
