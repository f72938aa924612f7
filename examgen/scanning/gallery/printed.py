"""The gallery for people without a browser: crops with their codes as PDF, and a workbook to fill in.

Both hold one task: what is to be decided, checked a second time, or settled. The workbook is a file of
decisions as the page saves one, with `decided` left empty; texts are texts whatever they begin with.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from html import escape
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from PIL import Image

from examgen.core.resources import fonts
from examgen.rendering.pdf.document import render_pdf
from examgen.scanning.gallery.crops import Crop
from examgen.scanning.gallery.in_doubt import Ask, Task
from examgen.scanning.gallery.page import Gallery
from examgen.scanning.gallery.words import headings, words

_WIDTHS = {
    **{"no": 7, "source": 26, "page": 8, "question": 9, "decided": 14, "form": 9, "note": 34},
    **{"by": 18, "time": 13, "code": 17, "kind": 10, "task": 9, "read": 12, "scan": 12},
}
"""The columns of the workbook in their order, and how many characters each is wide."""
_TO_FILL = ("decided", "form", "note", "by", "time")
_AROUND = 0.35
"""Of the height of a row, what is printed above and below it."""
_CELL = PatternFill("solid", fgColor="FFF8E1")
_HEAD = PatternFill("solid", fgColor="DCE6F1")
_SIDE = Side("thin", color="9AA5B1")
_LINE = Border(left=_SIDE, right=_SIDE, top=_SIDE, bottom=_SIDE)


_CSS = """
@page {
  size: A4; margin: 12mm 12mm 14mm;
  @bottom-center { content: counter(page) " / " counter(pages); font: 8pt Sarabun }
}
body { font: 9.5pt/1.5 Sarabun; margin: 0 }
h1 { font-size: 14pt; margin: 0 }
h1 span { font-weight: 400 }
p { margin: 0 0 1mm }
div {
  display: inline-block; vertical-align: top; box-sizing: border-box; width: 91mm; break-inside: avoid;
  margin: 0 1.5mm 1.5mm 0; padding: 1mm 2mm; border: .2mm solid #999;
}
.identity { width: 183.5mm }
img { width: 100% }
.identity img { width: 150mm }
i { display: inline-block; border-bottom: .2mm solid #000; width: 26mm; height: 4mm; margin-left: 4mm }
.small { font-size: 7.5pt; color: #333 }
"""


def workbook(gallery: Gallery, task: Task) -> bytes:
    """The workbook of a task: a line for each doubt, in the order of the PDF."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "decisions"
    said = headings()
    for place, (name, width) in enumerate(_WIDTHS.items(), 1):
        # its name stands last, by which it is known when the file comes back
        head = sheet.cell(1, place, f"{said[name]['th']}\n{said[name]['en']}\n{name}")
        head.font, head.fill, head.border = Font(bold=True), _HEAD, _LINE
        head.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[get_column_letter(place)].width = width
    for n, ask in enumerate(_asked(gallery, task), 1):
        doubt = ask.doubt
        source, page = doubt.page
        # who decides first, or has decided, does not check it
        is_other = task == "second" and ("first" in ask.tasks or gallery.by in ask.not_by)
        line: dict[str, str | int] = {
            **{"no": n, "source": source, "page": page, "question": doubt.question or "–"},
            **{"decided": "", "form": "", "note": "", "by": "" if is_other else gallery.by, "time": ""},
            **{
                "code": doubt.code,
                "kind": doubt.kind,
                "task": task,
                "read": doubt.read,
                "scan": gallery.scan,
            },
        }
        for place, name in enumerate(_WIDTHS, 1):
            cell = sheet.cell(n + 1, place)
            cell.value, cell.data_type = line[name], "s" if isinstance(line[name], str) else "n"
            cell.border = _LINE
            if name in _TO_FILL:
                cell.fill, cell.number_format = _CELL, "@"
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _asked(gallery: Gallery, task: Task) -> list[Ask]:
    return [one for one in gallery.asks if task in one.tasks]


def crops_pdf(gallery: Gallery, task: Task, crops: Mapping[str, Crop], scratch: Path) -> bytes:
    """The crops of a task as PDF, numbered as in the workbook; pictures are laid down in `scratch`."""
    asked = _asked(gallery, task)
    said = words()
    body = ""
    for n, ask in enumerate(asked, 1):
        # the picture without most of what is above and below a row
        crop = crops[ask.doubt.code]
        with Image.open(io.BytesIO(crop.picture.data)) as image:
            grey = image.convert("L")
        top, height = crop.middle
        around = height * _AROUND
        ends = (max(0.0, top - around), min(1.0, top + height + around))
        box = (0, round(ends[0] * grey.height), grey.width, round(ends[1] * grey.height))
        grey.crop(box).save(scratch / f"{n}.jpg", quality=70, optimize=True)

        doubt, page = ask.doubt, gallery.pages[ask.doubt.page]
        what = (
            _filled(said["question"]["th"], n=doubt.question)
            if doubt.kind == "mark"
            else _filled(said["sheet_of"]["th"], serial=page.serial or "–")
        )
        where = _filled(said["from"]["th"], source=doubt.page[0], page=doubt.page[1])
        differ = " · ".join(f"{one.by}: {one.decided} {one.form}".strip() for one in ask.said)
        body += (
            f'<div class="{doubt.kind}"><p><b>{n}</b> <b>{escape(what)}</b> <i></i></p>'
            f'<img src="{n}.jpg" alt=""><p class="small">{escape(where)} · {doubt.code}</p>'
            f"{f'<p>{escape(differ)}</p>' if differ else ''}</div>"
        )
    title = f"{said['title']['th']} · {said['title']['en']}"
    exams = ", ".join(one.code for one in gallery.exams)
    about = " · ".join(filter(None, (said[f"short_{task}"]["th"], said[f"short_{task}"]["en"], gallery.by)))
    faces = "".join(
        f"@font-face {{ font-family: Sarabun; font-weight: {weight}; "
        f'src: url("{(fonts() / f"Sarabun-{name}.ttf").as_uri()}") }}\n'
        for name, weight in (("Regular", 400), ("Bold", 700))
    )
    html = (
        f'<!DOCTYPE html><html lang="th"><head><meta charset="utf-8"><style>{faces}{_CSS}</style></head>'
        "<body>"
        f"<h1>{escape(title)} <span>{escape(exams)}</span></h1><p>{escape(about)} · {gallery.scan}</p>"
        f"<p>{escape(said['paper_told']['th'])}<br>{escape(said['paper_told']['en'])}</p>{body}</body></html>"
    )
    return render_pdf(html, title=f"{exams} – {title}", language="th", readable=(scratch, fonts()))


def _filled(text: str, **values: object) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text
