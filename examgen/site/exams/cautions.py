"""What an exam is not, or what nobody has confirmed of it: told before its results are released."""

from __future__ import annotations

from examgen.assembly.form_notices import notices_without_keys
from examgen.core.words import messages_in, tell
from examgen.site.blueprints.fields import on_form
from examgen.site.language import told
from examgen.site.workspace import manifest


def cautions(exam: str) -> list[str]:
    """That no expert approved items of the exam, and what its build noticed, in the reader's language."""
    said, found = manifest(exam), list[str]()
    if said.get("draft"):
        found.append(str(told(tell("A draft: it holds items that no subject-matter expert has approved"))))
    return [*found, *(on_form(one) for one in notices_without_keys(messages_in(said, "notices")))]
