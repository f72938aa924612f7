"""What a unit's folder has recorded of its items: statistics of administrations, reviews."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from examgen import bank
from examgen.bank import reviewing
from examgen.bank.record_files import read_records
from examgen.models import BankUnit, Item
from examgen.problems import Problem


def statistics_of(folder: Path) -> tuple[list[bank.Statistic], list[Problem]]:
    """The lines of `statistics.csv` that can be read, and the faults of the others."""
    path = folder / bank.STATISTICS_FILE
    source = f"{folder.name}/{bank.STATISTICS_FILE}"
    if not path.is_file():
        return [], []
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return [], [Problem(source, "encoding", "is not UTF-8 text: save it as UTF-8", severity="warning")]
    return bank.read_statistics(text, source)


HISTORY = "statistics-history"
"""Code of the notice that statistics are no evidence any more."""
_NAMED = 10


def history_of(code: str, items: Sequence[Item], statistics: Sequence[bank.Statistic]) -> list[Problem]:
    """A notice that names the items whose statistics are of an earlier text, where there are such."""
    old = bank.history(items, statistics)
    if not old:
        return []
    named = ", ".join(old[:_NAMED]) + (f" and {len(old) - _NAMED} more" if len(old) > _NAMED else "")
    said = (
        "1 item has changed since it was"
        if len(old) == 1
        else f"{len(old):,} items have changed since they were"
    )
    message = (
        f"{said} measured ({named}): those statistics are history; they count as "
        f"uses, and in neither coverage nor assembly as evidence"
    )
    return [Problem(f"{code}/{bank.STATISTICS_FILE}", HISTORY, message, severity="notice")]


def reviews_of(folder: Path) -> tuple[Sequence[reviewing.Review], list[Problem]]:
    """The records of `reviews.yaml`, and its faults."""
    path = folder / reviewing.REVIEWS_FILE
    data = path.read_bytes() if path.is_file() else b""
    return read_records(data, f"{folder.name}/{reviewing.REVIEWS_FILE}", reviewing.Review)


def with_evidence(shelves: Sequence[BankUnit], bank_folder: Path) -> tuple[list[BankUnit], list[Problem]]:
    """The shelves with what is known of their items, and what of the records could not be read."""
    problems: list[Problem] = []
    known = []
    for shelf in shelves:
        folder = bank_folder / str(shelf.unit.code)
        statistics, faults = statistics_of(folder)
        reviews, more = reviews_of(folder)
        problems += [*faults, *more, *history_of(str(shelf.unit.code), shelf.items, statistics)]
        days: dict[str, str] = {}
        for review in reviews:
            day = review.date.isoformat()
            days[review.item] = min(day, days.get(review.item, day))
        evidence = bank.evidence(shelf.items, statistics, days)
        known.append(shelf.model_copy(update={"evidence": evidence}))
    return known, problems
