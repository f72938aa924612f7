"""Decisions that people made after a sitting, as files: on the candidates of rows, on marks, on the key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel

from examgen.capture.decision_files import SittingNames, read_grader_decisions
from examgen.capture.grader_decisions import NO_DECISIONS, GraderDecisions, of_same_scan, shown_names
from examgen.core.exam.bindings import exam_sha256
from examgen.core.exam.digests import digest_key_of, keyed_of
from examgen.core.exam.names import base_form
from examgen.core.exam.package import Package
from examgen.core.files import read_files
from examgen.core.models.decisions import FROM_FILE, CutFile, PassRule, ScaledFile
from examgen.core.models.scoring import Correction
from examgen.core.problems import Problem, Refused
from examgen.core.tables.records import visible
from examgen.core.words import Message, tell
from examgen.core.yamlfile import read_document, validate
from examgen.scoring.corrections import read_corrections

T = TypeVar("T", bound=BaseModel)


class RecordFile(NamedTuple):
    """A file of decisions as it was read; its digest is keyed, because the file may reveal right answers."""

    path: Path
    sha256: str

    def said(self) -> dict[str, str]:
        """Return the file as an audit records it."""
        return {"file": str(self.path), "sha256": self.sha256}


class DecisionRecords(NamedTuple):
    """Decisions on rows, corrections of the key, the conversion to scaled scores and the cut (both None to
    use those of the blueprint); and the files that contain them.
    """

    grader_decisions: GraderDecisions = NO_DECISIONS
    corrections: Sequence[Correction] = ()
    scaled: ScaledFile | None = None
    cut: CutFile | None = None
    files: tuple[RecordFile, ...] = ()


def read_records(
    asked: Package,
    answers: Sequence[Path],
    identities: Sequence[Path],
    marks: Sequence[Path],
    corrections: Path | None,
    scaled: Path | None = None,
    cut: Path | None = None,
    first_holds: bool = False,
) -> DecisionRecords:
    """Return the decisions of files. Raises Refused with every fault of any of them. With `first_holds`, the
    file that is named first counts if two decide differently on a row or a mark.
    """
    named = (*identities, *marks, *(path for path in (corrections, scaled, cut) if path is not None))
    key = digest_key_of(asked.folder)
    files = tuple(RecordFile(path, keyed_of(key, path)) for path in named if path.is_file())
    grader_decisions = NO_DECISIONS
    if identities or marks:
        forms = dict.fromkeys([*asked.form_names, *asked.candidates["serial"]])
        questions = asked.most_questions
        nearest = {visible(str(path)): of_same_scan(path, answers) for path in (*identities, *marks)}
        sitting = SittingNames(shown_names(answers), list(forms), questions, nearest)
        given = read_files(identities), read_files(marks)
        grader_decisions = read_grader_decisions(*given, sitting, first_holds)
    made: Sequence[Correction] = ()
    if corrections is not None:
        made = read_corrections(read_document(corrections, tell("the corrections on record")))
    return DecisionRecords(
        grader_decisions,
        made,
        None if scaled is None else _read(scaled, ScaledFile, *_CONVERSION),
        None if cut is None else _cut(cut, asked),
        files,
    )


_CONVERSION = (tell("the conversion on record"), tell("the conversion cannot be read"))


def _read(path: Path, model: type[T], what: Message, unreadable: Message) -> T:
    """Return the content of a file that was written after the exam was built, by an equating or a standard
    setting.
    """
    document = read_document(path, what)
    found, problems = validate(document, [], document.data, model)
    if found is None:
        raise Refused(unreadable, problems)
    return found


def _cut(path: Path, asked: Package) -> CutFile:
    """Return cut scores from a file. Raises Refused if they are not of this exam and build."""
    found = _read(path, CutFile, tell("the cut on record"), tell("the cut cannot be read"))
    name = asked.manifest["blueprint"]["exam"]
    other = None
    if found.exam != name:
        message = tell("is a cut of exam {exam}, not of {name}", exam=found.exam, name=name)
        other = Problem(str(path), "other-exam", message, field="exam")
    elif found.fingerprint != exam_sha256(asked.manifest):
        message = tell(
            "is a cut of an earlier build of {name}. Set the cut again for the current build",
            name=name,
        )
        other = Problem(str(path), "other-exam", message, field="fingerprint")
    if other is not None:
        raise Refused.because("the cut is of another exam", [other])
    if problems := _cut_faults(found, str(path), asked):
        raise Refused.because("the cut does not fit these forms", problems)
    return found


def _cut_faults(found: CutFile, source: str, asked: Package) -> list[Problem]:
    """Return the faults of forms without a cut, of unknown forms, and of wrong maximum points."""
    points: dict[str, int] = {}
    for form, worth in zip(asked.key["form"], asked.key["points"], strict=True):
        points[form] = points.get(form, 0) + int(worth)
    of_base: dict[str, set[int]] = {}
    for form, most in points.items():
        of_base.setdefault(base_form(form), set()).add(most)
    problems = []
    for form, mosts in of_base.items():
        if form not in found.forms:
            message = tell("has no cut for form {form}", form=form)
            problems.append(Problem(source, "cut-missing", message, field=f"forms.{form}"))
        elif mosts != {found.forms[form].points}:
            message = tell(
                "gives {said} points for form {form}, but the form has {points}",
                form=form,
                said=found.forms[form].points,
                points=", ".join(map(str, sorted(mosts))),
            )
            problems.append(Problem(source, "cut-of-other-points", message, field=f"forms.{form}.points"))
    for form in found.forms:
        if form not in of_base:
            message = tell("has a cut for form {form}, which is not in the exam", form=form)
            problems.append(Problem(source, "form-unknown", message, field=f"forms.{form}"))
    return problems


def rule_with_cut(said: Mapping[str, Any] | None, cut: CutFile) -> dict[str, Any]:
    """Return the pass rule of a blueprint with the cut of a file in place of every rule on the total.

    Its rules on criteria, elements and units are kept.
    """
    kept = {name: value for name, value in (said or {}).items() if name not in ("percent", "angoff")}
    rule = PassRule.model_validate({**kept, "cut": FROM_FILE, "reason": cut.reason})
    return rule.model_dump(mode="json")


def cut_record(cut: CutFile) -> dict[str, Any]:
    """Return the cut for an audit: everything in its file."""
    return cut.model_dump(mode="json", exclude_none=True)
