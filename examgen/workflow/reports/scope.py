"""An exam package → the sentences about it that stand on its reports, for what shows results and is none."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from examgen.exam.names import MANIFEST
from examgen.exam.package import read_exam
from examgen.reports.parts import draft_notice, scope_notice
from examgen.words import Message
from examgen.workflow.readings import Readings


class Notices(NamedTuple):
    """The sentences about an exam that stand on its reports, where they hold."""

    draft: Message | None
    scope: Message | None


_read = Readings[Notices](256)


def notices_of(exam: Path) -> Notices:
    """Read anew where the package has changed. Raises Refused where its exam is not as it was written."""

    def read() -> Notices:
        found = read_exam(exam)
        return Notices(draft_notice(found), scope_notice(found))

    return _read.of(exam, [exam / MANIFEST], read)


def scope_of(exam: Path) -> Message | None:
    """What the standard asks besides the exam, where it asks anything."""
    return notices_of(exam).scope
