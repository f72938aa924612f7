"""Changes of the workspace as commits of who made them, where it is a git repository; and what files were.

Git is a process with a list of arguments, its hooks and signatures off; only the paths named are committed.
Where there is no git, or no repository, nothing is committed.
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
    """A commit that changed a file: its hash, by whom, and when (ISO 8601)."""

    commit: str
    name: str
    at: str


_MOST = 20
"""Commits of a file that are looked at."""


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


def versions(workspace: Path, path: Path) -> Iterator[tuple[Version, bytes]]:
    """The last commits that changed a file, the newest first, each with what the file was then."""
    name = path.resolve().relative_to(workspace.resolve()).as_posix()
    if not is_repository(workspace):
        return
    done = _git(workspace, "log", "--format=%H%x00%an%x00%aI", f"-n{_MOST}", "--", name)
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        one = Version(*line.split("\0"))
        yield one, _git(workspace, "show", f"{one.commit}:./{name}").stdout
