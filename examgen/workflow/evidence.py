"""What a unit's folder has recorded of its items: statistics of administrations, reviews."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
STAND_INS, SCALES = "statistics-synthetic", "statistics-scales"
"""Codes of the notices that nothing but synthetic candidates stands behind statistics, and that parameters
of different administrations are on scales that nobody has linked."""
_NAMED = 10


def notices_of(code: str, items: Sequence[Item], statistics: Sequence[bank.Statistic]) -> list[Problem]:
    """Notices, where there are such, of items whose statistics are of an earlier text, of lines that do not
    say of which text they are, of items that synthetic candidates alone have answered, and of parameters
    from several administrations."""
    source = f"{code}/{bank.STATISTICS_FILE}"
    found = []
    if old := bank.history(items, statistics):
        named = _some(old)
        many = f"{len(old):,} items have changed since they were"
        message = (
            f"{'1 item has changed since it was' if len(old) == 1 else many} measured ({named}): those "
            f"statistics are history; they count as uses, and in neither coverage nor assembly as evidence"
        )
        found.append(Problem(source, HISTORY, message, severity="notice"))
    if unbound := sum(one.item_hash is None for one in statistics):
        message = f"{unbound:,} line(s) without item_hash count as measured on the present text"
        found.append(Problem(source, UNBOUND, message, severity="notice"))
    return [*found, *_stand_ins(source, items, statistics), *_scales(source, items, statistics)]


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else "")


def _stand_ins(source: str, items: Sequence[Item], statistics: Sequence[bank.Statistic]) -> Iterator[Problem]:
    if made_up := bank.stand_ins(items, statistics):
        many = "1 item has" if len(made_up) == 1 else f"{len(made_up):,} items have"
        message = (
            f"{many} statistics of synthetic candidates alone ({_some(made_up)}): they stand in for a trial, "
            "until people have answered, and say nothing of the items"
        )
        yield Problem(source, STAND_INS, message, severity="notice")


def _scales(source: str, items: Sequence[Item], statistics: Sequence[bank.Statistic]) -> Iterator[Problem]:
    found = bank.scales(items, statistics)
    if len(found) < 2:
        return
    parts = [f"{name} ({n:,} item{'s' * (n > 1)})" for name, n in found.items()]
    message = (
        f"a, b and c are from {len(found)} administrations, each on the scale of its own candidates: "
        f"{_some(parts)}; nothing links them, so information, reliability and SEM hold as far as those "
        "candidates were alike in ability"
    )
    yield Problem(source, SCALES, message, severity="notice")


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
