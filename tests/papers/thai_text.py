"""A Thai text that leaves no cluster out, and pages that show it."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence

from examgen.core.resources import fonts

CONSONANTS = "กขฃคฅฆงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ"
VOWELS = ("", "ิ", "ี", "ึ", "ื", "ุ", "ู", "ั", "็", "า", "ำ")
TONES = ("", "่", "้", "๊", "๋")
CLOSED = ("์", "ิ์", "ุ์", "ฺ", "ํ", "๎")
LEADING = ("เ", "แ", "โ", "ใ", "ไ")

PROSE = (
    "น้ำท่วมถนนหน้าบ้านเป็นเวลานานกว่าสามวัน ช่างไฟฟ้าจึงต้องตัดกระแสไฟฟ้าที่ตู้เมนสวิตช์ก่อน "
    "แล้วค่อยตรวจสอบสายดินว่าชำรุดหรือไม่ ผู้ใหญ่บ้านสั่งให้ทำป้ายเตือน “ห้ามเข้า” ไว้ทั้งสองฝั่งของถนน",
    "กตัญญูกตเวที เป็นคุณธรรมของศิษย์ที่มีต่อครูบาอาจารย์ ฐานข้อมูลของกรมพัฒนาฝีมือแรงงานระบุว่า "
    "ผู้เข้ารับการทดสอบต้องมีอายุไม่ต่ำกว่า ๑๘ ปีบริบูรณ์ นับถึงวันสมัคร (พ.ศ. ๒๕๖๙) ฯลฯ ทั้งนี้ต้องนำบัตรประจำตัวมาด้วย",
    "สมเด็จพระนเรศวรฯ ทรงกระทำยุทธหัตถี ณ ตำบลหนองสาหร่าย กรุงเทพฯ คือเมืองหลวง เด็ก ๆ ชอบเล่นน้ำในวันสงกรานต์ "
    "ต่าง ๆ นานา ฤๅษีอยู่ในถ้ำ ส่วนฦๅชาปรากฏในบทกวีเก่า กิ๊ฟกับเจี๊ยบซื้อก๋วยเตี๋ยวเป็ดตุ๋นที่ตลาดญี่ปุ่น",
    "ปฏิกิริยา ปรากฏ กฎุมพี ญาติผู้ใหญ่ ผู้เชี่ยวชาญ วิญญูชน ปริญญู ฐูปะ สัณฐาน รัฐ รัฐปฺปาทิ พุทฺธํ สรณํ คจฺฉามิ "
    "สิทธิ์ ศักดิ์สิทธิ์ พันธุ์ บริสุทธิ์ จันทร์ ฟิล์ม ชอล์ก ทฤษฎี ฎีกา อัฏฐ์ ปี่ ป่า ป้า ปั๊ม ฝั่ง ฟ้า ฬ่อ ปู่ย่า",
    "The circuit breaker (MCB, 20 A – 230 V~) trips at I > 1.45 × In; R ≤ 5 Ω, μF, ±10 %, ½, 25 °C, cos Δ is not shown. "
    "AVATAR, To, Type, fine, flow, office, efficient, affluent, façade, naïve, “quoted”, ‘single’, it’s 100% {a[0]} <b> & c = d + e; #1 @2 $3 ^4 _5 `6 |7 \\8",
    "ตัวเลข ๐๑๒๓๔๕๖๗๘๙ และ 0123456789 ราคา ฿1,250.00 หรือ ๑,๒๕๐ บาท ๒๓๐ โวลต์ ±๑๐% กว้าง 3.5 × ๔ เมตร → ถูก ← ผิด ↑ ↓ √ ∞ ≠ ≈ ≥",
    "คำ ทำ นำ จำ ย้ำ ซ้ำ น้ำ ต่ำ ค่ำ ล้ำ กล้ำ ระกำ อำนาจ สำนักงาน กำลัง ชำนาญ จำนวน ลำน้ำ ป้ำเป๋อ ฟ้ำ ฝ่ำ ก๊ำ ก๋ำ นา มา ป่า น้า ค่า ว่า ข้า",
)


def syllables(consonant: str) -> str:
    """A consonant under every vowel and tone, a space between."""
    under = [consonant + vowel + tone for vowel in VOWELS[:-2] for tone in TONES]
    before = [consonant + tone + vowel for vowel in VOWELS[-2:] for tone in TONES]
    leading = [vowel + consonant + tone for vowel in LEADING for tone in TONES[:2]]
    return " ".join((*under, *before, *(consonant + mark for mark in CLOSED), *leading))


def paragraphs() -> tuple[str, ...]:
    """The whole text."""
    return (*(syllables(consonant) for consonant in CONSONANTS), *PROSE)


FACES = {
    "regular": "font-weight: 400",
    "bold": "font-weight: 700",
    "italic": "font-style: italic",
}
SIZES_PT = (5.5, 6, 6.5, 7, 7.5, 7.8, 8, 8.2, 8.5, 8.6, 9, 9.5, 10, 10.5, 11, 11.5, 12, 13, 15, 16)
"""Those that the templates use."""


def style() -> str:
    """Our faces, on pages of A4."""
    files = {"Regular": "400", "Bold": "700", "Italic": "400; font-style: italic"}
    faces = "".join(
        f"@font-face {{ font-family: Sarabun; src: url({(fonts() / f'Sarabun-{name}.ttf').as_uri()}); font-weight: {weight} }}\n"
        for name, weight in files.items()
    )
    return f"<style>{faces} html {{ font: 11.5pt/1.85 Sarabun; overflow-wrap: break-word }} p {{ margin: 0 }} @page {{ size: A4; margin: 15mm }}</style>"


def page(texts: Sequence[str], face: str = "regular", size_pt: float = 11.5) -> str:
    """The texts as paragraphs of a page to print."""
    shown = "\n".join(f"<p lang=th>{html.escape(text)}</p>" for text in texts)
    return f"<div style='{FACES[face]}; font-size: {size_pt}pt'>\n{shown}</div>"


def settings() -> Iterator[tuple[str, float]]:
    """Every face in every size."""
    return ((face, size) for face in FACES for size in SIZES_PT)
