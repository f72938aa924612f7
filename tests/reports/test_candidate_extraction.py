"""The text of candidates' reports as readers of PDF files extract it: every character, each line in one piece."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path

import pypdfium2
import pytest
from bs4 import BeautifulSoup

from examgen.core.text.thai import in_digits
from examgen.rendering.pdf.source import comparable, difference, expected_text
from tests.reports.scored_samples import first, sat
from tests.reports.test_candidate_press import LISTS, LONG, PLACE, Made

NAMES = (
    "นายกฎุมพี ฏูฎุฐ ฎำ",
    "น้ำทิพย์ ก๊กฺ ปฺา พุทฺธํ",
    LONG,
    "ปิ่น ปี้ปึ๋งปื๊ด ฟ้า ฝั่ง ป๊า ป๋ำ",
    "Dr. สมชาย O’Neill-McDonald ๑๒๓ 456",
)


def poppler(path: Path, *mode: str) -> str:
    ran = subprocess.run(["pdftotext", *mode, path, "-"], check=True, capture_output=True, text=True)
    return ran.stdout


def pdfium(path: Path) -> str:
    with pypdfium2.PdfDocument(path) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


@pytest.mark.long("every reader on every name; test_candidate_press holds the text to the page's")
def test_every_reader_finds_every_character(tmp_path: Path) -> None:
    people = {f"1{n:02d}": first(n + 3) for n in range(len(NAMES))}
    made = Made(sat(tmp_path / "exam", people, unit=LISTS), "both", "thai")
    made.reports = [
        one._replace(name=name, place=PLACE) for one, name in zip(made.reports, NAMES, strict=True)
    ]
    path = tmp_path / "report.pdf"
    for report in made.reports:
        n_pages = made.write(path, [report])
        numbers = [in_digits(f"{number} / {n_pages}", made.digits) for number in range(1, n_pages + 1)]
        body = str(BeautifulSoup(made.html(report), "html.parser").body)
        source = "\n".join([expected_text(body), *(f"{report.candidate_id} · {one}" for one in numbers)])
        for mode in ((), ("-layout",)):  # both read a table row by row as it is seen
            assert Counter(comparable(poppler(path, *mode))) == Counter(comparable(source)), mode
        assert difference(poppler(path, "-raw"), source) == ""
        assert difference(pdfium(path), source) == ""
