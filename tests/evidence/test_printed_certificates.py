"""Certificates as people hold them: what they say, in a QR code too, and who signed them."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp

from examgen.core.signing.codes import PREFIX, SignedStatement, address_of, code_of, signed, verified
from examgen.core.signing.keys import code_key, read_private, read_public
from examgen.evidence.certificates import issue, read_register
from tests.commands.conftest import Run, run
from tests.evidence.test_certificates import SETTINGS, exam, once, sat, workspace

__all__ = ["exam", "once", "run", "workspace"]
PAGE = "https://verify.a-very-long-name.example.org/verify/"


@pytest.fixture
def issued(workspace: Path, exam: Path) -> Path:
    (workspace / "examgen.yaml").write_text(
        SETTINGS.replace("reports:", f"reports:\n  verify: {PAGE}"), "utf-8"
    )
    issue(workspace, exam, "ก")
    return workspace


def decoded(pdf: Path, dots: int = 150) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        (page,) = [*document]
        width, height = page.get_size()
        assert (round(width), round(height)) == (842, 595)
        picture = page.render(scale=dots / 72, grayscale=True).to_pil()
        (code,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    return code.text


def text_of(pdf: Path) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return document[0].get_textpage().get_text_range()


def test_a_signed_certificate_is_read_checked_and_holds_no_key(issued: Path, run: Run) -> None:
    numbers = [one.number for one in read_register(issued)]
    made = run.json("certificate", "list", *numbers, "--out", "out", "--sign", "body.pem")
    assert made["files"] == [f"{one}.pdf" for one in numbers]
    pdf = issued / "out" / made["files"][0]
    said = text_of(pdf)
    for word in (
        "=สม0001 ใจดี",
        "TPQI-2569-00001",
        "T-1",
        "20 พฤศจิกายน 2569",
        "19 November 2126",
        "Test Body",
    ):
        assert word in said, word
    assert "ตัวอย่าง" in said, "the exam is a draft"
    code = decoded(pdf)
    assert code.startswith(f"{PAGE}#EC1:")
    found = run.json("verify-report", pdf, "--key", "body.public.json")
    (certificate,) = found["certificates"]
    assert (certificate["number"], certificate["name"]) == ("TPQI-2569-00001", "=สม0001 ใจดี")
    assert (certificate["from"], certificate["until"], certificate["level"]) == (
        "2026-11-20",
        "2126-11-19",
        "4",
    )
    assert certificate["page_compared"]
    assert "0001" not in [*certificate.values()], "the number of the candidate is not on it"
    assert (
        run.json("verify-report", code, "--key", "body.public.json")["certificates"][0]["number"]
        == numbers[0]
    )
    secret = "".join((issued / "body.pem").read_text().splitlines()[1:-1])[:60].encode()
    assert secret not in pdf.read_bytes()
    pdf.write_bytes(pdf.read_bytes().replace(b"T-1", b"T-2") + b" ")
    assert "was extended after" in run.refused("verify-report", pdf, "--key", "body.public.json")


def test_without_a_key_the_code_has_the_number_alone(issued: Path, run: Run) -> None:
    run.ok("certificate", "list", "tpqi-2569-00002", "--out", "out")
    assert decoded(issued / "out" / "TPQI-2569-00002.pdf") == f"{PAGE}#TPQI-2569-00002"
    (issued / "examgen.yaml").write_text(SETTINGS, "utf-8")
    run.ok("certificate", "list", "tpqi-2569-00002", "--out", "out")
    assert decoded(issued / "out" / "TPQI-2569-00002.pdf") == "TPQI-2569-00002"
    assert "is not signed" in run.refused(
        "verify-report", "out/TPQI-2569-00002.pdf", "--key", "body.public.json"
    )


def test_what_is_not_in_force_is_not_printed(issued: Path, run: Run) -> None:
    said = ("--reason", "x", "--by", "ก")
    run.ok("certificate", "change", "TPQI-2569-00001", "--as", "suspended", *said)
    run.ok("certificate", "change", "TPQI-2569-00002", "--as", "withdrawn", *said)
    words = (
        "certificate",
        "list",
        "TPQI-2569-00001",
        "TPQI-2569-00002",
        "TPQI-2569-00003",
        "9",
        "--out",
        "out",
    )
    faults = run.refused(*words)
    for fault in ("00001: is suspended", "00002: is withdrawn by the body", "9: is not a certificate number"):
        assert fault in faults
    assert not (issued / "out").exists()


def test_a_long_name_and_three_signers_stay_on_one_page(issued: Path, run: Run) -> None:
    signers = "[{th: ก, en: A}, {th: ข, en: B}, {th: ประธานคณะกรรมการรับรองสมรรถนะ, en: Chair of the board}]"
    settings = SETTINGS.replace("[{th: ผู้อำนวยการ, en: Director}]", signers)
    (issued / "examgen.yaml").write_text(
        settings.replace("reports:", f"reports:\n  verify: {PAGE}")
        + "  title: {th: ประกาศนียบัตรคุณวุฒิวิชาชีพ, en: Professional Qualification Certificate}\n",
        "utf-8",
    )
    run.ok("certificate", "issue", sat(issued, "LONG", ("7" * 40,)), "--by", "ก", "--until", "2030-01-01")
    name = f"=สม{'7' * 40} ใจดี"
    run.ok("certificate", "list", "TPQI-2569-00004", "--out", "long", "--sign", "body.pem")
    assert name in re.sub(r"\s+", " ", text_of(issued / "long" / "TPQI-2569-00004.pdf"))
    assert decoded(issued / "long" / "TPQI-2569-00004.pdf").startswith(f"{PAGE}#EC1:")
    run.ok("certificate", "list", "TPQI-2569-00003", "--out", "out", "--sign", "body.pem")
    said = text_of(issued / "out" / "TPQI-2569-00003.pdf")
    assert "ประกาศนียบัตรคุณวุฒิวิชาชีพ" in said
    assert decoded(issued / "out" / "TPQI-2569-00003.pdf").startswith(f"{PAGE}#EC1:")


def test_a_code_survives_an_address(issued: Path) -> None:
    keys = read_private(issued / "body.pem", None)
    key, public = code_key(issued / "body.pem", keys), read_public(issued / "body.public.json")
    for n in range(60):  # blanks and % among the signs of base 45
        statement = SignedStatement("E", f"1 {n}", f"{n:04}", "น้ำ % ใส", "A", "pass", "3", "4", "")
        code = signed(statement, key)
        address = address_of(code, PAGE)
        assert code.startswith(PREFIX)
        assert re.fullmatch(r"[!-~]+", address)
        assert code_of(address) == code
        assert verified(address, [public])[0] == statement
        assert verified(code, [public])[0] == statement
    assert address_of("EG1:A B%", None) == "EG1:A B%"
    assert address_of("EG1:A B%", "https://x.org/v/#old") == "https://x.org/v/#EG1:A%20B%25"


def test_a_certificate_that_the_register_does_not_know_is_not_confirmed(issued: Path, run: Run) -> None:
    from examgen.evidence.public import answer_to

    run.ok("certificate", "list", "TPQI-2569-00001", "--out", "out", "--sign", "body.pem")
    code = decoded(issued / "out" / "TPQI-2569-00001.pdf")
    (issued / "keys").mkdir()
    (issued / "body.public.json").rename(issued / "keys" / "body.public.json")
    answer = answer_to(issued, code)
    assert (answer.standing, answer.who, answer.since) == ("valid", "=สม0001 ใจดี", date(2026, 11, 20))
    for path in (issued / "register").iterdir():
        path.unlink()
    assert answer_to(issued, code).standing == "elsewhere"
    assert json.dumps(answer_to(issued, "TPQI-2569-00001").standing) == '"unknown"'


def test_the_logo_of_the_body_stands_on_a_certificate(issued: Path, run: Run) -> None:
    run.ok("certificate", "list", "TPQI-2569-00001", "--out", "plain")
    drawn = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 10"><rect width="30" height="10"/></svg>'
    (issued / "logo.svg").write_text(drawn, "utf-8")
    said = (issued / "examgen.yaml").read_text("utf-8")
    (issued / "examgen.yaml").write_text(said.replace("reports:", "reports:\n  logo: logo.svg"), "utf-8")
    run.ok("certificate", "list", "TPQI-2569-00001", "--out", "shown")
    plain, shown = (issued / one / "TPQI-2569-00001.pdf" for one in ("plain", "shown"))
    assert text_of(plain) == text_of(shown)
    assert plain.read_bytes() != shown.read_bytes()
    assert decoded(shown) == decoded(plain)
    (issued / "logo.svg").unlink()
    faults = run.refused("certificate", "list", "TPQI-2569-00001", "--out", "none")
    assert "the body's logo cannot be used" in faults
    assert "Put the file into the workspace" in faults
