"""Items drawn by lot, through every format that is both written and read: equal, or different where told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.core.models.item import Item
from examgen.interchange import formats, gift, markup, moodle_xml, qti_writing
from examgen.interchange.exporting import WRITERS
from examgen.interchange.questions import Question
from examgen.interchange.writing import WrittenItem, xhtml
from tests.effort import examples

PICTURES = {"plan.png": b"\x89PNG\r\n\x1a\nplan", "แผน-2.jpg": b"\xff\xd8\xffplan"}
WITHOUT_PICTURES, WITHOUT_ANCHORS = ("gift",), ("gift", "moodle-xml")
"""Formats that leave them behind, as the table of docs/interchange.md says."""

_SIGNS = st.text(st.sampled_from("กข่าำ๑ ab1.-*_`$[]()!&<>|#\\~={}:%/,\"'@+—“✓"), min_size=1, max_size=24)
_WORDS = st.sampled_from(
    ["[plain] ข้อความ", "[html]x", "::ชื่อ::", "// หมายเหตุ", "{=ก ~ข}", "%50%", "->", "]]>", "&nbsp;", "<b>ไม่</b>",
     "@@PLUGINFILE@@/x", "ก. ข. ค.", "เฉลย ก", "Answer: B", "$CATEGORY: x", "`r 1+1`", "====", "\\begin{a}", "C:\\new\\table"]
)  # fmt: skip
_RICH = st.sampled_from(
    ["**หนา** *เอียง* คั่น", "ค่า $x^{2}$ กับ $\\frac{a}{b}$", "**ก** **ข**", "a `x  y` b", "10 \\$ ถึง 20 \\$"]
)
_LINE = st.one_of(_SIGNS, _WORDS).map(lambda text: markup.from_plain(text, "lines").markdown)
_OPTION = st.one_of(_LINE, _RICH, st.just("![รูป](plan.png)")).filter(str.strip)
_BLOCK = st.one_of(
    st.one_of(_SIGNS, _WORDS).map(lambda text: markup.from_plain(text, "stem").markdown),
    _RICH,
    st.sampled_from(
        ["- หนึ่ง\n- สอง $y$", "1. ก่อน\n2. หลัง", "| ก | ข |\n|---|---:|\n| 1 | **2** |", "![ผัง](แผน-2.jpg)", "$$\\sum_i i$$"]
    ),
).filter(str.strip)  # fmt: skip


@st.composite
def sent(draw: st.DrawFn) -> WrittenItem:
    """An item with whatever an item may hold, its stimulus and its pictures."""
    options = draw(st.lists(_OPTION, min_size=2, max_size=5, unique_by=lambda one: re.sub(r"\W", "", one)))
    names = "abcde"[: len(options)]
    key = draw(st.lists(st.sampled_from(names), min_size=1, max_size=len(names) - 1, unique=True))
    stem = "\n\n".join(["ข้อใดถูก", *draw(st.lists(_BLOCK, max_size=2, unique=True)), "จงเลือก"])
    item = Item(
        id="X.01-001",
        pcs=("X.01",),
        levels=(3,),
        cognitive="apply",
        stem=stem,
        options=dict(zip(names, options, strict=True)),
        key=tuple(sorted(key)),
        rationale={name: draw(st.one_of(_LINE, _RICH).filter(str.strip)) for name in names},
        reference=draw(_SIGNS.filter(str.strip)),
        status="draft",
        anchored=draw(st.sampled_from([(), (names[-1],)])),
    )
    shown = {name: data for name, data in PICTURES.items() if name in stem or name in "".join(options)}
    return WrittenItem(item, draw(st.sampled_from([None, ("S1", "**กรณี** ศึกษา\n\n- ก\n- ข")])), shown)


def written(one: WrittenItem, name: str) -> bytes:
    """A file of the format that holds the item."""
    if name in ("qti22", "qti30"):
        return qti_writing.write([one], "X", name)  # type: ignore[arg-type]
    writer: Any = {"moodle-xml": moodle_xml, "gift": gift}[name]
    return bytes(writer.write([one], "X"))


def _told(text: str, field: str = "options.a") -> str:
    """A text as a reader sees it: its signs and marks, however Markdown spells them (`\\$`, `$`)."""
    return re.sub(r"\s+", " ", xhtml(text, field, str, "latex")).strip()


def _came(question: Question, name: str, pictures: Mapping[str, bytes]) -> dict[str, Any]:
    called = {data: own for own, data in pictures.items()}

    def named(text: str, field: str = "options.a") -> str:
        for one in question.pictures:
            text = text.replace(f"]({one.name})", f"]({called.get(one.data or b'', one.name)})")
        return _told(text, field)

    return {
        "stem": named(question.stem.markdown, "stem"),
        "options": [named(one.text.markdown) for one in question.choices],
        "right": question.right,
        "rationale": [named(one.feedback.markdown) if one.feedback else "" for one in question.choices],
        "tags": set(question.tags),
        "fixed": [one.fixed for one in question.choices],
    }


def _sent(one: WrittenItem, name: str) -> dict[str, Any]:
    item = one.item
    return {
        "stem": _told(f"{one.stimulus[1]}\n\n{item.stem}" if one.stimulus else item.stem, "stem"),
        "options": [_told(text) for text in item.options.values()],
        "right": tuple(n for n, option in enumerate(item.options) if option in item.key),
        "rationale": [_told(text) for text in item.rationale.values()],
        "tags": set(one.tags),
        "fixed": [option in item.anchored and name not in WITHOUT_ANCHORS for option in item.options],
    }


@pytest.mark.parametrize("name", sorted(WRITERS.keys() - {"word"}))
@settings(max_examples=examples(48))
@given(one=sent())
def test_any_item_comes_back(one: WrittenItem, name: str) -> None:
    if name in WITHOUT_PICTURES and one.pictures:
        one = one._replace(pictures={})
    read = formats.read(written(one, name), f"x{WRITERS[name]}")
    assert read.set_aside == []
    [question] = read.questions
    assert _came(question, name, one.pictures) == _sent(one, name)
