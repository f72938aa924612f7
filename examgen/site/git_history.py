"""What git knows of the workspace, where it is a repository: changes entered under a name, versions of files.

Git is a process with a list of arguments, its hooks and signatures off; only the paths named are entered.
Where there is no git, or no repository, nothing is entered and nothing is known.
"""

from __future__ import annotations

import logging
import os
import re
import subprocess
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from examgen.core.changes import changing
from examgen.core.problems import ExamgenError
from examgen.core.storage import read_input

log = logging.getLogger("examgen.history")
_SECONDS = 20
_OFF = ("-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false", "-c", "core.quotePath=false")
_TRIES = 5
_PAUSE = 0.1
_LEFT = 600
"""Seconds after which a lock of git is one that a killed process has left, whoever began it."""
_NOTE = "examgen-commit"
"""In the folder of git while we enter a change."""
_LOCKS = ("index.lock", "next-index-*.lock", "HEAD.lock", "refs/heads/**/*.lock")
"""What git holds while it enters a change."""
_ENDING = 2.0
"""Seconds after which a git has ended whose caller was killed and it was not."""
_LOCKED = re.compile(rb"Unable to create '([^']+\.lock)': File exists")
_MOST_VERSIONS = 100


class Version(NamedTuple):
    """One commit that changed a file."""

    commit: str
    name: str
    email: str
    at: str
    """ISO 8601."""
    subject: str


def _git(workspace: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["git", *_OFF, "-C", str(workspace), *arguments],
        input=given,
        capture_output=True,
        timeout=_SECONDS,
        check=False,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            "LC_ALL": "C",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
        },
    )


@cache
def _has_git() -> bool:
    try:
        return _git(Path("/"), "--version").returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def is_repository(workspace: Path) -> bool:
    """Whether changes of the workspace can be entered: it is itself the top of a repository. One that lies
    somewhere in another's is not, for nobody asked that its changes go there."""
    return (workspace / ".git").exists() and _has_git()


def address_of(user: Any) -> str:
    """The address that a commit bears: it is by this that a person is known again, whatever his name."""
    return f"{user.username}@examgen.invalid"


def commit(workspace: Path, paths: Iterable[Path], message: str, user: Any) -> bool:
    """Enters those files, and nothing else that may be changed or staged there, under the name of a user.

    True where they are entered, or there is no repository; False where git refuses, which is logged.
    """
    names = [str(path.resolve().relative_to(workspace.resolve())) for path in paths]
    if not names or not is_repository(workspace):
        return True
    name = "".join(c for c in str(user) if c.isprintable() and c not in "<>").strip() or user.username
    message = "".join(c for c in message if c.isprintable())
    who = ("-c", f"user.name={name}", "-c", f"user.email={address_of(user)}")
    written = (*who, "commit", "--quiet", "--no-verify", "--only", "-m", message, "--", *names)
    try:
        with _in_turn(workspace / ".git"):
            done = _entered(workspace, names, written)
    except (OSError, subprocess.SubprocessError, ExamgenError):
        log.exception("git")
        return False
    if done.returncode == 0 or (done.returncode == 1 and not done.stderr):  # or nothing is left to enter
        return True
    log.error("git did not enter a change: %s", done.stderr.decode("utf-8", "replace").strip()[:500])
    return False


def _entered(workspace: Path, names: list[str], written: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    for _ in range(_TRIES):
        done = _git(workspace, *written)
        if b"did not match any file" in done.stderr:  # one of them is new
            done = _git(workspace, "add", "--", *names)
            if done.returncode == 0:
                done = _git(workspace, *written)
        lock = _LOCKED.search(done.stderr)
        if lock is None:
            break
        if not _unlocked(workspace, Path(os.fsdecode(lock[1]))):
            time.sleep(_PAUSE)  # another git is at work
    return done


@contextmanager
def _in_turn(folder: Path) -> Iterator[None]:
    """One change after the other is entered. Who finds a note knows that the last one was killed, perhaps
    with its git, and takes away the locks that this has left: they would be there for ever, and a change that
    is not entered at once has its text in no commit."""
    if not folder.is_dir():  # the repository lies elsewhere
        yield
        return
    with changing(folder):
        note = folder / _NOTE
        if note.exists():
            _unlock(folder, note.stat().st_mtime_ns)
        note.touch()
        yield
        note.unlink()  # not where git did not come to its end


def _unlock(folder: Path, since: int) -> None:
    def left() -> dict[Path, int]:
        found = {}
        for path in (path for pattern in _LOCKS for path in folder.glob(pattern)):
            with suppress(FileNotFoundError):  # its git has come to an end
                if (changed := path.stat().st_mtime_ns) >= since:
                    found[path] = changed
        return found

    before = left()
    if not before:
        return
    time.sleep(_ENDING)
    for path, changed in left().items():
        if before.get(path) == changed:
            path.unlink(missing_ok=True)
            log.warning("%s was left by a git that was killed, and taken away", path.name)


def _unlocked(workspace: Path, lock: Path) -> bool:
    """Takes away the lock of a git that another program has left."""
    if not lock.is_relative_to((workspace / ".git").resolve()):
        return False
    with suppress(FileNotFoundError):
        if time.time() - lock.stat().st_mtime < _LEFT:
            return False
        lock.unlink()
        log.warning("a lock of git that nobody has held for %s s was taken away", _LEFT)
    return True


def versions(workspace: Path, path: Path, most: int = _MOST_VERSIONS) -> list[Version]:
    """The commits that changed a file, the newest first, at most `_MOST_VERSIONS` and one."""
    if not is_repository(workspace):
        return []
    return _log_of(workspace).of(_name(workspace, path))[:most]


_FORM = "%x01%m%x00%P%x00%H%x00%an%x00%ae%x00%aI%x00%s"
_MOST_FILES = 1_000
"""Of a repository whose versions are kept."""


class _Log:
    """The versions of files of a repository, kept as long as its history goes on: of new commits alone git is
    asked, for on a busy day somebody enters one every second."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self._head = ""
        self._files: OrderedDict[str, list[Version]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, name: str) -> list[Version]:
        """The versions of a file, the newest first."""
        with self._lock:
            head = _head(self.workspace)
            if head != self._head:
                self._go_on(head)
            found = self._files.get(name)
            if found is None:
                most = f"-n{_MOST_VERSIONS + 1}"
                asked = _read_log(self.workspace, most, head, "--", name) if head else []
                found = self._files[name] = [one.version for one in asked or ()]
                while len(self._files) > _MOST_FILES:
                    self._files.popitem(last=False)
            return found

    def _go_on(self, head: str) -> None:
        """Adds what was entered since; forgets all where the history is another, or has two strands."""
        asked = ("--left-right", "--name-only", "--no-renames", f"{self._head}...{head}")
        new = _read_log(self.workspace, *asked) if head and self._head and self._files else None
        self._head = head
        if new is None or any(one.is_gone or one.n_before > 1 for one in new):
            self._files.clear()
            return
        for one in reversed(new):
            for name in one.files & self._files.keys():
                self._files[name] = [one.version, *self._files[name]][: _MOST_VERSIONS + 1]


class _Commit(NamedTuple):
    version: Version
    n_before: int
    is_gone: bool
    files: frozenset[str]


def _read_log(workspace: Path, *asked: str) -> list[_Commit] | None:
    """Commits, the newest first; None where git does not know what was asked, or a name cannot be read."""
    done = _git(workspace, "log", f"--format={_FORM}", *asked)
    if done.returncode != 0:
        return None
    found = []
    for entry in done.stdout.decode("utf-8", "replace").split("\1")[1:]:
        head, *names = entry.splitlines()
        side, before, *told = head.split("\0", 6)
        if len(told) != 5 or any(name.startswith('"') for name in names):
            return None
        files = frozenset(name for name in names if name)
        found.append(_Commit(Version(*told), len(before.split()), side == "<", files))
    return found


@cache
def _log_of(workspace: Path) -> _Log:
    return _Log(workspace)


def _head(workspace: Path) -> str:
    """The commit at which the repository is, read from its files where it keeps it as most do; empty where
    nothing was entered yet."""
    folder = workspace / ".git"
    with suppress(OSError, UnicodeDecodeError):
        at = read_input(folder / "HEAD").decode("ascii").strip()
        if at.startswith("ref: "):
            at = read_input(folder / at[5:]).decode("ascii").strip()
        if _COMMIT.fullmatch(at):
            return at
    done = _git(workspace, "rev-parse", "--verify", "--quiet", "HEAD")
    return done.stdout.decode("ascii", "replace").strip() if done.returncode == 0 else ""


_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def contents(workspace: Path, found: Sequence[Version], path: Path) -> list[bytes]:
    """A file as each of the commits had it, by one process; empty where it had none."""
    if not found:
        return []
    name = _name(workspace, path)
    asked = "".join(f"{version.commit}:./{name}\n" for version in found).encode()
    data, at, read = _git(workspace, "cat-file", "--batch", given=asked).stdout, 0, []
    for _ in found:
        end = data.find(b"\n", at)
        head = data[at:end].split() if end >= 0 else []
        size = int(head[2]) if len(head) == 3 and head[1] == b"blob" else -1
        read.append(data[end + 1 : end + 1 + size] if size >= 0 else b"")
        at = end + 1 + (size + 1 if size >= 0 else 0) if end >= 0 else len(data)
    return read


@lru_cache(maxsize=10_000)
def has_line(workspace: Path, commit: str, folder: Path, pattern: str) -> bool:
    """Whether a line of a file in a folder was like that, an extended regular expression, before a commit."""
    done = _git(workspace, "grep", "-q", "-E", "-e", pattern, f"{commit}~", "--", _name(workspace, folder))
    return done.returncode == 0


def _name(workspace: Path, path: Path) -> str:
    return path.resolve().relative_to(workspace.resolve()).as_posix()
