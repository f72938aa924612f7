"""Certificates on the site: issued and changed by approvers, read by auditors and administrators, verified by
everybody."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from examgen.evidence.certificates import read_register
from examgen.reports.signing import private_keys
from examgen.reports.verifying import verify_report
from examgen.scoring.releases import release
from examgen.scoring.score import score
from examgen.site.audit.models import Entry
from tests.site.conftest import Browser
from tests.site.results.conftest import EXAM
from tests.site.results.test_verify import ask

__all__ = ["ask"]
AT = f"/exams/{EXAM}/certificates/"
SETTINGS = """
reports:
  name: {th: สถาบันทดสอบ, en: Test Body}
  verify: https://exams.example.org/verify/
  validity: {th: มีอายุ, en: Valid., years: 100}
certificates: {number: "TPQI-{thai_year}-{n:05}"}
"""


@pytest.fixture
def workspace(results: Path) -> Path:
    place = results.parents[1]
    (place / "examgen.yaml").write_text(SETTINGS, "utf-8")
    return place


@pytest.fixture
def approver(workspace: Path, browser: Browser) -> Any:
    client = browser("approver")
    client.cookies["language"] = "en"
    return client


def test_an_approver_issues_changes_and_downloads(workspace: Path, approver: Any) -> None:
    assert "1 who met a unit in the released run has no certificate of it." in approver.page(AT)
    assert approver.post(AT, {"candidates": "0002"}).status_code == 422
    assert approver.post(AT, {}).status_code == 302
    (made,) = read_register(workspace)
    assert (made.number, made.issued.candidate_id) == ("TPQI-2569-00001", "0001")
    assert made.issued.by.startswith("คุณ")
    entry = Entry.objects.filter(what="certificate.issue").get()
    assert entry.detail["n"] == 1
    page = approver.page("/certificates/", {"text": "tpqi-๒๕๖๙"})
    assert "TPQI-2569-00001" in page
    assert "สมหญิง" in page
    assert "TPQI" not in approver.page("/certificates/", {"status": "expired"}).partition("<table")[2]
    table = approver.get("/certificates/list.csv").content.decode("utf-8-sig")
    assert table.splitlines()[1].startswith("TPQI-2569-00001,valid,0001,")
    signed = approver.get("/certificates/1/pdf/", {"key": "body"})
    path = workspace / "one.pdf"
    path.write_bytes(signed.content)
    found = verify_report(str(path), [workspace / "keys" / "body.public.json"])
    assert found.compared
    assert found.codes[0].statement.name == "สมหญิง"
    secret = re.sub(rb"\s", b"", private_keys(workspace)["body"].read_bytes())[40:80]
    assert secret not in signed.content
    assert approver.get("/certificates/1/pdf/", {"key": "../keys/body"}).status_code == 404
    assert approver.post("/certificates/1/", {"act": "suspended", "reason": ""}).status_code == 422
    assert (
        approver.post(
            "/certificates/1/", {"act": "renewed", "reason": "x", "until": "2027-01-01"}
        ).status_code
        == 422
    )
    assert approver.post("/certificates/1/", {"act": "suspended", "reason": "สอบสวน"}).status_code == 302
    assert "Suspended" in approver.page("/certificates/1/").replace("suspended", "Suspended")
    assert approver.get("/certificates/1/pdf/").status_code in (400, 409, 422)
    assert approver.post("/certificates/1/", {"act": "suspended", "reason": "x"}).status_code == 422
    assert approver.get("/certificates/2/").status_code == 404


def test_everybody_learns_whether_a_certificate_holds(workspace: Path, approver: Any, ask: Any) -> None:
    approver.post(AT, {})
    answer = approver.get("/certificates/1/pdf/", {"key": "body"})
    (workspace / "one.pdf").write_bytes(answer.content)
    found = verify_report(str(workspace / "one.pdf"), [workspace / "keys" / "body.public.json"])
    import pypdfium2
    import zxingcpp

    with pypdfium2.PdfDocument(answer.content) as document:
        picture = document[0].render(scale=150 / 72).to_pil()
    (code,) = [one.text for one in zxingcpp.read_barcodes(picture)]
    assert code.startswith("https://exams.example.org/verify/#EC1:")
    assert " " not in code
    assert found.codes
    by_number, by_code = ask(text=" tpqi–๒๕๖๙-00001 "), ask(text=code)
    for page in (by_number, by_code):
        assert "T-1" in page
        assert "level 4" in page
        assert "from 20 November 2026 until 19 November 2126" in page
        assert "0001<" not in page.replace("TPQI-2569-00001<", "")
    assert "สมหญิง" not in by_number
    assert "สมหญิง" in by_code
    assert ask(text="TPQI-2569-00002") == ask(text="0001") == ask(text="TPQI-2569-1")
    for act, word in (("suspended", "Suspended"), ("reinstated", ">Valid"), ("withdrawn", "Withdrawn")):
        assert approver.post("/certificates/1/", {"act": act, "reason": "ลับ"}).status_code == 302
        page = ask(text=code)
        assert word in page
        assert "ลับ" not in page


def test_results_that_no_longer_say_so_are_told(
    workspace: Path, results: Path, approver: Any, ask: Any
) -> None:
    approver.post(AT, {})
    score(results, [workspace / "second.csv"])
    assert "no longer" not in ask(text="TPQI-2569-00001")
    release(results, 2, "กรรมการ", "แก้ไฟล์", date(2026, 11, 21))
    assert "no longer say that the unit is met" in ask(text="TPQI-2569-00001")
    assert "To be decided on" in approver.page("/certificates/")
    assert "the unit is no longer met according to release 2" in approver.page("/certificates/1/")
    approver.post("/certificates/1/", {"act": "withdrawn", "reason": "แก้ผล"})
    assert "To be decided on" not in approver.page("/certificates/")
