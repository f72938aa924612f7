"""Commands on answers: simulated for trials, and scored."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from examgen import __version__, capture, exam, scoring
from examgen.analysis import simulation
from examgen.models import Exam, Form
from examgen.problems import Problem, Refused, WrongUsage
from examgen.storage import sha256, write_file
from examgen.tables import Responses, Scores
from examgen.workflow.files import Progress, quiet, read_files


def simulate(folder: Path, n_candidates: int, seed: int, out: Path, dirty: int = 0) -> None:
    """Answers of candidates of known ability, marked as synthetic."""
    forms = exam.read_package(folder).exam.forms
    drawn = simulation.simulate_forms([simulated_form(form) for form in forms], n_candidates, seed)
    text = capture.synthetic_csv([forms[n].name for n in drawn.form], drawn.marks)
    if dirty > n_candidates:
        raise WrongUsage(f"{dirty} dirty rows cannot be mixed into {n_candidates} candidates: ask for fewer")
    if dirty:
        text = capture.dirty(text, dirty, seed)
    write_file(out, text.encode("utf-8-sig"))


def simulated_form(form: Form) -> simulation.SimulatedForm:
    """What a simulation needs to know of a form; items without statistics have unknown parameters."""
    unknown = (math.nan,) * len(form.items)
    return simulation.SimulatedForm(
        item_ids=tuple(p.item.id for p in form.items),
        keys=tuple(p.key_mask for p in form.items),
        n_options=tuple(len(p.order) for p in form.items),
        a=unknown,
        b=unknown,
    )


class Scored(NamedTuple):
    """A scored run: what was read, the tables, the audit and where they were written."""

    folder: Path
    exam: Exam
    responses: Responses
    scores: Scores
    audit: dict[str, Any]


def score(
    folder: Path,
    answers: Sequence[Path],
    out: Path | None = None,
    strict: bool = False,
    progress: Progress = quiet,
) -> Scored:
    """Scores answer files into the results of a package; `strict` refuses where a row is set aside."""
    package = exam.read_package(folder)
    progress(f"reading {len(answers)} answer file(s)")
    responses = capture.read_answers(read_files(answers), _layout(package.exam))
    if strict and responses.quarantine.height:
        raise Refused(f"{responses.quarantine.height} rows cannot be scored", _set_aside(responses))
    progress(f"scoring {responses.rows.height:,} candidates")
    blueprint = package.exam.blueprint
    key = exam.key_table(package.exam)
    scores = scoring.score(responses, key, _criteria(package.exam), blueprint.judgement, blueprint.pass_rule)
    audit = _audit(package, responses, scores)
    target = out if out is not None else folder / exam.RESULTS
    progress(f"writing {target}")
    exam.write_results(target, exam.result_files(scores, responses.quarantine, audit))
    return Scored(target, package.exam, responses, scores, audit)


def _set_aside(responses: Responses) -> list[Problem]:
    return [
        Problem(f"{row['file']}:{row['line']}", str(row["reason"]), "set aside", item=row["candidate_id"])
        for row in responses.quarantine.iter_rows(named=True)
    ]


def _criteria(sat: Exam) -> list[tuple[str, str, str]]:
    """Unit, element and code of every criterion, in the order of the standards."""
    return [
        (str(unit.code), element.code, criterion.code)
        for unit in sat.units
        for element in unit.elements
        for criterion in element.criteria
    ]


def _layout(sat: Exam) -> capture.AnswerLayout:
    return capture.AnswerLayout({f.name: tuple(len(p.order) for p in f.items) for f in sat.forms})


def _audit(package: exam.Package, responses: Responses, scores: Scores) -> dict[str, Any]:
    reasons = responses.quarantine["reason"].to_list()
    decisions = scores.candidates["decision"].to_list()
    blueprint = package.exam.blueprint
    return {
        "exam": blueprint.exam,
        "examgen": __version__,
        "key": {"version": 1, "sha256": package.manifest["files"][exam.KEY_CSV]},
        "manifest": sha256((package.folder / exam.MANIFEST).read_bytes()),
        "editions": exam.editions(package),
        "options": {
            "pass": blueprint.pass_rule.model_dump(mode="json") if blueprint.pass_rule else None,
            "judgement": blueprint.judgement.model_dump(mode="json"),
        },
        "inputs": [
            {"file": file.name, "sha256": file.sha256, "structure": file.structure, "rows": file.rows}
            for file in responses.files
        ],
        "rows": {
            "read": responses.rows_read,
            "scored": responses.rows.height,
            "identical_repeats": responses.identical_repeats,
            "quarantined": responses.quarantine.height,
        },
        "quarantine": {reason: reasons.count(reason) for reason in sorted(set(reasons))},
        "decisions": {name: decisions.count(name) for name in ("pass", "fail")},
    }
