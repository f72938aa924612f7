"""An exam package → the sentences about it that stand on its reports, for what shows results and is none."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from examgen.core.exam.manifest import check_files, read_manifest
from examgen.core.exam.names import MANIFEST, SNAPSHOT
from examgen.core.exam.snapshot import read_part
from examgen.core.models.blueprint import WRITTEN_TEST
from examgen.core.models.standard import Unit
from examgen.core.readings import Readings
from examgen.core.words import Message
from examgen.rendering.parts import draft_notice, scope_notice
from examgen.scoring.runs.method_results import has_any


class Notices(NamedTuple):
    """The sentences about an exam that stand on its reports, where they hold."""

    draft: Message | None
    scope: Message | None


_read = Readings[Notices](256)


def notices_of(exam: Path) -> Notices:
    """Read anew where the package has changed. Raises Refused where its exam is not as it was written."""

    has_results = has_any(exam)

    def read() -> Notices:
        from examgen.core.exam.package import read_exam

        found = read_exam(exam)
        scope = scope_notice(found.other_methods, has_results, found.blueprint.is_rated)
        return Notices(draft_notice(found), scope)

    return _read.of((exam, has_results), [exam / MANIFEST], read)


_scopes = Readings[Message | None](256)


def scope_of(exam: Path) -> Message | None:
    """What the standard asks besides the exam, where it asks anything. Of the package, the units are read and
    no form, so that a scoring need not wait for it."""

    has_results = has_any(exam)

    def read() -> Message | None:
        manifest = read_manifest(exam)
        check_files(exam, {SNAPSHOT: manifest["files"][SNAPSHOT]})
        asked = manifest["blueprint"]
        units = [Unit.model_validate(one) for one in read_part(exam, "units")]
        method = asked.get("method", WRITTEN_TEST)
        found = [one.besides(asked.get("level"), asked.get("occupation"), method) for one in units]
        also = [one for one in found if one is not None and one.methods]
        return scope_notice(also, has_results, method != WRITTEN_TEST)

    return _scopes.of((exam, has_results), [exam / MANIFEST], read)
