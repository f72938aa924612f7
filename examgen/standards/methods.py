"""A text of section 18 → the methods of assessment that it names, with their places."""

from __future__ import annotations

import re

from examgen.models import Method

_METHODS: tuple[tuple[Method, re.Pattern[str]], ...] = (
    ("written_objective", re.compile(r"ปรนัย|เลือกตอบ|multiple[ -]?choice", re.I)),
    ("written", re.compile(r"ข้อเขียน|อัตนัย|written", re.I)),
    ("interview", re.compile(r"สัมภาษณ์|interview", re.I)),
    ("practical", re.compile(r"สอบ(?:การ|ภาค|ทักษะ)*\s*ปฏิบัติ|ภาคปฏิบัติ|ปฏิบัติงานจริง|practical", re.I)),
    ("portfolio", re.compile(r"แฟ้มสะสม(?:ผล)?(?:งาน)?|แฟ้มผลงาน|portfolio", re.I)),
    ("observation", re.compile(r"สังเกต|observation", re.I)),
    ("simulation", re.compile(r"สถานการณ์จำลอง|จำลองสถานการณ์|simulation", re.I)),
)


def named_methods(text: str) -> list[tuple[int, int, Method]]:
    """Methods named in a text: where the words begin and end, and the method."""
    found = [(m, method) for method, pattern in _METHODS for m in pattern.finditer(text)]
    return sorted((match.start(), match.end(), method) for match, method in found)
