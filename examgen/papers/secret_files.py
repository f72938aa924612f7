"""The secret files of a package, and copies of them marked with the name of the person who opened them.

A PDF has the mark on every page, an HTML page at its beginning, and YAML in its first lines. If the mark
would make a file unreadable to programs (tables, pictures), the copy is a zip of the file, under a name
that identifies the person, and a text with the mark.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from examgen.core.exam.digests import digest_key_of, is_secret, listed_digest
from examgen.core.exam.manifest import read_manifest
from examgen.core.exam.names import DIGEST_KEY
from examgen.core.files import read_input
from examgen.core.problems import Refused
from examgen.core.text.thai import date_en, date_th
from examgen.core.words import Message, tell
from examgen.rendering.pdf.watermark import watermark

_FIXED = (1980, 1, 1, 0, 0, 0)


class Opened(NamedTuple):
    """Record of the opening of a file: the exam, who opened it, who granted it, and when."""

    exam: str
    number: str
    """The number of the opening in the record."""
    by: str
    user: str
    """The user name, which is used in the name of the file."""
    granted_by: str
    at: datetime
    """Local date and time of the opening."""

    @property
    def th(self) -> str:
        """Return the text in Thai."""
        return self._said(date_th(self.at.date(), "buddhist")).th

    @property
    def en(self) -> str:
        """Return the text in English."""
        return self._said(date_en(self.at.date())).en

    def _said(self, day: str) -> Message:
        return tell(
            "{exam} · opened by {by}, granted by {granted_by}, {day} {time} · opening {number}",
            exam=self.exam,
            by=self.by,
            granted_by=self.granted_by,
            day=day,
            time=f"{self.at:%H:%M}",
            number=self.number,
        )


class Copy(NamedTuple):
    """A copy of a file: its name and its bytes."""

    name: str
    data: bytes


def secret_files(folder: Path) -> dict[str, str]:
    """Return the digest of each secret file by its path in the package. Leaves out pictures of items and the
    key of the digests, which nobody may open."""
    files = read_manifest(folder)["files"]
    return {
        path: str(said)
        for path, said in sorted(files.items())
        if is_secret(path) and path.count("/") == 1 and path != DIGEST_KEY
    }


def opened_copy(folder: Path, path: str, expected: str, opened: Opened, password: str | None) -> Copy:
    """Return a copy of a secret file marked with the person who opened it. Raises Refused if the file is not
    the expected one."""
    if secret_files(folder).get(path) != expected:
        raise Refused.because(
            "{path} was rewritten after this opening was requested. Request it again.", path=path
        )
    data = read_input(folder / path)
    if listed_digest(digest_key_of(folder), path, data) != expected:
        raise Refused.because("{path} was changed (its SHA-256 differs)", path=path)
    name = PurePosixPath(path).name
    stem, suffix = name.rpartition(".")[0], name.rpartition(".")[2]
    user = re.sub(r"[^\w.-]+", "-", opened.user)[:60]
    mine = f"{opened.exam}-{stem}.{user}-{opened.number}"
    if suffix == "pdf":
        return Copy(f"{mine}.pdf", watermark(data, opened.th, opened.en, password))
    if suffix == "yaml":
        head = "".join(f"# {_line(text)}\n" for text in (opened.th, opened.en))
        return Copy(f"{mine}.yaml", head.encode() + data)
    if suffix == "html":
        said = html.escape(_line(f"{opened.th} · {opened.en}"))
        text = data.decode()
        found = re.search(r"<body[^>]*>", text)
        at = found.end() if found else 0
        return Copy(f"{mine}.html", f"{text[:at]}<p><b>{said}</b></p>{text[at:]}".encode())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        cover = f"{_line(opened.th)}\n{_line(opened.en)}\n".encode("utf-8-sig")
        for one, content in (("OPENED.txt", cover), (f"{mine}.{suffix}", data)):
            archive.writestr(zipfile.ZipInfo(one, _FIXED), content, zipfile.ZIP_DEFLATED)
    return Copy(f"{mine}.zip", packed.getvalue())


def _line(text: str) -> str:
    return "".join(char for char in " ".join(text.split()) if char.isprintable())
