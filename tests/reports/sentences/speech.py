"""A text of a report → the messages that it is made of, in the language of the page.

Messages are those of the catalogue of translations, and the few pairs that stand in the code; a text that is
not made of messages and of what the files hold (names, codes, numbers) is no text that anybody has checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from tests.reports.readback.reader import plain
from tests.reports.readback.speech import catalogue

_PLACE = re.compile(r"\{(\w+)\}")
_NUMBER = r"[−+-]?[\d.,/]*\d(?:–[\d.,]*\d)?(?: %)?|–(?: %)?"
_WORDS = {
    "weak": r"\S+ \(\d+\)(?:, \S+ \(\d+\))*", "instead": r"\S+",
    "code": r"[\w.*-]+", "form": r"[\w-]+(?:, [\w-]+)*", "pattern": r"\S+", "codes": r"[\w.*-]+(?:, [\w.*-]+)*", "names": r"[^.:]+?(?=\.| [A-Z]|$)",
    "parts": r"[\w.-]+ [\d–]+/\d+(?:, [\w.-]+ [\d–]+/\d+)*",
    "version": r"[\d.]+ \([0-9a-f]+\)", "mark": r"[0-9a-f]+", "edition": r"[0-9a-f]+|–", "state": r"[^,]+?", "name": r"\w[\w -]*?",
    "file": r"[\w.-]+", "day": r"\d+ \S+ \d{4}", "key": r"[\w, |]+?", "suggested": r"[\w, |]+?", "ends": r"−?[\d.]+–−?[\d.]+",
    "which": r".+?", "also": r".+?", "tallies": r".+?", "scores": r"[\w-]+ \d+(?:, [\w-]+ \d+)*", "units": r"[\w-]+ [\d.]+ %(?:, [\w-]+ [\d.]+ %)*", "keys": r"\S+ \([^)]*\)(?:, \S+ \([^)]*\))*(?: … \(\d+\))?", "kind": r".+?\)", "questions": r"\d+(?:, \d+)*", "reason": r"[^·]+?(?= · |$)", "a": r"[\w-]+", "b": r"[\w-]+", "date": r"[\w. -]+?", "administration": r"[\w-]+?",
}  # fmt: skip
"""What stands in the place of a value that is no number."""
PAIRS = {
    "met": "ผ่านเกณฑ์", "not met": "ยังไม่ผ่าน", "too few items": "ข้อมูลไม่พอ", "not assessed": "ไม่ได้วัด",
    "Pass": "ผ่าน", "Not passed": "ไม่ผ่าน", "Exam": "การสอบ", "Run": "การตรวจครั้งที่", "Release": "การประกาศผล",
    "Key version": "เฉลยรุ่นที่", "Edition of the standard": "ฉบับของมาตรฐาน", "Paper": "ข้อสอบที่ใช้สอบ",
    "Scope": "ขอบเขต", "written test only": "เฉพาะข้อเขียน",
    "Written test passed": "ผ่านข้อเขียน", "Written test not passed": "ไม่ผ่านข้อเขียน",
    "written test: met": "ข้อเขียน: ผ่านเกณฑ์", "written test: not met": "ข้อเขียน: ยังไม่ผ่าน",
    "Written test only: the standard also asks for other methods of assessment ({also}), whose results are not held here. Every decision and status here is of the written test; none says that {which} is met.":
        "เฉพาะข้อเขียน: มาตรฐานกำหนดวิธีประเมินอื่นด้วย ({also}) ซึ่งไม่มีผลอยู่ในเอกสารนี้ ผลตัดสินและสถานะทุกรายการในที่นี้เป็นของการสอบข้อเขียน ไม่ได้แสดงว่าผ่านหน่วยสมรรถนะ {which} แล้ว",
    "no longer released": "เลิกใช้แล้ว", "not released": "ยังไม่ประกาศ",
    "No longer released: run {n} has taken the place of these results":
        "เลิกใช้แล้ว: ผลที่ประกาศล่าสุดคือการตรวจครั้งที่ {n}",
    "Not released: these results may still change and are not to be told to candidates":
        "ยังไม่ประกาศผล: ผลนี้ยังอาจเปลี่ยนแปลง ห้ามใช้แจ้งผู้สอบ",
    "Not released: the results that were released are those of run {n}":
        "ยังไม่ประกาศผล: ผลที่ประกาศคือการตรวจครั้งที่ {n}",
    "Draft: {k} item was not approved by a subject-matter expert, of {n}":
        "ข้อสอบฉบับร่าง: ผู้เชี่ยวชาญยังไม่อนุมัติข้อสอบ {k} จาก {n} ข้อ",
    "Draft: {k} items were not approved by a subject-matter expert, of {n}":
        "ข้อสอบฉบับร่าง: ผู้เชี่ยวชาญยังไม่อนุมัติข้อสอบ {k} จาก {n} ข้อ",
    "Draft: no item of this exam was approved by a subject-matter expert":
        "ข้อสอบฉบับร่าง: ผู้เชี่ยวชาญยังไม่อนุมัติข้อสอบข้อใดเลย",
    "Synthetic candidates: nobody sat this exam": "ข้อมูลจำลอง: ไม่มีผู้ใดสอบจริง",
    "{k} of {n} candidates are synthetic: they did not sit this exam, and every figure counts them":
        "มีข้อมูลจำลองปน: {k} จาก {n} คนไม่ใช่ผู้สอบจริง และนับรวมอยู่ในทุกตัวเลข",
    "Centre": "ศูนย์สอบ", "Room": "ห้อง", "Seat": "ที่นั่ง", "Scaled score": "คะแนนแปลง", "Rank": "ลำดับที่",
    "Score {score} of {most}": "คะแนน {score} จาก {most}", "Percentile rank": "ตำแหน่งเปอร์เซ็นไทล์", "T-score": "คะแนนที", "Criteria met": "เกณฑ์ที่ผ่าน",
}  # fmt: skip
"""English → Thai of what stands in the code in place of the catalogue."""
ANALYSIS = {
    "Not examined: {left} of {n} items, which fewer than {min_n} candidates had each. Whether their keys are right is not known.":
        "ไม่ได้ตรวจหาเฉลยผิดและข้อที่ควรดู {left} จาก {n} ข้อ เพราะมีผู้ตอบไม่ถึง {min_n} คนต่อข้อ จึงบอกไม่ได้ว่าข้อเหล่านี้ดีหรือไม่",
    "{few} of {n} items had fewer than {min_n} candidates each: only what is beyond chance is told of them. With so few, some wrong keys are not found; an item not named need not be sound.":
        "{few} จาก {n} ข้อ มีผู้ตอบไม่ถึง {min_n} คนต่อข้อ จึงบอกเฉพาะสิ่งที่เกินกว่าความบังเอิญ เฉลยที่ผิดพบได้เพียงบางส่วน ข้อที่ไม่มีคำเตือนจึงไม่ได้แปลว่าดี",
    "check the key": "ตรวจเฉลย", "below guessing": "ต่ำกว่าการเดา", "distractor attracts the able": "ตัวลวงดึงคนเก่ง",
    "low discrimination": "อำนาจจำแนกต่ำ", "too hard": "ยากเกินไป", "too easy": "ง่ายเกินไป",
    "idle distractor": "ตัวลวงไม่ทำงาน", "many blanks": "เว้นว่างมาก", "misfit": "ไม่เข้ากับโมเดล",
    "The able prefer another option to the key.": "กลุ่มเก่งเลือกตัวเลือกอื่นมากกว่าเฉลย",
    "The key goes with low scores, and one distractor with high ones.":
        "เฉลยสัมพันธ์กับคะแนนต่ำ แต่ตัวลวงหนึ่งสัมพันธ์กับคะแนนสูง",
    "Fewer are right than guessing would give.": "ผู้ตอบถูกน้อยกว่าการเดา",
    "The score for {weak} tells no more than the total: decide by the total, a status is a hint (items in brackets).":
        "คะแนนของ {weak} ไม่ได้บอกอะไรมากกว่าคะแนนรวม: ให้ตัดสินด้วยคะแนนรวม สถานะเป็นเพียงข้อบ่งชี้ (ในวงเล็บคือจำนวนข้อ)",
    "The scores for {weak} tell no more than the total: decide by the total, a status is a hint (items in brackets).":
        "คะแนนของ {weak} ไม่ได้บอกอะไรมากกว่าคะแนนรวม: ให้ตัดสินด้วยคะแนนรวม สถานะเป็นเพียงข้อบ่งชี้ (ในวงเล็บคือจำนวนข้อ)",
    "The score for {weak} tells no more than the total: decide by {instead}, a status is a hint (items in brackets).":
        "คะแนนของ {weak} ไม่ได้บอกอะไรมากกว่าคะแนนรวม: ให้ตัดสินด้วย {instead} สถานะเป็นเพียงข้อบ่งชี้ (ในวงเล็บคือจำนวนข้อ)",
    "The scores for {weak} tell no more than the total: decide by {instead}, a status is a hint (items in brackets).":
        "คะแนนของ {weak} ไม่ได้บอกอะไรมากกว่าคะแนนรวม: ให้ตัดสินด้วย {instead} สถานะเป็นเพียงข้อบ่งชี้ (ในวงเล็บคือจำนวนข้อ)",
    "almost certain": "แทบแน่นอน", "likely": "น่าสงสัย", "possible": "อาจเป็นไปได้",
}  # fmt: skip
"""What an analysis says in the committee's book."""
OTHER_THAI = {"Release": "ประกาศผลครั้งที่"}
"""A second Thai for the same English."""


class Said(NamedTuple):
    """A piece of a text: messages whose words these may be (in Thai several may have the same), and values."""

    names: frozenset[str]
    values: dict[str, str]
    lang: str
    """Empty where it is the same in both languages."""


class _Pattern(NamedTuple):
    lang: str
    names: frozenset[str]
    match: re.Pattern[str]
    start: str
    """The letters before the first value."""
    weight: int


@cache
def _patterns() -> tuple[_Pattern, ...]:
    """Every message in each language, the longest first."""
    by_text: dict[tuple[str, str], set[str]] = {}
    for english, thai in [*catalogue().items(), *PAIRS.items(), *ANALYSIS.items(), *OTHER_THAI.items()]:
        if plain(english) == plain(thai):
            by_text.setdefault(("", plain(english)), set()).add(english)
            continue
        by_text.setdefault(("en", plain(english)), set()).add(english)
        by_text.setdefault(("th", plain(thai)), set()).add(english)
    found = [_pattern(lang, text, names) for (lang, text), names in by_text.items()]
    return tuple(sorted(found, key=lambda one: -one.weight))


def _pattern(lang: str, text: str, names: Iterable[str]) -> _Pattern:
    parts, seen = [], set[str]()
    for n, part in enumerate(_PLACE.split(text)):
        if n % 2 == 0:
            parts.append(re.escape(part))
        elif part in seen:
            parts.append(f"(?P={part})")
        else:
            seen.add(part)
            parts.append(f"(?P<{part}>{_WORDS.get(part, _NUMBER)})")
    end = r"(?![A-Za-z])" if text[-1:].isascii() and text[-1:].isalpha() else ""
    weight = len(_PLACE.sub("", text))
    return _Pattern(lang, frozenset(names), re.compile("".join(parts) + end), _PLACE.split(text)[0], weight)


@cache
def _beginning(langs: frozenset[str], letter: str) -> tuple[_Pattern, ...]:
    """Those of the messages in these languages that a text may hold which begins with that letter."""
    fitting = (one for one in _patterns() if one.lang in ("", *langs) and one.weight)
    return tuple(one for one in fitting if one.start[:1] in ("", letter))


_LOOSE = (
    re.compile(r"\s+"),
    re.compile(r"[·;:,()–†■▲◆?●□×↔↓↑…/+=−%.<\"'“”—|*‡¶§#\[\]]"),
    re.compile(r"\d[\d.,:/–%]*"),
    re.compile(r"\([0-9a-f]{8}(?:[0-9a-f]{8})?\)"),
)
"""What may stand between messages: spaces, signs, numbers, digests."""


class Reader:
    """Reads the texts of one report: `langs` it may speak, and `data` that its files hold."""

    def __init__(self, langs: Sequence[str], data: Iterable[str]) -> None:
        self.langs = frozenset(langs)
        known = sorted({plain(one) for one in data if one and plain(one)}, key=len, reverse=True)
        self.data = re.compile("|".join(map(re.escape, known)) or r"(?!)")
        self.read: dict[str, list[Said] | None] = {}

    def __call__(self, text: str) -> list[Said] | None:
        """The messages of a text, in their order; None where it is not made of messages and data."""
        if text not in self.read:
            self.read[text] = self._parsed(text)
        return self.read[text]

    def _parsed(self, text: str) -> list[Said] | None:
        """The first way, the longest messages first, in which the text is read to its end."""
        way: list[tuple[Iterator[tuple[int, Said | None]], Said | None]] = [(self._steps(text, 0), None)]
        dead = set[int]()
        while way:
            for end, said in way[-1][0]:
                if end == len(text):
                    return [one for _, one in way if one] + ([said] if said else [])
                if end not in dead:
                    dead.add(end)  # whoever comes here a second time would go no other way
                    way.append((self._steps(text, end), said))
                    break
            else:
                way.pop()
        return None

    def _steps(self, text: str, at: int) -> Iterator[tuple[int, Said | None]]:
        for one in _beginning(self.langs, text[at : at + 1]):
            if text.startswith(one.start, at) and (found := one.match.match(text, at)):
                yield found.end(), Said(one.names, found.groupdict(), one.lang)
        for pattern in (self.data, *_LOOSE):
            if (data := pattern.match(text, at)) and data.end() > at:
                yield data.end(), None
