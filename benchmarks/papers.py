"""Personal booklets a second, against WeasyPrint laying out the same booklets one by one; memory.

The whole real work is inside: orders drawn, pages filled, names stamped, page marks drawn, the file written.
The yardstick is bare WeasyPrint (`HTML(…).write_pdf()`) on the finished HTML of a whole booklet. Times are
processor seconds of one process.

    python benchmarks/papers.py             the figures
    python benchmarks/papers.py BOOKLETS    so many booklets, a file for each room
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
from itertools import islice
from pathlib import Path

from examgen.assembly.booklets import deal
from examgen.bank.loading import load_unit
from examgen.core.models.form import Candidate, Exam
from examgen.core.models.papers import PapersRule, PersonalOrder
from examgen.core.resources import builtin
from examgen.papers.booklet.printing import BookletPrinter
from examgen.papers.preview import sample

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tests.papers.whole_booklets import flowing  # noqa: E402 - the tests are no package of ours

UNIT = ROOT / "item_bank" / "ASM-REE-5-059ZB"
TEMPLATES, MEDIA = (builtin("templates"),), (UNIT / "media",)
RULE = PapersRule(personal=PersonalOrder(items=True, options=True))
N_ITEMS, ROOM, TURNS = 40, 40, 3
FIRST = ["น้ำทิพย์", "ศักดิ์สิทธิ์", "กตัญญู", "ปิ่นแก้ว", "ณัฏฐ์ชุดา", "ญาณิศา", "ธีรฎ์", "ภัทรา", "เปี๊ยะ"]
LAST = ["ใจดี", "ฐานฎีกา", "ฝั่งธนบุรี", "ฟ้าลั่น", "กฤษฎิ์เมธา", "โอ่งทอง", "วงศ์สว่าง", "บุญญฤทธิ์"]


def exam() -> Exam:
    """Forty real items as one form, which with a cover are twelve pages."""
    unit, _ = load_unit(UNIT)
    assert unit is not None
    made = sample(unit, unit.items[:N_ITEMS])
    blueprint = made.blueprint.model_copy(update={"exam": "BENCH-2026", "papers": RULE})
    form = made.forms[0].model_copy(update={"name": "A"})
    return made.model_copy(update={"blueprint": blueprint, "forms": (form,)})


def candidates(n: int) -> list[Candidate]:
    """Candidates with different names, in rooms of forty."""
    return [
        Candidate(
            candidate_id=f"{number:013d}",
            name=f"นาย{FIRST[number % 9]} {LAST[number % 8]} {number}",
            room=f"ห้อง {number // ROOM + 1:03d}",
            seat=f"{'ABCDEFGH'[number % ROOM // 5]}{number % 5 + 1}",
        )
        for number in range(n)
    ]


def rate(make_pages: Callable[[], int]) -> float:
    """Pages a processor second of something that returns how many pages it made."""
    start = time.process_time()
    n_pages = make_pages()
    return n_pages / (time.process_time() - start)


def one_by_one(htmls: Sequence[str]) -> int:
    """Lay booklets out by bare WeasyPrint; how many pages."""
    import weasyprint

    n_pages = 0
    for html in htmls:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            document = weasyprint.HTML(string=html, base_url=str(TEMPLATES[0])).render()
            document.write_pdf(io.BytesIO())
        n_pages += len(document.pages)
    return n_pages


def press(n: int) -> str:
    """`n` booklets, a file for each room: pages, seconds with the laying out, ratio to the yardstick,
    memory."""
    sat = exam()
    start = time.process_time()
    printer = BookletPrinter(sat, RULE, TEMPLATES, MEDIA)
    with tempfile.TemporaryDirectory() as scratch:
        path, booklets, n_pages = Path(scratch, "room.pdf"), deal(sat, candidates(n), RULE), 0
        while room := list(islice(booklets, ROOM)):
            n_pages += printer.write(path, room, title="booklets").n_pages
        seconds = time.process_time() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    htmls = [
        flowing(printer, booklet, TEMPLATES, MEDIA) for booklet in islice(deal(sat, candidates(2), RULE), 2)
    ]
    yardstick = statistics.median(rate(lambda: one_by_one(htmls)) for _ in range(TURNS))
    return (
        f"{n:,} booklets: {n_pages:,} pages in {seconds:.1f} s = {n_pages / seconds / yardstick:,.0f} × "
        f"WeasyPrint one by one ({yardstick:.1f} pages/s), {peak:,.0f} MB"
    )


def figures() -> Iterator[str]:
    """Every figure; each number of booklets in a process of its own, for its memory."""
    for n, budget in ((1_000, ""), (10_000, " (budget: 100 at least, memory as for 1,000)")):
        command = [sys.executable, __file__, str(n)]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        yield printed + budget


if __name__ == "__main__":
    for figure in (press(int(sys.argv[1])),) if len(sys.argv) > 1 else figures():
        print(figure, flush=True)
