"""Words of a checklist and headings beside ratings, wherever ratings are read: yes is 1 point, no is 0."""

from __future__ import annotations

YES = ("yes", "y", "true", "pass", "passed", "ใช่", "ผ่าน", "มี", "ได้", "ถูก", "ทำได้", "✓", "✔")
NO = (
    *("no", "n", "false", "fail", "failed", "not passed"),
    *("ไม่ใช่", "ไม่ผ่าน", "ไม่มี", "ไม่ได้", "ผิด", "ทำไม่ได้", "✗", "✘"),
)
BESIDE = (
    *("date", "day", "comment", "comments", "remark", "note", "name", "title", "first_name", "last_name"),
    *("room", "seat", "unit", "level", "method", "round", "result", "tool", "instrument"),
    *("หน่วยสมรรถนะ", "รหัสหน่วยสมรรถนะ", "ระดับ", "วิธี", "วิธีประเมิน", "วิธีการประเมิน", "ลำดับ", "ลำดับที่", "ที่"),
    *("ชื่อผู้เข้ารับการประเมิน", "ชื่อผู้เข้ารับการประเมินสมรรถนะ", "ผู้เข้ารับการประเมิน", "เครื่องมือ", "รอบ"),
)
"""Columns with these names, in small letters, hold no ratings."""
