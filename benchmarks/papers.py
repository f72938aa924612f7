"""Pages of personal booklets a second, against WeasyPrint laying out the same booklets; memory and sizes.

Papers of 400 rooms, against those of one room that WeasyPrint lays out.

The whole real work is inside: orders drawn, pages filled, names stamped, page marks drawn, files written.
The yardstick is bare WeasyPrint (`HTML(…).write_pdf()`, fonts read from the same files) on the finished HTML
of a whole booklet, without what our own files need besides. All times are CPU seconds of one process, in
turns, the median of the turns.

    python benchmarks/papers.py            the figures
    python benchmarks/papers.py 10000      one file of so many booklets, for its memory
"""

from __future__ import annotations

import io
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path

from examgen.assembly.booklets import deal
from examgen.bank.loading import load_unit
from examgen.core.models.form import Booklet, Candidate, Exam
from examgen.core.models.papers import PapersRule, PersonalOrder
from examgen.core.resources import builtin
from examgen.papers.booklet.printing import BookletPrinter
from examgen.papers.preview import sample
from examgen.papers.rooms import lists as rooms
from examgen.papers.rooms.printing import RoomPapers, RoomPrinter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.papers.whole_booklets import flowing

UNIT = Path(__file__).resolve().parents[1] / "item_bank" / "ASM-REE-5-059ZB"
TEMPLATES = (builtin("templates"),)
MEDIA = (UNIT / "media",)
RULE = PapersRule(personal=PersonalOrder(items=True, options=True))
N_ITEMS, ROOM, TURNS = 40, 40, 3

_FIRST = ["น้ำทิพย์", "ศักดิ์สิทธิ์", "กตัญญู", "ปิ่นแก้ว", "ณัฏฐ์ชุดา", "ญาณิศา", "ธีรฎ์", "ภัทรา", "เปี๊ยะ"]
_LAST = ["ใจดี", "ฐานฎีกา", "ฝั่งธนบุรี", "ฟ้าลั่น", "กฤษฎิ์เมธา", "โอ่งทอง", "วงศ์สว่าง", "บุญญฤทธิ์"]


def exam() -> Exam:
    """Forty real items as one form, which with a cover are twelve pages."""
    unit, _ = load_unit(UNIT)
    assert unit is not None
    made = sample(unit, unit.items[:N_ITEMS])
    blueprint = made.blueprint.model_copy(update={"exam": "BENCH-2026", "papers": RULE})
    form = made.forms[0].model_copy(update={"name": "A"})
    return made.model_copy(update={"blueprint": blueprint, "forms": (form,)})


def candidates(n: int) -> list[Candidate]:
    """So many, all named otherwise, in rooms of forty."""
    return [
        Candidate(
            candidate_id=f"{number:013d}",
            name=f"นาย{_FIRST[number % 9]} {_LAST[number % 8]} {number}",
            room=f"ห้อง {number // ROOM + 1:03d}",
            seat=f"{'ABCDEFGH'[number % ROOM // 5]}{number % 5 + 1}",
        )
        for number in range(n)
    ]


def taken(run: Callable[[], int]) -> float:
    """Pages a CPU second of something that says how many pages it made."""
    start = time.process_time()
    pages = run()
    return pages / (time.process_time() - start)


def one_file(printer: BookletPrinter, path: Path, booklets: Iterator[Booklet]) -> int:
    """All booklets in one file; how many pages."""
    return printer.write(path, booklets, title="booklets").n_pages


def room_files(printer: BookletPrinter, folder: Path, booklets: Iterator[Booklet]) -> int:
    """A file for each room."""
    rooms = groupby(booklets, key=lambda booklet: booklet.room)
    return sum(one_file(printer, folder / f"{room}.pdf", members) for room, members in rooms)


def candidate_files(printer: BookletPrinter, folder: Path, booklets: Iterator[Booklet]) -> int:
    """A file for each candidate."""
    return sum(one_file(printer, folder / f"{one.serial}.pdf", iter([one])) for one in booklets)


def room_papers(folder: Path, sat: Exam, people: Sequence[Candidate]) -> tuple[int, float, float]:
    """How many rooms; CPU seconds of the papers of all of them, and of those of one by WeasyPrint alone."""
    todo = []
    for room, members in groupby(deal(sat, people, RULE), key=lambda booklet: booklet.room):
        (folder / room).mkdir(parents=True)
        some = tuple(one._replace(order=one.order._replace(items=(), options=())) for one in members)
        todo.append((folder / room, RoomPapers(room, some, {one.serial: (12, 1) for one in some})))
    start = time.process_time()
    RoomPrinter(sat, TEMPLATES).write(todo)
    composed = time.process_time()
    _, (room, some, pages) = todo[0]
    rooms.seating_plan(sat, room, some, TEMPLATES)
    rooms.attendance(sat, room, some, TEMPLATES)
    rooms.packing_slip(sat, room, some, TEMPLATES, pages)
    return len(todo), composed - start, time.process_time() - composed


def direct(htmls: Sequence[str]) -> int:
    """The booklets as bare WeasyPrint makes them."""
    import weasyprint

    n_pages = 0
    for html in htmls:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            document = weasyprint.HTML(string=html, base_url=str(TEMPLATES[0])).render()
            document.write_pdf(io.BytesIO())
        n_pages += len(document.pages)
    return n_pages


def figures() -> Iterator[str]:
    """Speeds, then memory and sizes."""
    sat, people = exam(), candidates(1_000)
    start = time.process_time()
    printer = BookletPrinter(sat, RULE, TEMPLATES, MEDIA)
    yield f"parts of a booklet of {N_ITEMS} items laid out in {time.process_time() - start:.1f} s"
    with tempfile.TemporaryDirectory() as scratch:
        turns = [_turn(printer, Path(scratch, str(turn)), sat, people) for turn in range(TURNS)]
        yardstick, rooms, singly = (statistics.median(speeds) for speeds in zip(*turns, strict=True))
        sizes = [_mean_size(Path(scratch, "0", kind)) / 1000 for kind in ("rooms", "candidates")]
    yield f"direct WeasyPrint: {yardstick:.1f} pages/s"
    for what, speed, size in ((f"room of {ROOM}", rooms, sizes[0]), ("candidate", singly, sizes[1])):
        ratio = speed / yardstick
        yield f"a file for each {what}: {speed:,.0f} pages/s = {ratio:,.0f} × direct, {size:,.0f} kB a file"
    with tempfile.TemporaryDirectory() as scratch:
        n, ours, theirs = room_papers(Path(scratch), sat, candidates(400 * ROOM))
    yield (
        f"papers of {n} rooms of {ROOM}: {ours:.1f} s = {ours / theirs:.1f} × those of one room laid out "
        f"directly ({theirs:.2f} s)"
    )
    yield _one_file_of(1_000)
    yield from budget_figures()


def budget_figures() -> Iterator[str]:
    """What the house promises of 10,000 personal booklets."""
    yield f"{_one_file_of(10_000)} (budget: 200 at least)"


def _one_file_of(n: int) -> str:
    command = [sys.executable, __file__, str(n)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _turn(
    printer: BookletPrinter, folder: Path, sat: Exam, people: Sequence[Candidate]
) -> tuple[float, float, float]:
    """Speeds of the yardstick, of a file for each room, of a file for each candidate."""
    for kind in ("rooms", "candidates"):
        (folder / kind).mkdir(parents=True)
    htmls = [flowing(printer, booklet, TEMPLATES, MEDIA) for booklet in islice(deal(sat, people, RULE), 2)]
    return (
        taken(lambda: direct(htmls)),
        taken(lambda: room_files(printer, folder / "rooms", deal(sat, people, RULE))),
        taken(lambda: candidate_files(printer, folder / "candidates", deal(sat, people[:300], RULE))),
    )


def _mean_size(folder: Path) -> float:
    return statistics.mean(path.stat().st_size for path in folder.glob("*.pdf"))


def memory(n: int) -> str:
    """Peak memory of this process with a file of so many booklets, and without; its time, with the laying out
    of parts, against WeasyPrint's for as many pages."""
    sat = exam()
    start = time.process_time()
    printer = BookletPrinter(sat, RULE, TEMPLATES, MEDIA)
    laid_out = time.process_time() - start
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "all.pdf"
        one_file(printer, path, deal(sat, candidates(1), RULE))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        people = candidates(n)
        start = time.process_time()
        n_pages = one_file(printer, path, deal(sat, people, RULE))
        seconds = time.process_time() - start
        peak, size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, path.stat().st_size
    htmls = [flowing(printer, one, TEMPLATES, MEDIA) for one in islice(deal(sat, people, RULE), 2)]
    yardstick = statistics.median(taken(lambda: direct(htmls)) for _ in range(TURNS))
    times = n_pages / (laid_out + seconds) / yardstick
    return (
        f"one file of {n:,} booklets: {n_pages:,} pages in {seconds:.1f} s, {size / 1e6:,.0f} MB, "
        f"peak memory {peak / 1024:,.0f} MB ({before / 1024:,.0f} MB with one booklet); with the laying out "
        f"({laid_out:.1f} s) {times:,.0f} × direct WeasyPrint ({yardstick:.1f} pages/s)"
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(memory(int(sys.argv[1])))
    else:
        for line in figures():
            print(line, flush=True)
