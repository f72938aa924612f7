"""Commands on answers: scored, and simulated for trials."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen import exam
from examgen.workflow.files import Progress, quiet
from examgen.workflow.hashing import Hashing
from examgen.workflow.scoring_runs import NOTHING_ELSE, Wanted, scored

if TYPE_CHECKING:
    from examgen.workflow.runs import Compared

__all__ = ["NOTHING_ELSE", "Scored", "Wanted", "dry_run", "score", "simulate"]


def simulate(folder: Path, n_candidates: int, seed: int, out: Path, dirty: int = 0) -> None:
    """Answers of candidates of known ability, marked as synthetic."""
    from examgen.workflow import simulations

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

    @property
    def needs_attention(self) -> bool:
        """Whether something was set aside, or does not add up."""
        return bool(self.audit["rows"]["quarantined"]) or not self.audit.get("ledger", {}).get(
            "reconciled", True
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
) -> Scored:
    """Scores answer files into a new run of a package's results; `strict` refuses where a row is set aside.

    Whatever executor does the work, one of worker processes if none is given, the same bytes come out.
    """
    target = out if out is not None else folder / exam.RESULTS
    hashing = hashing or Hashing(answers)
    with exam.stage_run(target) as staged:
        made = scored(
            folder,
            answers,
            staged.folder,
            wanted._replace(strict=strict or wanted.strict),
            progress,
            executor,
            hashing,
        )
        done = staged.commit(made.audit, made.hashes)
    run = done.run
    return Scored(target, run.number, done.is_new, run.fingerprint, run.audit, made.coverage, made.told)


def dry_run(folder: Path, answers: Sequence[Path], wanted: Wanted, progress: Progress = quiet) -> Compared:
    """Who would change by corrections and decisions: the scoring without them and with them, neither kept."""
    from examgen.workflow.runs import compare_folders

    wanted = wanted._replace(formats=(), roster=None, elements=False, signals=False)
    without = wanted._replace(corrections=None, identities=(), marks=(), strict=False)
    with tempfile.TemporaryDirectory() as name:
        # what was decided comes first: whatever is wrong with it is told at once
        for part, asked in (("after", wanted), ("before", without)):
            progress(f"scoring {'without' if part == 'before' else 'with'} what was decided")
            target = Path(name) / part
            target.mkdir()
            scored(folder, answers, target, asked, progress, None, Hashing(answers))
        called = ("as it stands", "with what was decided")
        return compare_folders(Path(name) / "before", Path(name) / "after", called)
