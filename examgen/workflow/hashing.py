"""SHA-256 of files while something else is done: begun before the libraries are loaded that read them."""

from __future__ import annotations

import errno
import hashlib
import os
import sys
import threading
from collections.abc import Sequence
from io import FileIO
from pathlib import Path

from examgen.problems import Problem, Refused
from examgen.words import tell

_AT_ONCE = 4 << 20
"""Bytes hashed at a time: so many that the thread seldom waits for its turn."""
_TURN_S = 0.0001
"""How long it waits for its turn while something else is done; what Python has it wait is longer than it
takes to hash so many bytes."""

_turnstile, _at_work = threading.Lock(), threading.Lock()


def _stop() -> None:
    """Has hashing stand still while this process is copied: the copy must inherit no lock that a library
    holds just then."""
    _turnstile.acquire()
    _at_work.acquire()


def _go_on() -> None:
    _at_work.release()
    _turnstile.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_stop, after_in_parent=_go_on, after_in_child=_go_on)


class Hashing:
    """The SHA-256 of files, in a thread of its own."""

    def __init__(self, paths: Sequence[Path]) -> None:
        """Begins; files are hashed in their order."""
        self._paths = list(paths)
        self._stamps = [_stamp(path) for path in self._paths]
        self._found: list[str | OSError] = []
        self._turn = sys.getswitchinterval()
        sys.setswitchinterval(_TURN_S)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        buffer = memoryview(bytearray(_AT_ONCE))
        for path in self._paths:
            try:
                self._found.append(_sha256(path, buffer))
            except OSError as error:
                self._found.append(error)

    def done(self) -> list[str]:
        """All of them, as soon as they are there.

        Raises the OSError of a file that cannot be read, and Refused where one was written to meanwhile.
        """
        self._thread.join()
        sys.setswitchinterval(self._turn)
        for found in self._found:
            if isinstance(found, OSError):
                raise found
        pairs = zip(self._paths, self._stamps, strict=True)
        if changed := [path for path, before in pairs if _stamp(path) != before]:
            said = tell("was changed while it was read: score it again once nothing writes to it")
            raise Refused(
                tell(
                    "{n} of {self_n} answer file(s) changed while they were scored",
                    n=len(changed),
                    self_n=len(self._paths),
                ),
                [Problem(str(path), "file-changing", said) for path in changed],
            )
        return [str(found) for found in self._found]


def _stamp(path: Path) -> tuple[int, ...] | None:
    """What differs once a file was written to or replaced; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _sha256(path: Path, buffer: memoryview) -> str:
    if not path.is_file():
        raise OSError(errno.EINVAL, tell("not a file"), str(path))
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while _add(digest, file, buffer):
            with _turnstile:
                pass  # whoever waits for it is next
    return digest.hexdigest()


def _add(digest: hashlib._Hash, file: FileIO, buffer: memoryview) -> int:
    with _at_work:
        n = file.readinto(buffer)
        digest.update(buffer[:n])
    return n
