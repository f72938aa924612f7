"""Section 18 → who is assessed by which methods, each with the words that say so.

Sub-numbers (`18.1`) may be glued to the text before them; without them, a line that names a level
or begins with `สำหรับ` opens a group. Methods that belong to no group hold for everyone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from examgen.models import Assessment, AssessmentQuote, Method, ReadingWarning
from examgen.standards.levels import leftover, stated
from examgen.standards.lines import BULLETS, arabic, nothing, squeeze, unmarked

Body = Sequence[tuple[int, str]]
_METHODS: tuple[tuple[Method, re.Pattern[str]], ...] = (
    ("written_objective", re.compile(r"ปรนัย|เลือกตอบ|multiple[ -]?choice", re.I)),
    ("written", re.compile(r"ข้อเขียน|อัตนัย|written", re.I)),
    ("interview", re.compile(r"สัมภาษณ์|interview", re.I)),
    ("practical", re.compile(r"สอบ(?:การ|ภาค|ทักษะ)*\s*ปฏิบัติ|ภาคปฏิบัติ|ปฏิบัติงานจริง|practical", re.I)),
    ("portfolio", re.compile(r"แฟ้มสะสม|แฟ้มผลงาน|portfolio", re.I)),
    ("observation", re.compile(r"สังเกต|observation", re.I)),
    ("simulation", re.compile(r"สถานการณ์จำลอง|จำลองสถานการณ์|simulation", re.I)),
)
_NEGATED = re.compile(r"(?:ไม่(?:มี|ต้อง|ใช้|รวม|ใช่|เป็น|ได้)?|ยกเว้น|แทน)(?:การ|ที่|เป็น|ใช้|ข้อสอบ|แบบ|สอบ|ทดสอบ|\s)*$")
_TESTING = re.compile(r"^(?:โดย)?(?:การ|ใช้|วิธี|ข้อ|แบบ)*(?:สอบ|ทดสอบ|ประเมิน|สาธิต|นำเสนอ|บทบาทสมมติ)")
_INTRODUCTION = re.compile(
    r"การประเมิน(?:ใน|ของ|สำหรับ)?หน่วย(?:สมรรถนะ)?(?:นี้)?.*(?:ดังนี้|ดังต่อไปนี้|ต่อไปนี้)|^วิธีการประเมิน(?:ผล)?\s*:?$|^(?:ให้)?ใช้วิธี.*(?:ดังนี้|ต่อไปนี้)$"
)
_EVERYONE = re.compile(r"^(?:ทุก|ผู้(?:เข้า)?(?:รับการ)?(?:ประเมิน|ทดสอบ)|หน่วยสมรรถนะนี้|การประเมิน)")
_CUT = re.compile(r"\s*(?::|(?<=\s)[-–](?=\s)|(?:ให้|โดย|ใช้|กำหนดให้)*\s*(?:ทดสอบ|ประเมิน|การสอบ|สอบ|ใช้|โดย))")


class Segment(NamedTuple):
    """A bullet or line of the section, with the sub-number that opens it."""

    line: int
    text: str
    number: int | None
    listed: bool


class Group(NamedTuple):
    """Those who are assessed in one way, and the segments that say how."""

    section: str
    occupation: str | None
    levels: tuple[int, ...]
    segments: tuple[Segment, ...]
    head: bool


class Assessed(NamedTuple):
    """What section 18 states; quotes stand in the order of the entries."""

    assessment: tuple[Assessment, ...]
    quotes: tuple[AssessmentQuote, ...]
    levels: tuple[int, ...]
    warnings: tuple[ReadingWarning, ...]


def read_assessment(body: Body, printed_number: int | None) -> Assessed:
    """Groups and methods of section 18."""
    if nothing(squeeze(" ".join(text for _, text in body).replace("|", " "))):
        warning = ReadingWarning(kind="assessment_not_stated", message="section 18 names no method")
        return Assessed((), (), (), (warning,))
    segments = _segments(body, printed_number)
    warnings: list[ReadingWarning] = []
    groups = _merged(_groups(segments))
    entries, quotes = [], []
    for group in groups:
        methods = _methods(group, warnings)
        if not methods:
            warnings.append(_silent(group))
            continue
        entries.append(Assessment(occupation=group.occupation, levels=group.levels, methods=methods))
        text = squeeze(" · ".join(segment.text for segment in group.segments))
        quotes.append(AssessmentQuote(section=group.section, text=text))
    levels = {level for segment in segments for s in stated(segment.text) for level in s.levels}
    warnings += _unclear_levels(segments)
    return Assessed(tuple(entries), tuple(quotes), tuple(sorted(levels)), tuple(warnings))


def _segments(body: Body, printed_number: int | None) -> list[Segment]:
    """Lines cut before sub-numbers and bullets, introductions left out."""
    segments: list[Segment] = []
    expected = 1
    sections = sorted({str(printed_number or 18), "18"})
    mark = re.compile(rf"(?:{'|'.join(sections)})\s*\.\s*(\d{{1,2}})[.)]?(?!\d)")
    for line, piece in body:
        plain = arabic(piece)
        cuts: list[tuple[int, int, int | None]] = [(0, 0, None)]
        for found in mark.finditer(plain):
            if int(found[1]) == expected:
                cuts.append((found.start(), found.end(), expected))
                expected += 1
        stops = [*(start for start, _, _ in cuts[1:]), len(piece)]
        for (_, end, number), stop in zip(cuts, stops, strict=True):
            segments += _bullets(line, piece[end:stop], number)
    return _continued(segments)


def _bullets(line: int, text: str, number: int | None) -> list[Segment]:
    certain = re.escape(BULLETS.replace("*", "").replace("·", ""))
    parts = re.split(rf"(?=[{certain}])|(?<=[\sก-๙])(?=\d\)\s*\S)", text.replace("|", " "))
    parts = [part for part in parts if part.strip() and unmarked(part)]
    segments = []
    for i, part in enumerate(parts):
        listed = squeeze(part) != unmarked(part)
        segments.append(Segment(line, unmarked(part), number if i == 0 else None, listed))
    if number is not None and not segments:
        segments.append(Segment(line, "", number, False))
    return [s for s in segments if not _INTRODUCTION.search(s.text) or s.number is not None or stated(s.text)]


def _continued(segments: list[Segment]) -> list[Segment]:
    """A sub-number alone on its line takes the next line as its text."""
    joined: list[Segment] = []
    for segment in segments:
        if joined and joined[-1].number is not None and not joined[-1].text:
            joined[-1] = Segment(segment.line, segment.text, joined[-1].number, False)
        else:
            joined.append(segment)
    return joined


def _groups(segments: Sequence[Segment]) -> list[Group]:
    groups: list[Group] = []
    section = "18"
    for segment in segments:
        if segment.number is not None:
            section = f"18.{segment.number}"
        who = _who(segment)
        if who is not None:
            groups.append(Group(section, *who, (segment,), True))
        elif groups and segment.number is None:
            groups[-1] = groups[-1]._replace(segments=(*groups[-1].segments, segment))
        else:
            groups.append(Group(section, None, (), (segment,), False))
    return groups


def _who(segment: Segment) -> tuple[str | None, tuple[int, ...]] | None:
    """Occupation and levels that a segment names; None where it names neither."""
    statements = stated(segment.text)
    levels = tuple(sorted({level for s in statements for level in s.levels}))
    named = re.search(r"สำหรับ", segment.text)
    if not statements and not (named and named.start() == 0):
        return None
    end = statements[0].start if statements else len(segment.text)
    before = segment.text[named.end() if named and named.start() < end else 0 : end]
    if not statements and (cut := _CUT.search(before)):
        before = before[: cut.start()]
    name = unmarked(before).strip(" ,;:–—-([")
    if _found(name) or _EVERYONE.match(name) or _TESTING.match(name) or not name:
        return None, levels
    return name, levels


def _merged(groups: list[Group]) -> list[Group]:
    """Groups that name nobody are one; groups of the same people are one."""
    merged: dict[tuple[str | None, tuple[int, ...]], Group] = {}
    for group in groups:
        key = (group.occupation, group.levels)
        if key in merged:
            first = merged[key]
            shared = first.section if group.head and first.section == group.section else "18"
            merged[key] = first._replace(segments=(*first.segments, *group.segments), section=shared)
        else:
            merged[key] = group
    everyone = merged.get((None, ()))
    if everyone and len(merged) > 1 and not any(_found(s.text) for s in everyone.segments):
        del merged[(None, ())]
    return list(merged.values())


def _found(text: str) -> list[tuple[int, Method]]:
    """Methods named in a text, with their places."""
    return sorted((m.start(), method) for method, pattern in _METHODS for m in pattern.finditer(text))


def _methods(group: Group, warnings: list[ReadingWarning]) -> tuple[Method, ...]:
    """Methods in the order of their first mention; of an objective test `ข้อเขียน` says nothing more."""
    objective = any(method == "written_objective" for s in group.segments for _, method in _found(s.text))
    methods: list[Method] = []
    for segment in group.segments:
        named = _found(segment.text)
        for at, method in named:
            if _NEGATED.search(segment.text[:at]):
                message = f"{segment.text!r} seems to exclude a method; it was not counted"
                warnings.append(_warn("method_negated", message, segment))
                continue
            on_paper = objective and method == "written" and not segment.text.startswith("อัตนัย", at)
            methods.append("written_objective" if on_paper else method)
        if not named and (_TESTING.match(segment.text) or (segment.listed and not _who(segment))):
            warnings.append(
                _warn("method_unknown", f"{segment.text!r} is no method known to examgen", segment)
            )
            methods.append("other")
    return tuple(dict.fromkeys(methods))


def _silent(group: Group) -> ReadingWarning:
    message = f"section {group.section} names no method that examgen knows"
    return _warn("method_unknown", message, group.segments[0])


def _unclear_levels(segments: Sequence[Segment]) -> list[ReadingWarning]:
    unclear = [s for s in segments if any(x.unclear for x in stated(s.text)) or leftover(s.text)]
    return [_warn("level_unclear", f"the level in {s.text!r} is not certain", s) for s in unclear]


def _warn(kind: str, message: str, segment: Segment) -> ReadingWarning:
    return ReadingWarning(kind=kind, message=message, line=segment.line, text=segment.text)
