"""The rule of examgen.yaml (`site: keep: persons`) → whose data are past their time, and erased in one pass.

The time of an exam begins with its last release. Who sat another exam since, whose time is not over, is
erased from the exams that are past theirs and stays elsewhere; who sat none is erased everywhere. A person
with a certificate in force or an open case stays, and that is told.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from examgen.bank.settings import site_settings
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.erasures import TOMBSTONE
from examgen.core.problems import WrongUsage
from examgen.core.words import tell
from examgen.evidence.persons.erasing import NOWHERE, Elsewhere, Erased, forget, packages_in
from examgen.evidence.persons.kept import kept_by_rule, released_on
from examgen.evidence.persons.known import numbers_in
from examgen.evidence.persons.spelling import Person, Spellings

BY = "examgen"


class ExamTime(NamedTuple):
    """An exam, the day of its last release, the day from which the data of its persons are past their time,
    and how many persons there are with their numbers."""

    exam: str
    released: date
    until: date
    persons: int

    def as_dict(self) -> dict[str, Any]:
        """The fields of `--json`."""
        released, until = self.released.isoformat(), self.until.isoformat()
        return {**self._asdict(), "released": released, "until": until}


class Retained(NamedTuple):
    """What is past its time: the exams, the persons who go, those whom a rule keeps; what was erased."""

    days: int
    past: tuple[ExamTime, ...]
    within: tuple[ExamTime, ...]
    """Exams whose time is not over."""
    persons: int
    kept: int
    """Persons with a certificate in force or an open case."""
    erased: tuple[Erased, ...]


def retention(
    workspace: Path,
    *,
    dry_run: bool = False,
    elsewhere: Elsewhere = NOWHERE,
    progress: Callable[[str], None] = lambda text: None,
    today: date | None = None,
) -> Retained:
    """Erases whoever is past the time that the body keeps persons' data. Raises WrongUsage where it has not
    said how long that is."""
    workspace = workspace.resolve()
    day = today or date.today()
    days = site_settings(workspace).keep.persons
    if days is None:
        raise WrongUsage(
            tell(
                "examgen.yaml does not say how long data of persons are kept: write `site: keep: persons: "
                "DAYS`"
            )
        )
    past: dict[str, dict[str, str]] = {}
    others: set[str] = set()
    told: tuple[list[ExamTime], list[ExamTime]] = [], []
    for package in packages_in(workspace):
        name = package.relative_to(workspace).as_posix()
        numbers = {canonical_number(one): one for one in numbers_in(package) if not one.startswith(TOMBSTONE)}
        released = released_on(package)
        until = released + timedelta(days=days) if released is not None else None
        if released is not None and until is not None and until < day:
            if numbers:
                past[name] = numbers
                told[0].append(ExamTime(name, released, until, len(numbers)))
        else:
            others.update(numbers)
            if released is not None and until is not None:
                told[1].append(ExamTime(name, released, until, len(numbers)))
    numbers = {plain: number for found in past.values() for plain, number in found.items()}
    people = [Person(number, f"{TOMBSTONE}{plain}") for plain, number in numbers.items()]
    kept = {
        one.whose.removeprefix(TOMBSTONE)
        for one in kept_by_rule(workspace, past, Spellings(people), day)
        if one.whose
    }
    erased: list[Erased] = []
    reason = str(tell("the time for which data of persons are kept was over ({days} days)", days=days))
    gone = {plain: number for plain, number in numbers.items() if plain not in kept}
    for within, chosen in (
        (None, [number for plain, number in gone.items() if plain not in others]),
        (frozenset(past), [number for plain, number in gone.items() if plain in others]),
    ):
        if chosen:
            erased.append(
                forget(
                    workspace,
                    chosen,
                    BY,
                    reason,
                    dry_run=dry_run,
                    within=within,
                    elsewhere=elsewhere if within is None else NOWHERE,
                    progress=progress,
                    today=day,
                )
            )
    return Retained(days, tuple(told[0]), tuple(told[1]), len(gone), len(kept), tuple(erased))
