"""An exam package and its runs → every fault of them: files changed since, rules not kept."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from examgen.assembly.personal import recount_personal
from examgen.assembly.recount import recount
from examgen.core.exam.bindings import Fingerprints, check_bindings, fingerprints_of
from examgen.core.exam.exam_tables import read_exam_tables
from examgen.core.exam.made_folders import check_made
from examgen.core.exam.names import MANIFEST, RESULTS, SITTING
from examgen.core.exam.new_runs import settle
from examgen.core.exam.package import check_package, last_printing, read_package
from examgen.core.exam.releases import Release, all_releases
from examgen.core.exam.removals import removal_notes
from examgen.core.exam.run_checks import check_runs
from examgen.core.exam.runs import all_runs, plain_fingerprint
from examgen.core.models.form import Exam
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.words import command, tell
from examgen.scoring.sitting_record import checked_acts


class Verified(NamedTuple):
    """What a package was found to be."""

    exam: Exam
    problems: list[Problem]
    notes: list[Problem]
    """What is no fault and should be known."""
    fingerprints: Fingerprints
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
    package = read_package(folder)
    problems = [*check_package(package), *recount(package.exam)]
    printed = last_printing(package)
    if printed is not None and printed.personal:
        tables = read_exam_tables(folder)
        base = dict(zip(tables.dealt["form"], tables.dealt["base"], strict=True))
        problems += recount_personal(package.exam, printed.papers, tables.forms, tables.key, base)
    if results is not None and not results.is_dir():
        raise WrongUsage(
            tell(
                "{results} is not a folder: name the one that {command} wrote",
                results=results,
                command=command("score", "--out"),
            )
        )
    place = results or folder / RESULTS
    releases: list[Release] = []
    with suppress(Refused):  # what is wrong with a release, the check of the runs tells
        releases = all_releases(place)
    runs = list(all_runs(place))
    try:
        rest_on = [*(run.audit for run in runs), *(one.said for one in releases)]
        checked_acts(folder / SITTING, rest_on if results is None else [])
    except Refused as refused:
        problems += refused.problems
    else:  # where a release is missed, the files that it left show which
        with suppress(Refused):
            settle(place)
    bindings, made = check_bindings(folder, runs), check_made(folder, runs)
    prints = fingerprints_of(folder)
    # Of the fingerprints that were asked for, those of the exam and of the package; and those of a package
    # that has been printed or edited since.
    told = {prints.exam: "exam", prints.package: "package"}
    known: dict[str, str] = {}
    old: dict[str, Problem] = {}
    for one in asked:
        wanted = plain_fingerprint(one)
        of = next((name for digest, name in told.items() if digest.startswith(wanted)), None)
        if of is not None:
            known[one] = of
            continue
        for digest, since in bindings.printed.items():
            if digest.startswith(wanted):
                message = tell(
                    "is not the package that has the fingerprint {one} any longer: {since}",
                    one=one,
                    since=since,
                )
                old[one] = Problem(MANIFEST, "fingerprint-differs", message)
    problems += check_runs(place, [one for one in asked if one not in {*known, *old}])
    removed = [*removal_notes(folder)]
    problems += [*old.values(), *bindings.problems, *made.problems]
    return Verified(
        package.exam,
        problems,
        [*bindings.notes, *made.notes, *removed],
        prints,
        known,
        {"files": len(package.manifest["files"]), "runs": bindings.bound, "reports": made.checked},
        [
            *[
                tell("the exam that run {run} was scored with: the run has no package.yaml", run=run)
                for run in bindings.unbound
            ],
            *made.unchecked,
            *NEVER_CHECKED,
        ],
    )


NEVER_CHECKED = (
    tell("statistics.csv of the item bank"),
    tell("reports and analyses that were written elsewhere"),
    tell("codes/, where exports are pseudonymous"),
    tell("exports/, what was written for other programs"),
)
