"""Stems, options and spaces that a column cannot hold, and what they are called by on the next page."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

from examgen.core.models.form import Exam, Form
from examgen.core.models.papers import PapersRule
from examgen.core.resources import fonts
from examgen.papers.booklet.blocks import LINE_EM, BookletPart, workshop
from examgen.papers.booklet.layout import page_layout
from examgen.papers.booklet.printing import BookletPrinter, plain_booklet
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.markup import to_html
from examgen.rendering.pdf.composer import PdfComposer
from examgen.rendering.templates.filling import fill
from tests.effort import some
from tests.papers.pages import TEMPLATES, bare, drawn_lines, exam, item, page_texts, pixels

SMALL = PapersRule.model_validate({"size": "A5", "text": "large"})
WORDS = "ผู้จัดการอาคารตรวจสอบระบบแล้วแจ้งผู้พักอาศัยให้ทราบ "


def _printed(sample: Exam, rule: PapersRule, folder: Path) -> bytes:
    path = folder / "booklet.pdf"
    BookletPrinter(sample, rule, TEMPLATES).write(path, [plain_booklet(sample.forms[0])], title="booklet")
    return path.read_bytes()


def _numbered(mark: str, n: int) -> str:
    return "\n".join(f"<{mark}{k}>" for k in range(1, n + 1))


def test_lines_below_one_another_are_the_text_uncut(tmp_path: Path) -> None:
    sample, layout, set_line = exam([item(1)]), page_layout(SMALL, 1, draft=False), line_setter(TEMPLATES)
    css = fill("paper.css", {"fonts": fonts().as_uri(), "paper": {"draft": False}}, TEMPLATES, set_line)
    composer = PdfComposer(css, (*TEMPLATES, fonts()))
    shop = workshop(composer, sample, SMALL, layout, TEMPLATES, set_line)
    formula = r"$$\frac{\frac{a}{b}}{c}$$"
    text = f"{WORDS * 3}\n\n{WORDS} **{WORDS}** `{WORDS}`\n{WORDS}\n\n{WORDS * 2}\n\n{formula}"
    part = BookletPart("stem", {"stem": to_html(text, str, set_line, "stem")}, layout.text)
    [[whole]], [lines] = shop.lay_out([part]), shop.lines([part])
    assert len(lines) > 10
    assert sum(line.height for line in lines) == pytest.approx(whole.height)
    size = (layout.text + 40, whole.height + 40)
    below = itertools.accumulate((line.height for line in lines), initial=20.0)
    with composer.file(tmp_path / "t.pdf", "t") as file:
        file.page(size, [(20.0, 20.0, whole)])
        file.page(size, [(20.0, y, line) for y, line in zip(below, lines, strict=False)])
    one, other = (np.asarray(pixels((tmp_path / "t.pdf").read_bytes(), page, 100)) for page in (0, 1))
    assert (one < 128).sum() > 1000
    # sums of heights are off by their last digits
    assert (abs(one.astype(int) - other) > 100).mean() < 0.001


def _each_alone(sample: Exam, rule: PapersRule, folder: Path) -> list[bytes]:
    """A booklet for each item of an exam, which has no other; of one printer, for most of them is the same."""
    [whole] = sample.forms
    forms = tuple(
        Form(name="ABCDEFGHIJK"[n], items=(printed.model_copy(update={"question": 1}),))
        for n, printed in enumerate(whole.items)
    )
    one = sample.blueprint.model_copy(update={"items": 1})
    printer = BookletPrinter(sample.model_copy(update={"forms": forms, "blueprint": one}), rule, TEMPLATES)
    for form in forms:
        printer.write(folder / f"{form.name}.pdf", [plain_booklet(form)], title="booklet")
    return [(folder / f"{form.name}.pdf").read_bytes() for form in forms]


LINES_OF_STEM, LINES_OF_STIMULUS = some(range(5, 16), 5), (8, 15, 16, 17)
BY_ELEMENT = SMALL.model_copy(update={"sections": "element"})


@pytest.fixture(scope="module")
def long_stems(tmp_path_factory: pytest.TempPathFactory) -> dict[int, bytes]:
    """The booklet of an item by the number of lines of its stem."""
    options = {o: f"<{o}>" for o in "abcd"}
    items = [item(n, stem=_numbered("S", n), options=options) for n in LINES_OF_STEM]
    sample = exam(items, papers=SMALL.model_dump(mode="json", by_alias=True))
    booklets = _each_alone(sample, BY_ELEMENT, tmp_path_factory.mktemp("stems"))
    return dict(zip(LINES_OF_STEM, booklets, strict=True))


@pytest.fixture(scope="module")
def long_stimuli(tmp_path_factory: pytest.TempPathFactory) -> dict[int, bytes]:
    """The booklet of an item by the number of lines of its stimulus."""
    items = [item(n, stem="<S>", shared_stimulus=f"case-{n}") for n in LINES_OF_STIMULUS]
    sample = exam(items, stimuli={f"case-{n}": _numbered("L", n) for n in LINES_OF_STIMULUS})
    booklets = _each_alone(sample, BY_ELEMENT, tmp_path_factory.mktemp("stimuli"))
    return dict(zip(LINES_OF_STIMULUS, booklets, strict=True))


@pytest.mark.parametrize("n_lines", LINES_OF_STEM)
def test_a_long_stem_has_no_gap_and_is_cut_only_where_its_column_ends(
    n_lines: int, long_stems: dict[int, bytes]
) -> None:
    lines = [line for line in drawn_lines(long_stems[n_lines]) if "<" in line.text]
    assert sum(line.text.count("<S") for line in lines) == n_lines
    pitch = LINE_EM * 18
    for page, together in itertools.groupby(lines, lambda line: line.page):
        on_page = list(together)
        for above, line in itertools.pairwise(on_page):
            assert above.baseline_pt - line.baseline_pt == pytest.approx(pitch, abs=3)
        if page < lines[-1].page:
            layout = page_layout(BY_ELEMENT, 1, draft=True)
            room = on_page[-1].baseline_pt - (layout.page_height - layout.bottom) * 0.75
            assert room < 2.7 * pitch


@pytest.mark.long("pages of long questions are tried in test_no_two_frames_of_a_stimulus_stand_in_one_column")
@pytest.mark.parametrize("run_on", ["refer", "repeat"])
def test_each_page_of_a_long_question_names_the_page_of_its_stimulus(run_on: str, tmp_path: Path) -> None:
    tall = {o: f"<{o}>\n" + "ข้อความ\n" * 4 for o in "abcd"}
    items = [item(n, stem=f"<S{n}>\n" + WORDS * 4, options=tall, shared_stimulus="case") for n in (1, 2)]
    rule = SMALL.model_copy(update={"run_on": run_on})
    pages = page_texts(_printed(exam(items, stimuli={"case": "<CASE>"}), rule, tmp_path))
    [first] = [n for n, page in enumerate(pages) if "<CASE>" in page][:1]
    told = [("Theinformationisonpage" in page, "<CASE>" in page) for page in pages[first + 1 :]]
    questions = [bool(re.search("<[Sabcd]", page)) for page in pages[first + 1 :]]
    assert sum(questions) > 3
    assert all(any(how) for how, has in zip(told, questions, strict=True) if has)
    assert any(bare("Questions1–2") in page for page in pages)


@pytest.mark.parametrize("n_lines", LINES_OF_STIMULUS)
def test_no_two_frames_of_a_stimulus_stand_in_one_column(
    n_lines: int, long_stimuli: dict[int, bytes]
) -> None:
    lines = [line for line in drawn_lines(long_stimuli[n_lines]) if "<L" in line.text]
    assert len(lines) == n_lines
    for above, line in itertools.pairwise(lines):
        if above.page == line.page:
            assert above.baseline_pt - line.baseline_pt == pytest.approx(LINE_EM * 18, abs=1.5)


@pytest.mark.parametrize("shared", some(["case", None], 1))
def test_working_space_ends_where_the_column_ends(shared: str | None, tmp_path: Path) -> None:
    items = [item(n, stem=f"<S{n}>", shared_stimulus=shared) for n in (1, 2)]
    sample = exam(items, stimuli={"case": "<CASE>"})
    rule = PapersRule.model_validate({"size": "A5", "working_space_mm": {"E1.*": 250}})
    data = _printed(sample, rule, tmp_path)
    pages = page_texts(data)
    layout, px = page_layout(rule, 2, sample.has_drafts), 150 / 96
    assert sum("Workingspace" in page for page in pages) == 2
    assert "Workingspace" in next(page for page in pages if "Endofthetest" in page)
    for page in range(len(pages)):
        grey = np.asarray(pixels(data, page, 150))
        below = grey[int((layout.bottom + 1) * px) : int((layout.bottom + layout.below_text - 1) * px)]
        assert below.min() == 255, page
