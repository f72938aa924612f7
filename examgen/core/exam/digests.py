"""Keyed digests of the files in `secure/`, which may be published.

Anyone who has a plain SHA-256 of an answer key can try all keys: for ten questions with four options there
are a million. So each package has 32 random bytes, `secure/digest.key`, which never leave `secure/`. Every
digest of a file in `secure/`, or of anything that reveals right answers, is an HMAC-SHA256 with this key. The
key cannot be derived from anything, not even from the seed.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import json
import secrets
from pathlib import Path

from examgen.core.exam.names import DIGEST_KEY, SECURE
from examgen.core.files import check_regular, read_input, sha256, sha256_of
from examgen.core.problems import Problem, Refused
from examgen.core.words import tell

KEY_BYTES = 32
_BOOKLET = ("form", "serial", "base")


def new_digest_key() -> bytes:
    """Returns random bytes as the digest key of a new package."""
    return secrets.token_bytes(KEY_BYTES)


def digest_key_of(folder: Path) -> bytes:
    """Returns the digest key of the package in `folder`. Raises Refused if it is missing."""
    path = folder / DIGEST_KEY
    if not path.is_file():
        message = tell("is missing, so no file in secure/ can be checked")
        raise Refused.because(
            "{folder} has no {path}",
            [Problem(DIGEST_KEY, "digest-key-missing", message)],
            folder=folder,
            path=DIGEST_KEY,
        )
    return read_input(path)


def keyed(key: bytes, said: object) -> str:
    """Returns the keyed digest of bytes, or of data as JSON, which may be used outside `secure/`."""
    data = said if isinstance(said, bytes) else json.dumps(said, ensure_ascii=False, sort_keys=True).encode()
    return hmac.new(key, data, "sha256").hexdigest()


def keyed_of(key: bytes, path: Path) -> str:
    """Returns the keyed digest of a file of any size."""
    check_regular(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hmac.new(key, digestmod="sha256")).hexdigest()


def is_secret(path: str) -> bool:
    """Returns whether a path of the package is in `secure/`."""
    return path.startswith(f"{SECURE}/")


def listed_digest(key: bytes, path: str, content: bytes | Path) -> str:
    """Returns the digest of a file that `exam.yaml` lists, by its path in the package: keyed if the file is
    secret."""
    if isinstance(content, Path):
        return keyed_of(key, content) if is_secret(path) else sha256_of(content)
    return keyed(key, content) if is_secret(path) else sha256(content)


def assignment_digests(key: bytes, path: Path) -> dict[str, str]:
    """Returns the digests in `exam.yaml` of who has which booklet (`candidates`) and of which booklets there
    are (`booklets`). They do not depend on other columns of `candidates.csv`, which may be removed. Raises
    ValueError if the file is not such a list."""
    return _digests(key, _rows(path))


def is_assigned_as(key: bytes, path: Path, said: object) -> bool:
    """Returns whether a `candidates.csv` without names and contacts assigns the booklets as recorded in
    `exam.yaml`: to the same candidates or, if no candidate numbers are left, the same booklets."""
    try:
        rows = _rows(path)
    except ValueError:
        return False
    name = "candidates" if any(row["candidate_id"] for row in rows) else "booklets"
    return isinstance(said, dict) and said.get(name) == _digests(key, rows)[name]


def _digests(key: bytes, rows: list[dict[str, str]]) -> dict[str, str]:
    columns = {"booklets": _BOOKLET, "candidates": ("candidate_id", *_BOOKLET)}
    return {
        name: keyed(key, [[row[column] for column in some] for row in rows]) for name, some in columns.items()
    }


def _rows(path: Path) -> list[dict[str, str]]:
    text = io.StringIO(read_input(path).decode("utf-8-sig"), newline="")
    try:
        rows = [*csv.DictReader(text)]
    except csv.Error as error:
        raise ValueError(f"{path} is no table") from error
    if not rows or not {"candidate_id", *_BOOKLET} <= rows[0].keys():
        raise ValueError(f"{path} has not the columns of a list of booklets")
    return rows
