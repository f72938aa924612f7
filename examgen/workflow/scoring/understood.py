"""How a file was understood, as an audit keeps it (`wide, 12 answers, comma, UTF-8`) → words for a reader."""

from __future__ import annotations

import re

from examgen.words import Message, joined, tell

_WORDS = {
    one.en: one
    for one in (
        *(tell("wide"), tell("one string"), tell("long")),
        *(tell("comma"), tell("semicolon"), tell("tab"), tell("pipe")),
        *(tell("UTF-8 with BOM"), tell("gzip"), tell("Parquet")),
        tell("questions by their stems"),
        tell("no form column: the form that was dealt to each candidate"),
    )
}
_ANSWERS, _SHEET, _LINE, _FORM, _RESULTS = (
    re.compile(pattern)
    for pattern in (
        r"(\d+) answers",
        r"sheet '(.*)' of a workbook",
        r"heading on line (\d+)",
        r"form (.+)",
        r"([\d,]+) results from the screen",
    )
)


def structure_words(label: str) -> Message:
    """The parts of a label, each in the reader's language; a part that is not known stays as it is."""
    return joined(_part(part) for part in label.split(", "))


def _part(part: str) -> str:
    if part in _WORDS:
        return _WORDS[part]
    if found := _ANSWERS.fullmatch(part):
        return tell("{n} answers", n=int(found[1]))
    if found := _SHEET.fullmatch(part):
        return tell("sheet '{name}' of a workbook", name=found[1])
    if found := _LINE.fullmatch(part):
        return tell("heading on line {n}", n=int(found[1]))
    if found := _FORM.fullmatch(part):
        return tell("form {form}", form=found[1])
    if found := _RESULTS.fullmatch(part):
        return tell("{n} results from the screen", n=found[1])
    return part
