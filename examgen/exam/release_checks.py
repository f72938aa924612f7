"""Releases of runs → what was touched since they were written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from examgen.exam.releases import Release, read_release, release_files, release_name
from examgen.exam.runs import AUDIT, RELEASES, RUNS, Run, run_name
from examgen.problems import Problem


def check_releases(results: Path, runs: Mapping[int, Run]) -> tuple[list[Release], list[Problem]]:
    """The releases that can be read, the first first; and every record that is missing, not as it was
    written or out of its chain, every released run that is gone or another, every run that names a release
    which is not there."""
    found: dict[int, Release] = {}
    problems: list[Problem] = []
    for number, path in release_files(results).items():
        try:
            found[number] = read_release(number, path)
        except (ValueError, OSError) as error:
            said = (
                str(error) if type(error) is ValueError else "is damaged: it is not the record of a release"
            )
            problems.append(Problem(_named(results, path), "release-damaged", said))
    for number in range(1, max(release_files(results), default=0)):
        if number not in release_files(results):
            said = "is missing: releases are never removed. Put it back from a copy"
            name = f"{results.name}/{RELEASES}/{release_name(number)}"
            problems.append(Problem(name, "release-missing", said))
    for release in found.values():
        problems += _check_release(results, release, found, runs)
    problems += _check_named(results, found, runs)
    return [*found.values()], problems


def _named(results: Path, path: Path) -> str:
    return path.relative_to(results.parent).as_posix()


def _check_release(
    results: Path, release: Release, releases: Mapping[int, Release], runs: Mapping[int, Run]
) -> Iterator[Problem]:
    source = _named(results, release.path)
    before, said = releases.get(release.number - 1), release.said.get("previous")
    is_known = before is not None or release.number == 1
    if is_known and said != (before.sha256 if before else None):
        message = "names another record before it: one of the two was written anew"
        yield Problem(source, "release-chain-broken", message)
    run = runs.get(release.run)
    if run is None:
        message = f"releases run {release.run}, which is not there: put it back from a copy"
        yield Problem(source, "released-run-missing", message)
    elif run.sha256 != release.said["run_sha256"]:
        message = f"was the release of another run {release.run}: that run was written anew since"
        yield Problem(source, "released-run-differs", message)


def _check_named(
    results: Path, releases: Mapping[int, Release], runs: Mapping[int, Run]
) -> Iterator[Problem]:
    """Runs that name a release, the newest when they were made, which is not there."""
    known = {release.sha256 for release in releases.values()}
    for run in runs.values():
        named = run.audit.get("last_release")
        if named and named not in known:
            name = f"{results.name}/{RUNS}/{run_name(run.number)}/{AUDIT}"
            message = "names a release that is not there, or was written anew: put it back from a copy"
            yield Problem(name, "release-missing", message)
