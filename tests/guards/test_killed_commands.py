"""A command that is killed leaves what stood before or what it makes; the same command again makes all of it.

Each command is killed (SIGKILL) before changes of the disk: at some of them always, at every one in the long tests.
Afterwards `verify` (of a bank: `bank check`) finds nothing half, and the command again leaves the very files of an
undisturbed run. A killed `bank import` may leave some files of items new, and a printing is made whole by the next.
"""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import openpyxl
import pytest

from tests.digests import with_plain_digests
from tests.guards.commands import Examgen
from tests.guards.small_exams import codes

UNIT = "DG-TWRT-007"
BLUEPRINT = f"""
exam: X
title: {{th: ทดสอบ, en: Test}}
units: [{UNIT}]
forms: 2
items: 6
statuses: [draft]
time_min: 45
pass: {{percent: 60}}
judgement: {{min_items: 1, percent: 60}}
seed: 3
"""
DAY = ("--date", "2026-11-21")
BUILT = (
    ("build", "bp.yaml"),
    ("simulate", "output/X", "--candidates", "20", "--seed", "1", "--out", "answers.csv"),
)
SCORED = (*BUILT, ("score", "output/X", "answers.csv", "--no-signals"))
VERIFY, CHECK = ("verify", "output/X"), ("bank", "check")


class Case(NamedTuple):
    """A command to kill, what is done before it, what looks at what a kill left."""

    before: tuple[tuple[str, ...], ...]
    words: tuple[str, ...]
    look: tuple[str, ...] | None
    halves: bool = False
    """Whether a kill may leave a part of it, which the same command completes."""


TOLD = {"scoring-left", "left-behind", "not-newest"}
"""What `verify` may say afterwards: that something broke off and left nothing that counts, or that `results/` does
not show the newest run yet."""
SHOWN = re.compile(r"output/X/results/[^/]+$")
"""Copies of the files of a run, shown one by one behind the run itself; the next command puts them right."""


CASES = {
    "build": Case((), ("build", "bp.yaml"), None),
    "render": Case(BUILT, ("render", "output/X"), None, halves=True),
    "score": Case(BUILT, ("score", "output/X", "answers.csv", "--no-signals"), VERIFY),
    "score again": Case(SCORED, ("score", "output/X", "answers.csv", "--no-signals", "--elements"), VERIFY),
    "release": Case(SCORED, ("release", "output/X", "--run", "1", "--by", "K", "--reason", "m", *DAY,
                             "--open-looks", "x"), VERIFY),
    "take": Case(BUILT, ("take", "output/X", "answers.csv", "--by", "A"), VERIFY),
    "bank import": Case((("bank", "export", UNIT, "items.xlsx"),), ("bank", "import", "items.xlsx"), CHECK, halves=True),
}  # fmt: skip


class Killer:
    """Runs commands that are killed at a change of the disk."""

    def __init__(self, examgen: Examgen, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", Path(__file__).with_name("killer.py"), folder],
            env=examgen.environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def __call__(self, words: tuple[str, ...], place: Path, kill_at: int | None = None) -> tuple[int, int]:
        """Its exit status, and how many changes it made."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([words, str(place), kill_at]) + "\n")
        self._process.stdin.flush()
        status, count = json.loads(self._process.stdout.readline())
        return status, count

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


@pytest.fixture(scope="module")
def killer(examgen: Examgen, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killer]:
    """Commands that can be killed."""
    running = Killer(examgen, tmp_path_factory.mktemp("killer"))
    yield running
    running.close()


def small(workspace: Path) -> None:
    """Leave one unit in a workspace, and write a blueprint for it."""
    for folder in (workspace / "item_bank").iterdir():
        if folder.is_dir() and folder.name != UNIT:
            shutil.rmtree(folder)
    (workspace / "bp.yaml").write_text(BLUEPRINT, "utf-8")


def with_edits(path: Path) -> None:
    """Rewrite the stems of some items of a workbook."""
    book = openpyxl.load_workbook(path)
    stems = [cell for sheet in book for row in sheet.iter_rows() for cell in row
             if isinstance(cell.value, str) and len(cell.value) > 90 and cell.value.endswith("ใด")]  # fmt: skip
    assert stems
    for cell in stems:
        cell.value = f"{cell.value} (แก้)"
    book.save(path)


def contents(place: Path, hidden: bool = False) -> dict[str, bytes]:
    """The files of a folder, if asked with hidden ones; without the clock's time and the key of digests, which no
    two runs share."""
    found = {}
    for path in place.rglob("*"):
        name = path.relative_to(place).as_posix()
        if path.is_file() and (hidden or not re.search(r"(^|/)\.", name)):
            data = path.read_bytes()
            if name.endswith("record.jsonl"):
                data = re.sub(rb'"(time|before|digest)": "[^"]*"', b"", data)
            found[name] = data
    return with_plain_digests(found)


def killed(examgen: Examgen, killer: Killer, workspace: Path, case: Case, points: int | None) -> list[str]:
    """Kill a command before that many changes, or before each; what was wrong afterwards."""
    small(workspace)
    for words in case.before:
        assert examgen(*words, cwd=workspace, status=None).status in (0, 3), words
    if (workspace / "items.xlsx").exists():
        with_edits(workspace / "items.xlsx")
    place = workspace.with_name("place")

    def anew() -> None:
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(workspace, place, symlinks=True)

    anew()
    status, n = killer(case.words, place)
    old, new, whole = contents(workspace), contents(place), contents(place, hidden=True)
    assert status in (0, 3)
    told = codes(examgen(*case.look, "--json", cwd=workspace, status=None)) | TOLD if case.look else TOLD
    assert n >= 3
    assert new != old
    wrong, kills = [], 0
    every = range(n) if points is None else sorted({round(k * (n - 1) / (points - 1)) for k in range(points)})
    for change in every:
        anew()
        kills += killer(case.words, place, change)[0] == -signal.SIGKILL
        if case.look and (faults := codes(examgen(*case.look, "--json", cwd=place, status=None)) - told):
            wrong.append(f"{change}: {case.look[0]} finds {sorted(faults)}")
        now = contents(place)
        if recorded(now) not in (recorded(old), recorded(new)) and not case.halves:
            wrong.append(f"{change}: between: {differing(now, new)}")
        if killer(case.words, place)[0] not in ((0, 3) if now != new else (0, 1, 2, 3)):
            wrong.append(f"{change}: the same again is refused")
        if (last := contents(place, hidden=True)) != whole:
            wrong.append(f"{change}: not as undisturbed: {differing(last, whole)}")
    assert kills == len(every)
    return wrong


def recorded(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files without what is shown of a run."""
    return {name: data for name, data in files.items() if not SHOWN.match(name)}


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """Files that are not the same."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))[:8]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks into /proc")
@pytest.mark.parametrize("name", CASES)
def test_a_killed_command_is_done_or_not(
    examgen: Examgen, killer: Killer, workspace: Path, name: str
) -> None:
    assert killed(examgen, killer, workspace, CASES[name], 4 if name == "render" else 7) == []


@pytest.mark.long("a kill at every change of the disk; some of them are always made")
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks into /proc")
@pytest.mark.parametrize("name", CASES)
def test_a_command_killed_anywhere_is_done_or_not(
    examgen: Examgen, killer: Killer, workspace: Path, name: str
) -> None:
    assert killed(examgen, killer, workspace, CASES[name], None) == []
