"""The people who took part in scoring a run, and therefore may not release it.

The record of the site names everyone who uploaded or removed answer files, matched columns, recorded
attendance, decided on rows, proposed, tried, dropped or made a correction of the key, or started the scoring.
The run itself names the people in its decisions and corrections. Acts for another run of the exam count too,
because their effect is in this run, or they showed what it would change. The page of a run lists the people
who acted before it was scored; if it was scored by command, the page lists everyone. The rule is that of
`release` (`scorer_apart`), but cannot be switched off on the site.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from examgen.core.exam.runs import Run
from examgen.core.words import tell
from examgen.evidence.conflicts import scored_by
from examgen.evidence.participation import PartTaken
from examgen.site.accounts.models import User
from examgen.site.audit.models import Entry
from examgen.site.audit.words import act
from examgen.sitting.setting_aside import names_of

SCORED = "score.run"
"""The act of a scoring that made a run. The `sha256` and `run` of its entry identify the run."""
ACTS = (
    *("answers.", "roster.", "assess.done", "assess.moderate", "scans.", "rows.", "corrections.", "rules."),
    *("score.ask", SCORED, "try-correction.ask"),
)
"""The acts that count as taking part in the scoring, by the prefixes of their codes."""
NAMED = tell("is named in a decision or a correction of the run")


def acts_in_scoring(exam: str) -> QuerySet[Entry]:
    """Returns the entries of the record that show who took part in scoring an exam."""
    begins = reduce(or_, (Q(what__startswith=one) for one in ACTS))
    return Entry.objects.filter(begins, about__in=names_of(exam))


class Scorer(NamedTuple):
    """A person who took part in scoring a run, and their acts."""

    who: str
    acts: tuple[str, ...]
    name: str


def scorings(exam: str) -> dict[str, list[Entry]]:
    """Returns the entries of an exam's scorings by the SHA-256 of the run, oldest first."""
    found: dict[str, list[Entry]] = {}
    for entry in Entry.objects.filter(about__in=names_of(exam), what=SCORED):
        found.setdefault(str(entry.detail.get("sha256")), []).append(entry)
    return found


def scored_by_name(exam: str, run: Run) -> str:
    """Returns the name of the user who had a run scored; empty if it was scored by command."""
    own = scorings(exam).get(run.sha256)
    found = User.objects.filter(username=own[0].who).first() if own else None
    return (found.name or found.username) if found is not None else ""


def scorers(exam: str, run: Run) -> list[Scorer]:
    """Returns everyone who took part in scoring a run, according to the record."""
    own = scorings(exam).get(run.sha256, [])
    entries = acts_in_scoring(exam)
    if own:
        entries = entries.filter(number__lte=own[0].number)
    found: dict[str, dict[str, None]] = {}
    for entry in (*entries, *own):
        if entry.who:
            found.setdefault(entry.who, {})[act(entry.what)] = None
    names = dict(User.objects.filter(username__in=found).values_list("username", "name"))
    return [Scorer(who, tuple(acts), names.get(who) or who) for who, acts in found.items()]


def against(user: Any, exam: str, run: Run) -> tuple[str, ...]:
    """Returns why a user may not release a run: their acts in its scoring. Empty if they may."""
    entries = acts_in_scoring(exam).filter(who=user.username)
    acts = [*dict.fromkeys(act(entry.what) for entry in entries)]
    decided = (*(run.audit.get("decided") or ()), *(run.audit.get("corrections") or ()))
    named = [
        PartTaken(str(one.get("by", "")), "grader", "scored", exam, f"run {run.number}") for one in decided
    ]
    if scored_by(named, (user.signature, user.username)):
        acts.append(NAMED)
    return tuple(acts)
