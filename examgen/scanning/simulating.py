"""Scans of answer sheets that nobody filled: an exam package's own sheets, with the truth beside them.

Where booklets were dealt, the sheets are those of the candidates, printed anew as they were; elsewhere the
sheet that is nobody's, on which number and form are marked by hand.
"""

from __future__ import annotations

import json
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from examgen.core.exam.names import ANSWER_SHEET, SHEET_JSON
from examgen.core.exam.package import Package, last_printing, read_package
from examgen.core.files import Progress, quiet
from examgen.core.models.form import Booklet, Candidate, PersonalForm
from examgen.core.models.papers import CandidateNumber, thai_id_check_digit
from examgen.core.problems import MissingDependency, Refused, WrongUsage
from examgen.core.processes import ALONE, Workers, at_work, in_order
from examgen.core.resources import template_folders
from examgen.core.storage import own_folder, read_input
from examgen.core.text.characters import LETTERS
from examgen.core.words import command, option, tell
from examgen.scanning.sheet_layout import sheet_layout
from examgen.scoring.simulations import dealt_candidates, drawn_answers

if TYPE_CHECKING:
    from examgen.scanning.simulated.sheets import Side

SCANS, TRUTH_MARKS = "scans", "truth-marks.csv"
"""In the folder of a simulation: the scans, and the truth of each bubble."""
_WORTH_A_PROCESS = 30
"""Pages that pay for a process."""


class ScanSimulationOptions(NamedTuple):
    """What is to be simulated; the first four as in `SimulationOptions`."""

    level: int
    seed: int
    marks: Literal["tidy", "usual", "odd"] = "usual"
    dpi: int | None = None
    candidates: int | None = None
    """The first so many of those who were dealt booklets; all where it is not given."""
    form: Literal["pdf", "jpeg", "tiff", "png"] = "pdf"
    mixed: bool = False
    """Pages in any order, each turned by any quarter."""
    workers: Workers = ALONE


class SimulatedScans(NamedTuple):
    """How much was written."""

    n_pages: int
    n_sheets: int


def simulate_scans(
    folder: Path, workspace: Path, out: Path, asked: ScanSimulationOptions, progress: Progress = quiet
) -> SimulatedScans:
    """Scans of the sheets of a package into `out`/scans, and their truth into `out`."""
    try:
        from examgen.scanning.simulated.files import Truth, write_scans
        from examgen.scanning.simulated.pages import SimulationOptions, page_of_task, task_means
    except ImportError:
        raise MissingDependency(
            tell("scans need libraries of their own: pip install 'examgen[scan]'")
        ) from None
    wanted = SimulationOptions(asked.level, asked.seed, asked.marks, asked.dpi)
    package = read_package(folder)
    with tempfile.TemporaryDirectory() as scratch, own_folder(out) as made:
        pdf, sides = _sheets(package, workspace, asked, Path(scratch))
        # The pages as they come, each with the degrees that it lies turned by where that is settled here.
        order: list[tuple[int, int | None]] = [(page, None) for page in range(len(sides))]
        if asked.mixed:
            rng = np.random.default_rng([wanted.seed, len(sides)])
            turns = (90 * rng.integers(0, 4, len(sides))).tolist()
            order = [*zip(rng.permutation(len(sides)).tolist(), turns, strict=True)]
        (made / SCANS).mkdir()
        marks = (made / TRUTH_MARKS).open("w", encoding="utf-8", newline="")
        with marks, at_work(asked.workers, -(-len(order) // _WORTH_A_PROCESS)) as executor:
            truth = Truth(marks, wanted.level)
            pages = in_order(executor, page_of_task, order, partial(task_means, pdf, sides, wanted))
            for n, (page, filed) in enumerate(write_scans(pages, made / SCANS, asked.form, wanted.level), 1):
                truth.add(page, filed)
                if n % 100 == 0:
                    progress(tell("{n:,} of {n_pages:,} pages", n=n, n_pages=len(order)))
        for name, data in truth.tables().items():
            (made / name).write_bytes(data)
    return SimulatedScans(len(order), len({side.sheet for _, side in sides}))


# ── whose sheets ─────────────────────────────────────────────────────────────────────────────


def _sheets(
    package: Package, workspace: Path, asked: ScanSimulationOptions, scratch: Path
) -> tuple[Path, list[tuple[int, Side]]]:
    """The PDF of the sheets, and what is to be filled, each with its page of the PDF, from 0."""
    from examgen.papers.sheet.identity import sheet_geometry
    from examgen.papers.sheet.printing import print_sheets
    from examgen.scanning.simulated.sheets import side_of

    printed = last_printing(package)
    if printed is None:
        raise WrongUsage(
            tell(
                "{folder} was not printed: run {command} first",
                folder=package.folder,
                command=command("render"),
            )
        )
    layout = sheet_layout(json.loads(read_input(package.folder / SHEET_JSON)))
    n_candidates = asked.candidates
    if n_candidates is None:
        dealt = dealt_candidates(package)
        if dealt is None:
            raise WrongUsage(
                tell(
                    "no booklets were dealt to candidates: say how many with {candidates}",
                    candidates=option("candidates"),
                )
            )
        n_candidates = dealt.height
    drawn = drawn_answers(package, n_candidates, asked.seed)
    # By candidate, the letters that answer each question.
    said = ["".join(letter for k, letter in enumerate(LETTERS) if mask >> k & 1) for mask in range(256)]
    answers = [tuple(said[mask] for mask in row) for row in drawn.marks.tolist()]
    sides: list[tuple[int, Side]] = []
    if drawn.dealt is None:
        pdf = package.folder / ANSWER_SHEET
        numbers = _numbers(printed.papers.candidate_number, len(answers), asked.seed)
        booklets = [Booklet("", form, PersonalForm(form, (), ()), None, "") for form in drawn.forms]
    else:
        pdf = scratch / "sheets.pdf"
        rows = list(drawn.dealt.iter_rows(named=True))
        numbers = [row["candidate_id"] for row in rows]
        booklets = [
            Booklet(
                row["serial"],
                row["form"],
                PersonalForm(row["base"], (), ()),
                Candidate(**{name: row[name] for name in ("candidate_id", "name", "room", "seat")}),
                row["room"],
            )
            for row in rows
        ]
        # The sheets of those booklets into one PDF, as `render` prints them.
        blueprint = package.exam.blueprint.model_copy(update={"papers": printed.papers})
        exam = package.exam.model_copy(update={"blueprint": blueprint})
        if sheet_geometry(exam, printed.papers)["geometry"] != layout.geometry:
            raise Refused(
                tell(
                    "{folder} was printed by another version of examgen: print it again",
                    folder=package.folder,
                )
            )
        print_sheets(pdf, exam, booklets, template_folders(workspace))
    for sheet, (booklet, number) in enumerate(zip(booklets, numbers, strict=True)):
        for n, page in enumerate(layout.pages):
            at = n if drawn.dealt is None else sheet * len(layout.pages) + n
            who = (sheet, booklet.serial, number, booklet.form)
            sides.append((at, side_of(layout, page, *who, answers[sheet])))
    return pdf, sides


def _numbers(rule: CandidateNumber, n: int, seed: int) -> list[str]:
    """Candidate numbers that suit the bubbles, no two alike."""
    rng = np.random.default_rng([seed, 13])
    found: dict[str, None] = {}
    while len(found) < n:
        number = "".join(
            chr(ord("A") + rng.integers(26)) if place in rule.letters else str(rng.integers(10))
            for place in range(1, rule.length + 1)
        )
        if rule.check == "thai_id":
            number = f"{number[:-1]}{thai_id_check_digit(number[:-1])}"
        found[number] = None
        if len(found) >= 10 ** min(rule.length, 9):
            raise WrongUsage(
                tell("there are not so many candidate numbers of {n_places} places", n_places=rule.length)
            )
    return list(found)
