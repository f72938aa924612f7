"""Nothing of the key is in anything that a candidate may hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from examgen.core.models.form import Exam
from examgen.core.problems import Refused
from examgen.papers.key_sheet import key_sheet
from examgen.papers.printing import answers_template
from examgen.papers.sheet.printing import answer_sheet
from tests.papers.pages import TEMPLATES, exam, item, page_texts, write
from tests.papers.whole_booklets import booklet, booklet_html

SECRETS = {"rationale": "WHYRIGHT", "reference": "SEEBOOK"}


def _keyed(keys: str, rationale: str, reference: str) -> Exam:
    items = [
        item(n, key=key, rationale={o: f"{rationale} {o}" for o in "abcd"}, reference=reference)
        for n, key in enumerate(keys, 1)
    ]
    return exam(items, forms=("A", "B"))


def test_unscored_pilot_items_show_on_the_key_sheet_alone() -> None:
    scored = exam([item(n) for n in range(1, 5)])
    last = scored.forms[0].items[-1]
    pilot = last.model_copy(
        update={"points": 0, "item": last.item.model_copy(update={"status": "pilot", "time_s": 60})}
    )
    form = scored.forms[0].model_copy(update={"items": (*scored.forms[0].items[:-1], pilot)})
    other = scored.model_copy(update={"forms": (form,)})
    assert booklet(scored, scored.forms[0], TEMPLATES) == booklet(other, form, TEMPLATES)
    assert answer_sheet(scored, TEMPLATES) == answer_sheet(other, TEMPLATES)
    assert answers_template(other) == "candidate_id,form,Q1,Q2,Q3,Q4\n"
    text = "".join(page_texts(key_sheet(other, form, TEMPLATES)))
    assert "1,2,333" in text  # of its criterion three questions with three points
    assert "Pilotitems,unscored410" in text
    assert "Total43" in text


def test_the_key_sheet_shows_both_letters_beside_each_item() -> None:
    sample = exam([item(1, key="c"), item(2, key="a"), item(3, key=["b", "d"])])
    text = "".join(page_texts(key_sheet(sample, sample.forms[0], TEMPLATES)))
    for row in ("1คCE1.01-001E1.01", "2กAE1.01-002E1.01", r"3ขงBDE1.01-003E1.01"):
        assert row in text
    assert text.count("CONFIDENTIAL") == 1
    assert "E2.01" in text  # a criterion that no item asks for is listed all the same
    assert "1,2,3" in text


def test_every_page_of_the_key_sheet_is_marked_confidential_and_draft() -> None:
    sample = exam([item(n) for n in range(1, 80)])
    pages = page_texts(key_sheet(sample, sample.forms[0], TEMPLATES))
    assert len(pages) > 2
    assert all("CONFIDENTIAL" in page and "DRAFT" in page for page in pages)


@pytest.mark.parametrize(
    "wanted",
    [
        "{{ key }}",
        "{{ exam.forms }}",
        "{{ groups[0].questions[0].key }}",
        "{{ groups[0].questions[0].rationale }}",
        "{{ groups[0].questions[0].options[0].right }}",
        "{{ paper.blueprint }}",
    ],
)
def test_a_template_cannot_print_what_it_was_not_handed(tmp_path: Path, wanted: str) -> None:
    folder = tmp_path / "templates"
    write(folder, "booklet.html", f"<p>one</p>\n{wanted}")
    (folder / "booklet").mkdir()
    write(folder, "booklet/stem.html", f"<p>one</p>\n{wanted}")
    sample = exam([item(1)])
    with pytest.raises(Refused, match=r"booklet\.html, line 2"):
        booklet_html(sample, sample.forms[0], (folder, *TEMPLATES))
    with pytest.raises(Refused, match=r"booklet/stem\.html, line 2"):
        booklet(sample, sample.forms[0], (folder, *TEMPLATES))


def test_all_that_a_template_is_handed_holds_no_secret(tmp_path: Path) -> None:
    own = tmp_path / "templates"
    write(own, "booklet.html", "{{ groups }} {{ paper }} {{ letters }} {{ layout }} {{ fields }} {{ form }}")
    sample = _keyed("abcd", **SECRETS)
    text = booklet_html(sample, sample.forms[0], (own, *TEMPLATES))
    assert "Question(number=1" in text
    assert not re.search("WHYRIGHT|SEEBOOK|E1.01-001|rationale|key", text)
