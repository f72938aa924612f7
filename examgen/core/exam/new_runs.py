"""A scored run written to disk: staged, numbered, chained to the run before it, put in place whole.

    runs/.examgen-tmp/…/run/              result files, then audit.json; other scorings may run meanwhile
    …/run/ → runs/0002/                   one rename: with it the run is there, before it nothing is
    audit.json removed, files linked, audit.json linked      the results folder shows the run

The folder of results is locked for the rename and what follows it alone. Where another scoring has put a run
there since this one began, this one is refused. The last step is left out where a run is released: the
results folder shows that one until another is released. Wherever a scoring breaks off, the runs are whole.
What else is left the next scoring removes, and it shows the run that is to be seen where another one, or half
of one, is shown.
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
from examgen.core.words import option, tell, without_ids


class Committed(NamedTuple):
    """The run that says what was scored: a new one, or the newest, which said just that already."""

    run: Run
    is_new: bool


class StagedRun(NamedTuple):
    """A run that is being written: result files go into `folder`, right there, from any process."""

    folder: Path
    results: Path
    newest: int
    """The number of the newest run when this one was begun, 0 where there was none."""

    def commit(
        self,
        audit: Mapping[str, Any],
        as_now: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict,
    ) -> Committed:
        """Makes a run of the files in the folder, with that audit, and shows it in the results folder
        where no run is released.

        Where the newest run says the same and is whole, it stays the newest; `as_now` is what it would say
        today, where it was said otherwise then. Raises Refused where it is another than when this one began.
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
                raise Refused(
                    tell(
                        "{results} has a new run {run}, scored while this scoring was running. "
                        "Look at it, then score again.",
                        results=self.results,
                        run=last.number,
                    )
                )
            else:
                done = Committed(self._put(scoring, last), is_new=True)
            show(self.results, released_run(self.results) or done.run)
            return done

    def _put(self, scoring: Mapping[str, Any], last: Run | None) -> Run:
        """The run in its place, chained to the last one."""
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
    """What a scoring says, wherever the record of its sitting stood: acts that change nothing make no run."""
    return without_ids({name: value for name, value in audit.items() if name != SITTING})


def _check_plain(folder: Path) -> None:
    """Raises ValueError where anything but result files stands in the folder of a run, or none does."""
    paths = [path for path in folder.iterdir() if path.name != AUDIT]
    if not paths:
        raise ValueError(f"{folder} does not hold the result files that were written")
    for path in paths:
        if not is_plain(path.name) or not path.is_file() or path.is_symlink():
            raise ValueError(f"{path.name} is not a result file")


def _put(staged: Path, folder: Path) -> None:
    """A staged folder to its place among the runs, once the disk has it: its files are read from now on,
    never written."""
    for path in staged.iterdir():
        path.chmod(0o400)
    staged.chmod(PRIVATE_FOLDER)
    keep([*staged.iterdir(), staged])
    staged.rename(folder)
    keep([folder.parent])


# ── beginning ────────────────────────────────────────────────────────────────────────────────


@contextmanager
def stage_run(results: Path) -> Iterator[StagedRun]:
    """A folder to fill with result files, and to commit as a run; what is not committed is removed.

    Raises WrongUsage where the results folder holds other things than results.
    """
    for path in (results, results / RUNS):
        if path.is_symlink():
            raise WrongUsage(tell("{path} is a link. Give the folder itself.", path=path))
    for path in (results / RUNS, results, *results.parents):
        if path.exists() and not path.is_dir():
            raise WrongUsage(tell("{path} is a file, not a folder", path=path))
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
    """Refuses a folder that shows a run which is not among its runs: a new one would hide that."""
    if not is_of_a_chain(results / AUDIT):
        return
    shown = json.loads(read_input(results / AUDIT)).get("run")
    newest = max(run_folders(results), default=0)
    if isinstance(shown, int) and shown > newest:
        raise Refused(
            tell(
                "{results} shows run {shown}, but {runs}/ has no such run. Restore the "
                "runs from a backup, or move {results} elsewhere.",
                results=results,
                shown=shown,
                runs=RUNS,
            )
        )


def check_foreign(results: Path) -> None:
    """Refuses a folder that holds other things than results."""
    if found := foreign(results):
        raise WrongUsage(
            tell(
                "{results} contains {found}, which was not written by scoring. Move it, or "
                "choose another folder with {out}.",
                results=results,
                found=", ".join(found),
                out=option("out"),
            )
        )


# ── showing ──────────────────────────────────────────────────────────────────────────────────


def show_released(results: Path) -> None:
    """The released run in the results folder, where one is released. Only who holds the folder may.

    Raises Refused where it is not known which run is released.
    """
    run = released_run(results)
    if run is not None and all_releases(results):
        show(results, run)


def settle(results: Path) -> None:
    """Does what a release left undone that was killed: the results folder shows the run that it names.

    Files that somebody changed stay as they are, for `verify` to tell; so does everything where another
    command writes, or where nothing may be written.
    """
    if not all_releases(results):
        return
    run = released_run(results)
    if run is None or shows(results, run) or not is_untouched(results):
        return
    with suppress(Refused, OSError), changing(results, wait=0):
        show_released(results)
