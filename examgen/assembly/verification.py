"""An exam package and its runs → every fault in them: files changed since, rules broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from examgen.assembly.personal import recount_personal
from examgen.assembly.recount import recount
from examgen.core.exam.bindings import Fingerprints, check_bindings, fingerprints_of
from examgen.core.exam.checks import check_made, check_runs
from examgen.core.exam.digests import is_secret
from examgen.core.exam.manifest import read_manifest
from examgen.core.exam.names import MANIFEST, RESULTS, SECURE, SITTING
from examgen.core.exam.new_runs import settle
from examgen.core.exam.package import check_listed, check_package, read_package
from examgen.core.exam.releases import Release, all_releases
from examgen.core.exam.removals import removal_notes
from examgen.core.exam.runs import all_runs
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.record import plain_fingerprint
from examgen.core.words import Message, command, tell
from examgen.scoring.sitting_record import SittingAct, checked_acts, read_acts


class Verified(NamedTuple):
    """Result of verifying a package."""

    exam: str
    """The name of the exam in its blueprint."""
    problems: list[Problem]
    notes: list[Problem]
    """Observations that are not faults."""
    fingerprints: Fingerprints
    known: dict[str, str]
    """The requested fingerprints that were found, and what each belongs to."""
    checked: dict[str, Any]
    """What was compared with its original state: the number of `files` of the package, whether these include
    the secret ones (`secure`), and the numbers of `runs` and `reports`."""
    unchecked: list[str]
    """What was not checked."""
    acts: tuple[SittingAct, ...] = ()
    """The acts on record; empty if the record cannot be read."""

    @property
    def files_told(self) -> Message:
        """A sentence on the files of a package without faults."""
        if not self.checked["secure"]:
            return tell(
                "{exam}: {files:,} files of papers/ are unchanged. The key is not here, so "
                "it was not checked.",
                exam=self.exam,
                files=self.checked["files"],
            )
        return tell(
            "{exam}: {files:,} files listed in exam.yaml are unchanged, and every quota is met on recount",
            exam=self.exam,
            files=self.checked["files"],
        )


def verify(
    folder: Path,
    results: Path | None = None,
    asked: Sequence[str] = (),
    others: Mapping[str, str] | None = None,
) -> Verified:
    """Return every fault of a package.

    Faults are changed files, tables that disagree, a blueprint that is not met, a booklet that breaks the
    rules by which it was drawn, a scored run that was altered (here or in another folder, `results`), an
    exam other than the one that was scored, an edited report, and requested fingerprints that nothing here
    has. `others` are further digests that may be requested, and what each belongs to. If the package has no
    `secure/`, the rest is checked and a notice states this.
    """
    manifest = read_manifest(folder)
    files, has_secrets = manifest["files"], (folder / SECURE).is_dir()
    if has_secrets:
        problems, notes = _check_all(folder), list[Problem]()
    else:
        files = {path: said for path, said in files.items() if not is_secret(path)}
        message = tell("is not here, so key, forms and items cannot be checked")
        problems, notes = (
            check_listed(folder, files),
            [Problem(SECURE, "secure-missing", message, severity="notice")],
        )
    if results is not None and not results.is_dir():
        raise WrongUsage.because(
            "{results} is not a folder. Give the folder that {command} wrote.",
            results=results,
            command=command("score", "--out"),
        )
    place = results or folder / RESULTS
    releases: list[Release] = []
    acts: tuple[SittingAct, ...] | None = None
    with suppress(Refused):  # faults of the record are reported by its check
        acts, releases = read_acts(folder / SITTING), all_releases(place)
    runs = list(all_runs(place))
    try:
        rest_on = [*(run.audit for run in runs), *(one.said for one in releases)]
        checked_acts(folder / SITTING, rest_on if results is None else [])
    except Refused as refused:
        problems += refused.problems
    else:  # if a release is missing, its remaining files identify it
        with suppress(Refused):
            settle(place)
    digests = None if acts is None else {one.digest for one in acts}
    bindings, made = check_bindings(folder, runs), check_made(folder, runs, digests)
    prints = fingerprints_of(folder)
    # Of the fingerprints that were asked for, what each is of; and those of a package that has been printed
    # or edited since.
    told = {prints.exam: "exam", prints.package: "package", **(others or {})}
    told |= {one.digest: f"act {one.n}" for one in acts or ()}
    told |= {one.sha256: f"release {one.number}" for one in releases}
    told |= {run.sha256: f"run {run.number}" for run in runs}
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
                    "no longer matches the package with the fingerprint {one}: {since}",
                    one=one,
                    since=since,
                )
                old[one] = Problem(MANIFEST, "fingerprint-differs", message)
    of_runs = check_runs(place, [one for one in asked if one not in {*known, *old}])
    problems += [one for one in of_runs if one not in problems]
    removed = [*removal_notes(folder)]
    problems += [*old.values(), *bindings.problems, *made.problems]
    return Verified(
        str(manifest["exam"]),
        problems,
        [*notes, *bindings.notes, *made.notes, *removed],
        prints,
        known,
        {"files": len(files), "secure": has_secrets, "runs": bindings.bound, "reports": made.checked},
        [
            *([] if has_secrets else [tell("secure/, which is not here (key, forms and items)")]),
            *made.unchecked,
            *NEVER_CHECKED,
        ],
        acts or (),
    )


def _check_all(folder: Path) -> list[Problem]:
    """Return every fault of the package itself, including unmet requirements of its blueprint."""
    package = read_package(folder)
    problems = [*check_package(package), *recount(package.exam)]
    printed = package.printing
    if printed is not None and printed.personal:
        base = dict(package.candidates.select("form", "base").iter_rows())
        problems += recount_personal(package.exam, printed.papers, package.forms, package.key, base)
    return problems


NEVER_CHECKED = (
    tell("statistics.csv of the item bank"),
    tell("reports and analyses that were written elsewhere"),
    tell("codes/, if exports are pseudonymous"),
    tell("exports/ (files for other programs)"),
)
