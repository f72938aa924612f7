"""A country's sitting from the blank workspace to the accreditation file: seconds, memory and bytes by step.

    python benchmarks/national.py FOLDER [--candidates 200000] [--centres 120] [--scans 20000] [--processes 2]
                                  [--from STEP] [--until STEP] [--json FILE]

Every step is a command of examgen, run as a person runs it. Two forms of thirty items of the starter bank,
items and options in an order of their own for each candidate, in rooms of forty; as many pages as `--scans`
says are filled, scanned and read, the other answers come as one file of each centre. A roster says who was
registered. Then: a key is corrected, the answers are scored anew, second looks are decided, the items
analysed, the run released, people told, and the accreditation file written.

Of each step: seconds by the clock and of the processors, the most memory that one process had, and that of
all of them together (PSS, looked at five times a second), MB that it left on the disk. The last column is
seconds for a million candidates at the same rate, for what grows with them. FOLDER must not exist, but with
`--from`, which goes on in it; it is left for who wants to look, some 20 GB at full size.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple, TextIO

from scoring import family, memory_mb

ROOT = Path(__file__).resolve().parents[1]
ROOM = 40
UNIT = "item_bank/ASM-REE-5-059ZB"
BLUEPRINT = f"{UNIT}/blueprints/level-4.yaml"
TWO_FORMS = "NATION-L4"
BY = ("--by", "Certification committee", "--reason", "minutes 6/2569")

_FIRST = ["น้ำทิพย์", "ศักดิ์สิทธิ์", "กตัญญู", "ปิ่นแก้ว", "ณัฏฐ์ชุดา", "ญาณิศา", "ธีรฎ์", "ภัทรา", "เปี๊ยะ"]
_LAST = ["ใจดี", "ฐานฎีกา", "ฝั่งธนบุรี", "ฟ้าลั่น", "กฤษฎิ์เมธา", "โอ่งทอง", "วงศ์สว่าง", "บุญญฤทธิ์"]


class Size(NamedTuple):
    """How large the sitting is."""

    candidates: int
    centres: int
    scans: int


class Step(NamedTuple):
    """A command: what it does, its words, and whether its time grows with the candidates of the sitting."""

    name: str
    words: tuple[str, ...]
    grows: bool = True


class Took(NamedTuple):
    """What a step took: seconds, MB of memory, MB on the disk."""

    step: str
    status: int
    clock: float
    processor: float
    one_process_mb: float
    together_mb: float
    written_mb: float
    million_s: float | None


# ── what people bring ───────────────────────────────────────────────────────────────────────────────────────


def candidates(size: Size) -> Iterator[tuple[str, str, str, str, str]]:
    """Number, name, centre, room and seat of everybody."""
    for number in range(size.candidates):
        centre = number * size.centres // size.candidates
        within = number - -(-centre * size.candidates // size.centres)
        name = f"{_FIRST[number % 9]} {_LAST[number % 8]} {number}"
        yield (
            f"{1_000_000_000_000 + 37 * number}",
            name,
            f"ศูนย์ {centre + 1:03d}",
            f"{within // ROOM + 1:02d}",
            f"{within % ROOM + 1}",
        )


def write_lists(size: Size, folder: Path) -> None:
    """The candidate list and the roster: one in 200 is absent."""
    head = ("candidate_id", "name", "centre", "room", "seat")
    with ExitStack() as files:
        everybody, roster = (_writer(files, folder / name) for name in ("list.csv", "roster.csv"))
        everybody.writerow(head)
        roster.writerow((*head, "status"))
        for number, row in enumerate(candidates(size)):
            everybody.writerow(row)
            roster.writerow((*row, "absent" if _absent(number) else "present"))


def write_blueprint(workspace: Path) -> None:
    """Two forms with an order for each candidate."""
    lines = (workspace / BLUEPRINT).read_text("utf-8").splitlines()
    kept = [line for line in lines if not line.startswith(("exam:", "forms:", "overlap:"))]
    personal = ["papers:", "  personal: {items: true, options: true}"]
    two = [f"exam: {TWO_FORMS}", "forms: 2", "overlap: 0", *kept, *personal]
    (workspace / UNIT / "blueprints" / f"{TWO_FORMS}.yaml").write_text("\n".join(two) + "\n", "utf-8")


def share_out(size: Size, workspace: Path) -> None:
    """The answers of those whose sheets are not scanned, a file of each centre; the absent have none."""
    if (workspace / "answers").exists():
        return
    (workspace / "answers").mkdir()
    centres = [row[2] for row in candidates(size)]
    with (workspace / "all.csv").open(encoding="utf-8-sig", newline="") as file, ExitStack() as files:
        head = next(file)
        writers: dict[str, TextIO] = {}
        for number, line in enumerate(file):
            if number < size.scans or _absent(number):
                continue
            centre = centres[number]
            if centre not in writers:
                path = workspace / "answers" / f"{centre.split()[1]}.csv"
                writers[centre] = files.enter_context(path.open("w", encoding="utf-8", newline=""))
                writers[centre].write(head)
            writers[centre].write(line)
    (workspace / "all.csv").unlink()


def write_correction(workspace: Path) -> None:
    """Everybody has the point of one item, wherever it stands."""
    with (workspace / f"output/{TWO_FORMS}/secure/forms.csv").open(encoding="utf-8-sig", newline="") as file:
        item = next(csv.DictReader(file))["item"]
    correction = {
        "kind": "credit_all",
        "item": item,
        "reason": "two options can be defended",
        "by": "Subject-matter committee, minutes 7/2569",
        "date": "2026-11-20",
    }
    lines = [f"{'- ' if name == 'kind' else '  '}{name}: {value}" for name, value in correction.items()]
    (workspace / "corrections.yaml").write_text("\n".join(lines) + "\n", "utf-8")


def _absent(number: int) -> bool:
    return number % 200 == 199


def _writer(files: ExitStack, path: Path) -> csv.Writer:
    return csv.writer(files.enter_context(path.open("w", encoding="utf-8", newline="")))


# ── the steps ───────────────────────────────────────────────────────────────────────────────────────────────


def steps(size: Size, workspace: Path) -> Iterator[Step]:
    """The commands, in the order in which a body gives them; what people bring is written between them."""
    exam = f"output/{TWO_FORMS}"
    write_blueprint(workspace)
    write_lists(size, workspace)
    yield Step("build two forms", ("build", f"{UNIT}/blueprints/{TWO_FORMS}.yaml"), False)
    yield Step("print for each candidate", ("render", exam, "--candidates", "list.csv"))
    n = str(size.candidates)
    yield Step(
        "simulate answers", ("simulate", exam, "--seed", "2569", "--candidates", n, "--out", "all.csv")
    )
    share_out(size, workspace)
    filled = ("simulate", exam, "--seed", "2570", "--candidates", str(size.scans), "--scans", "trays")
    yield Step("fill and scan sheets", filled, False)
    yield Step("read the scans", ("scan", "read", "trays/scans", "--exam", exam, "--out", "scan"), False)
    yield Step("take all in", ("take", exam, "scan", "answers", "roster.csv", "--by", "Office"))
    yield Step("score", ("score", exam))
    write_correction(workspace)
    yield Step("take the correction", ("take", exam, "corrections.yaml", "--by", "Office"), False)
    yield Step("score anew", ("score", exam))
    yield Step("who changed", ("score", exam, "--compare", "1", "2"))
    decided = (*BY, "--date", "2026-11-21", "--as", "upheld", "--all-open")
    yield Step("decide second looks", ("decide", exam, *decided))
    yield Step("analyse", ("analyse", "exam", exam))
    yield Step("release", ("release", exam, "--run", "2", *BY, "--date", "2026-11-22"))
    for kind in ("cohort", "centre", "coverage", "committee", "technical"):
        yield Step(f"report: {kind}", ("report", exam, "--kind", kind))
    yield Step(
        "report: candidates", ("report", exam, "--kind", "candidate", "--by", "centre", "--lang", "th")
    )
    yield Step("accreditation file", ("dossier", exam))


def run(step: Step, size: Size, workspace: Path, processes: int) -> Took:
    """Runs a step and watches it."""
    print(f"… {step.name}", file=sys.stderr, flush=True)
    before, start, disk = (
        resource.getrusage(resource.RUSAGE_CHILDREN),
        time.perf_counter(),
        used_mb(workspace),
    )
    log = workspace / "logs" / f"{step.name}.txt"
    log.parent.mkdir(exist_ok=True)
    words = [*step.words]
    is_shared = words[0] in ("score", "render", "scan", "simulate") or "candidate" in words
    if is_shared and "--compare" not in words:
        words += ["--processes", str(processes)]
    with log.open("w", encoding="utf-8") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "examgen", *words],
            cwd=workspace,
            env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        one = together = 0.0
        while process.poll() is None:
            pids = [*family(process.pid)]
            one = max([one, *(memory_mb(pid, "status", "VmHWM:") for pid in pids)])
            together = max(together, sum(memory_mb(pid, "smaps_rollup", "Pss:") for pid in pids))
            time.sleep(0.2)
    clock, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    million = clock * 1_000_000 / size.candidates if step.grows else None
    return Took(
        step.name, process.returncode, clock, processor, one, together, used_mb(workspace) - disk, million
    )


def used_mb(folder: Path) -> float:
    """What a folder takes on the disk."""
    total, todo = 0, [os.fspath(folder)]
    while todo:
        with os.scandir(todo.pop()) as found:
            for entry in found:
                if entry.is_dir(follow_symlinks=False):
                    todo.append(entry.path)
                else:
                    total += entry.stat(follow_symlinks=False).st_size
    return total / 1e6


# ── the table ───────────────────────────────────────────────────────────────────────────────────────────────


def table(rows: Sequence[Took]) -> str:
    """In Markdown."""
    lines = [
        "| step | seconds | of the processors | MB of a process | MB of all | MB written | s a million |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        million = "" if row.million_s is None else f"{row.million_s:,.0f}"
        status = "" if row.status in (0, 3) else f" (status {row.status})"
        lines.append(
            f"| {row.step}{status} | {row.clock:,.1f} | {row.processor:,.1f} | {row.one_process_mb:,.0f} "
            f"| {row.together_mb:,.0f} | {row.written_mb:,.0f} | {million} |"
        )
    clock, processor = sum(row.clock for row in rows), sum(row.processor for row in rows)
    written, most = sum(row.written_mb for row in rows), max(row.one_process_mb for row in rows)
    together = max(row.together_mb for row in rows)
    million = sum(row.million_s or row.clock for row in rows)
    lines.append(
        f"| together | {clock:,.0f} | {processor:,.0f} | {most:,.0f} | {together:,.0f} | {written:,.0f} "
        f"| {million:,.0f} |"
    )
    return "\n".join(lines)


def main() -> int:
    """The rehearsal; status 1 where a step failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    for name, number in (("candidates", 200_000), ("centres", 120), ("scans", 20_000)):
        parser.add_argument(f"--{name}", type=int, default=number)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument(
        "--from", dest="begin", default="", help="the first step, by the beginning of its name"
    )
    parser.add_argument("--until", default="", help="the last step, by the beginning of its name")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    size = Size(given.candidates, given.centres, given.scans)
    workspace = given.folder.resolve()
    if not given.begin:
        subprocess.run(
            [sys.executable, "-m", "examgen", "init", str(workspace)], check=True, stdout=subprocess.DEVNULL
        )
    rows: list[Took] = []
    has_begun = False
    for step in steps(size, workspace):
        has_begun = has_begun or step.name.startswith(given.begin)
        if not has_begun:
            continue
        rows.append(run(step, size, workspace, given.processes))
        if given.json:
            given.json.write_text(json.dumps([row._asdict() for row in rows], indent=1), "utf-8")
        if rows[-1].status not in (0, 3):
            print(f"{step.name}: status {rows[-1].status}; see {workspace / 'logs'}", file=sys.stderr)
            break
        if given.until and step.name.startswith(given.until):
            break
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(
        f"{size.candidates:,} candidates, {size.centres} centres, {-(-size.candidates // ROOM):,} rooms, "
        f"{size.scans:,} scanned pages; "
        f"{given.processes} processes, load {load}\n"
    )
    print(table(rows))
    return int(rows[-1].status not in (0, 3))


if __name__ == "__main__":
    sys.exit(main())
