"""What people have decided after a sitting, as files: who a row is, what a mark is, what the key is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.capture.grader_decisions import NO_DECISIONS, GraderDecisions, of_same_scan, shown_names
from examgen.core.exam.digests import digest_key_of, keyed_of
from examgen.core.exam.exam_tables import ExamTables
from examgen.core.exam.names import base_form
from examgen.core.exam.places import places_record
from examgen.core.files import read_files
from examgen.core.problems import Problem, Refused
from examgen.core.tables.records import visible
from examgen.core.words import tell
from examgen.core.yamlfile import read_document
from examgen.scoring.corrections import correction_places, read_corrections

if TYPE_CHECKING:
    from examgen.core.models.cut_files import CutFile
    from examgen.core.models.decisions import ScaledFile
    from examgen.core.models.scoring import Correction


class RecordFile(NamedTuple):
    """A file of decisions as it was read; its digest is keyed, for it may say what is right."""

    path: Path
    sha256: str

    def said(self) -> dict[str, str]:
        """As an audit has it."""
        return {"file": str(self.path), "sha256": self.sha256}


class DecisionRecords(NamedTuple):
    """Decisions on rows, corrections of the key, how points become scaled scores and where the cut lies (both
    None: as the blueprint says); and the files that say so."""

    grader_decisions: GraderDecisions = NO_DECISIONS
    corrections: Sequence[Correction] = ()
    scaled: ScaledFile | None = None
    cut: CutFile | None = None
    files: tuple[RecordFile, ...] = ()


def read_records(
    asked: ExamTables,
    answers: Sequence[Path],
    identities: Sequence[Path],
    marks: Sequence[Path],
    corrections: Path | None,
    scaled: Path | None = None,
    cut: Path | None = None,
    first_holds: bool = False,
) -> DecisionRecords:
    """The decisions of files; raises Refused with what is wrong with any of them. With `first_holds` the file
    that is named first holds where two decide otherwise on a row or a mark."""
    named = (*identities, *marks, *(path for path in (corrections, scaled, cut) if path is not None))
    key = digest_key_of(asked.folder)
    files = tuple(RecordFile(path, keyed_of(key, path)) for path in named if path.is_file())
    grader_decisions = NO_DECISIONS
    if identities or marks:
        from examgen.capture.decision_files import SittingNames, read_grader_decisions

        forms = dict.fromkeys([*asked.forms["form"], *asked.dealt.get("serial", ())])
        questions = max(map(int, asked.forms["question"]))
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
        _scaled(scaled) if scaled is not None else None,
        _cut(cut, asked) if cut is not None else None,
        files,
    )


def corrections_on_record(audit: Mapping[str, Any]) -> tuple[Correction, ...]:
    """The corrections of the key by which a run was scored, as its audit has them."""
    from examgen.core.models.scoring import Correction

    said = enumerate(audit.get("corrections") or (), 1)
    return tuple(
        Correction.model_validate(as_written(one)).at(f"audit.json, correction {n}") for n, one in said
    )


def as_written(said: Mapping[str, Any]) -> dict[str, Any]:
    """A correction of an audit as it was written, without the places where it holds."""
    entry = {name: value for name, value in said.items() if name != PLACES}
    if PLACES not in said and "form" in said:
        entry["only_here"] = True  # no other was known to an examgen that told no places
    return entry


PLACES = "places"
"""Field of a correction in an audit: where it holds."""


def correction_record(corrections: Sequence[Correction], asked: ExamTables) -> list[dict[str, Any]]:
    """Corrections as an audit has them: as they were written, and every place where they hold."""
    places = correction_places(corrections, asked.forms)
    return [
        {**one.model_dump(mode="json", exclude_none=True), PLACES: places_record(where)}
        for one, where in zip(corrections, places, strict=True)
    ]


def _scaled(path: Path) -> ScaledFile:
    """A conversion that came after the exam was built, as an equating gives it."""
    from examgen.core.models.decisions import ScaledFile
    from examgen.core.yamlfile import validate

    document = read_document(path, tell("the conversion on record"))
    found, problems = validate(document, [], document.data, ScaledFile)
    if found is None:
        raise Refused(tell("the conversion cannot be read"), problems)
    return found


def _cut(path: Path, asked: ExamTables) -> CutFile:
    """Cut scores that came after the exam was built, as a standard setting wrote them for it."""
    from examgen.core.exam.bindings import exam_sha256
    from examgen.core.models.cut_files import CutFile
    from examgen.core.yamlfile import validate

    document = read_document(path, tell("the cut on record"))
    found, problems = validate(document, [], document.data, CutFile)
    if found is None:
        raise Refused(tell("the cut cannot be read"), problems)
    name = asked.manifest["blueprint"]["exam"]
    if found.exam != name:
        message = tell("is a cut of exam {exam}, not of {name}", exam=found.exam, name=name)
        problem = Problem(str(path), "other-exam", message, field="exam")
        raise Refused(tell("the cut is of another exam"), [problem])
    if found.fingerprint != exam_sha256(asked.manifest):
        message = tell(
            "is a cut of an earlier build of {name}. Set the cut again for the current build",
            name=name,
        )
        problem = Problem(str(path), "other-exam", message, field="fingerprint")
        raise Refused(tell("the cut is of another exam"), [problem])
    if problems := _cut_faults(found, str(path), asked):
        raise Refused(tell("the cut does not fit these forms"), problems)
    return found


def _cut_faults(found: CutFile, source: str, asked: ExamTables) -> list[Problem]:
    """Forms that the cut lacks or that are none, and full scores that are not theirs."""
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
    """The pass rule of a blueprint with the cut of a file in place of all that it asks of the total.

    What it asks of criteria, elements and units stays.
    """
    from examgen.core.models.decisions import FROM_FILE, PassRule

    kept = {name: value for name, value in (said or {}).items() if name not in ("percent", "angoff")}
    rule = PassRule.model_validate({**kept, "cut": FROM_FILE, "reason": cut.reason})
    return rule.model_dump(mode="json")


def cut_record(cut: CutFile) -> dict[str, Any]:
    """The cut as an audit has it: all that the file says."""
    return cut.model_dump(mode="json", exclude_none=True)
