"""The keys of a body: the private ones stay where they are, what is handed out is what it says."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from examgen.core.problems import Refused, WrongUsage
from examgen.core.signing.keys import make_keys, name_of, public_bytes, read_private, read_public

_DER = Encoding.DER


def test_a_public_key_with_another_body_s_number_is_refused(tmp_path: Path) -> None:
    (_, own), (_, other) = (make_keys(tmp_path / f"{name}.pem", name) for name in ("own", "other"))
    path = tmp_path / "k.json"
    path.write_text(public_bytes(own).decode().replace(own.key_id, other.key_id), "utf-8")
    with pytest.raises(Refused) as refused:
        read_public(path)
    assert refused.value.problems[0].code == "public-key-damaged"


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_the_private_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    make_keys(tmp_path / "k.pem", "B")
    assert stat.S_IMODE((tmp_path / "k.pem").stat().st_mode) == 0o600
    secret = (tmp_path / "k.pem").read_bytes()
    keys = [line for line in secret.splitlines() if b"PRIVATE KEY" in line]
    assert len(keys) == 4
    shown = (tmp_path / "k.public.json").read_bytes() + (tmp_path / "k.crt").read_bytes()
    assert b"PRIVATE" not in shown
    assert secret.splitlines()[1] not in shown
    (tmp_path / "k.pem").chmod(0o640)
    with pytest.raises(Refused, match="chmod 600"):
        read_private(tmp_path / "k.pem")


def test_a_key_is_never_replaced(tmp_path: Path) -> None:
    make_keys(tmp_path / "k.pem", "B")
    before = (tmp_path / "k.pem").read_bytes()
    with pytest.raises(WrongUsage):
        make_keys(tmp_path / "k.pem", "B")
    assert (tmp_path / "k.pem").read_bytes() == before


def test_passphrase(tmp_path: Path) -> None:
    make_keys(tmp_path / "k.pem", "B", b"secret")
    asked: list[str] = []
    found = read_private(tmp_path / "k.pem", lambda what: asked.append(what) or b"secret")
    assert found.codes is not None
    assert found.files is not None
    assert asked == ["k.pem"]  # once, for both keys
    for ask in (None, lambda _: b"other"):
        with pytest.raises(Refused, match="passphrase"):
            read_private(tmp_path / "k.pem", ask)


def test_the_certificate_is_for_signing_documents(tmp_path: Path) -> None:
    _, public = make_keys(tmp_path / "k.pem", "สถาบันคุณวุฒิวิชาชีพ")
    certificate = x509.load_pem_x509_certificate((tmp_path / "k.crt").read_bytes())
    assert public.certificate == x509.load_der_x509_certificate(public.certificate).public_bytes(_DER)
    assert certificate == x509.load_der_x509_certificate(public.certificate)
    assert {one.value for one in certificate.subject} == {"สถาบันคุณวุฒิวิชาชีพ"}
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.content_commitment, usage.key_cert_sign) == (True, False)
    now = datetime.now(UTC)
    assert certificate.not_valid_before_utc <= now
    assert now + timedelta(days=3600) < certificate.not_valid_after_utc
    if shutil.which("openssl"):
        words = ("openssl", "verify", "-CAfile", "k.crt", "k.crt")
        subprocess.run(words, cwd=tmp_path, check=True, capture_output=True)


def test_a_thai_body_s_name_of_64_letters_stands_in_its_certificate(tmp_path: Path) -> None:
    body = "สถาบันคุณวุฒิวิชาชีพ (องค์การมหาชน)".ljust(64, "ก")
    make_keys(tmp_path / "k.pem", body)
    assert name_of(x509.load_pem_x509_certificate((tmp_path / "k.crt").read_bytes())) == body


@pytest.mark.parametrize("body", ["", " ", "a\nb", "ก" * 65])
def test_a_name_that_no_certificate_holds(tmp_path: Path, body: str) -> None:
    with pytest.raises(WrongUsage):
        make_keys(tmp_path / "k.pem", body)
    assert list(tmp_path.iterdir()) == []
