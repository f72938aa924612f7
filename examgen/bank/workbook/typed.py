"""What people type into cells of the workbook, in Thai and English: read, never told."""

from __future__ import annotations

import re

COGNITIVE_ALSO = {
    "remember": ("ความจำ", "จดจำ", "remembering", "knowledge"),
    "understand": ("ความเข้าใจ", "understanding", "comprehension"),
    "apply": ("นำไปใช้", "การนำไปใช้", "ประยุกต์", "การประยุกต์ใช้", "applying", "application"),
    "analyse": ("การวิเคราะห์", "analyze", "analysis", "analysing"),
    "evaluate": ("การประเมินค่า", "ประเมิน", "ประเมินผล", "evaluation", "evaluating"),
}
STATUS_ALSO = {
    "draft": ("ฉบับร่าง",),
    "review": ("ตรวจทาน", "รอตรวจ", "พิจารณา"),
    "approved": ("อนุมัติ", "ผ่านการอนุมัติ", "approve"),
    "pilot": ("ทดลอง", "นำร่อง"),
    "operational": ("ใช้งาน", "ใช้งานจริง"),
    "retired": ("ยกเลิก", "เลิก", "ปลดระวาง", "retire"),
}
NONE = frozenset({"", "-", "–", "none", "ไม่มี", "ไม่ระบุ", "[]"})
LEVEL_WORDS = re.compile(r"ระดับ|levels?|\bl(?=\d)|[\[\]()]")
RANGE_OF_LEVELS = re.compile(r"(\d)\s*(?:-|–|—|~|ถึง|to)\s*(?=\d)")
BETWEEN_LEVELS = re.compile(r"[\s,;/|&]+|และ|\band\b")
KEY_WORDS = re.compile(r"ข้อ|ตัวเลือก|เฉลย|option|choice|answer|[().\[\]]")
BETWEEN_KEYS = re.compile(r"[\s,;/|&+]+|และ|หรือ|\band\b|\bor\b")
SECONDS = re.compile(r"([1-9]\d{0,4})(?:\.0+)?\s*(s|sec\.?|seconds?|วินาที|min\.?|minutes?|นาที)?")
MINUTES = ("min", "นาที")
