"""Headings of a web form's export → which question each column answers, by the stems that it was headed with.

`1. <stem>`, `ข้อ 1 <stem>` and the stem alone are understood; the stem decides, since a web form counts other
fields too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from examgen.capture.option_marks import Texts, loosely

_NUMBERED = re.compile(
    r"\s*(?:ข้อ(?:ที่)?|question|q)?\s*[0-9๐-๙]{1,4}\s*(?:[.):–-]|\s)\s*(?=\S)", re.IGNORECASE
)
_NOT_ANSWERS = re.compile(
    r"\[(?:score|feedback|คะแนน|ความคิดเห็น|ข้อเสนอแนะ)\]\s*$|^(?:points|feedback|คะแนน|คำติชม)\s*[-–]",
    re.IGNORECASE,
)
"""What web forms put beside the answers of a quiz."""
MOST_FORMS = 64
"""Personal forms are printed, not asked on the web: of more forms than these, none is looked for."""


class StemHeads(NamedTuple):
    """Questions by column, and the one form whose questions they are (None: several forms ask them alike)."""

    questions: Mapping[int, int]
    form: str | None


class SeveralForms(ValueError):
    """The columns are headed with questions of different forms, or of forms that number them otherwise."""


def by_stems(header: Sequence[str], texts: Texts) -> StemHeads | None:
    """The questions of columns that are headed with stems; None where fewer than two are.

    Raises SeveralForms where no one form asks all of them, or the forms that do disagree on their numbers.
    """
    answers = {i: name for i, name in enumerate(header) if not _NOT_ANSWERS.search(name.strip())}
    # before the texts are read, which takes longer than a hundred thousand rows to score
    if len(answers) < 2:
        return None
    forms = texts.forms()
    if len(forms) > MOST_FORMS:
        return None
    places: dict[str, dict[int, int]] = {}
    for form in forms:
        stems = _stems(texts, form)
        found = {
            i: stems.get(loosely(name), stems.get(loosely(_without_number(name)), 0))
            for i, name in answers.items()
        }
        places[form] = {i: n for i, n in found.items() if n}
    columns = {i for found in places.values() for i in found}
    if len(columns) < 2:
        return None
    whole = [form for form in forms if len(places[form]) == len(columns)]
    if not whole or any(places[form] != places[whole[0]] for form in whole):
        raise SeveralForms
    return StemHeads(places[whole[0]], whole[0] if len(whole) == 1 else None)


def _stems(texts: Texts, form: str) -> dict[str, int]:
    stems = [loosely(question.stem) for question in texts.questions(form)]
    counts = Counter(stems)
    return {stem: n for n, stem in enumerate(stems, 1) if stem and counts[stem] == 1}


def _without_number(name: str) -> str:
    found = _NUMBERED.match(name)
    return name[found.end() :] if found else name
