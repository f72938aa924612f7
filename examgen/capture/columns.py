"""A header → the role of each column: wide, one-string or long, from the names alone.

Names in an earlier row of a role below take precedence over those in a later row; two names of the same row
are ambiguous and refused, never guessed. The export of a web form has the stems of its questions as headings:
`1. <stem>`, `ข้อ 1 <stem>` and the stem alone are understood. The stem decides, because a web form also
numbers other fields.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

from examgen.capture.answer_layout import ColumnMapping, Place
from examgen.capture.cells import PLAIN, ExamTexts, fold, loosely, question_number
from examgen.core.column_names import ASKED_RESULTS, CANDIDATES, RESPONSE_ROWS
from examgen.core.problems import Refused
from examgen.core.tables.records import drop_invisible, refusal
from examgen.core.text.markdown import in_words as table_in_words
from examgen.core.text.markdown import without_tables
from examgen.core.words import Message, joined, option, tell, tell_n
from examgen.stats.checklists import CANDIDATE_NAMES

Structure = Literal["wide", "one string", "long"]

FORM_NAMES = (
    ("form",),
    (
        "ชุดข้อสอบ",
        "ชุดข้อสอบที่",
        "ชุดข้อสอบที่ได้รับ",
        "ชุด",
        "ชุดที่",
        "แบบ",
        "แบบที่",
        "แบบทดสอบ",
        "แบบทดสอบชุดที่",
        "ฉบับ",
        "ฉบับที่",
        "form_name",
        "exam_form",
        "test_form",
        "booklet",
    ),
)
ANSWER_NAMES = (("answers", "answer"), ("คำตอบ", "response", "responses"))
QUESTION_NAMES = (("question",), ("ข้อ", "ข้อที่", "question_no", "question_number", "q"))
AS_GIVEN = " (as given)"
_PERSON_NAMES = re.compile(
    r"(?:(?:full|candidate|student|examinee|first|given)[ -]?)?name"
    r"|ชื่อ(?:(?:-|และ)?(?:นาม)?สกุล)?(?:จริง|ตัว|ผู้(?:เข้า)?สอบ|ผู้สมัคร|นักเรียน|นักศึกษา)?"
)
"""Normalised headings of columns of candidates' names."""
_REMARK = re.compile(r"[(\[].*[)\]]\*?$|\*+$")
"""A remark after a heading on web forms: `เลขประจำตัว (13 หลัก) *`."""


_NUMBERED = re.compile(
    r"\A\s*+(?:ข้อ(?:ที่)?|question|q)?\s*+[0-9๐-๙]{1,4}\s*(?:[.):–-]|\s)\s*(?=\S)", re.IGNORECASE
)
_NOT_ANSWERS = re.compile(
    r"\[(?:score|feedback|คะแนน|ความคิดเห็น|ข้อเสนอแนะ)\]\s*$|^(?:points|feedback|คะแนน|คำติชม)\s*[-–]",
    re.IGNORECASE,
)
"""Columns that web forms add to the answers of a quiz."""
SHEET, PAGE = "sheet", "page"
"""The columns of a scan's `responses.csv` with the serial of the sheet and its pages."""
MOST_FORMS = 64
"""The most forms whose stems are looked for: individual forms are printed, not used on the web."""


class AnswerColumns(NamedTuple):
    """The role of each column; `questions` are the columns of question 1, 2, … in that order."""

    structure: Structure
    names: tuple[str, ...]
    candidate: int
    form: int | None
    questions: tuple[int, ...]
    question: int | None
    answer: int | None
    extras: tuple[int, ...]
    in_words: bool = False
    """Whether the headings of questions are their stems, as on web forms; options are then given as texts."""
    only_form: str | None = None
    """The only form that asks the questions of the heading, if that is known."""
    is_declared: bool = False
    """Whether a person has assigned the columns."""

    @property
    def width(self) -> int:
        """The number of fields that a row must have."""
        return len(self.names)

    @property
    def is_scan(self) -> bool:
        """Whether the table is that of a scan, which leaves the form empty if it is in doubt."""
        return {SHEET, PAGE} <= {self.names[i] for i in self.extras}

    @property
    def extra_names(self) -> tuple[str, ...]:
        """The names of the columns that are passed through, made unique and different from ours."""
        taken = set(RESPONSE_ROWS) | set(CANDIDATES) | set(ASKED_RESULTS)
        return tuple(free_name(self.names[i], i, taken) for i in self.extras)


def recognise(
    header: Sequence[str],
    sizes: Sequence[int],
    source: str,
    texts: ExamTexts | None = None,
    mapping: ColumnMapping | None = None,
    is_assigned: bool = False,
) -> AnswerColumns:
    """Return the role of each column. `sizes` are the numbers of questions of the exam's forms, `texts` their
    questions; `is_assigned` says whether a list assigns a form to each candidate.

    Raises Refused if neither the names nor `mapping` determine one structure that fits these forms.
    """
    if mapping is not None:
        return _as_mapped(header, sizes, source, mapping, is_assigned)
    folded = [fold(name) for name in header]
    candidate = named_column(folded, CANDIDATE_NAMES, "candidate_id", source)
    answer = named_column(folded, ANSWER_NAMES, "answers", source)
    question = named_column(folded, QUESTION_NAMES, "question", source) if answer is not None else None
    numbers = {i: n for i, name in enumerate(header) if (n := question_number(name)) is not None}
    in_words, only_form = False, None
    if answer is None and not numbers and texts is not None:
        numbers, only_form = _questions_by_stems(header, texts, source)
        in_words = bool(numbers)
    named = {i for i in numbers if not header[i].translate(PLAIN).strip().isdecimal()}
    if candidate is None and answer is None and len(named) > 1:
        _check_size({i: n for i, n in numbers.items() if i in named}, sizes, source)
    if candidate is None or (answer is None and not numbers):
        message = tell_n(
            "this is not the header of an answer file: it has {n} column {shown}. Expected "
            "within the first 20 lines are `candidate_id`, `form` and either `Q1` to `Q{size}` "
            "(or the stems of the questions), or `answers`, or `question` and `answer`. Use "
            "{columns} to assign the columns",
            "this is not the header of an answer file: it has {n} columns {shown}. Expected "
            "within the first 20 lines are `candidate_id`, `form` and either `Q1` to `Q{size}` "
            "(or the stems of the questions), or `answers`, or `question` and `answer`. Use "
            "{columns} to assign the columns",
            len(header),
            shown=_shown(header),
            size=max(sizes),
            columns=option("columns"),
        )
        if any(map(_is_misread_thai, header)):
            message = tell(
                "{message}. The headings are Thai that was read in another encoding. Save the file as UTF-8 "
                "from the program in which it can be read",
                message=message,
            )
        raise refusal_at(source, "not-an-answer-file", message)
    form = named_column(folded, FORM_NAMES, "form", source)
    if answer is None:
        _check_size(numbers, sizes, source)
    if form is None and only_form is None and len(sizes) > 1 and not is_assigned:
        message = tell(
            "the exam has {n} forms. Add a column `form` (optional only if booklets were "
            "printed for a list of candidates)",
            n=len(sizes),
        )
        raise refusal_at(source, "no-form-column", message)
    if answer is not None and numbers:
        message = tell("there are numbered questions and `{name}`. Remove one of them", name=header[answer])
        raise refusal_at(source, "ambiguous-columns", message)
    questions = _question_columns(header, numbers, sizes, source) if answer is None else ()
    structure: Structure = "wide" if answer is None else "one string" if question is None else "long"
    used = {candidate, form, question, answer, *questions}
    extras = tuple(i for i in range(len(header)) if i not in used)
    names = tuple(drop_invisible(name).strip() for name in header)
    return AnswerColumns(
        structure, names, candidate, form, questions, question, answer, extras, in_words, only_form
    )


def _questions_by_stems(
    header: Sequence[str], texts: ExamTexts, source: str
) -> tuple[dict[int, int], str | None]:
    """Return the questions of columns headed with stems, and the only form whose questions they are (None if
    several forms ask the same ones); no questions if fewer than two columns have such headings.

    Raises Refused if no single form asks all of them, or if the forms that do disagree on their numbers.
    """
    answers = {i: name for i, name in enumerate(header) if not _NOT_ANSWERS.search(name.strip())}
    # before the texts are read, which takes longer than a hundred thousand rows to score
    if len(answers) < 2:
        return {}, None
    forms = texts.forms()
    if len(forms) > MOST_FORMS:
        return {}, None
    places: dict[str, dict[int, int]] = {}
    for form in forms:
        # How a web form may show a stem: as typed, or its tables as rows of words, or as a picture beside it.
        shown = [
            {loosely(text) for text in (one.stem, table_in_words(one.stem), without_tables(one.stem))}
            for one in texts.questions(form)
        ]
        counts = Counter(heading for headings in shown for heading in headings)
        number_of = {
            heading: n
            for n, headings in enumerate(shown, 1)
            for heading in headings
            if heading and counts[heading] == 1
        }
        found = {
            i: number_of.get(loosely(name), number_of.get(loosely(_NUMBERED.sub("", name)), 0))
            for i, name in answers.items()
        }
        places[form] = {i: n for i, n in found.items() if n}
    columns = {i for found in places.values() for i in found}
    if len(columns) < 2:
        return {}, None
    whole = [form for form in forms if len(places[form]) == len(columns)]
    if not whole or any(places[form] != places[whole[0]] for form in whole):
        message = tell(
            "the column headings name questions of several forms that are numbered differently. "
            "Give the answers of each form in a separate file, or assign the columns with "
            "{columns}",
            columns=option("columns"),
        )
        raise refusal_at(source, "ambiguous-columns", message)
    return places[whole[0]], whole[0] if len(whole) == 1 else None


def _as_mapped(
    header: Sequence[str], sizes: Sequence[int], source: str, mapping: ColumnMapping, is_assigned: bool
) -> AnswerColumns:
    """Return the columns as a user assigned them. Raises Refused with each that does not exist."""
    names = tuple(drop_invisible(name).strip() for name in header)
    lost: list[str] = []

    def column(place: Place) -> int:
        if isinstance(place, int):
            found = [place - 1] if place <= len(names) else []
        else:
            found = [i for i, name in enumerate(names) if fold(name) == fold(place)]
        if len(found) != 1:
            said = tell("{n} columns", n=len(found)) if found else tell("no such column")
            lost.append(tell("{place!r} ({said})", place=place, said=said))
        return found[0] if found else 0

    roles = {name: column(place) for name, place in mapping.roles.items()}
    numbers = {column(place): n for n, place in mapping.questions.items()}
    if lost:
        message = tell(
            "{columns} names {lost}, but the columns are {shown}",
            lost=joined(lost),
            shown=_shown(header),
            columns=option("columns"),
        )
        raise refusal_at(source, "columns-not-there", message)
    used = [*roles.values(), *numbers]
    if len(set(used)) < len(roles) + len(mapping.questions):
        raise refusal_at(
            source,
            "columns-twice",
            tell("{columns} assigns one column twice", columns=option("columns")),
        )
    if "form" not in roles and mapping.form_is is None and len(sizes) > 1 and not is_assigned:
        message = tell(
            "the exam has {n} forms. Add `form` (a column) or `form_is` to the columns file", n=len(sizes)
        )
        raise refusal_at(source, "no-form-column", message)
    questions = _question_columns(header, numbers, sizes, source) if numbers else ()
    structure: Structure = "wide" if numbers else "one string" if "answers" in roles else "long"
    extras = tuple(i for i in range(len(names)) if i not in used)
    return AnswerColumns(
        structure,
        names,
        roles["candidate_id"],
        roles.get("form"),
        questions,
        roles.get("question"),
        roles.get("answers", roles.get("answer")),
        extras,
        only_form=mapping.form_is,
        is_declared=True,
    )


def named_column(folded: Sequence[str], tiers: Sequence[Sequence[str]], role: str, source: str) -> int | None:
    """Return the only column with a name of the role; None if there is none. Raises Refused if two could be
    it.
    """
    for tier in tiers:
        wanted = {fold(name) for name in tier}
        found = [i for i, name in enumerate(folded) if name in wanted] or [
            i for i, name in enumerate(folded) if _REMARK.sub("", name) in wanted
        ]
        if len(found) > 1:
            columns = ", ".join(str(i + 1) for i in found)
            message = tell(
                "columns {columns} could each be `{role}`. Keep that name for only one of them",
                columns=columns,
                role=role,
            )
            raise refusal_at(source, "ambiguous-columns", message)
        if found:
            return found[0]
    return None


def _is_misread_thai(heading: str) -> bool:
    """Return whether a heading is Thai in CP874 that was read as Latin-1."""
    signs = [sign for sign in heading if not sign.isascii()]
    return len(signs) > 1 and all("\xa1" <= sign <= "\xfb" for sign in signs)


def is_form_name(heading: str) -> bool:
    """Return whether a heading is, or may be, that of a form column."""
    return fold(heading) in {"version", *(fold(name) for tier in FORM_NAMES for name in tier)}


def is_person_name(heading: str) -> bool:
    """Return whether a heading is that of candidates' names."""
    return _PERSON_NAMES.fullmatch(_REMARK.sub("", fold(heading))) is not None


def is_feedback_name(heading: str) -> bool:
    """Return whether a heading is one that web forms add to answers, such as points or feedback."""
    return _NOT_ANSWERS.search(heading.strip()) is not None


def is_candidate_name(heading: str) -> bool:
    """Return whether a heading is that of candidate numbers."""
    return fold(heading) in {fold(name) for tier in CANDIDATE_NAMES for name in tier}


OTHER_SIZES = "questions-of-another-exam", "question-columns-missing"
"""The codes for refusing a heading of answers to another exam: a longer one, a shorter one."""


def _check_size(numbers: dict[int, int], sizes: Sequence[int], source: str) -> None:
    """Raise Refused for the questions of a longer or a shorter exam."""
    n, last = len(numbers), max(sizes)
    if sorted(numbers.values()) == [*range(1, n + 1)] and not min(sizes) <= n <= last:
        message = tell(
            "the answers have {n} questions, but this exam has {last}. Check that they belong "
            "to this exam. Give columns that are not answers a heading in words",
            n=n,
            last=last,
        )
        raise refusal_at(source, OTHER_SIZES[n < last], message)


def _question_columns(
    header: Sequence[str], numbers: dict[int, int], sizes: Sequence[int], source: str
) -> tuple[int, ...]:
    counts = Counter(numbers.values())
    if repeated := sorted(n for n, count in counts.items() if count > 1):
        same = [i for i, n in numbers.items() if n == repeated[0]]
        message = tell(
            "{columns} appear in several columns ({heading!r} is the heading of {places}). If these are "
            "points, or other columns have the answers, assign the columns with {option}",
            columns=_list(repeated),
            heading=header[same[0]].strip()[:30],
            places=", ".join(str(i + 1) for i in same[:5]) + (", …" if len(same) > 5 else ""),
            option=option("columns"),
        )
        raise refusal_at(source, "question-columns-repeated", message)
    last = max(sizes)
    _check_size(numbers, sizes, source)
    if unknown := sorted(n for n in counts if not 1 <= n <= last):
        message = tell(
            "{columns}: the exam has questions 1 to {last}. Give other columns a heading in words",
            columns=_list(unknown),
            last=last,
        )
        raise refusal_at(source, "question-columns-unknown", message)
    last = max(*counts, min(sizes))
    if missing := [n for n in range(1, last + 1) if n not in counts]:
        message = tell(
            "{columns} are missing. The header must contain Q1 to Q{last}",
            columns=_list(missing),
            last=max(sizes),
        )
        raise refusal_at(source, "question-columns-missing", message)
    column = {n: i for i, n in numbers.items()}
    return tuple(column[n] for n in range(1, last + 1))


def _list(numbers: Sequence[int]) -> str:
    shown = ", ".join(f"Q{n}" for n in numbers[:10])
    if len(numbers) > 10:
        return tell("columns {shown} and {n} more", shown=shown, n=len(numbers) - 10)
    return tell("columns {shown}", shown=shown)


def _shown(header: Sequence[str]) -> str:
    return ", ".join(f"`{name.strip()[:30]}`" for name in header[:6]) + (", …" if len(header) > 6 else "")


def printable(message: Message) -> Message:
    """Return the message; if a header or a name in it contains bytes that are not text, its English with
    these escaped.
    """
    try:
        message.encode("utf-8")
    except UnicodeEncodeError:
        return joined([message.encode("utf-8", "backslashreplace").decode("utf-8")])
    return message


def refusal_at(source: str, code: str, message: Message) -> Refused:
    """Return the refusal of a file, at a place in it."""
    return refusal(source, code, printable(message))


def free_name(name: str, column: int, taken: set[str]) -> str:
    """Return the name, or one made from it that is not in `taken`, and add it to `taken`."""
    free = name or f"column {column + 1}"
    while free in taken:
        free += AS_GIVEN
    taken.add(free)
    return free
