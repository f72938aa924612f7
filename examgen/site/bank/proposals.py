"""What psychometricians propose of an item by its figures: that it be revised, retired, or not counted.

The record is where a proposal stands, as a first approval does. It waits for who decides on the item: the
reviewers of its unit, and of what is to be mended its writer; of an item that is not to count, the graders of
that exam. It waits no longer once the item was changed or decided on, or once one of them has answered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from examgen.core.words import tell
from examgen.site.access import may
from examgen.site.accounts.models import User
from examgen.site.accounts.roles import Role, holders
from examgen.site.audit.models import Entry
from examgen.site.bank.authors import DECIDED, WRITTEN
from examgen.site.workspace import units_of_exam

PROPOSED, ANSWERED = "item.propose", "item.answer"
REVISE, RETIRE, UNCOUNTED = "revise", "retire", "uncounted"
KINDS = {
    REVISE: tell("revise the item"),
    RETIRE: tell("retire the item"),
    UNCOUNTED: tell("do not count the item in an exam"),
}
"""What may be proposed."""
OPEN = "proposed"
"""In place of a status: somebody proposes that the item be revised or retired."""
_ENDS = {REVISE: (*WRITTEN, DECIDED), RETIRE: (DECIDED,), UNCOUNTED: ()}
"""The acts on an item by which such a proposal is settled."""


class ItemProposal(NamedTuple):
    """A proposal on an item, by its number in the record; `exam` is where it was found, `answer` what was
    answered and by whom, None while it waits."""

    number: int
    unit: str
    item: str
    to: str
    exam: str
    reason: str
    by: str
    at: datetime
    answer: str | None = None
    answered_by: str = ""

    @property
    def words(self) -> Any:
        """What is proposed."""
        return KINDS.get(self.to, self.to)


def proposals_on(unit: str, item: str) -> list[ItemProposal]:
    """All proposals on an item, the newest first, those that were settled by a change too."""
    return _read(Entry.objects.filter(what=PROPOSED, about=f"{unit}/{item}").order_by("-number"))


def open_proposals(unit: str = "") -> list[ItemProposal]:
    """The proposals that wait for somebody, in one unit or in all, the oldest first."""
    entries = Entry.objects.filter(what=PROPOSED)
    if unit:
        entries = entries.filter(about__startswith=f"{unit}/")
    waiting = [one for one in _read(entries.order_by("number")) if one.answer is None]
    return [one for one in waiting if not _is_settled(one)]


def _is_settled(one: ItemProposal) -> bool:
    ends = _ENDS.get(one.to, ())
    about = f"{one.unit}/{one.item}"
    return bool(ends) and Entry.objects.filter(about=about, what__in=ends, number__gt=one.number).exists()


def waits(one: ItemProposal) -> bool:
    """Whether a proposal still waits for somebody."""
    return one.answer is None and not _is_settled(one)


def _read(entries: Iterable[Entry]) -> list[ItemProposal]:
    found = [*entries]
    about = {one.about for one in found}
    answers = {
        one.detail.get("proposal"): one for one in Entry.objects.filter(what=ANSWERED, about__in=about)
    }
    who = {one.who for one in (*found, *answers.values())}
    names = {one.username: str(one) for one in User.objects.filter(username__in=who)}
    made = []
    for one in found:
        unit, _, item = one.about.partition("/")
        answer = answers.get(one.number)
        made.append(
            ItemProposal(
                one.number,
                unit,
                item,
                one.detail.get("to", ""),
                one.detail.get("exam", ""),
                one.detail.get("reason", ""),
                names.get(one.who, one.who),
                one.at,
                None if answer is None else answer.detail.get("reason", ""),
                "" if answer is None else names.get(answer.who, answer.who),
            )
        )
    return made


def may_answer(user: Any, one: ItemProposal) -> bool:
    """Whether a proposal is for somebody to answer."""
    if one.to == UNCOUNTED:
        return may(user, {Role.GRADER}, units_of_exam(one.exam))
    return may(user, {Role.REVIEWER}, {one.unit})


def of_bank(found: Collection[ItemProposal]) -> dict[str, list[ItemProposal]]:
    """By item, those that ask for a change of the bank."""
    by: dict[str, list[ItemProposal]] = {}
    for one in found:
        if one.to != UNCOUNTED:
            by.setdefault(one.item, []).append(one)
    return by


def people_of(unit: str, *roles: Role) -> list[str]:
    """The names of those who hold a role for a unit."""
    return [*dict.fromkeys(str(one) for role in roles for one in holders(role, unit))]
