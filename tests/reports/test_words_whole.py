"""Words of pages are never cut by markup or by setting: boxes around parts of words look like their text."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from examgen.rendering.language import messages
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import DECISIONS, STATUSES
from tests.papers.pages import TEMPLATES

ROOT = Path(__file__).parents[2]
SHEETS = sorted([*(ROOT / "templates").glob("*.css"), *(ROOT / "templates").glob("*.html")])
LOOKS = re.compile(
    r"(?<![\w-])(font|color|background|display|position|float|padding|margin|border|writing-mode)"
)
ANY_SPAN = re.compile(r"(?:^|\s)span(?::(?!not\(\.unbroken\)|empty\b)[a-z-]+(?:\([^)]*\))?)*$")
"""A selector of spans wherever below, those that hold parts of words together among them; empty ones hold none."""
CHILD = re.compile(r"[>+~]\s*span[^\s]*$")


def rules(path: Path) -> list[tuple[str, str]]:
    """Each selector of a style sheet, or of those of a page, with what is said of it."""
    text = path.read_text("utf-8")
    if path.suffix == ".html":
        text = "\n".join(re.findall(r"<style>(.*?)</style>", text, re.DOTALL))
    text = re.sub(r"/\*.*?\*/|\{[{%#].*?[}%#]\}", "", text, flags=re.DOTALL)
    found = re.findall(r"([^{}]+)\{([^{}]*)\}", text)
    return [(one.strip(), said) for selectors, said in found for one in selectors.split(",")]


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_no_style_meets_the_boxes_that_hold_parts_of_words(path: Path) -> None:
    """`.tile span {font-size}` set ไม่ผ่า|น in two sizes: its first letters stand in a span of their own."""
    met = [
        selector
        for selector, said in rules(path)
        if ANY_SPAN.search(selector) and not CHILD.search(selector) and LOOKS.search(said)
        if "inherit" not in said
    ]
    assert met == []


def test_decisions_and_statuses_stand_in_one_piece() -> None:
    for browsers in (False, True):
        set_line = line_setter(TEMPLATES, browsers=browsers)
        for name, one in {**DECISIONS, **STATUSES}.items():
            pieces = [html.unescape(piece) for piece in re.split("<[^>]*>", str(set_line(one.word.th)))]
            assert any(piece.endswith("ผ่าน") for piece in pieces) == one.word.th.endswith("ผ่าน"), name
            assert "".join(pieces) == one.word.th


def test_no_box_parts_a_letter_from_its_signs() -> None:
    cut = re.compile(r"[ก-ฮเ-ไ](?:<[^>]*>)+[ะ-ฺๅ็-๎]|[เ-ไ](?:<[^>]*>)+[ก-ฮ]")
    for browsers in (False, True):
        set_line = line_setter(TEMPLATES, browsers=browsers)
        for text in messages(TEMPLATES).values():
            shown = str(set_line(text))
            assert cut.search(shown) is None
            assert html.unescape(re.sub("<[^>]*>", "", shown)).replace("\xa0", " ") == text.replace(
                "\xa0", " "
            )
