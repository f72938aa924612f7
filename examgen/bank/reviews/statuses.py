"""Decides whether an item may change its status, and makes the record of the change.

Statuses change one step at a time: draft → review → approved → pilot → operational → retired. From any status
an item may return to draft or be retired. The record of an approval has a hash of the approved text, and one
of everything else that candidates see and the item claims; if either changes, the approval is void.

That second hash covers the stimulus and its text, the pictures (their bytes), the words of the criteria, the
levels, and the anchored options. Criteria are bound by their words, as ratings are: the same words under
another code of a new edition change nothing.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Protocol

from pydantic import ConfigDict, Field

from examgen.bank.texts import records_in
from examgen.core.files import sha256_of
from examgen.core.models.field_types import STATUSES, Model, Status, Text
from examgen.core.models.item import Instrument, Item, Stimulus
from examgen.core.models.standard import Unit
from examgen.core.pictures import find
from examgen.core.problems import Problem, Refused
from examgen.core.text.markdown import images
from examgen.core.words import Message, command, tell

if TYPE_CHECKING:
    from examgen.bank.checks import UnitDraft

REVIEWS_FILE = "reviews.yaml"
NEEDS_APPROVAL: tuple[Status, ...] = ("approved", "pilot", "operational")

Verdict = Literal["accept", "revise", "retire"]
Approval = Literal["stands", "changed", "unrecorded"]
"""Whether an approval counts: it stands, the item has changed since, or there is no record of it."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Reviewed(Protocol):
    """What is reviewed and approved: an item, or an instrument as a whole."""

    @property
    def id(self) -> str:
        """Its id, which is never reused."""

    @property
    def status(self) -> Status:
        """Its present status."""

    def sha256(self) -> str:
        """Return the hash of the text that is judged."""


Claims = Callable[[Reviewed], str]
"""A function that returns, for an item or instrument, a hash of what its approval depends on besides its
text.
"""

_MOST_NAMED = 12


class Review(Model):
    """The record of one change of an item's status: the two statuses, by whom, when and why.

    `hash` is that of the judged text, `claims` that of what else an approval depends on.
    """

    model_config = ConfigDict(populate_by_name=True)

    item: Text
    hash: Sha256
    claims: Sha256 | None = None
    edition: Sha256
    before: Annotated[Status, Field(alias="from")]
    after: Annotated[Status, Field(alias="to")]
    verdict: Verdict
    by: Text
    date: datetime.date
    comment: Text | None = None


def move(
    item: Reviewed,
    to: Status,
    edition: str,
    by: str,
    date: datetime.date,
    comment: str | None = None,
    claims: str | None = None,
) -> Review:
    """Return the record of a change of status."""
    verdict: Verdict = "revise" if to == "draft" else "retire" if to == "retired" else "accept"
    return Review(
        item=item.id,
        hash=item.sha256(),
        claims=claims,
        edition=edition,
        before=item.status,
        after=to,
        verdict=verdict,
        by=by,
        date=date,
        comment=comment,
    )


def refusal(item: Reviewed, to: Status, history: Sequence[Review], claims: Claims) -> Message | None:
    """Return the reason why the item may not have that status now; None if it may."""
    if item.status == to:
        return tell("is already {to}", to=to)
    if to in ("draft", "retired"):
        return None
    if item.status == "retired":
        return tell("is retired and can only become draft, not {to}", to=to)
    step = STATUSES[STATUSES.index(item.status) + 1]
    if to != step:
        return tell(
            "cannot go from {status} to {to}. It can become {step}, draft or retired.",
            status=item.status,
            to=to,
            step=step,
        )
    if item.status in NEEDS_APPROVAL and approval_state(item, history, claims) != "stands":
        return tell("cannot become {to} because {why}. Return it to draft.", to=to, why=_why(item, history))
    return None


def approval(item_id: str, history: Sequence[Review]) -> Review | None:
    """Return the last approval of an item, unless it was withdrawn since."""
    found = None
    for record in history:
        if record.item == item_id and record.after == "approved":
            found = record
        elif record.item == item_id and record.after in ("draft", "review"):
            found = None
    return found


def approval_state(item: Reviewed, history: Sequence[Review], claims: Claims) -> Approval:
    """Return whether the present state of the item is what was approved."""
    found = approval(item.id, history)
    if found is None:
        return "unrecorded"
    if found.hash != item.sha256():
        return "changed"
    return "stands" if found.claims == claims(item) else "changed"


def approval_states(
    items: Iterable[Reviewed], history: Sequence[Review], claims: Claims
) -> Iterator[tuple[str, Approval]]:
    """Yield, for each item from approved to operational, whether its approval counts."""
    of_items = by_item(history)
    for item in items:
        if item.status in NEEDS_APPROVAL:
            yield item.id, approval_state(item, of_items.get(item.id, []), claims)


def _why(item: Reviewed, history: Sequence[Review]) -> str:
    found = approval(item.id, history)
    if found is None:
        return tell("{reviews_file} contains no approval of it", reviews_file=REVIEWS_FILE)
    if found.hash == item.sha256():
        return tell(
            "its stimulus, pictures, criteria, levels or anchored options were changed after {by} approved "
            "it on {date}",
            by=found.by,
            date=found.date,
        )
    return tell("its text was changed after {by} approved it on {date}", by=found.by, date=found.date)


def approvals_stand(shelf: UnitDraft) -> Iterator[Problem]:
    """Warn about items from approved to operational whose present state has no recorded approval."""
    history, problems = reviews_of(shelf.folder)
    yield from problems
    if problems:
        return
    claims = claims_of(shelf.folder, shelf.unit, shelf.stimuli)
    told: list[tuple[Reviewed, Callable[..., Problem]]] = [
        (one.item, partial(one.problem, "status")) for one in shelf.found
    ]
    told += [(one.instrument, partial(one.problem, ["status"])) for one in shelf.instruments]
    states = dict(approval_states([one for one, _ in told], history, claims))
    of_items = by_item(history)
    for item, problem in told:
        if states.get(item.id, "stands") != "stands":
            message = tell(
                "is {status}, but {why}, so the approval is void. Return it to draft "
                "({command}), then review it again.",
                status=item.status,
                why=_why(item, of_items.get(item.id, [])),
                command=command("bank status", f"{shelf.code} {item.id} --to draft --by NAME"),
            )
            yield problem("approval-void", message, severity="warning")


def by_item(history: Sequence[Review]) -> dict[str, list[Review]]:
    """Return the records of each item that has any, in order."""
    found: dict[str, list[Review]] = {}
    for record in history:
        found.setdefault(record.item, []).append(record)
    return found


def claims_of(folder: Path, unit: Unit, stimuli: Iterable[Stimulus]) -> Claims:
    """Return the function that computes `claims` for the items of a unit from the files as they are now."""
    texts = {one.id: one.text for one in stimuli}
    words = {one.code: one.text for one in unit.criteria}

    @cache
    def picture(name: str) -> str | None:
        try:
            path = find(name, [folder / "media"])
        except Refused:
            return None
        return sha256_of(path) if path is not None else None

    def claims(item: Reviewed) -> str:
        if isinstance(item, Instrument):
            # what it says is all in its text, but for the words of the criteria
            codes = dict.fromkeys(code for task in item.tasks for code in task.pcs)
            of_criteria = {"criteria": [words.get(code, code) for code in codes]}
            return hashlib.sha256(json.dumps(of_criteria, ensure_ascii=False).encode()).hexdigest()
        if not isinstance(item, Item):
            raise TypeError("neither an item nor an instrument")
        stimulus = texts.get(item.shared_stimulus) if item.shared_stimulus is not None else None
        seen = [(item.stem, "stem"), *((text, "options") for text in item.options.values())]
        shown = {image.name for text, field in seen for image in images(text, field)}
        shown |= {image.name for image in images(stimulus or "", "stimulus")}
        said = {
            "stimulus": [item.shared_stimulus, stimulus],
            "pictures": {name: picture(name) for name in sorted(shown)},
            "criteria": [words.get(code, code) for code in item.pcs],
            "levels": sorted(item.levels),
            "anchored": sorted(item.anchored),
        }
        return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()

    return claims


def reviews_of(folder: Path) -> tuple[Sequence[Review], list[Problem]]:
    """Return the records of `reviews.yaml`, and its faults."""
    return records_in(folder, REVIEWS_FILE, Review)
