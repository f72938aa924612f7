"""Candidates' reports as PDF, against WeasyPrint laying out the same pages; memory and sizes.

10,000 synthetic candidates of a real exam of forty items, simulated and scored, with names, rooms and seats.
The whole real work is inside: every report is made from the tables of the run, its parts found, its names
shaped, its tags written. The yardstick is bare WeasyPrint (`HTML(…).write_pdf()`, fonts read from the same
files, without tags) on the finished HTML of the same reports. All times are CPU seconds of one process, in
turns, the median of the turns; the laying out of parts, which is done once, is told apart and in the total.

    python benchmarks/reports.py                 the figures
    python benchmarks/reports.py FOLDER 10000    one file of so many reports of a package, for its memory
"""

from __future__ import annotations

import io
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from pathlib import Path

from examgen.assembly.building import build
from examgen.core.resources import builtin
from examgen.core.scored_run import ScoredRun
from examgen.core.signing.keys import make_keys
from examgen.rendering.language import messages
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import Words, face_addresses, report_context
from examgen.rendering.templates.filling import fill
from examgen.reports.candidate_report.facts import candidate_facts
from examgen.reports.candidate_report.page import candidate_page
from examgen.reports.candidate_report.press import CandidatePress
from examgen.reports.candidate_report.report import (
    CandidateReport,
    CandidateRow,
    candidate_report,
    candidate_rows,
)
from examgen.scoring.runs.read import read_scored

ROOT = Path(__file__).resolve().parents[1]
BLUEPRINT = ROOT / "item_bank" / "ASM-REE-5-059ZB" / "blueprints" / "level-4.yaml"
TEMPLATES = (builtin("templates"),)
N, ROOM, TURNS, N_DIRECT = 10_000, 40, 3, 3

_FIRST = ["น้ำทิพย์", "ศักดิ์สิทธิ์", "กตัญญู", "ปิ่นแก้ว", "ณัฏฐ์ชุดา", "ญาณิศา", "ธีรฎ์", "ภัทรา", "เปี๊ยะ"]
_LAST = ["ใจดี", "ฐานฎีกา", "ฝั่งธนบุรี", "ฟ้าลั่น", "กฤษฎิ์เมธา", "โอ่งทอง", "วงศ์สว่าง", "บุญญฤทธิ์"]


def package(folder: Path, n: int = N) -> Path:
    """The exam with the answers of so many candidates scored."""
    build(BLUEPRINT, ROOT, folder)
    answers = folder.parent / "answers.csv"
    simulate = ("simulate", str(folder), "--candidates", str(n), "--seed", "2569", "--out", str(answers))
    for command in (simulate, ("score", str(folder), str(answers))):
        subprocess.run([sys.executable, "-m", "examgen", *command], check=True, capture_output=True)
    return folder


class Sitting:
    """The reports of a scored package, made as often as they are asked for."""

    def __init__(self, folder: Path) -> None:
        self.run: ScoredRun = read_scored(folder)
        self._shared = candidate_facts(self.run, Words(messages(TEMPLATES)))
        self._context = report_context(self.run, "th", faces=face_addresses())
        self._set_line = line_setter(TEMPLATES)

    def page(self, report: CandidateReport) -> str:
        """The page of HTML of a report."""
        context = {**candidate_page(self._context, report), "printed": True}
        return fill("report-candidate.html", context, TEMPLATES, self._set_line)

    def reports(self, n: int = N) -> Iterator[CandidateReport]:
        """The first so many reports."""
        for number, row in enumerate(islice(candidate_rows(self.run), n)):
            yield candidate_report(self._shared, CandidateRow(_known(row.person, number), row.criteria))

    def press(self, n: int = N) -> CandidatePress:
        """The parts of the first so many reports, laid out."""
        return CandidatePress(self.page, lambda: self.reports(n), TEMPLATES)


def _known(person: Mapping[str, str], number: int) -> dict[str, str]:
    """A candidate with a name, a room of forty and a seat."""
    return {
        **person,
        "name": f"{_FIRST[number % 9]} {_LAST[number % 8]}",
        "centre": f"ศูนย์ที่ {number // 400 + 1}",
        "room": f"{number // ROOM + 1:03d}",
        "seat": f"{'ABCDEFGH'[number % ROOM // 5]}{number % 5 + 1}",
    }


def taken(run: Callable[[], int]) -> float:
    """CPU milliseconds a report of something that says how many reports it made."""
    start = time.process_time()
    n = run()
    return 1000 * (time.process_time() - start) / n


def room_files(press: CandidatePress, folder: Path, reports: Iterable[CandidateReport]) -> int:
    """A file for each room of forty; how many reports."""
    for number, room in groupby(enumerate(reports), key=lambda one: one[0] // ROOM):
        press.write(folder / f"{number}.pdf", (report for _, report in room), "reports")
    return N


def candidate_files(press: CandidatePress, folder: Path, reports: Iterable[CandidateReport]) -> int:
    """A file for each candidate; how many reports."""
    n = 0
    for report in reports:
        press.write(folder / f"{report.candidate_id}.pdf", [report], "report")
        n += 1
    return n


def direct(htmls: Sequence[str]) -> int:
    """The reports as bare WeasyPrint makes them."""
    import weasyprint

    for html in htmls:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            weasyprint.HTML(string=html, base_url=str(TEMPLATES[0])).write_pdf(io.BytesIO())
    return len(htmls)


def budget_figures(folder: Path) -> Iterator[str]:
    """What the house promises of the reports on 10,000 candidates."""
    sitting = Sitting(folder)
    start = time.process_time()
    press = sitting.press()
    prepared = time.process_time() - start
    yield f"{N:,} reports looked at, their parts laid out in {prepared:.1f} s"
    scratch = folder.parent
    turns = [_turn(sitting, press, scratch / f"turn-{turn}") for turn in range(TURNS)]
    yardstick, rooms, singly = (statistics.median(times) for times in zip(*turns, strict=True))
    sizes = [_mean_size(scratch / "turn-0" / kind) / 1000 for kind in ("rooms", "candidates")]
    yield f"direct WeasyPrint: {yardstick:.0f} ms a report"
    for what, each, size in ((f"room of {ROOM}", rooms, sizes[0]), ("candidate", singly, sizes[1])):
        whole = each + 1000 * prepared / N
        yield (
            f"a file for each {what}: {each:.1f} ms a report = {yardstick / each:,.0f} × direct; with the "
            f"laying out {whole:.1f} ms = {yardstick / whole:,.0f} × (budget: 100 at least), "
            f"{size:,.0f} kB a file"
        )


def figures() -> Iterator[str]:
    """Speeds, then memory and sizes."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = package(Path(scratch, "exam"))
        yield from budget_figures(folder)
        yield whole_command(folder, Path(scratch, "plain"), "examgen report --kind candidate")
        key = Path(scratch, "body.pem")
        make_keys(key, "Benchmark")
        signed = ("--verify-code", str(key))
        yield whole_command(folder, Path(scratch, "signed"), "the same with --verify-code", signed)
        for what, words in (("the same", ()), ("the same, signed", signed)):
            singly = ("--by", "candidate", *words)
            yield whole_command(folder, Path(scratch, f"singly {what}"), f"{what}, a file for each", singly)
        for n in (1_000, N):
            command = [sys.executable, __file__, str(folder), str(n)]
            yield subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def whole_command(folder: Path, out: Path, what: str, words: Sequence[str] = ()) -> str:
    """CPU, wall time and peak memory of a command that makes every report of a package."""
    start = time.perf_counter()
    asked = ("report", str(folder), "--kind", "candidate", "--out", str(out), *words)
    with subprocess.Popen([sys.executable, "-m", "examgen", *asked], stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{what} ended with status {process.returncode}")
    return (
        f"{what}: {N:,} reports in {used.ru_utime + used.ru_stime:.0f} s of CPU, "
        f"{time.perf_counter() - start:.0f} s on the clock, peak memory {used.ru_maxrss / 1024:,.0f} MB"
    )


def _turn(sitting: Sitting, press: CandidatePress, folder: Path) -> tuple[float, float, float]:
    """Milliseconds a report of the yardstick, of a file for each room, of a file for each candidate."""
    for kind in ("rooms", "candidates"):
        (folder / kind).mkdir(parents=True)
    htmls = [sitting.page(report) for report in sitting.reports(N_DIRECT)]
    return (
        taken(lambda: direct(htmls)),
        taken(lambda: room_files(press, folder / "rooms", sitting.reports())),
        taken(lambda: candidate_files(press, folder / "candidates", sitting.reports(N // 20))),
    )


def _mean_size(folder: Path) -> float:
    return statistics.mean(path.stat().st_size for path in folder.glob("*.pdf"))


def memory(folder: Path, n: int) -> str:
    """Peak memory of this process with a file of so many reports, and before it is written."""
    sitting = Sitting(folder)
    press = sitting.press(n)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "all.pdf"
        start = time.process_time()
        n_pages = press.write(path, sitting.reports(n), "reports")
        seconds, size = time.process_time() - start, path.stat().st_size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (
        f"one file of {n:,} reports: {n_pages:,} pages in {seconds:.1f} s, {size / 1e6:,.0f} MB, "
        f"peak memory {peak / 1024:,.0f} MB ({before / 1024:,.0f} MB with its parts laid out)"
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(memory(Path(sys.argv[1]), int(sys.argv[2])))
    else:
        for line in figures():
            print(line, flush=True)
