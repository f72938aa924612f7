"""What the certification body says in reports of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from examgen.bank.settings import body_words
from examgen.core.models.body import BodyWords

if TYPE_CHECKING:
    from examgen.core.scored_run import ScoredRun


def body_of(run: ScoredRun, workspace: Path) -> BodyWords:
    """The words of the workspace, under the name that the plan of the sitting gives."""
    words = body_words(workspace)
    if run.plan is None or run.plan.body is None:
        return words
    return words.model_copy(update={"name": run.plan.body})
