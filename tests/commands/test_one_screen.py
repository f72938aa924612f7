"""A command prints at most a screen: what happened, what needs somebody, what comes next; `--verbose` the rest."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from examgen.commands import screen, summary
from examgen.commands.summary import Need
from tests.commands.conftest import Run, write_blueprint

LINES = 24
COMMANDS = """
bank check
bank coverage T-1
build bp.yaml
build bp.yaml --dry-run
simulate output/T-1-L4 --candidates 300 --seed 7 --dirty 12 --out a.csv
score output/T-1-L4 a.csv
export output/T-1-L4 --format csv --out responses
analyse items responses/scored.csv --exclude form
analyse irt responses/scored.csv --model rasch --exclude form
decide output/T-1-L4
decide output/T-1-L4 --all-open --as upheld --by somchai --reason minutes
decide output/T-1-L4 --as upheld --by somchai --reason minutes SYN-00001 SYN-00002 SYN-00003 SYN-00004 SYN-00005
release output/T-1-L4 --run 1 --by somchai --reason minutes
report output/T-1-L4 --kind coverage --no-pdf
score output/T-1-L4 a.csv --corrections drop.yaml --dry-run
verify output/T-1-L4
unit show T-1
"""
NEXT = {
    "build": "Next: examgen render output/T-1-L4",
    "score": "decide on output/T-1-L4/results/quarantine.csv",
    "release": "Next: examgen report output/T-1-L4",
}


@pytest.mark.parametrize("language", ["en", "th"])
def test_every_step_of_an_exam_is_one_screen(workspace: Path, run: Run, language: str) -> None:
    write_blueprint(workspace / "bp.yaml", forms=2, **{"pass": {"percent": 60}}, criteria={"all": 4})
    correction = "kind: drop, form: A, question: 1, reason: unclear, by: board, date: 2026-11-20"
    (workspace / "drop.yaml").write_text(f"- {{{correction}}}\n")
    for command in COMMANDS.strip().splitlines():
        ran = run("--lang", language, *shlex.split(command))
        assert ran.status in (0, 3), (command, ran.text)
        lines = ran.out.splitlines()
        assert len(lines) <= LINES, (command, ran.out)
        ordinary = [line for line in lines if not line.startswith(("! ", "note: ", "หมายเหตุ: "))]
        too_long = [line for line in ordinary if screen.width(line) > summary.COLUMNS]
        assert not too_long, command
        name = command.split()[0]
        if language == "en" and name in NEXT and "dry-run" not in command:
            assert NEXT[name] in ran.out, command


def test_what_a_screen_counts_verbose_names(workspace: Path, run: Run) -> None:
    write_blueprint(workspace / "bp.yaml", forms=2, criteria={"all": 4})
    run.ok("build", "bp.yaml")
    run.ok("simulate", "output/T-1-L4", "--candidates", 300, "--seed", 7, "--dirty", 12, "--out", "a.csv")
    ran = run("score", "output/T-1-L4", "a.csv", "--verbose")
    assert "Results by performance criterion" in ran.out
    assert "  output/T-1-L4/results/candidates.csv" in ran.out
    assert "  set aside: 1 × too few cells" in ran.out
    assert ran.out.count("303 rows read = ") == 1
    short = run("score", "output/T-1-L4", "a.csv").out
    assert "Results by performance criterion" not in short
    assert "rows set aside: " in short
    assert "output/T-1-L4/results/quarantine.csv" in short


def test_needs_stand_in_a_column_where_all_fit() -> None:
    lines = [part.text for part in summary.needs_you([Need("7 rows", "a.csv"), Need("late", "b"), Need("x")])]
    assert lines == ["Needs you", "  7 rows  a.csv", "  late    b", "  x"]
    far = "p/" * 60
    lines = [part.text for part in summary.needs_you([Need("7 rows", far), Need("late", "b")])]
    assert lines == ["Needs you", "  7 rows", f"    {far}", "  late", "    b"]
    assert list(summary.needs_you([])) == []


def test_more_lines_than_a_screen_shows_are_counted() -> None:
    lines = [part.text for part in summary.first_lines([str(n) for n in range(9)], most=4)]
    assert lines == ["0", "1", "2", "3", "  … and 5 more (--verbose)"]
    assert [part.text for part in summary.first_lines(["0", "1"], most=2)] == ["0", "1"]


def test_no_path_is_broken_in_a_table(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    path = "output/ASM-REE-5-059ZB-L4/provenance.yaml"
    screen.table("Files", ["what", "path"], [["x" * 60, path]], 2)
    assert f"{'x' * 60}  {path}" in capsys.readouterr().out


def test_the_simplest_repair_comes_first(workspace: Path, run: Run) -> None:
    write_blueprint(workspace / "bp.yaml", items=25, criteria={"E1.*": 8, "E2.*": 4, "all": {"min": 3}})
    ran = run("build", "bp.yaml")
    assert ran.status == 4
    lines = ran.err.splitlines()
    at = lines.index("Try one of these, the simplest first:")
    assert lines[at + 1] == "  – items in a form: 12 instead of 25"
    assert not any("\u0e00" < char < "\u0e7f" for char in ran.err)
