"""Shelf → faults of stems: a negative that is easily missed, nothing asked."""

from __future__ import annotations

import re
from collections.abc import Iterator

from examgen.bank.checks import Shelf
from examgen.bank.rules.rule import Fault, Setting
from examgen.bank.rules.words import is_thai, plain

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
            message = f"asks with “{hit}”: ask what is right instead, or set the negative in **bold**"
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
            message = "does not say what the question is about: bring the subject from the options into it"
            yield Fault(one, "stem", message)
        elif not _asks(stem):
            message = "asks nothing: end it with a question, or with the beginning of a sentence to complete"
            yield Fault(one, "stem", message)


def _asks(stem: str) -> bool:
    if is_thai(stem):
        unclear = any(word in stem for word in _LOOK_LIKE_QUESTIONS)
        asked = _NO_QUESTION.sub("", stem) if unclear else stem
        return "ใด" in asked or bool(_THAI_QUESTION.search(asked) or _THAI_COMPLETION.search(asked))
    return bool(_ENGLISH_QUESTION.search(stem) or _ENGLISH_COMPLETION.search(stem))
