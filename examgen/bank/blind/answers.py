"""A reader's file of a blind form (bytes) → what was chosen for each question, how surely; every fault.

A table (.xlsx, CSV) with the columns form, question, choice and sure, in any order beside others; the form in
each line that has a choice, or answers to one form would count for another.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from examgen.bank.blind.forms import CHOICE, FORM, HEADINGS, QUESTION, SURE, SURENESS, BlindForm
from examgen.bank.workbook.columns import both
from examgen.capture.cells import fold
from examgen.capture.columns import named_column
from examgen.core.problems import Problem, Refused
from examgen.core.tables.opening import open_tables
from examgen.core.tables.records import Table, visible
from examgen.core.text.characters import LETTERS, THAI_LETTERS
from examgen.core.words import Message, tell

_LETTERS = {
    letter: n for letters in (LETTERS, LETTERS.lower(), THAI_LETTERS) for n, letter in enumerate(letters)
}
_SURE = re.compile(r"([123])(?:\.0|\s+\S+(?:\s\S+)?)")
"""How sure, as the sheet says it (`3 sure`, in either language); or as a number of a table."""
_NAMES = {field: ((field,), (said.en, said.th, both(said))) for field, said in HEADINGS.items()}


class Choice(NamedTuple):
    """What a reader took for the key: the option's place on the form, and how sure he was, if he said it."""

    place: int
    sure: int | None


class Reading(NamedTuple):
    """A reader's file: his choice for each question that he answered."""

    file: str
    choices: dict[int, Choice]


def read_answers(name: str, data: bytes, form: BlindForm) -> tuple[Reading | None, list[Problem]]:
    """The choices of a reader; None, and why, where the file is not of this form or any line is faulty."""
    shown = visible(name)
    try:
        tables = open_tables(shown, data)
    except Refused as refused:
        return None, [*refused.problems] or [Problem(shown, "unreadable", refused.message)]
    for table in tables:
        heads = [fold(cell) for cell in table.header.fields]
        places = {
            field: named_column(heads, names, field, f"{shown}:{table.header.line}")
            for field, names in _NAMES.items()
        }
        if places[QUESTION] is not None and places[CHOICE] is not None:
            return _choices(shown, table, places, form)
    message = tell(
        "has no columns {question} and {choice}, so it is not a reader's file",
        question=f"`{QUESTION}`",
        choice=f"`{CHOICE}`",
    )
    return None, [Problem(shown, "column-missing", message)]


def _choices(
    name: str, table: Table, places: dict[str, int | None], form: BlindForm
) -> tuple[Reading | None, list[Problem]]:
    found: dict[int, Choice] = {}
    problems: list[Problem] = []
    options = {str(one.question): len(one.order) for one in form.questions}
    for record in table.body(len(table.header.fields)):

        def said(field: str, cells: tuple[str, ...] = tuple(record.fields)) -> str:
            place = places[field]
            return cells[place].strip() if place is not None and place < len(cells) else ""

        where = f"{name}:{record.line}"
        choice, sure, number = said(CHOICE).rstrip("."), _SURE.sub(r"\1", said(SURE)), said(QUESTION)
        if not choice:
            continue
        place = _LETTERS.get(choice)
        faults: list[tuple[str, str, Message]] = []
        if not said(FORM):
            message = tell(
                "does not state its form. Write {name} in {column}.",
                name=form.name,
                column=f"`{FORM}`",
            )
            faults.append((FORM, "form-missing", message))
        elif said(FORM) != form.name:
            message = tell("is for form {form}, not {name}", form=said(FORM), name=form.name)
            faults.append((FORM, "other-form", message))
        if number not in options:
            message = tell("`{number}` is not a question of this reading", number=number)
            faults.append((QUESTION, "question-unknown", message))
        elif place is None or place >= options[number]:
            message = tell(
                "`{choice}` is not an option. Write a letter from {first} to {last}.",
                choice=choice,
                first=LETTERS[0],
                last=LETTERS[options[number] - 1],
            )
            faults.append((CHOICE, "choice-unknown", message))
        elif int(number) in found:
            faults.append(
                (QUESTION, "question-twice", tell("answers question {number} a second time", number=number))
            )
        if sure and sure not in map(str, SURENESS):
            message = tell("`{sure}` is not 1, 2 or 3", sure=sure)
            faults.append((SURE, "sure-unknown", message))
        problems += [Problem(where, code, message, field=field) for field, code, message in faults]
        if not faults and place is not None:
            found[int(number)] = Choice(place, int(sure) if sure else None)
    if not found and not problems:
        problems.append(Problem(name, "empty", tell("contains no choices")))
    return (None, problems) if problems else (Reading(name, found), [])
