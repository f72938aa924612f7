"""What the site writes into the bank and the folders of sittings: under the lock of the folder, on record
and, for the bank, in git.

    with writing(user, [unit], message) as one:
        ...                                     # files of the unit are written, or what refuses it raises
        one.did("item.change", f"{unit}/{name}", hash=...)

    with deciding(user, place, "rows.decide", exam, line=...):
        ...                                     # files of the sitting are written

Files come first, then the entry of the record. Where a process is killed between the two, the entry is
missing: a sitting has the act in its own record, and the author of an item is then not known, so that two
reviewers approve it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

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
from examgen.site.audit.record import record
from examgen.site.git_history import commit
from examgen.site.requests import Request, say
from examgen.site.workspace import bank, output, workspace
from examgen.sitting.taking import on_record

Act = tuple[str, str, dict[str, Any]]
"""What was done, to what, and the details: an entry of the record."""


class Writing:
    """A change under way: what it is to say on record, and whether git has taken it in the end."""

    def __init__(self, message: str = "") -> None:
        self.message = message
        self.acts: list[Act] = []
        self.is_in_git = True

    def did(self, what: str, about: str, **detail: Any) -> None:
        """Enters an act, which is on record when the change has happened."""
        self.acts.append((what, about, detail))

    def warn(self, request: Request) -> None:
        """Tells the user where git has not taken the change."""
        if not self.is_in_git:
            why = tell("It is saved, but git did not take it: the log of the server says why.")
            say(request, why, "warning")


@contextmanager
def recording(user: Any, folder: Path, acts: Iterable[Act] = ()) -> Iterator[Writing]:
    """What is written below a folder, and then on record as what it says itself that it did (`did`), or else
    as `acts`; nothing is recorded where it raises."""
    one = Writing()
    yield one
    bound = last_act(folder)
    with transaction.atomic():
        for what, about, detail in one.acts or acts:
            record(user, what, about, **detail, **bound)


@contextmanager
def writing(user: Any, units: Iterable[str], message: str) -> Iterator[Writing]:
    """A change of files of those units of the bank: on record as it says (`did`), and in git."""
    with changing(bank()):
        with recording(user, bank()) as one:
            one.message = message
            yield one
        one.is_in_git = commit(workspace(), [bank() / unit for unit in units], one.message, user)


@contextmanager
def setting(user: Any, what: str, message: str) -> Iterator[Writing]:
    """A change of the settings of the workspace, and of its logo: on record, and in git."""
    with changing(workspace()):
        with recording(user, workspace(), [(what, "", {})]) as one:
            yield one
        files = [workspace() / SETTINGS_FILE, *workspace().glob("logo.*")]
        one.is_in_git = commit(workspace(), files, message, user)


@contextmanager
def deciding(user: Any, place: Sitting, what: str, exam: str, **detail: Any) -> Iterator[Writing]:
    """A change of the folder of a sitting, on record as that with those details, or as what it says itself
    that it did (`did`)."""
    with (
        place.changing(),
        recording(user, place.place, [(what, exam, detail)]) as one,
        on_record(place, user.signature),
    ):
        yield one


@contextmanager
def registering(user: Any, what: str, about: str, **detail: Any) -> Iterator[Writing]:
    """A change of the register of certificates, on record as that with those details, or as what it says
    itself that it did (`did`)."""
    folder = workspace() / REGISTER
    folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    with changing(folder), recording(user, folder, [(what, about, detail)]) as one:
        yield one


def last_act(folder: Path) -> dict[str, str]:
    """What an entry says of the record of the exam, or of the register, that a folder belongs to: its path
    and the digest of the last act in it. `serve --check` misses by that what was cut off since."""
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
