"""Sittings that an earlier version kept beside the exams → into the packages that they are of."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from examgen.core.changes import changing
from examgen.core.exam.names import MANIFEST, SITTING, SITTINGS
from examgen.core.storage import PRIVATE_FOLDER
from examgen.scoring.sitting_folder import changing_answers, children


def move_into_packages(workspace: Path) -> tuple[str, ...]:
    """Moves every `sittings/<exam>/` of a workspace to `output/<exam>/sitting/`, by one rename each;
    gives the names of the exams. One whose exam is gone, or has a sitting of its own, stays where it is."""
    moved = []
    for old in sorted(path for path in children(workspace / SITTINGS) if path.is_dir()):
        exam = workspace / "output" / old.name
        new = exam / SITTING
        if not (exam / MANIFEST).is_file() or new.exists():
            continue
        with changing(exam), changing(old), changing_answers(old):
            old.chmod(PRIVATE_FOLDER)
            old.rename(new)
        moved.append(old.name)
    with suppress(OSError):  # something else is there, or nothing
        (workspace / SITTINGS).rmdir()
    return tuple(moved)
