"""SHA-256 of files while they are being read; none may change until they are hashed."""

from __future__ import annotations

import errno
import hashlib
import stat
from collections.abc import Sequence
from pathlib import Path

from examgen.core.problems import Problem, Refused
from examgen.core.words import tell


class Hashing:
    """The SHA-256 of files that must not change from the creation of this object on."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = list(paths)
        self._stamps = [_stamp(path) for path in self._paths]

    def done(self) -> list[str]:
        """Returns the SHA-256 of all files.

        Raises the OSError of a file that cannot be read, and Refused if a file was written to meanwhile.
        """
        digests = list(map(_sha256, self._paths))
        pairs = zip(self._paths, self._stamps, strict=True)
        if changed := [path for path, before in pairs if _stamp(path) != before]:
            message = tell("was changed while it was read. Score it again when no program is writing to it.")
            raise Refused.because(
                "{n} of {self_n} answer files changed while they were scored",
                [Problem(str(path), "file-changing", message) for path in changed],
                n=len(changed),
                self_n=len(self._paths),
            )
        return digests


def _stamp(path: Path) -> tuple[int, ...] | None:
    """Returns numbers that differ after a file was written to or replaced; None if there is no file."""
    try:
        found = path.stat()
        more = [_stamp(one) or () for one in _inside(path)] if stat.S_ISDIR(found.st_mode) else []
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, *(number for one in more for number in one)


def _inside(folder: Path) -> list[Path]:
    """Returns the files in a folder, in order."""
    return sorted(one for one in folder.rglob("*") if one.is_file())


def _sha256(path: Path) -> str:
    """Returns the SHA-256 of a file; for a folder, that of the list of its files with their SHA-256."""
    if path.is_dir():
        digest = hashlib.sha256()
        for one in _inside(path):
            digest.update(f"{_sha256(one)}  {one.relative_to(path).as_posix()}\n".encode("utf-8", "replace"))
        return digest.hexdigest()
    if not path.is_file():
        raise OSError(errno.EINVAL, tell("not a file"), str(path))
    with path.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
