"""SHA-256 of files while something else is done: a process of its own begins before the libraries are loaded
that read them.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import subprocess
import sys
import weakref
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from examgen.core.problems import Problem, Refused
from examgen.core.words import tell

ALONE_BYTES = 8 << 20
"""Files of up to so many bytes are hashed sooner than a process is there."""
_AT_ONCE = 1 << 20
_HASHED = f"""
import hashlib, sys
buffer = memoryview(bytearray({_AT_ONCE}))
for path in sys.argv[1:]:
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:
        while n := file.readinto(buffer):
            digest.update(buffer[:n])
    print(digest.hexdigest())
"""


class Hashing:
    """The SHA-256 of files; large ones are hashed meanwhile."""

    def __init__(self, paths: Sequence[Path]) -> None:
        """Begins."""
        self._paths = list(paths)
        self._stamps = [_stamp(path) for path in self._paths]
        self._process: subprocess.Popen[bytes] | None = None
        self._found: list[str] = []
        with suppress(OSError):
            stats = [path.stat() for path in self._paths]
            are_large = sum(one.st_size for one in stats) > ALONE_BYTES
            if sys.executable and are_large and all(stat.S_ISREG(one.st_mode) for one in stats):
                own = [os.path.abspath(path) for path in self._paths]
                command = [sys.executable, "-I", "-S", "-c", _HASHED, *own]
                none = subprocess.DEVNULL
                self._process = subprocess.Popen(command, stdin=none, stdout=subprocess.PIPE, stderr=none)
        if self._process is not None:
            weakref.finalize(self, _end, self._process, os.getpid())

    def done(self) -> list[str]:
        """All of them, as soon as they are there.

        Raises the OSError of a file that cannot be read, and Refused where one was written to meanwhile.
        """
        if not self._found and self._process is not None:
            self._found = self._process.communicate()[0].decode("ascii", "replace").split()
        if len(self._found) != len(self._paths):  # what went wrong with a file is told here
            self._found = list(map(_sha256, self._paths))
        pairs = zip(self._paths, self._stamps, strict=True)
        if changed := [path for path, before in pairs if _stamp(path) != before]:
            said = tell("was changed while it was read. Score it again when no program is writing to it.")
            raise Refused(
                tell(
                    "{n} of {self_n} answer files changed while they were scored",
                    n=len(changed),
                    self_n=len(self._paths),
                ),
                [Problem(str(path), "file-changing", said) for path in changed],
            )
        return self._found


def _end(process: subprocess.Popen[bytes], owner: int) -> None:
    """Ends the process, where nobody waits for its digests any longer."""
    if owner != os.getpid():  # a copy of the process that began it
        return
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _stamp(path: Path) -> tuple[int, ...] | None:
    """What differs once a file was written to or replaced; None where there is none."""
    try:
        found = path.stat()
        more = [_stamp(one) or () for one in _inside(path)] if stat.S_ISDIR(found.st_mode) else []
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, *(number for one in more for number in one)


def _inside(folder: Path) -> list[Path]:
    """The files of a folder, in order."""
    return sorted(one for one in folder.rglob("*") if one.is_file())


def _sha256(path: Path) -> str:
    """Of a file; of a folder that of a list of its files, each with its own."""
    if path.is_dir():
        digest = hashlib.sha256()
        for one in _inside(path):
            digest.update(f"{_sha256(one)}  {one.relative_to(path).as_posix()}\n".encode("utf-8", "replace"))
        return digest.hexdigest()
    if not path.is_file():
        raise OSError(errno.EINVAL, tell("not a file"), str(path))
    with path.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
