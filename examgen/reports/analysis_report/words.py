"""What is wrong with an item, in words: what it means and what to do, in Thai and English.

Why a number is missing or not to be trusted: the notes of an analysis, in words of both languages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from examgen.models.blueprint import Bilingual

MOST_NAMED = 12
"""Of so many items a note gives the names."""

_THAI = {
    "all-right": "ทุกคนตอบถูก ประมาณความยากไม่ได้",
    "all-wrong": "ทุกคนตอบผิด ประมาณความยากไม่ได้",
    "no-spread": "ทุกคนได้คะแนนเท่ากัน หาความเที่ยงไม่ได้",
    "few-candidates 1": "ผู้เข้าสอบมีเพียง {} คน ค่าที่ได้ไม่แน่นอน ให้ดูช่วงความเชื่อมั่นและความคลาดเคลื่อน",
    "too-few-candidates 2": "ผู้เข้าสอบ {} คนไม่พอจะหาความชัน ต้องมีอย่างน้อย {} คน และ 200 คนจึงจะใช้ได้ดี",
    "too-few-items 1": "มีข้อที่คะแนนต่างกัน {} ข้อ น้อยเกินไปสำหรับความเที่ยง",
    "too-many-items 2": "ข้อสอบ {} ข้อเกินกว่า {} ข้อ จึงไม่ได้หาค่านี้",
    "no-alpha": "หาค่า alpha ไม่ได้",
    "negative-alpha": "ค่า alpha ติดลบ ข้อสอบไม่ได้วัดสิ่งเดียวกัน หรือมีเฉลยผิดหลายข้อ",
    "negative-reliability": "ความเที่ยงติดลบ ข้อมูลน้อยหรือข้อสอบไม่ได้วัดสิ่งเดียวกัน",
    "no-omega": "หาค่า omega ไม่ได้",
    "heywood": "ค่า omega ไม่น่าเชื่อถือ เพราะความแปรปรวนเฉพาะของข้อหนึ่งเป็นศูนย์หรือติดลบ",
    "singular-correlations": "ค่า lambda 6 และ r ที่ปรับแล้วเชื่อถือได้น้อย เพราะผู้เข้าสอบน้อยกว่าข้อสอบ หรือบางข้อซ้ำกัน",
    "missing-answers": "มีข้อที่ไม่มีคำตอบ บางค่าจึงคิดจากผู้ที่ตอบครบเท่านั้น",
    "missing-scores 1": "ไม่มีคะแนน {} ค่า ความแปรปรวนร่วมคิดจากผู้ที่มีคะแนนทั้งสองข้อ",
    "empty-candidates 1": "ผู้เข้าสอบ {} คนไม่มีคะแนนข้อใดเลย จึงไม่นำมาคิด",
    "no-answers": "ไม่มีผู้ตอบข้อนี้",
    "one-answer": "ทุกคนที่ตอบข้อนี้ได้คะแนนเท่ากัน",
    "not-converged 1": "การประมาณค่าไม่ลู่เข้าหลังจาก {} รอบ อย่าใช้ค่าพารามิเตอร์",
    "not-identified 2": "ข้อสอบ {} ข้อไม่พอจะกำหนดพารามิเตอร์ของโมเดลนี้ ต้องมีอย่างน้อย {} ข้อ",
    "no-variance": "ความแปรปรวนของความสามารถเป็น 0: ผู้เข้าสอบต่างกันไม่เกินความบังเอิญ",
    "nothing-to-fit": "ไม่มีข้อใดที่ประมาณค่าได้",
    "slope-to-infinity 1": "ความชันสูงเกินกว่าจะประมาณได้ (ถึง {}) อย่าใช้ค่าพารามิเตอร์ของข้อนี้",
    "negative-slope 1": "ความชันติดลบ ({}) ผู้ที่เก่งกว่าตอบถูกน้อยกว่า ตรวจเฉลยก่อน",
    "poorly-determined 1": "ข้อมูลน้อยเกินกว่าจะกำหนดการเดาของข้อนี้ได้แน่ (ความคลาดเคลื่อนมาตรฐาน {})",
    "not-determined": "ข้อมูลกำหนดพารามิเตอร์บางตัวไม่ได้",
    "no-standard-errors": "หาความคลาดเคลื่อนมาตรฐานของพารามิเตอร์ไม่ได้",
    "singular-information": "หาความคลาดเคลื่อนมาตรฐานของพารามิเตอร์ไม่ได้",
    "too-many-parameters 1": "หาความคลาดเคลื่อนมาตรฐานไม่ได้ เพราะพารามิเตอร์มากกว่า {} ตัว",
    "endless-variance": "ความแปรปรวนของความสามารถประมาณไม่ได้",
    "no-parameters": "ข้อนี้ไม่มีพารามิเตอร์ จึงไม่มีโค้งและไม่มีค่าความเข้ากันกับโมเดล",
    "s-x2-undefined": "หาค่า S-X2 ไม่ได้ เพราะกลุ่มคะแนนน้อยเกินไป",
    "incomplete 2": "ค่า S-X2 คิดจากผู้ที่มีคะแนนครบทุกข้อ {} จาก {} คนเท่านั้น",
    "m2-undefined": "หาค่า M2 และ RMSEA ไม่ได้ เพราะผู้เข้าสอบทำข้อร่วมกันน้อย (เช่น ต่างชุดกัน) ข้อสอบน้อย หรือข้อซ้ำกัน",
    "m2-undefined 2": "หาค่า M2 ได้กับข้อสอบ 2 ถึง {} ข้อ ไม่ใช่ {} ข้อ",
    "too-few-items": "มีข้อที่คะแนนต่างกันไม่ถึงสามข้อ จึงหา omega ไม่ได้",
    "too-many-items": "ข้อสอบมากเกินไปสำหรับค่านี้",
    "one-category": "ทุกคนได้คะแนนข้อนี้เท่ากัน จึงไม่อยู่ในโมเดล",
    "not-dichotomous": "คะแนนของข้อนี้มีหลายระดับ จึงไม่อยู่ในโมเดล",
    "c-at-zero": "ค่าการเดาเป็น 0 เท่าที่ข้อมูลบอกได้",
    "q3-undefined": "หาค่า Q3 ของบางคู่ไม่ได้",
    "no-overlap": "มีข้อที่ไม่มีผู้ตอบร่วมกัน บางค่าจึงหาไม่ได้",
    "partial-scores": "คะแนนมีหลายระดับ บางค่าใช้กับถูกผิดเท่านั้น",
    "forms-not-linked": "ชุดข้อสอบไม่มีข้อร่วมกัน ความยากต่างชุดเทียบกันได้ต่อเมื่อผู้เข้าสอบเก่งเท่ากัน",
}
"""By code, and how many numbers the sentence has where it has any."""
_OTHER = "ข้อจำกัดของข้อมูล"


def note_words(notes: Sequence[Mapping[str, Any]]) -> list[Bilingual]:
    """Each note once, with the names of the items it is true of."""
    kinds: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for note in notes:
        # notes with numbers, and those without an item, differ by what they say; others by their code
        differs = not note["item"] or note.get("values")
        kinds.setdefault((note["code"], note["message"] if differs else ""), []).append(note)
    return [_words(same) for same in kinds.values()]


def _words(same: Sequence[Mapping[str, Any]]) -> Bilingual:
    first = same[0]
    thai = _thai(first)
    forms = ", ".join(dict.fromkeys(note["form"] for note in same if note.get("form")))
    names = list(dict.fromkeys(note["item"] for note in same if note["item"]))
    whose = _listed(names) or (f"ชุด {forms}" if forms else "")
    english = (f"{_listed(names)}: " if names else f"Form {forms}: " if forms else "") + first["message"]
    return Bilingual(th=f"{whose}: {thai}" if whose else thai, en=english)


def _thai(note: Mapping[str, Any]) -> str:
    """The note in Thai, with the numbers of its sentence."""
    values = note.get("values") or ()
    words = _THAI.get(f"{note['code']} {len(values)}" if values else note["code"], _OTHER)
    return words.format(*values)


def _listed(names: Sequence[str]) -> str:
    more = f" + {len(names) - MOST_NAMED}" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


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
