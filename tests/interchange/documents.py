"""Word documents as people write them: each a function that writes one, with what is to be read of it."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import docx
from docx.document import Document
from docx.enum.text import WD_COLOR_INDEX
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.shared import RGBColor
from docx.text.paragraph import Paragraph
from PIL import Image

THAI = ("กรุงเทพมหานคร", "เชียงใหม่", "ขอนแก่น", "สงขลา")
STEMS = ("เมืองหลวงของประเทศไทยคือเมืองใด", "ข้อใดไม่ใช่ธาตุโลหะ", "ไฟฟ้าในบ้านมีความต่างศักย์กี่โวลต์")
OPTIONS = (THAI, ("ทองแดง", "เหล็ก", "กำมะถัน", "สังกะสี"), ("110", "220", "380", "12"))
KEYS = (0, 2, 1)


class Expected(NamedTuple):
    """A question that is to be read: its stem, its options, which are right; None where that is to be asked."""

    stem: str
    options: Sequence[str]
    right: tuple[int, ...] | None


PLAIN = tuple(
    Expected(stem, options, (key,)) for stem, options, key in zip(STEMS, OPTIONS, KEYS, strict=True)
)
Written = tuple[bytes, Sequence[Expected]]


def _bytes(document: Document) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _marked(
    mark: Callable[[Any], None], letters: str = "กขคง", sign: str = ".", label_too: bool = False
) -> bytes:
    """Three questions, the right option with a mark on its letters."""
    document = docx.Document()
    document.add_heading("แบบทดสอบความรู้", 1)
    for n, (stem, options, key) in enumerate(zip(STEMS, OPTIONS, KEYS, strict=True), 1):
        document.add_paragraph(f"{n}. {stem}")
        for place, option in enumerate(options):
            paragraph = document.add_paragraph()
            label = paragraph.add_run(f"{letters[place]}{sign} ")
            run = paragraph.add_run(option)
            if place == key:
                mark(run)
                if label_too:
                    mark(label)
    return _bytes(document)


def bold() -> Written:
    def mark(run: Any) -> None:
        run.bold = True

    return _marked(mark, label_too=True), PLAIN


def underlined() -> Written:
    def mark(run: Any) -> None:
        run.underline = True

    return _marked(mark, "ABCD", ")"), PLAIN


def highlighted() -> Written:
    def mark(run: Any) -> None:
        run.font.highlight_color = WD_COLOR_INDEX.YELLOW

    return _marked(mark, "abcd"), PLAIN


def coloured() -> Written:
    def mark(run: Any) -> None:
        run.font.color.rgb = RGBColor(0xFF, 0, 0)

    return _marked(mark), PLAIN


def shaded() -> Written:
    def mark(run: Any) -> None:
        run._r.get_or_add_rPr().append(
            parse_xml(f'<w:shd {_NAMESPACE} w:val="clear" w:color="auto" w:fill="FFFF00"/>')
        )

    return _marked(mark), PLAIN


_NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def _typed(lines: Sequence[str]) -> bytes:
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    return _bytes(document)


def _lines(
    shown: Callable[[int, int, str], str], number: Callable[[int], str] = lambda n: f"{n}."
) -> list[str]:
    found = []
    for n, (stem, options) in enumerate(zip(STEMS, OPTIONS, strict=True)):
        found.append(f"{number(n + 1)} {stem}")
        found += [shown(n, place, option) for place, option in enumerate(options)]
    return found


def starred() -> Written:
    return _typed(_lines(lambda n, p, o: f"{'*' if p == KEYS[n] else ''}{'กขคง'[p]}. {o}")), PLAIN


def starred_behind() -> Written:
    return _typed(
        _lines(lambda n, p, o: f"{'กขคง'[p]}) {o}{' *' if p == KEYS[n] else ''}", lambda n: f"ข้อ {n}")
    ), PLAIN


def thai_digits_and_keys_at_the_end() -> Written:
    lines = _lines(lambda n, p, o: f"{'กขคง'[p]} . {o}", lambda n: "๑๒๓"[n - 1] + ".")
    return _typed([*lines, "", "เฉลย", "๑. ก  ๒. ค  ๓. ข"]), PLAIN


def answer_lines() -> Written:
    lines = []
    for n, (stem, options) in enumerate(zip(STEMS, OPTIONS, strict=True)):
        lines += [
            f"{n + 1}) {stem}",
            *(f"{'ABCD'[p]}. {o}" for p, o in enumerate(options)),
            f"ตอบ ข้อ {'กขคง'[KEYS[n]]}",
            "",
        ]
    return _typed(lines), PLAIN


def two_by_two_with_tabs() -> Written:
    lines = []
    for n, (stem, options) in enumerate(zip(STEMS, OPTIONS, strict=True)):
        lines += [
            f"{n + 1}. {stem}",
            f"ก. {options[0]}\t\tข. {options[1]}",
            f"ค. {options[2]}\t\tง. {options[3]}",
            f"เฉลย {'กขคง'[KEYS[n]]}.",
        ]
    return _typed(lines), PLAIN


def line_breaks_in_one_paragraph() -> Written:
    document = docx.Document()
    for n, (stem, options) in enumerate(zip(STEMS, OPTIONS, strict=True)):
        paragraph = document.add_paragraph()
        paragraph.add_run(f"{n + 1}. {stem}").add_break()
        for place, option in enumerate(options):
            run = paragraph.add_run(f"{'กขคง'[place]}. {option}")
            run.bold = place == KEYS[n]
            run.add_break()
    return _bytes(document), PLAIN


def _numbering(document: Document) -> tuple[int, int]:
    """Lists that Word counts itself: decimal for questions, Thai letters for options; their ids."""
    part = document.part.numbering_part.element
    for abstract, kind in ((90, "decimal"), (91, "thaiLetters")):
        part.insert(
            0,
            parse_xml(
                f'<w:abstractNum {_NAMESPACE} w:abstractNumId="{abstract}"><w:lvl w:ilvl="0"><w:start w:val="1"/>'
                f'<w:numFmt w:val="{kind}"/><w:lvlText w:val="%1."/></w:lvl></w:abstractNum>'
            ),
        )
    return 90, 91


def _list(document: Document, abstract: int, number: int, restart: bool) -> None:
    override = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>' if restart else ""
    document.part.numbering_part.element.append(
        parse_xml(
            f'<w:num {_NAMESPACE} w:numId="{number}"><w:abstractNumId w:val="{abstract}"/>{override}</w:num>'
        )
    )


def _in_list(paragraph: Paragraph, number: int) -> None:
    properties = paragraph._p.get_or_add_pPr()
    properties.append(
        parse_xml(f'<w:numPr {_NAMESPACE}><w:ilvl w:val="0"/><w:numId w:val="{number}"/></w:numPr>')
    )


def numbered_by_word() -> Written:
    document = docx.Document()
    questions, options = _numbering(document)
    _list(document, questions, 900, False)
    for n, (stem, texts) in enumerate(zip(STEMS, OPTIONS, strict=True)):
        _in_list(document.add_paragraph(stem), 900)
        _list(document, options, 910 + n, True)
        for place, text in enumerate(texts):
            paragraph = document.add_paragraph()
            paragraph.add_run(text).bold = place == KEYS[n]
            _in_list(paragraph, 910 + n)
    return _bytes(document), PLAIN


def key_table_in_rows() -> Written:
    document = docx.Document()
    for line in _lines(lambda n, p, o: f"{'กขคง'[p]}. {o}"):
        document.add_paragraph(line)
    document.add_paragraph("เฉลยคำตอบ")
    table = document.add_table(rows=2, cols=4)
    for column, (upper, lower) in enumerate(
        [("ข้อ", "คำตอบ"), *((str(n + 1), "กขคง"[KEYS[n]]) for n in range(3))]
    ):
        table.cell(0, column).text, table.cell(1, column).text = upper, lower
    return _bytes(document), PLAIN


def key_table_in_columns() -> Written:
    document = docx.Document()
    for line in _lines(lambda n, p, o: f"{'กขคง'[p]}. {o}"):
        document.add_paragraph(line)
    document.add_paragraph("ANSWER KEY")
    table = document.add_table(rows=4, cols=2)
    for row, (left, right) in enumerate([("ข้อ", "เฉลย"), *((str(n + 1), "ABCD"[KEYS[n]]) for n in range(3))]):
        table.cell(row, 0).text, table.cell(row, 1).text = left, right
    return _bytes(document), PLAIN


def options_in_a_table() -> Written:
    document = docx.Document()
    for n, (stem, options) in enumerate(zip(STEMS, OPTIONS, strict=True)):
        document.add_paragraph(f"{n + 1}. {stem}")
        table = document.add_table(rows=2, cols=2)
        for place, option in enumerate(options):
            run = table.cell(place // 2, place % 2).paragraphs[0].add_run(f"{'กขคง'[place]}. {option}")
            run.bold = place == KEYS[n]
    return _bytes(document), PLAIN


def letters_in_cells_of_their_own() -> Written:
    document = docx.Document()
    table = document.add_table(rows=0, cols=2)
    for n, (stem, options) in enumerate(zip(STEMS, OPTIONS, strict=True)):
        row = table.add_row().cells
        row[0].text, row[1].text = str(n + 1), stem
        for place, option in enumerate(options):
            row = table.add_row().cells
            row[0].text = "กขคง"[place]
            row[1].paragraphs[0].add_run(option).underline = place == KEYS[n]
    return _bytes(document), PLAIN


def tracked_changes() -> Written:
    document = docx.Document()
    document.add_paragraph(f"1. {STEMS[0]}")
    for place, option in enumerate(OPTIONS[0]):
        paragraph = document.add_paragraph(f"{'กขคง'[place]}. ")
        if place == 1:
            paragraph._p.append(_change("del", "เชียงราย"))
            paragraph._p.append(_change("ins", option))
        else:
            paragraph.add_run(option).bold = place == KEYS[0]
    return _bytes(document), PLAIN[:1]


def _change(kind: str, text: str) -> Any:
    tag = "delText" if kind == "del" else "t"
    return parse_xml(
        f'<w:{kind} {_NAMESPACE} w:id="1" w:author="x"><w:r><w:{tag}>{text}</w:{tag}></w:r></w:{kind}>'
    )


def pictures() -> Written:
    document = docx.Document()
    buffer = io.BytesIO()
    Image.new("RGB", (12, 8), "red").save(buffer, "PNG")
    document.add_paragraph(f"1. {STEMS[0]}")
    document.add_paragraph().add_run().add_picture(io.BytesIO(buffer.getvalue()))
    for place, option in enumerate(OPTIONS[0]):
        document.add_paragraph(f"{'กขคง'[place]}. {option}{' *' if place == KEYS[0] else ''}")
    return _bytes(document), PLAIN[:1]


def a_table_in_the_stem() -> Written:
    document = docx.Document()
    document.add_paragraph(f"1. {STEMS[0]}")
    table = document.add_table(rows=2, cols=3)
    for place, text in enumerate(("เดือน", "รายรับ", "รายจ่าย", "ม.ค.", "100", "80")):
        table.cell(place // 3, place % 3).text = text
    for place, option in enumerate(OPTIONS[0]):
        document.add_paragraph(f"{'กขคง'[place]}. {option}{' *' if place == KEYS[0] else ''}")
    return _bytes(document), [Expected(STEMS[0] + "เดือนรายรับรายจ่ายม.ค.10080", THAI, (0,))]


def stems_of_several_lines() -> Written:
    lines = [
        "1. ช่างต้องเปลี่ยนหลอดไฟ 3 หลอด", "หลอดละ 1.5 บาท ในเวลา 10.30 น.", "เขาต้องจ่ายเท่าใด", "ก. 3.00 บาท",
        "ข. 4.50 บาท *", "ค. 5.00 บาท",
    ]  # fmt: skip
    return _typed(lines), [
        Expected(
            "ช่างต้องเปลี่ยนหลอดไฟ3หลอดหลอดละ1.5บาทในเวลา10.30น.เขาต้องจ่ายเท่าใด",
            ("3.00 บาท", "4.50 บาท", "5.00 บาท"),
            (1,),
        )
    ]


def a_key_that_contradicts() -> Written:
    lines = _lines(lambda n, p, o: f"{'*' if p == KEYS[n] else ''}{'กขคง'[p]}. {o}")
    return _typed([*lines, "เฉลย", "1. ก 2. ค 3. ง"]), [*PLAIN[:2], PLAIN[2]._replace(right=None)]


def bold_words_within() -> Written:
    """Bold for emphasis within one option tells no key: it is asked."""
    document = docx.Document()
    document.add_paragraph(f"1. {STEMS[0]}")
    for place, option in enumerate(OPTIONS[0]):
        paragraph = document.add_paragraph(f"{'กขคง'[place]}. {option} ")
        if place == 2:
            paragraph.add_run("ไม่").bold = True
    options = [option + ("ไม่" if place == 2 else "") for place, option in enumerate(OPTIONS[0])]
    return _bytes(document), [Expected(STEMS[0], options, None)]


def all_bold() -> Written:
    """A document that is bold throughout tells no key by it."""
    document = docx.Document()
    for line in _lines(lambda n, p, o: f"{'กขคง'[p]}. {o}"):
        document.add_paragraph().add_run(line).bold = True
    return _bytes(document), [one._replace(right=None) for one in PLAIN]


def essay_questions_between() -> Written:
    lines = _lines(lambda n, p, o: f"{'กขคง'[p]}. {o}{'*' if p == KEYS[n] else ''}")
    return _typed([*lines, "4. จงอธิบายขั้นตอนการซ่อมหลอดไฟ", "5. จงเขียนแผนงาน"]), PLAIN


def split_runs() -> Written:
    """Word cuts what is typed into runs wherever it likes."""
    document = docx.Document()
    for n, (stem, options) in enumerate(zip(STEMS, OPTIONS, strict=True)):
        paragraph = document.add_paragraph()
        for part in (str(n + 1), ".", " ", stem[:3], stem[3:]):
            paragraph.add_run(part)
        for place, option in enumerate(options):
            paragraph = document.add_paragraph()
            for part in ("กขคง"[place], ".", " ", option[:2], option[2:]):
                paragraph.add_run(part).bold = place == KEYS[n]
    return _bytes(document), PLAIN


def inside_content_controls() -> Written:
    document = docx.Document()
    for line in _lines(lambda n, p, o: f"{'กขคง'[p]}. {o}{'*' if p == KEYS[n] else ''}"):
        document.add_paragraph(line)
    body = document.element.body
    control, content = OxmlElement("w:sdt"), OxmlElement("w:sdtContent")
    for paragraph in [one for one in body if one.tag == qn("w:p")]:
        content.append(paragraph)
    control.append(content)
    body.insert(0, control)
    return _bytes(document), PLAIN


def thai_numbers_with_tabs() -> Written:
    """Numbers and letters typed with tabs behind them, options two a line, as on paper."""
    lines = []
    for n, (stem, options) in enumerate(zip(STEMS, OPTIONS, strict=True)):
        lines += [
            f"{'๑๒๓'[n]}.\t{stem}",
            f"\tก.\t{options[0]}\tข.\t{options[1]}",
            f"\tค.\t{options[2]}\tง.\t{options[3]}",
        ]
    return _typed([*lines, "เฉลย", "๑.\tก", "๒.\tค", "๓.\tข"]), PLAIN


def options_in_columns_and_a_table_of_keys() -> Written:
    """Options down the two columns of a table without letters of Word; the key in a table at the end."""
    document = docx.Document()
    for n, (stem, options) in enumerate(zip(STEMS, OPTIONS, strict=True)):
        document.add_paragraph(f"{'๑๒๓'[n]}. {stem}")
        table = document.add_table(rows=2, cols=2)
        for place, option in enumerate(options):
            table.cell(place % 2, place // 2).text = f"{'กขคง'[place]}) {option}"
    document.add_paragraph("เฉลย")
    table = document.add_table(rows=2, cols=3)
    for n, key in enumerate(KEYS):
        table.cell(0, n).text, table.cell(1, n).text = f"ข้อ {'๑๒๓'[n]}", f"{'กขคง'[key]}."
    return _bytes(document), PLAIN


def a_table_of_keys_that_doubts() -> Written:
    """A key of two letters, one with a question mark, one that is none of the options: all are asked."""
    document = docx.Document()
    for line in _lines(lambda n, p, o: f"{'กขคง'[p]}.\t{o}", lambda n: "๑๒๓"[n - 1] + "."):
        document.add_paragraph(line)
    document.add_paragraph("เฉลย")
    table = document.add_table(rows=4, cols=2)
    for row, cells in enumerate([("ข้อ", "เฉลย"), ("๑", "ก หรือ ข"), ("๒", "ค ?"), ("๓", "ช")]):
        table.cell(row, 0).text, table.cell(row, 1).text = cells
    return _bytes(document), [one._replace(right=None) for one in PLAIN]


DOCUMENTS: tuple[Callable[[], Written], ...] = (
    bold, underlined, highlighted, coloured, shaded, starred, starred_behind, thai_digits_and_keys_at_the_end,
    answer_lines, two_by_two_with_tabs, line_breaks_in_one_paragraph, numbered_by_word, key_table_in_rows,
    key_table_in_columns, options_in_a_table, letters_in_cells_of_their_own, tracked_changes, pictures,
    a_table_in_the_stem, stems_of_several_lines, a_key_that_contradicts, bold_words_within, all_bold,
    essay_questions_between, split_runs, inside_content_controls, thai_numbers_with_tabs,
    options_in_columns_and_a_table_of_keys, a_table_of_keys_that_doubts,
)  # fmt: skip
