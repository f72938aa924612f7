"""Scoring of a national sitting against polars' bare reading of the same file, whole processes in turns.

1,000,000 candidates × 100 answers, four forms, fourteen criteria; default outputs. Ours is `examgen score`
from the start of its process to its end, the yardstick a process that imports polars and calls
`polars.read_csv` on the file. Memory is the greatest sum, over the process and its children, of the memory
that each has to itself and its share of what they have together (PSS), looked at every 10 ms.

    python benchmarks/scoring.py                 the figures
    python benchmarks/scoring.py 10000000        with ten times as many candidates, for the memory
    python benchmarks/scoring.py shapes [N]      files in the shapes that usual programs write, N candidates
"""

from __future__ import annotations

import compileall
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import answer_shapes
import numpy as np

import examgen
from examgen.assembly.assemble import assemble, bank_sha256
from examgen.core.exam.writing import exam_files, write_package
from examgen.core.models.bank_unit import BankUnit
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.item import Item
from examgen.core.models.standard import Unit
from examgen.core.yamlfile import parse, validate

N_ITEMS, N_CRITERIA, FORMS = 100, 14, "ABCD"
TURNS = 5
CHUNK = 100_000
TEXT_IDS = ", schema_overrides={'candidate_id': polars.String}"
"""Polars takes Thai digits for a number, and fails to read them as one."""


def package(folder: Path) -> Path:
    """An exam of four forms of a hundred items on fourteen criteria."""
    pcs = [f"E{1 + n // 5}.{1 + n % 5:02d}" for n in range(N_CRITERIA)]
    elements: dict[str, list[str]] = {}
    for pc in pcs:
        elements.setdefault(pc[:2], []).append(pc)
    unit = {
        "code": "BENCH",
        "title": "Speed",
        "levels": [4],
        "elements": [
            {"code": e, "title": e, "criteria": [{"code": pc, "text": pc} for pc in named]}
            for e, named in elements.items()
        ],
        "assessment": [{"occupation": None, "levels": [4], "methods": ["written_objective"]}],
        "source": {
            "document": "bench.txt",
            "sha256": "0" * 64,
            "assessment": [{"section": "18", "text": "-"}],
        },
    }
    items = [
        Item.model_validate(
            {
                "id": f"{pc}-{n:03d}", "pcs": [pc], "levels": [4], "cognitive": "apply", "stem": f"{pc} {n}",
                "options": {o: f"{o} {pc} {n}" for o in "abcd"}, "key": "abcd"[n % 4],
                "rationale": dict.fromkeys("abcd", "-"), "reference": "-", "status": "draft",
            }
        )
        for pc in pcs
        for n in range(1, 31)
    ]  # fmt: skip
    asked = (
        "exam: BENCH\ntitle: {th: -, en: -}\nunits: [BENCH]\nlevel: 4\nforms: 4\nitems: 100\n"
        "criteria: {all: {min: 7}}\nstatuses: [draft]\ntime_min: 120\npass: {percent: 60}\n"
    )
    document, _ = parse(asked, "bench.yaml")
    blueprint, problems = validate(document, [], document.data, Blueprint)
    assert blueprint is not None, problems
    bank = BankUnit(unit=Unit.model_validate(unit), items=tuple(items))
    made = assemble([bank], blueprint, document)
    write_package(folder, exam_files(made, bank_sha256([bank]), {}))
    return folder


def answers(path: Path, n_candidates: int, dirty_share: float = 0.0) -> Path:
    """A wide file of answers; of the dirty rows, each kind of dirt in turn."""
    rng = np.random.default_rng(2569)
    header = "candidate_id,form," + ",".join(f"Q{n}" for n in range(1, N_ITEMS + 1)) + "\n"
    with path.open("wb") as file:
        file.write(header.encode())
        for start in range(0, n_candidates, CHUNK):
            rows = _rows(rng, start, min(CHUNK, n_candidates - start))
            data = rows.tobytes().replace(b"\0", b"")
            file.write(_dirty(data, rng, dirty_share) if dirty_share else data)
    return path


def _rows(rng: np.random.Generator, start: int, n: int) -> np.ndarray:
    rows = np.full((n, 11 + 2 * N_ITEMS), ord(","), dtype=np.uint8)
    rows[:, :8] = np.array([b"%08d" % i for i in range(start, start + n)]).view(np.uint8).reshape(n, 8)
    rows[:, 9] = 65 + rng.integers(0, len(FORMS), n)
    rows[:, 11::2] = 65 + rng.integers(0, 4, (n, N_ITEMS))
    return np.column_stack([rows[:, :-1], np.full(n, ord("\n"), dtype=np.uint8)])


def _dirty(data: bytes, rng: np.random.Generator, share: float) -> bytes:
    lines = data.splitlines(keepends=True)
    for turn, i in enumerate(rng.choice(len(lines), int(share * len(lines)), replace=False).tolist()):
        cells = lines[i].split(b",")
        at = 2 + int(rng.integers(N_ITEMS - 1))
        kind = turn % 10
        if kind < 4:
            cells[at] = (b"b", b"AC", b"X", "ข".encode())[kind]
        elif kind == 4:
            cells[at] = b""
        elif kind == 5:
            cells[1] = b"Z"
        elif kind == 6:
            cells.insert(at, b"A")
        elif kind == 7:
            del cells[at]
        elif kind == 8:
            cells[0] = b""
        lines[i] = b",".join(cells) * (2 if kind == 9 else 1)
    return b"".join(lines)


class Ran(NamedTuple):
    """How long a process took, on the clock and of the processors; and the most memory that it and its
    children had, in MB."""

    seconds: float
    processor: float
    memory_mb: float


def run(command: list[str], accepted: tuple[int, ...] = (0,), watch: bool = False) -> Ran:
    """Runs a process to its end."""
    start, before = time.perf_counter(), _processor()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    most = 0.0
    while watch and process.poll() is None:
        most = max(most, sum(memory_mb(pid, "smaps_rollup", "Pss:") for pid in family(process.pid)))
        time.sleep(0.01)
    _, said = process.communicate()
    assert process.returncode in accepted, said.decode()
    return Ran(time.perf_counter() - start, _processor() - before, most)


def _processor() -> float:
    """Seconds of the processors that ended processes of ours took, with theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def family(pid: int) -> Iterator[int]:
    """A process and those that it began."""
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from family(int(child))


def memory_mb(pid: int, file: str, field: str) -> float:
    """What a file of /proc says of the memory of a process; 0 where it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
            if line.startswith(field):
                return int(line.split()[1]) / 1024
    return 0.0


def score_command(folder: Path, path: Path, out: Path) -> list[str]:
    """The command that is measured."""
    return [sys.executable, "-m", "examgen", "score", str(folder), str(path), "--out", str(out)]


def _score(folder: Path, path: Path, watch: bool = False) -> Ran:
    out = path.parent / "results"
    shutil.rmtree(out, ignore_errors=True)
    # in a large file signals are looked for only where they are asked for; so it is here in a small one
    return run([*score_command(folder, path, out), "--no-signals"], (0, 3), watch)


def _read(path: Path, options: str = "") -> Ran:
    return run([sys.executable, "-c", f"import polars; polars.read_csv({str(path)!r}{options})"])


class Paired(NamedTuple):
    """Medians of turns: seconds of ours and of the yardstick on the clock, and how many times as fast we are
    by the clock and by the processors, which other programs on the machine change less."""

    ours: float
    theirs: float
    times: float
    by_processor: float

    def __str__(self) -> str:
        return (
            f"{self.ours:.2f} s, polars.read_csv {self.theirs:.2f} s: {self.times:.2f} times as fast, "
            f"{self.by_processor:.2f} by processor time"
        )


def _paired(folder: Path, path: Path, turns: int = TURNS, options: str = "") -> Paired:
    """Ours and the yardstick (polars with these options), taken in turns."""
    pairs = [(_read(path, options), _score(folder, path)) for _ in range(turns)]
    return Paired(
        statistics.median(ours.seconds for _, ours in pairs),
        statistics.median(theirs.seconds for theirs, _ in pairs),
        statistics.median(theirs.seconds / ours.seconds for theirs, ours in pairs),
        statistics.median(theirs.processor / ours.processor for theirs, ours in pairs),
    )


def budget_figures(n_candidates: int = 1_000_000) -> Iterator[str]:
    """What the house promises: at least twice as fast as polars reads the file, in flat memory."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        compileall.compile_dir(Path(examgen.__file__).parent, quiet=1)  # as polars is, by its installer
        folder = package(scratch / "exam")
        clean = answers(scratch / "answers.csv", n_candidates)
        size = f"{n_candidates:,} × {N_ITEMS}"
        yield f"examgen score {size}: {_paired(folder, clean)} (budget: 2 at least)"
        memory = _score(folder, clean, watch=True).memory_mb
        quarter = answers(scratch / "answers.csv", n_candidates // 4)
        growth = memory / _score(folder, quarter, watch=True).memory_mb
        yield (
            f"memory of examgen score {size}: {memory:.0f} MB at most, {growth:.2f} × that of a quarter "
            "of the candidates (budget: flat)"
        )


def figures(n_candidates: int = 1_000_000) -> Iterator[str]:
    """Every figure, a line each."""
    yield from budget_figures(n_candidates)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        folder = package(scratch / "exam")
        clean = answers(scratch / "answers.csv", n_candidates)
        dirty = answers(scratch / "dirty.csv", n_candidates, dirty_share=0.01)
        pairs = [(_score(folder, clean).seconds, _score(folder, dirty).seconds) for _ in range(TURNS)]
        yield f"1 % of dirty rows: {statistics.median(d / c for c, d in pairs):.2f} × the time of clean ones"
    yield from shape_figures(n_candidates)


def shape_figures(n_candidates: int = 1_000_000, turns: int = 3) -> Iterator[str]:
    """Files in the shapes that usual programs write, each against polars on the same file."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        compileall.compile_dir(Path(examgen.__file__).parent, quiet=1)
        folder = package(scratch / "exam")
        for what, shape in answer_shapes.SHAPES.items():
            path = answer_shapes.write(scratch / "answers.csv", shape, n_candidates)
            options = TEXT_IDS if what == "ids of Thai digits" else ""
            yield f"{what}: {_paired(folder, path, turns, options)}"


def memory_figures(n_candidates: int) -> Iterator[str]:
    """The memory of a sitting of that size against that of a million."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        folder = package(scratch / "exam")
        found = []
        for n in (1_000_000, n_candidates):
            path = answers(scratch / "answers.csv", n)
            ran = _score(folder, path, watch=True)
            found.append(ran.memory_mb)
            yield f"{n:,} × {N_ITEMS}: {ran.seconds:.2f} s, {ran.memory_mb:.0f} MB at most"
        yield f"memory: {found[1] / found[0]:.2f} × that of 1,000,000"


def main(asked: list[str]) -> Iterator[str]:
    """The figures asked for on the command line."""
    if not asked:
        return figures()
    if asked[0] == "shapes":
        return shape_figures(*map(int, asked[1:]))
    return memory_figures(int(asked[0]))


if __name__ == "__main__":
    for line in main(sys.argv[1:]):
        print(line, flush=True)
