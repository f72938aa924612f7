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
    "no-variance": "ทุกคนได้คะแนนข้อนี้เท่ากัน หาอำนาจจำแนกไม่ได้",
    "no-spread": "ทุกคนได้คะแนนเท่ากัน หาความเที่ยงไม่ได้",
    "few-candidates": "ผู้เข้าสอบมีน้อย ค่าที่ได้ไม่แน่นอน ให้ดูช่วงความเชื่อมั่นและความคลาดเคลื่อน",
    "too-few-candidates": "ผู้เข้าสอบน้อยเกินไปสำหรับค่านี้",
    "too-few-items": "ข้อสอบน้อยเกินไปสำหรับค่านี้",
    "too-many-items": "ข้อสอบมากเกินไปสำหรับค่านี้",
    "no-alpha": "หาค่า alpha ไม่ได้",
    "negative-alpha": "ค่า alpha ติดลบ ข้อสอบไม่ได้วัดสิ่งเดียวกัน หรือมีเฉลยผิดหลายข้อ",
    "negative-reliability": "ความเที่ยงติดลบ ข้อมูลน้อยหรือข้อสอบไม่ได้วัดสิ่งเดียวกัน",
    "no-omega": "หาค่า omega ไม่ได้",
    "heywood": "ค่า omega ไม่น่าเชื่อถือ เพราะความแปรปรวนเฉพาะของข้อหนึ่งเป็นศูนย์หรือติดลบ",
    "singular-correlations": "ค่า lambda 6 และ r ที่ปรับแล้วเชื่อถือได้น้อย เพราะผู้เข้าสอบน้อยกว่าข้อสอบ หรือบางข้อซ้ำกัน",
    "missing-answers": "มีข้อที่ไม่มีคำตอบ บางค่าจึงคิดจากผู้ที่ตอบครบเท่านั้น",
    "missing-scores": "มีข้อที่ไม่มีคะแนน บางค่าจึงคิดจากผู้ที่มีคะแนนครบเท่านั้น",
    "no-answers": "ไม่มีผู้ตอบข้อนี้",
    "one-answer": "ทุกคนที่ตอบข้อนี้ได้คะแนนเท่ากัน",
    "not-converged": "การประมาณค่าไม่ลู่เข้า อย่าใช้ค่าพารามิเตอร์",
    "nothing-to-fit": "ไม่มีข้อใดที่ประมาณค่าได้",
    "slope-to-infinity": "ความชันสูงเกินกว่าจะประมาณได้ อย่าใช้ค่าพารามิเตอร์ของข้อนี้",
    "negative-slope": "ความชันติดลบ ผู้ที่เก่งกว่าตอบถูกน้อยกว่า ตรวจเฉลยก่อน",
    "poorly-determined": "ข้อมูลน้อยเกินกว่าจะกำหนดพารามิเตอร์ของข้อนี้ได้แน่",
    "not-determined": "ข้อมูลกำหนดพารามิเตอร์บางตัวไม่ได้",
    "no-standard-errors": "หาความคลาดเคลื่อนมาตรฐานของพารามิเตอร์ไม่ได้",
    "singular-information": "หาความคลาดเคลื่อนมาตรฐานของพารามิเตอร์ไม่ได้",
    "too-many-parameters": "พารามิเตอร์มากเกินไปสำหรับจำนวนผู้เข้าสอบ",
    "endless-variance": "ความแปรปรวนของความสามารถประมาณไม่ได้",
    "no-parameters": "ข้อนี้ไม่มีพารามิเตอร์ จึงไม่มีโค้งและไม่มีค่าความเข้ากันกับโมเดล",
    "s-x2-undefined": "หาค่า S-X2 ไม่ได้ เพราะกลุ่มคะแนนน้อยเกินไป",
    "incomplete": "ค่า S-X2 คิดจากผู้ที่มีคะแนนครบทุกข้อเท่านั้น",
    "m2-undefined": "หาค่า M2 และ RMSEA ไม่ได้",
    "q3-undefined": "หาค่า Q3 ของบางคู่ไม่ได้",
    "no-overlap": "มีข้อที่ไม่มีผู้ตอบร่วมกัน บางค่าจึงหาไม่ได้",
    "partial-scores": "คะแนนมีหลายระดับ บางค่าใช้กับถูกผิดเท่านั้น",
    "forms-not-linked": "ชุดข้อสอบไม่มีข้อร่วมกัน ความยากต่างชุดเทียบกันได้ต่อเมื่อผู้เข้าสอบเก่งเท่ากัน",
}


def note_words(notes: Sequence[Mapping[str, Any]]) -> list[Bilingual]:
    """Each kind of note once, with the names of its items."""
    kinds: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for note in notes:
        # notes without an item differ by what they say; those of items by their code
        kinds.setdefault((note["code"], "" if note["item"] else note["message"]), []).append(note)
    return [_words(same) for same in kinds.values()]


def _words(same: Sequence[Mapping[str, Any]]) -> Bilingual:
    first = same[0]
    thai = _THAI.get(first["code"], "ข้อจำกัดของข้อมูล")
    forms = ", ".join(dict.fromkeys(note["form"] for note in same if note.get("form")))
    names = list(dict.fromkeys(note["item"] for note in same if note["item"]))
    whose = _listed(names) or (f"ชุด {forms}" if forms else "")
    english = (f"{_listed(names)}: " if names else f"Form {forms}: " if forms else "") + first["message"]
    return Bilingual(th=f"{whose}: {thai}" if whose else thai, en=english)


def _listed(names: Sequence[str]) -> str:
    more = f" + {len(names) - MOST_NAMED}" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
