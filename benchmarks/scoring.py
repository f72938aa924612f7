"""`examgen score` of a large file against polars' bare reading of the same file, whole processes in turns.

1,000,000 candidates × 100 answers, four forms, fourteen criteria, default outputs. The yardstick is a process
that imports polars and calls `polars.read_csv`. Budgets: 6 times as long at most, 2 GB at most; other shapes
of the same answers 3 times as long as the plain one at most.

    python benchmarks/scoring.py [CANDIDATES]
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import yaml
from processes import Ran, examgen, run

N_ITEMS, N_CRITERIA, FORMS = 100, 14, "ABCD"
TURNS, CHUNK, SEED = 3, 100_000, 2569

Line = Callable[[int, str, list[str]], str]
"""Number of a candidate, form, answers → the line of the file."""


def package(folder: Path) -> Path:
    """An exam of four forms of a hundred items on fourteen criteria, in a workspace of its own."""
    run(examgen("init", folder / "workspace"), folder)
    workspace = folder / "workspace"
    pcs = [f"E{1 + n // 5}.{1 + n % 5:02d}" for n in range(N_CRITERIA)]
    elements = [
        {"code": e, "title": e, "criteria": [{"code": pc, "text": pc} for pc in pcs if pc[:2] == e]}
        for e in sorted({pc[:2] for pc in pcs})
    ]
    unit = {
        "code": "BENCH",
        "title": "Speed",
        "levels": [4],
        "elements": elements,
        "assessment": [{"occupation": None, "levels": [4], "methods": ["written_objective"]}],
        "source": {
            "document": "bench.txt",
            "sha256": "0" * 64,
            "assessment": [{"section": "18", "text": "-"}],
        },
    }
    write(workspace / "item_bank/BENCH/unit.yaml", unit)
    for pc in pcs:
        items = [
            {
                "id": f"{pc}-{n:03d}", "pcs": [pc], "levels": [4], "cognitive": "apply", "stem": f"{pc} {n}",
                "options": {name: f"{name} {pc} {n}" for name in "abcd"}, "key": "abcd"[n % 4],
                "rationale": dict.fromkeys("abcd", "-"), "reference": "-", "status": "draft",
            }
            for n in range(1, 31)
        ]  # fmt: skip
        write(workspace / f"item_bank/BENCH/items/{pc}.yaml", items)
    blueprint = {
        "exam": "BENCH", "title": {"th": "-", "en": "-"}, "units": ["BENCH"], "level": 4, "forms": len(FORMS),
        "items": N_ITEMS, "criteria": {"all": {"min": 7}}, "statuses": ["draft"], "time_min": 120,
        "pass": {"percent": 60},
    }  # fmt: skip
    write(workspace / "bench.yaml", blueprint)
    run(examgen("build", "bench.yaml"), workspace)
    return workspace / "output/BENCH"


def write(path: Path, data: object) -> None:
    """Write YAML, its folder made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf-8")


def clean(path: Path, n_candidates: int) -> Path:
    """A wide CSV file, every cell a letter, made as a matrix of bytes."""
    rng = np.random.default_rng(SEED)
    with path.open("wb") as file:
        file.write(("candidate_id,form," + ",".join(f"Q{n}" for n in range(1, N_ITEMS + 1)) + "\n").encode())
        for start in range(0, n_candidates, CHUNK):
            n = min(CHUNK, n_candidates - start)
            rows = np.full((n, 11 + 2 * N_ITEMS), ord(","), dtype=np.uint8)
            numbers = np.array([b"%08d" % i for i in range(start, start + n)])
            rows[:, :8] = numbers.view(np.uint8).reshape(n, 8)
            rows[:, 9] = 65 + rng.integers(0, len(FORMS), n)
            rows[:, 11::2] = 65 + rng.integers(0, 4, (n, N_ITEMS))
            file.write(np.column_stack([rows[:, :-1], np.full(n, 10, dtype=np.uint8)]).tobytes())
    return path


def wide(number: int, form: str, cells: list[str]) -> str:
    """The plain line of a wide file."""
    return ",".join([f"{number:08d}", form, *cells])


def dashes(number: int, form: str, cells: list[str]) -> str:
    """Candidate numbers of letters, digits and dashes."""
    return ",".join([f"TH-{number:06d}-A", form, *cells])


def thai_digits(number: int, form: str, cells: list[str]) -> str:
    """Candidate numbers in Thai digits."""
    return ",".join([f"{number:08d}".translate(THAI_DIGITS), form, *cells])


def thai_letters(number: int, form: str, cells: list[str]) -> str:
    """Answers in Thai letters."""
    return wide(number, form, ["กขคง"[ord(cell) - 65] for cell in cells])


def quoted(number: int, form: str, cells: list[str]) -> str:
    """Every cell in quotation marks."""
    return ",".join(f'"{cell}"' for cell in [f"{number:08d}", form, *cells])


def blanks(number: int, form: str, cells: list[str]) -> str:
    """Every fiftieth cell is blank."""
    return wide(number, form, ["" if (number + k) % 50 == 0 else cell for k, cell in enumerate(cells)])


def dirty(number: int, form: str, cells: list[str]) -> str:
    """Of a hundred rows one has two marks in a cell, and every other one of these is a cell short."""
    if number % 100:
        return wide(number, form, cells)
    return wide(number, form, ["AC", *cells[1 : -1 if number % 200 else None]])


THAI_DIGITS = {48 + digit: 0xE50 + digit for digit in range(10)}
SHAPES: tuple[Line, ...] = (dashes, thai_digits, thai_letters, quoted, blanks, dirty)


def shaped(path: Path, line: Line, n_candidates: int) -> Path:
    """A wide file of lines of that shape."""
    rng = np.random.default_rng(SEED)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("candidate_id,form," + ",".join(f"Q{n}" for n in range(1, N_ITEMS + 1)) + "\n")
        for start in range(0, n_candidates, 10_000):
            n = min(10_000, n_candidates - start)
            letters = np.array(list("ABCD"))[rng.integers(0, 4, (n, N_ITEMS + 1))].tolist()
            file.writelines(line(start + i, row[0], row[1:]) + "\n" for i, row in enumerate(letters))
    return path


def score(folder: Path, path: Path, watch: bool = False) -> Ran:
    """A whole `examgen score` of a file."""
    out = path.parent / "results"
    shutil.rmtree(out, ignore_errors=True)
    command = examgen("score", folder, path, "--unlisted", "score", "--no-signals", "--out", out)
    return run(command, path.parent, (0, 3), watch)


def read(path: Path) -> Ran:
    """The yardstick."""
    return run([sys.executable, "-c", f"import polars; polars.read_csv({str(path)!r}, infer_schema=False)"])


def figures(n_candidates: int = 1_000_000) -> Iterator[str]:
    """Every figure, a line each."""
    with tempfile.TemporaryDirectory() as name:
        folder = package(Path(name))
        path = clean(Path(name, "answers.csv"), n_candidates)
        turns = [(read(path).seconds, score(folder, path).seconds) for _ in range(TURNS)]
        ours, ratio = statistics.median(b for _, b in turns), statistics.median(b / a for a, b in turns)
        size = f"{n_candidates:,} × {N_ITEMS}"
        yield f"score {size}: {ours:.1f} s = {ratio:.2f} × polars.read_csv (budget: 6 at most)"
        memory = score(folder, path, watch=True).memory_mb
        yield f"memory of score {size}: {memory:,.0f} MB (budget: 2,000 MB at most)"
        n = n_candidates // 5
        plain = statistics.median(score(folder, clean(path, n)).seconds for _ in range(TURNS))
        for line in SHAPES:
            ratio = score(folder, shaped(path, line, n)).seconds / plain
            what = (line.__doc__ or "").rstrip(".").lower()
            yield f"score {n:,} × {N_ITEMS}, {what}: {ratio:.2f} × the plain file (budget: 3 at most)"


if __name__ == "__main__":
    for figure in figures(*map(int, sys.argv[1:])):
        print(figure, flush=True)
