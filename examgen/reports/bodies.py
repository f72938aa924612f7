"""Texts of the certification body in reports of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from examgen.bank.body import logo_of
from examgen.bank.settings import body_words

if TYPE_CHECKING:
    from examgen.scoring.scored_run import ScoredRun


def with_body(run: ScoredRun, workspace: Path) -> ScoredRun:
    """Return the run with the texts and the logo of the workspace, and with the body's name from the plan of
    the sitting."""
    words, logo = body_words(workspace), logo_of(workspace, run.plan.body if run.plan else None)
    if run.plan is not None and run.plan.body is not None:
        words = words.model_copy(update={"name": run.plan.body})
    return run._replace(body=words, logo=logo)
