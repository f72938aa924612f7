"""Finds the items that, according to experts' ratings, do not measure their criterion.

An item below the limit of item-objective congruence (IOC) may be approved only with a recorded reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from examgen.bank.reviews.ratings import (
    RATINGS_FILE,
    Congruence,
    JudgedItem,
    Rating,
    by_panel,
    congruence,
    current,
)
from examgen.bank.reviews.statuses import NEEDS_APPROVAL, approval, reviews_of
from examgen.bank.settings import review_settings
from examgen.bank.texts import records_in
from examgen.core.words import command, option, tell

if TYPE_CHECKING:
    from examgen.bank.checks import UnitDraft
    from examgen.core.models.item import Item
    from examgen.core.problems import Problem


def low_items(items: Iterable[Item], ratings: Iterable[Rating], least: float) -> dict[str, Congruence]:
    """Return the items whose current text has an IOC below `least`, each with its lowest index.

    For each level, the last round that rated the item counts.
    """
    present = {item.id: JudgedItem(item.sha256(), item.pc) for item in items}
    last: dict[tuple[str, int | None], Congruence] = {}
    for panel, rated in by_panel(current(ratings, present)).items():
        if panel.kind == "ioc":
            valued = [rating for rating in rated if rating.value is not None]
            last.update({(one.item, panel.level): one for one in congruence(valued, least)})
    found: dict[str, Congruence] = {}
    for (item, _), one in last.items():
        if one.is_low and (item not in found or one.ioc < found[item].ioc):
            found[item] = one
    return found


def said(one: Congruence) -> str:
    """Return the index of an item in words."""
    return tell(
        "experts rated it {ioc:+.2f} for {pc} (IOC of {n}), below {least:.2f}",
        ioc=one.ioc,
        pc=one.pc,
        n=one.n,
        least=one.least,
    )


def approved_items_are_congruent(shelf: UnitDraft) -> Iterator[Problem]:
    """Warn about items from `approved` to `operational` whose IOC is below the limit; only a notice if a
    reason is recorded.
    """
    from examgen.bank.reviews.editions import for_present_criteria  # this module is imported by it

    ratings, _ = records_in(shelf.folder, RATINGS_FILE, Rating)
    if not ratings:
        return
    low: Mapping[str, Congruence] = low_items(
        (one.item for one in shelf.found),
        for_present_criteria(ratings, shelf.folder),
        review_settings(shelf.folder.parent).least_ioc,
    )
    history, _ = reviews_of(shelf.folder)
    for found in shelf.found:
        item = found.item
        if item.id not in low or item.status not in NEEDS_APPROVAL:
            continue
        record = approval(item.id, history)
        reason = record.comment if record else None
        values = {"status": item.status, "low": said(low[item.id])}
        if reason:
            message = tell("is {status} although {low}; approved because {reason}", reason=reason, **values)
            yield found.problem("status", "congruence-low", message, severity="notice")
        else:
            message = tell(
                "is {status}, but {low}. Return it to draft ({command}) and reword it, or "
                "give the reason for approving it ({comment}).",
                **values,
                command=command("bank status", f"{shelf.code} {item.id} --to draft"),
                comment=option("comment", command="bank status"),
            )
            yield found.problem("status", "congruence-low", message, severity="warning")
