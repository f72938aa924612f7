"""Reads a reader's answers to a blind form: the choice for each question, how sure the reader was, and every
fault.

The file is a table (.xlsx, CSV) with the columns form, question, choice and sure, in any order and among
others. Each line with a choice must name the form, because answers to one form could otherwise count for
another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from examgen.bank.blind.forms import CHOICE, FORM, HEADINGS, QUESTION, SURE, SURENESS, BlindForm
from examgen.bank.workbook.columns import both
from examgen.capture.declared_columns import Column, open_declared
from examgen.capture.grader_decisions import clean_text
from examgen.core.problems import Problem, Refused
from examgen.core.tables.records import visible
from examgen.core.text.characters import LETTERS, THAI_LETTERS
from examgen.core.words import tell

_LETTERS = {
    letter: n for letters in (LETTERS, LETTERS.lower(), THAI_LETTERS) for n, letter in enumerate(letters)
}
_SURE = re.compile(r"([123])(?:\.0|\s+\S+(?:\s\S+)?)")
"""How sure, in the words of the sheet (`3 sure`, in either language) or as a number of a table."""
_READ: Mapping[str, Callable[[str], str]] = {
    CHOICE: lambda cell: clean_text(cell).rstrip("."),
    SURE: lambda cell: _SURE.sub(r"\1", clean_text(cell)),
}
_COLUMNS = tuple(
    Column(
        field,
        ((field,), (words.en, words.th, both(words))),
        _READ.get(field, clean_text),
        field in (QUESTION, CHOICE),
    )
    for field, words in sorted(HEADINGS.items(), key=lambda entry: entry[0] != QUESTION)
)


class Choice(NamedTuple):
    """An answer of a reader: the option's position on the form, and how sure the reader was, if stated."""

    place: int
    sure: int | None


class Reading(NamedTuple):
    """A reader's file: the choice for each question that was answered."""

    file: str
    choices: dict[int, Choice]


def read_answers(name: str, data: bytes, form: BlindForm) -> tuple[Reading | None, list[Problem]]:
    """Return the choices of a reader, or None and the reasons if the file is not for this form or any line
    has a fault.
    """
    shown = visible(name)
    choices: dict[int, Choice] = {}
    problems: list[Problem] = []
    options = {str(one.question): len(one.order) for one in form.questions}
    try:
        table = open_declared(shown, data, _COLUMNS)
    except Refused as refused:
        if [one.code for one in refused.problems] != ["column-missing"]:
            return None, [*refused.problems] or [Problem(shown, "unreadable", refused.message)]
        message = tell(
            "has no columns {question} and {choice}, so it is not a reader's file",
            question=f"`{QUESTION}`",
            choice=f"`{CHOICE}`",
        )
        return None, [Problem(shown, "column-missing", message)]
    for line in table.lines(problems):
        if not line.text(CHOICE):
            continue
        cells = line.values()
        choice, sure, number, of = cells[CHOICE], cells[SURE], cells[QUESTION], cells[FORM]
        place = _LETTERS.get(choice)
        if not of:
            message = tell(
                "does not state its form. Write {name} in {column}.",
                name=form.name,
                column=f"`{FORM}`",
            )
            line.fault("form-missing", message, FORM)
        elif of != form.name:
            line.fault("other-form", tell("is for form {form}, not {name}", form=of, name=form.name), FORM)
        if number not in options:
            message = tell("`{number}` is not a question of this reading", number=number)
            line.fault("question-unknown", message, QUESTION)
        elif place is None or place >= options[number]:
            message = tell(
                "`{choice}` is not an option. Write a letter from {first} to {last}.",
                choice=choice,
                first=LETTERS[0],
                last=LETTERS[options[number] - 1],
            )
            line.fault("choice-unknown", message, CHOICE)
        elif int(number) in choices:
            message = tell("answers question {number} a second time", number=number)
            line.fault("question-twice", message, QUESTION)
        if sure and sure not in map(str, SURENESS):
            line.fault("sure-unknown", tell("`{sure}` is not 1, 2 or 3", sure=sure), SURE)
        if not line.faults and place is not None:
            choices[int(number)] = Choice(place, int(sure) if sure else None)
    if not choices and not problems:
        problems.append(Problem(name, "empty", tell("contains no choices")))
    return (None, problems) if problems else (Reading(shown, choices), [])
