"""Commands on exams: built from a blueprint, printed, verified."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from examgen import assembly, bank, exam
from examgen.models import BankUnit, Blueprint, Exam
from examgen.models.figures import SERIES, BuildFigures
from examgen.problems import BlueprintNotMet, Problem, Refused, WrongUsage
from examgen.workflow.banks import load_bank
from examgen.workflow.blueprints import read_blueprint
from examgen.workflow.build_reports import build_figures, build_report
from examgen.workflow.cut_scores import check_decisions, with_cuts
from examgen.workflow.edition_blueprints import edition_hashes
from examgen.workflow.evidence import with_evidence
from examgen.workflow.form_notices import with_form_notices
from examgen.workflow.writing_orders import check_order_path, order_of


class Planned(NamedTuple):
    """An exam, how its forms were found and in how many seconds, and what else its package holds."""

    exam: Exam
    solution: assembly.Solution
    seconds: float
    bank_sha256: str
    media: Mapping[tuple[str, str], bytes]
    editions: Mapping[str, str]
    figures: BuildFigures
    problems: Sequence[Problem]
    """What of the bank's records could not be read."""


class Built(NamedTuple):
    """An exam and the folder it was written to."""

    folder: Path
    exam: Exam
    planned: Planned
    fingerprints: exam.Fingerprints


def plan(
    blueprint_path: Path,
    workspace: Path,
    seed: int | None = None,
    write_order: Path | None = None,
    replace: bool = False,
) -> Planned:
    """Assembles the forms that a blueprint asks for; writes nothing but the order of what is lacking."""
    if write_order is not None:
        check_order_path(write_order, replace)
    bank_folder = workspace / "item_bank"
    blueprint, document = read_blueprint(blueprint_path, bank_folder)
    if seed is not None:
        blueprint = blueprint.model_copy(update={"seed": seed})
    shelves, warnings = shelves_of(workspace, blueprint)
    check_decisions(blueprint, [shelf.unit for shelf in shelves])
    start = time.perf_counter()
    try:
        found = assembly.assembled(shelves, blueprint, document)
    except BlueprintNotMet as refusal:
        if write_order is not None:
            written = order_of(refusal, shelves, blueprint, bank_folder, write_order, replace)
            names = ", ".join(map(str, written))
            refusal.message += f"; what is to be written is in {names}"
        refusal.problems += unread(warnings)
        raise
    seconds = time.perf_counter() - start
    built = with_form_notices(with_cuts(_with_void_approvals(found.exam, warnings), shelves, bank_folder))
    media, editions = _media(bank_folder, built), edition_hashes(bank_folder, blueprint.units)
    sha256 = assembly.bank_sha256(shelves)
    return Planned(
        built,
        found.solution,
        seconds,
        sha256,
        media,
        editions,
        build_figures(built),
        _to_know(warnings, built),
    )


def build(
    blueprint_path: Path,
    workspace: Path,
    out: Path | None = None,
    seed: int | None = None,
    replace: bool = False,
    write_order: Path | None = None,
) -> Built:
    """Assembles the forms that a blueprint asks for and writes the exam package."""
    planned = plan(blueprint_path, workspace, seed, write_order, replace)
    folder = out if out is not None else workspace / "output" / planned.exam.blueprint.exam
    report = build_report(planned.figures, planned.exam, _solved(planned), workspace)
    files = exam.exam_files(planned.exam, planned.bank_sha256, planned.media, planned.editions, report)
    exam.write_package(folder, files, replace)
    return Built(folder, planned.exam, planned, exam.fingerprints_of(folder))


def _solved(planned: Planned) -> dict[str, object]:
    """What the report tells of the solver: nothing that changes from one run to the next."""
    found = planned.solution
    return {
        "path": found.path,
        "objective": found.objective,
        "bound": found.bound,
        "gap": gap(found),
        "editions": dict(planned.editions),
        "bank_sha256": planned.bank_sha256,
    }


def gap(found: assembly.Solution) -> float | None:
    """How far the forms are from what no forms can better, as a share of it; None where nothing is sought."""
    if found.objective is None or not found.bound:
        return None
    return abs(found.bound - found.objective) / abs(found.bound)


def as_dict(planned: Planned) -> dict[str, object]:
    """What `--json` tells of an exam."""
    solved = {
        key: value for key, value in _solved(planned).items() if key in ("path", "objective", "bound", "gap")
    }
    cuts = {name: cut.model_dump(mode="json") for name, cut in planned.exam.cuts.items()}
    most = planned.figures.keys.most_bits
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
        "orders": {"bits_of_form": _up(most), f"bits_of_{SERIES}_forms": _up(SERIES * most)},
        "solved": {**solved, "seconds": round(planned.seconds, 3)},
        "problems": [problem.as_dict() for problem in planned.problems],
    }


def _up(bits: float) -> float:
    """Rounded, never to less than it is."""
    return math.ceil(bits * 1e6) / 1e6


def shelves_of(workspace: Path, blueprint: Blueprint) -> tuple[list[BankUnit], list[Problem]]:
    """The units of a blueprint with what is known of their items, and the warnings about them."""
    shelves, problems = load_bank(workspace / "item_bank", blueprint.units)
    if len(shelves) < len(blueprint.units):
        raise Refused(
            "the item bank has faults: mend them first", [p for p in problems if p.severity == "error"]
        )
    if clashes := bank.across_units(shelves):
        raise Refused("these units cannot be in one exam", clashes)
    known, faults = with_evidence(shelves, workspace / "item_bank")
    undated = [problem for problem in faults if problem.code == bank.DATE_UNKNOWN]
    if undated and (blueprint.exclude_last or "age_days" in blueprint.quantities):
        raise Refused("the blueprint rests on dates of administrations that are not known", undated)
    return known, [*problems, *faults]


def unread(warnings: Sequence[Problem]) -> tuple[Problem, ...]:
    """Warnings about statistics that the forms may rest on, or rest on no longer."""
    return tuple(problem for problem in warnings if problem.code.startswith("statistics-"))


def _to_know(warnings: Sequence[Problem], built: Exam) -> tuple[Problem, ...]:
    """Those, and what experts hold against items of the forms."""
    used = {p.item.id for form in built.forms for p in form.items}
    low = (one for one in warnings if one.code == "congruence-low" and one.item in used)
    return (*unread(warnings), *low)


def _with_void_approvals(built: Exam, warnings: list[Problem]) -> Exam:
    """The exam with the printed items named whose approval does not stand: it is a sample then."""
    void = {problem.item for problem in warnings if problem.code == "approval-void"}
    used = sorted({p.item.id for form in built.forms for p in form.items if p.item.id in void})
    return built.model_copy(update={"void_approvals": tuple(used)})


def _media(bank_folder: Path, built: Exam) -> dict[tuple[str, str], bytes]:
    """The files of each unit's media folder that a printed text names."""
    printed = [p.item for form in built.forms for p in form.items]
    texts = [text for item in printed for text in (item.stem, *item.options.values())]
    texts += [stimulus.text for stimulus in built.stimuli]
    return {
        (unit, name): data
        for unit in built.blueprint.units
        for name, data in bank.media(bank_folder / unit, texts).items()
    }


class Verified(NamedTuple):
    """What a package was found to be."""

    exam: Exam
    problems: list[Problem]
    notes: list[Problem]
    """What is no fault and should be known."""
    fingerprints: exam.Fingerprints
    known: dict[str, str]
    """Each fingerprint that was asked for and found, and what it is of."""
    checked: dict[str, Any]
    """What was compared with how it was written: `files` of the package, `runs`, `reports`."""
    unchecked: list[str]
    """What nothing here tells of."""


def verify(folder: Path, results: Path | None = None, asked: Sequence[str] = ()) -> Verified:
    """Every fault of a package: files changed, tables that disagree, a blueprint not met, a booklet that
    breaks the rules by which it was drawn, a scored run that was touched, here or in another folder of
    `results`, an exam that is not the one that was scored, a report that was edited, fingerprints written
    down that nothing here has."""
    package = exam.read_package(folder)
    problems = [*exam.check_package(package), *assembly.recount(package.exam)]
    printed = exam.last_printing(package)
    if printed is not None and printed.personal:
        forms, key, dealt = exam.forms_of(package), exam.key_of(package), exam.dealt_of(package)
        base = dict(zip(dealt["form"].to_list(), dealt["base"].to_list(), strict=True))
        problems += assembly.recount_personal(package.exam, printed.papers, forms, key, base)
    if results is not None and not results.is_dir():
        raise WrongUsage(f"{results} is not a folder: name the one that `examgen score --out` wrote")
    place = results or folder / exam.RESULTS
    with suppress(Refused):  # what is wrong with a release, the check of the runs tells
        exam.settle(place)
    runs = list(exam.all_runs(place))
    bindings, made = exam.check_bindings(folder, runs), exam.check_made(folder, runs)
    prints = exam.fingerprints_of(folder)
    known = _known(asked, prints)
    old = _of_old_printings([one for one in asked if one not in known], bindings)
    problems += exam.check_runs(place, [one for one in asked if one not in {*known, *old}])
    problems += [*old.values(), *bindings.problems, *made.problems]
    return Verified(
        package.exam,
        problems,
        [*bindings.notes, *made.notes],
        prints,
        known,
        {"files": len(package.manifest["files"]), "runs": bindings.bound, "reports": made.checked},
        [*_unchecked(bindings), *made.unchecked, *NEVER_CHECKED],
    )


NEVER_CHECKED = (
    "statistics.csv of the item bank",
    "reports and analyses that --out put elsewhere",
    "codes/, where reports are pseudonymous",
)


def _known(asked: Sequence[str], prints: exam.Fingerprints) -> dict[str, str]:
    """Of the fingerprints that were asked for, those of the exam and of the package."""
    told = {prints.exam: "exam", prints.package: "package"}
    found: dict[str, str] = {}
    for one in asked:
        wanted = exam.plain_fingerprint(one)
        of = next((name for digest, name in told.items() if digest.startswith(wanted)), None)
        if of is not None:
            found[one] = of
    return found


def _of_old_printings(asked: Sequence[str], bindings: exam.Bindings) -> dict[str, Problem]:
    """Of the fingerprints that were asked for, those of a package that has been printed or edited since."""
    found: dict[str, Problem] = {}
    for one in asked:
        wanted = exam.plain_fingerprint(one)
        for digest, since in bindings.printed.items():
            if digest.startswith(wanted):
                message = f"is not the package that has the fingerprint {one} any longer: {since}"
                found[one] = Problem(exam.MANIFEST, "fingerprint-differs", message)
    return found


def _unchecked(bindings: exam.Bindings) -> Iterator[str]:
    for run in bindings.unbound:
        yield f"the exam that run {run} was scored with: the run has no package.yaml"
