"""Commands on answers: scored, and simulated for trials."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.exam.names import RESULTS
from examgen.exam.new_runs import Committed, stage_run
from examgen.exam.releases import all_releases, state_of, told_run
from examgen.exam.runs import newest_run
from examgen.scored_run import UNRELEASED, ReleaseState
from examgen.words import tell
from examgen.workflow.files import Progress, nothing, quiet
from examgen.workflow.hashing import Hashing
from examgen.workflow.scoring.audit import told_from
from examgen.workflow.scoring.files import NOTHING_ELSE, Wanted
from examgen.workflow.scoring.run import rescored, scored

if TYPE_CHECKING:
    from examgen.exam.runs import Run
    from examgen.workflow.runs.compare import Compared, Moved
    from examgen.workflow.scoring.files import Made


def simulate(folder: Path, n_candidates: int, seed: int, out: Path, dirty: int = 0) -> None:
    """Answers of candidates of known ability, marked as synthetic."""
    from examgen.workflow.scoring import simulations

    simulations.simulate(folder, n_candidates, seed, out, dirty)


class Scored(NamedTuple):
    """A scored run: where it stands and what it says; `told` are lines about what does not add up."""

    folder: Path
    run: int
    is_new: bool
    fingerprint: str
    audit: Mapping[str, Any]
    coverage: Sequence[Sequence[Any]]
    told: Sequence[str]
    files: Path
    """Where the files of the run are seen: `folder`, or its own folder where that shows a released run."""
    release: ReleaseState
    moved: Moved | None = None
    """Whose decision is another than in the run that people are told, where that is another run."""

    @property
    def needs_attention(self) -> bool:
        """Whether something was set aside, or does not add up."""
        return bool(self.audit["rows"]["quarantined"]) or not self.audit.get("ledger", {}).get(
            "reconciled", True
        )


class Forms(NamedTuple):
    """What a run has its results in beside the two files of CSV; `elements`: by element and unit, too."""

    formats: tuple[str, ...] = ()
    elements: bool = False


def forms_of(run: Run) -> Forms:
    """What else a run has its results in."""
    from examgen.reports.results.formats import RESULT_FORMATS

    has = {*run.files}
    return Forms(
        tuple(one.name for one in RESULT_FORMATS if has.issuperset(one.files)), "element_results.csv" in has
    )


def score(
    folder: Path,
    answers: Sequence[Path],
    out: Path | None = None,
    strict: bool = False,
    progress: Progress = quiet,
    wanted: Wanted = NOTHING_ELSE,
    executor: Executor | None = None,
    hashing: Hashing | None = None,
    others_read: Callable[[], None] = nothing,
) -> Scored:
    """Scores answer files into a new run of a package's results; `strict` refuses where a row is set aside.
    Without any, the responses of the newest run are scored again, as after a correction of the key. Where a
    run is released, the results folder goes on showing that one.

    Whatever executor does the work, one of worker processes if none is given, the same bytes come out.
    `others_read` is called once all files but the answers are read: who decides on rows meanwhile need not
    wait for the end. Answers that change while they are scored are refused.
    """
    target = out if out is not None else folder / RESULTS
    hashing = hashing or Hashing(answers)
    wanted = wanted._replace(strict=strict or wanted.strict)
    again = None if answers else _kept_run(folder, target, wanted)
    with stage_run(target) as staged:
        if again is not None:
            made = rescored(folder, again, staged.folder, wanted, progress, executor, others_read)
        else:
            made = scored(folder, answers, staged.folder, wanted, progress, executor, hashing, others_read)
        audit = told_from(wanted.told_from, made.audit)
        audit = _settled(target, audit, staged.folder, wanted)
        # a run that named the same files by their whole paths says the same
        done = staged.commit(audit, made.hashes, partial(told_from, wanted.told_from))
    return _scored(target, done, made)


def _kept_run(folder: Path, results: Path, wanted: Wanted) -> Run:
    """The run whose responses are scored again; it takes longer to load than a scoring of files may."""
    from examgen.workflow.scoring.kept_responses import newest_kept

    return newest_kept(folder, results, wanted)


def _scored(target: Path, done: Committed, made: Made) -> Scored:
    run, release, files, moved = done.run, UNRELEASED, target, None
    if releases := all_releases(target):
        release = state_of(run, releases)
        told = told_run(target)
        if told is not None and told.number != run.number:
            from examgen.workflow.runs.compare import decisions_moved

            files, moved = run.folder, decisions_moved(told.folder, run.folder)
    said = run.number, done.is_new, run.fingerprint, run.audit, made.coverage, made.told
    return Scored(target, *said, files, release, moved)


def _settled(results: Path, audit: Mapping[str, Any], folder: Path, wanted: Wanted) -> dict[str, Any]:
    """The audit of a scoring into these results; refuses one that leaves out what the run before had, or the
    run that people are told."""
    newest, told = newest_run(results), told_run(results)
    if newest is None or told is None:
        return dict(audit)
    from examgen.workflow.scoring.left_out import settled_audit

    before = [newest] if told.number == newest.number else [newest, told]
    return settled_audit(before, audit, folder, wanted.without)


def dry_run(folder: Path, answers: Sequence[Path], wanted: Wanted, progress: Progress = quiet) -> Compared:
    """Who would change by corrections and decisions: the scoring without them and with them, neither kept. A
    cut or a conversion alone is compared with the run that people are told, where there is one.

    Refused where the scoring itself would be: what the newest run had is missing.
    """
    from examgen.workflow.runs.compare import compare_folders, release_of

    wanted = wanted._replace(formats=(), elements=False, signals=False)
    again = None if answers else _kept_run(folder, folder / RESULTS, wanted)
    decided = bool(wanted.corrections or wanted.identities or wanted.marks)
    told = None if decided else told_run(folder / RESULTS)
    without = wanted._replace(corrections=None, cut=None, identities=(), marks=(), roster=None, strict=False)
    without = without if decided else without._replace(scaled=None)
    made: dict[str, Mapping[str, Any]] = {}
    with tempfile.TemporaryDirectory() as name:
        # what was decided comes first: whatever is wrong with it is told at once
        for part, asked in (("after", wanted), ("before", without))[: 2 if told is None else 1]:
            progress(
                tell(
                    "scoring {part} what was decided",
                    part=tell("without") if part == "before" else tell("with"),
                )
            )
            target = Path(name) / part
            target.mkdir()
            if again is not None:
                made[part] = rescored(folder, again, target, asked, progress, None).audit
            else:
                made[part] = scored(folder, answers, target, asked, progress, None, Hashing(answers)).audit
            if part == "after":
                made[part] = _settled(folder / RESULTS, made[part], target, wanted)
        before = Path(name) / "before" if told is None else told.folder
        as_it_stands = tell("as it stands") if told is None else tell("run {run}", run=told.number)
        called = (as_it_stands, tell("with what was decided"))
        found = compare_folders(before, Path(name) / "after", called)
        if told is not None:
            found = found._replace(releases=(release_of(folder / RESULTS, told), UNRELEASED))
        after = made["after"]
        return found._replace(
            new=tuple(after.get("corrections", ())), left_out=tuple(after.get("left_out", ()))
        )
