"""Signatures in PDFs: each kind of key signs, and each thing that may be wrong has a name of its own."""

from __future__ import annotations

import hashlib
import importlib
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    pkcs12,
)
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from examgen.core.problems import MissingDependency, Refused, WrongUsage
from examgen.core.signing.keys import as_asn1
from examgen.core.signing.signers import SignWith, file_signer
from examgen.core.signing.validation import Signature, signatures
from tests.signing.conftest import Key, Print, TimeServer, certified, named, written

_USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


class Body(NamedTuple):
    """A key and its certificate."""

    key: Key
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)


@pytest.fixture(scope="module")
def body() -> Body:
    key = ec.generate_private_key(ec.SECP256R1())
    return Body(key, certified(key, "สถาบัน"))


def by_pyhanko(path: Path, root: x509.Certificate) -> PdfSignatureStatus:
    """What pyHanko's own validator says with its own settings."""
    with path.open("rb") as file:
        (one,) = PdfFileReader(file).embedded_signatures
        context = ValidationContext(trust_roots=[as_asn1(root)], allow_fetching=False)
        return validate_pdf_signature(one, context)


def the(path: Path, trusted: Body) -> Signature:
    (found,) = signatures(path, [trusted.der])
    return found


def fault(path: Path, *trusted: Body) -> str:
    with pytest.raises(Refused) as refused:
        signatures(path, [one.der for one in trusted])
    (problem,) = refused.value.problems
    return problem.code


# ── keys ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "kind", ["p256", "p384", "rsa", "in a file of its own", "p12", "p12 with passphrase"]
)
def test_each_kind_of_key_signs(printed: Print, tmp_path: Path, body: Body, kind: str) -> None:
    if kind == "p384":
        key: Key = ec.generate_private_key(ec.SECP384R1())
        body = Body(key, certified(key, "P384"))
    elif kind == "rsa":
        key = rsa.generate_private_key(65537, 2048)
        body = Body(key, certified(key, "RSA"))
    by, ask = SignWith(str(tmp_path / "k")), None
    if kind.startswith("p12"):
        secret = b"geheim" if "passphrase" in kind else b""
        locked = BestAvailableEncryption(secret) if secret else NoEncryption()
        ask = (lambda _: secret) if secret else None
        (tmp_path / "k").touch(0o600)
        (tmp_path / "k").write_bytes(
            pkcs12.serialize_key_and_certificates(b"k", body.key, body.certificate, None, locked)
        )
    elif kind == "in a file of its own":
        written(tmp_path / "k", body.key)
        by = by._replace(certificate=written(tmp_path / "c.crt", body.certificate))
    else:
        written(tmp_path / "k", body.key, body.certificate)
    with file_signer(by, ask) as signer:
        path = printed(tmp_path / "r.pdf", signer)
    found = the(path, body)
    assert (found.certificate, found.stamp) == (body.der, None)
    assert abs(found.time - datetime.now(UTC)) < timedelta(minutes=5)
    status = by_pyhanko(path, body.certificate)
    assert (status.bottom_line, status.docmdp_ok) == (True, True)
    if shutil.which("pdfsig"):
        told = subprocess.run(["pdfsig", path], capture_output=True, text=True, check=False).stdout
        assert "Signature is Valid." in told
        assert "Total document signed" in told


def test_signed_alike(printed: Print, tmp_path: Path, body: Body, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1780000000")
    written(tmp_path / "k", body.key, body.certificate)
    made = []
    for name in ("a.pdf", "b.pdf"):
        with file_signer(SignWith(str(tmp_path / "k"))) as signer:
            made.append(printed(tmp_path / name, signer).read_bytes())
    assert made[0] == made[1]


def test_what_to_install_is_said(tmp_path: Path, body: Body, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("signers", "validation"):
        monkeypatch.delitem(sys.modules, f"examgen.core.signing.{name}")
    monkeypatch.setitem(sys.modules, "pyhanko.sign.signers.pdf_cms", None)
    monkeypatch.setitem(sys.modules, "pyhanko.sign.validation.settings", None)
    for name in ("signers", "validation"):
        with pytest.raises(MissingDependency, match=r"examgen-certification\[signing\]"):
            importlib.import_module(f"examgen.core.signing.{name}")


def test_keys_that_cannot_sign(tmp_path: Path, body: Body) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    written(tmp_path / "bare", body.key)
    written(tmp_path / "open", body.key, body.certificate).chmod(0o644)
    written(tmp_path / "old", other, certified(other, "Old", days=(-9, -2)))
    (tmp_path / "p12").touch(0o600)
    (tmp_path / "p12").write_bytes(b"\x30\x03\x02\x01\x03")
    made = {"bare": "no-certificate", "old": "certificate-expired", "p12": "passphrase"}
    if os.name == "posix":
        made["open"] = "private-key-open"
    for name, code in made.items():
        with pytest.raises(Refused) as refused, file_signer(SignWith(str(tmp_path / name))):
            pass
        assert refused.value.problems[0].code == code, name
    with pytest.raises(WrongUsage), file_signer(SignWith(str(tmp_path / "nowhere"))):
        pass


# ── who is trusted ───────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def authority() -> Body:
    key = ec.generate_private_key(ec.SECP256R1())
    return Body(key, certified(key, "Authority", ca=True))


def signed_by(printed: Print, path: Path, *things: Key | x509.Certificate, timestamp: str = "") -> Path:
    written(path.with_suffix(".pem"), *things)
    with file_signer(SignWith(str(path.with_suffix(".pem")), timestamp=timestamp)) as signer:
        return printed(path, signer)


def test_an_authority_vouches_for_others(printed: Print, tmp_path: Path, authority: Body, body: Body) -> None:
    vouched = certified(body.key, "Signer", by=(authority.key, authority.certificate))
    path = signed_by(printed, tmp_path / "r.pdf", body.key, vouched)
    assert the(path, authority).signer == the(path, Body(body.key, vouched)).signer == "Signer"
    assert fault(path) == fault(path, body) == "signer-unknown"


def test_another_key_under_the_same_name_is_not_trusted(printed: Print, tmp_path: Path, body: Body) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    path = signed_by(printed, tmp_path / "r.pdf", key, certified(key, "สถาบัน"))
    assert fault(path, body) == "signer-unknown"


def test_a_certificate_for_servers_signs_no_report(printed: Print, tmp_path: Path, authority: Body) -> None:
    """The key agreement of a server is not a signature under a document."""
    key = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(*(name == "key_agreement" for name in _USAGES))
    first, last = datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=9)
    builder = x509.CertificateBuilder(
        authority.certificate.subject, named("Server"), key.public_key(), 7, first, last
    )
    certificate = builder.add_extension(usage, critical=True).sign(authority.key, hashes.SHA256())
    assert fault(signed_by(printed, tmp_path / "r.pdf", key, certificate), authority) == "signer-unknown"


# ── the file ─────────────────────────────────────────────────────────────────────────────────


def test_a_signature_without_the_head_is_refused(printed: Print, tmp_path: Path, body: Body) -> None:
    """Whatever stands before the first byte that is signed could be anything."""
    written(tmp_path / "k", body.key, body.certificate)
    with file_signer(SignWith(str(tmp_path / "k"))) as signer:
        data = printed(tmp_path / "r.pdf", signer).read_bytes()
        assert the(tmp_path / "r.pdf", body).certificate == body.der
        _, start, end, _ = map(int, re.search(rb"/ByteRange \[ (\d+) (\d+) (\d+) (\d+) *\]", data).groups())
        head = b"/ByteRange [ 0 %d" % start
        data = data.replace(head, (b"/ByteRange [ 9 %d" % (start - 9)).ljust(len(head)))
        digest = hashlib.new(signer.algorithm, data[9:start] + data[end:]).digest()
        room = end - start - 2
        cms = signer.sign(digest).hex().encode().ljust(room, b"0")
    (tmp_path / "r.pdf").write_bytes(data[: start + 1] + cms + data[end - 1 :])
    assert by_pyhanko(tmp_path / "r.pdf", body.certificate).intact
    assert fault(tmp_path / "r.pdf", body) == "changed-after-signing"


def test_what_is_no_file_is_not_read_for_a_signature() -> None:
    with pytest.raises(OSError, match="it is a pipe or a device"):
        signatures(Path(os.devnull), [])


# ── time ─────────────────────────────────────────────────────────────────────────────────────


def test_a_time_stamp_tells_when(printed: Print, tmp_path: Path, body: Body, time_server: TimeServer) -> None:
    path = signed_by(printed, tmp_path / "r.pdf", body.key, body.certificate, timestamp=time_server.url)
    (alone,) = signatures(path, [body.der])
    assert alone.stamp == ("Time authority", False)
    root = x509.load_pem_x509_certificate(time_server.certificate.read_bytes()).public_bytes(Encoding.DER)
    (both,) = signatures(path, [body.der, root])
    assert both.stamp == ("Time authority", True)
    if shutil.which("pdfsig"):
        told = subprocess.run(["pdfsig", path], capture_output=True, text=True, check=False).stdout
        assert "Signature is Valid." in told


def test_a_time_stamp_outlives_the_certificate(
    printed: Print, tmp_path: Path, time_server: TimeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    soon = Body(key, certified(key, "Soon old", days=(-1, 2)))
    plain = signed_by(printed, tmp_path / "plain.pdf", key, soon.certificate)
    stamped = signed_by(printed, tmp_path / "stamped.pdf", key, soon.certificate, timestamp=time_server.url)
    root = x509.load_pem_x509_certificate(time_server.certificate.read_bytes())
    vouched = Body(rsa.generate_private_key(65537, 2048), root)

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(days=3)

    monkeypatch.setattr("examgen.core.signing.validation.datetime", Later)
    assert fault(plain, soon) == "certificate-expired"
    assert fault(stamped, soon) == "certificate-expired"
    (found,) = signatures(stamped, [soon.der, vouched.der])
    assert found.stamp == ("Time authority", True)


def test_a_changed_time_stamp(printed: Print, tmp_path: Path, body: Body, time_server: TimeServer) -> None:
    path = signed_by(printed, tmp_path / "r.pdf", body.key, body.certificate, timestamp=time_server.url)
    data = path.read_bytes()
    room = data.index(b"/Contents <3")
    end = data.rindex(b">", room, data.index(b"/Reference", room))
    last = len(data[:end].rstrip(b"0")) - 9
    path.write_bytes(data[:last] + (b"1" if data[last : last + 1] != b"1" else b"2") + data[last + 1 :])
    assert fault(path, body) == "time-stamp-wrong"


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "ftp://x", "x"])
def test_a_server_that_gives_no_time(tmp_path: Path, body: Body, url: str) -> None:
    written(tmp_path / "k", body.key, body.certificate)
    with (
        pytest.raises((Refused, WrongUsage), match="timestamp"),
        file_signer(SignWith(str(tmp_path / "k"), timestamp=url)),
    ):
        pass
