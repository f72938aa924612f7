"""Commands on answers: simulated for trials, and scored."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from examgen import __version__, capture, exam, scoring
from examgen.analysis import simulation
from examgen.models import Exam, Form
from examgen.problems import Problem, Refused, WrongUsage
from examgen.storage import sha256, write_file
from examgen.tables import DEALT, Responses, Scores
from examgen.workflow.files import Progress, quiet, read_files


def simulate(folder: Path, n_candidates: int, seed: int, out: Path, dirty: int = 0) -> None:
    """Answers of candidates of known ability, marked as synthetic.

    Where booklets have orders of their own, they are those of the first candidates that were dealt one.
    """
    package = exam.read_package(folder)
    if dirty > n_candidates:
        raise WrongUsage(f"{dirty} dirty rows cannot be mixed into {n_candidates} candidates: ask for fewer")
    printed = exam.last_printing(package)
    if printed is not None and printed.personal:
        text = _personal_answers(package, n_candidates, seed)
    else:
        forms = package.exam.forms
        drawn = simulation.simulate_forms([simulated_form(form) for form in forms], n_candidates, seed)
        text = capture.synthetic_csv([forms[n].name for n in drawn.form], drawn.marks)
    if dirty:
        text = capture.dirty(text, dirty, seed)
    write_file(out, text.encode("utf-8-sig"))


def _personal_answers(package: exam.Package, n_candidates: int, seed: int) -> str:
    dealt = exam.dealt_of(package).filter(pl.col("candidate_id") != "")
    if n_candidates > dealt.height:
        raise WrongUsage(f"{dealt.height:,} candidates were dealt booklets: ask for no more than that")
    dealt = dealt.head(n_candidates)
    forms = dealt["form"].to_list()
    _, marks = simulation.simulate_dealt(_dealt_forms(package, forms), seed)
    return capture.synthetic_csv(forms, marks, dealt["candidate_id"].to_list())


def _dealt_forms(package: exam.Package, forms: Sequence[str]) -> simulation.DealtForms:
    """What a simulation needs to know of the candidates' forms, from the tables of the package."""
    row_of = pl.DataFrame({"form": forms}).with_row_index("row")
    keyed = exam.key_of(package).join(row_of, on="form")
    letters = exam.forms_of(package).select(
        "form", "question", n=pl.col("options").str.count_matches(" ") + 1
    )
    table = keyed.join(letters, on=("form", "question"))
    items = sorted(table["item"].unique().to_list())
    masks = {text: scoring.letters_mask(text) or 0 for text in table["key"].unique().to_list()}
    row, at = table["row"].to_numpy(), table["question"].to_numpy() - 1
    shape = len(forms), int(at.max()) + 1
    item, keys, sizes = np.full(shape, -1), np.zeros(shape, np.uint8), np.zeros(shape, np.int64)
    item[row, at] = table["item"].replace_strict({name: n for n, name in enumerate(items)}).to_numpy()
    keys[row, at] = table["key"].replace_strict(masks, return_dtype=pl.UInt8).to_numpy()
    sizes[row, at] = table["n"].to_numpy()
    return simulation.DealtForms(tuple(items), item, keys, sizes)


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
    responses = capture.read_answers(read_files(answers), _layout(package))
    if strict and responses.quarantine.height:
        raise Refused(f"{responses.quarantine.height} rows cannot be scored", _set_aside(responses))
    progress(f"scoring {responses.rows.height:,} candidates")
    blueprint = package.exam.blueprint
    key, criteria = exam.key_of(package), _criteria(package.exam)
    base = {name: exam.base_form(name) for name in key["form"].unique().to_list()}
    scores = scoring.score(responses, key, criteria, blueprint.judgement, blueprint.pass_rule, base)
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


def _layout(package: exam.Package) -> capture.AnswerLayout:
    """The number of options of each question of every form that answers may name."""
    n_options = (pl.col("options").str.count_matches(" ") + 1).sort_by("question")
    found = exam.forms_of(package).group_by("form", maintain_order=True).agg(n_options)
    dealt = _dealt(package)
    return capture.AnswerLayout(
        dict(zip(found["form"].to_list(), map(tuple, found["options"].to_list()), strict=True)),
        capture.dealing_of(dealt.select("candidate_id", "form", "serial").iter_rows()),
    )


def _dealt(package: exam.Package) -> pl.DataFrame:
    """Whose booklet is which; nobody's where the package was not printed for a list."""
    if exam.CANDIDATES_CSV not in package.manifest["files"]:
        return pl.DataFrame(schema=DEALT)
    return exam.dealt_of(package)


def _not_on_list(package: exam.Package, responses: Responses) -> dict[str, int]:
    """How many of those scored are not on the list of candidates; nothing where there is no list."""
    dealt = _dealt(package)
    if not dealt.height:
        return {}
    ids = responses.rows.select(pl.col("candidate_id").str.normalize("NFC"))
    return {"not_on_list": ids.join(dealt, on="candidate_id", how="anti").height}


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
        **_not_on_list(package, responses),
        "decisions": {name: decisions.count(name) for name in ("pass", "fail")},
    }
