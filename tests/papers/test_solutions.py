"""The solutions of a form and the book of items to review: everything told, in the order printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from examgen.core.models.form import Exam, Form, PrintedItem
from examgen.core.models.item import Evidence, Use
from examgen.core.problems import Refused
from examgen.papers.key_sheet import in_bank_order, notes, review_book, solutions_book
from examgen.rendering.line_breaks import line_setter
from tests.papers.pages import TEMPLATES, bare, exam, item, page_texts

SET_LINE = line_setter(TEMPLATES)


def text(data: bytes) -> str:
    return "".join(page_texts(data))


def shuffled(**changes: Any) -> Exam:
    """Forms A and B share an item; options are printed d, c, b, a."""
    sample = exam([item(n, **changes) for n in (3, 1, 2)], forms=("A", "B"))
    a, b = (
        tuple(
            printed.model_copy(update={"question": n, "order": ("d", "c", "b", "a")})
            for n, printed in enumerate(items, 1)
        )
        for items in (sample.forms[0].items[:2], sample.forms[0].items[1:])
    )
    return sample.model_copy(update={"forms": (Form(name="A", items=a), Form(name="B", items=b))})


def test_the_solutions_follow_the_printed_order_with_a_reason_for_every_option() -> None:
    sample = shuffled(rationale={o: f"WHY{o}" for o in "abcd"}, reference="SEEBOOK")
    read = text(solutions_book(sample, sample.forms[0], TEMPLATES))
    one, two = read.index(bare("คำถามที่ 3 ของ")), read.index(bare("คำถามที่ 1 ของ"))
    assert one < two  # as form A prints them
    assert "E1.01-002" not in read  # an item of form B
    assert read.count("SEEBOOK") == 2
    first = read[one:two]
    assert [first.index(f"WHY{o}") for o in "dcba"] == sorted(first.index(f"WHY{o}") for o in "abcd")
    assert "Keyก" in first  # d is the key of item 3 and stands first
    assert bare("ระบุสาเหตุ") in first  # the criterion


def test_each_option_is_said_to_be_right_or_wrong_by_its_printed_letter() -> None:
    sample = shuffled(key=["b", "d"])
    note = notes(sample, sample.forms[0], (), SET_LINE)[1]
    assert note.key == "ก, ค"
    assert [(one.letter, one.right) for one in note.reasons] == [
        ("ก", True),
        ("ข", False),
        ("ค", True),
        ("ง", False),
    ]


def test_a_note_without_key_holds_nothing_of_it() -> None:
    sample = shuffled(rationale=dict.fromkeys("abcd", "WHY"), reference="SEEBOOK")
    for note in notes(sample, sample.forms[0], (), SET_LINE, with_key=False).values():
        assert (note.key, note.reference, note.reasons) == ("", "", ())
        assert "WHY" not in str(note)


def test_the_review_book_holds_every_item_once_as_the_bank_has_it() -> None:
    bank = in_bank_order(shuffled())
    [form] = bank.forms
    assert [(p.question, p.item.id, p.order) for p in form.items] == [
        (n, f"E1.01-00{n}", ("a", "b", "c", "d")) for n in (1, 2, 3)
    ]
    read = text(review_book(shuffled(), TEMPLATES))
    for part in ("E1.01-001", "E1.01-002", "E1.01-003", "apply", "draft", "Level3,4", "Reject", "Signature"):
        assert part in read, part
    assert bare("ตัดออก") in read


def test_items_of_one_stimulus_stay_together_in_the_bank_order() -> None:
    items = [item(1), item(2, shared_stimulus="x"), item(3), item(4, shared_stimulus="x")]
    sample = exam(items, stimuli={"x": "กรณี"})
    assert [p.item.id[-1] for p in in_bank_order(sample).forms[0].items] == ["1", "2", "4", "3"]
    assert text(review_book(sample, TEMPLATES)).count(bare("ใช้ข้อมูลต่อไปนี้")) == 1


def test_statistics_stand_in_the_review_book_where_they_are_known() -> None:
    use = Use(administration="T-2568", date="2025-08-01", n=412)
    known = Evidence(facility=0.625, item_rest=None, b=-0.5, uses=(use,))
    sample = exam([item(1), item(2)]).model_copy(update={"evidence": {"E1.01-001": known}})
    read = text(review_book(sample, TEMPLATES))
    assert read.count("Statistics") == 1
    for part in ("Facility0.62", "b-0.50", "T-2568", "n=412"):
        assert part in read, part
    assert "correlation" not in read  # not known


@pytest.mark.long("a paper of a whole bank")
def test_every_page_is_confidential_and_half_a_page_is_left_for_each_item() -> None:
    sample = exam([item(n) for n in range(1, 8)])
    for data in (review_book(sample, TEMPLATES), solutions_book(sample, sample.forms[0], TEMPLATES)):
        pages = page_texts(data)
        assert all("CONFIDENTIAL" in page for page in pages)
        with pypdfium2.PdfDocument(data) as document:
            assert "(ลับ)" in document.get_metadata_value("Title")
    assert [page.count("Reject") for page in page_texts(review_book(sample, TEMPLATES))] == [1, 2, 2, 2]


def test_what_cannot_be_printed_is_told_with_item_and_field_all_at_once(tmp_path: Path) -> None:
    sample = exam(
        [
            item(1, reference="漢", stem="ดู ![](plan.png)"),
            item(2, rationale=dict.fromkeys("abcd", "![](why.png) 😀")),
        ]
    )
    with pytest.raises(Refused) as refusal:
        solutions_book(sample, sample.forms[0], TEMPLATES, [tmp_path])
    assert {(p.item, p.field, p.code) for p in refusal.value.problems} == {
        ("E1.01-001", "reference", "glyph-missing"),
        ("E1.01-001", "stem", "image-missing"),
        *(("E1.01-002", f"rationale.{o}", f"{what}-missing") for o in "abcd" for what in ("image", "glyph")),
    }


def test_a_pilot_item_is_named_so() -> None:
    sample = exam([item(1), item(2)])
    pilot: PrintedItem = sample.forms[0].items[1].model_copy(update={"points": 0})
    form = sample.forms[0].model_copy(update={"items": (sample.forms[0].items[0], pilot)})
    assert text(solutions_book(sample, form, TEMPLATES)).count("Pilotitem") == 1
