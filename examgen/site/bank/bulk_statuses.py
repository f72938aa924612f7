"""Changing the status of many items: the page that lists them and asks for confirmation, then the change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.html import format_html

from examgen.bank.editing import texts_of
from examgen.bank.opened import OpenUnit
from examgen.bank.reviews.statuses import Review
from examgen.core.models.field_types import STATUS_WORDS, Status
from examgen.core.models.item import Item
from examgen.core.problems import ExamgenError
from examgen.core.words import Message, joined, tell, tell_n
from examgen.site.access import allowed
from examgen.site.bank.authors import by_name, judged
from examgen.site.bank.findings import Finding, findings_shown
from examgen.site.bank.reasons import LONGEST
from examgen.site.bank.statuses import (
    OWN,
    DecidedAll,
    approvals,
    decide_all,
    is_return,
    status_of,
    why_not,
)
from examgen.site.bank.units import KEYS, SHOWN_WORDS, opened, sees_keys, shown_as, stamp_text
from examgen.site.bank.views import Chosen, asked_of, fitting, listed_items
from examgen.site.bank.writer_items import returned
from examgen.site.language import address, said, told
from examgen.site.requests import Request, say


class Row(NamedTuple):
    """An item whose status is about to change: the value of its check box, its findings, and the decision
    that returned it if that was the last."""

    item: Item
    value: str
    findings: list[Finding]
    back: Review | None


class Counted(NamedTuple):
    """The items of a change of status: those to look at first, because they have findings or were returned;
    the others; those that may not have the status, by reason; what an approval does; and the check box values
    of drafts, which must be sent for review before they can be approved."""

    noted: list[Row]
    plain: list[Row]
    left: dict[Message, list[str]]
    shares: Message | None
    unsent: list[str]

    @property
    def n(self) -> int:
        """The number of items that may have the status."""
        return len(self.noted) + len(self.plain)

    @property
    def n_findings(self) -> int:
        """The number of items with findings."""
        return sum(bool(one.findings) for one in self.noted)

    @property
    def n_back(self) -> int:
        """The number of items that were returned."""
        return sum(one.back is not None for one in self.noted)


@allowed("bank/<str:unit>/statuses/", "bank-statuses", write=KEYS, secret=True, post_only=True)
def statuses(request: Request, unit: str) -> HttpResponse:
    """Asks for confirmation before items chosen in a list, or all that match its search, change their status.
    Then changes those still chosen, and reports those left unchanged."""
    there = opened(unit)
    boxes, comment = request.POST.getlist("item"), request.POST.get("comment", "")[:LONGEST]
    given = Chosen(request.POST.get("to", ""), comment, frozenset(boxes), bool(request.POST.get("all")))
    search = QueryDict(request.POST.get("query", ""))
    if "back" in request.POST:
        return listed_items(request, unit, search, given._replace(is_all="of_all" in request.POST))
    chosen = dict(one.partition(" ")[::2] for one in boxes)
    try:
        to = status_of(request.user, unit, given.to)
    except ExamgenError as error:
        return listed_items(request, unit, search, given, told(error.message))
    if given.is_all and request.POST["all"] != stamp_text(unit):
        words = tell("The unit was changed after you opened the list. Check it again.")
        return listed_items(request, unit, search, given._replace(is_all=False), told(words))
    if given.is_all:
        fit = fitting(request.user, there, asked_of(search), sees_keys(request.user, unit))
        chosen = {one.id: judged(there, one) for one in fit}
    if not chosen:
        return listed_items(request, unit, search, given, told(tell("Choose items first.")))
    if "sure" not in request.POST:
        return _asked(request, there, to, chosen, given)
    try:
        done = decide_all(request.user, unit, chosen, request.POST)
    except ExamgenError as error:
        return _asked(request, there, to, chosen, given, error)
    _tell(request, unit, to, done)
    if then := request.POST.get("then") if done.moved else None:
        there = opened(unit)
        chosen = {name: judged(there, there.items[name]) for name in done.moved}
        return _asked(request, there, status_of(request.user, unit, then), chosen, given)
    query = search.urlencode()
    return redirect(f"{address('bank-unit', unit)}?{query}" if query else address("bank-unit", unit))


def _asked(
    request: Request,
    unit: OpenUnit,
    to: Status,
    chosen: Mapping[str, str],
    given: Chosen,
    refusal: ExamgenError | None = None,
) -> HttpResponse:
    """Returns the page that asks for confirmation."""
    counted = _counted(request.user, unit, to, chosen)
    back = any(is_return(one.item, to) for one in (*counted.noted, *counted.plain))
    context = {
        "unit": unit,
        "to": to,
        "title": _title(to, counted.n),
        "of_all": given.is_all or "of_all" in request.POST,
        "then": request.POST.get("then", "") if to != request.POST.get("then") else "",
        "does": tell("Give those ticked the status “{status}”", status=STATUS_WORDS[to]),
        "counted": counted,
        "is_return": back,
        "is_reason_needed": back or to == "retired",
        "given": given,
        "query": request.POST.get("query", ""),
        "refusal": refusal,
        "status_words": SHOWN_WORDS,
        "shown_as": shown_as,
    }
    return render(request, "bank/many.html", context, status=422 if refusal else 200)


def _counted(user: Any, unit: OpenUnit, to: Status, chosen: Mapping[str, str]) -> Counted:
    there = {name: unit.items[name] for name in chosen if name in unit.items}
    left = {name: why for name, item in there.items() if (why := why_not(unit, item, to)) is not None}
    shares = None
    if to == "approved":
        given = approvals(user, unit, [name for name in there if name not in left])
        left |= dict.fromkeys(given.own, OWN) | dict.fromkeys(given.again, _AGAIN)
        shares = shares_of(len(given.at_once), len(given.first), len(given.again))
    unsent = [f"{name} {chosen[name]}" for name in left if to == "approved" and there[name].status == "draft"]
    came_back, counted = returned(unit), Counted([], [], {}, shares, unsent)
    for name, item in there.items():
        if name in left:
            counted.left.setdefault(left[name], []).append(name)
            continue
        found = findings_shown(unit.findings.get(name, ()), texts_of(item), unit.unit)
        back = came_back.get(name)
        if back:
            back = back.model_copy(update={"by": by_name(back.by)})
        row = Row(item, f"{name} {chosen[name]}", found, back)
        (counted.noted if found or back else counted.plain).append(row)
    return counted


def _title(to: Status, n: int) -> Message:
    """Returns the title of the page, without the number of items because boxes can be unticked."""
    if not n:
        return tell("The chosen items cannot have the status “{status}” now", status=STATUS_WORDS[to])
    return tell("Give the chosen items the status “{status}”", status=STATUS_WORDS[to])


_AGAIN = tell("you have already approved it; a second reviewer must approve it")


def shares_of(n_at_once: int, n_first: int, n_again: int) -> Message:
    """Returns a sentence with the number of items approved, approved as the first of two, and already
    approved by the user."""
    said = [tell("approved: {n}", n=n_at_once)] if n_at_once else []
    said += [tell("as the first of two reviewers: {n}", n=n_first)] if n_first else []
    said += [tell("approved by you before: {n}", n=n_again)] if n_again else []
    return joined(said, between=" · ")


_MOST_TOLD = 20


def named_with_reasons(left: Iterable[tuple[str, Message]]) -> Message:
    """Returns the names of unchanged items, grouped by reason. Long groups are shortened."""
    by: dict[Message, list[str]] = {}
    for name, why in left:
        by.setdefault(why, []).append(name)
    told_of = []
    for why, names in by.items():
        first = ", ".join(names[:_MOST_TOLD]) + (" …" if len(names) > _MOST_TOLD else "")
        told_of.append(tell("{items} ({reason})", items=first, reason=why))
    return joined(told_of)


def _tell(request: Request, unit: str, to: Status, done: DecidedAll) -> None:
    """Adds a message on what was done with the items to the next page, with a link to those that the user
    decided on."""
    shares = len(done.moved), len(done.waiting), len(done.again)
    if any(shares):
        words = tell_n(
            "{n} item now has the status “{status}”",
            "{n} items now have the status “{status}”",
            len(done.moved),
            status=STATUS_WORDS[to],
        )
        words = shares_of(*shares) if to == "approved" else words
        way = f"{address('bank-unit', unit)}?{urlencode({'decided': request.user.username})}"
        link = said(tell("The items that you decided on"))
        messages.success(request, format_html('{} <a href="{}">{}</a>', said(words), way, link))
    if done.left:
        words = tell_n(
            "{n} item was not changed: {items}",
            "{n} items were not changed: {items}",
            len(done.left),
            items=named_with_reasons((name, why.message) for name, why in done.left.items()),
        )
        say(request, words, "warning")
