"""What cognitive categories and statuses are called in Thai, wherever a person reads them."""

from __future__ import annotations

COGNITIVE_TH = {
    "remember": "จำ",
    "understand": "เข้าใจ",
    "apply": "ประยุกต์ใช้",
    "analyse": "วิเคราะห์",
    "evaluate": "ประเมินค่า",
}
STATUS_TH = {
    "draft": "ร่าง",
    "review": "รอพิจารณา",
    "approved": "อนุมัติแล้ว",
    "pilot": "ทดลองใช้",
    "operational": "ใช้จริง",
    "retired": "เลิกใช้",
}
