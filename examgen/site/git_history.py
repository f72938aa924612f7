"""What git knows of the workspace, where it is a repository: changes under a name, versions of files.

Git is a process with a list of arguments, its hooks and signatures off; only the paths named are committed.
Where there is no git, or no repository, nothing is committed and nothing is known.
"""

from __future__ import annotations

import logging
import os
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from examgen.core.changes import changing
from examgen.core.problems import ExamgenError

log = logging.getLogger("examgen.history")
_SECONDS = 20
_OFF = ("-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false", "-c", "core.quotePath=false")
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
    """Whether changes of the workspace can be committed: it is itself the top of a repository. One that lies
    somewhere in another's is not, for nobody asked that its changes go there."""
    return (workspace / ".git").exists() and _has_git()


def address_of(user: Any) -> str:
    """The address that a commit bears: it is by this that a person is known again, whatever his name."""
    return f"{user.username}@examgen.invalid"


def commit(workspace: Path, paths: Iterable[Path], message: str, user: Any) -> bool:
    """Commits those files, and nothing else that may be changed or staged there, under the name of a user.

    True where they are committed, or there is no repository; False where git refuses, which is logged.
    """
    names = [str(path.resolve().relative_to(workspace.resolve())) for path in paths]
    if not names or not is_repository(workspace):
        return True
    name = "".join(c for c in str(user) if c.isprintable() and c not in "<>").strip() or user.username
    message = "".join(c for c in message if c.isprintable())
    who = ("-c", f"user.name={name}", "-c", f"user.email={address_of(user)}")
    try:
        folder = workspace / ".git"
        with changing(folder) if folder.is_dir() else nullcontext():  # one change after the other
            _git(workspace, "add", "--intent-to-add", "--", *names)  # those that are new
            done = _git(workspace, *who, "commit", "--quiet", "--only", "-m", message, "--", *names)
    except (OSError, subprocess.SubprocessError, ExamgenError):
        log.exception("git")
        return False
    if done.returncode == 0 or (done.returncode == 1 and not done.stderr):  # or nothing is left to commit
        return True
    log.error("git did not take a change: %s", done.stderr.decode("utf-8", "replace").strip()[:500])
    return False


def versions(workspace: Path, path: Path, most: int = _MOST_VERSIONS) -> list[Version]:
    """The commits that changed a file, the newest first, at most `_MOST_VERSIONS` and one."""
    if not is_repository(workspace):
        return []
    return [*_versions(workspace, _head(workspace), _name(workspace, path))[:most]]


@lru_cache(maxsize=1_000)
def _versions(workspace: Path, head: str, name: str) -> tuple[Version, ...]:
    if not head:
        return ()
    form = "--format=%H%x00%an%x00%ae%x00%aI%x00%s"
    done = _git(workspace, "log", form, f"-n{_MOST_VERSIONS + 1}", head, "--", name)
    lines = done.stdout.decode("utf-8", "replace").split("\n")
    return tuple(Version(*line.split("\0", 4)) for line in lines if line)


def _head(workspace: Path) -> str:
    """The commit at which the repository is; empty where nothing was entered yet."""
    done = _git(workspace, "rev-parse", "--verify", "--quiet", "HEAD")
    return done.stdout.decode("ascii", "replace").strip() if done.returncode == 0 else ""


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
