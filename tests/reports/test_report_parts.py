"""What all reports have alike: languages, figures, numbers, notices."""

from __future__ import annotations

from pathlib import Path

import pytest
from markupsafe import Markup

from examgen.core.models.field_types import Bilingual
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import CONFIDENCE, Words, notices, number, short
from examgen.rendering.templates.filling import fill
from examgen.stats.distributions import wilson
from tests.papers.pages import TEMPLATES, write
from tests.reports.scored_samples import right, sat


def said(tmp_path: Path, template: str, **context: object) -> str:
    write(tmp_path, "page.html", template)
    folders = (tmp_path, *TEMPLATES)
    return fill("page.html", context, folders, line_setter(folders)).replace("\xa0", " ")


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        ("th", "เฉลย"),
        ("en", '<span lang="en">Key</span>'),
        ("both", 'เฉลย <span lang="en">· Key</span>'),
    ],
)
def test_say_and_told_speak_the_language_that_is_asked(tmp_path: Path, lang: str, expected: str) -> None:
    assert said(tmp_path, "{{ say('Key') }}", lang=lang) == expected
    pair = Bilingual(th="เฉลย", en="Key")
    assert said(tmp_path, "{{ told(pair) }}", lang=lang, pair=pair) == expected


def test_english_goes_below_where_the_gap_is_a_line_end(tmp_path: Path) -> None:
    expected = 'เฉลย<br><span lang="en">Key</span>'
    pair = Bilingual(th="เฉลย", en="Key")
    assert said(tmp_path, "{{ say('Key', '\\n') }}") == expected
    assert said(tmp_path, "{{ told(pair, '\\n') }}", pair=pair) == expected


def test_what_is_told_is_text_and_no_markup(tmp_path: Path) -> None:
    pair = Bilingual(th="<b>{ก}", en="<b>{0}")
    shown = said(tmp_path, "{{ told(pair) }}", pair=pair)
    assert shown == '&lt;b&gt;{ก} <span lang="en">· &lt;b&gt;{0}</span>'


def test_counts_have_their_plural_and_thai_its_figures(tmp_path: Path) -> None:
    template = "{{ say_n('{n} item', '{n} items', n) }}"
    shown = said(tmp_path, template, n=40, digits="thai").replace("<span></span>", "")
    assert shown.startswith("๔๐ ข้อ")
    assert shown.endswith("40 items</span>")
    assert said(tmp_path, template, n=1, lang="en") == '<span lang="en">1 item</span>'


def test_each_language_has_its_own_figures_and_its_own_half_of_a_pair(tmp_path: Path) -> None:
    shown = said(tmp_path, "{{ say_n('{n} item', '{n} items', 3, n='๓') }}", digits="thai")
    assert shown.replace("<span></span>", "").startswith("๓ ข้อ")
    assert shown.endswith("3 items</span>")
    day = Bilingual(th="20 พฤศจิกายน 2569", en="20 November 2026")
    shown = said(tmp_path, "{{ say('The result was reviewed on {day} and confirmed.', day=day) }}", day=day)
    assert shown.count("2569") == shown.count("2026") == 1


def test_codes_and_markup_keep_their_figures(tmp_path: Path) -> None:
    template = "{{ say('Form {form}', form=form) }}|{{ form|digits }}"
    for form in ("A10", Markup("<b>10</b>")):
        shown = said(tmp_path, template, form=form, lang="th", digits="thai")
        assert "10" in shown.partition("|")[0]
    assert said(tmp_path, "{{ 10|digits }}", digits="thai") == "๑๐"


def test_words_are_made_in_both_languages_before_a_page_is() -> None:
    words = Words({"{n} of {code}": "{n} จาก {code} 5"}, "thai")
    assert words("{n} of {code}", n=3, code="A40") == Bilingual(th="๓ จาก A40 ๕", en="3 of A40")
    assert words("unknown {n}", n=3).en == "unknown 3"


def test_numbers_have_a_real_minus_and_nought_has_none() -> None:
    assert [number(value, 1) for value in (-2.5, -0.04, 1234.5, None, float("nan"))] == [
        "−2.5",
        "0.0",
        "1,234.5",
        "",
        "",
    ]
    assert [short(text) for text in ("60.00", "66.67", "-0.50", "100", "")] == [
        "60",
        "66.67",
        "−0.5",
        "100",
        "",
    ]


def test_an_interval_of_a_proportion_is_wilsons() -> None:
    """3 of 5: 23.07 to 88.24 %, as R's binom.wilson(3, 5)."""
    assert wilson(3, 5, CONFIDENCE) == pytest.approx((0.2307, 0.8824), abs=5e-5)


@pytest.mark.parametrize(
    ("made_up", "said"),
    [
        (0, None),
        (1, "1 of 3 candidates are synthetic. They did not take this exam, but every figure includes them."),
        (3, "Synthetic candidates. No real person took this exam."),
    ],
)
def test_nobody_sat_only_where_all_candidates_are_synthetic(
    tmp_path: Path, made_up: int, said: str | None
) -> None:
    own = {str(n): {"synthetic": "yes" if n < made_up else ""} for n in range(3)}
    run = sat(tmp_path / "exam", dict.fromkeys(own, right), extra=own)
    told = [one for one in notices(run) if "ynthetic" in one.en]
    assert [one.en for one in told] == ([said] if said else [])
    assert all(("1 จาก 3 คน" in one.th) is (made_up == 1) for one in told)


@pytest.mark.parametrize("drafts", [0, 1, 5, 12])
def test_how_many_items_nobody_approved(tmp_path: Path, drafts: int) -> None:
    """Some of them, one, none at all: what is said is counted from the printed items."""
    run = sat(tmp_path / "exam", {"1": right})
    (form,) = run.exam.forms
    items = tuple(
        one.model_copy(
            update={"item": one.item.model_copy(update={"status": "draft" if n < drafts else "approved"})}
        )
        for n, one in enumerate(form.items)
    )
    exam = run.exam.model_copy(update={"forms": (form.model_copy(update={"items": items}),)})
    told = [one for one in notices(run._replace(exam=exam)) if one.en.startswith("Draft")]
    wanted = {
        1: "Draft. 1 of 12 items was not approved by a subject-matter expert.",
        5: "Draft. 5 of 12 items were not approved by a subject-matter expert.",
        12: "Draft. No item of this exam was approved by a subject-matter expert.",
    }
    assert [one.en for one in told] == ([wanted[drafts]] if drafts else [])
    assert all(("ข้อใดเลย" in one.th) == (drafts == 12) for one in told)
