"""Long work of reviews: how well the keys of a unit are guessed by the looks of options."""

from __future__ import annotations

import hashlib
from typing import Any

from django.urls import reverse

from examgen.bank import checking
from examgen.bank.guessing import results as guessing
from examgen.bank.opened import stamp_of
from examgen.core.words import tell
from examgen.site.accounts.roles import Role
from examgen.site.jobs.kinds import Outcome, Progress, kind, on_unit
from examgen.site.language import kept
from examgen.site.workspace import workspace

GUESSED = "guessability"
_RULE = "guessable"


def marks(unit: str) -> str:
    """What tells the files of a unit from what they were when they were measured."""
    return hashlib.sha256(repr(stamp_of(workspace(), unit)).encode()).hexdigest()


@kind(
    GUESSED,
    tell("Measure how well keys are guessed"),
    {Role.WRITER, Role.REVIEWER, Role.PSYCHOMETRICIAN},
    is_long=True,
    form=on_unit("reviews-guessability"),
)
def measure(asked: dict[str, Any], progress: Progress) -> Outcome:
    """The figure of a unit and its cues, as `bank check --guessability` has them."""
    unit = str(asked["unit"])
    before = marks(unit)
    progress(tell("keys are shuffled and guessed anew"))
    found = checking.check(workspace(), [unit], [_RULE]).guessed.get(unit)
    address = reverse("reviews-guessability", kwargs={"unit": unit})
    if found is None:
        return Outcome(tell("the rule on guessable keys is off in this workspace"), address)
    shown = guessing.shown(unit, found)
    values = {
        "marks": before,
        "line": kept(shown.line),
        "habits": [[kept(words), share, z] for words, share, z in shown.habits],
        "kinds": [[kept(words), share] for words, share in shown.kinds],
        "items": [kept(sentence) for sentence in shown.items],
    }
    return Outcome(tell("how well the keys of {unit} are guessed is measured", unit=unit), address, values)
