"""Tables of units in PDF files: what stands in one cell is read as one, however it is printed."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from examgen.assembly.editions.kept import compare
from examgen.bank.standards.reading import read_unit
from examgen.core.models.standard import Criterion, Element, Unit
from examgen.core.problems import Refused
from examgen.core.words import in_language
from examgen.rendering.pdf.reading.whole_text import text_of
from tests.effort import some
from tests.standards.test_pdf_documents import PAGE, lines, printed, told, without_programs

pypdfium2 = pytest.importorskip("pypdfium2")
DATA = Path(__file__).parents[1] / "data" / "pdf"
UNIT = read_unit(PAGE.encode(), "unit.txt").unit
ABOVE, _, REST = PAGE.partition("11. สมรรถนะย่อย")
BELOW = "12. ความรู้" + REST.partition("12. ความรู้")[2]
HEADING = "<p>11. สมรรถนะย่อยและเกณฑ์การปฏิบัติงาน (Elements and Performance Criteria)</p>"
HEADS = ("หน่วยสมรรถนะย่อย (EOC)", "เกณฑ์ในการปฏิบัติงาน (Performance Criteria)", "รหัส PC")
THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
Lay = Callable[[], str]


def rows(row: Callable[[Element, int, Criterion], Iterable[str]]) -> str:
    return "".join(
        "<tr>"
        + "".join(one if one.startswith("<td") else f"<td>{one}</td>" for one in row(e, n, pc))
        + "</tr>"
        for e in UNIT.elements
        for n, pc in enumerate(e.criteria)
    )


def table(body: str, heads: Iterable[str] = HEADS) -> str:
    return f"<table><thead><tr>{''.join(f'<td>{one}</td>' for one in heads)}</thead>{body}</table>"


def repeated() -> str:
    return table(rows(lambda e, n, pc: (f"{e.code} {e.title}", pc.text, pc.code)))


def spanned() -> str:
    def row(e: Element, n: int, pc: Criterion) -> Iterable[str]:
        if n == 0:
            yield f"<td rowspan='{len(e.criteria)}' style='vertical-align:middle'>{e.code} {e.title}</td>"
        yield from (pc.text, pc.code)

    return table(rows(row))


def once() -> str:
    return table(rows(lambda e, n, pc: ("" if n else f"{e.code} {e.title}", pc.text, pc.code)))


def own_column() -> str:
    return table(rows(lambda e, n, pc: (e.code, e.title, pc.text, pc.code)), ("รหัส EOC", *HEADS))


def code_before() -> str:
    heads = (HEADS[0], HEADS[2], HEADS[1])
    return table(rows(lambda e, n, pc: (f"{e.code} {e.title}", pc.code, pc.text)), heads)


def code_inside() -> str:
    return table(rows(lambda e, n, pc: (f"{e.code} {e.title}", f"{pc.code} {pc.text}")), HEADS[:2])


def thai_digits() -> str:
    return table(
        rows(
            lambda e, n, pc: (
                f"{e.code.translate(THAI_DIGITS)} {e.title}",
                pc.text,
                pc.code.translate(THAI_DIGITS),
            )
        )
    )


def within() -> str:
    body = "".join(
        f"<tr><td>{e.code} {e.title}</td><td><table style='width:240pt'>"
        + "".join(f"<tr><td>{pc.text}</td><td>{pc.code}</td></tr>" for pc in e.criteria)
        + "</table></td></tr>"
        for e in UNIT.elements
    )
    return table(body, HEADS[:2])


def merged() -> str:
    body = "".join(
        f"<tr><td colspan='2'>{e.code} {e.title}</td></tr>"
        + "".join(f"<tr><td>{pc.text}</td><td>{pc.code}</td></tr>" for pc in e.criteria)
        for e in UNIT.elements
    )
    return table(body, HEADS[1:])


LAYOUTS = (repeated, spanned, once, own_column, code_before, code_inside, thai_digits, within, merged)


def read(pdf: bytes) -> Unit:
    text, doubts, _ = text_of(pdf, "unit.pdf")
    return read_unit(text.encode(), "unit.pdf", doubts).unit


def solid(unit: Unit) -> dict[str, str]:
    """The cells of section 11; a line may end where the page has a blank, and where it has none."""
    told = {one.code: one.title for one in unit.elements} | {one.code: one.text for one in unit.criteria}
    return {code: text.replace(" ", "") for code, text in told.items()}


def page(body: str, space: int = 0, style: str = "") -> bytes:
    gap = f"<div style='height:{space}pt'></div>"
    return printed(f"<style>{style}</style>{lines(ABOVE)}{gap}{HEADING}{body}{lines(BELOW)}")


@pytest.mark.parametrize("lay", LAYOUTS, ids=lambda lay: lay.__name__)
@pytest.mark.parametrize("space", some([0, 150, 190], 1))
def test_cells_are_read_whatever_the_layout(lay: Lay, space: int) -> None:
    """The table stands within a page, and goes on over its end, with its heads once more."""
    unit = read(page(lay(), space, "table{border-collapse:collapse} @page{size:A4 portrait;margin:20mm}"))
    if lay is within and space == 0:
        assert unit.error is not None
        assert unit.error.kind == "criterion_without_code", "a row of it is cut by the page"
        return
    assert unit.error is None
    assert solid(unit) == solid(UNIT)
    assert [one.code for one in unit.elements] == [one.code for one in UNIT.elements]
    assert (unit.code, unit.levels) == (UNIT.code, UNIT.levels)
    assert unit.assessment == UNIT.assessment


def test_a_row_that_the_end_of_a_page_cuts_is_one() -> None:
    found = set()
    for space in some(range(100, 260, 10), 2):
        pdf = page(repeated(), space, "table{border-collapse:collapse} td{font-size:16pt} @page{margin:20mm}")
        assert solid(read(pdf)) == solid(UNIT), space
        found.add(text_of(pdf, "unit.pdf").text.count(HEADS[2]))
    assert found == {1}, "heads that are printed again are told once"


def test_a_cell_over_several_rows_that_the_end_of_a_page_cuts_is_one() -> None:
    """Browsers print the rest of an element's title at the top of the next page, beside its next criterion."""
    first, *others = UNIT.elements
    at = first.title.index("กิจกรรม")
    halves = (f"{first.code} {first.title[:at]}", first.title[at:])
    rest = "".join(
        f"<tr><td rowspan='{len(one.criteria)}'>{one.code} {one.title}</td>"
        + "<tr>".join(f"<td>{pc.text}</td><td>{pc.code}</td></tr>" for pc in one.criteria)
        for one in others
    )
    here, *there = first.criteria
    pages = (
        table(f"<tr><td>{halves[0]}</td><td>{here.text}</td><td>{here.code}</td></tr>"),
        "<div style='break-after:page'></div>",
        table(f"<tr><td rowspan='{len(there)}'>{halves[1]}</td>" + "<tr>".join(f"<td>{pc.text}</td><td>{pc.code}</td></tr>" for pc in there) + rest),
    )  # fmt: skip
    unit = read(page("".join(pages), style="table{border-collapse:collapse}"))
    assert unit.error is None
    assert solid(unit) == solid(UNIT)


def test_syllables_that_a_browser_tells_twice_and_blanks_that_nobody_wrote() -> None:
    """Chromium's print of the example, its table with elements over several rows."""
    unit = read((DATA / "unit-by-chromium.pdf").read_bytes())
    assert unit.error is None
    assert solid(unit) == solid(UNIT)
    assert unit.assessment == UNIT.assessment
    assert not [one for one in unit.warnings if one not in UNIT.warnings]


def test_the_circle_of_sara_am_that_ghostscript_does_not_tell() -> None:
    """It writes a file anew without what that glyph says, and of ligatures the letters with their bytes in the
    other order: one vowel had become another without a word."""
    unit = read((DATA / "unit-by-ghostscript.pdf").read_bytes())
    assert "\u0e33" in "".join(solid(UNIT).values())
    assert solid(unit) == solid(UNIT)
    assert unit.occupations == UNIT.occupations
    assert {one.kind for one in unit.warnings if one not in UNIT.warnings} <= {"text_unplaced"}


def test_a_word_that_was_broken_at_the_end_of_a_line_is_whole() -> None:
    """Sections of text: a level, an occupation, a heading go on in the next line."""
    for wide in some(range(300, 480, 20), 3):
        unit = read(printed(f"<div style='width:{wide}pt'>{lines(PAGE)}</div>"))
        assert unit.assessment == UNIT.assessment, wide
        assert unit.occupations == UNIT.occupations, wide
        assert unit.levels == UNIT.levels, wide


def test_what_is_printed_at_the_head_and_foot_of_each_page_is_left_out_and_told() -> None:
    """The table goes on over the end of a page, where the address and the number of the page stand."""
    edges = "@top-left{content:'23/11/2569 14:05 น.'} @bottom-right{content:'https://tpqi-net.go.th/ ' counter(page)}"
    pdf = page(repeated(), 150, f"table{{border-collapse:collapse}} @page{{size:A4;margin:20mm;{edges}}}")
    assert "tpqi-net" in pypdfium2.PdfDocument(pdf)[1].get_textpage().get_text_bounded()
    unit = read(pdf)
    assert solid(unit) == solid(UNIT)
    [left_out] = [one for one in unit.warnings if one not in UNIT.warnings]
    assert left_out.kind == "margins_left_out"
    assert "'23/11/2569 14:05 น.'" in left_out.message
    assert "'https://tpqi-net.go.th/ 1'" in left_out.message
    assert "หัวกระดาษ" in in_language(left_out.message, "th")


def two_pages(feet: tuple[str, str]) -> str:
    """The text of two pages of as many lines, those lines the last ones."""
    body = "".join(
        f"<div style='height:200pt;break-after:page;position:relative'>{lines(pc.text)}{lines(pc.text)}"
        f"<p style='position:absolute;bottom:0'>{foot}</p></div>"
        for pc, foot in zip(UNIT.criteria, feet, strict=False)
    )
    return text_of(printed(f"<style>body{{margin:0}} p{{margin:0}}</style>{body}"), "unit.pdf").text


@pytest.mark.parametrize(
    "feet",
    [
        ("อาชีพช่างไฟฟ้า ระดับ 3", "อาชีพช่างไฟฟ้า ระดับ 4"),
        ("A401.01", "A401.02"),
        ("8. กลุ่มอาชีพในสาขา", "9. กลุ่มอาชีพในสาขา"),
        ("1) ต้องสามารถระบุได้", "2) ต้องสามารถระบุได้"),
        ("ระดับ ๓", "ระดับ ๔"),
        ("ระดับ 3", "ระดับ 3"),
    ],
)
def test_a_foot_whose_numbers_may_tell_something_is_kept(
    feet: tuple[str, str],
) -> None:
    assert [one for one in two_pages(feet).splitlines() if one in feet] == list(feet)


@pytest.mark.parametrize(
    "feet",
    [
        ("หน้า 1 จาก 2", "หน้า 2 จาก 2"),
        ("- ๑ -", "- ๒ -"),
        ("1/2", "2/2"),
        ("23 พฤศจิกายน 2569", "23 พฤศจิกายน 2569"),
        ("11/23/26, 2:05 PM", "11/23/26, 2:06 PM"),
        ("tpqi-net.go.th/unit/401?page=3", "tpqi-net.go.th/unit/401?page=3"),
        ("มาตรฐานอาชีพ", "มาตรฐานอาชีพ"),
    ],
)
def test_numbers_of_pages_dates_and_addresses_are_left_out(feet: tuple[str, str]) -> None:
    assert not set(two_pages(feet).splitlines()) & set(feet)


def test_editions_are_compared_with_a_pdf_as_with_its_text(tmp_path: Path) -> None:
    (tmp_path / "unit.pdf").write_bytes(page(repeated()))
    (tmp_path / "unit.txt").write_text(PAGE, "utf-8")
    found = compare(tmp_path, str(tmp_path / "unit.txt"), str(tmp_path / "unit.pdf"))
    assert found.new.code == UNIT.code
    assert {kind for one in found.differences for kind in one[0].kinds} == {"unchanged"}


def changed(pdf: bytes, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        change(document)
        written = io.BytesIO()
        document.save(written)
    return written.getvalue()


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_pages_that_are_shown_turned_are_read_as_others(angle: int) -> None:
    def turn(document: pikepdf.Pdf) -> None:
        for one in document.pages:
            one.Rotate = angle

    assert solid(read(changed(page(repeated()), turn))) == solid(UNIT)


def test_text_that_is_drawn_turned_is_refused_by_its_page() -> None:
    def turn(document: pikepdf.Pdf) -> None:
        last = document.pages[-1]
        last.contents_add(b"q 0 1 -1 0 595 0 cm", prepend=True)
        last.contents_add(b"Q")

    turned = changed(page(repeated(), 190), turn)
    n = len(pypdfium2.PdfDocument(turned))
    with pytest.raises(Refused, match=f"the text of page {n} is turned") as refused:
        text_of(turned, "unit.pdf")
    assert "หมุน" in in_language(refused.value.message, "th")


def test_a_page_that_is_a_picture_among_others_is_refused_by_its_number() -> None:
    """The rows that stand on it would be lacking without a word."""

    def scan(document: pikepdf.Pdf) -> None:
        picture = io.BytesIO()
        Image.new("L", (600, 800), "white").save(picture, "PDF")
        with pikepdf.open(picture) as other:
            document.pages.insert(1, other.pages[0])

    with pytest.raises(Refused, match="page 2 is a picture") as refused:
        text_of(changed(page(repeated(), 190), scan), "unit.pdf")
    assert "ภาพ" in in_language(refused.value.message, "th")


def test_thai_that_cannot_be_is_refused() -> None:
    """Where the file says other letters than its fonts draw: marks over no letter, vowels before none."""

    def otherwise(said: bytes) -> bytes:
        for char, other in {"\u0e01": "\u0e40", "\u0e23": "\u0e48", "\u0e07": "\u0e31"}.items():
            said = said.replace(b"<%04x>\n" % ord(char), b"<%04x>\n" % ord(other))
        return said

    lying = told(page(repeated()), otherwise)
    assert solid(read(lying)) == solid(UNIT), "the fonts themselves know it"
    with pytest.raises(Refused, match="its fonts do not say which letters they draw"):
        text_of(without_programs(lying), "unit.pdf")
