"""What an exam is not, or what nobody has confirmed of it: told before its results are released."""

from __future__ import annotations

from examgen.assembly.compliance import WRITTEN_ALONE
from examgen.assembly.form_notices import notices_without_keys
from examgen.core.words import messages_in
from examgen.scoring.method_results import notices_of
from examgen.site.blueprints.fields import on_form
from examgen.site.language import told
from examgen.site.workspace import exam_folder, manifest


def cautions(exam: str) -> list[str]:
    """How many items no expert approved and what the standard asks besides, as reports say it, and what the
    build noticed besides that: for the reader."""
    found = [str(told(one)) for one in notices_of(exam_folder(exam)) if one is not None]
    noticed = notices_without_keys(messages_in(manifest(exam), "notices"))
    return [*found, *(on_form(one) for one in noticed if getattr(one, "msgid", "") != WRITTEN_ALONE)]
