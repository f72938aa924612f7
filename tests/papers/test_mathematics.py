"""Formulas of item texts: what is one, how it stands in the line, what is refused, what other code sees."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from examgen.bank.rules.item_words import length, plain, words
from examgen.core.resources import fonts
from examgen.core.text.fonts import missing
from examgen.core.text.formulas import drawing, fault, mathml, on_one_line
from examgen.core.text.markdown import Formula, formulas, with_formulas_as
from examgen.papers.candidate import columns
from examgen.rendering.glyphs import check_glyphs, width_em, widths_em
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.markup import plain_lines, to_html
from examgen.rendering.pdf.document import render_pdf
from tests.papers.pages import exam, item, pixels


def inline(latex: str) -> Formula:
    return Formula(latex, False)


def html(text: str, field: str = "options.a") -> str:
    return str(to_html(text, str, line_setter(()), field))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("แรง $F = ma$ นิวตัน", [("F = ma", False)]),
        ("$a$, $b$ และ ($c$)", [("a", False), ("b", False), ("c", False)]),
        ("$$x^2$$", [("x^2", True)]),
        ("สูตรคือ\n$$\nx^2\n$$\nเมื่อ $x$", [("x^2", True), ("x", False)]),
        ("ราคา $5 ขึ้นเป็น $7", []),
        ("US$20 หรือ US$30", []),
        (r"ราคา \$x และ \$y", []),
        ("$ x $", []),
        ("5$x$", []),
        ("`$x$`", []),
    ],
)
def test_what_is_a_formula(text: str, found: list[tuple[str, bool]]) -> None:
    assert [tuple(formula) for formula in formulas(text, "stem")] == found


def test_formulas_stand_in_tables_and_lists_of_a_stimulus() -> None:
    text = "| ค่า | สูตร |\n|---|---|\n| น้ำ | $H_2O$ |\n\n- $a$\n- $$b$$"
    assert [formula.latex for formula in formulas(text, "stimulus")] == ["H_2O", "a", "b"]
    assert html(text, "stimulus").count("<svg") == 3
    assert html(text, "stimulus").count('<th scope="col">') == 2


def test_a_formula_is_an_svg_of_shapes_alone_with_its_source_as_title() -> None:
    drawn = html(r"ก $\frac{a}{b}<1$ ข")
    assert "<title>$\\frac{a}{b}&lt;1$</title>" in drawn
    assert re.search(r'style="width: [\d.]+em; height: [\d.]+em; vertical-align: -[\d.]+em"', drawn)
    assert set(re.findall(r"<(\w+)", drawn)) == {"p", "svg", "title", "path", "rect"}
    assert not re.search(r"\bid=|href|url\(|<text", drawn)


def test_a_line_ends_beside_a_formula_where_there_is_a_blank_and_none_is_empty_below() -> None:
    assert "(<span></span><svg" in html("($x$)")
    assert "</svg><span></span>," in html("$x$, ก")
    assert re.search(r"ก <svg.*</svg> ข", html("ก $x$ ข"))
    assert html("ก\n$$x$$\nข").count("<br>") == 1


@pytest.mark.parametrize(
    ("latex", "message"),
    [
        (r"\frac{a}", "a command lacks an argument in braces"),
        (r"\frac{a}{b", "contains a { that is not closed"),
        ("x^2}", "contains a } without { before it"),
        ("x^", "missing super script or subscript"),
        (r"\left( a", "extra left or missing right"),
        (r"\sqart{2}", r"\sqart is not a known command"),
        (r"\begin{pmatri}1\end{pmatri}", "begins an unknown environment, 'pmatri'"),
        ("a & b", r"Write \&"),
        ("พื้นที่", "contains 'พ' (U+0E1E"),
        (r"\text{เมื่อ } x", "write Thai outside the dollar signs"),
        ("漢", "which formulas do not support"),
        (r"\color{red}{x}", r"uses \color"),
        (r"\def\a{\a\a}\a", r"uses \def"),
        (r"\href{http://a.b}{x}", r"uses \href"),
        (r"\text{<script>x</script>}", "markup of another kind"),
        (r"\text{<mi onclick='x'>y</mi>}", "is not valid LaTeX"),
        (r"\,", "draws nothing"),
        ("", "is empty"),
        ("x" * 1001, "longer than 1000"),
        ("{" * 400 + "}" * 400, "recursion"),
        ("\x00", "U+0000"),
    ],
)
def test_a_formula_that_cannot_be_drawn_says_why(latex: str, message: str) -> None:
    assert message in (fault(inline(latex)) or "")


@pytest.mark.parametrize(
    ("latex", "read"),
    [
        (r"\frac{a}{b}", "a/b"), ("x^2 + y_1", "x^2+y_1"), (r"\sqrt[3]{x}", "3√x"), (r"\sqrt{2}", "√2"),
        (r"\alpha \le \beta", "α≤β"), (r"9.81\,\mathrm{m/s^2}", "9.81 m/s^2"), (r"\frac{a", "  a"),
    ],
)  # fmt: skip
def test_a_formula_reads_on_one_line(latex: str, read: str) -> None:
    assert on_one_line(inline(latex)) == read


COMMANDS = [
    r"\frac", r"\sqrt", r"\sum", "^", "_", "{", "}", "a", "2", "+", "&", r"\\", r"\left(", r"\right)", "ก", " ", r"\vec",
    r"\begin{pmatrix}", r"\end{pmatrix}",
]  # fmt: skip


@given(st.lists(st.sampled_from(COMMANDS), max_size=10).map(" ".join))
def test_whatever_is_typed_is_drawn_or_refused(latex: str) -> None:
    if fault(inline(latex)) is None:
        drawn = drawing(inline(latex))
        assert drawn.width > 0
        assert drawn.shapes
        assert mathml(inline(latex)).startswith("<math")


@given(
    st.lists(
        st.sampled_from(["$", "$$", "x", "5", " ", "\n", "ก", "\\", "`", "*", "|", "- "]), max_size=14
    ).map("".join)
)
def test_what_is_no_formula_stays_as_typed(text: str) -> None:
    found = formulas(text, "stimulus")
    pieces = with_formulas_as(text, lambda formula: "\ufffc").split("\ufffc")
    assert len(pieces) <= len(found) + 1
    at = 0
    for piece in pieces:
        assert piece in text[at:]
        at = text.index(piece, at) + len(piece)


def test_the_same_formula_is_the_same_drawing_in_every_process() -> None:
    code = (
        "from examgen.core.text.formulas import *\n"
        r"print([drawing(Formula(x, d)) for x in (r'\frac{a}{b}', r'\sum_{i=1}^n x_i') for d in (False, True)])"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


# ── on the page ──────────────────────────────────────────────────────────────────────────────


def page(text: str, size_pt: float) -> Image.Image:
    css = (
        f'@font-face {{ font-family: Sarabun; src: url("{fonts().as_uri()}/Sarabun-Regular.ttf") }}'
        f"html {{ font: {size_pt}pt/1.85 Sarabun }} p {{ margin: 0 }} @page {{ size: 120mm 40mm; margin: 10mm }}"
    )
    data = render_pdf(
        f"<html lang=th><style>{css}</style>{html(text)}", title="x", language="th", readable=(fonts(),)
    )
    return pixels(data, 0, 300)


def ink(picture: Image.Image) -> tuple[int, int, int, int]:
    box = picture.point(lambda grey: 255 if grey < 128 else 0).getbbox()
    assert box is not None
    return box


@pytest.mark.parametrize("size_pt", [11.5, 18])
def test_figures_of_a_formula_stand_on_the_line_and_are_as_high_as_those_of_the_text(size_pt: float) -> None:
    _, top, _, foot = ink(page("111", size_pt))
    _, top_drawn, _, foot_drawn = ink(page("$111$", size_pt))
    assert foot == pytest.approx(foot_drawn, abs=1)
    assert foot - top == pytest.approx(foot_drawn - top_drawn, rel=0.06)


@pytest.mark.parametrize("size_pt", [11.5, 18])
def test_the_width_told_is_the_width_drawn(size_pt: float) -> None:
    formula = inline(r"x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}")
    left, _, right, _ = ink(page(f"${formula.latex}$", size_pt))
    assert (right - left) / 300 * 72 / size_pt == pytest.approx(drawing(formula).width, rel=0.02)


# ── what other code sees ─────────────────────────────────────────────────────────────────────


def test_formulas_need_no_glyph_of_the_text_font() -> None:
    text = r"มุม $\alpha$ และ $\sum x$"
    assert plain_lines(text, "stem") == ["มุม  และ "]
    assert check_glyphs(exam([item(1, stem=text)])) == []
    assert missing("α") == ["α"]


def test_an_unreadable_formula_is_named_with_its_place() -> None:
    sample = exam(
        [
            item(1, stem=r"ก $\frac{1}$"),
            item(2, options={"a": "$ก$", "b": "ข"}, rationale={}, key="b", shared_stimulus="s"),
        ],
        stimuli={"s": "| ก | $x^$ |\n|---|---|\n| ข | ค |"},
    )
    places = {("E1.01-001", "stem"), ("E1.01-002", "options.a"), ("s", "stimulus")}
    assert {(p.item, p.field, p.code) for p in check_glyphs(sample)} == {
        (*place, "formula-unreadable") for place in places
    }


def test_widths_are_those_of_text_and_drawing_together() -> None:
    formula = inline("x^2")
    [line] = widths_em("ก $x^2$ ข")
    assert line == pytest.approx(width_em("ก  ข") + drawing(formula).width)
    assert len(widths_em("ก\n$$x$$\nข")) == 3


def test_long_formulas_among_the_options_take_a_line_each() -> None:
    short, long = "$x$", "$" + " + ".join(f"x_{n}" for n in range(20)) + "$"
    assert columns([short] * 4) == 4
    assert columns([short, short, short, long]) == 1


def test_rules_of_item_writing_read_a_formula_as_its_characters() -> None:
    assert plain(r"$\frac{a}{b}$") == "a/b"
    assert plain(r"ค่า $x_1$ และ **$y$**") == "ค่า x1 และ y"
    assert plain(r"ราคา \$5") == "ราคา $5"
    assert "frac" not in words(r"หาค่า $\frac{a}{b}$")
    assert length(r"$\frac{a}{b}$") == 3
