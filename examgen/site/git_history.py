"""What git knows of the workspace, where it is a repository: changes entered under a name, versions of files.

Git is a process with a list of arguments, its hooks and signatures off; only the paths named are entered.
Where there is no git, or no repository, nothing is entered and nothing is known.
"""

from __future__ import annotations

import logging
import os
import subprocess
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

log = logging.getLogger("examgen.history")
_SECONDS = 20
_OFF = ("-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false", "-c", "core.quotePath=false")
_TRIES = 5
_PAUSE = 0.1
_LEFT = 600
"""Seconds after which a lock of git is one that a killed process has left: ours ends after `_SECONDS`."""
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
    for _ in range(_TRIES):
        try:
            done = _git(workspace, *written)
            if b"did not match any file" in done.stderr:  # one of them is new
                done = _git(workspace, "add", "--", *names)
                if done.returncode == 0:
                    done = _git(workspace, *written)
        except (OSError, subprocess.SubprocessError):
            log.exception("git")
            return False
        if done.returncode == 0 or (done.returncode == 1 and not done.stderr):  # or nothing is left to enter
            return True
        if b"index.lock" not in done.stderr:
            break
        if not _unlocked(workspace):
            time.sleep(_PAUSE)  # another commit is being made
    log.error("git did not enter a change: %s", done.stderr.decode("utf-8", "replace").strip()[:500])
    return False


def _unlocked(workspace: Path) -> bool:
    """Takes away the lock that a git which was killed has left: nothing could be entered ever again."""
    lock = workspace / ".git" / "index.lock"
    with suppress(FileNotFoundError):
        if time.time() - lock.stat().st_mtime < _LEFT:
            return False
        lock.unlink()
        log.warning("a lock of git that nobody has held for %s s was taken away", _LEFT)
    return True


def versions(workspace: Path, path: Path, most: int = _MOST_VERSIONS) -> list[Version]:
    """The commits that changed a file, the newest first."""
    if not is_repository(workspace):
        return []
    form = "%H%x00%an%x00%ae%x00%aI%x00%s"
    done = _git(workspace, "log", f"-n{most}", f"--format={form}", "--", _name(workspace, path))
    lines = done.stdout.decode("utf-8", "replace").splitlines() if done.returncode == 0 else []
    return [Version(*parts) for line in lines if len(parts := line.split("\0", 4)) == 5]


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


def has_line(workspace: Path, commit: str, folder: Path, pattern: str) -> bool:
    """Whether a line of a file in a folder was like that, an extended regular expression, before a commit."""
    done = _git(workspace, "grep", "-q", "-E", "-e", pattern, f"{commit}~", "--", _name(workspace, folder))
    return done.returncode == 0


def _name(workspace: Path, path: Path) -> str:
    return path.resolve().relative_to(workspace.resolve()).as_posix()
