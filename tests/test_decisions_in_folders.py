"""Decisions on rows of answer files that lie in folders, some of them namesakes: met, or refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from examgen.capture.grader_decisions import shown_names
from examgen.core.exam.checks import check_runs
from examgen.core.files import sha256
from examgen.core.problems import Refused, WrongUsage
from examgen.scoring import score as sittings
from tests.sittings import build, table

HEAD = "file,line,candidate_id,form,reason,by,date\n"
MARKS = "file,line,question,answer,reason,by,date\n"
SIGNED = "seen,me,2026-11-20\n"
N = 16


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("decisions") / "exam")


@pytest.fixture
def answers(tmp_path: Path) -> list[Path]:
    """Two files of one name; row 2 of each says no candidate."""
    found = []
    for centre in ("north", "south"):
        path = tmp_path / centre / "answers.csv"
        path.parent.mkdir()
        heads = ",".join(f"Q{n}" for n in range(1, N + 1))
        rows = f",A{',A' * N}\n{centre},B{',B' * N}\n"
        path.write_text(f"candidate_id,form,{heads}\n{rows}")
        found.append(path)
    return found


def decided(tmp_path: Path, head: str, line: str) -> Path:
    path = tmp_path / "decided.csv"
    path.write_text(head + line + SIGNED)
    return path


def test_a_decision_meets_the_row_in_a_folder(package: Path, answers: list[Path], tmp_path: Path) -> None:
    named = decided(tmp_path, HEAD, f"{answers[1]},2,0007,,")
    marked = tmp_path / "marks.csv"
    marked.write_text(f"{MARKS}south/answers.csv,3,1,-,{SIGNED}")
    wanted = sittings.ScoringOptions(identities=(named,), marks=(marked,))
    for read in (answers, answers[1:]):
        results = tmp_path / f"results-{len(read)}"
        done = sittings.score(package, read, results, options=wanted)
        by_id = {row["candidate_id"]: row for row in table(results / "candidates.csv")}
        assert by_id["0007"]["blank"] == "0"
        assert by_id["south"]["blank"] == "1"
        assert len(done.audit["decided"]) == 2
    [aside] = table(tmp_path / "results-2" / "quarantine.csv")
    assert (aside["file"], aside["line"]) == ("north/answers.csv", "2")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("answers.csv,2,0007,,", "ambiguous-file"),
        ("west/answers.csv,2,0007,,", "unknown-file"),
        ("south/answers.csv,9,0007,,", "row-not-found"),
        ("south/answers.csv,1,0007,,", "row-not-found"),
    ],
)
def test_a_decision_of_no_row(
    package: Path, answers: list[Path], tmp_path: Path, line: str, code: str
) -> None:
    wanted = sittings.ScoringOptions(identities=(decided(tmp_path, HEAD, line),))
    with pytest.raises(Refused) as refused:
        sittings.score(package, answers, tmp_path / "results", options=wanted)
    [problem] = refused.value.problems
    assert (problem.code, problem.source[-len("decided.csv:2") :]) == (code, "decided.csv:2")
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(("line", "is_met"), [(2, True), (3, False), (17, False)])
@pytest.mark.parametrize("head", [HEAD, MARKS])
def test_the_first_line_is_decided_on(
    package: Path, tmp_path: Path, head: str, line: int, is_met: bool
) -> None:
    path = tmp_path / "long.csv"
    lines = "".join(f"1,A,{n},B\n" for n in range(1, N + 1))
    path.write_text(f"candidate_id,form,question,answer\n{lines}")
    file = decided(tmp_path, head, f"long.csv,{line},{'0007,' if head is HEAD else '1,-'},")
    wanted = (
        sittings.ScoringOptions(identities=(file,))
        if head is HEAD
        else sittings.ScoringOptions(marks=(file,))
    )
    if is_met:
        assert sittings.score(package, [path], tmp_path / "results", options=wanted).audit["decided"]
        return
    with pytest.raises(Refused) as refused:
        sittings.score(package, [path], tmp_path / "results", options=wanted)
    assert [problem.code for problem in refused.value.problems] == ["inside-a-row"]


def test_names_tell_namesakes_apart() -> None:
    given = ["a/x.csv", "b/x.csv", "c/b/x.csv", "y.csv", "a/x.csv", "deep/z.csv", "x.csv", "."]
    assert shown_names([Path(name) for name in given]) == [
        "a/x.csv", "b/x.csv", "c/b/x.csv", "y.csv", "a/x.csv", "z.csv", "x.csv", ".",
    ]  # fmt: skip


def test_the_audit_says_which_roster_it_was(package: Path, answers: list[Path], tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("candidate_id,status\nnorth,present\nsouth,present\n")
    wanted = sittings.ScoringOptions(roster=roster)
    done = sittings.score(package, answers, tmp_path / "results", options=wanted)
    assert done.audit["ledger"]["roster"] == {"file": str(roster), "sha256": sha256(roster.read_bytes())}


def test_a_name_that_a_spreadsheet_changes_is_met(package: Path, answers: list[Path], tmp_path: Path) -> None:
    path = answers[0].rename(tmp_path / "=คำ  ตอบ.csv")
    wanted = sittings.ScoringOptions(identities=(decided(tmp_path, HEAD, "'=คำ  ตอบ.csv,2,0007,,"),))
    done = sittings.score(package, [path], tmp_path / "results", options=wanted)
    assert done.audit["rows"]["quarantined"] == 0


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_what_may_never_end_is_not_read(package: Path, answers: list[Path], tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for files, wanted in (
        ([pipe], sittings.ScoringOptions()),
        (answers, sittings.ScoringOptions(roster=pipe)),
    ):
        with pytest.raises(WrongUsage) as refused:
            sittings.score(package, files, tmp_path / "results", options=wanted)
        assert "pipe or a device" in refused.value.problems[0].message


def test_a_name_that_is_no_text_is_in_the_audit(package: Path, answers: list[Path], tmp_path: Path) -> None:
    path = answers[0].parent / os.fsdecode(b"caf\xe9.csv")
    try:
        answers[0].rename(path)
    except OSError:
        pytest.skip("this file system takes no such name")
    assert sittings.score(package, [path], tmp_path / "results").audit["inputs"][0]["file"] == str(path)
    assert check_runs(tmp_path / "results") == []
    assert not sittings.score(package, [path], tmp_path / "results").is_new
