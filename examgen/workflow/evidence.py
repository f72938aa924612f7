"""What a unit's folder has recorded of its items: statistics of administrations, reviews."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from examgen import bank
from examgen.bank import reviewing
from examgen.bank.record_files import read_records
from examgen.models import BankUnit, Item
from examgen.problems import Problem
from examgen.storage import read_input


def statistics_of(folder: Path) -> tuple[list[bank.Statistic], list[Problem]]:
    """The lines of `statistics.csv` that can be read, and the faults of the others."""
    path = folder / bank.STATISTICS_FILE
    source = f"{folder.name}/{bank.STATISTICS_FILE}"
    if not path.is_file():
        return [], []
    try:
        text = read_input(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        return [], [Problem(source, "encoding", "is not UTF-8 text: save it as UTF-8", severity="warning")]
    return bank.read_statistics(text, source)


HISTORY, UNBOUND = "statistics-history", "statistics-unbound"
"""Codes of the notices that statistics are not evidence any more, or that nobody knows of what text."""
_NAMED = 10


def notices_of(code: str, items: Sequence[Item], statistics: Sequence[bank.Statistic]) -> list[Problem]:
    """A notice that names the items whose statistics are of an earlier text, and one of lines that do not
    say of which text they are, where there are such."""
    source = f"{code}/{bank.STATISTICS_FILE}"
    found = []
    if old := bank.history(items, statistics):
        named = ", ".join(old[:_NAMED]) + (f" and {len(old) - _NAMED} more" if len(old) > _NAMED else "")
        many = f"{len(old):,} items have changed since they were"
        message = (
            f"{'1 item has changed since it was' if len(old) == 1 else many} measured ({named}): those "
            f"statistics are history; they count as uses, and in neither coverage nor assembly as evidence"
        )
        found.append(Problem(source, HISTORY, message, severity="notice"))
    if unbound := sum(one.item_hash is None for one in statistics):
        message = f"{unbound:,} line(s) without item_hash count as measured on the present text"
        found.append(Problem(source, UNBOUND, message, severity="notice"))
    return found


def reviews_of(folder: Path) -> tuple[Sequence[reviewing.Review], list[Problem]]:
    """The records of `reviews.yaml`, and its faults."""
    path = folder / reviewing.REVIEWS_FILE
    data = read_input(path) if path.is_file() else b""
    return read_records(data, f"{folder.name}/{reviewing.REVIEWS_FILE}", reviewing.Review)


def with_evidence(shelves: Sequence[BankUnit], bank_folder: Path) -> tuple[list[BankUnit], list[Problem]]:
    """The shelves with what is known of their items, and what of the records could not be read."""
    problems: list[Problem] = []
    known = []
    for shelf in shelves:
        folder = bank_folder / str(shelf.unit.code)
        statistics, faults = statistics_of(folder)
        reviews, more = reviews_of(folder)
        problems += [*faults, *more, *notices_of(str(shelf.unit.code), shelf.items, statistics)]
        days: dict[str, str] = {}
        for review in reviews:
            day = review.date.isoformat()
            days[review.item] = min(day, days.get(review.item, day))
        evidence = bank.evidence(shelf.items, statistics, days)
        known.append(shelf.model_copy(update={"evidence": evidence}))
    return known, problems
