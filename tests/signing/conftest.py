"""A signed report, made once; who signs it, and a server of time stamps on this machine."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.keys.internal import translate_pyca_cryptography_key_to_asn1
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

from examgen.core.resources import fonts
from examgen.rendering.pdf.document import render_pdf
from examgen.rendering.pdf.signed_file import Signs, signed_pdf

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def certified(
    key: Key,
    name: str,
    by: tuple[Key, x509.Certificate] | None = None,
    days: tuple[int, int] = (-1, 30),
    ca: bool = False,
    usage: list[x509.ObjectIdentifier] | None = None,
) -> x509.Certificate:
    """A certificate, of an authority or self-signed, good from and to so many days from now."""
    first, last = (datetime.now(UTC) + timedelta(days=n) for n in days)
    issuer = by[1].subject if by else named(name)
    builder = x509.CertificateBuilder(
        issuer, named(name), key.public_key(), x509.random_serial_number(), first, last
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    if usage:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=True)
    return builder.sign(by[0] if by else key, hashes.SHA256())


def pem(thing: Key | x509.Certificate) -> bytes:
    if isinstance(thing, x509.Certificate):
        return thing.public_bytes(Encoding.PEM)
    return thing.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def written(path: Path, *things: Key | x509.Certificate) -> Path:
    path.touch(0o600)
    path.write_bytes(b"".join(pem(one) for one in things))
    return path


Print = Callable[[Path, Signs], Path]


@pytest.fixture(scope="session")
def printed() -> Print:
    """Writes a page and signs it."""
    face = f'@font-face {{ font-family: Sarabun; src: url("{(fonts() / "Sarabun-Regular.ttf").as_uri()}") }}'
    css = f"{face} @page {{ size: 100mm 100mm; margin: 10mm }} body {{ font-family: Sarabun }}"
    html = f"<html lang=en><title>A report</title><style>{css}</style><p>7 of 12</p>"
    page = render_pdf(html, title="A report", language="en", readable=(fonts(),), variant="pdf/ua-1")

    def write(path: Path, signer: Signs) -> Path:
        path.write_bytes(signed_pdf(page, signer))
        return path

    return write


class TimeServer(NamedTuple):
    """Where time stamps are given, and the certificate of who gives them."""

    url: str
    certificate: Path


@pytest.fixture(scope="session")
def time_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TimeServer]:
    """pyHanko's dummy authority behind HTTP, on this machine alone; it answers as RFC 3161 asks."""
    key = rsa.generate_private_key(65537, 2048)
    certificate = certified(key, "Time authority", days=(-5, 5), usage=[ExtendedKeyUsageOID.TIME_STAMPING])
    shown = written(tmp_path_factory.mktemp("time") / "time.crt", certificate)
    stamper = DummyTimeStamper(
        asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER)),
        translate_pyca_cryptography_key_to_asn1(key),
    )

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            data = stamper.request_tsa_response(asked).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield TimeServer(f"http://127.0.0.1:{server.server_address[1]}/", shown)
        server.shutdown()
