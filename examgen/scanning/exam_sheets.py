"""Exam packages → what a reading of their sheets needs: how the sheets look, and what was dealt to whom."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.core.exam.exam_tables import read_exam_tables
from examgen.core.exam.names import SHEET_JSON, base_form
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.storage import read_input, sha256
from examgen.core.words import Message, command, listed, tell
from examgen.scanning.page_register import AssignedBooklet, SheetSitting
from examgen.scanning.sheet_layout import ITEM, LayoutError, SheetLayout, layouts_by_geometry, sheet_layout

if TYPE_CHECKING:
    from examgen.core.exam.exam_tables import ExamTables
    from examgen.scanning.templates.layout import Template

TEMPLATE = "template"
"""The folder in that of a scan that keeps the form which it was read by."""


class ScannedPackage(NamedTuple):
    """An exam whose sheets are read, and the hash of its sheet.json."""

    folder: Path | None
    """None where sheets of somebody else are read for no exam of ours."""
    sitting: SheetSitting
    sheet_sha256: str
    template: Template | None = None
    """The form, where its sheets were printed by somebody else."""


def read_packages(folders: Sequence[Path]) -> list[ScannedPackage]:
    """The packages; refused, all at once, where they cannot be read or two are one exam."""
    problems: list[Problem] = []
    found: list[ScannedPackage] = []
    for folder in folders:
        try:
            found.append(_package(folder))
        except Refused as refused:
            problems += refused.problems or [Problem(str(folder), "not-a-package", refused.message)]
    often = Counter(one.sitting.exam for one in found)
    for one in found:
        if often[one.sitting.exam] > 1:
            message = tell("{exam} is given more than once: name each exam once", exam=one.sitting.exam)
            problems.append(Problem(str(one.folder), "exam-twice", message))
    if problems:
        raise Refused(tell("the exams cannot be read"), problems)
    return found


def layouts_of(packages: Sequence[ScannedPackage]) -> dict[str, SheetLayout]:
    """Their sheets by geometry."""
    try:
        return layouts_by_geometry(one.sitting.layout for one in packages)
    except LayoutError as error:
        raise Refused(tell("the sheets cannot be told apart: {error}", error=error.args[0])) from error


def with_template(template: Template, folders: Sequence[Path]) -> ScannedPackage:
    """Sheets of a form for the one exam whose questions they answer, or for none.

    Refused where the form lacks questions, answers or forms of the exam.
    """
    if not folders:
        layout = template.layout
        n = sum(choice.group == ITEM for choice in layout.pages[0].choices)
        sizes = dict.fromkeys(layout.forms or ("",), n)
        return ScannedPackage(
            None, SheetSitting(layout.exam, layout, sizes, {}, has_serials=False), layout.geometry, template
        )
    if len(folders) > 1:
        raise WrongUsage(tell("sheets of a template are read for one exam: name one"))
    [folder] = folders
    asked = read_exam_tables(folder)
    layout = replace(template.layout, exam=asked.manifest["blueprint"]["exam"])
    if faults := [*_lacking(layout, asked)]:
        problems = [Problem(str(folder), "template-lacks", message) for message in faults]
        raise Refused(tell("the form is not one for this exam"), problems)
    sizes = dict(Counter(asked.forms["form"]))
    sitting = SheetSitting(layout.exam, layout, sizes, _booklets(asked), has_serials=False)
    return ScannedPackage(folder, sitting, layout.geometry, template)


def _lacking(layout: SheetLayout, asked: ExamTables) -> Iterator[Message]:
    """What an exam needs and a form does not have."""
    answers = {
        choice.place: len(choice.bubbles) for choice in layout.pages[0].choices if choice.group == ITEM
    }
    most = max(Counter(asked.forms["form"]).values())
    if most > len(answers):
        yield tell("the exam has {n} questions, and the form has {of}", n=most, of=len(answers))
    columns = (asked.forms[name] for name in ("question", "options"))
    for question, n in sorted({(int(q), len(o.split())) for q, o in zip(*columns, strict=True)}):
        if n > answers.get(question, n):
            yield tell(
                "question {question} has {n} answers, and the form has {of} for it",
                question=question, n=n, of=answers[question],
            )  # fmt: skip
    names = sorted({base_form(form) for form in asked.forms["form"]})
    if layout.forms and (lacking := [name for name in names if name not in layout.forms]):
        yield tell(
            "the exam has the forms {names}, and the sheet has no bubble for {lacking}: name its bubbles "
            "as the "
            "exam names its forms",
            names=listed(names), lacking=listed(lacking),
        )  # fmt: skip
    if not layout.forms and len(names) > 1 and not asked.dealt:
        yield tell(
            "the exam has the forms {names}, and neither the sheet nor a list of candidates says who has "
            "which",
            names=listed(names),
        )


def kept_layout(folder: Path, entry: Mapping[str, Any], exam: Path | None) -> SheetLayout:
    """The layout that the sheets of an exam were read by: that of the template which the folder of the scan
    keeps (`entry` is what its scan.json says of the exam), or else of the exam."""
    if entry.get("template"):
        from examgen.scanning.templates.layout import read_template

        return replace(read_template(folder / TEMPLATE).layout, exam=entry["code"])
    assert exam is not None
    [found] = read_packages([exam])
    return found.sitting.layout


def _package(folder: Path) -> ScannedPackage:
    asked = read_exam_tables(folder)
    path = folder / SHEET_JSON
    if not path.is_file():
        message = tell(
            "has no answer sheet: print the exam with {command}", command=command("render", str(folder))
        )
        raise Refused(message, [Problem(str(path), "no-sheet", message)])
    data = read_input(path)
    try:
        layout = sheet_layout(json.loads(data))
    except (LayoutError, ValueError, AttributeError) as error:
        why = (
            error.args[0] if isinstance(error, LayoutError) else tell("it is not JSON, or another kind of it")
        )
        message = tell("is not a sheet.json that can be read: {error}", error=why)
        raise Refused(message, [Problem(str(path), "sheet-unreadable", message)]) from error
    sizes = dict(Counter(asked.forms["form"]))
    return ScannedPackage(folder, SheetSitting(layout.exam, layout, sizes, _booklets(asked)), sha256(data))


def _booklets(asked: ExamTables) -> dict[str, AssignedBooklet]:
    """What was dealt, by serial."""
    columns = (
        (asked.dealt[name] for name in ("serial", "candidate_id", "form", "base")) if asked.dealt else ()
    )
    return {
        serial: AssignedBooklet(candidate, form, base or form)
        for serial, candidate, form, base in zip(*columns, strict=True)
    }
