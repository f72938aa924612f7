"""The day on which an exam was taken, as somebody confirms it: an act in the record of the sitting."""

from __future__ import annotations

from datetime import date

from examgen.capture.grader_decisions import clean_text
from examgen.core.changes import change
from examgen.core.files import PRIVATE_FOLDER
from examgen.scoring.sitting_folder import Sitting
from examgen.scoring.sitting_record import put_on_record


def put_day_on_record(sitting: Sitting, day: date | None, by: str) -> None:
    """Record the day on which the exam was taken; None records that the earlier statement was withdrawn."""
    said: dict[str, object] = {"kind": "held", "file": "", "name": "", "sha256": "", "size": 0}
    said |= {"act": "held", "date": day.isoformat()} if day else {"act": "not-held"}
    with sitting.changing(), change(sitting.place, PRIVATE_FOLDER) as changed:
        put_on_record(sitting.place, changed, [said], clean_text(by))
