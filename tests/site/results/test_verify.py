"""The page that everybody may open: what holds, what was revoked, and nothing of anything else."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache

from examgen.reports.candidates import CandidateReportOptions, candidate_reports
from examgen.reports.codes import codes_in
from examgen.reports.signing import opened_keys, private_keys
from examgen.reports.writing import ReportOptions
from examgen.scoring.releases import release
from examgen.scoring.score import score
from tests.site.conftest import Client
from tests.site.sittings.conftest import file


@pytest.fixture
def ask(results: Path) -> Any:
    """Asks as somebody without an account; gives the page in English, from its heading on."""
    cache.clear()

    def post(status: int = 200, **sent: Any) -> str:
        client = Client(enforce_csrf_checks=True)
        client.cookies["language"] = "en"
        answer = client.post("/verify/", sent)
        assert answer.status_code == status
        return answer.content.decode().partition("<main")[2]

    return post


def code_of(exam: Path, run: str | None = None) -> str:
    """The code on the report of a candidate, of a run, else of that which people are told."""
    workspace = exam.parents[1]
    with opened_keys(private_keys(workspace)["body"], pdf=False) as (key, _):
        which = CandidateReportOptions(("0001",), "candidate", True, key)
        asked = ReportOptions(run, pdf=False, out=workspace / f"report-{uuid4().hex}")
        made = candidate_reports(exam, workspace, asked, which)
    (code,) = codes_in((made.folder / made.names[0]).read_text("utf-8"))
    return code


def test_a_code_holds_until_other_results_are_released(results: Path, ask: Any) -> None:
    code = code_of(results)
    page = ask(text=f"  {code.lower()}\n")
    assert "Valid" in page
    assert "สมหญิง" in page
    assert "20 November 2026" in page
    assert "T-1" in page
    assert "สถาบันทดสอบ" in page
    for word in ("4/4", "4 / 4", "100", "0001", "run 1"):
        assert word not in page.partition("<form")[0], word
    score(results, [results.parents[1] / "second.csv"])
    assert "Valid" in ask(text=code)
    assert "Not released" in ask(text=code_of(results, run="2"))
    release(results, 2, "กรรมการ", "แก้ไฟล์", date(2026, 11, 21))
    page = ask(text=code)
    assert "Revoked" in page
    assert "Valid" not in page
    assert "Valid" in ask(text=code_of(results))
    release(results, 1, "กรรมการ", "กลับไปใช้ครั้งแรก", date(2026, 11, 22))
    assert "Valid" in ask(text=code)


def test_of_a_draft_exam_it_is_told(results: Path, ask: Any) -> None:
    workspace = results.parents[1]
    page = ask(text=code_of(results))
    assert ">Valid, but of a draft exam<" in page
    assert "Draft. No item of this exam was approved by a subject-matter expert.</b>" in page
    assert "ask the body whether it counts" in page
    assert "<b>passed</b> (draft exam)" in page
    score(results, [workspace / "second.csv"])
    release(results, 2, "กรรมการ", "แก้ไฟล์", date(2026, 11, 21))
    page = ask(text=code_of(results, "1"))
    assert ">Revoked<" in page
    assert "No item of this exam was approved" in page


def test_what_is_not_known_has_one_answer(results: Path, ask: Any) -> None:
    code = code_of(results)
    other = "A" if code[70] != "A" else "B"
    asked = (
        f"{code[:70]}{other}{code[71:]}",
        code[:-6],
        "EG1:ABCDEF",
        "EG9:ABCDEF",
        str(uuid4()),
        "0001",
        "../../secure/key.csv",
        "<script>alert(1)</script>",
    )
    pages = {ask(text=one) for one in asked}
    assert len(pages) == 1
    (page,) = pages
    assert "Nothing is confirmed" in page
    for word in ("T-EXAM", "T-1", "สถาบัน", "0001", "<script>"):
        assert word not in page
    for path in (results.parents[1] / "keys").glob("*.public.json"):
        path.unlink()
    assert "only the numbers of certificates" in ask(text=code)


def test_a_file_of_who_has_not_signed_in_is_opened_by_nothing(
    results: Path, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No picture, no PDF: a few kilobytes would hold up the site for minutes."""
    import zxingcpp
    from PIL import Image

    page = ask(422, text="")
    assert 'type="file"' not in page
    assert "multipart" not in page
    for module, name in ((zxingcpp, "read_barcodes"), (zxingcpp, "read_barcode"), (Image, "open")):
        monkeypatch.setattr(module, name, None)
    barcode = zxingcpp.create_barcode(code_of(results), zxingcpp.BarcodeFormat.QRCode)
    data = BytesIO()
    Image.fromarray(zxingcpp.write_barcode_to_image(barcode, scale=4)).save(data, "PNG")
    for content in (data.getvalue(), b"%PDF-1.7", b"\x89PNG\r\n\x1a\n broken"):
        assert "สมหญิง" not in ask(422, picture=file("code.png", content))
        assert "Nothing is confirmed" in ask(text="EG1:A", picture=file("code.png", content))
    assert "too long" in ask(413, text="EG1:A", picture=file("large.png", bytes(300_000)))
    assert not list((results.parents[1] / ".examgen-web/uploads").iterdir())


def test_who_tries_again_and_again_is_held_up(results: Path, ask: Any) -> None:
    for _ in range(20):
        ask(text="EG1:ABC")
    page = ask(429, text=code_of(results))
    assert "Too many" in page
    assert "Valid" not in page
    assert Client(REMOTE_ADDR="203.0.113.9").post("/verify/", {"text": "EG1:ABC"}).status_code == 200
    assert Client().get("/verify/?text=EG1:ABC").status_code == 200
