"""The tasks of a form → the workbook (.xlsx) in which an assessor enters points, as the bytes of a file.

It has a row for each candidate and a column for each task, headed by the task's id, with a drop-down list
of the possible points. A note at the heading has the question and what earns the points. `examgen take`
reads the completed workbook.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from examgen.bank.workbook.texts import fits_cell, neutral
from examgen.core.models.form import Candidate, Exam, Form, PrintedItem
from examgen.core.problems import Problem, Refused
from examgen.core.words import Message, tell
from examgen.papers.assessing.forms import by_instrument

RATING_SHEET, GUIDE_SHEET = "ratings", "guide"
_TEXT = Font(name="Sarabun", size=11)
_BOLD = Font(name="Sarabun", size=11, bold=True)
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_HEAD = PatternFill("solid", fgColor="DCE6F1")
_INPUT = PatternFill("solid", fgColor="FFF9DB")
_SPARE = 20
"""The number of empty rows in a workbook without candidates."""
HEAD_ROW = 3
_BOLD_MARKS = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
_SAID = tell(
    "Write your name in each line, and the points of each task as the form states. Give "
    "points alone, before you talk with another assessor. Add your own name to the end of "
    "the file name when you save it."
)
_HEADS = (
    tell("No."),
    tell("Task"),
    tell("Criterion"),
    tell("Question or task"),
    tell("Guide to the answer"),
    tell("Points"),
)


def ratings_workbook(exam: Exam, form: Form, candidates: Sequence[Candidate], n_assessors: int) -> bytes:
    """Return the workbook of one assessor; without candidates, its rows are empty. Raises Refused if a text
    is too long for a cell."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = RATING_SHEET
    heading = tell(
        "{exam}, form {form}: points of one of {n} assessors",
        exam=exam.blueprint.exam,
        form=form.name,
        n=n_assessors,
    )
    for row, said in ((1, heading), (2, _SAID)):
        _write(sheet, row, 1, _both(said), _BOLD if row == 1 else _TEXT)
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=3 + len(form.items))
        sheet.row_dimensions[row].height = 36
    tasks = [p.item.id for p in form.items]
    heads = ["candidate_id", "name", "assessor", *tasks, "date", "comment"]
    widths = [16, 20, 20, *(14 for _ in tasks), 14, 40]
    for n, (name, width) in enumerate(zip(heads, widths, strict=True), 1):
        _write(sheet, HEAD_ROW, n, name, _BOLD).fill = _HEAD
        sheet.column_dimensions[get_column_letter(n)].width = width
    for n, p in enumerate(form.items, 4):
        texts = (_both(tell("Task {n}", n=p.question)), _plain(exam.tasks[p.item.id].ask), _anchors(exam, p))
        note = Comment("\n\n".join(texts), "examgen")
        note.width, note.height = 420, 260
        sheet.cell(HEAD_ROW, n).comment = note
    sheet.freeze_panes = f"D{HEAD_ROW + 1}"
    n_lines = len(candidates) or _SPARE
    for n in range(n_lines):
        who = candidates[n] if n < len(candidates) else None
        row = HEAD_ROW + 1 + n
        cells = [who.candidate_id, who.name] if who is not None else ["", ""]
        for column, text in enumerate([*cells, *("" for _ in heads[2:])], 1):
            cell = _write(sheet, row, column, text)
            cell.number_format = "@" if column <= 3 or column > 3 + len(tasks) else "0"
            if column > 2 or who is None:
                cell.fill = _INPUT
    for n, p in enumerate(form.items, 4):
        points = exam.tasks[p.item.id].points
        choice = DataValidation(type="list", formula1=f'"{",".join(map(str, points))}"', allow_blank=True)
        choice.showErrorMessage = True
        sheet.add_data_validation(choice)
        letter = get_column_letter(n)
        choice.add(f"{letter}{HEAD_ROW + 1}:{letter}{HEAD_ROW + n_lines}")
    _guide(book.create_sheet(GUIDE_SHEET), exam, form)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _guide(sheet: Worksheet, exam: Exam, form: Form) -> None:
    for n, (head, width) in enumerate(zip(_HEADS, (6, 18, 14, 50, 60, 60), strict=True), 1):
        _write(sheet, 1, n, _both(head), _BOLD).fill = _HEAD
        sheet.column_dimensions[get_column_letter(n)].width = width
    problems = []
    rows = []
    for one, printed in by_instrument(exam, form):
        rows += [
            ("", one.id, "", _both(said), text, "")
            for said, text in (
                (tell("Instructions to the assessor"), one.for_assessor),
                (tell("Case"), one.case),
            )
            if text
        ]
        for p in printed:
            task = exam.tasks[p.item.id]
            own = (_plain(task.ask), task.guide, _anchors(exam, p))
            rows.append((str(p.question), task.id, p.item.pc, *own))
    for row, texts in enumerate(rows, 2):
        if not all(map(fits_cell, texts)):
            message = tell("is longer than a spreadsheet cell allows. Shorten it.")
            problems.append(Problem(exam.blueprint.exam, "too-long-for-a-cell", message, texts[1]))
            continue
        for column, text in enumerate(texts, 1):
            _write(sheet, row, column, text)
    if problems:
        raise Refused.because("the tasks do not fit into a spreadsheet", problems)
    sheet.freeze_panes = "A2"


def _anchors(exam: Exam, printed: PrintedItem) -> str:
    """Return what earns the points of a task, one line for each number of points."""
    task = exam.tasks[printed.item.id]
    return "\n".join(f"{points}: {_plain(task.anchors[points])}" for points in task.points)


def _plain(text: str) -> str:
    """Return a text without its marks for bold words, which a cell would not show as bold."""
    return _BOLD_MARKS.sub(r"\1", text)


def _both(said: Message) -> str:
    return f"{said.th} · {said.en}"


def _write(sheet: Worksheet, row: int, column: int, text: str, font: Font = _TEXT) -> Cell:
    cell: Cell = sheet.cell(row, column)  # type: ignore[assignment]  # no cell here is merged
    if _BOLD_MARKS.search(text):  # parts with odd numbers are between the marks
        parts = enumerate(_BOLD_MARKS.split(neutral(text)))
        cell.value = CellRichText(
            *(TextBlock(InlineFont(rFont="Sarabun", sz=11, b=bool(n % 2)), part) for n, part in parts if part)
        )
    elif text:
        cell.value = neutral(text)
        cell.data_type = "s"
    cell.font, cell.alignment = font, _WRAPPED
    return cell
