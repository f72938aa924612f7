"""Classifies lines around typed questions by their words, in Thai and English: the right option, an
explanation, a source, a heading, or a text that several questions share.

Where such a line belongs is decided elsewhere (`typed`).
"""

# ruff: noqa: E501
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from examgen.bank.rules.patterns import NUMBER_WORDS
from examgen.core.text.thai import arabic_digits

THAI = "กขคงจฉชซ"
Kind = Literal["answer", "why", "source", "passage", "heading", "note", ""]


class StatedAnswer(NamedTuple):
    """The key that a line states: letters (`?` if unclear), and the text after them, which is the text of the
    option or an explanation.
    """

    letters: tuple[str, ...]
    rest: str = ""


class Beside(NamedTuple):
    """A line with its kind ("" if its words do not show it), the key it states, and the questions for which
    it introduces a text.
    """

    kind: Kind
    answer: StatedAnswer | None = None
    questions: tuple[str, ...] = ()


_L = rf"[{THAI}A-Ha-h]"
_END = r"(?![A-Za-z0-9๐-๙\u0e01-\u0e4e])"
_N = r"[0-9๐-๙]{1,4}"
_WORD = (
    r"(?:เฉลย(?:คำตอบ|ข้อสอบ)?|คำเฉลย|(?:คำตอบ|ข้อ|ตัวเลือก)(?:ที่)?ถูก(?:ต้อง)?(?:ที่สุด)?|คำตอบ|ตอบ"
    r"|(?:correct\s+(?:answer|option|choice)|(?:right\s+)?answers?|ans|key|correct)(?![A-Za-z]))"
)
_LEAD = r"(?:(?:the|so)\s|ดังนั้น|ข้อนี้|สรุป|จึง|∴)?\s*+"
_SIGN = r"(?:คือ|ได้แก่|เป็น|is(?![a-z])|[:：=\-–—→])"
_SEP = rf"(?:\s*+(?:{_SIGN}|ข้อ(?:ที่)?|ตัวเลือก(?:ที่)?|(?:option|choice)(?![a-z])|\.))*\s*+"
_ANSWER = re.compile(
    rf"\s*+(?P<open>[\[(*]*+)\s*+{_LEAD}(?P<word>{_WORD})(?P<sep>{_SEP})[\[(\"'“]?\s*+(?P<letters>{_L}{_END}"
    rf"(?:\s*[)\].]?\s*(?:,|และ|กับ|หรือ|/|&|\+|(?:and|or)\s)\s*(?:ข้อ\s*)?[\[(\"'“]?{_L}{_END})*)(?P<rest>.*)",
    re.I | re.S,
)
_WITHOUT = re.compile(rf"\s*+[\[(*]*+\s*+{_LEAD}(?P<word>{_WORD})(?P<sep>{_SEP})(?P<rest>\S.*)", re.I | re.S)
_SURE = re.compile(r"เฉลย|คำเฉลย|ถูก|correct", re.I)
"""Words that name a key whatever follows; others need a sign, as in `ตอบ: …`."""
_WHY = re.compile(
    r"\s*+[\[(*]*+\s*+(?:คำอธิบาย|อธิบาย|เหตุผล|เนื่องจาก|เพราะ|แนวคิด|แนวการคิด|แนวตอบ|วิธีทำ|วิธีคิด|เฉลยละเอียด"
    r"|(?:explanation|rationale|reason(?:ing)?|feedback|because|since|solution|working)(?![A-Za-z]))",
    re.I,
)
_LABEL_OF_WHY = re.compile(rf"(?:{_WHY.pattern})s?\s*[:：.\])*]*\s*", re.I)
"""A heading above explanations, such as ExamView's `Feedback`."""
_LABEL_BEFORE = re.compile(
    r"\s*(?:คำอธิบาย|เหตุผล|(?:explanation|rationale|reason|feedback(?=\s*[:：]))(?![A-Za-z]))\s*[:：.–—-]?\s+(?=\S)",
    re.I,
)
"""A label before an explanation on its line."""
_TAG = r"(?:[CPIS]?LO\s?\d[\d.]*|(?:bloom|dif(?:ficulty)?|disc(?:rimination)?|pts|obj(?:ective)?|topic|level|skill|ioc|[dpr])\s*[:=]\s*[^\[\]\\]{1,25})"
NOTE_OF_MARKING = re.compile(
    rf"(?:\s*\\?\[{_TAG}\\?\])(?:\s*\\?\[(?:{_TAG}|[01]?\.\d+)\\?\])*\s*$|\s+(?-i:DIF|DISC|IOC|PTS|OBJ)\s*[:=]\s*[\w.]+\s*$|"
    r"\s*\\?[(\[](?:(?:ระดับ|ค่า)?(?:ความยาก|อำนาจจำแนก)|difficulty|discrimination|facility|bloom|[pr]\s*=)[\s:=]*(?:[\d.๐-๙]+|ง่าย|ปานกลาง|ยาก|easy|medium|hard|\w+)?\\?[)\]]\s*$"
    r"|\s*\\?[(\[](?:(?:ความ)?(?:จำ|เข้าใจ)|(?:การ)?(?:นำไปใช้|วิเคราะห์|สังเคราะห์|ประเมินค่า|สร้างสรรค์)|remember(?:ing)?|understand(?:ing)?|apply(?:ing)?|analy[sz](?:e|ing)|evaluat(?:e|ing)|easy|medium|hard)\\?[)\]]\s*$",
    re.I,
)
"""A note of an item writer behind a text: its difficulty or cognitive category."""
POINTS = re.compile(
    r"\W*(?:(?:\d+(?:\.\d+)?|[๐-๙]+|หนึ่ง|สอง|สาม|สี่|ห้า|one|two|three|four|five)\s*(?:คะแนน|points?|marks?))\W*",
    re.I,
)
_OF_OPTION = re.compile(r"\s*\(?(?P<letter>[A-H])[.)]?\t+\s*(?=\S)")
_SOURCE = re.compile(
    r"\s*+[\[(*]*+\s*+(?:(?:แหล่ง)?(?:ที่มา|อ้างอิง|ข้อมูล)|เอกสารอ้างอิง|อ้างอิง|บรรณานุกรม|หนังสืออ้างอิง|ดัดแปลงจาก"
    r"|(?:source|references?|ref|adapted\s+from)(?![A-Za-z]))(?:\s*(?:จาก|[:：.=\-–—])|\s|$)",
    re.I,
)
_HEADING = re.compile(
    rf"\s*+[*#=\-–—_~\[(]*+\s*+(?:(?:ตอนที่|ส่วนที่|ภาคที่|หมวดที่|หมวด|บทที่|หน่วยที่|หน่วยการเรียนรู้ที่|ชุดที่|เรื่องที่|ตอน|ส่วน"
    rf"|part|section|chapter|unit|module)\s*(?:{_N}|[IVX]{{1,5}}|[A-H]|[ก-ช]|หนึ่ง|สอง|สาม|สี่|ห้า|one|two|three|four|five){_END}"
    r"|คำชี้แจง|คำสั่ง|ข้อปฏิบัติ|(?:directions?|instructions?)(?![A-Za-z])"
    r"|(?:จง|ให้(?:นักเรียน|ผู้เข้าสอบ|ผู้สอบ|ท่าน))\S{0,40}\s?\S{0,30}คำตอบ|choose the (?:best|correct|right))",
    re.I,
)
_LIST = re.compile(
    rf"(?:ข้อ(?:ที่)?|คำถาม(?:ข้อ)?(?:ที่)?|(?:questions?|items?|numbers?|nos?\.?))\s*(?P<list>{_N}"
    rf"(?:\s*(?:[-–—~,&]|ถึง|และ|กับ|to|through|and|,\s*and)\s*(?:ข้อ(?:ที่)?\s*)?{_N})*){_END}",
    re.I,
)
_CUE = re.compile(
    r"อ่าน|จาก|ใช้|พิจารณา|ศึกษา|ดู|กำหนดให้|สถานการณ์|ข้อมูล|ข้อความ|บทความ|กรณีศึกษา|ตาราง|ภาพ|รูป|แผน|สำหรับ|ตอบคำถาม|ประกอบ"
    r"|\b(?:read|refers?|use|based|study|look|following|passage|text|table|figure|case|for)\b",
    re.I,
)
_TO_ANSWER = re.compile(r"(?:ตอบ(?:คำถาม)?|สำหรับ|answer|for)\s*$", re.I)
_FOLLOWS = re.compile(
    r"\s*[*(\[]*\s*(?:(?:จง)?(?:อ่าน|จาก|ใช้|พิจารณา|ศึกษา|ดู)|กำหนดให้|สถานการณ์|กรณีศึกษา|(?:read|study|use|look at|case study|passage|refer to|based on)\b)"
    r"(?:.{0,80}(?:ต่อไปนี้|ข้างล่าง|ด้านล่าง|แล้วตอบ|ใช้ตอบ|following|below)|\s*(?:ที่\s*)?[0-9๐-๙A-H]{0,2}\s*[:：]?\s*$)",
    re.I,
)
_NOTE = re.compile(
    rf"[\W_]+|\s*[\[(]?\s*{_N}(?:\.{_N})?\s*(?:คะแนน|points?|marks?)\s*[)\]]?\s*|\s*(?:หน้า|page)\s*(?:ที่\s*)?{_N}.*"
    r"|\s*[\[(*]*\s*(?:ตัวชี้วัด|มาตรฐาน|จุดประสงค์|สมรรถนะ|เกณฑ์|ระดับ\S{0,40}|ความยาก|ค่าความยาก|คะแนน|พฤติกรรม|indicators?|objectives?|difficulty"
    r"|points?|marks?|score|topic|tags?|bloom\S{0,10}|level)\s*\S{0,40}\s*[:：].*"
    r"|[\W_]*(?:จบ|ขอให้โชคดี|สิ้นสุด|ขอให้ทุกคน|end of|good luck|the end).{0,60}",
    re.I | re.S,
)
_CALLED_RIGHT = re.compile(
    rf"\s*[\[(*]*\s*(?:ข้อ|ตัวเลือก)\s*({_L})[.)]?\s*(?:เป็นคำตอบที่|เป็นข้อที่)?ถูก(?:ต้อง)?(?:ที่สุด)?\s*((?:เพราะ|เนื่องจาก).*)?[\])*.\s]*",
    re.S,
)
_RIGHT_BY_WHY = re.compile(
    rf"(?:ข้อ\s*|(?:^|[\s,;(])(?={_L}[\s.)]))({_L})[.)]?\s*(?:จึง|เป็นข้อที่|เป็นคำตอบที่|เป็นตัวเลือกที่)?ถูก(?!ทุก|เพียง|บางส่วน|น้อย)"
    r"|(?:^\W*|[:.;,]\s+|\b(?:[Bb]ecause|[Ss]ince|[Aa]s|[Ss]o)\s+)(?:(?:[Tt]he\s+)?(?:[Oo]ption|[Cc]hoice|[Aa]nswer)\s+)?\(?([A-H])\)?\s+is"
    r"\s+(?:[^.;]{1,100}?\b(?:so|therefore|hence|thus)\s+(?:it\s+)?(?:is\s+)?)?(?:the\s+)?(?:right|correct|answer\b)(?!\s+(?:about|only|in part))"
)

_ASKS = re.compile(
    r"ใด|อะไร|ไหน|อย่างไร|เท่าไ|กี่|[?？]|_{3}|\.{4}|(?:คือ|ได้แก่)\s*$|\b(?:which|what|who|where|when|why|how)\b",
    re.I,
)


MARKERS = re.compile(
    r"(?:^|(?<=\s))(?:(?:KEY|NOT|TYPE)\s*:.*?\s)?(?:PTS|DIF|REF|OBJ|NAT|STA|LOC|TOP|MSC|BLM)\s*:(?:\s|$).*",
    re.S,
)
"""Data that ExamView prints with a question, such as points, difficulty and source."""
_FEEDBACK = re.compile(r"\s*(?:[@~+]|\.{3}|…)\s+(?=\S)")
"""The sign of feedback below a question or an option (Respondus, text2qti)."""


def without_sign_of_feedback(text: str) -> int:
    """Return the number of characters of the feedback sign or label at the beginning of a line; 0 if there is
    none.
    """
    found = _FEEDBACK.match(text) or _LABEL_BEFORE.match(text)
    return found.end() if found else 0


def is_label_of_why(text: str) -> bool:
    """Return whether a line consists only of a word that introduces explanations below it."""
    return bool(_LABEL_OF_WHY.fullmatch(text))


def feedback_of_option(text: str) -> tuple[int, int] | None:
    """Return the position of the option whose letter and tab begin a line below such a word, and the number
    of these characters; None if the line begins differently.
    """
    found = _OF_OPTION.match(text)
    return (ordinal(found["letter"]), found.end()) if found else None


def told(text: str) -> Beside:
    """Classify a line below the options of a question."""
    answer = answer_of(text)
    if answer and answer.letters:
        return Beside("answer", answer)
    if _WHY.match(text) or _FEEDBACK.match(text):
        return Beside("why")
    if _SOURCE.match(text):
        return Beside("source")
    if (questions := passage_of(text)) is not None:
        return Beside("passage", None, questions)
    if _HEADING.match(text):
        return Beside("heading")
    if answer:
        return Beside("answer", answer)
    return Beside("note" if _NOTE.fullmatch(text) else "")


def answer_of(text: str) -> StatedAnswer | None:
    """Return the key that a line states; None if it states none, or leaves room to write it."""
    if called := _CALLED_RIGHT.fullmatch(text):
        return StatedAnswer((called[1],), called[2] or "")
    if found := _ANSWER.fullmatch(text):
        rest = re.sub(r"^[\s.)\]\"'”,:：\-–—]+", "", found["rest"])
        if found["open"].strip("*"):
            rest = rest.rstrip(" )]")
        rest = rest.rstrip(" *")
        letters = tuple(
            re.findall(
                rf"(?<![A-Za-z]){_L}{_END}",
                re.sub(r"และ|กับ|หรือ|ข้อ|\b(?:and|or)\b", " ", found["letters"], flags=re.I),
            )
        )
        is_article = re.fullmatch(r"[a-h]", found["letters"]) and not re.search(_SIGN, found["sep"])
        if is_article and re.match(r"[A-Za-z]", rest):
            return None
        unsure = bool(
            re.search(r"หรือ|/|\bor\b", found["letters"], re.I) or re.match(r"\?|หรือ|or\b", rest, re.I)
        )
        # `ตอบ ข ค` may be two letters; `ตอบ ข. ค` may be an option that says ค, as `lines` sees
        unsure = unsure or (is_letter(rest) and not re.match(r"\s*[.)]", found["rest"]))
        return StatedAnswer(("?",) if unsure else letters, rest)
    found = _WITHOUT.fullmatch(text)
    if not found or not re.search(r"\w", found["rest"].replace("_", "")):
        return None
    if (
        _SURE.search(found["word"])
        or re.search(_SIGN, found["sep"])
        or re.fullmatch(rf"{_N}\W*", found["rest"])
    ):
        return StatedAnswer((), found["rest"].strip().rstrip(")]*").strip())
    return None


def is_letter(text: str) -> bool:
    """Return whether a text begins with another single letter."""
    return bool(re.match(rf"\(?{_L}[.)]?\s*(?:$|[,/]|และ|หรือ)", text, re.I))


def passage_of(text: str) -> tuple[str, ...] | None:
    """Return the questions for which a line introduces a shared text, which may be empty; None if it
    introduces no such text.
    """
    lists = list(_LIST.finditer(text))
    if lists and _CUE.search(text):
        # `ใช้ข้อมูลจากข้อ 1 ตอบข้อ 2-3`: the list behind the word, else the longest
        asked = [one for one in lists if _TO_ANSWER.search(text[: one.start()])]
        return max((tuple(_numbers(one["list"])) for one in asked or lists), key=len)
    return () if _FOLLOWS.match(text) else None


def asks(text: str) -> bool:
    """Return whether a line reads like a question."""
    return bool(_ASKS.search(text))


def _numbers(said: str) -> Iterator[str]:
    """Yield the numbers of a list: 5-7 gives 5 6 7, and `5, 7 และ 8` gives 5 7 8."""
    parts = re.findall(rf"({_N})|([-–—~]|ถึง|to\b|through)", arabic_digits(said), re.I)
    last: int | None = None
    through = False
    for number, sign in parts:
        if sign:
            through = True
            continue
        now = int(number)
        if through and last is not None and last < now <= last + 200:
            yield from map(str, range(last + 1, now + 1))
        else:
            yield str(now)
        last, through = now, False


def right_by(text: str) -> str | None:
    """Return the only letter that an explanation calls right (`ข้อ ค ถูกตามมาตรา 5`, `B is right`); None if
    there is not exactly one.
    """
    found = {one for pair in _RIGHT_BY_WHY.findall(text) for one in pair if one}
    return found.pop() if len(found) == 1 else None


def ordinal(letter: str) -> int:
    """Return the position of a letter in its alphabet, from 0: ข is 1, and so is B."""
    return THAI.index(letter) if letter in THAI else ord(letter.upper()) - ord("A")


# ── keys within texts ────────────────────────────────────────────────────────────────────────

_IN_OPTION = re.compile(
    rf"(?:เฉลย|(?:คำตอบ|ข้อ|ตัวเลือก)ที่ถูก(?:ต้อง)?(?:ที่สุด)?|ตอบ){_SEP}[\[(\"'“]?(?:{_L}|(?<=[:=]){_N}|(?<=[:=]\s){_N}){_END}"
    rf"|\b(?:correct\s+(?:answer|option|choice)|answer|ans|key)\s*(?:is|[:：=.])\s*[\[(]?(?:(?-i:[A-H{THAI}]){_END}|[a-h]\s*(?:[.)\]]|$))"
    rf"|(?:^|\n)\s*(?:answer|ans|key)\s+\(?(?-i:[A-H])\)?\s*(?:$|\n)",
    re.I,
)
_OF_OPTIONS = re.compile(
    rf"\s*(?:ถูก)?(?:ทั้ง)?\s*(?:คำ)?ตอบ\s*(?:ข้อ\s*)?{_L}[.)]?\s*(?:,|และ|กับ|หรือ)\s*(?:ข้อ\s*)?{_L}{_END}.{{0,20}}",
    re.S,
)
"""An option that refers to other options: `คำตอบ ก และ ข`."""
_IN_STEM = re.compile(
    rf"[\[(]\s*{_WORD}{_SEP}(?:{_L}|{_N})\s*[.)]?\s*[\])]|(?:^|\n|[.?!:]\s)\s*{_WORD}{_SEP}\(?{_L}{_END}[.)]?\s*(?:$|\n)"
    rf"|(?<=[.?!:_…])\s*[\[(]\s*(?-i:[A-H{THAI}])\s*[\])]\s*$|^[\W_]*(?-i:[A-H{THAI}])[\W_]+[0-9๐-๙]{{1,3}}[.)]",
    re.I,
)
"""A key in a stem: in brackets, on its own line, at its end, or in a gap before its number."""
_ASKED_FOR = re.compile(
    r"\b(?:choose|select|mark|tick|check|pick|which)(?: only| exactly| the)? (one|two|three|four)(?![-\w])"
    r"|\b(?:choose|select|mark|tick|pick)(?: only| exactly| the)? ([1-4])(?=\s*(?:[.,;!)]|$))"
    r"|\b(one|two|three|four|[1-4]) (?:right |correct |best )?(?:answers?|options?|choices|of the following)\b"
    r"|(?:เลือก|ตอบ|กา)(?:คำตอบ|ตัวเลือก|ข้อ|มา|ได้|ที่ถูก(?:ต้อง)?|ที่สุด|เพียง|เท่านั้น|\s)*\s?([1-4๑-๔]|หนึ่ง|สอง|สาม|สี่)\s*(?:ข้อ(?!ความ|มูล)|คำตอบ|ตัวเลือก)"
    r"|[(\[]\s*([1-4๑-๔]|หนึ่ง|สอง|สาม|สี่)\s*(?:ข้อ|คำตอบ|answers?)\s*[)\]]",
    re.I,
)
"""The number of options that a stem asks for."""
_MORE_THAN = re.compile(r"more than one|one or more|at least|up to|มากกว่า|อย่างน้อย|ไม่เกิน", re.I)


def key_in_option(text: str) -> str | None:
    """Return the words of an option that read like a key (`นอน ตอบ ข`); None if there are none."""
    if _OF_OPTIONS.fullmatch(text):
        return None
    found = _IN_OPTION.search(text)
    return found[0].strip() if found else None


def asked_for(stem: str) -> int | None:
    """Return the number of options that a stem asks for; None if it states none."""
    found = None if _MORE_THAN.search(stem) else _ASKED_FOR.search(stem)
    if found is None:
        return None
    said = arabic_digits(next(filter(None, found.groups())).lower())
    return int(said) if said.isdigit() else NUMBER_WORDS[said]


def key_in_stem(text: str) -> str | None:
    """Return the words of a stem that read like its key; None if there are none."""
    found = _IN_STEM.search(text)
    return found[0].strip() if found else None
