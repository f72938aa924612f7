"""Checks scored runs, their releases, and the reports and analyses made from them for changes since they were
written.

Each folder has a record of its files: a run has its audit, a report or an analysis its marker.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from examgen.core.changes import is_prepared, left
from examgen.core.exam.made_folders import read_record
from examgen.core.exam.names import ANALYSIS, RECORD, REPORTS, SITTING
from examgen.core.exam.releases import (
    Release,
    all_releases,
    foreign,
    is_copy,
    matches_record,
    own_names,
    seen,
    shown,
)
from examgen.core.exam.removals import is_as_removed
from examgen.core.exam.runs import (
    AUDIT,
    RUNS,
    RecordedFile,
    Run,
    is_of_a_chain,
    read_run,
    recorded_files,
    run_folders,
    run_name,
    sealed,
)
from examgen.core.files import OWN, json_bytes, read_input
from examgen.core.problems import Problem, Refused
from examgen.core.record import fingerprint_of, plain_fingerprint
from examgen.core.words import tell

_OF_RUN = re.compile(r"/run-(\d{4,})\b")
_MADE = re.compile(
    r"reports/run-[^/]+/(candidates?|centre|cohort|committee|coverage|technical)|analysis/run-[^/]+"
)
"""Folders that only examgen creates."""
_RUN_WORDS = {
    "file-missing": tell("is missing"),
    "file-changed": tell("was changed (its BLAKE3 differs)"),
    "file-foreign": tell("was not written by scoring. Remove it."),
}
_REPORT_WORDS = {
    "file-missing": tell("is missing. Create the report again."),
    "file-changed": tell("was changed. Create the report again."),
    "file-foreign": tell("was not written by examgen. Remove it."),
}
"""The messages about files that do not match the record of their folder, by the code of the fault."""


def _file_faults(
    folder: Path, files: Mapping[str, RecordedFile], others: Iterable[Path]
) -> Iterator[tuple[Path, str]]:
    """Yields the files of a folder that do not match its record, then the others, each with the code of its
    fault."""
    for name, said in files.items():
        if not (folder / name).is_file():
            yield folder / name, "file-missing"
        elif not matches_record(folder / name, said):
            yield folder / name, "file-changed"
    yield from ((path, "file-foreign") for path in others)


def check_releases(results: Path, runs: Mapping[int, Run]) -> tuple[list[Release] | None, list[Problem]]:
    """Returns the releases, oldest first, or None if their record was altered; and the faults: released runs
    that are missing or differ, and runs that refer to a release that is not in the record."""
    try:
        found = all_releases(results)
    except Refused as refused:
        return None, [*refused.problems]
    problems = [problem for release in found for problem in _check_release(release, runs)]
    known = {release.sha256 for release in found}
    for run in runs.values():  # each names a release, the newest when it was made
        if (named := run.audit.get("last_release")) and named not in known:
            name = f"{results.name}/{RUNS}/{run_name(run.number)}/{AUDIT}"
            said = tell("refers to a release that is not in the record. Restore the record from a backup.")
            problems.append(Problem(name, "release-missing", said))
    return found, problems


def _named(results: Path, path: Path) -> str:
    return path.relative_to(results.parent).as_posix()


def _check_release(release: Release, runs: Mapping[int, Run]) -> Iterator[Problem]:
    source, run = f"{SITTING}/{RECORD}:{release.n_act}", runs.get(release.run)
    if run is None:
        message = tell("releases run {run}, which does not exist. Restore it from a backup.", run=release.run)
        yield Problem(source, "released-run-missing", message)
    elif run.sha256 != release.said["run_sha256"]:
        message = tell(
            "was the release of a different run {run}, which has since been rewritten", run=release.run
        )
        yield Problem(source, "released-run-differs", message)


def check_runs(results: Path, fingerprints: Iterable[str] = ()) -> list[Problem]:
    """Returns the faults of a results folder: files of runs that do not match the audit, gaps and breaks in
    the chain of runs, releases of runs that are missing or differ, a folder that does not show the right run,
    and each of the fingerprints that no run and no release has.

    A folder that does not exist has no faults except unknown fingerprints and those of its releases.
    """
    wanted = [plain_fingerprint(one) for one in fingerprints]
    if not results.is_dir():
        releases, problems = check_releases(results, {})
        for one in wanted:
            problems += _check_fingerprint(results, releases or (), one)
        return problems
    problems = [
        Problem(
            _named(results, work.place),
            "scoring-left",
            tell(
                "was left by an interrupted scoring run and is not a result. Remove "
                "it, or score again, which removes it."
            ),
        )
        for work in left(results / RUNS)
    ]
    folders = run_folders(results)
    runs: dict[int, Run] = {}
    for number, folder in folders.items():
        try:
            runs[number] = read_run(number, folder)
        except (ValueError, OSError):
            said = (
                tell("is missing")
                if not (folder / AUDIT).is_file()
                else tell("is damaged and not an audit of a run")
            )
            problems.append(Problem(_named(results, folder / AUDIT), "audit-damaged", said))
    if (results / RUNS).is_dir():
        words = _RUN_WORDS["file-foreign"]
        problems += [Problem(f"{results.name}/{name}", "file-foreign", words) for name in foreign(results)]
    for number in range(1, max(folders, default=0)):
        if number not in folders:
            said = tell("is missing, although runs are never removed. Restore it from a backup.")
            problems.append(Problem(f"{results.name}/{RUNS}/{run_name(number)}", "run-missing", said))
    for run in runs.values():
        problems += _check_run(results, run, runs)
    releases, of_releases = check_releases(results, runs)
    problems += of_releases
    if releases is not None:
        problems += _check_shown(results, runs, releases)
    for one in wanted:
        problems += _check_fingerprint(results, [*runs.values(), *(releases or ())], one)
    return problems


# ── one run ──────────────────────────────────────────────────────────────────────────────────


def _check_run(results: Path, run: Run, runs: Mapping[int, Run]) -> Iterator[Problem]:
    """Yields a problem for each file of a run that does not match its audit, and if the audit does not follow
    the one before."""
    audit = run.folder / AUDIT
    others = (path for path in sorted(run.folder.iterdir()) if path.name not in (*run.names, AUDIT))
    for path, code in _file_faults(run.folder, run.files, others):
        yield Problem(_named(results, path), code, _RUN_WORDS[code])
    if run.audit.get("run") != run.number:
        message = tell("claims to be run {run}, so runs were renamed or copied", run=run.audit.get("run"))
        yield Problem(_named(results, audit), "run-renamed", message)
    if run.audit.get("seal") != sealed(run.audit) or read_input(audit) != json_bytes(run.audit):
        message = tell("was changed (its seal does not match)")
        yield Problem(_named(results, audit), "seal-broken", message)
    before = runs.get(run.number - 1)
    if before is None and run.number > 1:
        return  # a gap, or an audit that cannot be read: told already
    if run.audit.get("previous") != (before.sha256 if before else None):
        name = (
            tell("run {number}", number=run.number - 1)
            if before
            else tell("an earlier run, which is missing")
        )
        message = tell("refers to another audit of {name}, so one of the two was rewritten", name=name)
        yield Problem(_named(results, audit), "chain-broken", message)


# ── all of them ──────────────────────────────────────────────────────────────────────────────


def _check_shown(results: Path, runs: Mapping[int, Run], releases: Sequence[Release]) -> Iterator[Problem]:
    """Yields the problems of a results folder that does not show the released run, or the newest before any
    release."""
    newest = max(run_folders(results), default=None)
    if newest is None and is_of_a_chain(results / AUDIT):
        said = tell("belongs to a run, but there are no runs. Restore them from a backup.")
        yield Problem(f"{results.name}/{AUDIT}", "run-missing", said)
    number = releases[-1].run if releases else newest
    if number is None or number not in runs:
        return  # there is none, or its audit cannot be read: told already
    run = runs[number]
    which = tell("the released run") if releases else tell("the newest run")
    code = "not-released" if releases else "not-newest"
    for name in shown(run):
        if not is_copy(results / name, run.folder / name):
            said = tell(
                "does not belong to run {number}, {which}. Score again to restore it.",
                number=run.number,
                which=which,
            )
            yield Problem(f"{results.name}/{name}", code, said)
    for name in sorted(own_names(results).difference([RUNS], shown(run))):
        if (results / name).exists():
            said = tell(
                "does not belong to run {number}, {which}. Score again to remove it.",
                number=run.number,
                which=which,
            )
            yield Problem(f"{results.name}/{name}", code, said)


def _check_fingerprint(results: Path, known: Iterable[Run | Release], wanted: str) -> Iterator[Problem]:
    found = [one for one in known if one.sha256.startswith(wanted)]
    if not found:
        said = tell(
            "nothing here has the fingerprint {wanted}. The record was shortened, "
            "something was rewritten, or it belongs to another exam.",
            wanted=wanted,
        )
        yield Problem(results.name, "fingerprint-differs", said)


# ── reports and analyses ─────────────────────────────────────────────────────────────────────


class MadeFolders(NamedTuple):
    """The result of checking the folders of reports and analyses."""

    problems: list[Problem]
    notes: list[Problem]
    checked: dict[str, int]
    """The folders whose files were compared with their record, with the number of files."""
    unchecked: list[str]
    """Folders with files but without a record."""


def check_made(folder: Path, runs: Iterable[Run], acts: Collection[str] | None) -> MadeFolders:
    """Compares the reports and analyses of a package with their records. `acts` are the digests in the record
    of the sitting; None if it cannot be read."""
    found = MadeFolders([], [], {}, [])
    known = {run.fingerprint for run in runs}
    for above in (folder / REPORTS, folder / ANALYSIS):
        marked = (one.parent for one in _below(above) if one.name == OWN and one.is_file())
        for made in sorted(marked):
            _check(folder, made, known, acts, found)
        loose = dict.fromkeys(path.parent for path in _files(above) if not (path.parent / OWN).is_file())
        for path in loose:
            name = path.relative_to(folder).as_posix()
            if _MADE.fullmatch(name):
                message = tell("is missing or damaged, so the report cannot be checked. Create it again.")
                found.problems.append(Problem(f"{name}/{OWN}", "file-missing", message))
            else:
                found.unchecked.append(f"{name}/")
    return found


def _files(above: Path) -> list[Path]:
    return sorted(path for path in _below(above) if seen(path) and (path.is_file() or path.is_symlink()))


def _below(above: Path) -> Iterator[Path]:
    """Yields everything below a folder except temporary folders of commands."""
    return (path for path in above.rglob("*") if not is_prepared(path.relative_to(above)))


def _check(
    folder: Path, made: Path, known: set[str], acts: Collection[str] | None, found: MadeFolders
) -> None:
    """Compares one folder with its record, and adds the result to `found`."""
    name = made.relative_to(folder).as_posix()
    record = read_record(made / OWN)
    try:
        files = recorded_files(record.get("files"))
    except ValueError:
        files = {}
    if record.get("seal") != sealed(record) or not files:
        said = tell("is not the record written with the report. Create the report again.")
        found.problems.append(Problem(f"{name}/{OWN}", "seal-broken", said))
        return
    found.checked[name] = len(files)
    others = [path for path in _files(made) if path.relative_to(made).as_posix() not in (*files, OWN)]
    files = {file: said for file, said in files.items() if not is_as_removed(folder, f"{name}/{file}")}
    for path, code in _file_faults(made, files, others):
        where = path.relative_to(folder).as_posix()
        found.problems.append(Problem(where, code, _REPORT_WORDS[code]))
    run, fingerprint = record.get("run"), record.get("fingerprint")
    if run is not None and (placed := _OF_RUN.search(name)) and int(placed[1]) != run:
        found.problems.append(
            Problem(
                name, "report-moved", tell("belongs to run {run}, so reports were moved or copied", run=run)
            )
        )
    last_act = record.get("last_act")
    if last_act and acts is not None and last_act not in acts:
        message = tell(
            "was created after entry {fingerprint}, which is not in the record. The record "
            "was shortened or rewritten.",
            fingerprint=fingerprint_of(last_act),
        )
        found.problems.append(Problem(name, "record-cut", message))
    if fingerprint is not None and fingerprint not in known:
        message = tell(
            "belongs to run {run} ({fingerprint}), which is not among these runs",
            run=run,
            fingerprint=fingerprint,
        )
        found.notes.append(Problem(name, "report-of-no-run", message, severity="notice"))
