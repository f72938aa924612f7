"""The columns of the workbook: their fields, their headings in both languages, and the cell texts of an item.

The headings, and variants that people write, are recognised when a file is read, so they are part of the file
format.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from examgen.bank.workbook.texts import folded
from examgen.core.models.field_types import CATEGORY_WORDS, STATUS_WORDS
from examgen.core.models.item import DECIDED_BY_WORDS, Item
from examgen.core.text.characters import THAI_LETTERS
from examgen.core.words import Language, Message

ITEM_SHEET = "ข้อสอบ Items"
RECORD_SHEET = "_examgen"
RECORD_MARK = "examgen-workbook"
RECORD_VERSION = "1"
DEFAULT_LETTERS = "abcde"


class ItemColumn(NamedTuple):
    """A column: its field, headings, width, and other headings that people write for it."""

    field: str
    thai: str
    english: str
    width: int
    also: str = ""


_COLUMNS = {
    column.field: column
    for column in (
        ItemColumn("id", "รหัสข้อสอบ", "Item id", 16, "id item itemid รหัส รหัสข้อ"),
        ItemColumn("pcs", "เกณฑ์ (PC)", "Criterion (PC)", 14, "pc pcs criterion criteria เกณฑ์"),
        ItemColumn("levels", "ระดับ", "Levels", 10, "level ระดับคุณวุฒิ ชั้น"),
        ItemColumn("cognitive", "พฤติกรรมที่วัด", "Cognitive category", 20, "cognitive category bloom พฤติกรรม"),
        ItemColumn("status", "สถานะ", "Status", 20),
        ItemColumn("stem", "โจทย์", "Stem", 60, "question คำถาม ข้อคำถาม"),
        ItemColumn("key", "เฉลย", "Key", 8, "answer correct คำตอบ ข้อถูก คำตอบที่ถูก"),
        ItemColumn("reference", "แหล่งอ้างอิง", "Reference", 34, "references source อ้างอิง เอกสารอ้างอิง"),
        ItemColumn("enemies", "ข้อที่ห้ามอยู่ชุดเดียวกัน", "Enemies", 22, "enemy enemyitems ข้อต้องห้าม"),
        ItemColumn("shared_stimulus", "สถานการณ์ร่วม", "Shared stimulus", 18, "stimulus สถานการณ์"),
        ItemColumn("anchored", "ตัวเลือกที่คงตำแหน่ง", "Anchored options", 14, "anchored anchor ตัวเลือกคงที่"),
        ItemColumn(
            "time_s", "เวลาที่คาดว่าใช้ (วินาที)", "Expected time (s)", 14, "time seconds expectedtime เวลา วินาที"
        ),
        ItemColumn("waivers", "กฎที่ยกเว้น", "Waivers", 30, "waiver ข้อยกเว้น"),
        ItemColumn("family", "ชุดตัวเลือกร่วม", "Family", 18),
        ItemColumn("decided_by", "ตัดสินด้วย", "Decided by", 16, "decides สิ่งที่ตัดสิน"),
    )
}
_LETTERED = {
    "options": ("ตัวเลือก", "Option", 34, ("option", "choice", "ตัวเลือก", "คำตอบ", "ข้อ", "")),
    "rationale": ("เหตุผลของตัวเลือก", "Rationale", 40, ("rationale", "reason", "เหตุผล", "คำอธิบาย")),
    "right_if": ("ตัวเลือกนี้ถูกเมื่อ", "Right if", 34, ("rightif", "ถูกเมื่อ")),
}


@cache
def columns(letters: str = DEFAULT_LETTERS) -> tuple[ItemColumn, ...]:
    """Return every column in the order of the sheet, with options, rationales and conditions for these
    letters.
    """
    found: list[ItemColumn] = []
    for field, column in _COLUMNS.items():
        found.append(column)
        if after := {"stem": "options", "key": "rationale"}.get(field):
            found += (column_of(f"{after}.{letter}") for letter in letters)
    return (*found, *(column_of(f"right_if.{letter}") for letter in letters))


def column_of(field: str) -> ItemColumn:
    """Return the column of a field, also of a field of one option (`options.a`)."""
    name, _, letter = field.partition(".")
    if not letter:
        return _COLUMNS[name]
    thai, english, width, words = _LETTERED[name]
    n = DEFAULT_LETTERS.find(letter)
    thai_letter = THAI_LETTERS[n] if n >= 0 else letter
    names = [letter, thai_letter, str(n + 1)] if n >= 0 else [letter]
    also = " ".join(word + sign for word in words for sign in names if word or not sign.isdigit())
    return ItemColumn(field, f"{thai} {thai_letter}", f"{english} {letter}", width, also)


def letters_of(items: Iterable[Item]) -> str:
    """Return the option ids that a sheet for these items needs: a to e, and any others in use."""
    used = {letter for item in items for letter in (*item.options, *item.rationale, *item.right_if)}
    return DEFAULT_LETTERS + "".join(sorted(used - set(DEFAULT_LETTERS)))


_FIELD_OF = {
    folded(name): column.field
    for column in reversed(columns("abcdefghijklmnopqrstuvwxyz"))
    for name in (*reversed(column.also.split()), column.english, column.thai, column.field)
}
"""The field that each heading names; of two fields the one whose column comes first."""


def field_of(heading: str) -> str | None:
    """Return the field that a heading names in Thai, English or both; None if it is unknown."""
    whole = folded(heading)
    if whole in _FIELD_OF:
        return _FIELD_OF[whole]
    parts = (re.sub("[a-z0-9]", "", whole), re.sub("[\u0e00-\u0e7f]", "", whole))
    named = {_FIELD_OF.get(part) for part in parts}
    return named.pop() if len(named) == 1 else None


def heading_of(field: str) -> str:
    """Return the heading of a field in both languages, as in an exported workbook."""
    column = column_of(field)
    return f"{column.thai} {column.english}"


def heading_in(field: str, written: str, language: Language) -> str:
    """Return a heading of a file; if it is that of an exported workbook, in one language."""
    if folded(written) != folded(heading_of(field)):
        return written
    return column_of(field).thai if language == "th" else column_of(field).english


def cells_of(item: Item) -> dict[str, str]:
    """Return the cells of an item; a field that is absent has an empty cell."""
    texts = {
        "id": item.id,
        "pcs": ", ".join(item.pcs),
        "levels": ", ".join(map(str, item.levels)),
        "cognitive": both(CATEGORY_WORDS[item.cognitive]),
        "status": both(STATUS_WORDS[item.status]),
        "stem": item.stem,
        "key": ", ".join(item.key),
        "reference": item.reference,
        "family": item.family or "",
        "decided_by": both(DECIDED_BY_WORDS[item.decided_by]) if item.decided_by else "",
        "enemies": ", ".join(item.enemies),
        "shared_stimulus": item.shared_stimulus or "",
        "anchored": ", ".join(item.anchored),
        "time_s": "" if item.time_s is None else str(item.time_s),
        "waivers": "\n".join(f"{code}: {reason}" for code, reason in item.waivers.items()),
    }
    texts |= {f"options.{letter}": text for letter, text in item.options.items()}
    texts |= {f"right_if.{letter}": text for letter, text in item.right_if.items()}
    return texts | {f"rationale.{letter}": text for letter, text in item.rationale.items()}


def both(said: Message) -> str:
    """Return a text in Thai and English."""
    return f"{said.th} {said.en}"


def whole_sha256(item: Item) -> str:
    """Return a hash of all data of the item."""
    said = item.model_dump(mode="json", exclude_defaults=True)
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
