"""`examgen score`, killed (SIGKILL) at random moments: the results are those before or after, or told as
not whole; nothing is left running or lying about; a run again gives the bytes of an undisturbed one.

    EXAMGEN_KILLED_ROWS=300000 python -m pytest tests/test_killed_command.py     a large scoring
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from blake3 import blake3

from examgen.core.exam.runs import is_scored
from examgen.core.files import sha256
from examgen.scoring import score as sittings
from tests.runs import codes, contents
from tests.sittings import build

ROWS = int(os.environ.get("EXAMGEN_KILLED_ROWS", "4000"))
MOMENTS = 20
FILES, QUESTIONS = 4, 16
MARK = "EXAMGEN_KILLED"
"""An environment variable that tells the processes of a scoring from all others."""


ALIKE = sittings.ScoringOptions(elements=True, signals=False, formats=("long",), processes=1)


class Sitting(NamedTuple):
    """A package, the answer files of two scorings, and their results where nobody disturbs them."""

    package: Path
    first: list[Path]
    second: list[Path]
    before: Path
    after: Path
    seconds: float
    """Of the processor, in the process itself: on a busy machine moments are those of an idle one."""


def answers(folder: Path, seed: int) -> list[Path]:
    """Some files of random answers; every hundredth row cannot be scored."""
    rng, paths = random.Random(seed), []
    folder.mkdir()
    heads = ",".join(f"Q{n}" for n in range(1, QUESTIONS + 1))
    for file in range(FILES):
        rows = (
            f"{file}{n:08d},{'Z' if n % 100 == 7 else 'AB'[n % 2]},{','.join(rng.choices('ABCD', k=QUESTIONS))}\n"
            for n in range(ROWS // FILES)
        )
        paths.append(folder / f"centre-{file}.csv")
        paths[-1].write_text(f"candidate_id,form,{heads}\n{''.join(rows)}")
    return paths


def scoring(
    package: Path, files: list[Path], results: Path, scratch: Path, mark: str
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "examgen", "score", package, *files, "--out", results]
    more = ("--processes", "2", "--elements", "--no-signals", "--format", "long", "--json")
    environment = {**os.environ, "TMPDIR": str(scratch), MARK: mark}
    return subprocess.Popen(
        [*map(str, command), *more], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


@pytest.fixture(scope="module")
def sitting(tmp_path_factory: pytest.TempPathFactory) -> Sitting:
    folder = tmp_path_factory.mktemp("killed")
    package = build(folder / "exam")
    first, second = answers(folder / "first", 1), answers(folder / "second", 2)
    before, after = folder / "before", folder / "after"
    assert scoring(package, first, before, folder, "").wait() == 3
    shutil.copytree(before, after)
    with scoring(package, second, after, folder, "") as process:
        seconds = until(process, 1e9)
    assert process.returncode == 3
    return Sitting(package, first, second, before, after, seconds)


def until(process: subprocess.Popen[bytes], seconds: float) -> float:
    """Waits until a process has worked so long, or has ended; returns how long it has worked."""
    worked = 0.0
    while process.poll() is None and worked < seconds:
        with suppress(OSError, IndexError):
            said = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
            worked = max(worked, (int(said[11]) + int(said[12])) / os.sysconf("SC_CLK_TCK"))
        time.sleep(0.004)
    return worked


def alive(mark: str) -> Iterator[int]:
    """The processes of a scoring, workers too."""
    wanted = f"{MARK}={mark}".encode()
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdecimal() and wanted in (process / "environ").read_bytes().split(b"\0"):
                # what has ended and is not yet asked for has no environment
                yield int(process.name)
        except OSError:
            continue


def all_end(mark: str, seconds: float = 10) -> bool:
    until = time.perf_counter() + seconds
    while any(alive(mark)):
        if time.perf_counter() > until:
            return False
        time.sleep(0.02)
    return True


def state(results: Path) -> str:
    """Which audit stands in the results folder; every file that it names has its digest."""
    if not (results / "audit.json").is_file():
        return "none"
    data = (results / "audit.json").read_bytes()
    for name, said in json.loads(data)["files"].items():
        assert blake3((results / name).read_bytes()).hexdigest() == said["blake3"], name
    return sha256(data)


def hidden(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.name.startswith(".")]


@pytest.mark.long("forty real kills; test_killed_scoring has twenty")
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
@pytest.mark.parametrize("begun", ["first", "again"])
def test_a_scoring_killed_at_random_moments(tmp_path: Path, sitting: Sitting, begun: str) -> None:
    before, expected = (sitting.before, sitting.after) if begun == "again" else (None, sitting.before)
    files = sitting.second if begun == "again" else sitting.first
    old = contents(before / "runs") if before else {}
    allowed = {"none": "none", state(expected): "new"} | ({state(before): "old"} if before else {})
    whole, seen = contents(expected), []
    rng = random.Random(f"{begun} 20")
    for n in range(MOMENTS // 2):
        results, scratch, mark = tmp_path / f"r{n}", tmp_path / f"t{n}", f"{tmp_path}-{n}"
        scratch.mkdir()
        if before:
            shutil.copytree(before, results)
        with scoring(sitting.package, files, results, scratch, mark) as process:
            until(process, rng.uniform(0.1, 1.05) * sitting.seconds)
            process.kill()
        assert process.returncode in (3, -signal.SIGKILL)
        assert all_end(mark), "a worker outlived its scoring"
        said = allowed[state(results)]
        seen.append(said)
        assert codes(results) <= {"scoring-left", "not-newest"}
        assert said != "none" or not before or codes(results), "not whole, and not told"
        assert contents(results).items() >= {f"runs/{name}": data for name, data in old.items()}.items()
        sittings.score(sitting.package, files, results, options=ALIKE)
        assert contents(results) == whole
        assert not hidden(results)
        assert not list(scratch.iterdir()), "something is left where temporary files are"
        assert is_scored(results)
        shutil.rmtree(results)
    assert {"none", "old"} & set(seen)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_a_scoring_whose_workers_are_killed_gives_the_same_bytes(tmp_path: Path, sitting: Sitting) -> None:
    rng = random.Random(21)
    for n in range(3):
        results, mark = tmp_path / f"r{n}", f"{tmp_path}-{n}"
        with scoring(sitting.package, sitting.first, results, tmp_path, mark) as process:
            until(process, rng.uniform(0.4, 0.9) * sitting.seconds)
            for worker in alive(mark):
                if worker != process.pid:
                    os.kill(worker, signal.SIGKILL)
        assert process.returncode == 3
        assert contents(results) == contents(sitting.before)
