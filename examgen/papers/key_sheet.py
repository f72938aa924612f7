"""Exam → its confidential documents: the solutions of a form, the review book of the items, the key sheet
of a form.

The key sheet has the letters, items and criteria of each question, but none of its text. Questions are
prepared as for a candidate's booklet; an `ItemNote` is printed below each of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from examgen.core.models.form import Exam, Form, PrintedItem
from examgen.core.models.item import Evidence
from examgen.core.models.standard import Criterion
from examgen.core.problems import Problem, Refused
from examgen.core.text.characters import LETTERS, THAI_LETTERS
from examgen.core.text.fonts import missing, missing_message
from examgen.core.text.thai import kind_th
from examgen.core.words import tell
from examgen.papers.candidate import QuestionGroup, Setter, groups, letters, paper
from examgen.rendering.glyphs import check_glyphs
from examgen.rendering.line_breaks import SetLine, line_setter
from examgen.rendering.markup import plain_lines
from examgen.rendering.templates.filling import print_pdf


class KeyReason(NamedTuple):
    """Why an option is right or wrong."""

    letter: str
    text: Markup
    right: bool


class ItemNote(NamedTuple):
    """Notes below a question; key, reference and reasons are empty if they are not shown."""

    item: str
    pcs: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    levels: tuple[int, ...]
    category: str
    status: str
    points: int
    key: str
    reference: str
    reasons: tuple[KeyReason, ...]
    evidence: Evidence | None
    stimulus: str | None
    """The name of the stimulus in the bank, if the item has one."""


def solutions_book(exam: Exam, form: Form, templates: Sequence[Path], media: Sequence[Path] = ()) -> bytes:
    """Return the solutions of a form: each question as printed, with key, reasons, reference and
    criterion."""
    context = {**_solved(exam, form, media, line_setter(templates)), "form": form.name}
    title = tell("{exam} – solutions, form {form}: CONFIDENTIAL", exam=exam.blueprint.exam, form=form.name).th
    return print_pdf("solutions.html", context, title, templates, media)


def review_book(exam: Exam, templates: Sequence[Path], media: Sequence[Path] = ()) -> bytes:
    """Return the review book of an exam: each item once, by criterion, as in the bank, with space for
    comments."""
    return review_of(in_bank_order(exam), exam.blueprint.exam, templates, media)


def review_of(
    exam: Exam, name: str, templates: Sequence[Path], media: Sequence[Path], in_workbook: bool = False
) -> bytes:
    """Return the review book of an exam with one form, in the order of that form. `name` is printed on
    every page.

    It has space for an expert's comments unless experts write them in a workbook (`in_workbook`).
    """
    [form] = exam.forms
    context = {**_solved(exam, form, media, line_setter(templates)), "rated_in_workbook": in_workbook}
    heading = paper(exam, len(form.items))._replace(draft=False)  # each item states its own status
    title = tell("{name} – items for review: CONFIDENTIAL", name=name).th
    return print_pdf("review-book.html", {**context, "paper": heading, "name": name}, title, templates, media)


def in_bank_order(exam: Exam) -> Exam:
    """Return the exam with a single form that has each item once, by criterion, with options in bank order.
    Items that share a stimulus stay together."""
    places = {
        (unit.code, criterion.code): n
        for n, (unit, criterion) in enumerate((u, c) for u in exam.units for c in u.criteria)
    }
    known = {printed.item.id: printed for form in exam.forms for printed in form.items}
    in_order = sorted(known.values(), key=lambda p: (places.get((p.unit, p.item.pc), len(places)), p.item.id))
    first: dict[str, int] = {}
    for n, printed in enumerate(in_order):
        first.setdefault(_set_of(printed), n)
    together = sorted(in_order, key=lambda printed: first[_set_of(printed)])
    items = tuple(
        printed.model_copy(update={"question": n, "order": tuple(printed.item.options)})
        for n, printed in enumerate(together, start=1)
    )
    return exam.model_copy(update={"forms": (Form(name="bank", items=items),)})


def _set_of(printed: PrintedItem) -> str:
    """Return a key shared by items with the same stimulus."""
    return printed.item.shared_stimulus or printed.item.id


def _solved(exam: Exam, form: Form, media: Sequence[Path], set_line: SetLine) -> dict[str, object]:
    """Return the template context of both books. Raises Refused with every fault of their texts."""
    problems = check_glyphs(exam.model_copy(update={"forms": (form,)}))
    asked: tuple[QuestionGroup, ...] = ()
    below: Mapping[int, ItemNote] = {}
    try:
        asked = groups(exam, form, media, set_line)
    except Refused as refusal:
        problems += refusal.problems
    try:
        below = notes(exam, form, media, set_line)
    except Refused as refusal:
        problems += refusal.problems
    if problems:
        raise Refused.because(
            "the items of {exam} cannot be printed", dict.fromkeys(problems), exam=exam.blueprint.exam
        )
    return {"paper": paper(exam, len(form.items)), "groups": asked, "notes": below}


def notes(
    exam: Exam, form: Form, media: Sequence[Path], set_line: SetLine, with_key: bool = True
) -> dict[int, ItemNote]:
    """Return the note of each question, by number. Raises Refused with every text that cannot be printed."""
    setter = Setter(exam.blueprint.exam, media, set_line, [])
    criteria = {(unit.code, one.code): one for unit in exam.units for one in unit.criteria}
    alphabet = letters(exam)
    found = {}
    for printed in form.items:
        item, letter = printed.item, dict(zip(printed.order, alphabet, strict=False))
        reference, reasons = "", []
        if with_key:
            reference = item.reference
            _check(setter, printed, "reference", reference)
            for option in printed.order:
                field, text = f"rationale.{option}", item.reasons.get(option, "–")
                # unprintable characters are also reported for texts that no candidate sees
                _check(setter, printed, field, "".join(plain_lines(text, field)))
                html = setter.html(printed, field, text)
                reasons.append(KeyReason(letter[option], html, option in item.key))
        found[printed.question] = ItemNote(
            item=item.id,
            pcs=item.pcs,
            criteria=tuple(
                criteria.get((printed.unit, code), Criterion(code=code, text="")) for code in item.pcs
            ),
            levels=item.levels,
            category=f"{kind_th(item.cognitive)} · {item.cognitive}",
            status=f"{kind_th(item.status)} · {item.status}",
            points=printed.points,
            key=", ".join(reason.letter for reason in reasons if reason.right),
            reference=reference,
            reasons=tuple(reasons),
            evidence=exam.evidence.get(item.id),
            stimulus=item.shared_stimulus,
        )
    if setter.problems:
        raise Refused.because("the key of form {form} cannot be printed", setter.problems, form=form.name)
    return found


def _check(setter: Setter, printed: PrintedItem, field: str, text: str) -> None:
    setter.problems.extend(
        Problem(setter.exam, "glyph-missing", missing_message(char), printed.item.id, field)
        for char in missing(text)
    )


class KeyRow(NamedTuple):
    """A question with its key."""

    question: int
    thai: str
    latin: str
    item: str
    pc: str
    cognitive: str
    levels: str
    status: str
    points: int


class PcRow(NamedTuple):
    """A criterion and the questions that count for it, without pilot items."""

    unit: str
    pc: str
    text: str
    questions: tuple[int, ...]
    points: int


def key_sheet(exam: Exam, form: Form, templates: Sequence[Path]) -> bytes:
    """Return the key sheet of a form, for the people who keep the keys."""
    is_thai = exam.blueprint.choices == "thai"
    context = {
        "paper": paper(exam, len(form.items)),
        "form": form.name,
        "choices": exam.blueprint.choices,
        "other_letters": "–".join((LETTERS if is_thai else THAI_LETTERS)[i] for i in (0, -1)),
        "rows": key_rows(form),
        "criteria": pc_rows(exam, form),
        "pilots": pilot_questions(form),
    }
    title = tell("{exam} – key, form {form}", exam=exam.blueprint.exam, form=form.name).th
    return print_pdf("key-sheet.html", context, title, templates)


def key_rows(form: Form) -> tuple[KeyRow, ...]:
    """Return one row for each question, in printed order."""
    rows = []
    for printed in form.items:
        item, latin = printed.item, printed.key_letters.replace("|", " · ")
        rows.append(
            KeyRow(
                question=printed.question,
                thai=latin.translate(str.maketrans(LETTERS, THAI_LETTERS)),
                latin=latin,
                item=item.id,
                pc=item.pc,
                cognitive=f"{kind_th(item.cognitive)} · {item.cognitive}",
                levels=", ".join(map(str, item.levels)) or "–",
                status=f"{kind_th(item.status)} · {item.status}",
                points=printed.points,
            )
        )
    return tuple(rows)


def pc_rows(exam: Exam, form: Form) -> tuple[PcRow, ...]:
    """Return one row for each criterion of the exam's units in the order of the standard, including those
    without questions."""
    return tuple(
        PcRow(
            unit=unit.code or "",
            pc=criterion.code,
            text=criterion.text,
            questions=tuple(p.question for p in asked),
            points=sum(p.points for p in asked),
        )
        for unit in exam.units
        for criterion in unit.criteria
        for asked in [
            [p for p in form.items if p.points and (p.unit, p.item.pc) == (unit.code, criterion.code)]
        ]
    )


def pilot_questions(form: Form) -> tuple[int, ...]:
    """Return the numbers of the pilot questions, which do not count."""
    return tuple(p.question for p in form.items if not p.points)
