"""Digests of a package as `exam.yaml` lists them, computed without examgen: those of secret files are keyed.

Two builds of one exam have other bytes in `secure/digest.key`, and so in `exam.yaml` other digests of the
files in `secure/` (`files`) and of the bank (`bank.sha256`). Nothing else may differ: see `with_plain_digests`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from pathlib import Path

import yaml

DIGEST_KEY = "secure/digest.key"
ANY_KEY = bytes(range(32))
"""For packages that a test writes by hand."""


def keyed(key: bytes, said: object) -> str:
    """The keyed digest of bytes, or of a document of JSON."""
    data = said if isinstance(said, bytes) else json.dumps(said, ensure_ascii=False, sort_keys=True).encode()
    return hmac.new(key, data, "sha256").hexdigest()


def listed(files: Mapping[str, bytes]) -> dict[str, str]:
    """What `exam.yaml` lists of files by their path in the package, one of which is the key of the digests."""
    key = files[DIGEST_KEY]
    return {
        name: keyed(key, data) if name.startswith("secure/") else hashlib.sha256(data).hexdigest()
        for name, data in files.items()
    }


def renewed(exam: Path, *names: str) -> None:
    """The digests of files that were changed are written into `exam.yaml`, in the place of those before."""
    path = exam / "exam.yaml"
    text = path.read_text("utf-8")
    before = yaml.safe_load(text)["files"]
    now = listed({name: (exam / name).read_bytes() for name in (*names, DIGEST_KEY)})
    for name in names:
        assert before[name] in text
        text = text.replace(before[name], now[name])
    path.chmod(path.stat().st_mode | 0o200)
    path.write_text(text, "utf-8")


def with_plain_digests(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a folder as two builds of one exam have them alike.

    `secure/digest.key` of each package in it is left out. In its `exam.yaml` each keyed digest that is right
    stands as a plain one, and the digest of the bank is blanked: a digest that is wrong stays and differs.
    """
    found = dict(files)
    for name in files:
        if name == DIGEST_KEY or name.endswith(f"/{DIGEST_KEY}"):
            above, key = name.removesuffix(DIGEST_KEY), found.pop(name)
            text = files[f"{above}exam.yaml"].decode()
            bank = yaml.safe_load(text)["bank"]["sha256"]
            text = text.replace(f"  sha256: {bank}\n", "  sha256: of the bank\n")
            text = text.replace(f"  {DIGEST_KEY}: {keyed(key, key)}\n", "")
            for path, data in files.items():
                if path.startswith(f"{above}secure/") and path != name:
                    text = text.replace(keyed(key, data), hashlib.sha256(data).hexdigest())
            found[f"{above}exam.yaml"] = text.encode()
    return found
