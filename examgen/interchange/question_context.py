"""The context that a question needs: the instruction above it, and the text or picture to which it refers."""

# ruff: noqa: E501
from __future__ import annotations

import re
from dataclasses import replace

from examgen.bank.rules.patterns import NEGATES, NUMBER_WORDS, OTHER_QUESTION
from examgen.bank.rules.stems import MissingContext, missing_context
from examgen.core.words import Message, tell
from examgen.interchange.markup import plain_of, shortened
from examgen.interchange.questions import Question

_ALL = 1_000_000
_WRONG = r"(?:(?<!do )not(?! (?:write|use|leave|turn|open|mark|guess))|wrong(?! answers? (?:are|lose|cost|get|will|is))|false|incorrect|untrue|except|never|odd one|(?<!at )least(?! (?:one|two|three|\d)))\b"
_TURNS = re.compile(
    r"\b(?:spot|find|identify) the (?:mistake|error|fault)s?\b"
    r"|\b(?:choose|select|pick|mark|tick|find|identify|circle|which)\b[^.;!?]{0,60}?\b(?:avoid(?:ed)?|leave out|left out|exclude[ds]?|omit(?:ted)?|reject(?:ed)?|refuse[ds]?)\b"
    r"|(?:เลือก|ทำเครื่องหมาย|กา)[^.]{0,40}?(?:หลีกเลี่ยง|ละเว้น|ตัดออก|งดเว้น|ห้าม|อันตราย)|"
    rf"\b(?:choose|select|pick|mark|tick|find|identify|name|circle|which|what|statements?|answer)\b[^.;!?]{{0,80}}?\b{_WRONG}"
    r"|\b(?:all|each|every)\b[^.;!?]{0,20}\b(?:true|right|correct)\b[^.;!?]{0,20}\bexcept\b"
    r"|(?:ข้อ(?:ความ)?|คำ(?:ตอบ|กล่าว)|ตัวเลือก|สิ่ง)(?:ใด|ไหน|ที่)?(?:เป็น|กล่าว|คำตอบ|ข้อความ|ซึ่ง|ที่|\s)*"
    r"(?:ไม่(?:ถูก|ใช่|จริง|เป็น|เกี่ยว|เหมาะ|สอดคล้อง|ควร|จัด|เข้าพวก)|มิใช่|ผิด|เท็จ|ยกเว้น)(?!\s?(?:จะ|ถูกหัก|หัก|ติดลบ|ได้|ไม่ได้))",
    re.I,
)
"""An instruction to choose the wrong option, but not one about filling in the paper."""
_N = rf"[2-9]|{'|'.join(NUMBER_WORDS)}"
_NEXT = re.compile(
    rf"\b(?:next|following) (?P<n>{_N}) (?:questions|items|problems)\b|\b(?:next|following) question\b|(?:คำถาม|ข้อ|โจทย์)?\s?(?P<thai>{_N})\s?ข้อ(?:ต่อไปนี้|ถัดไป)|(?:คำถาม|โจทย์)(?:ข้อ)?(?:ต่อไปนี้|ถัดไป)",
    re.I,
)
"""A text for the questions that follow."""


class Rubric:
    """The current instruction above questions that is not part of them, while a file is read from the top."""

    def __init__(self) -> None:
        self._words = ""
        self._n = 0

    def read(self, text: str, ends: bool = True) -> None:
        """Read an instruction, heading or other text above questions. It ends the previous instruction;
        without `ends`, only if it is itself an instruction.
        """
        found = _NEXT.search(text)
        said = (found["n"] or found["thai"] or "1").lower() if found else ""
        n = NUMBER_WORDS.get(said) or (int(said) if said else 0)
        n = n or (_ALL if _TURNS.search(text) else 0)
        if n or ends:
            self._words, self._n = text, n

    def over_next(self) -> str:
        """Return the instruction that applies to the next question; "" if there is none."""
        self._n -= 1
        return self._words if self._n >= 0 else ""


def under(question: Question, rubric: str) -> Question:
    """Return the question, held back if it may need the instruction printed above it, or in its title or
    folder, which are not imported with it.
    """
    titles = (question.name, (question.category or "").rpartition("/")[2])
    rubric = rubric or next((one for one in titles if _TURNS.search(one)), "")
    if not rubric or (NEGATES.search(question.stem.plain) and not _NEXT.search(rubric)):
        return question
    doubt = tell(
        "the instruction above it is not part of it ({words}). Write it into its stem.",
        words=shortened(plain_of(rubric), 120),
    )
    return replace(question, doubt=question.doubt or doubt, warnings=(*question.warnings, doubt))


_LOOKS = {
    "u": re.compile(r"underlin|ขีดเส้นใต้", re.I),
    "coloured words": re.compile(
        r"\b(?:red|blue|green|yellow|orange|purple|pink|colou?red|highlighted|shaded)\b|สี(?:แดง|น้ำเงิน|เขียว|เหลือง|ส้ม|ม่วง|ฟ้า|ชมพู)|แรเงา|ไฮไลต์",
        re.I,
    ),
}
"""Words that refer to formatting that texts of the bank cannot have."""
_UNDERLINED_PART = re.compile(
    r"\bthe underlined (?:words?|parts?|phrases?|letters?|text|sentences?)\b|(?:คำ|ส่วน|ข้อความ|ประโยค)ที่(?:มี)?(?:การ)?ขีดเส้นใต้",
    re.I,
)


def lacking(question: Question) -> Message | None:
    """Return a message if a stem refers to something that is missing: a picture, a table, a text, another
    question or formatting; else None.
    """
    stem = question.stem
    for look, words in _LOOKS.items():
        if look in stem.lost and (found := words.search(stem.plain)):
            return tell("its stem speaks of a look that the bank does not support ({words})", words=found[0])
    shows = bool(question.pictures or question.stimulus or "|" in stem.markdown or "![" in stem.markdown)
    if (found := _UNDERLINED_PART.search(stem.plain)) and not shows and "__" not in stem.plain:
        return tell("its stem speaks of a look that the bank does not support ({words})", words=found[0])
    if found := OTHER_QUESTION.search(stem.plain):
        return tell(
            "its stem refers to another question ({words}). Write what is needed here.",
            words=found[0].strip(),
        )
    missing = what_is_missing(question)
    return missing.message if missing and missing.is_certain else None


def what_is_missing(question: Question) -> MissingContext | None:
    """Return what the stem of a question that shows nothing else refers to, or may refer to."""
    shows = question.pictures or question.stimulus or question.stem.lost
    return None if shows else missing_context(question.stem.markdown)
