"""Changes of the workspace as git commits in the name of their user, if it is a git repository; and earlier
versions of files.

Git runs as a process with a list of arguments, without hooks and signatures, and only the given paths are
committed. If there is no git, or no repository, nothing is committed.
"""

from __future__ import annotations

import logging
import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from examgen.core.changes import changing
from examgen.core.problems import ExamgenError

log = logging.getLogger("examgen.history")
_SECONDS = 20
_OFF = ("-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false", "-c", "core.quotePath=false")


class Version(NamedTuple):
    """A commit that changed a file: its hash, author, and time (ISO 8601)."""

    commit: str
    name: str
    at: str


_MOST = 20
"""The maximum number of commits of a file that are read."""


def _git(workspace: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["git", *_OFF, "-C", str(workspace), *arguments],
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
    """Returns whether changes of the workspace can be committed, which must itself be the top folder of a
    repository. A workspace inside another repository is not committed, because nobody asked for that."""
    return (workspace / ".git").exists() and _has_git()


def address_of(user: Any) -> str:
    """Returns the e-mail address of a user's commits, which identifies the user even if the name changes."""
    return f"{user.username}@examgen.invalid"


def commit(workspace: Path, paths: Iterable[Path], message: str, user: Any) -> bool:
    """Commits these files, and no other changed or staged files, in the name of a user.

    Returns True if they are committed, or there is no repository; False if git refuses, which is logged.
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


def versions(workspace: Path, path: Path) -> Iterator[tuple[Version, bytes]]:
    """Yields the last commits that changed a file, newest first, each with the file's content at that
    time."""
    name = path.resolve().relative_to(workspace.resolve()).as_posix()
    if not is_repository(workspace):
        return
    done = _git(workspace, "log", "--format=%H%x00%an%x00%aI", f"-n{_MOST}", "--", name)
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        one = Version(*line.split("\0"))
        yield one, _git(workspace, "show", f"{one.commit}:./{name}").stdout
