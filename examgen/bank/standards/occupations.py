"""Section 5 → occupations with their levels; ISCO references are recognised and left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from examgen.bank.standards.levels import LOST_WORD, Stated, leftover, stated, without_levels
from examgen.bank.standards.lines import BULLETS, arabic, bulleted, nothing, squeeze, unmarked
from examgen.core.models.standard import Occupation, ReadingWarning
from examgen.core.words import tell

_BRACKETED = re.compile(r"\(\s*[^()]*ISCO[^()]*\)|\[\s*[^\[\]]*ISCO[^\[\]]*\]", re.I)
_NAMED = re.compile(r"ISCO|Unit\s*Group|(?<![ก-๙])รหัสอาชีพ", re.I)
_LABEL_ONLY = re.compile(
    r"(?:รหัส|อาชีพ|ตาม|มาตรฐาน|สากล|อ้างอิง|เทียบ(?:เคียง|เท่า)?|การ|จัด|หมวด|กลุ่ม|หน่วย|ประเภท|เลข|ที่|[\s:.])+"
)
"""Words that introduce an ISCO number and do not name an occupation."""
_FIELD_NAME = re.compile(r"สาขา")
_ISCO_NUMBER = re.compile(r"(?<![\d.,/-])(?:(?<![\w.])\d{1,2}\s+)?\d{4}(?:\.\d{1,3})?(?![\d-])(?!\s*/)")
_OTHER_NUMBER = re.compile(
    r"(?:(?<![A-Za-z])(?!ISCO|Code|Group|Unit)[A-Za-z][A-Za-z/]+|มอก\.?|พ\.ศ\.|ปี|รุ่น|เบอร์)[\s:–-]*$",
    re.I,
)
_GLUED_TO_LEVEL = re.compile(r"(?:ระดับ|ชั้น)\s*(\d{5,})")
_SEPARATOR = re.compile(r"^\s*(?:[,;/]|และ(?!ระดับ|ชั้น)|หรือ(?!ระดับ|ชั้น))\s*")


class OccupationEntry(NamedTuple):
    """One line or bullet of the section; wrapped lines are joined."""

    line: int
    text: str
    marked: bool


class Occupations(NamedTuple):
    """The content of section 5."""

    occupations: tuple[Occupation, ...]
    levels: tuple[int, ...]
    warnings: tuple[ReadingWarning, ...]
    uses: dict[int, str]


def read_occupations(body: Sequence[tuple[int, str]]) -> Occupations:
    """Return the occupations and levels of section 5, in the order of the page."""
    warnings: list[ReadingWarning] = []
    uses: dict[int, str] = {}
    names: dict[str, set[int]] = {}
    loose: set[int] = set()
    last: str | None = None
    # The bullets or lines; an unmarked line after a bullet goes on with it if neither is complete.
    entries: list[OccupationEntry] = []
    parts = []
    for line, part in body:
        cells = squeeze(part.replace("|", " "))
        bullet = re.escape(BULLETS.replace("*", "").replace("·", ""))
        parts += [(line, bit) for bit in re.split(rf"(?=[{bullet}])", cells) if bit.strip()]
    for line, text in parts:
        # the number that opens an ISCO row is not a list number
        opens_isco_row = _ISCO_NUMBER.match(arabic(text).strip())
        marked = bulleted(text) and not opens_isco_row
        words = squeeze(text) if opens_isco_row else unmarked(text)
        before = entries[-1] if entries else None
        explains = before and re.fullmatch(r"\([^()]*\)", words) and not split_isco(before.text)[1]
        if before and not marked and (explains or (before.marked and _goes_on(before.text, words))):
            entries[-1] = OccupationEntry(before.line, squeeze(f"{before.text} {words}"), before.marked)
            if without_levels(words):
                warnings.append(_warn("row_wrapped", tell("an occupation spans two lines"), entries[-1]))
        else:
            entries.append(OccupationEntry(line, words, marked))
    for entry in entries:
        if nothing(entry.text):
            continue
        ours, isco = split_isco(entry.text)
        found = _pairs(ours, entry, warnings)
        if isco and not any(name for name, _ in found):
            uses[entry.line] = "isco"
        for name, levels in found:
            target = name or last
            if target is None:
                loose.update(levels)
                if levels:
                    warnings.append(
                        _warn("level_unplaced", tell("a level is stated without an occupation"), entry)
                    )
                continue
            if _FIELD_NAME.match(target) and not levels:
                warnings.append(
                    _warn("occupation_unclear", tell("this may be a field, not an occupation"), entry)
                )
            names.setdefault(target, set()).update(levels)
            last = target
        named = {level for s in stated(isco) for level in s.levels}
        if named:
            warnings.append(_warn("level_unplaced", tell("a level follows an ISCO reference"), entry))
        loose.update(named)
    occupations = tuple(Occupation(name=name, levels=tuple(sorted(levels))) for name, levels in names.items())
    return Occupations(occupations, tuple(sorted(loose)), tuple(warnings), uses)


def _goes_on(before: str, text: str) -> bool:
    ours, isco = split_isco(before)
    more, more_isco = split_isco(text)
    if isco or (more_isco and not more) or text.startswith("อาชีพ"):
        return False
    return not stated(ours) or not without_levels(more)


def split_isco(text: str) -> tuple[str, str]:
    """Return the title in a line of section 5, and its ISCO reference (either may be empty)."""
    bracketed = _BRACKETED.search(text)
    if bracketed and not _first_isco_number(text[: bracketed.start()]) and text[: bracketed.start()].strip():
        ours, rest = split_isco(text[: bracketed.start()] + " " + text[bracketed.end() :])
        isco = f"{bracketed[0]} {rest}".strip()
        return ("", squeeze(text)) if _LABEL_ONLY.fullmatch(ours) else (ours, isco)
    found = _NAMED.search(text)
    places = [
        place for place in (_first_isco_number(text), (found.start() if found else None)) if place is not None
    ]
    at = min(places, default=len(text))
    ours = squeeze(text[:at]).strip(" ,;:–—-|").rstrip(" ,;:–—-([|")
    if at < len(text) and _LABEL_ONLY.fullmatch(ours):
        return "", squeeze(text)
    return ours, text[at:].strip()


def _first_isco_number(text: str) -> int | None:
    plain = arabic(text)
    if glued := _GLUED_TO_LEVEL.search(plain):
        return glued.start(1)
    for found in _ISCO_NUMBER.finditer(plain):
        if not _OTHER_NUMBER.search(plain[: found.start()]):
            return found.start()
    return None


def _pairs(
    ours: str, entry: OccupationEntry, warnings: list[ReadingWarning]
) -> list[tuple[str, tuple[int, ...]]]:
    """Return names with their levels: one name, or several if each is followed by its level."""
    statements = stated(ours)
    if unclear := next((s.unclear for s in statements if s.unclear), None) or leftover(ours):
        warnings.append(
            _warn("level_unclear", tell("the level in {text} is uncertain", text=repr(unclear)), entry)
        )
    names = [without_levels(_SEPARATOR.sub("", part)) for part in _between(ours, statements)]
    if len(statements) > 1 and all(names[: len(statements)]) and not names[-1]:
        if any(not _SEPARATOR.match(part) for part in _between(ours, statements)[1:-1]):
            warnings.append(_warn("occupations_glued", tell("several occupations are in one line"), entry))
        return [(name, s.levels) for name, s in zip(names, statements, strict=False)]
    levels = tuple(sorted({level for s in statements for level in s.levels}))
    name = re.sub(r"\s+และ$", "", LOST_WORD.sub("", without_levels(ours))).strip(" ,;:–—-")
    return [(name, levels)] if name or levels else []


def _between(text: str, statements: Sequence[Stated]) -> list[str]:
    cuts = [0, *(at for s in statements for at in (s.start, s.end)), len(text)]
    return [text[cuts[i] : cuts[i + 1]] for i in range(0, len(cuts), 2)]


def _warn(kind: str, message: str, entry: OccupationEntry) -> ReadingWarning:
    return ReadingWarning(kind=kind, message=message, line=entry.line, text=entry.text)
