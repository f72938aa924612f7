"""Splits the lines of a document into sections, which are recognised by the words of their headings.

A heading may be on its own line, share a line with its body, or be attached to the text before it; its number
may be Arabic, Thai, wrong or missing, and its English part may be missing. Because heading words also occur
in ordinary text, the sequence of possible headings with the greatest total weight is chosen that follows the
order of the published form.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from examgen.bank.standards import words
from examgen.bank.standards.lines import BULLETS, DocumentLine, arabic, squeeze
from examgen.core.models.standard import ReadingWarning
from examgen.core.words import tell


class SectionKind(NamedTuple):
    """A section of the published form: its number, its use, and the patterns of its heading words."""

    number: int
    use: str
    thai: str
    english: str = ""
    common: bool = False
    """Whether the words also begin ordinary sentences, so that a heading needs a number, English, or its own
    line.
    """


KINDS: tuple[SectionKind, ...] = (
    SectionKind(
        1, "code", "รหัส หน่วย สมรรถนะ(?!\\s*ย่อย|\\s*ร่วม)", "Units? of Competency Code|Unit Code|UOC Code"
    ),
    SectionKind(
        2,
        "title",
        "ชื่อ หน่วย สมรรถนะ(?!\\s*ย่อย|\\s*ร่วม)",
        "Units? of Competency(?: Title)?|Unit Title|UOC Title",
    ),
    SectionKind(3, "revision", "ทบทวน ครั้ง ที่", "Revision"),
    SectionKind(4, "status", "สร้าง ใหม่(?=[^\\w\\n]*(?:ปรับ ปรุง|\\n|$))", common=True),
    SectionKind(
        5, "occupations", "(?:สำหรับ )?ชื่อ อาชีพ และ รหัส อาชีพ(?!\\s*อื่น)", "Occupational? Classifications?"
    ),
    SectionKind(6, "description", "คำ อธิบาย หน่วย สมรรถนะ", "Descriptions? of Units? of Competency"),
    SectionKind(7, "qualification_levels", "สำหรับ ระดับ คุณวุฒิ(?: วิชาชีพ)?", "Qualification Levels?"),
    SectionKind(8, "sector", "กลุ่ม อาชีพ(?!\\s*ร่วม)", "Sectors?", common=True),
    SectionKind(
        9,
        "other_occupations",
        "(?:สำหรับ )?ชื่อ อาชีพ และ รหัส อาชีพ อื่น(?: ๆ)?(?: ที่ หน่วย สมรรถนะ นี้ สามารถ ใช้ ได้)?",
    ),
    SectionKind(
        10,
        "regulations",
        "ข้อ กำหนด (?:หรือ|และ) กฎ ระเบียบ(?: ที่ เกี่ยวข้อง)?",
        "Licensing or Regulations? Related",
    ),
    SectionKind(
        11,
        "elements",
        "(?:หน่วย )?สมรรถนะ ย่อย และ เกณฑ์ (?:ใน )?(?:การ )?ปฏิบัติ ?งาน",
        "Elements? and Performance Criteria",
    ),
    SectionKind(
        12,
        "prerequisites",
        "(?:ความรู้ และ ทักษะ|ทักษะ และ ความรู้) ก่อน หน้า(?: ที่ จำเป็น)?",
        "Pre-?requisite Skills? (?:&|and) Knowledge",
    ),
    SectionKind(
        13,
        "skills_knowledge",
        "(?:ทักษะ และ ความรู้|ความรู้ และ ทักษะ) ที่ ต้องการ",
        "Required Skills? (?:&|and) Knowledge",
    ),
    SectionKind(14, "evidence", "หลักฐาน ที่ ต้องการ", "Evidence Guide", common=True),
    SectionKind(15, "range", "ขอบเขต", "Range Statements?", common=True),
    SectionKind(16, "joint_units", "หน่วย สมรรถนะ ร่วม", "", common=True),
    SectionKind(17, "joint_industries", "อุตสาหกรรม ร่วม(?: / กลุ่ม อาชีพ ร่วม)?", "", common=True),
    SectionKind(
        18,
        "assessment",
        "รายละเอียด กระบวนการ และ วิธี การ ประเมิน",
        "Assessment Descriptions? and Procedures?",
    ),
)
_INLINE = {1, 2, 3, 7}
"""Sections whose value is usually on the line of the heading."""
STRONG = 5
"""The weight from which a candidate is taken for a heading at any position."""


class SectionHeading(NamedTuple):
    """A possible heading: its extent in the text, and its weight, which is larger the more certain it is."""

    kind: int
    start: int
    end: int
    weight: int
    line: int
    unclear: str | None = None
    """The digits before the heading if it is uncertain which of them are its number; else None."""


class DocumentSection(NamedTuple):
    """A section: the line and text of each part of its body."""

    kind: int
    printed_number: int | None
    heading: tuple[tuple[int, str], ...]
    body: tuple[tuple[int, str], ...]


class DocumentParts(NamedTuple):
    """A document split at its headings."""

    preamble: tuple[tuple[int, str], ...]
    sections: tuple[DocumentSection, ...]
    footer: tuple[tuple[int, str], ...]
    warnings: tuple[ReadingWarning, ...]
    repeated: frozenset[int]
    """Kinds with more than one certain heading, with a heading of another kind between them."""


class DocumentText(NamedTuple):
    """The lines joined into one text, with the offset at which each line begins."""

    lines: tuple[DocumentLine, ...]
    text: str
    starts: tuple[int, ...]

    def line_at(self, offset: int) -> int:
        """Return the number of the line at this offset."""
        return self.lines[bisect_right(self.starts, offset) - 1].number

    def pieces(self, start: int, end: int) -> tuple[tuple[int, str], ...]:
        """Return the parts of lines between two offsets, without parts that contain only spaces and cell
        borders.
        """
        parts = []
        for line, at in zip(self.lines, self.starts, strict=True):
            piece = line.text[max(start - at, 0) : max(end - at, 0)]
            if piece.strip(" |"):
                parts.append((line.number, piece))
        return tuple(parts)


def document(lines: Sequence[DocumentLine]) -> DocumentText:
    """Join the lines into one text."""
    starts, at = [], 0
    for line in lines:
        starts.append(at)
        at += len(line.text) + 1
    return DocumentText(tuple(lines), "\n".join(line.text for line in lines), tuple(starts))


def _words(pattern: str) -> str:
    return pattern.replace(" ", "[ ]*")


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[SectionKind, re.Pattern[str]], ...]:
    own_line = r"(?<=\n\d[.)])\n[ |*_]*|(?<=\n\d\d[.)])\n[ |*_]*"
    # possessive, because backtracking in a line of digits would try each digit with all that follow
    number = (
        r"(?P<number>(?:ข้อ(?:ที่)?[ ]*)?(?<!\d)(?P<digits>\d++)(?:[ ]*+(?P<dot>[.)]))?"
        rf"(?:[ |*_]*|{own_line}))?"
    )
    found = []
    for kind in KINDS:
        english = kind.english.replace(" ", "[ ]+")
        alone = rf"|(?<=[.)])[ ]*\(?(?P<alone>{english})\)?" if kind.english else ""
        after = (
            rf"(?P<english>[ |:]*\n?[ |]*[(:-][ ]*(?:{english})[ ]*\)?)?"
            if kind.english
            else "(?P<english>(?!))?"
        )
        tail = r"(?P<option>[ |]*\n?[ |]*\([ ]*ถ้ามี[ ]*\))?[*_]*(?P<colon>[ ]*:)?"
        found.append(
            (kind, re.compile(rf"{number}(?:(?P<thai>{_words(kind.thai)}){after}{alone}){tail}", re.I))
        )
    return tuple(found)


def candidates(doc: DocumentText) -> list[SectionHeading]:
    """Return every possible heading, in the order of the text."""
    text = arabic(doc.text)
    found = []
    for kind, pattern in _patterns():
        for match in pattern.finditer(text):
            line_start = text.rfind("\n", 0, match.start()) + 1
            at_start = not text[line_start : match.start()].strip(f" |#_({BULLETS}")
            digits = match["digits"] or ""
            english = bool(match["english"]) or bool(match.groupdict().get("alone"))
            if at_start:
                weight = _at_line_start(text, kind, match, english)
                start, unclear = line_start, None
            else:
                # How many of the digits before a heading belong to the text before it
                kept = len(digits)
                if digits.endswith(str(kind.number)) and (match["dot"] or digits == str(kind.number)):
                    kept -= len(str(kind.number))
                elif match["dot"]:
                    kept = max(kept - (1 if kind.number < 10 else 2), 0)
                weight = _within_line(kind, match, english, digits[kept:])
                start = match.start("digits") + kept if digits else match.start()
                unclear = digits if match["dot"] and kept and not digits.endswith(str(kind.number)) else None
            heading = SectionHeading(
                kind.number,
                start,
                match.end(),
                weight,
                doc.line_at(match.start("thai" if match["thai"] else 0)),
                unclear,
            )
            if heading.weight > 0:
                found.append(heading)
    return sorted(found, key=lambda h: (h.start, -h.weight))


def _at_line_start(text: str, kind: SectionKind, match: re.Match[str], english: bool) -> int:
    line_end = text.find("\n", match.end())
    rest = text[match.end() : line_end if line_end >= 0 else len(text)]
    whole = not rest.strip(f" |:{BULLETS}-") or (kind.number == 4 and "ปรับปรุง" in rest)
    glued = bool(re.match(r"[ก-๙]", rest))
    digits = match["digits"]
    if digits and len(digits) <= 2:
        canonical = int(digits) == kind.number
        if kind.common and glued and not english and not canonical:
            return 0
        return 8 + 4 * canonical + 4 * english + 2 * whole
    if english:
        return 9 + 2 * whole
    if whole:
        return 6
    if kind.number in _INLINE and not glued:
        return 5
    return 0 if glued or kind.common else 2


def _within_line(kind: SectionKind, match: re.Match[str], english: bool, digits: str) -> int:
    if not digits:
        return 2 if english else 0
    canonical = int(digits) == kind.number
    if match["dot"]:
        return (8 if canonical else 2) + 4 * english
    return (3 if canonical else 0) + 4 * english


def choose(found: Sequence[SectionHeading]) -> tuple[SectionHeading, ...]:
    """Return the sequence of headings with the greatest total weight that follows the order of the form; of
    equal ones, the earlier.
    """
    best: list[tuple[int, int | None]] = []
    for i, heading in enumerate(found):
        before = [
            (best[j][0], -j)
            for j in range(i)
            if found[j].kind < heading.kind and found[j].end <= heading.start
        ]
        weight, j = max(before, default=(0, 1))
        best.append((weight + heading.weight, None if j == 1 else -j))
    if not best:
        return ()
    at: int | None = max(range(len(best)), key=lambda i: (best[i][0], -i))
    chosen = []
    while at is not None:
        chosen.append(found[at])
        at = best[at][1]
    return tuple(reversed(chosen))


def cut(lines: Sequence[DocumentLine]) -> DocumentParts:
    """Split a document into its sections, the text before the first, and the text after the last."""
    doc = document(lines)
    found = candidates(doc)
    chosen = choose(found)
    # Headings of kinds not chosen that can be nothing else: number, words and English at a line's start.
    kinds = {heading.kind for heading in chosen}
    extra: dict[int, SectionHeading] = {}
    for heading in found:
        if heading.kind not in kinds and heading.weight >= 16:
            extra.setdefault(heading.kind, heading)
    strays = list(extra.values())
    headings = sorted((*chosen, *strays), key=lambda h: h.start)
    # Where the page's farewell line begins, after which nothing belongs to the unit.
    after = headings[-1].end if headings else 0
    farewell = doc.text.find("ยินดีต้อนรับ", after)
    if farewell < 0:
        end = len(doc.text)
    else:
        line_end = doc.text.find("\n", farewell)
        rest = doc.text[farewell + len("ยินดีต้อนรับ") : line_end if line_end >= 0 else len(doc.text)]
        end = len(doc.text) if re.match(r"[ก-๙]", rest) else farewell
    bounds = [*(h.start for h in headings[1:]), end]
    sections = (
        tuple(_section(doc, h, stop) for h, stop in zip(headings, bounds, strict=True)) if headings else ()
    )
    first = headings[0].start if headings else end
    # Kinds that stand twice as headings, with another kind of heading between the two
    strong = [h for h in found if h.weight >= STRONG]
    repeated = set()
    for i, one in enumerate(strong):
        between = {h.kind for h in strong[i + 1 :]}
        again = [j for j in range(i + 1, len(strong)) if strong[j].kind == one.kind]
        if between and again and any(h.kind != one.kind for h in strong[i + 1 : again[-1]]):
            repeated.add(one.kind)
    return DocumentParts(
        preamble=doc.pieces(0, first),
        sections=sections,
        footer=doc.pieces(end, len(doc.text)),
        warnings=(
            *(
                ReadingWarning(
                    kind="section_order",
                    message=tell(
                        "section {n} ({use}) is out of order",
                        n=h.kind,
                        use=words.use(KINDS[h.kind - 1].use),
                    ),
                    line=h.line,
                    text=squeeze(doc.text[h.start : h.end]),
                )
                for h in strays
            ),
            *[
                ReadingWarning(
                    kind="heading_number_unclear",
                    message=tell(
                        "it is uncertain which of the digits {digits} before the heading are its number",
                        digits=repr(h.unclear),
                    ),
                    line=h.line,
                    text=squeeze(doc.text[max(h.start - 20, 0) : h.end]),
                )
                for h in headings
                if h.unclear
            ],
        ),
        repeated=frozenset(repeated),
    )


def _section(doc: DocumentText, heading: SectionHeading, stop: int) -> DocumentSection:
    printed = re.search(r"\d+", arabic(doc.text[heading.start : heading.end]).split("(")[0])
    # The body without its own heading printed once more, alone or glued to the text.
    body = doc.pieces(heading.end, stop)
    pattern = next(pattern for known, pattern in _patterns() if known.number == heading.kind)
    parts = []
    for line, text in body:
        found = pattern.match(arabic(text), len(text) - len(text.lstrip(f" |{BULLETS}")))
        rest = text[found.end() :] if found and found["thai"] else text
        named = found and (
            found["english"] or found["option"] or heading.kind in (9, 10) or not rest.strip(" |:")
        )
        parts.append((line, rest if named else text))
    return DocumentSection(
        kind=heading.kind,
        printed_number=int(printed[0]) if printed else None,
        heading=doc.pieces(heading.start, heading.end),
        body=tuple(parts),
    )
