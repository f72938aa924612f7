"""What is wrong with an item, in words: what it means and what to do, in Thai and English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from examgen.models import Bilingual


class Words(NamedTuple):
    """A flag: in a few words for the table, and as a sentence that says what to do."""

    short: Bilingual
    todo: Bilingual


def _both(th: str, en: str) -> Bilingual:
    return Bilingual(th=th, en=en)


FLAGS = {
    "negative-discrimination": Words(
        _both("ตรวจเฉลย", "check the key"),
        _both(
            "ผู้ที่ได้คะแนนสูงตอบข้อนี้ผิดมากกว่าผู้ที่ได้คะแนนต่ำ ตรวจเฉลยก่อน แล้วดูว่าโจทย์มีสองความหมายหรือไม่",
            "Able candidates do worse than others. Look at the key first, then for a second meaning.",
        ),
    ),
    "under-chance": Words(
        _both("ต่ำกว่าการเดา", "below guessing"),
        _both(
            "ผู้ตอบถูกน้อยกว่าการเดา ตรวจเฉลย หรือดูว่ามีตัวลวงที่ถูกได้เช่นกัน",
            "Fewer are right than guessing gives. Look at the key; is a distractor right too?",
        ),
    ),
    "distractor-attracts-able": Words(
        _both("ตัวลวงดึงคนเก่ง", "distractor attracts the able"),
        _both(
            "ให้ผู้เชี่ยวชาญดูว่าตัวลวงนี้ถูกได้หรือไม่ แล้วแก้ถ้อยคำ",
            "Ask an expert whether it can be defended, and reword it.",
        ),
    ),
    "low-discrimination": Words(
        _both("จำแนกต่ำ", "low discrimination"),
        _both(
            "ในการสอบครั้งนี้ข้อนี้แยกคนเก่งออกจากคนอ่อนได้น้อย ให้ผู้เชี่ยวชาญทบทวนโจทย์ เฉลย และตัวลวง "
            "ข้อที่ง่ายมากหรือยากมากย่อมจำแนกได้น้อย",
            "In this sitting it tells able candidates little from others. Have the stem, the key and the "
            "distractors reviewed; a very easy or very hard item can tell little.",
        ),
    ),
    "too-hard": Words(
        _both("ยากเกินไป", "too hard"),
        _both(
            "ดูว่าเนื้อหาอยู่ในเกณฑ์ของระดับนี้หรือไม่ และโจทย์อ่านเข้าใจง่ายหรือไม่",
            "See whether the standard asks this at this level, and whether the stem is easily read.",
        ),
    ),
    "too-easy": Words(
        _both("ง่ายเกินไป", "too easy"),
        _both(
            "เกือบทุกคนตอบถูก เก็บไว้ได้ถ้าเป็นสิ่งที่ทุกคนต้องรู้ มิฉะนั้นปรับตัวลวงให้น่าเลือกขึ้น",
            "Nearly all are right. Keep it if everybody must know this; else make the distractors plausible.",
        ),
    ),
    "dead-distractor": Words(
        _both("ตัวลวงไม่ทำงาน", "idle distractor"),
        _both(
            "ตัวลวงนี้แทบไม่มีผู้เลือก เขียนใหม่จากความเข้าใจผิดที่พบจริง",
            "Hardly anybody chooses this distractor. Write it anew from a mistake that people really make.",
        ),
    ),
    "many-blanks": Words(
        _both("เว้นว่างมาก", "many blanks"),
        _both(
            "หลายคนไม่ตอบข้อนี้ ดูว่าเวลาพอหรือไม่ และโจทย์ชัดเจนหรือไม่",
            "Many leave it blank. See whether there was time enough, and whether the stem is clear.",
        ),
    ),
    "misfit": Words(
        _both("ไม่เข้ากับโมเดล", "misfit"),
        _both(
            "คำตอบไม่เป็นไปตามโค้งของโมเดล ดูรูปของข้อนี้ก่อนใช้ค่าพารามิเตอร์",
            "The answers do not follow the model's curve. Look at the graph before its parameters are used.",
        ),
    ),
}

REASONS = {
    "better-option": _both("กลุ่มเก่งเลือกตัวเลือกอื่นมากกว่าเฉลย", "The able prefer another option to the key."),
    "negative-discrimination": _both(
        "เฉลยสัมพันธ์กับคะแนนต่ำ แต่ตัวลวงหนึ่งสัมพันธ์กับคะแนนสูง",
        "The key goes with low scores, and one distractor with high ones.",
    ),
    "under-chance": _both("ผู้ตอบถูกน้อยกว่าการเดา", "Fewer are right than guessing would give."),
}

SURE = {
    "almost certain": _both("แทบแน่นอน", "almost certain"),
    "likely": _both("น่าสงสัย", "likely"),
    "possible": _both("อาจเป็นไปได้", "possible"),
}
"""The words of an alarm, as the command line and the JSON have them in English."""


def examined_words(n_items: int, n_examined: int, min_n: int) -> Bilingual | None:
    """How many items nothing can be said of, for too few candidates; nothing where all were examined."""
    left = n_items - n_examined
    if not left:
        return None
    return _both(
        f"ไม่ได้ตรวจหาเฉลยผิดและข้อที่ควรดู {left} จาก {n_items} ข้อ เพราะมีผู้ตอบไม่ถึง {min_n} คนต่อข้อ "
        "จึงบอกไม่ได้ว่าข้อเหล่านี้ดีหรือไม่",
        f"Not examined: {left} of {n_items} items, which fewer than {min_n} candidates had each. "
        "Whether their keys are right is not known.",
    )


def half_examined_words(n_items: int, n_few: int, min_n: int) -> Bilingual | None:
    """How many items had so few candidates that only what is beyond chance is told of them."""
    if not n_few:
        return None
    return _both(
        f"{n_few} จาก {n_items} ข้อ มีผู้ตอบไม่ถึง {min_n} คนต่อข้อ จึงบอกเฉพาะสิ่งที่เกินกว่าความบังเอิญ "
        "เฉลยที่ผิดพบได้เพียงบางส่วน ข้อที่ไม่มีคำเตือนจึงไม่ได้แปลว่าดี",
        f"{n_few} of {n_items} items had fewer than {min_n} candidates each: only what is beyond chance is "
        "told of them. With so few, some wrong keys are not found; an item not named need not be sound.",
    )


def sentence(flags: Sequence[Mapping[str, Any]]) -> Bilingual:
    """What was seen (as the analysis said it) and what to do; of flags of one kind, as of several options."""
    words = FLAGS[flags[0]["code"]]
    th, en = ("; ".join(flag[name] for flag in flags) for name in ("message_th", "message"))
    return _both(f"{words.short.th}: {th} {words.todo.th}", f"{en}. {words.todo.en}")
