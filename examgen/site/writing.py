"""Changes of the bank and of the folders of sittings by the site: made under the lock of the folder, recorded
and, for the bank, committed to git.

    with writing(user, [unit], message) as one:
        ...                                     # files of the unit are written, or a refusal is raised
        one.did("item.change", f"{unit}/{name}", hash=...)
    with deciding(user, place, "rows.decide", line=...):
        ...                                     # files of the sitting are written

The files are written first, then the entry of the record. If a process is killed between the two, the entry
is missing: a sitting has the act in its own record, and the author of an item is not known, so that two
reviewers have to approve it.
"""

from __future__ import annotations

import logging
import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from django.db import transaction

from examgen.bank.settings import SETTINGS_FILE
from examgen.core.changes import changing
from examgen.core.exam.names import RECORD, SITTING
from examgen.core.files import PRIVATE_FOLDER
from examgen.core.problems import ExamgenError
from examgen.core.record import read_acts
from examgen.core.words import tell
from examgen.evidence.certificates import RECORD as REGISTER_RECORD
from examgen.evidence.certificates import REGISTER
from examgen.scoring.sitting_folder import Sitting
from examgen.site.audit.models import record
from examgen.site.requests import Request, say
from examgen.site.workspace import bank, output, workspace
from examgen.sitting.taking import on_record

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


class Writing:
    """A change in progress: the acts to record, and whether git has committed it."""

    def __init__(self, what: str = "", about: str = "", **detail: Any) -> None:
        self.message = ""
        self.usual = (what, about, detail)
        self.acts: list[tuple[str, str, dict[str, Any]]] = []
        self.is_in_git = True

    def did(self, what: str, about: str, **detail: Any) -> None:
        """Adds an act, which is recorded once the change has been made, in place of the usual one."""
        self.acts.append((what, about, detail))

    def note(self, **detail: Any) -> None:
        """Adds details to the usual act."""
        self.usual[2].update(detail)

    def warn(self, request: Request) -> None:
        """Shows a warning if git has not committed the change."""
        if not self.is_in_git:
            why = tell("It is saved, but git did not take it: the log of the server says why.")
            say(request, why, "warning")


@contextmanager
def recording(user: Any, folder: Path, what: str = "", about: str = "", **detail: Any) -> Iterator[Writing]:
    """Records a change below a folder once its block has ended: the acts added by `did`, or else the act
    `what` with these details. Nothing is recorded if the block raises."""
    one = Writing(what, about, **detail)
    yield one
    bound = last_act(folder)
    with transaction.atomic():
        for act, of, more in one.acts or ([one.usual] if what else []):
            record(user, act, of, **more, **bound)


@contextmanager
def writing(user: Any, units: Iterable[str], message: str) -> Iterator[Writing]:
    """Locks the bank while files of these units change; the acts added by `did` are recorded, and the change
    is committed to git."""
    with changing(bank()):
        with recording(user, bank()) as one:
            one.message = message
            yield one
        one.is_in_git = commit(workspace(), [bank() / unit for unit in units], one.message, user)


@contextmanager
def setting(user: Any, what: str, message: str) -> Iterator[Writing]:
    """Locks the workspace while its settings and logo change; the change is recorded and committed to git."""
    with changing(workspace()):
        with recording(user, workspace(), what) as one:
            yield one
        files = [workspace() / SETTINGS_FILE, *workspace().glob("logo.*")]
        one.is_in_git = commit(workspace(), files, message, user)


@contextmanager
def deciding(user: Any, place: Sitting, what: str, **detail: Any) -> Iterator[Writing]:
    """Locks the folder of a sitting while it changes. Records the acts added by `did`, or else the act `what`
    on its exam with these details."""
    with (
        place.changing(),
        recording(user, place.place, what, place.exam.name, **detail) as one,
        on_record(place, user.signature),
    ):
        yield one


@contextmanager
def registering(user: Any, what: str, about: str, **detail: Any) -> Iterator[Writing]:
    """Locks the register of certificates while it changes. Records the act `what` with these details."""
    folder = workspace() / REGISTER
    folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    with changing(folder), recording(user, folder, what, about, **detail) as one:
        yield one


def last_act(folder: Path) -> dict[str, str]:
    """Returns the path and the last digest of the record of the exam, or the register, to which a folder
    belongs; empty for other folders. `serve --check` uses it to detect that a record was shortened."""
    parts = folder.relative_to(workspace()).parts
    if parts[:1] == (REGISTER,):
        path = workspace() / REGISTER / REGISTER_RECORD
    elif len(parts) > 1 and workspace() / parts[0] == output():
        path = output() / parts[1] / SITTING / RECORD
    else:
        return {}
    with suppress(ExamgenError):
        if acts := read_acts(path):
            return {"act": f"{path.relative_to(workspace()).as_posix()} {acts[-1].digest}"}
    return {}
