"""PDF bytes + password → the same file encrypted with AES-256, as described in PDF 2.0 (ISO 32000-2, 7.6).

The file can only be opened with the password. An encrypted file contains random salts and a random key, so
it differs between runs; compare the unencrypted files instead.
"""

from __future__ import annotations

import io
import os
import unicodedata
from pathlib import Path

import pikepdf

from examgen.core.files import read_input
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.words import tell

LEAST_LENGTH = 10
LEAST_DIFFERENT = 5
MOST_BYTES = 127
"""The maximum length of a password in UTF-8; PDF 2.0 ignores the rest."""


def encrypted(pdf: bytes, password: str) -> bytes:
    """Return the file encrypted with the password. Raises Refused if the password is too weak."""
    secret = checked_password(password)
    locked = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        document.save(
            locked,
            encryption=pikepdf.Encryption(user=secret, owner=secret, R=6),
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return locked.getvalue()


def checked_password(password: str) -> str:
    """Return the password in the form that readers compare (NFKC). Raises Refused if it is empty or weak."""
    secret = unicodedata.normalize("NFKC", password)
    if any(unicodedata.category(char) == "Cc" for char in secret):
        raise Refused.because("the password contains a control character. Use letters, digits and signs.")
    if len(secret) < LEAST_LENGTH or len(set(secret)) < LEAST_DIFFERENT or not secret.strip():
        raise Refused.because(
            "the password is too weak. Use at least {least_length} characters, "
            "{least_different} of them different.",
            least_length=LEAST_LENGTH,
            least_different=LEAST_DIFFERENT,
        )
    if len(secret.encode()) > MOST_BYTES:
        raise Refused.because(
            "the password is too long. Use at most {most_bytes} bytes (a Thai letter has three).",
            most_bytes=MOST_BYTES,
        )
    return secret


def password_of(path: Path) -> tuple[str, list[Problem]]:
    """Return the first line of a password file, and a warning if others may read the file.

    Raises WrongUsage if it cannot be opened, and Refused if the password is not acceptable.
    """
    try:
        # only line ends of text files: other line separators may be part of the password
        first = read_input(path).decode("utf-8-sig").partition("\n")[0].removesuffix("\r")
    except UnicodeDecodeError:
        raise Refused.because("{path} is not UTF-8 text. Save the password as UTF-8.", path=path) from None
    except OSError as error:
        raise WrongUsage.because(
            "{path} cannot be read: {strerror}", path=path, strerror=error.strerror
        ) from error
    if not first:
        raise Refused.because("the first line of {path} is empty. Write the password there.", path=path)
    mode = path.stat().st_mode & 0o777
    warnings = []
    if os.name == "posix" and mode & 0o077:
        message = tell("others can read it (mode {mode:o}). Use `chmod 600 {path}`.", mode=mode, path=path)
        warnings.append(Problem(str(path), "password-open", message, severity="warning"))
    return checked_password(first), warnings
