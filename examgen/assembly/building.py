"""A blueprint and the bank → an exam package, with the report of the build."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from examgen.assembly import assemble
from examgen.assembly.assemble import assembled
from examgen.assembly.blueprints import read_blueprint, shelves_of, unread
from examgen.assembly.build_report.characteristics import assumed
from examgen.assembly.build_report.page import build_report as report_page
from examgen.assembly.cognitive_balance import other_thinking
from examgen.assembly.figures import build_figures
from examgen.assembly.form_notices import characteristics_of, with_form_notices
from examgen.assembly.task import Solution
from examgen.bank import loading
from examgen.bank.exam_uses import record_use
from examgen.core.exam.bindings import Fingerprints, fingerprints_of
from examgen.core.exam.writing import Files, exam_files, write_package
from examgen.core.files import read_input, sha256
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.figures import (
    TRUE_PERCENTS,
    BuildFigures,
    Chances,
    Characteristics,
    CriteriaKind,
    CriteriaMet,
    Length,
    Needed,
)
from examgen.core.models.form import Exam
from examgen.core.models.item import BankUnit
from examgen.core.problems import BlueprintNotMet, Problem
from examgen.core.resources import fonts, template_folders
from examgen.core.words import joined, tell
from examgen.core.yamlfile import Document
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.self_contained import self_contained
from examgen.rendering.templates.filling import fill
from examgen.scoring.cut_scores import check_decisions, with_cuts


class PlannedExam(NamedTuple):
    """An exam, how and in how many seconds its forms were found, and everything else in its package."""

    exam: Exam
    solution: Solution
    seconds: float
    bank_sha256: str
    media: Mapping[tuple[str, str], bytes]
    editions: Mapping[str, str]
    figures: BuildFigures
    characteristics: Characteristics
    problems: Sequence[Problem]
    """Problems in reading the bank's records, and other warnings about the items used."""


_SHOWN = 8
"""The number of forms listed before "and … more"."""


class BuiltExam(NamedTuple):
    """An exam and the folder to which it was written."""

    folder: Path
    exam: Exam
    planned: PlannedExam
    fingerprints: Fingerprints

    def __repr__(self) -> str:
        forms = ", ".join(f"{form.name} ({len(form.items)})" for form in self.exam.forms[:_SHOWN])
        more = len(self.exam.forms) - _SHOWN
        return f"exam in {self.folder}: forms {forms}" + (f" and {more} more" if more > 0 else "")


def plan(blueprint_path: Path, workspace: Path, seed: int | None = None) -> PlannedExam:
    """Assemble the forms that a blueprint specifies; nothing is written."""
    blueprint, document = read_blueprint(blueprint_path, workspace / "item_bank")
    if seed is not None:
        blueprint = blueprint.model_copy(update={"seed": seed})
    return planned(blueprint, document, workspace)


def planned(blueprint: Blueprint, document: Document, workspace: Path) -> PlannedExam:
    """Assemble an exam as `plan` does, from a blueprint already read."""
    bank_folder = workspace / "item_bank"
    shelves, warnings = shelves_of(workspace, blueprint)
    check_decisions(blueprint, [shelf.unit for shelf in shelves])
    start = time.perf_counter()
    try:
        exam, solution = assembled(shelves, blueprint, document)
    except BlueprintNotMet as refusal:
        refusal.problems += unread(warnings)
        raise
    seconds = time.perf_counter() - start
    void = {problem.item for problem in warnings if problem.code == "approval-void"}
    void |= {task.id for one in exam.instruments if one.id in void for task in one.tasks}
    used = sorted({p.item.id for form in exam.forms for p in form.items if p.item.id in void})
    built = with_form_notices(
        with_cuts(exam.model_copy(update={"void_approvals": tuple(used)}), shelves, bank_folder)
    )
    # The files of each unit's media folder that a printed text names.
    items = [p.item for form in built.forms for p in form.items]
    texts = [text for item in items for text in (item.stem, *item.options.values())]
    texts += [stimulus.text for stimulus in built.stimuli]
    media = {
        (unit, name): data
        for unit in blueprint.units
        for name, data in loading.media(bank_folder / unit, texts).items()
    }
    editions = {code: sha256(read_input(bank_folder / code / "unit.yaml")) for code in blueprint.units}
    # Other notices on the bank's records, and on items of the forms that experts rated low.
    used_ids = {item.id for item in items}
    low = [one for one in warnings if one.code == "congruence-low" and one.item in used_ids]
    return PlannedExam(
        built,
        solution,
        seconds,
        assemble.bank_sha256(shelves, blueprint.is_rated),
        media,
        editions,
        build_figures(built),
        characteristics_of(built),
        (*unread(warnings), *low, *other_thinking(built), *_asked_before(shelves, built)),
    )


def build(
    blueprint_path: Path | str,
    workspace: Path | str,
    out: Path | str | None = None,
    seed: int | None = None,
    replace: bool = False,
) -> BuiltExam:
    """Assemble the forms that a blueprint specifies, and write the exam package."""
    blueprint_path, workspace = Path(blueprint_path), Path(workspace)
    out = None if out is None else Path(out)
    return written(plan(blueprint_path, workspace, seed), workspace, out, replace)


def written(found: PlannedExam, workspace: Path, out: Path | None = None, replace: bool = False) -> BuiltExam:
    """Write the package of an assembled exam."""
    folder = out if out is not None else workspace / "output" / found.exam.blueprint.exam
    record_use(workspace, folder)  # of the package that it may replace
    write_package(folder, files_of(found, workspace), replace)
    return BuiltExam(folder, found.exam, found, fingerprints_of(folder))


def files_of(found: PlannedExam, workspace: Path) -> Files:
    """Return the files of the package of an assembled exam."""
    report = build_report(found.figures, found.exam, _solved(found), workspace, found.characteristics)
    return exam_files(found.exam, found.bank_sha256, found.media, found.editions, report)


def _solved(planned: PlannedExam) -> dict[str, object]:
    """Return the solver's result for the report, without anything that differs between runs."""
    found = planned.solution
    return {
        "path": found.path,
        "objective": found.objective,
        "bound": found.bound,
        "gap": gap(found),
        "editions": dict(planned.editions),
        "bank_sha256": planned.bank_sha256,
    }


def gap(found: Solution) -> float | None:
    """Return the relative difference between the objective and its proven bound; None if there is no
    objective."""
    if found.objective is None or not found.bound:
        return None
    return abs(found.bound - found.objective) / abs(found.bound)


def as_dict(planned: PlannedExam) -> dict[str, object]:
    """Return the exam for JSON output."""
    solved = {
        key: value for key, value in _solved(planned).items() if key in ("path", "objective", "bound", "gap")
    }
    cuts = {name: cut.model_dump(mode="json") for name, cut in planned.exam.cuts.items()}

    # What JSON output tells of the rules on the forms.
    def chances(one: Chances) -> dict[str, float]:
        names = (*map(str, TRUE_PERCENTS), "guesser")
        return {name: round(p, 6) for name, p in zip(names, (*one.at, one.guesser), strict=True)}

    def plain(value: object) -> object:
        if isinstance(value, Chances):
            return chances(value)
        if isinstance(value, Length):
            return value._asdict()
        if isinstance(value, Decimal):
            return float(value)
        return round(value, 6) if isinstance(value, float) else value

    def told(one: CriteriaKind | CriteriaMet | Needed) -> dict[str, object]:
        return {name: plain(value) for name, value in one._asdict().items()}

    return {
        "exam": planned.exam.blueprint.exam,
        "forms": [
            {
                "form": form.name,
                "items": [p.item.id for p in form.items if p.points],
                **({"pilot": pilot} if (pilot := [p.item.id for p in form.items if not p.points]) else {}),
            }
            for form in planned.exam.forms
        ],
        "anchor": list(planned.exam.anchor),
        **({"cuts": cuts} if cuts else {}),
        "notices": list(planned.exam.notices),
        "level": {
            "paper": planned.exam.blueprint.level,
            "items": {name: round(mean, 3) for name, mean in mean_levels(planned.exam).items()},
        },
        "judgement": {
            "true_percents": list(TRUE_PERCENTS),
            "kinds": [told(one) for one in planned.characteristics.kinds],
            "criteria_not_judged": planned.characteristics.unjudged,
            "unlike_forms": planned.characteristics.unlike,
            "criteria_met": [told(one) for one in planned.characteristics.criteria_met],
            "pass": [
                {"forms": list(one.forms), **chances(one.chances)} for one in planned.characteristics.passed
            ],
            "items_needed": [told(one) for one in planned.characteristics.needed],
            "assumed": [one.en for one in assumed(planned.characteristics)],
        },
        "solved": {**solved, "seconds": round(planned.seconds, 3)},
        "problems": [problem.as_dict() for problem in planned.problems],
    }


_MOST_BEFORE = 5


def _asked_before(shelves: Sequence[BankUnit], built: Exam) -> Iterator[Problem]:
    """Yield a warning with the number of items used in each earlier exam, the latest first, without naming
    the items."""
    used = {p.item.id for form in built.forms for p in form.items}
    counts: Counter[tuple[str, str, bool]] = Counter()
    again: set[str] = set()
    for shelf in shelves:
        for item, known in shelf.evidence.items():
            for use in known.uses if item in used else ():
                counts[use.date or "9999", use.administration, use.is_sat] += 1
                again.add(item)
    if not again:
        return
    said = [
        tell("{n} in {exam}", n=n, exam=name) if is_sat else tell("{n} in {exam} (printed)", n=n, exam=name)
        for (_, name, is_sat), n in sorted(counts.items(), reverse=True)
    ]
    more = [tell("{n} more", n=len(said) - _MOST_BEFORE)] if len(said) > _MOST_BEFORE else []
    which = joined([*said[:_MOST_BEFORE], *more])
    message = tell(
        "{k} of the {n} items were used or printed before ({which})", k=len(again), n=len(used), which=which
    )
    yield Problem(built.blueprint.exam, "asked-before", message, severity="warning")


def mean_levels(exam: Exam) -> dict[str, float]:
    """Return the mean level of the scored items of each form. An item with several levels counts as their
    mean. Forms without levels are left out."""
    of_forms = {
        form.name: [statistics.fmean(p.item.levels) for p in form.items if p.points and p.item.levels]
        for form in exam.forms
    }
    return {name: statistics.fmean(levels) for name, levels in of_forms.items() if levels}


def build_report(
    found: BuildFigures,
    exam: Exam,
    solved: Mapping[str, object],
    workspace: Path,
    sure: Characteristics | None = None,
) -> bytes:
    """Return the report as one HTML file that needs no other; `solved` as in `reports.build.build_report`.

    `sure` are the characteristics of the exam, if already known.
    """
    templates = template_folders(workspace)
    told = report_page(found, exam, solved, sure or characteristics_of(exam))
    html = fill("build-report.html", told, templates, line_setter(templates))
    return self_contained(html, (*templates, fonts())).encode()
