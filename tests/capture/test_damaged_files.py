"""The damage corpus: what centres send, read as expected.yaml says by hand, or refused; nothing lost."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from examgen.capture.answer_layout import AnswerLayout
from tests import effort
from tests.effort import some
from tests.settled import read_answers
from tests.sittings import small_package

CORPUS = Path(__file__).parents[1] / "data" / "damaged"
EXPECTED: dict[str, dict[str, Any]] = yaml.safe_load((CORPUS / "expected.yaml").read_text("utf-8"))
LAYOUT = AnswerLayout({"A": (4,) * 4, "B": (4,) * 4})


def files_of(case: str) -> list[Path]:
    return [CORPUS / name for name in case.split()]


@pytest.mark.parametrize("case", [name for name, said in EXPECTED.items() if "said" in said])
def test_how_a_file_is_written_is_said_back(case: str) -> None:
    """Its rows, and what is refused, tests/guards/test_damaged_answers.py asks."""
    found = read_answers([(path.name, path.read_bytes()) for path in files_of(case)], LAYOUT)
    assert [file.structure for file in found.files] == [EXPECTED[case]["said"]]


# ── large and hostile ────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_package(tmp_path_factory.mktemp("damaged") / "exam")


HEAD, ROW, LAST = b"candidate_id,form,Q1,Q2,Q3,Q4\n", b"0001,A,A,B,C,D\n", b"0002,B,D,C,B,A\n"
MIB = 1 << 20
MOST_MIB = 1024 if effort.ALL else 384
"""As much memory as may be taken, and as long a line."""
SCORING = """
import json, resource, sys
from pathlib import Path
from examgen.core.problems import Refused
from examgen.scoring import score as sittings
try:
    audit = sittings.score(Path(sys.argv[1]), [Path(sys.argv[2])], Path(sys.argv[3])).audit
    told = [audit["rows"]["scored"], audit["quarantine"]]
except Refused as refused:
    told = [problem.code for problem in refused.problems]
own = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
print(json.dumps([told, max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)]))
"""


def one_line(path: Path) -> None:
    with path.open("wb") as file:
        file.write(HEAD + ROW)
        for _ in range(MOST_MIB):
            file.write(b"A," * (MIB // 2))
        file.write(b"\n" + LAST)


def packed_line(path: Path) -> None:
    with gzip.open(path, "wb", 1) as file:
        file.write(HEAD + ROW)
        for _ in range(128):
            file.write(b"A," * (MIB // 2))
        file.write(b"\n" + LAST)


def holding(*pieces: bytes) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.write_bytes(b"".join(pieces))

    return make


HOSTILE: dict[str, tuple[Callable[[Path], None], list[Any]]] = {
    "a line as long as all memory": (one_line, [2, {"line_too_long": 1}]),
    "a line of 128 MiB in gzip": (packed_line, [2, {"line_too_long": 1}]),
    "no line end": (holding(b"A," * (16 * MIB)), ["unreadable-header"]),
    "zeros at the end": (holding(HEAD, ROW, LAST, bytes(64 * MIB)), [2, {"line_too_long": 1}]),
    "blank lines": (holding(HEAD, ROW, b"\n" * (24 * MIB), LAST), [2, {}]),
    "lone returns": (holding(HEAD, ROW, b"\r" * (24 * MIB), LAST), [2, {}]),
    "lines of delimiters": (holding(HEAD, ROW, (b"," * 1_000_000 + b"\n") * 8, LAST), [2, {}]),
    "lines of one quote": (holding(HEAD, ROW, b'"\n' * 20_000, LAST), [2, {"broken_quote": 20_000}]),
    "a line of quotes": (holding(HEAD, ROW, b'"' * (MIB - 1), b"\n", LAST), [2, {"broken_quote": 1}]),
    "ids of a megabyte": (
        holding(HEAD, (b"9" * 1_000_000 + b",A,A,B,C,D\n") * 16, ROW),
        [1, {"candidate_id_too_long": 16}],
    ),
    "a header of 3 MiB": (holding(HEAD[:-1], b",c" * 1_500_000, b"\n", ROW), ["unreadable-header"]),
}


@pytest.mark.parametrize("case", some(HOSTILE, 1))
def test_what_is_hostile_neither_hangs_nor_takes_a_gigabyte(case: str, package: Path, tmp_path: Path) -> None:
    make, expected = HOSTILE[case]
    path = tmp_path / "answers"
    make(path)
    command = [sys.executable, "-c", SCORING, str(package), str(path), str(tmp_path / "out")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    path.unlink()
    assert done.stderr == ""
    told, peak_kib = json.loads(done.stdout)
    assert told == expected
    assert peak_kib < MOST_MIB * 1024
