"""What `examgen verify` found, on the screen and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from examgen.cli import screen

if TYPE_CHECKING:
    from examgen.workflow.exams import Verified

MOST_UNCHECKED = 8
"""Of what was not checked, so many are named on the screen; `--json` has them all."""


def as_dict(found: Verified) -> dict[str, Any]:
    """What `--json` tells."""
    return {
        "exam": found.exam.blueprint.exam,
        "problems": [problem.as_dict() for problem in found.problems],
        "notes": [note.as_dict() for note in found.notes],
        "fingerprints": found.fingerprints._asdict(),
        "checked": found.checked,
        "not_checked": found.unchecked,
    }


def show(found: Verified) -> None:
    """A package without a fault: what was compared, what was not, the fingerprints of exam and package."""
    checked = found.checked
    screen.say(
        f"{found.exam.blueprint.exam}: exam.yaml lists {checked['files']:,} files, each as written; "
        "every quota met on recount",
        "green",
    )
    if checked["runs"]:
        screen.say(f"{_runs(checked['runs'])}: every file as written, scored with this exam", "green")
    if made := checked["reports"]:
        n = sum(made.values())
        screen.say(f"{len(made):,} report(s) and analyses: {n:,} files, each as written", "green")
    screen.show_problems(found.notes)
    told = found.unchecked[:MOST_UNCHECKED]
    more = f"; and {len(found.unchecked) - len(told):,} more" if len(told) < len(found.unchecked) else ""
    screen.say(f"not checked: {'; '.join(told)}{more}")
    for name, of in (("exam", "the exam"), ("package", "the package as it is printed")):
        known = ", as in the minutes" if name in found.known.values() else ""
        screen.say(f"{of}: fingerprint {found.fingerprints.told()[name]}{known}")


def _runs(numbers: list[int]) -> str:
    named = ", ".join(map(str, numbers))
    return f"run {named}" if len(numbers) == 1 else f"runs {named}"
