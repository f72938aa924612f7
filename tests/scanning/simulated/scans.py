"""Sheets of an exam → simulated scans of them in files, and the tables that tell the truth about them.

scans/            the scans
truth.csv         what is marked on them, as an answer file
truth-marks.csv   each bubble of each page
truth-pages.csv   each page
"""

from __future__ import annotations

import csv
import tempfile
from collections import deque
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from examgen.core.csv_files import csv_cells
from examgen.core.exam.package import read_package
from examgen.core.files import own_folder
from examgen.core.processes import ALONE, Workers, at_work, in_order
from examgen.scanning.filled_sheets import Format, ScannedPage, answers_of, said, write_scans
from examgen.scanning.sheet_layout import FORM, GROUPS, NUMBER
from examgen.scanning.simulating import sheets_of
from tests.scanning.simulated.pages import SimulatedPage, SimulationOptions, page_of_task, task_means

MARKS_HEAD = (
    "source", "page", "group", "place", "value", "made", "tool", "darkness", "counts", "x", "y",
    "from_x", "from_y", "to_x", "to_y",
)  # fmt: skip
PAGES_HEAD = (
    "source", "page", "exam", "geometry", "sheet_page", "serial", "candidate_id", "form", "number_marked",
    "form_marked", "level", "dpi", "rotation", "width", "height", "top_left_x", "top_left_y", "top_right_x",
    "top_right_y", "bottom_left_x", "bottom_left_y", "bottom_right_x", "bottom_right_y",
)  # fmt: skip
_WORTH_A_PROCESS = 30
"""Pages that pay for a process."""


def simulate_scans(
    folder: Path,
    workspace: Path,
    out: Path,
    wanted: SimulationOptions,
    candidates: int | None = None,
    form: Format = "pdf",
    workers: Workers = ALONE,
) -> None:
    """Scans of the sheets of a package, and their truth, into the folder `out`."""
    with tempfile.TemporaryDirectory() as scratch, own_folder(out) as made:
        pdf, sides = sheets_of(read_package(folder), workspace, candidates, wanted.seed, Path(scratch))
        (made / "scans").mkdir()
        waiting: deque[SimulatedPage] = deque()
        marked = []
        pages, marks = [[*PAGES_HEAD]], [[*MARKS_HEAD]]
        with at_work(workers, -(-len(sides) // _WORTH_A_PROCESS)) as executor:

            def scanned() -> Iterator[ScannedPage]:
                given = partial(task_means, pdf, sides, wanted)
                for page in in_order(executor, page_of_task, range(len(sides)), given):
                    waiting.append(page)
                    yield page.scan.page

            for filed in write_scans(scanned(), made / "scans", form):
                page = waiting.popleft()
                marked.append((page.side, page.counts))
                pages.append([*map(str, (*filed, *_of_page(page, wanted.level)))])
                marks += ([*map(str, (*filed, *row))] for row in _of_bubbles(page))
        (made / "truth.csv").write_bytes(answers_of(marked))
        text = "".join(csv_cells(row) + "\n" for row in pages)
        (made / "truth-pages.csv").write_text(text, "utf-8-sig")
        with (made / "truth-marks.csv").open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(marks)


def _of_page(one: SimulatedPage, level: int) -> Iterator[object]:
    side, page, layout = one.side, one.side.page, one.side.layout
    yield from (layout.exam, layout.geometry, page.page, side.serial, side.candidate_id, side.form)
    places = said(page, one.counts, NUMBER)
    yield "".join(place if len(place) == 1 else "?" if place else " " for place in places).rstrip()
    yield from said(page, one.counts, FORM) or ("",)
    yield from (level, one.scan.page.dpi, one.scan.rotation, *one.scan.page.size[::-1])
    yield from (f"{value:.2f}" for value in one.corners.ravel())


def _of_bubbles(one: SimulatedPage) -> Iterator[tuple[object, ...]]:
    page = one.side.page
    for group, place, value, made, tool, dark, counts, (x, y), ends in zip(
        page.group.tolist(), page.place.tolist(), page.value, one.made, one.tool, one.darkness.tolist(),
        one.counts.tolist(), one.xy.tolist(), one.ends.reshape(-1, 4).tolist(), strict=True,
    ):  # fmt: skip
        at = (f"{value:.2f}" for value in (x, y, *ends))
        yield (GROUPS[group], place, value, made, tool, f"{dark:.3f}", int(counts), *at)
