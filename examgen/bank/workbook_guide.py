"""What the workbook tells an item writer: instructions, Thai first, and names of methods."""

from __future__ import annotations

CRITERIA_HEADS = (
    ("สมรรถนะย่อย", "Element", 14),
    ("ชื่อสมรรถนะย่อย", "Title", 40),
    ("เกณฑ์", "Criterion (PC)", 16),
    ("ข้อความของเกณฑ์", "Text", 60),
    ("ระดับ", "Levels", 14),
)
METHODS_TH = {
    "written_objective": "ข้อเขียนแบบปรนัย",
    "written": "ข้อเขียน",
    "interview": "สัมภาษณ์",
    "practical": "ปฏิบัติ",
    "portfolio": "แฟ้มสะสมผลงาน",
    "observation": "สังเกตการปฏิบัติงาน",
    "simulation": "สถานการณ์จำลอง",
    "other": "อื่น ๆ",
}

_THAI = """\
วิธีเขียนข้อสอบในไฟล์นี้
1. แผ่นงาน “ข้อสอบ Items” หนึ่งบรรทัดคือข้อสอบหนึ่งข้อ สองบรรทัดแรกเป็นหัวคอลัมน์ ห้ามรวมเซลล์และห้ามใส่สูตร
2. ข้อใหม่: พิมพ์ต่อท้ายบรรทัดสุดท้าย เว้นช่อง “รหัสข้อสอบ” ให้ว่างไว้ ระบบจะออกรหัสให้เอง \
รหัสที่มีแล้วห้ามแก้และห้ามใช้ซ้ำ ถ้าคัดลอกบรรทัดเดิมมาแก้ ให้ลบรหัสออก
3. เกณฑ์ (PC) ระดับ พฤติกรรมที่วัด สถานะ และเฉลย เลือกจากรายการในช่อง เกณฑ์ ระดับ \
หรือเฉลยที่มีหลายค่าให้พิมพ์คั่นด้วยจุลภาค เช่น 3, 4
4. โจทย์ต้องถามเรื่องเดียวและอ่านเข้าใจได้โดยไม่ต้องดูตัวเลือก ถ้าเป็นคำถามปฏิเสธให้เน้นคำนั้น เช่น **ไม่**
5. ตัวเลือกมี 2–5 ข้อ ความยาวใกล้เคียงกัน ไม่ใช้ “ถูกทุกข้อ” หรือ “ไม่มีข้อใดถูก” ช่องที่ไม่ใช้เว้นว่าง
6. เฉลยพิมพ์ ก ข ค ง จ หรือ a b c d e ก็ได้ ลำดับนี้คือลำดับในไฟล์ ไม่ใช่ลำดับที่จะพิมพ์ในข้อสอบ
   ตัวเลือกที่ต้องอยู่ที่เดิมทุกชุด ให้ระบุในช่อง “ตัวเลือกที่คงตำแหน่ง” และถ้าทราบเวลาที่ผู้สอบต้องใช้ ให้ใส่เป็นวินาที
7. เหตุผลของตัวเลือก: เขียนทุกตัวเลือกว่าถูกหรือผิดเพราะอะไร และระบุแหล่งอ้างอิงที่ผู้ตรวจเปิดดูได้
8. การลบบรรทัดไม่ใช่การลบข้อสอบ ถ้าจะเลิกใช้ ให้เปลี่ยนสถานะเป็น “เลิกใช้ retired”
9. เครื่องหมาย ' ที่นำหน้า = + - @ และรหัสแบบ ⟦U+…⟧ ใส่ไว้เพื่อความปลอดภัย ปล่อยไว้ตามเดิมได้ \
ระบบจะถอดออกเองตอนนำเข้า
10. ส่งไฟล์ .xlsx กลับให้ผู้ดูแลคลังข้อสอบ ระบบจะแสดงทุกจุดที่เปลี่ยน \
และถ้ามีที่ผิดจะบอกแผ่นงานและช่องโดยไม่บันทึกอะไรเลย"""

_ENGLISH = """\
How to write items in this file
1. On the sheet “ข้อสอบ Items” one line is one item; the first two lines are headings. Merge no cells, \
write no formulas.
2. A new item: write it below the last line and leave its “Item id” empty; it will get one. An id that \
is there is never changed or used again. If you copy a line to start from, clear its id.
3. Criterion, levels, category, status and key offer a list. Several criteria, levels or keys are typed \
with commas: 3, 4.
4. The stem asks one thing and can be understood without the options. Emphasise a negative: **not**.
5. Two to five options of similar length; no “all of the above” or “none of the above”. Leave unused \
columns empty.
6. The key is ก ข ค ง จ or a b c d e: the order of this file, not the order that will be printed.
   Options that must keep their place on every form are named under “Anchored options”; the time that a \
candidate needs, if you know it, is given in seconds.
7. Rationale: for every option, why it is right or wrong; and a reference that a reviewer can open.
8. Removing a line does not remove the item. To stop using it, set its status to “เลิกใช้ retired”.
9. An apostrophe before = + - @ and codes like ⟦U+…⟧ are there for safety; leave them, the import takes \
them off.
10. Send the .xlsx back to the keeper of the bank. Every change is shown; if anything is wrong, sheet \
and cell are named and nothing is stored."""


def _lines(text: str) -> list[tuple[str, bool]]:
    return [(line, n == 0) for n, line in enumerate(text.splitlines())]


GUIDE: tuple[tuple[str, bool], ...] = (*_lines(_THAI), ("", False), *_lines(_ENGLISH))
"""Lines of the sheet of instructions; True marks a heading."""
