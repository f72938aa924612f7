"""A line of section 18, and the occupations of section 5 → whose assessment the line opens.

A line opens a group where it names a level, an occupation of section 5 (also one spelt a little
differently) or begins with `สำหรับ`; it may name several occupations, each with its own levels.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import NamedTuple

from examgen.standards.levels import Stated, stated, without_levels
from examgen.standards.lines import unmarked
from examgen.standards.methods import named_methods

_TESTING = r"(?:สอบ|ทดสอบ|ประเมิน|สาธิต|นำเสนอ|บทบาทสมมติ)"
TESTING = re.compile(rf"^(?:โดย)?(?:การ|ใช้|วิธี|ข้อ|แบบ)*{_TESTING}")
_EVERYONE = re.compile(r"^(?:ทุก|ผู้(?:เข้า)?(?:รับการ)?(?:ประเมิน|ทดสอบ)|หน่วยสมรรถนะนี้|การประเมิน)")
_CUT = re.compile(r"\s*(?::|(?<=\s)[-–](?=\s)|(?:ให้|โดย|ใช้|กำหนดให้)*\s*(?:ทดสอบ|ประเมิน|การสอบ|สอบ|ใช้|โดย))")
_BEHIND_NAME = re.compile(rf"\s*(?:[:(–-]|(?:ให้|ใช้|โดย|กำหนด|วิธี|การ|ข้อ|แบบ)+|{_TESTING})")
_FOR = re.compile(r"\s*สำหรับ\s*")
_NEXT = re.compile(r"\s*(?:[,/;]|และ|กับ|หรือ)\s*(?:สำหรับ)?|\s*สำหรับ")
_SPELT_ALIKE = 0.85


class Person(NamedTuple):
    """Those of an occupation (null: of any) at some levels (none: at every one)."""

    occupation: str | None
    levels: tuple[int, ...]


NOBODY = Person(None, ())


class Who(NamedTuple):
    """Whose assessment a line opens, and where the words begin that may name methods."""

    people: tuple[Person, ...]
    end: int = 0


def read_who(text: str, known: Sequence[str]) -> Who | None:
    """Occupations and levels that a line names; None where it names neither."""
    statements = stated(text)
    levels = tuple(sorted({level for s in statements for level in s.levels}))
    if several := _several(text, statements, known):
        return Who(several, statements[-1].end)
    if name := _whole_name(text, known):
        return Who((Person(name, levels),), len(text))
    if not statements and (name := _opening_name(text, known)):
        return Who((Person(name, ()),), text.index(name) + len(name))
    named = re.search(r"สำหรับ", text)
    if not statements and not (named and named.start() == 0):
        return None
    end = statements[0].start if statements else len(text)
    before = text[named.end() if named and named.start() < end else 0 : end]
    if not statements and (cut := _CUT.search(before)):
        before = before[: cut.start()]
    name = _name(before)
    if name and any(_same(name, other) for other in known):
        return Who((Person(name, levels),), end if named_methods(name) else 0)
    if named_methods(name) or _EVERYONE.match(name) or TESTING.match(name) or not name:
        return Who((Person(None, levels),))
    return Who((Person(name, levels),))


def cut_at_people(text: str, known: Sequence[str]) -> list[str]:
    """A line cut where the next people begin behind the methods of those before them."""
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
    """Whether methods stand between two statements of levels, so that it is not certain whose they are."""
    return any(named_methods(text[a.end : b.start]) for a, b in pairwise(stated(text)))


def _next_name(between: str, methods_end: int, known: Sequence[str]) -> int | None:
    """Where the name before the next level begins: nowhere but at its end, at `สำหรับ`, or a known name."""
    if not between[methods_end:].strip(" ,;:"):
        return len(between)
    if (found := between.rfind("สำหรับ")) >= methods_end:
        return found
    ends = (name for name in known if between.rstrip().endswith(name))
    name = max(ends, key=len, default=None)
    return None if name is None else len(between.rstrip()) - len(name)


def _several(text: str, statements: Sequence[Stated], known: Sequence[str]) -> tuple[Person, ...]:
    """Occupations that follow each other, each before its own levels."""
    if len(statements) < 2:
        return ()
    parts = [text[: statements[0].start], *(text[a.end : b.start] for a, b in pairwise(statements))]
    names = [_name(_NEXT.sub("", part, count=1)) for part in parts]
    for part, name in zip(parts, names, strict=True):
        follows = part is parts[0] or _NEXT.match(part)
        strange = not follows or named_methods(name)
        if not name or (strange and not any(_same(name, other) for other in known)):
            return ()
    return tuple(Person(name, s.levels) for name, s in zip(names, statements, strict=True))


def _whole_name(text: str, known: Sequence[str]) -> str | None:
    """The name where the line holds nothing but an occupation of section 5 and levels.

    Another spelling counts only beside a level or `สำหรับ`; else the line may be a method of their trade.
    """
    named = _FOR.match(text)
    name = _name(without_levels(text[named.end() if named else 0 :]))
    alike = _same if named or stated(text) else _equal
    return name if name and any(alike(name, other) for other in known) else None


def _opening_name(text: str, known: Sequence[str]) -> str | None:
    """The occupation of section 5 with which the line begins, the methods following."""
    found = _FOR.match(text)
    rest = text[found.end() if found else 0 :]
    for name in sorted(known, key=len, reverse=True):
        behind = rest[len(name) :]
        if rest.startswith(name) and (_BEHIND_NAME.match(behind) or _begins_with_method(behind)):
            return name
    return None


def _begins_with_method(text: str) -> bool:
    return any(not text[:start].strip() for start, _, _ in named_methods(text))


def _name(text: str) -> str:
    return unmarked(text).strip(" ,;:–—-").rstrip("([ ")


def _equal(name: str, known: str) -> bool:
    return _solid(name) == _solid(known)


def _solid(name: str) -> str:
    return name.replace(" ", "").removeprefix("อาชีพ")


def _same(name: str, known: str) -> bool:
    """Whether two spellings mean one occupation; words of a method are not misspellings."""
    if _equal(name, known):
        return True
    a, b = _solid(name), _solid(known)
    strange = len(named_methods(a)) != len(named_methods(b))
    return not strange and SequenceMatcher(None, a, b, autojunk=False).ratio() >= _SPELT_ALIKE
