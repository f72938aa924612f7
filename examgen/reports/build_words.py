"""What the figures of a build are called in Thai and English, wherever a person reads them."""

from __future__ import annotations

from examgen.models import Bilingual
from examgen.thai import COGNITIVE_TH, STATUS_TH

FAMILIES = {
    "items": ("ทั้งชุด", "The whole form"),
    "pilot": ("ข้อสอบทดลองใช้ ไม่นับคะแนน", "Pilot items, unscored"),
    "unit": ("หน่วยสมรรถนะ", "Unit"),
    "element": ("สมรรถนะย่อยและเกณฑ์", "Elements and criteria"),
    "criterion": ("สมรรถนะย่อยและเกณฑ์", "Elements and criteria"),
    "cognitive": ("พฤติกรรมที่วัด", "Category"),
    "level": ("ระดับที่ข้อสอบใช้ได้", "Level"),
    "status": ("สถานะของข้อสอบ", "Status"),
    "set": ("กลุ่มข้อที่กำหนด", "Named sets"),
    "stimulus": ("สถานการณ์ร่วม", "Stimuli"),
    "enemies": ("ข้อที่ห้ามอยู่ชุดเดียวกัน", "Enemies"),
    "anchor": ("ข้อสอบร่วมของทุกชุด", "Anchor"),
}
_NAMES = {
    "scored items": "ข้อที่นับคะแนน",
    "pilot items": "ข้อสอบทดลองใช้",
    "enemy pairs": "คู่ห้ามร่วมชุด",
    "stimuli used": "สถานการณ์ที่ใช้",
    "items of the anchor": "ข้อสอบร่วม",
    "spread of facility": "ค่าความง่าย ห่างจากเป้าหมาย (RMS)",
    "expected time in minutes": "เวลาที่คาดว่าใช้ (นาที)",
    "information off target": "สารสนเทศห่างจากเป้าหมาย",
    "marginal reliability": "ความเที่ยง",
    "expected score": "คะแนนที่คาดหวัง",
    "forms": "จำนวนชุด",
    "shared items": "ข้อซ้ำต่อคู่ชุด",
    "anchor items that a form lacks": "ข้อสอบร่วมที่บางชุดขาด",
    "forms that hold an item": "จำนวนชุดที่ใช้ข้อเดียวกัน",
    "share of forms that hold an item": "สัดส่วนของชุดที่ใช้ข้อเดียวกัน",
    "longest run of a key letter": "ติดกัน",
    "spread of key letters": "มาก−น้อย",
    "several right answers": "หลายตัว",
    "information at the points": "สารสนเทศ ณ จุดที่กำหนด",
    "information from −2 to 2": "สารสนเทศ −2 ถึง 2",
    "information": "สารสนเทศ −4 ถึง 4",
    "characteristic curve": "คะแนนที่คาดหวัง −4 ถึง 4",
    "items of a criterion": "จำนวนข้อของเกณฑ์",
    "items of a cognitive": "จำนวนข้อของพฤติกรรมที่วัด",
}
_ENGLISH = {
    "expected time in minutes": "minutes",
    "scored items": "scored",
    "pilot items": "pilot",
    "enemy pairs": "enemies",
    "information off target": "off target, at most",
    "longest run of a key letter": "longest run",
    "spread of key letters": "spread",
    "several right answers": "several",
    "shared items": "shared",
    "anchor items that a form lacks": "lacking",
    "items of the anchor": "anchor",
    "items of a cognitive": "category",
    "items of a criterion": "criterion",
    "information at the points": "at the points",
    "information from −2 to 2": "information",
    "characteristic curve": "expected score",
    "marginal reliability": "reliability",
}
_QUANTITIES = {
    "facility": ("ค่าความง่าย{}", "facility"),
    "reading_length": ("ความยาว{}", "length"),
    "time_s": ("เวลา{} (วินาที)", "seconds"),
    "age_days": ("อายุ{} (วัน)", "days"),
    "times_used": ("จำนวนครั้งที่เคยใช้{}", "times used"),
}
_OF = {"mean": "เฉลี่ย", "sum": "รวม", "each": "แต่ละข้อ"}
_ERROR = "standard error at "


def bilingual(name: str) -> Bilingual:
    """The name of a figure or a demand; an unknown one stands as it is in both."""
    if name.startswith(_ERROR):
        return Bilingual(th=f"SEM ที่ {name.removeprefix(_ERROR)}", en="standard error")
    part, _, quantity = name.partition(" ")
    if part in _OF and quantity in _QUANTITIES:
        th, en = _QUANTITIES[quantity]
        return Bilingual(th=th.format(_OF[part]), en=en if part == "mean" else f"{en}, {part}")
    return Bilingual(th=_NAMES.get(name, name), en=_ENGLISH.get(name, name))


def thai_name(family: str, name: str) -> str:
    """A kind of item in Thai; a code or a number stands as it is."""
    if family == "cognitive":
        return COGNITIVE_TH.get(name, name)
    if family == "status":
        return STATUS_TH.get(name, name)
    return f"ระดับ {name}" if family == "level" else _NAMES.get(name, name)
