"""What an exam is not, or what nobody has confirmed of it: told before its results are released."""

from __future__ import annotations

from examgen.assembly.form_notices import notices_without_keys
from examgen.core.exam.package import read_exam
from examgen.core.words import messages_in
from examgen.rendering.parts import draft_notice
from examgen.site.blueprints.fields import on_form
from examgen.site.language import told
from examgen.site.workspace import exam_folder, manifest


def cautions(exam: str) -> list[str]:
    """How many items no expert approved, as reports say it, and what the build noticed: for the reader."""
    said, found = manifest(exam), list[str]()
    if notice := draft_notice(read_exam(exam_folder(exam))):
        found.append(str(told(notice)))
    return [*found, *(on_form(one) for one in notices_without_keys(messages_in(said, "notices")))]
