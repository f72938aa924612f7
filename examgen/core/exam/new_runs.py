"""Writes a scored run to disk: staged, numbered, chained to the previous run, and put in place as a whole.

    runs/.examgen-tmp/…/run/              result files, then audit.json; other scorings may run meanwhile
    …/run/ → runs/0002/                   one rename: until it, nothing changes; after it, the run exists
    audit.json removed, files linked, audit.json linked      the results folder shows the run

The results folder is locked only from the rename on. If another scoring has added a run since this one began,
this one is refused. The last step is skipped if a run is released, because the results folder then shows the
released run until another is released. If a scoring is interrupted, the existing runs stay intact. The next
scoring removes what it left, and makes the results folder show the right run if it shows another one or only
part of one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from examgen.core import changes
from examgen.core.changes import NEW, begin, changing, end, keep
from examgen.core.exam.names import SITTING
from examgen.core.exam.releases import (
    all_releases,
    foreign,
    is_untouched,
    is_whole,
    released_run,
    show,
    shows,
)
from examgen.core.exam.runs import (
    AUDIT,
    RUNS,
    Run,
    is_of_a_chain,
    is_plain,
    newest_run,
    read_run,
    record_of_files,
    recorded_scoring,
    run_folders,
    run_name,
    sealed,
)
from examgen.core.files import PRIVATE_FOLDER, json_bytes, naming, read_input, write_file
from examgen.core.problems import Refused, WrongUsage
from examgen.core.words import option, without_ids


class Committed(NamedTuple):
    """The run with the result of a scoring: a new one, or the newest one if it already had the same
    result."""

    run: Run
    is_new: bool


class StagedRun(NamedTuple):
    """A run that is being written. Result files are written directly into `folder`, from any process."""

    folder: Path
    results: Path
    newest: int
    """The number of the newest run when this one was begun; 0 if there was none."""

    def commit(
        self,
        audit: Mapping[str, Any],
        as_now: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict,
    ) -> Committed:
        """Makes a run of the files in the folder, with that audit, and shows it in the results folder unless
        a run is released.

        If the newest run has the same content and is intact, no new run is made. `as_now` converts the audit
        of the newest run for the comparison, as if it had been written today. Raises Refused if another run
        was added since this one was begun.
        """
        # as it is read again: lists in place of tuples, nothing of another chain
        scoring = json.loads(json_bytes(recorded_scoring(audit)))
        _check_plain(self.folder)
        scoring["files"] = record_of_files(self.folder, AUDIT)
        with naming(self.results, str(self.results / RUNS)), changing(self.results):
            last = newest_run(self.results)
            if (
                last is not None
                and _said_of(as_now(recorded_scoring(last.audit))) == _said_of(scoring)
                and is_whole(last)
            ):
                done = Committed(last, is_new=False)
            elif last is not None and last.number != self.newest:
                raise Refused.because(
                    "{results} has a new run {run}, scored while this scoring was running. "
                    "Look at it, then score again.",
                    results=self.results,
                    run=last.number,
                )
            else:
                done = Committed(self._put(scoring, last), is_new=True)
            show(self.results, released_run(self.results) or done.run)
            return done

    def _put(self, scoring: Mapping[str, Any], last: Run | None) -> Run:
        """Puts the run in place, chained to the last one, and returns it."""
        number = last.number + 1 if last else 1
        releases = all_releases(self.results)
        chained = {
            **scoring,
            "run": number,
            "previous": last.sha256 if last else None,
            "last_release": releases[-1].sha256 if releases else None,
        }
        write_file(self.folder / AUDIT, json_bytes({**chained, "seal": sealed(chained)}))
        folder = self.results / RUNS / run_name(number)
        _put(self.folder, folder)
        return read_run(number, folder)


def _said_of(audit: Mapping[str, Any]) -> Any:
    """Returns the content of an audit for comparison, without the record of its sitting: acts that change
    nothing make no new run."""
    return without_ids({name: value for name, value in audit.items() if name != SITTING})


def _check_plain(folder: Path) -> None:
    """Raises ValueError if the folder of a run has no result files, or has anything else."""
    paths = [path for path in folder.iterdir() if path.name != AUDIT]
    if not paths:
        raise ValueError(f"{folder} does not hold the result files that were written")
    for path in paths:
        if not is_plain(path.name) or not path.is_file() or path.is_symlink():
            raise ValueError(f"{path.name} is not a result file")


def _put(staged: Path, folder: Path) -> None:
    """Makes the files of a staged run read-only, flushes them to disk, and moves the folder into place."""
    for path in staged.iterdir():
        path.chmod(0o400)
    staged.chmod(PRIVATE_FOLDER)
    keep([*staged.iterdir(), staged])
    staged.rename(folder)
    keep([folder.parent])


# ── beginning ────────────────────────────────────────────────────────────────────────────────


@contextmanager
def stage_run(results: Path) -> Iterator[StagedRun]:
    """Yields a folder to fill with result files and to commit as a run. It is removed if it is not committed.

    Raises WrongUsage if the results folder contains anything other than results.
    """
    for path in (results, results / RUNS):
        if path.is_symlink():
            raise WrongUsage.because("{path} is a link. Give the folder itself.", path=path)
    for path in (results / RUNS, results, *results.parents):
        if path.exists() and not path.is_dir():
            raise WrongUsage.because("{path} is a file, not a folder", path=path)
    made = [path for path in (results / RUNS, results, *results.parents) if not path.exists()]
    results.parent.mkdir(parents=True, exist_ok=True)
    for path in (results, results / RUNS):  # names and marks are in them
        path.mkdir(PRIVATE_FOLDER, exist_ok=True)
        path.chmod(path.stat().st_mode & PRIVATE_FOLDER)
    try:
        with naming(results, str(results / RUNS)):
            with changing(results):
                check_none_lost(results)
                check_foreign(results)
                show_released(results)
                newest = max(run_folders(results), default=0)
            changes.settle(results / RUNS)
            work = begin(results / RUNS)
            try:
                staged = work.place / NEW / "run"
                staged.mkdir(PRIVATE_FOLDER)
                yield StagedRun(staged, results, newest)
            finally:
                end(work)
    finally:
        for folder in made:
            with suppress(OSError):
                folder.rmdir()


def check_none_lost(results: Path) -> None:
    """Raises Refused if the folder shows a run that is missing from its runs, which a new run would hide."""
    if not is_of_a_chain(results / AUDIT):
        return
    shown = json.loads(read_input(results / AUDIT)).get("run")
    newest = max(run_folders(results), default=0)
    if isinstance(shown, int) and shown > newest:
        raise Refused.because(
            "{results} shows run {shown}, but {runs}/ has no such run. Restore the "
            "runs from a backup, or move {results} elsewhere.",
            results=results,
            shown=shown,
            runs=RUNS,
        )


def check_foreign(results: Path) -> None:
    """Raises WrongUsage if the folder contains anything other than results."""
    if found := foreign(results):
        raise WrongUsage.because(
            "{results} contains {found}, which was not written by scoring. Move it, or "
            "choose another folder with {out}.",
            results=results,
            found=", ".join(found),
            out=option("out"),
        )


# ── showing ──────────────────────────────────────────────────────────────────────────────────


def show_released(results: Path) -> None:
    """Makes the results folder show the released run, if any. The caller must hold the lock of the folder.

    Raises Refused if it is not known which run is released.
    """
    run = released_run(results)
    if run is not None and all_releases(results):
        show(results, run)


def settle(results: Path) -> None:
    """Makes the results folder show the released run, if a release was interrupted before it did so.

    Does nothing if files were changed by others, which `verify` reports, or if another command is writing, or
    if the folder is not writable.
    """
    if not all_releases(results):
        return
    run = released_run(results)
    if run is None or shows(results, run) or not is_untouched(results):
        return
    with suppress(Refused, OSError), changing(results, wait=0):
        show_released(results)
