"""A small exam of all that packages carry, and answers to it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from examgen.assembly.assemble import assemble, bank_sha256
from examgen.core.exam.writing import exam_files, write_package
from examgen.core.models.item import Stimulus
from tests.samples import blueprint, item_data, shelf
from tests.sittings import write_table

PICTURE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60"><rect width="90" height="60" fill="#fff"/>'
    b'<path d="M5 55 L45 5 L85 55 Z" fill="none" stroke="#000" stroke-width="3"/>'
    b'<g display="none"><text>the-right-one-is-b</text></g></svg>'
)
TABLE = "น้ำหนักตามตาราง\n\n| ชิ้น | กก. |\n|---|--:|\n| ก่อน | 10 |\n| หลัง | 12.5 |\n\nข้อใดถูก"
_CURRENTS = (
    r"$I = \frac{P}{\sqrt{3} U \cos\varphi}$",
    r"$I = \frac{P}{3 U}$",
    r"$I = \sqrt{3} \frac{P}{U}$",
    r"$I = \frac{P \cos\varphi}{U}$",
)


def screen_items() -> list[dict[str, Any]]:
    """Items with a table, a picture, a formula, a shared text, several right answers; and pilot items."""
    odd: list[dict[str, Any]] = [
        {"stem": TABLE},
        {"stem": "ดูภาพ ![แผนผัง](the-right-one-is-b.svg) พื้นที่เท่าใด"},
        {
            "stem": r"มอเตอร์สามเฟสใช้กำลัง $P$ ที่แรงดัน $U$ เมื่อ $\cos\varphi \le 1$ & $I < 10$ กระแส $I$ คือข้อใด",
            "options": dict(zip("abcd", _CURRENTS, strict=True)),
        },
        {"options": {o: f"$x_{n}^2$ <ม.>" for n, o in enumerate("abcd")}},
        {"shared_stimulus": "case-1", "key": ["a", "c"]},
        {"anchored": ["d"]},
    ]
    plain = [item_data(pc, n) for pc in ("E1.01", "E1.02", "E2.01") for n in range(1, 6)]
    pilot = [item_data("E1.02", n, status="pilot") for n in range(61, 64)]
    return [*(item_data("E1.01", 31 + n, **one) for n, one in enumerate(odd)), *plain, *pilot]


def screen_exam(folder: Path, **asked: Any) -> Path:
    """A package of forms A and B, of twelve questions and a pilot item each; other seeds, other forms."""
    bank = shelf(items=screen_items())
    bank = bank.model_copy(update={"stimuli": (Stimulus(id="case-1", text="กรณี\n\n![](plan.svg)"),)})
    rule: dict[str, Any] = {
        "forms": 2, "items": 12, "pilot": 1, "overlap": 12, "statuses": ["draft"],
        "sets": [{"name": "odd", "items": [f"E1.01-{n:03d}" for n in range(31, 37)], "min": 6}],
    }  # fmt: skip
    sat = assemble([bank], *blueprint(**rule | asked))
    media = {
        ("T-1", "the-right-one-is-b.svg"): PICTURE,
        ("T-1", "plan.svg"): PICTURE.replace(b"#000", b"#900"),
    }
    write_package(folder, exam_files(sat, bank_sha256([bank]), media))
    return folder


def wide(path: Path, rows: Sequence[tuple[str, str, Sequence[str]]]) -> Path:
    """Answers as a grader's table."""
    heads = ["candidate_id", "form", *(f"Q{n}" for n in range(1, 1 + len(rows[0][2])))]
    return write_table(path, [[one, form, *marks] for one, form, marks in rows], heads)
