"""Commands on blind forms: write options without stems for readers, and read which options they took for
keys."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

from examgen.bank.blind.answers import Reading, read_answers
from examgen.bank.blind.forms import FORM_FILE, BlindForm, answer_workbook, draw
from examgen.bank.blind.results import BlindResult, blind_result
from examgen.bank.loading import MEDIA_FOLDER
from examgen.bank.whole_bank import usable_unit
from examgen.core.files import PRIVATE_FOLDER, read_files, read_input, write_files
from examgen.core.models.item import Item
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.resources import template_folders
from examgen.core.words import command, option, tell
from examgen.core.yamlfile import parse, validate
from examgen.papers.preview import blind_pdf

MOST_READERS = 99
PDF_FILE = "options.pdf"


class WrittenBlindForm(NamedTuple):
    """A blind form that was written: its name, number of questions, PDF and workbooks, one for each reader.

    `of_before` are workbooks of the previous form that somebody has filled in; they are not removed.
    """

    name: str
    questions: int
    pdf: Path
    workbooks: tuple[Path, ...]
    of_before: tuple[Path, ...]


class ReadBlindForm(NamedTuple):
    """Result of reading blind forms: the form, the choices of each reader, the result, and the files of the
    folder that were skipped."""

    form: BlindForm
    readings: tuple[Reading, ...]
    result: BlindResult
    passed_over: tuple[Problem, ...]


def write_blind_form(
    workspace: Path, code: str, out: Path, n_items: int, readers: int, seed: int, replace: bool = False
) -> WrittenBlindForm:
    """Draw a form from a unit's items and write it for this number of readers. Raises Refused with every
    option that cannot be printed."""
    if not 1 <= readers <= MOST_READERS:
        raise WrongUsage.because(
            "{readers} must be from 1 to {most}", readers=option("readers"), most=MOST_READERS
        )
    shelf = usable_unit(workspace / "item_bank", code)
    items = {item.id: item for item in shelf.items if item.status != "retired"}
    if not items:
        raise Refused.because("{code} has no items", code=code)
    form = draw(code, list(items.values()), n_items, seed)
    pdf = out / PDF_FILE
    workbooks = tuple(out / form.workbook_name(n) for n in range(1, readers + 1))
    if not replace and (there := [path for path in (out / FORM_FILE, pdf, *workbooks) if path.exists()]):
        raise WrongUsage.because(
            "{there} already exists and may be filled in. Choose another folder, or add {replace}.",
            there=there[0],
            replace=option("replace"),
        )
    printed = [
        items[one.item].model_copy(update={"options": {o: items[one.item].options[o] for o in one.order}})
        for one in form.questions
    ]
    media = workspace / "item_bank" / code / MEDIA_FOLDER
    files = {
        out / FORM_FILE: (form.model_dump_json(indent=1) + "\n").encode(),
        pdf: blind_pdf(shelf, printed, form.name, template_folders(workspace), [media]),
    }
    files |= dict.fromkeys(workbooks, answer_workbook(form, items))
    empty, filled = _of_before(out, set(workbooks))
    if not out.exists():
        out.mkdir(PRIVATE_FOLDER, parents=True)
    write_files(files)
    for path in empty:
        path.unlink()
    return WrittenBlindForm(form.name, len(form.questions), pdf, workbooks, filled)


def _of_before(out: Path, written: set[Path]) -> tuple[list[Path], tuple[Path, ...]]:
    """Return the workbooks of the form already in a folder, except those about to be overwritten: first the
    empty ones, then those that somebody has filled in."""
    if not (out / FORM_FILE).is_file():
        return [], ()
    try:
        before = _form(out)
    except Refused:  # then it is not known which are its own
        return [], ()
    theirs = [path for path in sorted(out.glob(before.workbook_name("*"))) if path not in written]
    empty = []
    for path in theirs:
        reading, faults = read_answers(path.name, read_input(path), before)
        if reading is None and [fault.code for fault in faults] == ["empty"]:
            empty.append(path)
    return empty, tuple(path for path in theirs if path not in empty)


def read_blind_form(workspace: Path, folder: Path, paths: Sequence[Path] = ()) -> ReadBlindForm:
    """Return the result of a form from its readers' files: `paths`, or else every completed file in its
    folder. Raises Refused with every fault of every file."""
    form = _form(folder)
    shelf = usable_unit(workspace / "item_bank", form.unit)
    is_ours = re.compile(r"(?!~\$).*\.(?:xlsx|csv|tsv)", re.I).fullmatch  # but for the lock of a spreadsheet
    named = paths or sorted(path for path in folder.iterdir() if is_ours(path.name))
    readings: list[Reading] = []
    problems: list[Problem] = []
    passed_over: list[Problem] = []
    for name, data in read_files(named):
        reading, faults = read_answers(name, data, form)
        if reading is not None:
            same = next((one.file for one in readings if one.choices == reading.choices), "")
            if same:
                message = tell("has the same answers as {file}; a reader counts once", file=same)
                problems.append(Problem(reading.file, "reader-twice", message))
            readings.append(reading)
            continue
        codes = {fault.code for fault in faults}
        is_workbook = fnmatch(Path(name).name, form.workbook_name("*"))
        if not paths and not is_workbook and codes == {"column-missing"}:
            passed_over += faults  # something else that lies in the folder
        elif paths or codes != {"empty"}:
            problems += faults
    if problems:
        raise Refused.because("some files could not be read", problems)
    if not readings:
        raise Refused.because("{folder} contains no completed file from a reader", folder=folder)
    usable = [item for item in shelf.items if item.status != "retired"]
    known: dict[str, Item] = {item.id: item for item in shelf.items}
    result = blind_result(form, readings, known, usable)
    if not result.all.answers:
        raise Refused.because("every answered item has changed since the form was drawn. Draw another form.")
    return ReadBlindForm(form, tuple(readings), result, tuple(passed_over))


def _form(folder: Path) -> BlindForm:
    path = folder / FORM_FILE
    if not path.is_file():
        raise WrongUsage.because(
            "{folder} has no {file}. Give the folder that {command} wrote.",
            folder=folder,
            file=FORM_FILE,
            command=command("bank blind", "CODE --out DIR"),
        )
    document, problems = parse(read_input(path).decode("utf-8", "replace"), path.name)
    form = None
    if not problems:
        form, problems = validate(document, [], document.data, BlindForm)
    if form is None:
        raise Refused.because("{file} cannot be read", problems, file=path)
    return form
