"""The report of a build says what its figures say, in grey as in colour, and tells no key."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from examgen.assembly.assemble import assemble
from examgen.assembly.build_report.lines import miss_lines
from examgen.assembly.build_report.rows import bounds_text
from examgen.assembly.building import build_report
from examgen.assembly.figures import build_figures
from examgen.core.models.figures import Demand
from examgen.core.models.form import Exam, Form
from examgen.core.models.item import BankUnit, Evidence
from examgen.rendering import chart
from tests.samples import PCS, blueprint, item_data, shelf

SVG = "{http://www.w3.org/2000/svg}"
SOLVED = {"path": "exact", "objective": 0.98765, "bound": 1.0, "gap": 0.0125, "editions": {"T-1": "ab" * 32}}


def sat(n_forms: int = 2, bank: BankUnit | None = None, **asked: Any) -> Exam:
    """Forms of 9, with parameters of items, so that there are curves."""
    data = {"forms": n_forms, "items": 9, "criteria": {"all": 3}, "overlap": {"min": 0}, **asked}
    counted = {
        name: value for name, value in data.items() if name not in ("statistics", "quantities", "order")
    }
    exam = assemble([bank or shelf()], *blueprint(**counted))
    chance = random.Random(1)
    known = {
        item.id: Evidence(facility=0.5, a=round(chance.uniform(0.5, 2), 2), b=round(chance.gauss(0, 1), 2))
        for item in sorted(
            {p.item.id: p.item for form in exam.forms for p in form.items}.values(), key=lambda item: item.id
        )
    }
    return exam.model_copy(update={"evidence": known, "blueprint": blueprint(**data)[0]})


def many(exam: Exam, n: int) -> Exam:
    """The same forms again and again under other names."""
    forms = tuple(Form(name=f"{k:03d}", items=exam.forms[k % len(exam.forms)].items) for k in range(1, n + 1))
    asked = exam.blueprint.model_copy(update={"forms": n})
    return exam.model_copy(update={"forms": forms, "blueprint": asked})


def page(exam: Exam, root: Path, solved: dict[str, Any] | None = None) -> str:
    return build_report(build_figures(exam), exam, SOLVED if solved is None else solved, root).decode()


def drawings(html: str, kind: str) -> list[ElementTree.Element]:
    found = [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", html, flags=re.S)]
    return [svg for svg in found if svg.get("class") == kind]


def plain(html: str) -> str:
    """What stands on the page, the tags left out."""
    body = html[html.index("<body>") :].replace("<span></span>", "")  # places where no line may end
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", " ", body, flags=re.S)))


# ── what it may not say ──────────────────────────────────────────────────────────────────────


def test_no_text_no_key_and_no_order_of_options_is_told(root: Path) -> None:
    exam = sat()
    html = page(exam, root)
    for p in (p for form in exam.forms for p in form.items):
        assert p.item.stem not in html
        assert not any(text in html for text in p.item.options.values())
        assert " ".join(p.order) not in html
    # an exam whose right answers stand elsewhere, as often at each letter and as long running, looks alike
    letters = str.maketrans("abcd", "badc")
    swapped = [item_data(pc, n, key="abcd"[n % 4].translate(letters)) for pc in PCS for n in range(1, 11)]
    by_id = {row["id"]: row["key"] for row in swapped}
    forms = tuple(
        form.model_copy(
            update={
                "items": tuple(
                    p.model_copy(
                        update={
                            "item": p.item.model_copy(update={"key": (by_id[p.item.id],)}),
                            "order": tuple("".join(p.order).translate(letters)),
                        }
                    )
                    for p in form.items
                )
            }
        )
        for form in exam.forms
    )
    assert page(exam.model_copy(update={"forms": forms}), root) == html


def test_the_page_needs_no_other_file_and_no_script(root: Path) -> None:
    html = page(sat(), root)
    assert "<script" not in html
    addresses = re.findall(r"(?:src|href)=\"([^\"]*)|url\(\"?([^\")]*)", html)
    assert {(a or b)[:14] for a, b in addresses} <= {"data:font/woff", "#main-area", "#lower-area"}
    assert set(re.findall(r"https?://[^\"<> ]+", html)) <= {"http://www.w3.org/2000/svg"}


def test_the_same_build_gives_the_same_bytes(root: Path) -> None:
    assert page(sat(), root) == page(sat(), root)
    first = page(sat(), root, {**SOLVED, "seconds": 1.5})
    assert first == page(sat(), root, {**SOLVED, "seconds": 99.0})


def test_words_of_the_blueprint_are_never_markup(root: Path) -> None:
    html = page(sat(title={"th": "<b>ก</b>", "en": "<script>x</script>"}), root)
    assert "<script>" not in html
    assert "&lt;b&gt;ก&lt;/b&gt;" in html


# ── what it says ─────────────────────────────────────────────────────────────────────────────


def test_the_head_says_what_was_built_and_how(root: Path) -> None:
    text = plain(page(sat(seed=77), root))
    for words in (
        "T-1-L4",
        "การทดสอบทดลอง",
        "A trial",
        "หน่วยทดลอง",
        "exact",
        "0.9877",
        "1.25 %",
        "abababababab",
    ):
        assert words in text
    assert re.search(r"Seed\s+77", text)
    assert re.search(r"Forms × items\s+2 × 9", text)
    assert "A draft" in text


def test_quotas_stand_beside_what_each_form_holds(root: Path) -> None:
    exam = sat(criteria={"all": {"min": 2}, "E1.*": 6}, cognitive={"apply": {"max": 9}})
    text = plain(page(exam, root))
    assert re.search(r"E1 สมรรถนะย่อยหนึ่ง\s+6\s+6\s+6", text)
    counts = [sum(p.item.pc == "E2.01" for p in form.items) for form in exam.forms]
    assert re.search(rf"E2.01 ประเมินผล\s+≥ 2\s+{counts[0]}\s+{counts[1]}", text)
    found = build_figures(exam)
    assert f"{len(found.asked)} / {len(found.asked)}" in text
    assert "Not as asked" not in text


def test_what_is_missed_is_told_and_marked(root: Path) -> None:
    exam = sat()
    other = exam.forms[1].model_copy(update={"items": exam.forms[1].items[1:]})
    html = page(exam.model_copy(update={"forms": (exam.forms[0], other)}), root)
    pc = exam.forms[1].items[0].item.pc
    assert re.search(rf"Elements and criteria: {re.escape(pc)}\s+3\s+B 2", plain(html))
    assert html.count('class="miss"') >= 2


def test_curves_lie_where_the_information_is(root: Path) -> None:
    exam = sat(statistics={"information": {"at": [-1, 0, 1], "shape": [1, 1, 1], "within": 50}})
    found = build_figures(exam)
    assert found.information is not None
    [svg] = drawings(page(exam, root), "curves")
    assert svg.get("role") == "img"
    assert "Target: " in (svg.findtext(f"{SVG}desc") or "")
    main, lower = svg.findall(f"{SVG}g")
    lines = main.findall(f"{SVG}polyline")
    assert len(lines) == len(lower) == 2
    for line, curve in zip(lines, found.information.curves, strict=True):
        xy = [tuple(map(float, pair.split(","))) for pair in (line.get("points") or "").split()]
        assert len(xy) == 81
        # two points give the scale, all others must lie on it
        scale = (xy[40][1] - xy[0][1]) / (curve[40] - curve[0])
        for (x, y), (theta, value) in zip(xy, zip(found.information.grid, curve, strict=True), strict=True):
            assert y == pytest.approx(xy[0][1] + scale * (value - curve[0]), abs=0.05)
            assert x == pytest.approx(chart.LEFT + (theta + 4) / 8 * (chart.RIGHT - chart.LEFT), abs=0.01)
    assert len([mark for mark in svg if mark.get("class") == "diamond"]) == 3 + 1


def test_without_parameters_the_page_says_so(root: Path) -> None:
    html = page(sat().model_copy(update={"evidence": {}}), root)
    assert drawings(html, "curves") == []
    assert "none of the items has parameters" in html
    assert "nan" not in plain(html).lower()


@pytest.mark.parametrize(("n", "columns"), [(12, True), (13, False), (50, False)])
def test_many_forms_are_a_range(root: Path, n: int, columns: bool) -> None:
    exam = many(sat(), n)
    short = exam.forms[4].model_copy(update={"items": exam.forms[4].items[:-1]})
    exam = exam.model_copy(update={"forms": (*exam.forms[:4], short, *exam.forms[5:])})
    html = page(exam, root)
    assert ("<th>005</th>" in html[: html.index("Statistics of the forms")]) is columns
    assert bool(re.search(r"scored items\s+9\s+8–9", plain(html))) is not columns
    [svg] = drawings(html, "curves")
    bands = [mark for mark in svg.iter(f"{SVG}polygon") if mark.get("class") == "band"]
    assert len(bands) == (2 if n > chart.MOST_CURVES else 0)


def test_the_page_of_a_large_build_stays_small(root: Path) -> None:
    small, large = (len(page(many(sat(), n), root)) for n in (2, 600))
    assert large - small < 60_000


# ── parts ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("least", "greatest", "or_none", "words"),
    [(5, 5, False, "5"), (5, 7, False, "5–7"), (5, None, False, "≥ 5"), (0, 4, False, "≤ 4"), (3, 3, True, "0, 3"), (0, 0, False, "0")],
)  # fmt: skip
def test_bounds_are_written_as_one_says_them(
    least: int, greatest: int | None, or_none: bool, words: str
) -> None:
    bounds = Demand("x", "criteria.x", (1,), least or None, greatest, family="criterion", or_none=or_none)
    assert bounds_text(bounds) == words
    assert bounds_text(Demand("x", "", (1,), family="criterion")) == "–"


def test_lines_for_the_terminal_name_what_is_missed(root: Path) -> None:
    exam = sat()
    other = exam.forms[1].model_copy(update={"items": exam.forms[1].items[1:]})
    lines = miss_lines(build_figures(exam.model_copy(update={"forms": (exam.forms[0], other)})))
    assert "  not as requested: The whole form: scored items (requested 9, found B 8)" in lines
    assert miss_lines(build_figures(exam)) == []
