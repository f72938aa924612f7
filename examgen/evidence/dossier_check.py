"""An accreditation file → whether it is as the body signed it: every file unchanged, nothing added or
removed."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from examgen.core.archives import ArchiveFault, is_plain, open_zip
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.signing.detached import MOST_BYTES, signer_of
from examgen.core.signing.keys import read_public, refused
from examgen.core.words import Message, joined, option, tell
from examgen.evidence.dossier import MANIFEST, SIGNATURE

_MOST_MANIFEST = 64 << 20
_OF_END = 22
"""The size in bytes of the record at the end of an archive without a comment."""
_AT_ONCE = 1 << 20
_BEGIN = b"PK\x03\x04"


class CheckedDossier(NamedTuple):
    """An accreditation file that is unchanged since it was signed."""

    name: str
    body: str
    key_id: str
    exam: str
    run: int | None
    made: str
    n_files: int
    n_withheld: int
    n_missing: int
    fingerprints: Mapping[str, str]

    def as_dict(self) -> dict[str, Any]:
        """Return the fields for JSON."""
        return self._asdict() | {"fingerprints": dict(self.fingerprints)}


def is_archive(path: Path) -> bool:
    """Return whether a file begins like a zip."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == _BEGIN


def check_dossier(path: Path, keys: Sequence[Path]) -> CheckedDossier:
    """Check that a file is as it was signed, and return its facts. Raises Refused with every difference,
    WrongUsage if no key is given."""
    if not keys:
        raise WrongUsage.because(
            "give the public key of the body that signed: {key}", key=option("key", "FILE.public.json")
        )
    known = [read_public(one) for one in keys]
    try:
        with open_zip(path) as archive:
            manifest = _member(archive, path, MANIFEST, _MOST_MANIFEST)
            written = _member(archive, path, SIGNATURE, MOST_BYTES)
            key = signer_of(path.name, MANIFEST, manifest, written, known)
            said = _read(path, manifest)
            problems = [*_behind(path), *_differences(archive, said)]
    except ArchiveFault as fault:
        raise refused(path.name, fault.code, fault.message) from None
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        EOFError,
        NotImplementedError,
        RuntimeError,
        OSError,
    ) as error:
        raise refused(path.name, "damaged", tell("cannot be opened: {error}", error=str(error))) from error
    if problems:
        raise Refused.because("{path} is not valid", problems, path=path.name)
    states = Counter(one["state"] for one in said["lines"])
    return CheckedDossier(
        path.name,
        key.body,
        key.key_id,
        str(said["exam"]),
        said.get("run"),
        str(said.get("made") or ""),
        states["present"],
        states["withheld"],
        states["missing"],
        {name: str(value) for name, value in (said.get("fingerprints") or {}).items() if value},
    )


def _member(archive: zipfile.ZipFile, path: Path, name: str, most: int) -> bytes:
    """Return the content of a member. Raises Refused if it is missing or too large."""
    if name not in archive.namelist():
        code, message = (
            (
                "signature-missing",
                tell("is not signed (it has no {name}), so its author cannot be verified", name=name),
            )
            if name == SIGNATURE
            else ("not-a-dossier", tell("is not an accreditation file, because it has no {name}", name=name))
        )
        raise refused(path.name, code, message)
    with archive.open(name) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise refused(path.name, "too-large", tell("{name} is too large for such a file", name=name))
    return data


def _read(path: Path, manifest: bytes) -> dict[str, Any]:
    try:
        said = json.loads(manifest)
        lines = said["lines"]
        for one in lines:
            if one["state"] == "present" and not (
                isinstance(one["sha256"], str) and isinstance(one["size"], int)
            ):
                raise ValueError("no digest")
        return dict(said)
    except (ValueError, KeyError, TypeError, RecursionError):
        message = tell("{name} is signed, but not for an accreditation file", name=MANIFEST)
        raise refused(path.name, "not-a-dossier", message) from None


def _differences(archive: zipfile.ZipFile, said: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the differences between archive and manifest."""
    wanted = {one["path"]: one for one in said["lines"] if one["state"] == "present"}
    names = archive.namelist()
    for name, n in Counter(names).items():
        if n > 1:
            yield _problem(name, "file-twice", tell("appears twice in the file"))
        if not is_plain(name):
            yield _problem(name, "file-outside", tell("has a path outside the file"))
        if name not in wanted and name not in (MANIFEST, SIGNATURE):
            yield _problem(
                name, "file-added", tell("was added, because the signed manifest does not list it")
            )
    for name, one in wanted.items():
        if name not in names:
            yield _problem(name, "file-missing", tell("is missing, although the signed manifest lists it"))
            continue
        digest, size = hashlib.sha256(), 0
        with archive.open(name) as file:
            while data := file.read(_AT_ONCE):
                digest.update(data)
                size += len(data)
                if size > one["size"]:
                    break
        if size != one["size"] or digest.hexdigest() != one["sha256"]:
            yield _problem(
                name,
                "file-changed",
                tell("was changed, because its SHA-256 differs from the signed manifest"),
            )


def _behind(path: Path) -> Iterator[Problem]:
    """Yield a problem if there is data after the last member or in the archive's comment, which no signature
    covers."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _OF_END, 0))
        end = file.read()
    if not end.startswith(b"PK\x05\x06") or end[-2:] != b"\0\0":
        yield _problem(path.name, "file-added", tell("data were added after the last file in the archive"))


def _problem(name: str, code: str, message: Message) -> Problem:
    return Problem(joined([name]), code, message)
