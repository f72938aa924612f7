"""`examgen demo`: all steps on real input, with a summary that a coordinator understands."""

from __future__ import annotations

import json
from pathlib import Path

from examgen.assembly import building as exams
from examgen.assembly import verification
from examgen.assembly.editions import units
from examgen.commands import screen
from examgen.commands.bank.coverage import coverage_in_short
from examgen.commands.exams import summary_of as planned_in_short
from examgen.commands.scoring import summary_of as scored_in_short
from examgen.commands.units import of_import
from examgen.core.exam.names import PAPERS, RESULTS, SECURE
from examgen.core.models.field_types import STATUSES
from examgen.core.problems import Problem, Refused
from examgen.core.resources import example_page
from examgen.core.words import joined, tell
from examgen.papers import printing as papers
from examgen.reports.coverage_report import bank_coverage as coverage
from examgen.scoring import score as sittings
from examgen.scoring import simulations

CANDIDATES = 300
DIRTY_ROWS = 12
SEED = 2569
BLUEPRINTS = (
    Path("ASM-REE-5-059ZB/blueprints/level-4.yaml"),
    Path("DG-TWRT-007/blueprints/standard.yaml"),
)


def run(workspace: Path) -> None:
    """Import a unit page, then build, print, simulate and score two exams of the bank."""
    scratch = workspace / "output" / "demo"
    screen.say(tell("1. Import a unit page, and list the items that the bank lacks for it"), "bold reverse")
    [done] = units.import_units([example_page()], scratch / "item_bank")
    if done.unit.error:
        fault = Problem(done.document, done.unit.error.kind, joined([done.unit.error.message]))
        raise Refused.because("the example page was not imported", [fault])
    screen.show(of_import(done))
    counted = [status for status in STATUSES if status != "retired"]
    found = coverage.bank_coverage(scratch / "item_bank", str(done.unit.code), None, counted)
    screen.show(coverage_in_short(found))
    for step, blueprint in enumerate(BLUEPRINTS, start=2):
        _sitting(step, workspace, workspace / "item_bank" / blueprint, scratch)
    screen.say()
    screen.say(tell("The candidates are synthetic: no exam was held."), "bold")


def _sitting(step: int, workspace: Path, blueprint: Path, scratch: Path) -> None:
    screen.say()
    built = exams.build(blueprint, workspace, replace=_is_ours(workspace, blueprint, scratch))
    name = built.exam.blueprint.exam
    screen.say(
        tell(
            "{step}. {name}: built, printed, taken by {candidates} synthetic candidates, scored",
            step=step,
            name=name,
            candidates=CANDIDATES,
        ),
        "bold reverse",
    )
    screen.show(planned_in_short(built.planned))
    printed = papers.render(built.folder, workspace)
    if problems := verification.verify(built.folder).problems:
        raise Refused.because(
            "{folder} was changed or does not meet its blueprint", problems, folder=built.folder
        )
    answers = scratch / f"answers-{name}.csv"
    simulations.simulate(built.folder, CANDIDATES, SEED, answers, DIRTY_ROWS)
    screen.show(scored_in_short(sittings.score(built.folder, [answers]), built.folder))
    first = next(path for path in printed if path.suffix == ".pdf" and path.parent.name == PAPERS)
    key = screen.short(built.folder / SECURE)
    screen.say(tell("Open: {file} (keys: {key})", file=screen.short(first), key=key))


def _is_ours(workspace: Path, blueprint: Path, scratch: Path) -> bool:
    """Return whether the package there, if any, contains only synthetic results of an earlier demo."""
    name = next(
        line.split(":", 1)[1].strip()
        for line in blueprint.read_text("utf-8").splitlines()
        if line.startswith("exam:")
    )
    audit = workspace / "output" / name / RESULTS / "audit.json"
    if not audit.is_file():
        return False
    inputs = json.loads(audit.read_text("utf-8"))["inputs"]
    return all(Path(entry["file"]).parent.resolve() == scratch.resolve() for entry in inputs)
