"""Reading simulated scans: sheets a minute, against OMRChecker on the same files; the errors of both.

Answer sheets of a real exam of forty items, filled and scanned by the simulator at levels 0 to 3, as JPEG.
The whole command is inside: `examgen scan` finds the files, keeps them by hash, decodes, reads code, number,
form and answers, and writes every table; OMRChecker decodes, aligns by our corner marks, reads number, form
and answers, and writes its CSV (without its pictures of what it detected). Both run on one processor, in
turns, in a process of their own; what they take for one sheet alone is their start, and is left out of sheets
a minute. CPU seconds, the median of the turns. A row is silently wrong where an answer is given without a
flag that is not what was marked; OMRChecker has no flag.

    OMRCHECKER=/path/to/clone make bench       with OMRChecker (github.com/Udayraj123/OMRChecker)
    OMRCHECKER_PYTHON=/path/to/python          where its libraries are; else this Python
    python benchmarks/scanning.py 200          so many sheets a level

Scans of another hand are read, too: folders that somebody else has made for an exam, each with its pages in
`scans/` and, in `truth.csv` (`source, question, answer, clear`), what stands on them. Sheets a minute and
processor with the start of the command and without, of the best turn, in one process and in two, and the most
memory that the command and each of its workers had. Of the rows that `truth.csv` calls clear every reader
should read each; the others are counted by themselves.

    OTHER_HAND=EXAM:FOLDER:FOLDER make bench           the package of the exam, and the folders
    python benchmarks/scanning.py EXAM FOLDER FOLDER   these alone
"""

from __future__ import annotations

import csv
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import psutil

from examgen.assembly.building import build
from examgen.papers.printing import render

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.scanning.simulated.pages import SimulationOptions  # noqa: E402
from tests.scanning.simulated.scans import simulate_scans  # noqa: E402

BLUEPRINT = ROOT / "item_bank" / "ASM-REE-5-059ZB" / "blueprints" / "level-4.yaml"
LEVELS, N, TURNS, SEED = (0, 1, 2, 3), 50, 3, 2569
SAMPLE_SECONDS = 0.25
"""Between two looks at the memory of a command."""

PER_MM = 4
"""Pixels of OMRChecker's page, between the corner marks, in a millimetre."""
WIDTH = 666
"""Its width of processing, as it comes."""
BUBBLE_MM = 3.0
"""Side of the square that it takes the mean of: the inside of a bubble."""


class Taken(NamedTuple):
    """What a command took."""

    cpu: float
    wall: float
    command_mb: float
    """The most memory that it was seen to have itself."""
    worker_mb: float
    """The most that one of the processes had that it began."""


class Errors(NamedTuple):
    """What a reader made of a level: pages not read; rows silently wrong and flagged, of those read."""

    pages: int
    lost: int
    rows: int
    wrong: int
    flagged: int

    def told(self) -> str:
        share = f"{100 * self.wrong / self.rows:.2f} %" if self.rows else "–"
        flagged = f", {100 * self.flagged / self.rows:.1f} % flagged" if self.flagged else ""
        refused = f"{self.lost} of {self.pages} sheets refused"
        return f"{refused}, {self.wrong} of {self.rows:,} rows ({share}) wrong{flagged}"


Row = tuple[str, int]
"""File and question."""


def run(words: Sequence[str | Path], cwd: Path, processors: int = 1, first: int = 0) -> Taken:
    """A command on so many processors, from that one on."""
    allowed = sorted(os.sched_getaffinity(0))[first : first + processors]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    mb = [0.0, 0.0]
    on = ("taskset", "--cpu-list", ",".join(map(str, allowed)))
    with subprocess.Popen(
        [*on, *map(str, words)], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        said = None
        while said is None:
            try:
                said, _ = process.communicate(timeout=SAMPLE_SECONDS)
            except subprocess.TimeoutExpired:
                for at, each in enumerate(_memory(process.pid)):
                    mb[at] = max(mb[at], each)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode not in (0, 3):
        raise RuntimeError(f"{words[:4]} failed: {said[-600:]}")
    return Taken(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall, *mb)


def _memory(pid: int) -> tuple[float, float]:
    """MB of a process, and of the largest of those that it began, now."""
    try:
        process = psutil.Process(pid)
        workers = [one.memory_info().rss / 1e6 for one in process.children(recursive=True)]
        return process.memory_info().rss / 1e6, max(workers, default=0.0)
    except psutil.NoSuchProcess:
        return 0.0, 0.0


# ── the files ────────────────────────────────────────────────────────────────────────────────


def simulated(folder: Path, n: int) -> tuple[Path, Path, dict[Row, str]]:
    """An exam, a folder of scans of all levels, and what is marked on them."""
    package, scans = folder / "exam", folder / "scans"
    build(BLUEPRINT, ROOT, package)
    render(package, ROOT)
    scans.mkdir()
    truth: dict[Row, str] = {}
    for level in LEVELS:
        made = folder / f"level-{level}"
        simulate_scans(package, ROOT, made, SimulationOptions(level, SEED + level), n, "jpeg")
        for path in (made / "scans").iterdir():
            path.rename(scans / f"{level}-{path.name}")
        for row in table(made / "truth-marks.csv"):
            if row["group"] == "item":
                key = f"{level}-{row['source']}", int(row["place"])
                truth[key] = truth.get(key, "") + (row["value"] if row["counts"] == "1" else "")
    return package, scans, truth


def table(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def only(scans: Path, folder: Path, n: int | None) -> Path:
    """A folder with the first scans, or all, as links."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in sorted(scans.iterdir())[:n]:
        os.link(path, folder / path.name)
    return folder


# ── ours ─────────────────────────────────────────────────────────────────────────────────────


def read_by_us(package: Path, scans: Path, out: Path, processes: int = 1, first: int = 0) -> Taken:
    shutil.rmtree(out, ignore_errors=True)
    words = (sys.executable, "-m", "examgen", "scan", scans, "--exam", package, "--out", out)
    return run((*words, "--processes", str(processes)), ROOT, processes, first)


def our_answers(out: Path) -> dict[Row, str]:
    return {
        (Path(row["source"]).name, int(row["question"])): row["read"].replace("|", "")
        for row in table(out / "rows.csv")
    }


# ── OMRChecker ───────────────────────────────────────────────────────────────────────────────


def template(package: Path, folder: Path) -> None:
    """Our sheet in OMRChecker's words: pixels from the centre of the first corner mark."""
    sheet = json.loads((package / "papers" / "sheet.json").read_text("utf-8"))
    page = sheet["pages"][0]
    corners = {corner["name"]: corner for corner in page["corners"]}
    first, last = corners["top left"], corners["bottom right"]
    columns: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for bubble in page["bubbles"]:
        columns.setdefault((bubble["group"], bubble.get("place", bubble.get("question", 0))), []).append(
            bubble
        )
    blocks = {}
    for (group, place), bubbles in columns.items():
        along = "x" if group != "number" else "y"
        apart = bubbles[1][along] - bubbles[0][along] if len(bubbles) > 1 else 1.0
        label = {"number": f"n{place}", "form": "form", "item": f"q{place}"}[group]
        blocks[f"{group}{place}"] = {
            "direction": "horizontal" if along == "x" else "vertical",
            "bubbleValues": [bubble["value"] for bubble in bubbles],
            "fieldLabels": [label],
            "bubblesGap": apart * PER_MM,
            "labelsGap": 0,
            "origin": [round((bubbles[0][axis] - first[axis] - BUBBLE_MM / 2) * PER_MM) for axis in "xy"],
        }
    size = [round((last[axis] - first[axis]) * PER_MM) for axis in "xy"]
    ratio = round(sheet["paper"]["width"] / first["diameter"])
    marker = {
        "relativePath": "marker.png", "sheetToMarkerWidthRatio": ratio, "marker_rescale_range": [80, 120],
        "marker_rescale_steps": 8, "min_matching_threshold": 0.3,
    }  # fmt: skip
    written = {
        "pageDimensions": size,
        "bubbleDimensions": [round(BUBBLE_MM * PER_MM)] * 2,
        "preProcessors": [{"name": "CropOnMarkers", "options": marker}],
        "fieldBlocks": blocks,
    }
    (folder / "template.json").write_text(json.dumps(written))
    height = round(WIDTH * sheet["paper"]["height"] / sheet["paper"]["width"])
    dimensions = {"processing_width": WIDTH, "processing_height": height}
    outputs = {"show_image_level": 0, "save_image_level": 0, "save_detections": False}
    (folder / "config.json").write_text(json.dumps({"dimensions": dimensions, "outputs": outputs}))
    _draw_marker(folder / "marker.png", first)


def _draw_marker(path: Path, corner: dict[str, Any], per_mm: int = 20) -> None:
    side = round(corner["diameter"] * per_mm)
    image, middle = np.full((side, side), 255, np.uint8), (side // 2, side // 2)
    cv2.circle(image, middle, side // 2, 0, -1, cv2.LINE_AA)
    cv2.circle(image, middle, round((corner["diameter"] / 2 - corner["ring"]) * per_mm), 255, -1, cv2.LINE_AA)
    cv2.circle(image, middle, round(corner["dot"] / 2 * per_mm), 0, -1, cv2.LINE_AA)
    cv2.imwrite(str(path), image)


HEADLESS = (
    "import sys, types; stub = types.ModuleType('screeninfo'); "
    "stub.get_monitors = lambda: [types.SimpleNamespace(width=1920, height=1080)]; "
    "sys.modules['screeninfo'] = stub; import runpy; sys.argv[0] = 'main.py'; sys.path.insert(0, '.'); "
    "runpy.run_path('main.py', run_name='__main__')"
)
"""OMRChecker asks for the size of a screen when it starts; here is none."""


def read_by_omrchecker(clone: Path, scans: Path, out: Path) -> Taken:
    shutil.rmtree(out, ignore_errors=True)
    python = os.environ.get("OMRCHECKER_PYTHON", sys.executable)
    return run((python, "-c", HEADLESS, "-i", scans, "-o", out), clone)


def their_answers(out: Path) -> dict[Row, str]:
    found: dict[Row, str] = {}
    for path in out.rglob("Results_*.csv"):
        for row in table(path):
            answers = {
                int(name[1:]): value for name, value in row.items() if name[:1] == "q" and name[1:].isdigit()
            }
            found |= {(row["file_id"], question): value for question, value in answers.items()}
    return found


# ── figures ──────────────────────────────────────────────────────────────────────────────────


def errors(mine: dict[Row, str], read: dict[Row, str]) -> Errors:
    """Of the rows in `mine`, with what is marked there."""
    sheets = {name for name, _ in mine}
    there = {key: value for key, value in read.items() if key in mine}
    states = Counter(
        "flagged" if value == "?" else "right" if value == mine[key] else "wrong"
        for key, value in there.items()
    )
    lost = len(sheets) - len({name for name, _ in there})
    return Errors(len(sheets), lost, len(there), states["wrong"], states["flagged"])


def figures(n: int = N) -> Iterator[str]:
    """Every line."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        package, scans, truth = simulated(folder, n)
        clone = Path(os.environ.get("OMRCHECKER", "/tmp/omr"))
        theirs = folder / "theirs"
        readers: dict[str, Callable[[Path], Taken]] = {
            "examgen scan": lambda given: read_by_us(package, given, folder / "ours")
        }
        if (clone / "main.py").is_file():
            readers["OMRChecker"] = lambda given: read_by_omrchecker(clone, given, theirs)
        rates = yield from _rates(readers, package, scans, folder)
        yield from _of_two(package, scans, folder)
        for level in LEVELS:
            mine = {key: value for key, value in truth.items() if key[0].startswith(f"{level}-")}
            yield f"  level {level}: examgen: {errors(mine, our_answers(folder / 'ours')).told()}"
            if "OMRChecker" in readers:
                yield f"           OMRChecker: {errors(mine, their_answers(theirs)).told()}"
        if "OMRChecker" in rates:
            times = rates["examgen scan"] / rates["OMRChecker"]
            yield f"  examgen reads {times:.1f} × as many sheets a minute"
        else:
            yield "  OMRChecker is not there: OMRCHECKER=/path/to/clone has it measured on the same files"
    if given := os.environ.get("OTHER_HAND"):
        package, *made = map(Path, given.split(os.pathsep))
        yield from of_another_hand(package, made)
    else:
        yield "another hand: OTHER_HAND=EXAM:FOLDER has its scans measured"


def _rates(
    readers: dict[str, Callable[[Path], Taken]], package: Path, scans: Path, folder: Path
) -> Generator[str, None, dict[str, float]]:
    """Sheets a minute of each reader."""
    taken: dict[tuple[str, str], list[float]] = {}
    n = len(list(scans.iterdir()))
    for _ in range(TURNS):
        for name, read in readers.items():
            for what, n_given in (("one", 1), ("all", None)):
                given = only(scans, folder / what, n_given)
                if name == "OMRChecker":
                    template(package, given)
                taken.setdefault((name, what), []).append(read(given).cpu)
    rates = {}
    for name in readers:
        start, whole = (statistics.median(taken[name, what]) for what in ("one", "all"))
        rates[name] = 60 * (n - 1) / (whole - start)
        took = f"{n} sheets in {whole:.1f} CPU s on one processor, {start:.1f} s of it to start"
        yield f"{name}: {took}: {rates[name]:,.0f} sheets a minute"
    return rates


def _of_two(package: Path, scans: Path, folder: Path) -> Iterator[str]:
    if len(os.sched_getaffinity(0)) < 2:
        yield "two processors: this machine has one"
        return
    every = sorted(scans.iterdir())
    taken: dict[str, list[float]] = {}
    for _ in range(TURNS):
        for processes in (2, 1):
            for what, n in (("one sheet", 1), ("all", None)):
                given = only(scans, folder / what.replace(" ", "-"), n)
                wall = read_by_us(package, given, folder / "ours", processes).wall
                taken.setdefault(f"{what} {processes}", []).append(wall)
        taken.setdefault("apart", []).append(_apart(package, every, folder))
    wall = {name: statistics.median(own) for name, own in taken.items()}
    slow, quick, apart = (wall[name] for name in ("all 1", "all 2", "apart"))
    rate = (slow - wall["one sheet 1"]) / (quick - wall["one sheet 2"])
    yield (
        f"two processors: {quick:.1f} s by the clock, one {slow:.1f} s: {slow / quick:.2f} × as fast, "
        f"without the start {rate:.2f} ×; two commands of half each: {slow / apart:.2f} ×"
    )


def _apart(package: Path, every: Sequence[Path], folder: Path) -> float:
    """Seconds in which two commands that know nothing of each other read half of the sheets each: as well
    as this machine's processors can be shared."""
    halves = [folder / "first-half", folder / "second-half"]
    for number, half in enumerate(halves):
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        for path in every[number::2]:
            os.link(path, half / path.name)
    begun = time.perf_counter()
    with ThreadPoolExecutor(2) as both:
        list(
            both.map(
                lambda n: read_by_us(package, halves[n], folder / f"read-{n}", first=n), range(len(halves))
            )
        )
    return time.perf_counter() - begun


# ── another hand ─────────────────────────────────────────────────────────────────────────────


def of_another_hand(package: Path, made: Sequence[Path]) -> Iterator[str]:
    """The lines of scans that somebody else has made: folders with `scans/` and `truth.csv`."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        scans = folder / "scans"
        scans.mkdir()
        truth: dict[bool, dict[Row, str]] = {True: {}, False: {}}
        for number, one in enumerate(made):
            for path in (one / "scans").iterdir():
                shutil.copyfile(path, scans / f"{number}-{path.name}")
            for row in table(one / "truth.csv"):
                key = f"{number}-{row['source']}", int(row["question"])
                truth[row["clear"] == "1"][key] = row["answer"].replace("|", "")
        every = [only(scans, folder / "one", 1), only(scans, folder / "all", None)]
        n = len(list(scans.iterdir()))
        for processes in (1, 2)[: len(os.sched_getaffinity(0))]:
            turns = [
                [read_by_us(package.resolve(), given, folder / "ours", processes) for given in every]
                for _ in range(TURNS)
            ]
            start, cpu = (min(turn[k].cpu for turn in turns) for k in (0, 1))
            first, wall = (min(turn[k].wall for turn in turns) for k in (0, 1))
            command_mb, worker_mb = (max(turn[1][k] for turn in turns) for k in (2, 3))
            yield (
                f"another hand, {n} pages, processes: {processes}: {cpu:.1f} CPU s, {start:.2f} s of it to "
                f"start: {60 * n / cpu:,.0f} pages a minute and processor, "
                f"{60 * (n - 1) / (cpu - start):,.0f} without the start; by the clock {60 * n / wall:,.0f} "
                f"and {60 * (n - 1) / (wall - first):,.0f} a minute; the command has {command_mb:.0f} MB at "
                f"most, a worker {worker_mb:.0f} MB"
            )
        read = our_answers(folder / "ours")
        yield f"  clear rows: {errors(truth[True], read).told()}"
        yield f"  other rows: {errors(truth[False], read).told()}"


if __name__ == "__main__":
    given = sys.argv[1:]
    if given and not given[0].isdecimal():
        lines = of_another_hand(Path(given[0]), [Path(one) for one in given[1:]])
    else:
        lines = figures(int(given[0]) if given else N)
    for line in lines:
        print(line, flush=True)
