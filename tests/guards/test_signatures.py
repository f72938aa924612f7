"""Whatever is signed bears a signature that other programs find valid, in the file as it lies in the end.

Each way that signs is gone: a report by a key, a report with codes, a certificate, the letter that answers a case,
the accreditation file. pyHanko (PDF) and cryptography (Ed25519) check it beside `verify-report`; a byte changed
anywhere, bytes behind the end and a foreign key are found.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from asn1crypto import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from tests.guards.commands import Examgen, write_csv

UNIT = "DG-TWRT-007"
BLUEPRINT = f"""
exam: X
title: {{th: ทดสอบ, en: Test}}
units: [{UNIT}]
forms: 1
items: 6
statuses: [draft]
time_min: 45
pass: {{percent: 20}}
judgement: {{min_items: 1, percent: 20}}
seed: 3
"""
# Beyond the contract: how keys, cases and certificates are asked for.
SETTINGS = """
reports:
  name: {th: สถาบัน, en: Body}
  validity: {years: 3, th: สามปี, en: three years}
"""
DAY = ("--date", "2026-11-21")
ACTS: tuple[tuple[str, ...], ...] = (
    ("site", "keys", "body.pem", "--body", "Body"),
    ("site", "keys", "other.pem", "--body", "Other"),
    ("build", "bp.yaml"),
    ("simulate", "output/X", "--candidates", "8", "--seed", "1", "--out", "answers.csv"),
    ("take", "output/X", "answers.csv", "roster.csv", "--by", "A"),
    ("score", "output/X", "--no-signals"),
    ("release", "output/X", "--run", "1", "--by", "K", "--reason", "m", *DAY, "--open-looks", "x"),
    ("certificate", "issue", "output/X", "--by", "K"),
    ("case", "open", "output/X", "--as", "complaint", "--from", "X", "--about", "noise", "--by", "A"),
    ("case", "decide", "output/X", "C1", "--as", "allowed", "--reason", "r", "--by", "Kay"),
)
ONE = ("report", "output/X", "--kind", "candidate", "--by", "candidate", "--candidate", "SYN-00001")
SIGNED: dict[str, tuple[str, ...]] = {
    "report": (*ONE, "--lang", "th", "--sign", "body.pem", "--out", "signed"),
    "report with codes": (*ONE, "--lang", "en", "--verify-code", "body.pem", "--out", "coded"),
    "report of a centre": ("report", "output/X", "--kind", "candidate", "--by", "centre", "--sign", "body.pem",
                           "--verify-code", "body.pem", "--out", "centre"),
    "letter": ("case", "answer", "output/X", "C1", "--out", "letter.pdf", "--by", "Ann", "--sign", "body.pem"),
    "certificate": ("certificate", "print", "NUMBER", "--out", "certificates", "--sign", "body.pem"),
    "dossier": ("dossier", "output/X", "--sign", "body.pem", "--out", "dossier.zip"),
}  # fmt: skip
FILES = {
    "report": "signed/*.pdf", "report with codes": "coded/*.pdf", "report of a centre": "centre/**/*.pdf",
    "letter": "letter.pdf", "certificate": "certificates/*.pdf", "dossier": "dossier.zip",
}  # fmt: skip
PDFS = [name for name in SIGNED if name != "dossier"]


class Body(NamedTuple):
    """A body that has signed, and the file of each way."""

    place: Path
    files: dict[str, Path]

    def public(self, name: str) -> dict[str, str]:
        """What a body hands out to check its signatures with."""
        found: dict[str, str] = json.loads((self.place / f"{name}.public.json").read_text("utf-8"))
        return found


@pytest.fixture(scope="module")
def body(examgen: Examgen, starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Body:
    """A sitting of which everything is signed that can be."""
    place = Path(shutil.copytree(starter, tmp_path_factory.mktemp("body") / "workspace"))
    (place / "bp.yaml").write_text(BLUEPRINT, "utf-8")
    (place / "examgen.yaml").write_text(SETTINGS, "utf-8")
    people: list[list[object]] = [[f"SYN-{n:05d}", f"นาย {n}"] for n in range(1, 9)]
    write_csv(place / "roster.csv", [["candidate_id", "name"], *people])
    for words in ACTS:
        assert examgen(*words, cwd=place, status=None).status in (0, 3), words
    number = examgen("certificate", "list", "--json", cwd=place).json["certificates"][0]["number"]
    files = {}
    for name, words in SIGNED.items():
        made = examgen(*(number if word == "NUMBER" else word for word in words), cwd=place, status=None)
        assert made.status in (0, 3), (name, made)
        [files[name]] = place.glob(FILES[name])
    return Body(place, files)


def check(examgen: Examgen, body: Body, path: Path, key: str = "body") -> int:
    """What `verify-report` says of a file to somebody who trusts a body."""
    ran = examgen("verify-report", path, "--key", f"{key}.public.json", "--json", cwd=body.place, status=None)
    assert ran.status in (0, 1, 3), ran
    return ran.status


def valid(path: Path, certificate: bytes) -> bool:
    """Whether pyHanko finds one signature that covers the whole file, by whom that certificate names."""
    context = ValidationContext(trust_roots=[x509.Certificate.load(certificate)], allow_fetching=False)
    with path.open("rb") as file:
        [signature] = PdfFileReader(file).embedded_signatures
        status = validate_pdf_signature(signature, context)
        signature.compute_integrity_info()
        covers = signature.coverage is not None and signature.coverage.name == "ENTIRE_FILE"
        return bool(status.intact and status.valid and status.trusted and covers)


@pytest.mark.parametrize("name", PDFS)
def test_a_signed_pdf_is_valid_to_other_programs(examgen: Examgen, body: Body, name: str) -> None:
    path = body.files[name]
    assert valid(path, base64.b64decode(body.public("body")["certificate"]))
    assert not valid(path, base64.b64decode(body.public("other")["certificate"]))
    assert check(examgen, body, path) == 0
    assert check(examgen, body, path, "other") == 1
    assert b"PRIVATE" not in path.read_bytes()


def edits(data: bytes) -> Iterator[bytes]:
    """The bytes of a file with one of them changed, here and there, and with some behind the end."""
    for at in (len(data) // 7, len(data) // 2, len(data) * 6 // 7):
        yield data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
    yield data + b"%"
    yield data[:-2]


@pytest.mark.parametrize("name", SIGNED)
def test_a_changed_byte_is_found(examgen: Examgen, body: Body, tmp_path: Path, name: str) -> None:
    whole = body.files[name].read_bytes()
    path = tmp_path / body.files[name].name
    for n, data in enumerate(edits(whole)):
        path.write_bytes(data)
        if name == "dossier" and n >= 3:
            break  # bytes around an archive are no part of it
        assert check(examgen, body, path) == 1, n


def test_a_signature_of_another_file_is_found(examgen: Examgen, body: Body, tmp_path: Path) -> None:
    """The signed part of one file behind another file's pages."""
    one, other = body.files["report"].read_bytes(), body.files["letter"].read_bytes()
    path = tmp_path / "mixed.pdf"
    path.write_bytes(one[: one.rfind(b"/ByteRange")] + other[other.rfind(b"/ByteRange") :])
    assert check(examgen, body, path) == 1


def members(path: Path) -> dict[str, bytes]:
    """What is in an archive."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_accreditation_file_is_signed_to_other_programs(examgen: Examgen, body: Body) -> None:
    inside = members(body.files["dossier"])
    [manifest] = [name for name in inside if name.endswith("manifest.json")]
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(body.public("body")["public"]))
    public.verify(signature(inside[f"{manifest}.sig"]), inside[manifest])
    lines = [
        line for line in json.loads(inside[manifest])["lines"] if line.get("sha256") and line.get("size")
    ]
    listed = {line["path"]: line["sha256"] for line in lines if line["path"] in inside}
    assert len(listed) > 5
    assert all(hashlib.sha256(inside[name]).hexdigest() == digest for name, digest in listed.items())
    assert check(examgen, body, body.files["dossier"]) == 0
    assert check(examgen, body, body.files["dossier"], "other") == 1


def signature(data: bytes) -> bytes:
    """The 64 bytes of a signature, as they are or in JSON or base64."""
    if len(data) == 64:
        return data
    try:
        text = json.loads(data)["signature"]
    except ValueError:
        text = data.decode()
    return base64.b64decode(text)


def test_an_accreditation_file_with_other_members_is_found(
    examgen: Examgen, body: Body, tmp_path: Path
) -> None:
    inside = members(body.files["dossier"])
    name = max((name for name in inside if "manifest" not in name), key=lambda name: len(inside[name]))
    for n, changed in enumerate((
        {**inside, name: inside[name] + b" "},
        {**inside, name: bytes([inside[name][0] ^ 1]) + inside[name][1:]},
        {other: data for other, data in inside.items() if other != name},
        {**inside, "more.txt": b"x"},
        {other: data for other, data in inside.items() if not other.endswith(".sig")},
    )):  # fmt: skip
        path = tmp_path / f"{n}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for member, data in changed.items():
                archive.writestr(member, data)
        assert check(examgen, body, path) == 1, n
