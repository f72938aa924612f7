"""Exams that share items → which of them has to wait for the other, shown before it is too late.

A printed exam that has not been held yet prevents every exam that shares items with it from being scored (see
`sitting_confirmation`). Users who build or print one are warned, and the pages of both exams say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from examgen.core.exam.names import RESULTS
from examgen.core.exam.releases import all_releases
from examgen.core.exam.runs import run_folders
from examgen.core.problems import Refused
from examgen.core.words import Message, joined, tell, tell_n
from examgen.site.sittings.sitting_confirmation import Item, is_over, items_of, stated
from examgen.site.workspace import exam_folder, exam_folders, workspace
from examgen.sitting.setting_aside import in_use, names_of


class SharedWith(NamedTuple):
    """Another exam that was printed or held and whose results are not released yet: how many items it shares,
    and whether it was held."""

    exam: str
    n_items: int
    is_over: bool


def shared_with(items: frozenset[Item], but: str = "") -> list[SharedWith]:
    """Returns the exams with some of these items that were printed or held and have no released results.
    `but` names the exam itself."""
    found = []
    for name, folder in exam_folders().items():
        n = len(items & items_of(folder)) if but not in names_of(name) else 0
        if n and _waits(name):
            found.append(SharedWith(name, n, is_over(name, folder)))
    return found


def _waits(exam: str) -> bool:
    """Whether an exam was printed or sat, and its results are still to be released."""
    statement = next(iter(stated(exam)), None)
    if statement is not None and statement.day is None:
        return False
    results = exam_folder(exam) / RESULTS
    with suppress(Refused):
        if results.is_dir() and all_releases(results):
            return False
    return statement is not None or in_use(workspace(), exam).is_printed or bool(run_folders(results))


def before_the_build(items: frozenset[Item], exam: str) -> list[Message]:
    """Returns which exams could not be scored once an exam with these items is printed."""
    return [_once_printed(one, exam) for one in shared_with(items, but=exam)]


def keeps_waiting(exam: str) -> list[Message]:
    """Returns messages on which exam has to wait for which, for the page of a built exam and before it is
    printed."""
    return [*_keeps_waiting(exam)]


def _keeps_waiting(exam: str) -> Iterator[Message]:
    folder = exam_folder(exam)
    statement = next(iter(stated(exam)), None)
    if statement is not None and statement.day is None:
        return
    was_sat, is_printed = is_over(exam, folder), in_use(workspace(), exam).is_printed
    for one in shared_with(items_of(folder), but=exam):
        if was_sat and not one.is_over:
            yield tell(
                "{waits}. {way}.", waits=_waits_for(exam, one.exam, one.n_items), way=_or_never(one.exam)
            )
        elif not was_sat and is_printed and not one.is_over:
            yield tell_n(
                "{n} item of {exam} is in {other} as well. Both are printed: neither can be scored before "
                "both have been sat",
                "{n} items of {exam} are in {other} as well. Both are printed: neither can be scored before "
                "both have been sat",
                one.n_items,
                exam=exam,
                other=one.exam,
            )
        elif not was_sat and is_printed:
            yield tell("{waits}. {way}.", waits=_waits_for(one.exam, exam, one.n_items), way=_or_never(exam))
        elif not was_sat:
            other_items = tell(
                "To avoid that, build it anew from its blueprint, only of items that no exam before asked"
            )
            yield tell("{waits}. {way}.", waits=_once_printed(one, exam), way=other_items)


def _or_never(exam: str) -> Message:
    return tell("If nobody will sit {exam}, state that on its page “Held”", exam=exam)


def _waits_for(exam: str, other: str, n: int) -> Message:
    return tell_n(
        "{exam} cannot be scored before {other} has been sat: they have {n} item in common",
        "{exam} cannot be scored before {other} has been sat: they have {n} items in common",
        n,
        exam=exam,
        other=other,
    )


def _once_printed(one: SharedWith, exam: str) -> Message:
    waits = _waits_for(one.exam, exam, one.n_items)
    return joined([tell("Once {exam} is printed:", exam=exam), waits], " ")
