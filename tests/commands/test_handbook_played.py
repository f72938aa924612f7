"""The handbook's commands of writer, reviewer, coordinator and grader, run in their order on the tutorial's unit."""

from __future__ import annotations

import csv
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.commands.conftest import Run

UNIT, LEVEL = "XMP-KIT-3-001ZA", "3"
WAITS = {"score", "take"}
"""Commands that may end with status 3, because something waits for a decision."""


def blocks(root: Path, page: str) -> Iterator[str]:
    """The blocks of the page's section on commands, for the tutorial's unit."""
    text = (root / "handbook/en" / page).read_text("utf-8")
    section = text[text.index("{#commands}") :]
    for block in re.findall(r"^```\n(.*?)^```", section, flags=re.S | re.M):
        yield (
            block.replace("UNIT", UNIT).replace("-L4", f"-L{LEVEL}").replace("--level 4", f"--level {LEVEL}")
        )


def fill(workbook: Path, items: Path) -> None:
    """Write the tutorial's items below the English headings of an exported workbook."""
    book = load_workbook(workbook)
    sheet = book.worksheets[0]
    column = {cell.value: n for n, cell in enumerate(sheet[2], start=1)}
    with items.open(encoding="utf-8-sig", newline="") as file:
        for n, row in enumerate(csv.DictReader(file), start=3):
            for name, value in row.items():
                sheet.cell(n, column[name]).value = value.replace("e", "a") if name == "Key" else value
    book.save(workbook)


@pytest.mark.usefixtures("quick")
@pytest.mark.long("every command of four pages; test_handbook says that each is understood")
def test_the_commands_of_the_handbook_run_in_their_order(
    root: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.ok("init", tmp_path / "exams")
    monkeypatch.chdir(tmp_path / "exams")
    tutorial = root / "docs/tutorial"
    for name in ("page.html", "unit.html"):
        shutil.copy(tutorial / "unit-page.txt", name)
    shutil.copy(tutorial / "candidates.csv", "list.csv")
    played: list[str] = []

    def play(block: str) -> None:
        for line in block.splitlines():
            words = shlex.split(line)[1:]
            if words[:2] == ["unit", "import"] and f"unit import {UNIT}" in played:
                continue  # the coordinator's page begins where the writer's began
            if words[:2] == ["bank", "import"]:
                fill(Path("items.xlsx"), tutorial / "items.csv")
            if words[:2] == ["analyse", "exam"] and "--write-back" in words:
                words.append("--synthetic")  # simulated candidates, who are written back only if asked
            ran = run(*words)
            assert ran.status == 0 or (ran.status == 3 and words[0] in WAITS), f"{line}\n{ran.out}{ran.err}"
            played.append(" ".join(words[:2]))

    for page in ("writer.md", "reviewer.md", "coordinator.md"):
        for block in blocks(root, page):
            if block.startswith("examgen") and "second.yaml" not in block:
                play(block)

    exam = Path(f"output/{UNIT}-L{LEVEL}")
    run.ok("simulate", exam, "--candidates", 30, "--seed", 4, "--out", "answers.csv")
    head, *rows = Path("answers.csv").read_text("utf-8-sig").splitlines()
    rows[0] = rows[0].replace("K-001", "")  # line 2: no number
    rows[29] = rows[29].replace("K-030", "K-03O")  # line 31: on no list, and like one number that is
    Path("answers.csv").write_text("\n".join([head, *rows]) + "\n", "utf-8")
    commands = [block for block in blocks(root, "grader.md") if block.startswith("examgen")]
    written = [block for block in blocks(root, "grader.md") if not block.startswith("examgen")]
    play(commands[0])
    unlisted = list(csv.reader((exam / "results/unlisted.csv").read_text("utf-8-sig").splitlines()))
    assert [row[1] for row in unlisted[1:]] == ["31"]
    shutil.copy(exam / "results/unlisted.csv", "unlisted.csv")
    heads = unlisted[0]
    unlisted[1][heads.index("by")], unlisted[1][heads.index("date")] = "Somsri Jaidee", "2026-11-29"
    with Path("unlisted.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(unlisted)
    play(commands[1])
    identities, marks, correction = written
    Path("identities.csv").write_text(identities.replace("answers.csv,31", "answers.csv,30"), "utf-8")
    Path("marks.csv").write_text(marks, "utf-8")
    Path("corrections.yaml").write_text(correction, "utf-8")
    play(commands[2])
    play(commands[3])
    # the next exam, by the coordinator's second block
    blueprint = Path(f"{UNIT}-L{LEVEL}.yaml").read_text("utf-8")
    lines = next(block for block in blocks(root, "coordinator.md") if block.startswith("exam:")).splitlines()
    blueprint = re.sub(r"^exam: .*", lines[0], blueprint, flags=re.M)
    blueprint = re.sub(r"^# exposure: .*", lines[1], blueprint, flags=re.M)
    Path("second.yaml").write_text(blueprint, "utf-8")
    run.ok("build", "second.yaml")
    assert (Path("output") / "KITCHEN-2" / "exam.yaml").is_file()
