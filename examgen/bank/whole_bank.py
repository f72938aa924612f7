"""Commands on the bank: loading, checking and counting its units.

What a unit's folder has recorded of its items: statistics of administrations, reviews.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from examgen.bank import statistics as bank_statistics
from examgen.bank.editions import set_aside
from examgen.bank.exam_uses import packages_of, with_packages
from examgen.bank.loading import across_units, has_units, load_unit, unit_codes
from examgen.bank.reviews import statuses
from examgen.bank.statistics import STATISTICS_FILE, Statistic, history, read_statistics, scales, stand_ins
from examgen.bank.texts import read_records
from examgen.core.changes import changing
from examgen.core.models.item import BankUnit, Item
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.storage import read_input
from examgen.core.words import command, joined, tell, tell_n
from examgen.core.yamlfile import suggestion


def statistics_of(folder: Path) -> tuple[list[Statistic], list[Problem]]:
    """The lines of `statistics.csv` that can be read, and the faults of the others."""
    path = folder / STATISTICS_FILE
    source = f"{folder.name}/{STATISTICS_FILE}"
    if not path.is_file():
        return [], []
    try:
        text = read_input(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        return [], [
            Problem(source, "encoding", tell("is not UTF-8 text: save it as UTF-8"), severity="warning")
        ]
    return read_statistics(text, source)


HISTORY, UNBOUND = "statistics-history", "statistics-unbound"
"""Codes of the notices that statistics are not evidence any more, or that nobody knows of what text."""
STAND_INS, SCALES = "statistics-synthetic", "statistics-scales"
"""Codes of the notices that nothing but synthetic candidates stands behind statistics, and that parameters
of different administrations are on scales that nobody has linked."""
_NAMED = 10


def notices_of(code: str, items: Sequence[Item], statistics: Sequence[Statistic]) -> list[Problem]:
    """Notices, where there are such, of items whose statistics are of an earlier text, of lines that do not
    say of which text they are, of items that synthetic candidates alone have answered, and of parameters
    from several administrations."""
    source = f"{code}/{STATISTICS_FILE}"
    found = []
    if old := history(items, statistics):
        named = _some(old)
        many = tell("{n:,} items have changed since they were", n=len(old))
        message = tell(
            "{many} measured ({named}): those statistics are history; they count as uses, and in "
            "neither coverage nor assembly as evidence",
            many=tell("1 item has changed since it was") if len(old) == 1 else many,
            named=named,
        )
        found.append(Problem(source, HISTORY, message, severity="notice"))
    if unbound := sum(one.item_hash is None for one in statistics):
        message = tell(
            "{unbound:,} line(s) without item_hash count as measured on the present text", unbound=unbound
        )
        found.append(Problem(source, UNBOUND, message, severity="notice"))
    return [*found, *_stand_ins(source, items, statistics), *_scales(source, items, statistics)]


def _some(names: Sequence[str]) -> str:
    named = joined(names[:_NAMED])
    left = len(names) - _NAMED
    return tell("{names} and {n:,} more", names=named, n=left) if left > 0 else named


def _stand_ins(source: str, items: Sequence[Item], statistics: Sequence[Statistic]) -> Iterator[Problem]:
    if made_up := stand_ins(items, statistics):
        many = tell("1 item has") if len(made_up) == 1 else tell("{n:,} items have", n=len(made_up))
        message = tell(
            "{many} statistics of synthetic candidates alone ({made_up}): they stand in for a "
            "trial, until people have answered, and say nothing of the items",
            many=many,
            made_up=_some(made_up),
        )
        yield Problem(source, STAND_INS, message, severity="notice")


def _scales(source: str, items: Sequence[Item], statistics: Sequence[Statistic]) -> Iterator[Problem]:
    found = scales(items, statistics)
    if len(found) < 2:
        return
    parts = [tell_n("{name} ({n:,} item)", "{name} ({n:,} items)", n, name=name) for name, n in found.items()]
    message = tell(
        "a, b and c are on {n} scales, each that of the candidates of an administration: "
        "{parts}; nothing links them, so information, reliability and SEM hold as far as those "
        "candidates were alike in ability",
        n=len(found),
        parts=_some(parts),
    )
    yield Problem(source, SCALES, message, severity="notice")


def reviews_of(folder: Path) -> tuple[Sequence[statuses.Review], list[Problem]]:
    """The records of `reviews.yaml`, and its faults."""
    path = folder / statuses.REVIEWS_FILE
    data = read_input(path) if path.is_file() else b""
    return read_records(data, f"{folder.name}/{statuses.REVIEWS_FILE}", statuses.Review)


def with_evidence(
    shelves: Sequence[BankUnit], bank_folder: Path, exam: str = ""
) -> tuple[list[BankUnit], list[Problem]]:
    """The shelves with what is known of their items, and what of the records could not be read. The exams of
    the workspace that were printed or sat count as uses, but the one of the name `exam`."""
    packages, problems = packages_of(bank_folder.parent, exam)
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
        evidence = bank_statistics.evidence(shelf.items, statistics, days)
        evidence = with_packages(evidence, statistics, packages, [item.id for item in shelf.items])
        known.append(shelf.model_copy(update={"evidence": evidence}))
    return known, problems


P = ParamSpec("P")
R = TypeVar("R")


def changes_bank(command: Callable[Concatenate[Path, P], R]) -> Callable[Concatenate[Path, P], R]:
    """A command that reads a bank, its first argument, to change it: one at a time does."""

    @wraps(command)
    def alone(bank_folder: Path, /, *rest: P.args, **named: P.kwargs) -> R:
        with changing(bank_folder):
            return command(bank_folder, *rest, **named)

    return alone


def named_units(folder: Path, codes: Sequence[str]) -> list[str]:
    """The units that are named, or all; refused where one is not in the bank."""
    # a named unit costs that unit only: the others are not looked for
    unknown = [
        code
        for code in codes
        if not (Path(code).name == code and code not in (".", "..") and (folder / code).is_dir())
    ]
    known = unit_codes(folder) if unknown or not codes else []
    if unknown:
        problems = [
            Problem(
                str(folder),
                "unit-unknown",
                tell("{code} is not in the bank{suggestion}", code=code, suggestion=suggestion(code, known)),
            )
            for code in unknown
        ]
        raise Refused(tell("no such unit in the bank"), problems)
    return list(codes) or known


def load_bank(folder: Path, codes: Sequence[str]) -> tuple[list[BankUnit], list[Problem]]:
    """The named units, or all; units with errors are left out, their problems are not."""
    loaded = [load_unit(folder / code) for code in named_units(folder, codes)]
    return [unit for unit, _ in loaded if unit], [problem for _, faults in loaded for problem in faults]


def check_bank(folder: Path, codes: Sequence[str]) -> tuple[list[BankUnit], list[Problem]]:
    """Every fault of the named units, or of all."""
    if not has_units(folder):
        raise WrongUsage(
            tell(
                "{folder} holds no unit: import one ({command})",
                folder=folder,
                command=command("unit import", "FILE"),
            )
        )
    shelves, problems = load_bank(folder, codes)
    aside = [notice for code in codes or unit_codes(folder) for notice in set_aside(folder / code)]
    return shelves, [*problems, *across_units(shelves), *aside]
