"""The code on a report as the address of the page that checks it: read off the paper, in whatever form it comes."""

from __future__ import annotations

import re
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp

from examgen.core.signing.codes import SignedStatement, code_of
from examgen.core.signing.keys import make_keys, read_private
from examgen.core.signing.signers import SignWith, file_signer
from examgen.rendering.symbols import qr_code
from examgen.reports.candidates import CandidateReportOptions, candidate_reports
from examgen.reports.codes import MOST_CRITERIA, codes_in
from examgen.reports.verifying import verify_report
from examgen.reports.writing import ReportOptions
from tests.reports.scored_samples import items_of, long_unit, right, sat

PAGE = "https://exams.example.or.th/verify/"
WIDTH_MM = 30
"""Of the picture on a report, `report-candidate.css`."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("addresses")
    unit = long_unit(MOST_CRITERIA)
    sat(folder / "package", {"1100200300145": right}, items_of(unit, 1), unit, n_items=MOST_CRITERIA,
        criteria={"all": 1})  # fmt: skip
    make_keys(folder / "body.pem", "A body")
    (folder / "examgen.yaml").write_text(f"reports: {{verify: {PAGE}}}\n", "utf-8")
    own = read_private(folder / "body.pem")
    with file_signer(SignWith(str(folder / "body.pem"))) as signer:
        which = CandidateReportOptions(key=own.codes, signer=signer, html=True)
        candidate_reports(folder / "package", folder, ReportOptions(out=folder / "out", lang="en"), which)
    return folder


def test_the_largest_code_is_read_off_the_paper(place: Path) -> None:
    """As a scan at 200 dots per inch has it, and with modules no smaller than a telephone reads."""
    (path,) = (place / "out").glob("*.pdf")
    with pypdfium2.PdfDocument(path) as document:
        picture = document[0].render(scale=200 / 72, grayscale=True).to_pil()
    (found,) = zxingcpp.read_barcodes(picture)
    assert found.text.startswith(f"{PAGE}#EG1:")
    assert re.fullmatch(r"[!-~]+", found.text)
    assert WIDTH_MM / (len(qr_code(found.text)) + 8) > 0.25, "mm a module"
    assert len(qr_code(found.text)) - len(qr_code(code_of(found.text))) <= 8
    picture.save(place / "scan.png")
    for what in (path, place / "scan.png", found.text, found.text.lower(), code_of(found.text)):
        (code,) = verify_report(str(what), [place / "body.public.json"]).codes
        assert isinstance(code.statement, SignedStatement)
        assert code.statement.candidate_id == "1100200300145"
        assert code.statement.criteria.count(" ") == 2 * MOST_CRITERIA - 1


def test_a_page_of_html_holds_the_code_and_shows_the_address(place: Path) -> None:
    (path,) = (place / "out").glob("*.html")
    page = path.read_text("utf-8")
    (code,) = codes_in(page)
    assert code.startswith("EG1:")
    found = verify_report(str(path), [place / "body.public.json"])
    assert len(found.codes) == 1
    assert "read the code with a phone, or open" in re.sub(r"\s+", " ", page)
