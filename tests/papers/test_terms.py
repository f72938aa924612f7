"""A term is one term: the Thai of messages has the same word wherever the English has, and none that is another
word for it."""

from __future__ import annotations

import re

import pytest

from examgen.core.catalogue import translations
from examgen.rendering.language import CATALOGUE
from tests.papers.pages import TEMPLATES

TERMS = [
    # what the English says, the Thai that must stand there, Thai that stands for it nowhere
    (r"\b(?:the|one SEM of the) cut\b(?!,)|^cut\b", "คะแนนจุดตัด", r"คะแนนผ่าน"),
    (
        r"\b[Ss]tandard error of measurement\b|\bSEM at the cut\b",
        "ความคลาดเคลื่อนมาตรฐานของการวัด",
        r"ค่าคลาดเคลื่อน",
    ),
    (r"\belements?\b", "สมรรถนะย่อย", r"หน่วยย่อย"),
    (r"\b[Cc]entres?\b", "ศูนย์", r"สนามสอบ"),
    (r"\bquarantine\b", "กักไว้", r"กักกัน"),
    (r"\b(?:on the|the|a) roster\b", "รายชื่อ", r"บัญชีรายชื่อผู้ลงทะเบียน"),
]
SAID = [one for one in translations(TEMPLATES[0] / CATALOGUE) if one.thai]


@pytest.mark.parametrize(("english", "thai", "never"), TERMS, ids=[thai for _, thai, _ in TERMS])
def test_each_term_has_one_translation(english: str, thai: str, never: str) -> None:
    found = [one for one in SAID if re.search(english, one.english)]
    assert found
    assert {one.english: one.thai for one in found if thai not in one.thai} == {}
    assert {one.english: one.thai for one in SAID if re.search(never, one.thai)} == {}


def test_the_cut_is_a_score_in_every_report_of_results() -> None:
    """จุดตัด alone is said of no score."""
    alone = re.compile("(?<!คะแนน)จุดตัด")
    assert {one.english: one.thai for one in SAID if alone.search(one.thai)} == {}
