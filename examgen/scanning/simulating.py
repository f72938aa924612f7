"""An exam package → simulated scans of its answer sheets, and a file of the marks on them.

If booklets were assigned, the sheets are those of the candidates, printed again as they were. Otherwise it is
the blank sheet, on which number and form are marked too.
"""

from __future__ import annotations

import json
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from examgen.core.exam.names import ANSWER_SHEET, SHEET_JSON
from examgen.core.exam.package import Package, read_written
from examgen.core.files import Progress, own_folder, quiet, read_input
from examgen.core.models.form import Booklet, Candidate, PersonalForm
from examgen.core.models.papers import CandidateNumber, thai_id_check_digit
from examgen.core.problems import MissingDependency, Refused, WrongUsage, install
from examgen.core.processes import ALONE, Workers, at_work, in_order, left
from examgen.core.resources import template_folders
from examgen.core.text.characters import LETTERS
from examgen.core.words import command, option, tell
from examgen.scanning.sheet_layout import sheet_layout
from examgen.scoring.simulations import assigned_candidates, drawn_answers

if TYPE_CHECKING:
    from examgen.scanning.filled_sheets import Format, Side

SCANS, TRUTH = "scans", "truth.csv"
"""The files in the folder of a simulation: the scans, and the marks on them as an answer file."""
_WORTH_A_PROCESS = 30
"""The number of pages for which starting one more process is worthwhile."""


def simulate_scans(
    folder: Path,
    workspace: Path,
    out: Path,
    seed: int,
    candidates: int | None = None,
    form: Format = "pdf",
    workers: Workers = ALONE,
    progress: Progress = quiet,
) -> int:
    """Write filled sheets of a package to `out`/scans and their marks to `out`, and return the number of
    pages.

    `candidates` limits the sheets to the first candidates with booklets; by default, all. Raises
    MissingDependency without the libraries for scans.
    """
    try:
        from examgen.scanning.filled_sheets import answers_of, filled_page, printed_sheets, write_scans
    except ImportError:
        raise MissingDependency.because(
            "simulated scans need extra libraries: {command}", command=install("scan")
        ) from None
    package = read_written(folder)
    with tempfile.TemporaryDirectory() as scratch, own_folder(out) as made:
        pdf, sides = sheets_of(package, workspace, candidates, seed, Path(scratch))
        (made / SCANS).mkdir()
        with (
            at_work(workers, -(-len(sides) // _WORTH_A_PROCESS)) as executor,
            left(executor, Path(scratch), sides) as given_sides,
        ):
            given = partial(printed_sheets, pdf, given_sides, seed)
            pages = in_order(executor, filled_page, range(len(sides)), given)
            for n, _ in enumerate(write_scans(pages, made / SCANS, form), 1):
                if n % 100 == 0:
                    progress(tell("{n:,} of {n_pages:,} pages", n=n, n_pages=len(sides)))
        (made / TRUTH).write_bytes(answers_of((side, side.meant) for _, side in sides))
    return len(sides)


# ── whose sheets ─────────────────────────────────────────────────────────────────────────────


def sheets_of(
    package: Package, workspace: Path, candidates: int | None, seed: int, scratch: Path
) -> tuple[Path, list[tuple[int, Side]]]:
    """Return the PDF of the sheets, and the sides to fill, each with its page in the PDF, from 0."""
    from examgen.bank.body import logo_of
    from examgen.papers.sheet.identity import sheet_geometry
    from examgen.papers.sheet.printing import print_sheets
    from examgen.scanning.filled_sheets import side_of

    printed = package.printing
    if printed is None:
        raise WrongUsage.because(
            "{folder} was not printed. Run {command} first", folder=package.folder, command=command("render")
        )
    layout = sheet_layout(json.loads(read_input(package.folder / SHEET_JSON)))
    if candidates is None:
        dealt = assigned_candidates(package)
        if dealt is None:
            raise WrongUsage.because(
                "no booklets were assigned to candidates. Set the number of candidates with {candidates}",
                candidates=option("candidates"),
            )
        candidates = dealt.height
    drawn = drawn_answers(package, candidates, seed)
    # The letters of each candidate's answers.
    said = ["".join(letter for k, letter in enumerate(LETTERS) if mask >> k & 1) for mask in range(256)]
    answers = [tuple(said[mask] for mask in row) for row in drawn.marks.tolist()]
    sides: list[tuple[int, Side]] = []
    if drawn.dealt is None:
        pdf = package.folder / ANSWER_SHEET
        numbers = _numbers(printed.papers.candidate_number, len(answers), seed)
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
        # Print the sheets of those booklets into one PDF, as `render` does.
        blueprint = package.exam.blueprint.model_copy(update={"papers": printed.papers})
        exam = package.exam.model_copy(update={"blueprint": blueprint})
        if sheet_geometry(exam, printed.papers)["geometry"] != layout.geometry:
            raise Refused.because(
                "{folder} was printed by another version of examgen. Print it again", folder=package.folder
            )
        logo = logo_of(workspace, printed.papers.body)
        print_sheets(pdf, exam, booklets, template_folders(workspace), logo)
    for sheet, (booklet, number) in enumerate(zip(booklets, numbers, strict=True)):
        for n, page in enumerate(layout.pages):
            at = n if drawn.dealt is None else sheet * len(layout.pages) + n
            who = (sheet, booklet.serial, number, booklet.form)
            sides.append((at, side_of(layout, page, *who, answers[sheet])))
    return pdf, sides


def _numbers(rule: CandidateNumber, n: int, seed: int) -> list[str]:
    """Return different candidate numbers that fit the bubbles."""
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
            raise WrongUsage.because(
                "{n_places} places do not allow enough candidate numbers", n_places=rule.length
            )
    return list(found)
