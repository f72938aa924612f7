"""Section 18 of a standard → the methods by which people are assessed, with the text that states them.

A line opens a group of people if it has a sub-number (`18.1`, which may be attached to the text before it),
names a level or an occupation of section 5 (perhaps in a slightly different spelling), or begins with
`สำหรับ`. It may name several occupations, each with its own levels. Methods that belong to no group apply to
everyone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import NamedTuple

from examgen.bank.standards.levels import Stated, leftover, stated, without_levels
from examgen.bank.standards.lines import BULLETS, arabic, nothing, squeeze, unmarked
from examgen.core.models.field_types import Method
from examgen.core.models.standard import Assessment, AssessmentQuote, ReadingWarning
from examgen.core.words import tell

_METHODS: tuple[tuple[Method, re.Pattern[str]], ...] = (
    ("written_objective", re.compile(r"ปรนัย|เลือกตอบ|multiple[ -]?choice", re.I)),
    ("written", re.compile(r"ข้อเขียน|อัตนัย|written", re.I)),
    ("interview", re.compile(r"สัมภาษณ์|interview", re.I)),
    ("practical", re.compile(r"สอบ(?:การ|ภาค|ทักษะ)*\s*ปฏิบัติ|ภาคปฏิบัติ|ปฏิบัติงานจริง|practical", re.I)),
    ("portfolio", re.compile(r"แฟ้มสะสม(?:ผล)?(?:งาน)?|แฟ้มผลงาน|portfolio", re.I)),
    ("observation", re.compile(r"สังเกต|observation", re.I)),
    ("simulation", re.compile(r"สถานการณ์จำลอง|จำลองสถานการณ์|simulation", re.I)),
)


_KNOWN = "ข้อสอบปรนัย, ข้อสอบข้อเขียน, สัมภาษณ์, สอบปฏิบัติ, แฟ้มสะสมผลงาน, สังเกต, สถานการณ์จำลอง"


def named_methods(text: str) -> list[tuple[int, int, Method]]:
    """Return the methods that a text names, each with the start and end of its words."""
    found = [(m, method) for method, pattern in _METHODS for m in pattern.finditer(text)]
    return sorted((match.start(), match.end(), method) for match, method in found)


_TESTING = r"(?:สอบ|ทดสอบ|ประเมิน|สาธิต|นำเสนอ|บทบาทสมมติ)"
TESTING = re.compile(rf"^(?:โดย)?(?:การ|ใช้|วิธี|ข้อ|แบบ)*{_TESTING}")
_EVERYONE = re.compile(r"^(?:ทุก|ผู้(?:เข้า)?(?:รับการ)?(?:ประเมิน|ทดสอบ)|หน่วยสมรรถนะนี้|การประเมิน)")
_CUT = re.compile(r"\s*(?::|(?<=\s)[-–](?=\s)|(?:ให้|โดย|ใช้|กำหนดให้)*\s*(?:ทดสอบ|ประเมิน|การสอบ|สอบ|ใช้|โดย))")
_BEHIND_NAME = re.compile(rf"\s*(?:[:(–-]|(?:ให้|ใช้|โดย|กำหนด|วิธี|การ|ข้อ|แบบ)+|{_TESTING})")
_FOR = re.compile(r"\s*สำหรับ\s*")
_NEXT = re.compile(r"\s*(?:[,/;]|และ|กับ|หรือ)\s*(?:สำหรับ)?|\s*สำหรับ")
_SPELT_ALIKE = 0.85


class AssessedPerson(NamedTuple):
    """The people of an occupation (None: any) at some levels (empty: all)."""

    occupation: str | None
    levels: tuple[int, ...]


NOBODY = AssessedPerson(None, ())


class Who(NamedTuple):
    """The people whose assessment a line describes, and the position after which words may name methods."""

    people: tuple[AssessedPerson, ...]
    end: int = 0


def read_who(text: str, known: Sequence[str]) -> Who | None:
    """Return the occupations and levels that a line names; None if it names neither."""
    statements = stated(text)
    levels = tuple(sorted({level for s in statements for level in s.levels}))
    if several := _several(text, statements, known):
        return Who(several, statements[-1].end)
    # A line with nothing but an occupation of section 5 and levels. A different spelling counts only beside a
    # level or `สำหรับ`; otherwise the line may name a method of the trade.
    opened = _FOR.match(text)
    whole = _name(without_levels(text[opened.end() if opened else 0 :]))
    alike = _same if opened or stated(text) else _equal
    if whole and any(alike(whole, other) for other in known):
        return Who((AssessedPerson(whole, levels),), len(text))
    if not statements and (name := _opening_name(text, known)):
        return Who((AssessedPerson(name, ()),), text.index(name) + len(name))
    named = re.search(r"สำหรับ", text)
    if not statements and not (named and named.start() == 0):
        return None
    end = statements[0].start if statements else len(text)
    before = text[named.end() if named and named.start() < end else 0 : end]
    if not statements and (cut := _CUT.search(before)):
        before = before[: cut.start()]
    name = _name(before)
    if name and any(_same(name, other) for other in known):
        return Who((AssessedPerson(name, levels),), end if named_methods(name) else 0)
    if named_methods(name) or _EVERYONE.match(name) or TESTING.match(name) or not name:
        return Who((AssessedPerson(None, levels),))
    return Who((AssessedPerson(name, levels),))


def cut_at_people(text: str, known: Sequence[str]) -> list[str]:
    """Split a line before each group of people that follows the methods of another group."""
    statements = stated(text)
    if len(statements) < 2:
        return [text]
    cuts = [0]
    methods_first = bool(named_methods(text[: statements[0].start]))
    for before, statement in pairwise(statements):
        between = text[before.end : statement.start]
        methods = named_methods(between)
        if methods and methods_first:
            cuts.append(before.end)
        elif methods and (at := _next_name(between, methods[-1][1], known)) is not None:
            cuts.append(before.end + at)
    return [text[a:b] for a, b in zip(cuts, [*cuts[1:], len(text)], strict=True)]


def runs_on(text: str) -> bool:
    """Return whether methods are between two statements of levels, so that it is unclear which one they
    belong to.
    """
    return any(named_methods(text[a.end : b.start]) for a, b in pairwise(stated(text)))


def _next_name(between: str, methods_end: int, known: Sequence[str]) -> int | None:
    """Return the start of the name before the next level: at the end, at `สำหรับ` or at a known name;
    else None."""
    if not between[methods_end:].strip(" ,;:"):
        return len(between)
    if (found := between.rfind("สำหรับ")) >= methods_end:
        return found
    ends = (name for name in known if between.rstrip().endswith(name))
    name = max(ends, key=len, default=None)
    return None if name is None else len(between.rstrip()) - len(name)


def _several(text: str, statements: Sequence[Stated], known: Sequence[str]) -> tuple[AssessedPerson, ...]:
    """Return several occupations in a row, each followed by its own levels; empty if the line is not such a
    row.
    """
    if len(statements) < 2:
        return ()
    parts = [text[: statements[0].start], *(text[a.end : b.start] for a, b in pairwise(statements))]
    names = [_name(_NEXT.sub("", part, count=1)) for part in parts]
    for part, name in zip(parts, names, strict=True):
        follows = part is parts[0] or _NEXT.match(part)
        strange = not follows or named_methods(name)
        if not name or (strange and not any(_same(name, other) for other in known)):
            return ()
    return tuple(AssessedPerson(name, s.levels) for name, s in zip(names, statements, strict=True))


def _opening_name(text: str, known: Sequence[str]) -> str | None:
    """Return the occupation of section 5 with which the line begins, if methods follow it; else None."""
    found = _FOR.match(text)
    rest = text[found.end() if found else 0 :]
    for name in sorted(known, key=len, reverse=True):
        behind = rest[len(name) :]
        if rest.startswith(name) and (
            _BEHIND_NAME.match(behind)
            or any(not behind[:start].strip() for start, _, _ in named_methods(behind))
        ):
            return name
    return None


def _name(text: str) -> str:
    return unmarked(text).strip(" ,;:–—-").rstrip("([ ")


def _equal(name: str, known: str) -> bool:
    return _solid(name) == _solid(known)


def _solid(name: str) -> str:
    return name.replace(" ", "").removeprefix("อาชีพ")


def _same(name: str, known: str) -> bool:
    """Return whether two spellings mean the same occupation. Words for a method do not count as
    misspellings.
    """
    if _equal(name, known):
        return True
    a, b = _solid(name), _solid(known)
    strange = len(named_methods(a)) != len(named_methods(b))
    return not strange and SequenceMatcher(None, a, b, autojunk=False).ratio() >= _SPELT_ALIKE


Body = Sequence[tuple[int, str]]
_NEGATED = re.compile(r"(?:ไม่(?:มี|ต้อง|ใช้|รวม|ใช่|เป็น|ได้)?|ยกเว้น|แทน)(?:การ|ที่|เป็น|ใช้|ข้อสอบ|แบบ|สอบ|ทดสอบ|\s)*$")
_NO_METHOD = re.compile(r"เกณฑ์|คะแนน|(?:ระยะ)?เวลา|จำนวน|หมายเหตุ|ผู้(?:เข้า)?(?:รับการ)?ประเมิน(?:ต้อง|จะ)")
_INTRODUCTION = re.compile(
    r"การประเมิน(?:ใน|ของ|สำหรับ)?หน่วย(?:สมรรถนะ)?(?:นี้)?.*(?:ดังนี้|ดังต่อไปนี้|ต่อไปนี้)|^วิธีการประเมิน(?:ผล)?\s*:?$|^(?:ให้)?ใช้วิธี.*(?:ดังนี้|ต่อไปนี้)$"
)


class Segment(NamedTuple):
    """A bullet or line of the section, with the sub-number before it."""

    line: int
    text: str
    number: int | None
    listed: bool
    head: bool = False
    counted_from: int = 0
    """The position after which words may name methods."""


class AssessedGroup(NamedTuple):
    """People who are assessed in the same way, and the segments that describe how."""

    section: str
    occupation: str | None
    levels: tuple[int, ...]
    segments: tuple[Segment, ...]
    head: bool


class Assessed(NamedTuple):
    """The content of section 18; the quotes are in the order of the entries."""

    assessment: tuple[Assessment, ...]
    quotes: tuple[AssessmentQuote, ...]
    levels: tuple[int, ...]
    warnings: tuple[ReadingWarning, ...]


def read_assessment(body: Body, printed_number: int | None, known: Sequence[str]) -> Assessed:
    """Return the groups and methods of section 18; `known` are the occupations of section 5."""
    if nothing(squeeze(" ".join(text for _, text in body).replace("|", " "))):
        warning = ReadingWarning(kind="assessment_not_stated", message=tell("section 18 contains no method"))
        return Assessed((), (), (), (warning,))
    segments = [
        segment._replace(text=unmarked(text), number=segment.number if i == 0 else None)
        for segment in _segments(body, printed_number)
        for i, text in enumerate(cut_at_people(segment.text, known))
    ]
    warnings: list[ReadingWarning] = []
    groups = _merged(_groups(segments, known))
    entries, quotes = [], []
    for group in groups:
        methods = _methods(group, warnings)
        if not methods:
            message = tell("section {section} contains no method that examgen knows", section=group.section)
            warnings.append(_warn("method_unknown", message, group.segments[0]))
            continue
        entries.append(Assessment(occupation=group.occupation, levels=group.levels, methods=methods))
        text = squeeze(" · ".join(segment.text for segment in group.segments))
        quotes.append(AssessmentQuote(section=group.section, text=text))
    levels = {level for segment in segments for s in stated(segment.text) for level in s.levels}
    warnings += [
        _warn("level_unclear", tell("the level in {text} is uncertain", text=repr(s.text)), s)
        for s in segments
        if any(x.unclear for x in stated(s.text)) or leftover(s.text) or runs_on(s.text)
    ]
    return Assessed(tuple(entries), tuple(quotes), tuple(sorted(levels)), tuple(dict.fromkeys(warnings)))


def _segments(body: Body, printed_number: int | None) -> list[Segment]:
    """Return the lines, split before sub-numbers and bullets, without introductions."""
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
            text = piece[end:stop]
            certain = re.escape(BULLETS.replace("*", "").replace("·", ""))
            parts = re.split(rf"(?=[{certain}])|(?<=[\sก-๙])(?=\d\)\s*\S)", text.replace("|", " "))
            parts = [part for part in parts if part.strip() and unmarked(part)]
            entries = []
            for i, part in enumerate(parts):
                listed = squeeze(part) != unmarked(part)
                entries.append(Segment(line, unmarked(part), number if i == 0 else None, listed))
            if number is not None and not entries:
                entries.append(Segment(line, "", number, False))
            segments += [
                s
                for s in entries
                if not _INTRODUCTION.search(s.text) or s.number is not None or stated(s.text)
            ]
    # A sub-number alone on its line belongs to the text of the next line.
    joined: list[Segment] = []
    for segment in segments:
        if joined and joined[-1].number is not None and not joined[-1].text:
            joined[-1] = Segment(segment.line, segment.text, joined[-1].number, False)
        else:
            joined.append(segment)
    return joined


def _groups(segments: Sequence[Segment], known: Sequence[str]) -> list[AssessedGroup]:
    groups: list[tuple[tuple[AssessedPerson, ...], AssessedGroup]] = []
    section, under = "18", None
    for segment in segments:
        if segment.number is not None:
            section = f"18.{segment.number}"
        who = read_who(segment.text, known)
        if who is not None:
            first = next(iter(stated(segment.text)), None)
            before = segment.text[: first.start] if first else segment.text
            alone = who.people[0].occupation is None and segment.number is None and not before.strip(" (")
            people = (who.people[0]._replace(occupation=under),) if under and alone else who.people
            if who.people[0].occupation or not people[0].occupation:
                under = who.people[0].occupation if who.people[0].levels == () else None
            head = segment._replace(head=True, counted_from=who.end)
            groups.append((people, AssessedGroup(section, None, (), (head,), True)))
        elif groups and segment.number is None:
            people, group = groups[-1]
            groups[-1] = (people, group._replace(segments=(*group.segments, segment)))
        else:
            groups.append(((NOBODY,), AssessedGroup(section, None, (), (segment,), False)))
    return [
        group._replace(occupation=person.occupation, levels=person.levels)
        for people, group in _without_empty_heads(groups)
        for person in people
    ]


def _without_empty_heads(
    groups: Sequence[tuple[tuple[AssessedPerson, ...], AssessedGroup]],
) -> list[tuple[tuple[AssessedPerson, ...], AssessedGroup]]:
    """Return the groups without lines that name only an occupation whose levels follow on separate lines."""
    kept = []
    for i, (people, group) in enumerate(groups):
        after = groups[i + 1][0] if i + 1 < len(groups) else ()
        parted = after and not people[0].levels and after[0].levels
        same = parted and people[0].occupation and after[0].occupation == people[0].occupation
        if not (same and len(group.segments) == 1 and not _counted(group.segments[0])):
            kept.append((people, group))
    return kept


def _counted(segment: Segment) -> list[tuple[int, int, Method]]:
    """Return the methods that a segment names outside the names of occupations, with their positions."""
    return [found for found in named_methods(segment.text) if found[0] >= segment.counted_from]


def _merged(groups: list[AssessedGroup]) -> list[AssessedGroup]:
    """Merge the groups of the same people; groups without people count as the same."""
    merged: dict[tuple[str | None, tuple[int, ...]], AssessedGroup] = {}
    for group in groups:
        key = (group.occupation, group.levels)
        if key in merged:
            first = merged[key]
            shared = first.section if group.head and first.section == group.section else "18"
            merged[key] = first._replace(segments=(*first.segments, *group.segments), section=shared)
        else:
            merged[key] = group
    everyone = merged.get((None, ()))
    if everyone and len(merged) > 1 and not any(_counted(s) for s in everyone.segments):
        del merged[(None, ())]
    return list(merged.values())


def _methods(group: AssessedGroup, warnings: list[ReadingWarning]) -> tuple[Method, ...]:
    """Return the methods in order of first mention. If there is an objective test, `ข้อเขียน` means that
    test.
    """
    objective = any(method == "written_objective" for s in group.segments for *_, method in _counted(s))
    methods: list[Method] = []
    for segment in group.segments:
        named = _counted(segment)
        for at, _, method in named:
            if _NEGATED.search(segment.text[:at]):
                message = tell(
                    "{text} seems to exclude a method, so it was not counted", text=repr(segment.text)
                )
                warnings.append(_warn("method_negated", message, segment))
                continue
            on_paper = objective and method == "written" and not segment.text.startswith("อัตนัย", at)
            methods.append("written_objective" if on_paper else method)
        if not named and _NO_METHOD.match(segment.text):
            warnings.append(
                _warn("text_unplaced", tell("{text} contains no method", text=repr(segment.text)), segment)
            )
        elif not named and not segment.head and (TESTING.match(segment.text) or segment.listed):
            warnings.append(
                _warn(
                    "method_unknown",
                    tell(
                        "{text} is not a method known to examgen. Known words are {known}.",
                        text=repr(segment.text),
                        known=_KNOWN,
                    ),
                    segment,
                )
            )
            methods.append("other")
    return tuple(dict.fromkeys(methods))


def _warn(kind: str, message: str, segment: Segment) -> ReadingWarning:
    return ReadingWarning(kind=kind, message=message, line=segment.line, text=segment.text)
