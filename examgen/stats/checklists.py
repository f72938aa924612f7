"""Words used in checklists, and headings of other columns in tables of ratings; yes is 1 point, no is 0."""

from __future__ import annotations


def _tiers(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the names in each paragraph of a text, which are divided by spaces."""
    return tuple(tuple(paragraph.split()) for paragraph in text.split("\n\n"))


YES = ("yes", "y", "true", "pass", "passed", "ใช่", "ผ่าน", "มี", "ได้", "ถูก", "ทำได้", "✓", "✔")
NO = (
    *("no", "n", "false", "fail", "failed", "not passed"),
    *("ไม่ใช่", "ไม่ผ่าน", "ไม่มี", "ไม่ได้", "ผิด", "ทำไม่ได้", "✗", "✘"),
)
BESIDE = (
    *("date", "day", "comment", "comments", "remark", "note", "name", "title", "first_name", "last_name"),
    *("full_name", "candidate_name", "middle_name", "surname", "family_name", "forename", "given_name"),
    *("prefix", "name_prefix", "name_title", "name_en", "name_th", "english_name", "thai_name"),
    *("room", "exam_room", "seat", "seat_no", "seat_number"),
    *("unit", "level", "method", "round", "result", "tool", "instrument"),
    *("วันที่", "วันที่ประเมิน", "วันที่สอบ", "ความเห็น", "ข้อคิดเห็น", "ข้อเสนอแนะ", "หมายเหตุ"),
    *("ห้อง", "ห้องสอบ", "ที่นั่ง", "ที่นั่งสอบ", "เลขที่นั่ง", "คำนำหน้า", "คำนำหน้าชื่อ", "คำนำหน้านาม"),
    *("ชื่อ", "ชื่อตัว", "ชื่อกลาง", "ชื่อ-นามสกุล", "ชื่อ-สกุล", "ชื่อนามสกุล", "ชื่อสกุล", "ชื่อและนามสกุล", "นามสกุล", "สกุล"),
    *("ชื่อภาษาอังกฤษ", "ชื่อ-นามสกุล (อังกฤษ)", "ชื่อ-สกุล (อังกฤษ)"),
    *("ชื่อ-นามสกุลภาษาอังกฤษ", "ชื่อ-สกุลภาษาอังกฤษ"),
    *("หน่วยสมรรถนะ", "รหัสหน่วยสมรรถนะ", "ระดับ", "วิธี", "วิธีประเมิน", "วิธีการประเมิน", "ลำดับ", "ลำดับที่", "ที่"),
    *("ชื่อผู้เข้ารับการประเมิน", "ชื่อผู้เข้ารับการประเมินสมรรถนะ", "ผู้เข้ารับการประเมิน", "เครื่องมือ", "รอบ"),
)
"""Names of columns, in lower case, that do not hold ratings."""
ASSESSOR_NAMES = _tiers("""
assessor

assessor_id รหัสผู้ประเมิน

ผู้ประเมิน ชื่อผู้ประเมิน ผู้ประเมินสมรรถนะ ชื่อผู้ประเมินสมรรถนะ ผู้ให้คะแนน

กรรมการ กรรมการผู้ประเมิน เจ้าหน้าที่สอบ rater rater_id examiner judge
""")
TASK_NAMES = _tiers("""
task

ข้อ ข้อที่ รายการ ข้อ/รายการ รายการประเมิน หัวข้อ หัวข้อประเมิน คำถาม เกณฑ์ ชิ้นงาน งาน

task_id item question criterion part
""")
POINTS_NAMES = _tiers("""
points

คะแนน คะแนนที่ได้ score rating

ผลการประเมิน ผล mark marks
""")
"""Names of the columns of ratings, the most certain ones first."""
CANDIDATE_NAMES = _tiers("""
candidate_id

candidate candidate-id candidate_no candidate_number examinee examinee_id เลขประจำตัวสอบ เลขประจำตัวผู้สอบ
เลขประจำตัวผู้เข้าสอบ รหัสผู้สอบ รหัสผู้เข้าสอบ รหัสประจำตัวสอบ รหัสประจำตัวผู้เข้าสอบ เลขที่นั่งสอบ
เลขที่สอบ เลขที่ผู้เข้าสอบ หมายเลขผู้สอบ หมายเลขผู้เข้าสอบ หมายเลขประจำตัวสอบ หมายเลขประจำตัวผู้เข้าสอบ

เลขประจำตัว หมายเลขประจำตัว รหัสประจำตัว student_id student เลขประจำตัวประชาชน หมายเลขประจำตัวประชาชน
เลขบัตรประชาชน เลขบัตรประจำตัวประชาชน เลขที่บัตรประชาชน เลขที่บัตรประจำตัวประชาชน หมายเลขบัตรประชาชน
หมายเลขบัตรประจำตัวประชาชน national_id citizen_id id_card id_card_number

รหัสผู้สมัคร เลขที่ผู้สมัคร หมายเลขผู้สมัคร เลขประจำตัวผู้สมัคร เลขที่สมัคร เลขที่ใบสมัคร หมายเลขใบสมัคร
applicant_id application_number

id รหัส
""")
"""Names of candidate columns in users' files, the most certain ones first."""
CENTRE_HEADS = (
    *("centre", "center", "exam_centre", "exam_center", "test_centre", "test_center"),
    *("ศูนย์สอบ", "ชื่อศูนย์สอบ", "ศูนย์ทดสอบ", "สนามสอบ", "สถานที่สอบ", "ศูนย์", "site"),
)
"""Names of centre columns in users' files."""
SUMMARY_NAMES = (
    *("mean", "average", "avg", "median", "sum", "total", "overall", "all", "panel"),
    *("ค่าเฉลี่ย", "เฉลี่ย", "มัธยฐาน", "รวม", "ผลรวม", "คะแนนรวม"),
)
"""Names of rows that summarise the others."""
KEY_ROWS = (
    *("key", "keys", "answer key", "answerkey", "answer", "answers", "correct", "solution"),
    *("เฉลย", "คำตอบ", "คีย์"),
)
"""Names of a row of responses that is the key."""
