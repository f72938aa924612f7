"""Commands that change the status of items by the rules and on record, and show their history."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from examgen.bank import rewriting
from examgen.bank.finding import expanded
from examgen.bank.instruments import with_status
from examgen.bank.loading import ITEM_FOLDER
from examgen.bank.reviews import congruent
from examgen.bank.reviews.editions import for_present_criteria
from examgen.bank.reviews.ratings import RATINGS_FILE, Congruence, Rating
from examgen.bank.reviews.statuses import (
    NEEDS_APPROVAL,
    REVIEWS_FILE,
    Approval,
    Claims,
    Review,
    Reviewed,
    approval_state,
    by_item,
    claims_of,
    move,
    refusal,
)
from examgen.bank.settings import review_settings
from examgen.bank.texts import records_of, with_records
from examgen.bank.whole_bank import changes_bank, encoded, item_files, usable_unit
from examgen.core.files import read_input, sha256, write_files
from examgen.core.models.field_types import STATUSES, Status
from examgen.core.models.item import BankUnit, Item
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.words import option, tell, tell_n
from examgen.core.yamlfile import suggestion


class History(NamedTuple):
    """The history of an item: its present status (None if it is no longer in the bank), and whether its
    approval counts (None if its status needs none).
    """

    item: str
    status: Status | None
    hash: str | None
    approval: Approval | None
    records: tuple[Review, ...]


def approvals_of(bank_folder: Path, code: str) -> dict[str, dict[str, datetime.date]]:
    """Return, by item, the hashes of the texts that were ever approved, each with the day of its last
    approval."""
    found: dict[str, dict[str, datetime.date]] = {}
    for one in records_of(bank_folder / code, REVIEWS_FILE, Review):
        if one.after == "approved":
            found.setdefault(one.item, {})[one.hash] = one.date
    return found


@changes_bank
def move_items(
    bank_folder: Path,
    code: str,
    items: Sequence[str],
    to: Status,
    by: str,
    date: datetime.date,
    comment: str | None = None,
) -> tuple[Review, ...]:
    """Give the items a status and record it: all of them, or none if any may not have it.

    A pattern, `all` or the unit's code selects the unit's items that are neither retired nor already at that
    status; for review, its drafts.
    """
    if not by.strip():
        raise WrongUsage.because(
            "{by} is empty. Give the person who decides.", by=option("by", command="bank status")
        )
    shelf, folder = usable_unit(bank_folder, code), bank_folder / code
    history = by_item(records_of(folder, REVIEWS_FILE, Review))
    instruments = {one.id: one for one in shelf.instruments}
    named = [name for name in dict.fromkeys(items) if name in instruments]
    names = ["all" if name == code else name for name in items if name not in instruments]
    others = [item for item in shelf.items if item.status not in (to, "retired")]
    names = expanded(names, [item.id for item in others if to != "review" or item.status == "draft"])
    chosen: list[Reviewed] = [*items_named(shelf, names)]
    own = [*chosen]
    chosen += [instruments[name] for name in named]
    claims = claims_of(folder, shelf.unit, shelf.stimuli)
    faults = [
        Problem(code, "status-refused", reason, item.id, "status")
        for item in chosen
        if (reason := refusal(item, to, history.get(item.id, ()), claims))
    ]
    if faults:
        raise Refused(
            tell_n(
                "{n} item cannot become {to}; nothing was written",
                "{n} items cannot become {to}; nothing was written",
                len(faults),
                to=to,
            ),
            faults,
        )
    said = comment.strip() if comment else None
    if not said:
        _refuse_low(code, to, [one for one in own if isinstance(one, Item)], folder)
    edition = edition_of(folder)
    moves = tuple(
        move(item, to, edition, by.strip(), date, said or None, claims(item) if to == "approved" else None)
        for item in chosen
    )
    # The items' files and the record.
    of_items = {one.item: {"status": one.after} for one in moves if one.item not in instruments}
    changed = rewriting.rewrite(item_files(folder), of_items, []) if of_items else {}
    files = {folder / ITEM_FOLDER / name: encoded(text, folder, name) for name, text in changed.items()}
    files |= with_status(folder, {one.item: one.after for one in moves if one.item in instruments})
    files[folder / REVIEWS_FILE] = with_records(folder, REVIEWS_FILE, moves)
    write_files(files, shared=True, within=folder.parent)
    return moves


def open_moves(bank_folder: Path, code: str, item: Item, claims: Claims) -> list[Status]:
    """Return the statuses that an item may be given now."""
    history = records_of(bank_folder / code, REVIEWS_FILE, Review)
    return [to for to in STATUSES if refusal(item, to, history, claims) is None]


def decisions_on(bank_folder: Path, code: str, item: str) -> list[Review]:
    """Return the decisions on an item, oldest first."""
    records = records_of(bank_folder / code, REVIEWS_FILE, Review)
    return [one for one in records if one.item == item]


def ratings_of(folder: Path) -> tuple[Rating, ...]:
    """Return the recorded ratings, each with the present code of the criterion's words that were rated."""
    return for_present_criteria(records_of(folder, RATINGS_FILE, Rating), folder)


def rated_low(bank_folder: Path, code: str, items: Sequence[Item]) -> dict[str, Congruence]:
    """Return the items that experts rated below the limit, which may be approved only with a reason."""
    ratings = ratings_of(bank_folder / code)
    return congruent.low_items(items, ratings, review_settings(bank_folder).least_ioc)


def _refuse_low(code: str, to: Status, items: Sequence[Item], folder: Path) -> None:
    """Raise Refused if items to be approved without a reason were rated below the limit."""
    if to != "approved":
        return
    low = rated_low(folder.parent, code, items)
    faults = [
        Problem(
            code,
            "congruence-low",
            tell(
                "{congruent}. Reword it and have it rated again, or give the reason for "
                "approving it ({comment}).",
                congruent=congruent.said(one),
                comment=option("comment", command="bank status"),
            ),
            item,
            "status",
        )
        for item, one in low.items()
    ]
    if faults:
        raise Refused(
            tell_n(
                "{n} item cannot become {to} without a reason; nothing was written",
                "{n} items cannot become {to} without a reason; nothing was written",
                len(faults),
                to=to,
            ),
            faults,
        )


def review_history(bank_folder: Path, code: str, item: str | None) -> tuple[History, ...]:
    """Return the history of each item that has records or whose status needs approval, or of the named
    item.
    """
    shelf, folder = usable_unit(bank_folder, code), bank_folder / code
    records = records_of(folder, REVIEWS_FILE, Review)
    every: list[Reviewed] = [*shelf.items, *shelf.instruments]
    known = {one.id: one for one in every}
    named = dict.fromkeys([*known, *(record.item for record in records)])
    if item is not None and item not in named:
        raise _unknown(code, [item], list(named))
    of_items, claims = by_item(records), claims_of(folder, shelf.unit, shelf.stimuli)
    found = (
        _history(name, known.get(name), of_items.get(name, ()), claims)
        for name in sorted(named)
        if item in (None, name)
    )
    return tuple(one for one in found if item is not None or one.records or one.approval)


def _history(name: str, item: Reviewed | None, records: Iterable[Review], claims: Claims) -> History:
    own = tuple(records)
    if item is None:
        return History(name, None, None, None, own)
    state = approval_state(item, own, claims) if item.status in NEEDS_APPROVAL else None
    return History(name, item.status, item.sha256(), state, own)


# ── what the commands on ratings need too ────────────────────────────────────────────────────


def items_named(shelf: BankUnit, names: Sequence[str]) -> list[Item]:
    """Return the items that match these names or patterns, each once. Raises Refused with every unknown
    name.
    """
    known = {item.id: item for item in shelf.items}
    names = expanded(names, list(known))
    unknown = [name for name in names if name not in known]
    if unknown:
        raise _unknown(str(shelf.unit.code), unknown, list(known))
    return [known[name] for name in names]


def _unknown(code: str, names: Sequence[str], known: Sequence[str]) -> Refused:
    problems = [
        Problem(
            code,
            "item-unknown",
            tell(
                "{name} is not an item of {code}{suggestion}",
                name=name,
                code=code,
                suggestion=suggestion(name, known),
            ),
        )
        for name in names
    ]
    return Refused.because("no such item", problems)


def edition_of(folder: Path) -> str:
    """Return the present edition of a unit: the hash of its `unit.yaml`."""
    return sha256(read_input(folder / "unit.yaml"))
