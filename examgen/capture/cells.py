"""Single cells → ids, names and marks: the different ways in which people and spreadsheets write the same
thing.

A mark is a bit mask: 0 blank, bit k for letter k, several bits a multiple mark, `UNDECIDED` for a `?`,
`INVALID` for anything else.

Cells with the text of an option → marks, if the text is that of exactly one printed option.

Web forms write the text of the chosen option, often preceded by its letter. A letter with a text counts only
if the form prints that text at that letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np
import numpy.typing as npt

from examgen.core.responses.rows import BLANK, INVALID, Marks
from examgen.core.tables.records import INVISIBLE, drop_invisible, unwrap
from examgen.core.text.characters import LETTERS, THAI_LETTERS, composed_text

ROOM_HEADS = ("room", "exam_room", "ห้องสอบ", "ห้อง")
"""Headings of columns with the place where a candidate sat, in files that people supply."""
NOT_MARKED = ("", "-", "–", "—", "0", "n", "no", "none", "n/a", "false", "ไม่")
"""Contents of a column of marks for candidates to whom the mark does not apply."""

LETTERS_WRITTEN = "A, ก, 1; also ก) or ข้อ ก"
"""Examples of how a letter may be written."""
PLAIN: dict[int, str | None] = {
    **dict.fromkeys(map(ord, INVISIBLE)),
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
    **{ord(digit): str(value) for value, digit in enumerate("๐๑๒๓๔๕๖๗๘๙")},
    **dict.fromkeys(map(ord, "\u00a0\u3000"), " "),
    **dict.fromkeys(map(ord, "–—−"), "-"),
    **dict.fromkeys(map(ord, "“”„"), '"'),
    **dict.fromkeys(map(ord, "‘’‚"), "'"),
    **{first + k: chr(ord(plain) + k) for first, plain in ((0x24B6, "A"), (0x24D0, "a")) for k in range(26)},
}
"""The plain form of characters: full-width and circled characters, Thai digits, dashes; invisible characters
are removed.
"""
LOOK_ALIKES = dict(zip(map(ord, "ΑΒΕαАВСЕавсеฃฅฟ\u0e34แำ©"), "ABEAABCEABCEขคABCEC", strict=True))
"""Greek, Cyrillic and obsolete Thai letters that look like the letter of an option, and the signs of a Thai
keyboard on the keys A, B, C and E, and what an editor makes of `(c)`.
"""
NUMBERED = 0x20
"""Added, while a row is read, to a mark that was written as a number and not as a letter."""
UNDECIDED = 0x40
"""The mark of a `?`: something may be marked, and a person has yet to decide what. A row with such a mark is
never scored.
"""
_LETTER: dict[str, int] = {
    letter: 1 << k for alphabet in (LETTERS, THAI_LETTERS, "12345") for k, letter in enumerate(alphabet)
}
_L = f"[{LETTERS}{THAI_LETTERS}]"
_ONE = rf"(?:{_L}\.?|[1-5](?:\.0*|,0{{1,2}})?|(?:{_L}|[1-5]) ?\)|\( ?(?:{_L}|[1-5]) ?\))"
_CALLED = re.compile(r"(?:ตัวเลือก(?:ที่)?|คำตอบ|ข้อ|OPTION|CHOICE|ANSWER) *[:.]? *(?=\S)")
_AND = re.compile(r"\s+AND\s+|\s*(?:และ|กับ)\s*")
_MARKS = re.compile(rf"(?:{_L}|[1-5])+|{_ONE}(?: *[|,;/&+ ] *{_ONE})*")
_MARK = re.compile(rf"{_L}|[1-5]")
_LABELLED = re.compile(rf"\(? ?{_L} ?[.)] *[1-5](?:\.0*)?")
"""An option's letter and its text, a number: `ข. 4` is no double mark."""
_CHANGED = re.compile(
    r"[+-]?\d(?:[.,]\d+E\+?|E\+)\d+|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|#(?:N/A|[A-Z/0]+[!?])|Err:\d{3}"
    r"|=?\"?[A-Z.]{3,}\([^)]*\"[\s\S]*",
    re.IGNORECASE,
)
_LONGEST_WORD = len("false")
_WHOLE = re.compile(r"\d+\.0+")
_NO_ID = re.compile(
    r"[0-9]+\.(?:0+|[0-9]{1,2})|[0-9]{1,3}(?:,[0-9]{3})+|[0-9]e[0-9]{1,2}|(?i:true|false|nan|null|none|nat)"
)
"""Numbers and missing values as programs write them in texts; `1E5` with a capital was typed by a person."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_THAI_MONTHS = r"(?:ม\.ค|ก\.พ|มี\.ค|เม\.ย|พ\.ค|มิ\.ย|ก\.ค|ส\.ค|ก\.ย|ต\.ค|พ\.ย|ธ\.ค)\."
_MONTH = rf"(?:{'|'.join(MONTHS)}|{_THAI_MONTHS})"
# Only as spreadsheets write them: `JAN-07` is an id.
_DATE = re.compile(rf"\d\d?[- ]{_MONTH}(?:[- ]\d\d(?:\d\d)?)?|{_MONTH}[- ]\d\d")
_LONGEST_MARK = 40

LONGEST_ID = 128
"""In characters; a longer text is not an id, but text from another place."""

_TOTALS = (
    "รวม|รวมทั้งหมด|รวมทั้งสิ้น|รวมจำนวน|รวมผู้เข้าสอบ|รวมผู้สอบ|รวมคะแนน|ยอดรวม|ผลรวม|จำนวน|จำนวนรวม|จำนวนทั้งหมด|จำนวนผู้เข้าสอบ"
    "|จำนวนผู้สอบ|ค่าเฉลี่ย|คะแนนเฉลี่ย|เฉลี่ย|(?:grand|sub)?-?totals?|sum|count|average|mean"
)
_FIGURES = (
    "ส่วนเบี่ยงเบน(?:มาตรฐาน)?|มัธยฐาน|ฐานนิยม|(?:คะแนน)?สูงสุด|(?:คะแนน)?ต่ำสุด|ร้อยละ|ค่าความยาก(?:ง่าย)?|ค่าอำนาจจำแนก"
    "|(?:ค่า)?น้ำหนัก|จำนวน(?:ผู้ตอบ|คนตอบ|คน)(?:ถูก)?|คะแนน|median|max(?:imum)?|min(?:imum)?|highest|lowest|mode|s[.]?d"
    "|std(?:ev)?|standarddeviation|variance|range|n|difficulty|facility|discrimination|p-?values?"
    "|%|%?correct|percent(?:age|correct)?|weights?|points?|scores?|(?:count|number|sum|total|percent(?:age)?)of.{0,20}"
    "|จำนวน(?:ผู้|คน)?ที่?(?:ตอบ|เลือก).{0,20}"
)
_TOTAL = re.compile(f"(?:{_TOTALS})[:=]?[0-9]*(?:คน|ราย|แผ่น|ชุด)?[:=]?")
_FIGURE = re.compile(f"(?:{_TOTALS}|{_FIGURES})[:=]?[0-9]*(?:คน|ราย|แผ่น|ชุด)?[:=]?")
"""Names of rows with figures about other rows."""


RIGHT_WRONG = tuple(
    frozenset(pair.split("|"))
    for pair in (
        *("T|F", "TRUE|FALSE", "Y|N", "YES|NO", "R|W", "RIGHT|WRONG", "CORRECT|INCORRECT", "CORRECT|WRONG"),
        *("C|I", "C|W", "C|X", "P|F", "PASS|FAIL", "✓|✗", "✓|✕", "✓|X", "✓|×", "✔|✘", "✔|✖", "✔|X", "✔|×"),
        *("√|X", "√|×", "/|X", "/|×", "○|×", "O|X", "☑|☒", "☑|☐", "✅|❌"),
        *("ถูก|ผิด", "ถูกต้อง|ไม่ถูกต้อง", "ถูกต้อง|ผิด", "ใช่|ไม่ใช่", "จริง|เท็จ", "จริง|ไม่จริง", "ถ|ผ"),
    )
)
"""The ways to write that an answer is right, or wrong."""
_OF_FORM = "(?:for)?(?:form|version|set|ชุดที่|ชุด|ฉบับที่|ฉบับ)?(?:[a-eกขคงจ]|[0-9]{1,2})?"
_NO_PERSONS = (
    rf"(?:answer|correct|master|model|official|scoring)keys?{_OF_FORM}",
    rf"(?:correct|model|key)answers?{_OF_FORM}",
    rf"(?:คำ)?เฉลย(?:คำตอบ|ข้อสอบ)?{_OF_FORM}",
    rf"คำตอบที่ถูก(?:ต้อง)?{_OF_FORM}",
    rf"(?:กระดาษคำตอบ|กระดาษ|แผ่น|ใบ|แบบ)(?:เฉลย|ต้นแบบ){_OF_FORM}|ต้นแบบ(?:กระดาษคำตอบ)?{_OF_FORM}",
    "master(?:sheet|copy|card)|(?:scan(?:ner)?|system|trial)test[0-9]{0,3}|test(?:scan|sheet|row)[0-9]{0,3}",
    "(?:ครู|อาจารย์|เจ้าหน้าที่|ผู้คุมสอบ)?(?:ทดลอง|ทดสอบ)(?:สแกน|เครื่อง|ระบบ|ส่ง|กรอก|ทำ)(?:ข้อสอบ)?[0-9]{0,3}",
    "(?:test|demo|dummy|sample|preview)(?:user|student|candidate|account|examinee)[0-9]{0,3}",
    "(?:user|student|candidate)test",
    "(?:points?|scores?|marks?)possible",
    "(?:possible|max|maximum|full)(?:points?|scores?|marks?)",
    "คะแนนเต็ม",
    "(?:ผู้ใช้|บัญชี|ผู้)?ทดสอบระบบ[0-9]{0,3}",
    "(?:ผู้ใช้|บัญชี)ทดสอบ[0-9]{0,3}",
)
"""Names of rows that are the key, a test or a maximum."""
_NO_NUMBERS = (
    *_NO_PERSONS,
    rf"(?:form[a-e0-9])?keys?{_OF_FORM}",
    f"solutions?{_OF_FORM}",
    "master|correct|test|demo|dummy|sample|example|max|maximum|mode|teacher|instructor|admin|administrator",
    "ทดสอบ|ตัวอย่าง|ครู|อาจารย์|ผู้คุมสอบ|ผู้ดูแลระบบ",
)
"""Texts in place of the candidate number in such a row; some of these are also names of people."""
_NO_NAMES = (
    *_NO_PERSONS,
    rf"keys?{_OF_FORM}|solutions?{_OF_FORM}|(?:test|demo|dummy|sample)[0-9]{{0,3}}|master|(?:ทดสอบ|ตัวอย่าง)[0-9]{{0,3}}",
)
"""Texts in place of the candidate's name in such a row."""
_TEST = re.compile(
    r"(?:test|demo|dummy|sample|guest|trial|practi[cs]e|preview|temp|try|anon(?:ymous)?|unknown|nobody)[0-9]{0,3}"
    r"|(?:ทดสอบ|ทดลอง|ตัวอย่าง|ไม่ทราบ|ไม่ระบุ)[0-9]{0,3}"
)
"""Candidate numbers that people use to try out an exam."""
_NO_PERSON = re.compile("|".join(_NO_PERSONS))
_NO_NAME = re.compile("|".join(_NO_NAMES))
_NO_NUMBER = re.compile("|".join(_NO_NUMBERS))
_MAY_BE_NONE = re.compile(
    r"\W*(?:[amcskeftidpu]|เฉลย|คำ|คะแนน|ผู้|บัญชี|ทดสอบ|ทดลอง|ตัวอย่าง|ครู|อาจารย์|เจ้าหน้าที่|ต้นแบบ|กระดาษ|แผ่น|ใบ|แบบ)\D*\d{0,3}\W*",
    re.IGNORECASE,
)
"""A quick test by which most candidate numbers are seen to be none of these."""


@lru_cache(maxsize=8192)
def read_mark(cell: str) -> int:
    """Return the bit mask of a cell's text. A letter named twice makes it invalid."""
    text = unwrap(cell).translate(PLAIN).strip().upper()
    if text in ("", "-", "."):
        return BLANK
    if text == "?":
        return UNDECIDED
    if len(text) > _LONGEST_MARK:
        return INVALID
    if called := _CALLED.match(text):
        text = text[called.end() :]
    if not _MARKS.fullmatch(text):
        return INVALID
    if _LABELLED.fullmatch(text):
        return INVALID
    marks = [_LETTER[letter] for letter in _MARK.findall(text)]
    return sum(marks) if len(set(marks)) == len(marks) else INVALID


def written_mark(cell: str) -> int:
    """Return the mark of a cell, with `NUMBERED` if it is written with a digit."""
    mark = read_mark(cell)
    is_numbered = mark not in (BLANK, INVALID, UNDECIDED) and any(map(str.isdigit, cell))
    return mark | NUMBERED if is_numbered else mark


def read_id(cell: str) -> str:
    """Return an id as text: surrounding space, invisible characters and Excel's `="…"` are removed, and
    combining characters are put into one order.
    """
    if cell.isascii():
        cell = cell.strip()
        return unwrap(cell) if cell.startswith("=") else cell
    return composed_text(unwrap(drop_invisible(cell).strip()))


def is_changed(cell: str) -> bool:
    """Return whether a spreadsheet has changed a cell into a rounded number (`1.10E+12`), a date (`7-Jan`),
    an error or a formula.
    """
    return (_CHANGED.fullmatch(cell) or _DATE.fullmatch(cell)) is not None


def is_damaged(candidate_id: str, is_typed: bool = True) -> bool:
    """Return whether a spreadsheet has changed an id. If its cell has no type, numbers with decimals (`12.5`,
    `1e5`) and missing values (`nan`) count as well.
    """
    if candidate_id.isalnum() and (len(candidate_id) > _LONGEST_WORD or candidate_id.isdigit()):
        return False
    is_number = _WHOLE.fullmatch(candidate_id) if is_typed else _NO_ID.fullmatch(candidate_id)
    return is_number is not None or is_changed(candidate_id)


def _typed_in_one_way(text: str) -> str:
    """Return the text with one way to write each character; sara am and sara ae may be typed as two."""
    return text.translate(PLAIN).replace("\u0e4d\u0e32", "\u0e33").replace("\u0e40\u0e40", "\u0e41")


@lru_cache(maxsize=8192)
def fold(name: str) -> str:
    """Return a header name or form normalised for comparison: width, case, digits and spacing do not
    count.
    """
    other = not name.isascii()
    plain = _typed_in_one_way(name).casefold() if other else name.lower()
    return _BLANKS.sub("", plain).rstrip(".:")


def says_totals(cell: str) -> bool:
    """Return whether a cell names a sum over rows, not a candidate."""
    return _says(_TOTAL, cell)


def says_figures(cell: str) -> bool:
    """Return whether a cell names a sum over rows, or another figure about them; such a word may also be a
    heading.
    """
    return _says(_FIGURE, cell)


def _says(words: re.Pattern[str], cell: str) -> bool:
    text = cell.strip()
    if text[:1].isdigit() or len(text) >= LONGEST_ID:
        return False
    folded = text.lower() if text.isascii() and text.isalnum() else fold(text)
    return words.fullmatch(folded) is not None


def says_no_candidate(cell: str, is_number: bool) -> bool:
    """Return whether a cell, which may be a candidate number, names the key, a test or a maximum, not a
    candidate.
    """
    if len(cell) >= LONGEST_ID or not _MAY_BE_NONE.fullmatch(cell):
        return False
    name = _PUNCTUATION.sub("", fold(cell))
    return (_NO_NUMBER if is_number else _NO_PERSON).fullmatch(name) is not None


def is_no_name(cell: str) -> bool:
    """Return whether the name in a row says that it is the key, a test or a master sheet, not a candidate."""
    if len(cell) >= LONGEST_ID or not _MAY_BE_NONE.fullmatch(cell):
        return False
    return _NO_NAME.fullmatch(_PUNCTUATION.sub("", fold(cell))) is not None


def says_test(cell: str) -> bool:
    """Return whether a candidate number looks like a test, for use among numbers of another kind."""
    return len(cell) < LONGEST_ID and _TEST.fullmatch(_PUNCTUATION.sub("", fold(cell))) is not None


_PUNCTUATION = re.compile(r"[-–#()\[\]*:.,/]")
_BLANKS = re.compile(r"[\s_]+")
_TWO_NUMBERS = re.compile(r"\d[\s_]+\d")
_QUESTION = re.compile(r"(?:q|question|item|ข้อที่|ข้อ)?([0-9]{1,6})(?:[.,]0+)?")


def question_number(name: str) -> int | None:
    """Return the number in `Q7`, `7`, `ข้อ ๗` or a spreadsheet's `7.0`; None for other names, such as
    `Q1_2`.
    """
    found = _QUESTION.fullmatch(fold(name))
    return int(found[1]) if found and not _TWO_NUMBERS.search(name) else None


MAY_BE_TEXT = np.array(
    [one == INVALID or bool(one & NUMBERED and one ^ NUMBERED not in (1, 2, 4, 8)) for one in range(256)]
)
"""Indexed by mark, with `NUMBERED`: whether its cell may be the text of an option, because it is not
understood, or a number that a question may not have, such as `5`, or one of several digits.
"""
_BESIDE = re.compile(r"(?<![a-z])(?:q|question|item|ข้อที่|ข้อ)\s?[.#-]?\s?([0-9]{1,6})")


def question_beside(name: str) -> int | None:
    """Return the question that a heading names among other words, such as `Q2b` or `second mark Q2`; None for
    other headings.
    """
    found = _BESIDE.search(_typed_in_one_way(name[:LONGEST_ID]).casefold().replace("_", " "))
    return int(found[1]) if found else None


def numbers_in(heading: str) -> set[int]:
    """Return the numbers in a heading."""
    return {int(number) for number in re.findall("[0-9]{1,4}", heading[:LONGEST_ID].translate(PLAIN))}


def single_mark(text: str | None) -> bool:
    """Return whether a cell is the mark of one option."""
    mark = read_mark(text or "")
    return mark not in (BLANK, INVALID, UNDECIDED) and mark & (mark - 1) == 0


_UNKNOWN = 0xFF
_OF_CHARACTERS = np.full(0x110000, _UNKNOWN, np.uint8)
"""Indexed by character: the mark of that character alone; most never occur."""


_ALPHABETS = np.zeros(0x110000, np.uint8)
_ALPHABETS[[*map(ord, LETTERS + LETTERS.lower())]] = 1
_ALPHABETS[[*map(ord, THAI_LETTERS)]] = 2
_ALPHABETS[[*map(ord, "123456789๑๒๓๔๕๖๗๘๙")]] = 4


def alphabets(codes: npt.NDArray[np.unsignedinteger]) -> npt.NDArray[np.uint8]:
    """Return for each character code 1 for a Latin letter of an option, 2 for a Thai one, 4 for a digit, and
    0 for other characters.
    """
    return _ALPHABETS.take(codes)


def character_codes(text: str) -> npt.NDArray[np.unsignedinteger]:
    """Return the character codes of a text."""
    if text.isascii():
        return np.frombuffer(text.encode("ascii"), np.uint8)
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


def character_marks(codes: npt.NDArray[np.unsignedinteger]) -> Marks:
    """Return the marks of one-character cells, given as character codes."""
    marks = _OF_CHARACTERS.take(codes)
    unknown = marks == _UNKNOWN
    if unknown.any():
        for code in {*codes[unknown].tolist()}:
            _OF_CHARACTERS[code] = written_mark(chr(code))
        marks = _OF_CHARACTERS.take(codes)
    return marks


class QuestionTexts(Protocol):
    """A printed question."""

    @property
    def stem(self) -> str:
        """Its stem."""

    @property
    def options(self) -> Sequence[str]:
        """The texts of its options, in the order of their letters."""


class ExamTexts(Protocol):
    """The texts that the forms of an exam print."""

    def questions(self, form: str) -> Sequence[QuestionTexts]:
        """Return the questions of a form, in order."""

    def forms(self) -> Sequence[str]:
        """Return the names of all printed forms."""


Fold = Callable[[str], str]

_LONGEST = 4000
"""The most characters of a cell that may be options."""
_MOST_PARTS = 18
_ENDS = " ,;|"
"""Characters that some programs write after the last of several options."""
_LETTERED = re.compile(r"\(?\s*([A-Ea-eกขคงจ1-5๑-๕])\s*(?:[.):]|\s-)\s*(?=\S)")
_LETTER_BEHIND = re.compile(r"(?<=\S)\s*[(\[]\s*([A-Ea-eกขคงจ1-5๑-๕])\s*[)\]]\s*\Z")
_BETWEEN = re.compile(r"[,;|\n]")
_MARKUP = re.compile(r"[*_`$\\]")


def mark_in_words(cell: str, question: QuestionTexts) -> int:
    """Return the bit mask of a cell that contains texts of options of a question; `INVALID` if it does not.

    Texts are compared without spaces; if nothing is found, also without regard to capitals and marks of
    emphasis.
    """
    text = unwrap(cell).strip()
    if not text or len(text) > _LONGEST:
        return INVALID
    texts = tuple(question.options)
    for fold in (_closely, loosely):
        options = _bits(texts, fold)
        if (found := _one(text, fold, options)) is not None:
            return found
        text = text.rstrip(_ENDS)
        parts = _BETWEEN.split(text)
        if 1 < len(parts) <= _MOST_PARTS:
            signs = [*_BETWEEN.findall(text), ""]
            several = set(_several(list(zip(parts, signs, strict=True)), fold, options))
            if len(several) == 1:
                return several.pop()
    return INVALID


@lru_cache(maxsize=4096)
def _bits(texts: tuple[str, ...], fold: Fold) -> dict[str, int]:
    """Return the bit of each option by its text, without texts that two options share."""
    folded = [fold(text) for text in texts]
    return {text: 1 << k for k, text in enumerate(folded) if text and folded.count(text) == 1}


def without_letter(cell: str) -> str:
    """Return the text of a cell without the letter or number of an option before or after it, if there is
    one.
    """
    return next((text for _, text in _lettered(cell)), cell)


def _lettered(cell: str) -> Iterator[tuple[str, str]]:
    """Yield the letter or number before the text of an option, or in brackets after it, and that text."""
    text = cell.strip()
    if before := _LETTERED.match(text):
        yield before[1], text[before.end() :]
    if behind := _LETTER_BEHIND.search(text):
        yield behind[1], text[: behind.start()]


def _one(text: str, fold: Fold, options: dict[str, int]) -> int | None:
    """Return the bit of a text, with or without its letter; None if it is not an option, or if letter and
    text disagree.
    """
    if bit := options.get(fold(text)):
        return bit
    bits = ((options.get(fold(beside)), read_mark(letter)) for letter, beside in _lettered(text))
    return next((bit for bit, mark in bits if bit is not None and bit == mark), None)


def _several(
    parts: Sequence[tuple[str, str]], fold: Fold, options: dict[str, int], marked: int = 0
) -> Iterator[int]:
    """Yield the possible meanings of parts, each with the sign after it; an option may itself contain such
    signs.
    """
    if not parts:
        yield marked
        return
    text = ""
    for end, (part, sign) in enumerate(parts, 1):
        bit = _one(text + part, fold, options)
        if bit and not bit & marked:
            yield from _several(parts[end:], fold, options, marked | bit)
        text += part + sign


@lru_cache(maxsize=65536)
def _closely(text: str) -> str:
    """Return the text without its spaces, with one way to write each character."""
    return "".join(_typed_in_one_way(text).split())


@lru_cache(maxsize=65536)
def loosely(text: str) -> str:
    """Return the text in lower case, without spaces, marks of emphasis and a final mark."""
    return _MARKUP.sub("", _closely(text)).casefold().rstrip(".:*")


def read_in_words(cell: str, question: QuestionTexts | None, in_words: bool) -> int:
    """Return the mark of a cell. In a table of answers `in_words`, the text of an option takes precedence
    over a letter.
    """
    mark = read_mark(cell)
    if question is None or (mark != INVALID and not mark >> len(question.options) and not in_words):
        return mark
    said = mark_in_words(cell, question)
    if said != INVALID or mark != INVALID or len(cell) > _LONGEST_MARK:
        return said if said != INVALID else mark
    # `A and C` is a double mark where no option reads so.
    return read_mark(_AND.sub("|", cell.upper()))
