"""Flags → sentences in English and Thai: what was seen of an item, with its numbers.

Names of items are put in front by who reads them; options are named by the names that were given.
"""

from __future__ import annotations

from typing import NamedTuple


class Seen(NamedTuple):
    """One text in both languages."""

    en: str
    th: str


class Ends(NamedTuple):
    """A 95 % interval."""

    low: float
    high: float

    @property
    def en(self) -> str:
        """In English."""
        return f"95 %: {self.low:.2f} to {self.high:.2f}"

    @property
    def th(self) -> str:
        """In Thai."""
        return f"95 %: {self.low:.2f} ถึง {self.high:.2f}"


def too_hard(shown: str, limit: str, ends: Ends, n: int) -> Seen:
    """A facility below its limit."""
    return Seen(
        f"facility {shown} ({ends.en}; {n} candidates) is below {limit}: too hard",
        f"ความง่าย {shown} ({ends.th}; ผู้เข้าสอบ {n} คน) ต่ำกว่า {limit}",
    )


def too_easy(shown: str, limit: str, ends: Ends, n: int) -> Seen:
    """A facility above its limit."""
    return Seen(
        f"facility {shown} ({ends.en}; {n} candidates) is above {limit}: too easy",
        f"ความง่าย {shown} ({ends.th}; ผู้เข้าสอบ {n} คน) สูงกว่า {limit}",
    )


def negative(r: float, ends: Ends, n: int) -> Seen:
    """An item–rest correlation below 0, beyond chance."""
    return Seen(
        f"item–rest correlation {r:.2f} ({ends.en}; {n} candidates): able candidates do worse; look at the "
        "key first",
        f"อำนาจจำแนก {r:.2f} ({ends.th}; ผู้เข้าสอบ {n} คน)",
    )


def low(r: float, limit: float, ends: Ends, n: int) -> Seen:
    """An item–rest correlation whose interval lies below what is of use."""
    return Seen(
        f"item–rest correlation {r:.2f} ({ends.en}; {n} candidates), the whole interval below {limit:.2f}",
        f"อำนาจจำแนก {r:.2f} ({ends.th}; ผู้เข้าสอบ {n} คน) ทั้งช่วงต่ำกว่า {limit:.2f}",
    )


def many_blanks(shown: str, limit: str, n: int) -> Seen:
    """More than so many left it blank."""
    return Seen(
        f"{shown} of the {n} who had it left it blank, more than {limit}",
        f"ผู้ได้ทำข้อนี้ {n} คน เว้นว่าง {shown} เกิน {limit}",
    )


def attracts(
    name: str, r: float, able: tuple[int, int], others: tuple[int, int], tested: tuple[float, int]
) -> Seen:
    """A wrong option that goes with high scores: how many chose it of how many able, and of the others; its p
    and how many distractors were tested."""
    p, n_tests = tested
    chance = "p < 0.001" if p < 0.001 else f"p {p:.3f}"
    return Seen(
        f"{name} is wrong by the key, but goes with high scores: option–rest correlation {r:.2f} ({chance}), "
        f"beyond chance over {n_tests} distractors (Holm, 5 %); of the {able[1]} most able (upper 27 %) "
        f"{able[0]} chose it, of the {others[1]} others {others[0]}",
        f"{name} ผิดตามเฉลย แต่ผู้เลือกมักได้คะแนนสูง: สหสัมพันธ์กับคะแนนข้ออื่น {r:.2f} ({chance}) "
        f"เกินกว่าความบังเอิญเมื่อทดสอบตัวลวงทั้งหมด {n_tests} ตัว (Holm, 5 %) ในกลุ่มคะแนนสูงร้อยละ 27 "
        f"จำนวน {able[1]} คน เลือก {able[0]} คน ส่วนคนอื่น {others[1]} คน เลือก {others[0]} คน",
    )


def idle(name: str, shown: str, limit: str, n: int, n_wrong: int, even: float) -> Seen:
    """A distractor that drew few of the wrong answers."""
    return Seen(
        f"{name} was chosen by {shown}, fewer than {limit}: {n} of {n_wrong} wrong answers, where an even "
        f"share would be {even:.0f}",
        f"{name} มีผู้เลือก {shown} ต่ำกว่า {limit}: {n} จากคำตอบผิด {n_wrong} คำตอบ ถ้ากระจายเท่ากันจะเป็น {even:.0f}",
    )


def under_chance(shown: str, limit: str, n: int) -> Seen:
    """Fewer right than guesses would be."""
    return Seen(
        f"{shown} of the {n} who answered are right, guessing would give {limit}",
        f"ผู้ตอบ {n} คน ตอบถูก {shown} การเดาจะได้ {limit}",
    )


def misfit_outfit(outfit: float, z: float) -> Seen:
    """Answers less or more regular than the model expects."""
    than_en, than_th = ("less", "น้อยกว่า") if outfit > 1 else ("more", "มากกว่า")
    return Seen(
        f"outfit {outfit:.2f} (z {z:.1f}): answers are {than_en} regular than the model expects",
        f"เอาต์ฟิต {outfit:.2f} (z {z:.1f}): คำตอบเป็นระเบียบ{than_th}ที่โมเดลคาด",
    )


def misfit_curve() -> Seen:
    """A curve that is not that of the answers: p below 0.001."""
    return Seen(
        "S-X2 has p < 0.001: the curve is not that of the answers",
        "S-X2 มีค่า p < 0.001: โค้งของโมเดลไม่ตรงกับคำตอบ",
    )
