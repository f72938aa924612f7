"""What people have decided after a sitting, as files: who a row is, what a mark is, what the key is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from examgen import capture, exam, scoring
from examgen.workflow.files import read_document, read_files

if TYPE_CHECKING:
    from examgen.models.scoring import Correction


class Records(NamedTuple):
    """Decisions on rows, and corrections of the key with the canonical options of each question."""

    overlays: capture.Overlays = capture.NO_OVERLAYS
    corrections: Sequence[Correction] = ()
    files: tuple[Path, ...] = ()


def read_records(
    asked: exam.Asked,
    answers: Sequence[Path],
    identities: Sequence[Path],
    marks: Sequence[Path],
    corrections: Path | None,
) -> Records:
    """The decisions of files; raises Refused with what is wrong with any of them."""
    overlays = capture.NO_OVERLAYS
    if identities or marks:
        from examgen.capture.overlay_files import Sitting, read_overlays

        forms = dict.fromkeys([*asked.forms["form"], *asked.dealt.get("serial", ())])
        questions = max(map(int, asked.forms["question"]))
        sitting = Sitting(capture.shown_names(answers), list(forms), questions)
        overlays = read_overlays(read_files(identities), read_files(marks), sitting)
    made: Sequence[Correction] = ()
    if corrections is not None:
        made = scoring.read_corrections(read_document(corrections, "the corrections"))
    named = (*identities, *marks, *((corrections,) if corrections else ()))
    return Records(overlays, made, tuple(named))
