"""Shelf → faults of typing: digits, vowels, marks, blanks, brackets, characters that cannot be printed.

Shelf → faults of stems: a negative that is easily missed, nothing asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from examgen.bank.checks import Shelf
from examgen.bank.rules.rule import ARABIC_DIGITS, THAI_DIGITS, Fault, Reading, Setting, reading, texts
from examgen.bank.rules.words import BYTES, is_thai, plain
from examgen.text.fonts import missing, missing_message
from examgen.text.formulas import fault
from examgen.text.markdown import Formula, formulas, with_formulas_as
from examgen.words import tell

_NOT_ASKED_WITH = re.compile(r"\*\*.+?\*\*|__.+?__|“[^”]*(?:”|$)|\"[^\"]*\"")
"""Emphasis, and what somebody is quoted with."""
_ASKS = r"(?:ใด|ไหน|อะไร|ใคร|อย่างไร)"
_NOT = r"(?:ไม่ควร|ไม่พึง|ไม่ใช่|มิใช่|ไม่ต้อง|ไม่จำเป็น|ไม่ถูก|ไม่เหมาะ|ไม่สอดคล้อง|ไม่จัด|ไม่ถือ|ไม่เกี่ยว|ไม่เป็น|ห้าม)"
_NEGATIVES = ("ไม่", "มิ", "ห้าม", "ยกเว้น")
_THAI_NEGATIVE = re.compile(
    rf"{_ASKS}(?:ที่|ซึ่ง)?(?:กล่าว|จัด|ถือ|อธิบาย|ระบุ|สรุป|ปฏิบัติ|แสดง|เป็น|ทำ|ใช้)?(?:ว่า|ได้)?"
    rf"(?:ไม่(?!ว่า|เกิน|น้อยกว่า|ต่ำกว่า)|มิ(?:ใช่|ได้))"
    rf"|{_NOT}(?:(?!แต่|จึง|เพราะ|แล้ว|เมื่อ)\S){{0,30}}{_ASKS}"
    r"|ยกเว้น(?:ข้อ|สิ่ง|เรื่อง|รายการ)?(?:ใด|อะไร)|ยกเว้น\s*$"
)
_ENGLISH_NEGATIVE = re.compile(r"\b(?:not|never|except|cannot|\w+n't|(?<!at )least)\b")
_SUBORDINATE = re.compile(
    r"\s(?:if|when|because|that|who|whose|where|since|after|before|while|although|unless|to)\b.*"
)
_THAI_QUESTION = re.compile(
    r"ใด|ไหน|อะไร|ใคร|อย่างไร|กี่|เท่าไร|เท่าไหร่|เมื่อไร|เมื่อไหร่|ทำไม|หรือไม่|หรือยัง|ใช่ไหม|หรือเปล่า|\?|จง|ให้เลือก|_{2,}|\.{4,}|…"
)
_NO_QUESTION = re.compile(r"อย่างไรก็(?:ตาม|ดี)|ใด\s?ๆ|เท่าใดนัก|จง(?:ใจ|รัก)")
_LOOK_LIKE_QUESTIONS = ("อย่างไรก็", "ๆ", "เท่าใดนัก", "จงใจ", "จงรัก")
_THAI_COMPLETION = re.compile(
    r"(?:คือ|ว่า|เพื่อ|โดย|เพราะ|เนื่องจาก|ได้แก่|เป็น|เท่ากับ|หมายถึง|เรียกว่า|ควร|ต้อง|ด้วย|แก่|จาก|ใน|ของ|ที่|ให้|มี|ใช้|:|-)\s*$"
)
_ENGLISH_QUESTION = re.compile(
    r"\?|_{2,}|\.{4,}|…|^(?:choose|select|identify|name|find|calculate|complete|match|give|state|pick|decide)\b"
    r"|\b(?:choose|select|identify) (?:the|one|an?)\b",
    re.I,
)
_ENGLISH_COMPLETION = re.compile(
    r"\b(?:is|are|was|were|be|been|by|to|of|for|a|an|the|because|that|when|if|with|from|in|on|at|as|than|into|should|must|can|"
    r"may|will|would|has|have|means?|called|known as|requires?|includes?|contains?|shows?|causes?|consists? of|and|or|it|they)"
    r"(?:/an|\(n\))?\s*[:,–-]?\s*$",
    re.I,
)
_LONGEST_NO_TOPIC = 120
_NO_TOPIC = re.compile(
    r"(?:จง)?(?:เลือก)?(?:ข้อ|ข้อความ|คำตอบ|ตัวเลือก)(?:ต่อไปนี้)?(?:ข้อ)?(?:ใด|ไหน)?(?:ต่อไปนี้)?(?:กล่าว|เป็นจริง|สรุป)?(?:ได้)?"
    r"(?:ไม่)?(?:ถูกต้อง|ถูก|ผิด|จริง|เหมาะสม|ดี)?(?:ที่สุด)?\s*\??"
    r"|(?:which|what) (?:one )?(?:of (?:the following|these|the statements|the options)|statement|option|answer)?"
    r"(?: statements?| options?)?\s*(?:is|are)? ?(?:\*\*)?(?:not )?(?:\*\*)?(?:true|correct|false|incorrect|right|wrong|best)?\s*\??",
    re.I,
)


def negative_not_emphasised(shelf: Shelf, setting: Setting) -> Iterator[Fault]:
    """A question turned round by `ไม่`, `ยกเว้น`, `not`, `except` that the eye passes over."""
    for one in shelf.found:
        stem = one.item.stem
        if any(mark in stem for mark in '*_“"'):
            stem = _NOT_ASKED_WITH.sub("", stem)
        if hit := _negative(stem):
            message = tell(
                "asks with “{hit}”: ask what is right instead, or set the negative in **bold**", hit=hit
            )
            yield Fault(one, "stem", message)


def _negative(stem: str) -> str | None:
    """The negative that turns the question round, as written; not one inside the case described."""
    if is_thai(stem):
        if not any(word in stem for word in _NEGATIVES):
            return None
        hit = _THAI_NEGATIVE.search(stem)
        return hit[0].strip() if hit else None
    last = re.split(r"(?<=[.?!])\s+(?=[A-Z])", plain(stem))[-1]
    hit = _ENGLISH_NEGATIVE.search(_SUBORDINATE.sub("", last))
    return hit[0] if hit else None


def stem_asks_nothing(shelf: Shelf, setting: Setting) -> Iterator[Fault]:
    """A stem without a question, or with one that says nothing of its subject."""
    for one in shelf.found:
        stem = plain(one.item.stem)
        if len(stem) <= _LONGEST_NO_TOPIC and _NO_TOPIC.fullmatch(stem) and not one.item.shared_stimulus:
            message = tell(
                "does not say what the question is about: bring the subject from the options into it"
            )
            yield Fault(one, "stem", message)
        elif not _asks(stem):
            message = tell(
                "asks nothing: end it with a question, or with the beginning of a sentence to complete"
            )
            yield Fault(one, "stem", message)


def _asks(stem: str) -> bool:
    if is_thai(stem):
        unclear = any(word in stem for word in _LOOK_LIKE_QUESTIONS)
        asked = _NO_QUESTION.sub("", stem) if unclear else stem
        return "ใด" in asked or bool(_THAI_QUESTION.search(asked) or _THAI_COMPLETION.search(asked))
    return bool(_ENGLISH_QUESTION.search(stem) or _ENGLISH_COMPLETION.search(stem))


_PAIRS = {")": "(", "]": "[", "}": "{", "”": "“", "»": "«"}
_ENUMERATOR = re.compile(r"(?<![\w(.])(?:\d{1,2}|[ก-ฮ]|[A-Za-z]|[ivx]{1,4})$")
_MARK = re.compile(r"[()\[\]{}“”«»\"]")
_EMOTICON = re.compile(r"[:;]-?[()]")
_REPEATED = re.compile(
    "([\u0e31\u0e34-\u0e3a\u0e47-\u0e4e])\\1|[\u0e48-\u0e4b]{2}|[\u0e48-\u0e4b][\u0e31\u0e34-\u0e3a]|([แโใไะ])\\2"
    r"|([,;:?!])\3|(?<!\.)\.\.(?!\.)"
)


# a superset of the above that begins with a set of characters, which `re` seeks much faster
_MAYBE_REPEATED = re.compile(
    "([\u0e31\u0e34-\u0e3a\u0e47-\u0e4eแโใไะ,;:?!.])(?:\\1|(?<=[\u0e48-\u0e4b])[\u0e31\u0e34-\u0e3a\u0e48-\u0e4b])"
)
_BRACKETS = '()[]{}“”"'.encode(BYTES)
_FORMULA = "\ufffc"
"""What stands for a formula where a text is searched for faults of typing."""
_ADDRESS = re.compile(r"(!\[[^\]]{0,500}\])\([^)]{0,500}\)")
_BLANKS = ("  ", "\u00a0", " ,", " ;", " )", " ]")


def _each(
    shelf: Shelf, may: Callable[[Reading], object], find: Callable[[str], str | None]
) -> Iterator[Fault]:
    """A fault for each text in which `find` has something to say; it is asked where there `may` be one."""
    for one in shelf.found:
        if not may(reading(one)):
            continue
        for field, text in texts(one).items():
            if message := find(_typed(text)):
                yield Fault(one, field, message)


def _typed(text: str) -> str:
    """The text with a sign for each formula, and no addresses of images: those are not prose."""
    text = with_formulas_as(text, lambda formula: _FORMULA)
    return _ADDRESS.sub(r"\1", text) if "![" in text else text


def mixed_digits(shelf: Shelf, setting: Setting) -> Iterator[Fault]:
    """Thai and Arabic digits in one item."""
    for one in shelf.found:
        whole = reading(one)
        if not (whole.may_hold(THAI_DIGITS) and whole.may_hold(ARABIC_DIGITS)):
            continue
        seen = "".join(plain(text) for text in texts(one).values())
        if re.search(r"[๐-๙]", seen) and re.search(r"[0-9]", seen):
            field = next(name for name, text in texts(one).items() if re.search(r"[๐-๙]", text))
            yield Fault(one, field, tell("mixes Thai and Arabic digits in one item: write all in one kind"))


def double_sara_e(shelf: Shelf, setting: Setting) -> Iterator[Fault]:
    """`แ` typed as two `เ`: it looks the same and no search finds it."""
    message = "writes เเ (two sara e): type แ"
    yield from _each(shelf, lambda whole: "เเ" in whole.raw, lambda text: message if "เเ" in text else None)


def double_space(shelf: Shelf, setting: Setting) -> Iterator[Fault]:
    """Two blanks running, or a blank before a comma or closing bracket."""
    yield from _each(shelf, lambda whole: any(two in whole.raw for two in _BLANKS), _blanks)


def _blanks(text: str) -> str | None:
    if any("|" in line for line in text.splitlines()):
        return None  # a table's columns
    if re.search(r"\S[ \u00a0]{2,}\S", text):
        return "has two blanks running: leave one"
    return "has a blank before a mark: take it out" if re.search(r"\S [,;)\]](?!\))", text) else None


def unbalanced_marks(shelf: Shelf, setting: Setting) -> Iterator[Fault]:
    """Brackets and quotation marks that do not close, or were not opened."""
    yield from _each(shelf, lambda whole: whole.may_hold(_BRACKETS), _unbalanced)


def _unbalanced(text: str) -> str | None:
    if not _MARK.search(text):
        return None
    text = _EMOTICON.sub("", text)
    open_marks: list[str] = []
    for at, mark in enumerate(text):
        if mark in _PAIRS.values():
            open_marks.append(mark)
        elif mark == ")" and not open_marks and _ENUMERATOR.search(text[max(0, at - 5) : at]):
            continue
        elif mark in _PAIRS and (not open_marks or open_marks.pop() != _PAIRS[mark]):
            return f"has {mark} without {_PAIRS[mark]} before it: open it, or take it out"
    if open_marks:
        return f"has {open_marks[-1]} that is not closed: close it, or take it out"
    return 'has an odd number of ": close the quotation' if len(re.findall(r'(?<!\d)"', text)) % 2 else None


def repeated_marks(shelf: Shelf, setting: Setting) -> Iterator[Fault]:
    """A Thai vowel or tone mark typed twice or in the wrong order, a punctuation mark typed twice."""
    yield from _each(shelf, lambda whole: _MAYBE_REPEATED.search(whole.raw), _repeated)


def _repeated(text: str) -> str | None:
    if hit := _REPEATED.search(text):
        around = text[max(0, hit.start() - 2) : hit.end() + 2].strip()
        return f"has a mark typed twice or out of order in “{around}”: type it once, vowel before tone"
    return None


@cache
def _held() -> bytes:
    """The characters of one byte that the fonts hold."""
    decoded = ((byte, bytes([byte]).decode(BYTES, "ignore")) for byte in range(256))
    return bytes(byte for byte, char in decoded if char and not missing(char))


def glyph_missing(shelf: Shelf, setting: Setting) -> Iterator[Fault]:
    """Characters that no shipped font holds, so that no paper can be printed."""
    for one in shelf.found:
        if (coded := reading(one).coded) is not None and not coded.translate(None, _held()):
            continue
        for field, text in texts(one).items():
            for char in missing(plain(_without_formulas(text))):
                yield Fault(one, field, missing_message(char))
    for stimulus in shelf.stimuli:
        users = [one for one in shelf.found if one.item.shared_stimulus == stimulus.id]
        for char in missing(plain(_without_formulas(stimulus.text))) if users else ():
            yield Fault(
                users[0],
                "shared_stimulus",
                tell(
                    "in stimulus {stimulus} {missing_message}",
                    stimulus=stimulus.id,
                    missing_message=missing_message(char),
                ),
            )


def _without_formulas(text: str) -> str:
    return with_formulas_as(text, lambda formula: "")


_STRAY_DOLLARS = re.compile(r"(?<!\\)\$(?!\s?\d)([^$\n\u0e00-\u0e7f]*)\$")
"""Two dollar signs of which the first stands before no price, with no Thai between them."""


def formula_unreadable(shelf: Shelf, setting: Setting) -> Iterator[Fault]:
    """Formulas that cannot be drawn, so that no paper can be printed, or that are read as text."""
    for one in shelf.found:
        if "$" in reading(one).raw:
            for field, text in texts(one).items():
                for message in _formula_faults(text, formulas(text)):
                    yield Fault(one, field, message)
    for stimulus in shelf.stimuli:
        if "$" not in stimulus.text:
            continue
        users = [one for one in shelf.found if one.item.shared_stimulus == stimulus.id]
        faults = _formula_faults(stimulus.text, formulas(stimulus.text, blocks=True)) if users else ()
        for message in faults:
            yield Fault(
                users[0],
                "shared_stimulus",
                tell("in stimulus {stimulus} {message}", stimulus=stimulus.id, message=message),
            )


def _formula_faults(text: str, found: Sequence[Formula]) -> Iterator[str]:
    yield from (message for formula in found if (message := fault(formula)))
    if stray := _STRAY_DOLLARS.search(_without_formulas(text)):
        yield (
            tell(
                "{stray} is not a formula: take out blanks inside the dollar signs and digits beside "
                "them, or write \\$ where the sign is meant",
                stray=stray[0],
            )
        )
