"""Printing of an exam that assessors rate (`examgen render`) → candidates' sheets, assessors' forms and
workbooks."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from examgen.assembly.booklets import deal, seated
from examgen.core.csv_files import csv_bytes
from examgen.core.exam.names import CANDIDATES_CSV, FORMS_CSV, KEY_CSV, PAPERS, ROOMS, SECURE, room_folders
from examgen.core.exam.tables import candidates_table, forms_table, key_table
from examgen.core.files import Progress, write_file
from examgen.core.models.form import Candidate, Exam
from examgen.core.models.papers import PapersRule
from examgen.core.processes import Workers, at_work, in_order
from examgen.core.words import tell
from examgen.papers.assessing.forms import Assessed, AssessorForms, candidate_sheet
from examgen.papers.assessing.workbook import ratings_workbook
from examgen.rendering.pdf.encryption import encrypted
from examgen.rendering.pdf.joining import joined_pdfs

ASSESSORS = f"{SECURE}/assessors"
"""The folder of papers for assessors, which candidates must not see."""
_WORTH_A_PROCESS = 4
"""The number of forms that take as long to print as a process takes to start."""


class RatedPrinting(NamedTuple):
    """A printing of an exam that assessors rate, in progress."""

    exam: Exam
    rule: PapersRule
    staged: Path
    templates: Sequence[Path]
    media: Sequence[Path]
    password: str | None
    workers: Workers
    progress: Progress

    def path(self, name: str) -> Path:
        """Return the path of a file of the printing, given its path in the package. Creates its folder."""
        path = self.staged / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def secret(self, name: str, pdf: bytes) -> None:
        """Write a PDF for assessors, encrypted if a password is set."""
        write_file(self.path(name), encrypted(pdf, self.password) if self.password else pdf)


def print_rated(printing: RatedPrinting, candidates: Sequence[Candidate] | None) -> None:
    """Print a candidate's sheet and an assessor's form for each form of the exam. With a list, also print a
    form for each candidate and assessor, and workbooks for the points, by room."""
    exam = printing.exam
    write_file(printing.path(FORMS_CSV), csv_bytes(forms_table(exam)))
    write_file(printing.path(KEY_CSV), csv_bytes(key_table(exam)))
    for form in exam.forms:
        printing.progress(tell("form {form}: candidate's sheet, assessor's form", form=form.name))
        sheet = candidate_sheet(exam, form, printing.templates, printing.media)
        write_file(printing.path(f"{PAPERS}/candidate-sheet-{form.name}.pdf"), sheet)
        blank = AssessorForms(exam, form, printing.templates, printing.media).pdf()
        printing.secret(f"{ASSESSORS}/assessor-form-{form.name}.pdf", blank)
        write_file(
            printing.path(f"{ASSESSORS}/ratings-{form.name}.xlsx"),
            ratings_workbook(exam, form, [], exam.blueprint.assessing_rule.assessors),
        )
    if candidates is not None:
        _print_candidates(printing, candidates)


def _print_candidates(printing: RatedPrinting, candidates: Sequence[Candidate]) -> None:
    exam = printing.exam
    dealt = list(deal(exam, candidates, printing.rule))
    write_file(printing.path(CANDIDATES_CSV), csv_bytes(candidates_table(dealt)))
    folders = room_folders(room[0].exam_room for room in seated(candidates))
    forms = {form.name: form for form in exam.forms}
    printers = {
        name: AssessorForms(exam, form, printing.templates, printing.media) for name, form in forms.items()
    }
    n_assessors, n_done = exam.blueprint.assessing_rule.assessors, 0
    with at_work(printing.workers, len(candidates) * n_assessors // _WORTH_A_PROCESS) as executor:
        for room, members in groupby(dealt, key=lambda one: one.exam_room):
            seats = [(one, one.candidate) for one in members if one.candidate is not None]
            if not seats:
                continue
            folder = f"{ASSESSORS}{folders[room].removeprefix(ROOMS)}"
            wanted = [
                (one.order.base, Assessed(who.candidate_id, who.name, one.centre, who.room, n))
                for one, who in seats
                for n in range(1, n_assessors + 1)
            ]
            made = []
            for pdf in in_order(executor, _form_of, wanted, partial(copy, printers)):
                made.append(pdf)
                if not len(made) % n_assessors:
                    n_done += 1
                    printing.progress(
                        tell("assessor's forms: {n:,} of {of:,} candidates", n=n_done, of=len(candidates))
                    )
            printing.secret(f"{folder}/assessor-forms.pdf", joined_pdfs(made))
            for name in sorted({one.order.base for one, _ in seats}):
                own = [who for one, who in seats if one.order.base == name]
                book = ratings_workbook(exam, forms[name], own, n_assessors)
                write_file(printing.path(f"{folder}/ratings-{name}.xlsx"), book)


def _form_of(printers: dict[str, AssessorForms], wanted: tuple[str, Assessed]) -> bytes:
    form, who = wanted
    return printers[form].pdf(who)
