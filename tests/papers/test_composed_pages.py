"""A composed page is the page that WeasyPrint lays out of the same booklet as one flowing document."""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from examgen.bank.whole_bank import load_bank
from examgen.core.models.form import Booklet, Candidate, Exam, PersonalForm
from examgen.core.models.papers import PapersRule
from examgen.core.resources import fonts
from examgen.papers.booklet import blocks
from examgen.papers.booklet.printing import BookletPrinter, mark_text, plain_booklet
from examgen.rendering.pdf.document import render_pdf
from tests.effort import some
from tests.papers.pages import TEMPLATES, bare, drawn_lines, exam, item, page_texts
from tests.papers.whole_booklets import flowing

DPI = 150
TIED = 1500
"""Of the two million pixels of a page: a few glyphs and a rule, which a tie of float32 moves by one."""

Pixels = npt.NDArray[np.uint8]

LONG_NAME = "หม่อมหลวงกุลสตรีศรีสุดาวดีพิพัฒนพงศ์ ณ อยุธยาเทพหัสดินทร์วรรณวิภาภรณ์ สิทธิ์ศักดิ์ดำรงค์กุลชัย"
SOMEBODY = Candidate(candidate_id="1103700123456", name="นางสาวกตัญญู ปู่ฎุฏู น้ำใจดี", room="1204", seat="B-15")


class Pair(NamedTuple):
    """A booklet composed and laid out directly."""

    composed: bytes
    direct: bytes


def _pair(printer: BookletPrinter, booklet: Booklet, folder: Path, media: Sequence[Path] = ()) -> Pair:
    path = folder / "composed.pdf"
    printer.write(path, [booklet], title="composed")
    html = flowing(printer, booklet, TEMPLATES, media)
    readable = (*TEMPLATES, fonts(), *media)
    return Pair(path.read_bytes(), render_pdf(html, title="direct", language="th", readable=readable))


def _poppler(data: bytes) -> list[Pixels]:
    """The pages in greys at 150 dpi."""
    command = ["pdftoppm", "-r", str(DPI), "-gray", "-"]
    found = subprocess.run(command, input=data, capture_output=True, check=True).stdout
    pages, place = [], 0
    while place < len(found):
        head = re.compile(rb"P5\s(\d+)\s(\d+)\s255\s").match(found, place)
        assert head
        width, height = int(head[1]), int(head[2])
        place = head.end() + width * height
        pages.append(np.frombuffer(found[head.end() : place], np.uint8).reshape(height, width))
    return pages


def _pdfium(data: bytes) -> list[Pixels]:
    with pypdfium2.PdfDocument(data) as document:
        return [
            np.asarray(page.render(scale=DPI / 72, grayscale=True).to_pil().convert("L")) for page in document
        ]


def _differing(one: Sequence[Pixels], other: Sequence[Pixels], but_mark: bool = False) -> list[int]:
    """How many pixels differ, by page; `but_mark` leaves out the corner with mark and serial."""
    assert len(one) == len(other)
    counts = []
    for a, b in zip(one, other, strict=True):
        differs = a != b
        if but_mark:
            differs[int(0.935 * len(differs)) :, differs.shape[1] * 2 // 3 :] = False
        counts.append(int(differs.sum()))
    return counts


def _bank_exam(root: Path, code: str) -> tuple[Exam, list[Path]]:
    """Every item of the unit that has a stimulus – pictures and tables among them – and some others."""
    [shelf] = load_bank(root / "item_bank", [code])[0]
    on_cases = [one for one in shelf.items if one.shared_stimulus]
    on_cases = some(sorted(on_cases, key=lambda one: one.shared_stimulus or ""), 5)
    others = [one for one in shelf.items if not one.shared_stimulus][:3]
    stimuli = {stimulus.id: stimulus.text for stimulus in shelf.stimuli}
    sample = exam([*others, *on_cases], stimuli=stimuli)
    return sample, [root / "item_bank" / code / "media"]


def _drawn(sample: Exam, serial: str, candidate: Candidate | None) -> Booklet:
    """A booklet whose items – those of a stimulus together – and options have an order of their own."""
    chance = random.Random(serial)
    [form] = sample.forms
    sets: dict[str, list[int]] = {}
    for place, printed in enumerate(form.items):
        sets.setdefault(printed.item.shared_stimulus or printed.item.id, []).append(place)
    order = list(sets.values())
    chance.shuffle(order)
    items = tuple(place for members in order for place in members)
    options = tuple(
        tuple(chance.sample(range(n), n)) for n in (len(form.items[place].order) for place in items)
    )
    return Booklet(serial, serial, PersonalForm(form.name, items, options), candidate, "1204")


# ── as laid out directly ─────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module", params=some(["ASM-REE-5-059ZB", "DG-TWRT-007"], 1))
def pairs(request: pytest.FixtureRequest, root: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Pair]:
    """Of each unit's bank a plain booklet and one of a candidate's own."""
    sample, media = _bank_exam(root, request.param)
    rule = PapersRule.model_validate({"personal": {"items": True, "options": True}})
    printer = BookletPrinter(sample, rule, TEMPLATES, media)
    booklets = (plain_booklet(sample.forms[0]), _drawn(sample, "0000017", SOMEBODY))
    return [_pair(printer, one, tmp_path_factory.mktemp("pair"), media) for one in booklets]


@pytest.mark.long("both banks whole; some settings are compared on a small exam")
def test_pages_of_both_banks_are_identical_in_poppler(pairs: list[Pair]) -> None:
    for pair, personal in zip(pairs, (False, True), strict=True):
        counts = _differing(_poppler(pair.composed), _poppler(pair.direct), personal)
        assert counts == [0] * len(counts)
        assert len(counts) >= 5


@pytest.mark.long("both banks whole; some settings are compared on a small exam")
def test_pages_of_both_banks_differ_in_pdfium_by_no_more_than_a_tie(pairs: list[Pair]) -> None:
    for pair, personal in zip(pairs, (False, True), strict=True):
        counts = _differing(_pdfium(pair.composed), _pdfium(pair.direct), personal)
        assert max(counts) < TIED
        assert sum(count > 0 for count in counts) < len(counts) / 2


@pytest.mark.long("both banks whole; the text of some settings is compared on a small exam")
def test_text_of_composed_pages_reads_as_that_of_direct_ones(pairs: list[Pair]) -> None:
    plain, _ = pairs
    assert page_texts(plain.composed) == page_texts(plain.direct)


@pytest.mark.parametrize(
    "settings",
    some(
        [
            {},
            {"size": "A5", "facing": True, "digits": "thai", "date": "2026-11-20"},
            {"size": "Letter", "sections": "element", "working_space_mm": {"E1.*": 20}, "era": "gregorian"},
            {"text": "large", "run_on": "repeat", "pages_multiple": 4, "date": "2026-11-20"},
        ],
        2,
    ),
    ids=lambda settings: "-".join(map(str, settings)) or "plain",
)
def test_pages_of_every_setting_are_identical(settings: dict[str, Any], tmp_path: Path) -> None:
    rule = PapersRule.model_validate(settings)
    sample = _varied(rule, 17, 9)
    pair = _pair(BookletPrinter(sample, rule, TEMPLATES), plain_booklet(sample.forms[0]), tmp_path)
    counts = _differing(_poppler(pair.composed), _poppler(pair.direct))
    assert counts == [0] * len(counts)
    assert page_texts(pair.composed) == page_texts(pair.direct)


def _varied(rule: PapersRule, seed: int, n_items: int = 14) -> Exam:
    """Items of very different length, some on two stimuli."""
    chance = random.Random(seed)
    words = "ผู้จัดการอาคารตรวจสอบระบบแล้วแจ้งผู้พักอาศัยให้ทราบ "
    items = [
        item(
            n,
            stem=f"<S{n}> " + words * chance.randrange(1, 10),
            options={o: f"<{o}{n}> " + words * chance.choice((0, 0, 1, 2)) for o in "abcd"},
            shared_stimulus={3: "one", 4: "one", 5: "one", 7: "two", 8: "two"}.get(n),
        )
        for n in range(1, n_items + 1)
    ]
    stimuli = {"one": words * 5, "two": "| ก | ข |\n|---|---|\n| น้ำ | ปู่ |\n\n- " + words * 3}
    return exam(items, stimuli=stimuli, papers=rule.model_dump(mode="json", by_alias=True))


@pytest.mark.long("pages of two columns; pages of every setting are compared each time")
def test_two_columns_are_filled_one_after_the_other(tmp_path: Path) -> None:
    rule = PapersRule(columns=2)
    sample = _varied(rule, 3)
    data = _write(BookletPrinter(sample, rule, TEMPLATES), tmp_path, plain_booklet(sample.forms[0]))
    places: dict[int, tuple[int, bool, float]] = {}
    with pypdfium2.PdfDocument(data) as document:
        for n, page in enumerate(document):
            text = page.get_textpage()
            for stem in range(1, 15):
                if found := text.search(f"<S{stem}>").get_next():
                    left, _, _, top = text.get_charbox(found[0])
                    places[stem] = (n, left > page.get_width() / 2, -top)
    assert len(places) == 14
    assert [places[stem] for stem in range(1, 15)] == sorted(places.values())
    assert {right for _, right, _ in places.values()} == {False, True}
    assert "".join(page_texts(data)).count("Endofthetest") == 1


# ── a candidate's own ────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def printer() -> BookletPrinter:
    sample = exam([item(n) for n in range(1, 9)])
    return BookletPrinter(sample, PapersRule(), TEMPLATES)


def _write(printer: BookletPrinter, folder: Path, *booklets: Booklet) -> bytes:
    path = folder / "booklets.pdf"
    printer.write(path, booklets, title="booklets")
    return path.read_bytes()


def test_every_page_of_a_candidates_booklet_bears_its_mark(printer: BookletPrinter, tmp_path: Path) -> None:
    booklet = _drawn(printer.exam, "A-0017-42", SOMEBODY)
    data = _write(printer, tmp_path, booklet)
    for page, text in zip(_poppler(data), page_texts(data), strict=True):
        black_and_white = Image.fromarray(np.where(page < 128, 0, 255).astype(np.uint8))
        for angle in (0, 2, 90, 180):
            turned = black_and_white.rotate(angle, Image.Resampling.NEAREST, expand=True, fillcolor=255)
            [mark] = zxingcpp.read_barcodes(turned, formats=zxingcpp.BarcodeFormat.DataMatrix)
            assert mark.text == mark_text(printer.exam, booklet)
        assert text.count(booklet.serial) == (3 if "1103700123456" in text else 2)
    other = Exam.model_validate({**dict(printer.exam), "blueprint": {**_data(printer.exam), "exam": "other"}})
    assert mark_text(other, booklet) != mark_text(printer.exam, booklet)


def _data(sample: Exam) -> dict[str, Any]:
    return sample.blueprint.model_dump(by_alias=True)


def test_a_plain_booklet_bears_no_mark_and_nobodys_name(printer: BookletPrinter, tmp_path: Path) -> None:
    data = _write(printer, tmp_path, plain_booklet(printer.exam.forms[0]))
    for page in _poppler(data):
        assert not zxingcpp.read_barcodes(Image.fromarray(page))
    assert "Candidatenumber" in page_texts(data)[0]


@pytest.mark.parametrize("name", [LONG_NAME, "ก" * 90, "สมชาย ใจดี", ""])
def test_a_name_of_any_length_stays_within_its_field(
    printer: BookletPrinter, tmp_path: Path, name: str
) -> None:
    nobody = SOMEBODY.model_copy(update={"name": ""})
    named = SOMEBODY.model_copy(update={"name": name})
    without, with_name = (
        _poppler(_write(printer, tmp_path, _drawn(printer.exam, "1", who)))[0] for who in (nobody, named)
    )
    layout, field = printer.layout, printer.fields(_drawn(printer.exam, "1", named)).name
    drawn = (without != with_name).nonzero()
    if not name:
        assert not len(drawn[0])
        return
    px = DPI / 96
    assert drawn[1].min() > (layout.left + field.x) * px + 2
    assert drawn[1].max() < (layout.left + field.x + field.width) * px - 2
    assert drawn[0].min() > (layout.top + field.y) * px + 2
    assert drawn[0].max() < (layout.top + field.y + printer.fields(_drawn(printer.exam, "1", named)).row) * px


def test_each_booklet_begins_on_an_odd_page_and_pages_are_counted(tmp_path: Path) -> None:
    sample = exam([item(n) for n in range(1, 9)])
    rule = PapersRule(pages_multiple=1, size="Letter")
    sample = sample.model_copy(update={"blueprint": sample.blueprint.model_copy(update={"papers": rule})})
    printer = BookletPrinter(sample, rule, TEMPLATES)
    path = tmp_path / "three.pdf"
    booklets = [_drawn(sample, serial, SOMEBODY) for serial in ("01", "02", "03")]
    printed = printer.write(path, booklets, title="three", parts="both")
    pages = page_texts(path.read_bytes())
    assert printed.n_pages == len(pages)
    starts = [n for n, text in enumerate(pages) if "Instructions" in text]
    assert len(starts) == 3
    assert {page.shape for page in _poppler(path.read_bytes())} == {(11 * DPI, 17 * DPI // 2)}
    assert all(n % 2 == 0 for n in starts)
    for serial, start in zip(("01", "02", "03"), starts, strict=True):
        n_booklet, n_sheet = printed.pages[serial]
        assert f"Page{n_booklet}of{n_booklet}" in pages[start + n_booklet - 1]
        assert n_sheet >= 1


def test_items_and_options_stand_in_the_order_of_the_booklet(printer: BookletPrinter, tmp_path: Path) -> None:
    order = PersonalForm("A", tuple(range(7, -1, -1)), ((3, 1, 0, 2),) * 8)
    text = "".join(page_texts(_write(printer, tmp_path, Booklet("7", "7", order, None, ""))))
    expected = [
        bare(f"{letter}.ตัวเลือก {option} ของ E1.01-{n}")
        for n in range(8, 0, -1)
        for letter, option in zip("กขคง", "dbac", strict=True)
    ]
    places = [text.index(part) for part in expected]
    assert places == sorted(places)


# ── what is taller than a page ───────────────────────────────────────────────────────────────


def _lines(mark: str, n: int) -> str:
    return "\n".join(f"<{mark}{k}> บรรทัด" for k in range(1, n + 1))


@pytest.mark.long("many pages; test_long_texts has a stem taller than its page")
@pytest.mark.parametrize("last", some([True, False], 1))
def test_what_is_taller_than_a_page_is_split_and_whole(tmp_path: Path, last: bool) -> None:
    """A stem, then options, which do not stand beside each other, then a stimulus above its items."""
    tall = {o: "\n".join(f"<{o}{n}>" for n in range(40)) for o in "abcd"}
    items = [
        item(1, stem=_lines("L", 50), options=tall),
        *(item(n, stem=f"<S{n}>", shared_stimulus="case") for n in (2, 3)),
    ]
    sample = exam(items[:1] if last else items, stimuli={"case": _lines("C", 70)})
    data = _write(BookletPrinter(sample, PapersRule(), TEMPLATES), tmp_path, plain_booklet(sample.forms[0]))
    pages = page_texts(data)
    marks = [*(f"<L{n}>" for n in range(1, 51)), *(f"<{o}{n}>" for o in "abcd" for n in range(40))]
    marks += [] if last else [*(f"<C{n}>" for n in range(1, 71)), "<S2>", "<S3>"]
    assert re.findall(r"<\w\d+>", "".join(pages)) == marks
    assert "<d39>" in next(page for page in pages if "Endofthetest" in page) or not last
    assert all(line.baseline_pt > 55 for line in drawn_lines(data) if "<" in line.text)


def test_the_page_of_a_stimulus_is_named_on_whatever_page_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On one for which no line was laid out beforehand: of 40 pages there are, which would take long here."""
    monkeypatch.setattr(blocks, "MOST_PAGES", 4)
    fillers = [item(n, stem="คำถาม\n" * 9) for n in range(1, 6)]
    members = [item(n, stem="คำถาม\n" * 7, shared_stimulus="case") for n in (6, 7)]
    sample = exam([*fillers, *members], stimuli={"case": "<CASE>"})
    printer = BookletPrinter(sample, PapersRule(size="A5", text="large"), TEMPLATES)
    pages = page_texts(_write(printer, tmp_path, plain_booklet(sample.forms[0])))
    [page] = [n for n, text in enumerate(pages, 1) if "<CASE>" in text]
    assert page > blocks.MOST_PAGES
    assert f"Theinformationisonpage{page}" in pages[page]


# ── options ──────────────────────────────────────────────────────────────────────────────────


def _option_lines(data: bytes) -> Iterator[str]:
    for line in drawn_lines(data):
        if line.page and line.text.startswith(("ก.", "ข.", "ค.", "ง.")):
            yield line.text


@pytest.mark.long("many widths; test_pages_of_every_setting_are_identical has options beside each other")
def test_no_option_wraps_beside_others_where_it_has_a_line_of_its_own(tmp_path: Path) -> None:
    marks = ["", "**", "*", "`"]
    lengths = range(23)
    items = [
        item(n, options={o: f"{mark}{o}{'ม' * length}{'W' * length}{mark}" for o in "abcd"})
        for n, (mark, length) in enumerate(product(marks, lengths), 1)
    ]
    sample = exam(items)
    printer = BookletPrinter(sample, PapersRule(), TEMPLATES)
    found = list(_option_lines(_write(printer, tmp_path, plain_booklet(sample.forms[0]))))
    assert {line.count(".") for line in found} == {1, 2, 4}
    # what wraps stands on a line that begins with no letter
    assert sum(line.count("W") for line in found) == len(marks) * sum(4 * length for length in lengths)
