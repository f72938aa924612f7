"""The sheet that subject-matter experts review: items with key and rationale, marked confidential."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from examgen.core.models.field_types import MOST_ITEMS
from examgen.core.models.item import BankUnit, Item, Stimulus
from examgen.core.models.standard import Unit
from examgen.core.problems import Refused
from examgen.papers.preview import review_sheet, review_sheets, sample
from tests.papers.pages import TEMPLATES, bare, item, page_texts
from tests.samples import unit_data

UNIT = Unit.model_validate(unit_data())


def sheet(items: Sequence[Item], **more: Any) -> bytes:
    [alone] = review_sheets(items)
    return review_sheet(UNIT, alone, TEMPLATES, **more)


def refused(*items: Item) -> list[tuple[str | None, str | None, str]]:
    with pytest.raises(Refused) as refusal:
        sheet(items)
    return [(problem.item, problem.field, problem.code) for problem in refusal.value.problems]


def test_every_page_is_confidential_and_shows_all_that_is_judged() -> None:
    pages = page_texts(sheet([item(n) for n in range(1, 9)]))
    assert len(pages) > 1
    assert all("CONFIDENTIAL" in page for page in pages)
    text = "".join(pages)
    for part in ("ระบุสาเหตุ", "คำถามที่ 3 ของเกณฑ์", "ตัวเลือก d ของ E1.01-3", "คู่มือทดลอง", "apply", "draft"):
        assert bare(part) in text, part
    assert text.count(bare("เฉลย")) >= 8
    assert bare("Rate and comment in the workbook") in text
    assert bare("Signature") not in text  # what is written on paper goes on no record


def test_neighbours_share_their_stimulus() -> None:
    case = (Stimulus(id="case", text="กรณีศึกษาของอาคาร"),)
    items = [item(1), item(2, shared_stimulus="case"), item(3, shared_stimulus="case"), item(4)]
    assert "".join(page_texts(sheet(items, stimuli=case))).count(bare("กรณีศึกษา")) == 1


def test_what_cannot_be_printed_is_told_all_at_once() -> None:
    told = refused(
        item(1, rationale=dict.fromkeys("abcd", "ถูก 😀"), reference="漢"), item(2, stem="ดูภาพ ![](plan.png)")
    )
    assert sorted(told) == sorted(
        [
            ("E1.01-001", "reference", "glyph-missing"),
            *(("E1.01-001", f"rationale.{option}", "glyph-missing") for option in "abcd"),
            ("E1.01-002", "stem", "image-missing"),
        ]
    )


def test_more_items_than_an_exam_may_hold_can_be_reviewed() -> None:
    items = [item(n) for n in range(1, MOST_ITEMS + 2)]
    assert len(sample(BankUnit(unit=UNIT, items=tuple(items)), items).forms[0].items) == MOST_ITEMS + 1


def test_a_picture_is_printed_and_the_same_items_give_the_same_bytes(tmp_path: Path) -> None:
    drawn = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40"/></svg>'
    )
    (tmp_path / "plan.svg").write_text(drawn, "utf-8")
    items = [item(1, stem="ดูภาพ ![](plan.svg) แล้วตอบ")]
    data = sheet(items, media=[tmp_path])
    assert data == sheet(items, media=[tmp_path])
    with pypdfium2.PdfDocument(data) as pdf:
        assert len(pdf) == 1


def test_markup_of_an_item_is_text_never_html() -> None:
    [page] = page_texts(sheet([item(1, reference="<b>เล่ม</b> 1", stem="<script>x</script> ข้อใด")]))
    assert bare("<b>เล่ม</b> 1") in page
    assert "<script>" in page
