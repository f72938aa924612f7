"""Secret papers under a password: they open with it and with nothing else."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from examgen.core.problems import Refused
from examgen.papers.key_sheet import key_sheet
from examgen.rendering.pdf.encryption import MOST_BYTES, checked_password, encrypted, password_of
from tests.papers.pages import TEMPLATES, exam, item

PASSWORD = "มะม่วง-สุก 9"  # 30 bytes: the command line of poppler reads no more than 32


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sample = exam([item(1), item(2)])
    path = tmp_path_factory.mktemp("locked") / "key.pdf"
    path.write_bytes(encrypted(key_sheet(sample, sample.forms[0], TEMPLATES), PASSWORD))
    return path


def test_the_password_opens_the_file_in_each_reader(locked: Path) -> None:
    with pikepdf.open(locked, password=PASSWORD) as pdf:
        assert (pdf.encryption.R, pdf.encryption.bits, pdf.encryption.stream_method.name) == (6, 256, "aesv3")
        assert pdf.docinfo["/Title"] == "T-1-L4 – เฉลย ชุด A"
    with pypdfium2.PdfDocument(locked, password=PASSWORD) as document:
        assert "CONFIDENTIAL" in document[0].get_textpage().get_text_range()
    said = _run("pdftotext", "-upw", PASSWORD, str(locked), "-")
    assert "CONFIDENTIAL" in said.stdout
    assert _run("qpdf", f"--password={PASSWORD}", "--check", str(locked)).returncode == 0


@pytest.mark.parametrize("password", ["", "wrong", "มะม่วง-สุก 8"])
def test_nothing_else_opens_it(locked: Path, password: str) -> None:
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(locked, password=password)
    with pytest.raises(pypdfium2.PdfiumError):
        pypdfium2.PdfDocument(locked, password=password)
    assert _run("pdftotext", "-upw", password, "-opw", password, str(locked), "-").returncode != 0
    assert _run("qpdf", f"--password={password}", "--check", str(locked)).returncode != 0
    assert b"CONFIDENTIAL" not in locked.read_bytes()
    assert b"T-1-L4" not in locked.read_bytes()


def test_what_is_locked_is_the_very_paper() -> None:
    sample = exam([item(1)])
    plain = key_sheet(sample, sample.forms[0], TEMPLATES)
    with (
        pikepdf.open(io.BytesIO(encrypted(plain, PASSWORD)), password=PASSWORD) as opened,
        pikepdf.open(io.BytesIO(plain)) as before,
    ):
        assert [page.Contents.read_bytes() for page in opened.pages] == [
            page.Contents.read_bytes() for page in before.pages
        ]


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("", "too weak"),
        ("short-9", "too weak"),
        ("aaaaaaaaaaaaaaa", "too weak"),
        ("ababababababab", "too weak"),
        (" " * 20, "too weak"),
        ("line\nend-12345", "control character"),
        ("ก" * 20 + "ขคงจฉชซฌญฎฏฐฑฒณดตถทธนบป", "too long"),
    ],
)
def test_a_weak_password_is_refused(password: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        encrypted(b"", password)


def test_the_longest_password_still_opens() -> None:
    assert len(checked_password("abcde" * 25 + "12").encode()) == MOST_BYTES


def test_a_password_file_gives_its_first_line_and_warns_where_others_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "password.txt"
    path.write_bytes("\ufeff".encode() + f"{PASSWORD}\r\nanything\n".encode())
    path.chmod(0o644)
    password, [warning] = password_of(path)
    assert password == PASSWORD
    assert (warning.code, warning.severity) == ("password-open", "warning")
    assert f"chmod 600 {path}" in warning.message
    path.chmod(0o600)
    assert password_of(path) == (PASSWORD, [])


@pytest.mark.parametrize(("data", "says"), [(b"", "is empty"), (b"\n", "is empty"), (b"\xff\xfe", "UTF-8")])
def test_a_password_file_without_a_password_is_refused(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "password.txt"
    path.write_bytes(data)
    with pytest.raises(Refused, match=says):
        password_of(path)


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_a_password_is_never_cut_short_unasked(tmp_path: Path) -> None:
    file = tmp_path / "password.txt"
    file.write_bytes(b"abcdefghij\x0bklm\r\nsecond")
    with pytest.raises(Refused, match="control character"):
        password_of(file)
    file.write_bytes("abcdefghij\u2028klm\r\nsecond".encode())
    assert password_of(file)[0] == "abcdefghij\u2028klm"
