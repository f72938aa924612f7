"""Why a number is missing or not to be trusted: the notes of an analysis, in words of both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from examgen.models import Bilingual

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
