"""Results of the other assessment methods that a standard requires besides an exam, as in a sitting or in a
release, and the notices about them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from examgen.capture.method_results import read_method_results
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.manifest import check_files, read_manifest
from examgen.core.exam.names import MANIFEST, SITTING, SNAPSHOT
from examgen.core.exam.package import read_exam, read_part
from examgen.core.exam.releases import Release
from examgen.core.files import read_input, sha256_of
from examgen.core.models.blueprint import WRITTEN_TEST
from examgen.core.models.field_types import Method
from examgen.core.models.form import Exam
from examgen.core.models.standard import METHODS as METHOD_NAMES
from examgen.core.models.standard import Unit
from examgen.core.other_methods import MethodResult, MethodResults
from examgen.core.person_decisions import PersonDecision, waivers
from examgen.core.problems import Problem, Refused
from examgen.core.readings import Readings
from examgen.core.words import Message, tell
from examgen.rendering.parts import draft_notice, scope_notice
from examgen.scoring.sitting_record import METHODS, SittingAct, as_taken, decisions_of, read_acts

Recorded = Sequence[Mapping[str, Any]]
"""Files of results as a release records them: `file`, a path below the folder of the sitting, and
`sha256`.
"""


def methods_asked(exam: Exam) -> dict[str, tuple[Method, ...]]:
    """Return, by unit, the methods that its standard requires besides the written test."""
    return {one.unit: one.methods for one in exam.other_methods}


def held_files(folder: Path) -> list[Path]:
    """Return the lists of results that were added to the sitting of an exam."""
    place = folder / SITTING / METHODS
    found = place.iterdir() if place.is_dir() else ()
    return sorted(path for path in found if path.is_file() and not path.name.startswith("."))


def has_any(folder: Path) -> bool:
    """Return whether the sitting of an exam has a result of another method, or a decision that waives one."""
    return bool(held_files(folder) or waivers(decisions_of(read_acts(folder / SITTING))))


def recorded(folder: Path) -> list[dict[str, str]]:
    """Return the lists of results of a sitting as a release records them."""
    place = folder / SITTING
    return [
        {"file": path.relative_to(place).as_posix(), "sha256": sha256_of(path)} for path in held_files(folder)
    ]


def results_now(folder: Path, exam: Exam) -> MethodResults:
    """Return the results that the sitting has now. Raises Refused if two lists contradict each other."""
    return merged(((path.name, read_input(path)) for path in held_files(folder)), methods_asked(exam))


def results_released(folder: Path, exam: Exam, files: Recorded) -> MethodResults:
    """Return the results in a release, even if somebody has removed them since. Raises Refused if a file is
    missing.
    """
    place = folder / SITTING
    found: list[tuple[str, bytes]] = []
    problems = []
    for one in files:
        name = str(one["file"])
        path = as_taken(place, name, str(one["sha256"]))
        if path is None:
            message = tell("is missing or differs from the released file. Restore it from a copy")
            problems.append(Problem(f"{SITTING}/{name}", "released-file-gone", message))
        else:
            found.append((name.rpartition("/")[2], read_input(path)))
    if problems:
        raise Refused.because("released results of other methods are missing", problems)
    return merged(found, methods_asked(exam))


def results_of(
    folder: Path, exam: Exam, run_sha256: str, releases: Sequence[Release], acts: Sequence[SittingAct]
) -> MethodResults:
    """Return the results on which reports of a run are based: those of its last release or, before any, those
    in the sitting. `acts`, the record of the sitting, have the decisions that waive a method.
    """
    if not exam.other_methods:
        return {}
    own = [one for one in releases if one.said["run_sha256"] == run_sha256]
    if own:
        found = results_released(folder, exam, own[-1].said.get("methods") or ())
        acts = acts[: own[-1].n_act - 1]
    else:
        found = results_now(folder, exam)
    return with_waivers(found, exam, waivers(decisions_of(acts)))


def with_waivers(
    found: MethodResults, exam: Exam, waived: Mapping[tuple[str, str], PersonDecision]
) -> MethodResults:
    """Return the results, with a waiver in place of each that is missing or absent."""
    every = {key: dict(held) for key, held in found.items()}
    for (number, method), one in waived.items():
        for unit, methods in methods_asked(exam).items():
            for asked in methods:
                held = every.get((number, unit), {}).get(asked)
                if asked == method and (held is None or held.result == "absent"):
                    result = MethodResult(one.candidate_id, unit, asked, "waived", one.date, one.by)
                    every.setdefault((number, unit), {})[asked] = result
    return every


def merged(
    files: Iterable[tuple[str, bytes]], asked: Mapping[str, Sequence[Method]]
) -> dict[tuple[str, str], dict[Method, MethodResult]]:
    """Return the combined results of lists of (name, content). Raises Refused if two lists give one result
    differently.
    """
    found: dict[tuple[str, str], dict[Method, MethodResult]] = {}
    told: dict[tuple[str, str, Method], str] = {}
    problems = []
    for name, data in files:
        for one in read_method_results(name, data, asked):
            key = canonical_number(one.candidate_id), one.unit
            before = found.setdefault(key, {}).setdefault(one.method, one)
            if before[3:] != one[3:]:
                message = tell(
                    "{id}: {other} has a different result of {method}. Remove one of the two",
                    id=one.candidate_id,
                    method=tell(METHOD_NAMES[one.method]),
                    other=told[*key, one.method],
                )
                problems.append(Problem(name, "result-twice", message))
            told.setdefault((*key, one.method), name)
    if problems:
        raise Refused.because("two lists contradict each other", problems)
    return found


# ── sentences on an exam ─────────────────────────────────────────────────────────────────────


class Notices(NamedTuple):
    """The notices about an exam on its reports; None if they do not apply."""

    draft: Message | None
    scope: Message | None


_drafts, _scopes = Readings[Message | None](256), Readings[Message | None](256)


def notices_of(exam: Path) -> Notices:
    """Return the notices for views of results that are not reports. Raises Refused if the exam was
    changed.
    """
    draft = _drafts.of(exam, [exam / MANIFEST], lambda: draft_notice(read_exam(exam)))
    return Notices(draft, scope_of(exam))


def scope_of(exam: Path) -> Message | None:
    """Return the notice of what the standard requires besides the exam; None if it requires nothing. Only the
    units of the package are read, not the forms, so that a scoring need not wait.
    """
    has_results = has_any(exam)

    def read() -> Message | None:
        manifest = read_manifest(exam)
        check_files(exam, {SNAPSHOT: manifest["files"][SNAPSHOT]})
        blueprint = manifest["blueprint"]
        method = blueprint.get("method", WRITTEN_TEST)
        units = (Unit.model_validate(one) for one in read_part(exam, "units"))
        besides = [one.besides(blueprint.get("level"), blueprint.get("occupation"), method) for one in units]
        also = [one for one in besides if one is not None and one.methods]
        return scope_notice(also, has_results, method != WRITTEN_TEST)

    return _scopes.of((exam, has_results), [exam / MANIFEST], read)
