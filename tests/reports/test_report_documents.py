"""Reports that are one document: what the fonts lack keeps none from being made."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pikepdf

from examgen.reports.writing import ReportOptions, report
from tests.reports.scored_samples import first, right, sat


def test_letters_that_the_fonts_lack_stand_by_number_in_a_pdf(tmp_path: Path) -> None:
    extra = {"P-1": {"centre": "北京"}, "P-2": {"centre": "ขอนแก่น"}}
    sat(tmp_path / "exam", {"P-1": right, "P-2": first(7)}, extra=extra)
    (package,) = {path.parent for path in tmp_path.rglob("exam.yaml")}
    told: list[str] = []
    report(package, tmp_path, "centre", ReportOptions(out=tmp_path / "out"), told.append)
    command = ["pdftotext", tmp_path / "out" / "report.pdf", "-"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    with pikepdf.open(tmp_path / "out" / "report.pdf") as pdf:
        assert str(pdf.docinfo["/Title"]).endswith(" – ผลการสอบแยกตามศูนย์สอบและชุดข้อสอบ")
    assert "<U+5317><U+4EAC>" in text
    assert "ขอนแก่น" in text
    assert any("北 京" in line for line in told)
    assert "北京" in (tmp_path / "out" / "report.html").read_text("utf-8")
