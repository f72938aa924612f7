"""Pages of the bank: the units, the items of a unit that match a search, the status of many of them,
and the coverage of a unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from pathlib import PurePath
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.html import format_html

from examgen.bank.editing import texts_of
from examgen.bank.opened import OpenUnit
from examgen.bank.pictures import add_picture, name_for, picture_of
from examgen.bank.rules.item_words import plain
from examgen.core.files import read_input
from examgen.core.models.field_types import COGNITIVE, STATUS_WORDS, STATUSES, Status
from examgen.core.models.item import Item
from examgen.core.problems import ExamgenError
from examgen.core.text.markdown import images, in_rows, without_tables
from examgen.core.words import Message, joined, tell, tell_n
from examgen.papers.item_pages import Sought
from examgen.reports.coverage_report.bank_coverage import UnitCoverage, bank_coverage
from examgen.site.access import allowed, may
from examgen.site.accounts.models import Role, User, people_of
from examgen.site.bank.authors import (
    RETURNED,
    WAITING,
    by_name,
    first_approvals,
    judged,
    returned,
    written_here,
)
from examgen.site.bank.fields import findings_shown
from examgen.site.bank.history import Past, decided_by, who_decided
from examgen.site.bank.reviewing import (
    LONGEST,
    OF_WRITERS,
    OWN,
    DecidedAll,
    approvals,
    decide_all,
    is_return,
    status_of,
    waiting_items,
    why_not,
)
from examgen.site.bank.units import (
    KEYS,
    READ,
    SEE,
    SHOWN,
    SHOWN_WORDS,
    bank_stamp,
    opened,
    rights,
    sees_keys,
    shown_as,
    stamp_text,
    units_seen,
)
from examgen.site.language import address, said, told
from examgen.site.requests import Request, say, wants_part
from examgen.site.workspace import bank
from examgen.site.writing import Writing, writing

ON_A_PAGE = 20
_LONGEST_QUERY = 200


class Asked(NamedTuple):
    """The fields of the search for items; empty fields do not limit it."""

    words: str = ""
    pc: str = ""
    level: str = ""
    status: str = ""
    cognitive: str = ""
    writer: str = ""
    decided: str = ""

    def sought(self) -> Sought:
        """Returns the search as `bank list` takes it."""
        return Sought(
            pc=self.pc or None,
            level=int(self.level) if self.level.isdecimal() and len(self.level) < 3 else None,
            categories=(self.cognitive,) if self.cognitive else (),
            statuses=(self.status,) if self.status in STATUSES else (),
            words=self.words,
        )


def asked_of(query: QueryDict) -> Asked:
    """Returns the search in the query string of a URL."""
    return Asked(*(query.get(name, "")[:_LONGEST_QUERY].strip() for name in Asked._fields))


@allowed("bank/", "bank", read=SEE)
def units(request: Request) -> HttpResponse:
    """Shows the units that the user may see, with their numbers of items."""
    rows = [
        {
            "code": code,
            "unit": unit.unit if unit else None,
            "n": len(unit.items) if unit else 0,
            "statuses": _counts(unit) if unit else [],
            "writes": unit is not None and may(request.user, {Role.WRITER}, {code}),
            "is_sound": bool(unit and unit.is_sound),
        }
        for code, unit in units_seen(request.user, READ)
    ]
    return render(request, "bank/units.html", {"rows": rows, "status_words": SHOWN_WORDS})


def _counts(unit: OpenUnit) -> list[tuple[str, int]]:
    counted = Counter(shown_as(unit, item) for item in unit.items.values())
    return [(status, counted[status]) for status in SHOWN if counted[status]]


class Chosen(NamedTuple):
    """What was chosen in a list: a status, a reason, and the items by their check box values, or all that
    match."""

    to: str = ""
    comment: str = ""
    items: Collection[str] = ()
    is_all: bool = False


@allowed("bank/<str:unit>/", "bank-unit", read=SEE)
def items(request: Request, unit: str) -> HttpResponse:
    """Shows a page of the items of a unit that match the search; only the list if htmx requests it."""
    return listed_items(request, unit, request.GET)


def listed_items(
    request: Request, unit: str, search: QueryDict, chosen: Chosen | None = None, refusal: str = ""
) -> HttpResponse:
    """Returns the page. `refusal` is why nothing could be done with what was `chosen`, which remains
    selected."""
    there, with_keys = opened(unit), sees_keys(request.user, unit)
    asked = asked_of(search)
    found = fitting(request.user, there, asked, with_keys)
    page = Paginator(found, ON_A_PAGE).get_page(search.get("page"))
    query = search.copy()
    query.pop("page", None)
    context: dict[str, Any] = {
        **rights(request.user, there),
        "page": page,
        "asked": asked,
        "query": query.urlencode(),
        "n": len(found),
        "stem_shown": stem_shown,
        "readers": None if with_keys else people_of(unit, *KEYS),
        "may_decide": False,
        "chosen": chosen or Chosen("approved" if asked.status == WAITING else ""),
        "refusal": refusal,
        "seconds": {},
        "last": {},
    }
    if with_keys and there.is_sound:
        in_review = [one.id for one in page.object_list if one.status == "review"]
        context |= {
            "may_decide": may(request.user, KEYS, {unit}),
            "judged": {one.id: judged(there, one) for one in page.object_list},
            "stamp": stamp_text(unit),
            "to": STATUSES if may(request.user, {Role.REVIEWER}, {unit}) else OF_WRITERS,
            "seconds": first_approvals(there, in_review),
        }
    if with_keys and asked.decided:
        context["last"] = decided_by(asked.decided, unit)
    elif with_keys and asked.status == RETURNED:
        back = returned(there)
        context["last"] = {
            name: Past(one.date, by_name(one.by), one.before, one.after, one.comment or "")
            for name, one in back.items()
        }
    status = 422 if refusal else 200
    if wants_part(request):
        return render(request, "bank/found.html", context, status=status)
    per_pc = Counter(pc for item in there.items.values() for pc in item.pcs)
    context |= {
        "per_pc": per_pc,
        "statuses": SHOWN,
        "cognitive": COGNITIVE,
        "writers": _people(request.user, written_here(unit)) if with_keys else [],
        "deciders": _people(request.user, who_decided(unit)) if with_keys else [],
    }
    return render(request, "bank/items.html", context, status=status)


def stem_shown(stem: str) -> str:
    """Returns a stem for a list: its text, with placeholders for tables and pictures."""
    without = without_tables(stem)
    held = [tell("[table]")] if without != stem and in_rows(stem) != stem else []
    held += [tell("[picture]")] * bool(images(stem, "stem"))
    return " ".join(filter(None, (plain(without), *map(told, held))))


def _people(user: Any, usernames: Collection[str]) -> list[tuple[str, str]]:
    """Returns people as pairs of user name and name, with the user first."""
    names = {one.username: str(one) for one in User.objects.filter(username__in=usernames)}
    found = [(who, names.get(who, who)) for who in usernames]
    return sorted(found, key=lambda one: (one[0] != user.username, one[1]))


def fitting(user: Any, unit: OpenUnit, asked: Asked, with_keys: bool) -> list[Item]:
    """Returns the items that match every field of the search. Those that a user decided on are sorted by
    decision, newest first."""
    found = unit.found(asked.sought(), with_keys)
    if asked.status == RETURNED:
        back = returned(unit)
        found = [one for one in found if one.id in back]
    elif asked.status == WAITING:
        waiting = {*waiting_items(user, unit)}
        found = [one for one in found if one.id in waiting]
    elif asked.status:
        found = [one for one in found if shown_as(unit, one) == asked.status]
    if with_keys and asked.writer:
        wrote = written_here(unit.code).get(asked.writer, {})
        found = [one for one in found if one.id in wrote]
    if with_keys and asked.decided:
        there = {one.id: one for one in found}
        found = [there[name] for name in decided_by(asked.decided, unit.code) if name in there]
    return found


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
    """Returns the page that asks for confirmation: the items to look at first, because they have findings or
    were returned; the others; those that may not have the status, by reason; and the drafts that must be sent
    for review before they can be approved."""
    there = {name: unit.items[name] for name in chosen if name in unit.items}
    left = {name: why for name, item in there.items() if (why := why_not(unit, item, to)) is not None}
    shares = None
    if to == "approved":
        own = approvals(request.user, unit, [name for name in there if name not in left])
        left |= dict.fromkeys(own.own, OWN) | dict.fromkeys(own.again, _AGAIN)
        shares = shares_of(len(own.at_once), len(own.first), len(own.again))
    came_back, rows = returned(unit), []
    for name, item in there.items():
        if name not in left:
            found = findings_shown(unit.findings.get(name, ()), texts_of(item), unit.unit)
            back = came_back.get(name)
            by = by_name(back.by) if back else ""
            rows.append(
                {"item": item, "value": f"{name} {chosen[name]}", "findings": found, "back": back, "by": by}
            )
    noted = [row for row in rows if row["findings"] or row["back"]]
    is_returned = any(is_return(there[name], to) for name in there if name not in left)
    context = {
        "unit": unit,
        "to": to,
        "title": _title(to, len(rows)),
        "of_all": given.is_all or "of_all" in request.POST,
        "then": request.POST.get("then", "") if to != request.POST.get("then") else "",
        "does": tell("Give those ticked the status “{status}”", status=STATUS_WORDS[to]),
        "n": len(rows),
        "noted": noted,
        "plain": [row for row in rows if row not in noted],
        "left": grouped(left.items()),
        "shares": shares,
        "unsent": [
            f"{name} {chosen[name]}" for name in left if (there[name].status, to) == ("draft", "approved")
        ],
        "is_return": is_returned,
        "is_reason_needed": is_returned or to == "retired",
        "given": given,
        "query": request.POST.get("query", ""),
        "refusal": refusal,
        "status_words": SHOWN_WORDS,
        "shown_as": shown_as,
    }
    return render(request, "bank/many.html", context, status=422 if refusal else 200)


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


def grouped(left: Iterable[tuple[str, Message]]) -> dict[Message, list[str]]:
    """Returns the names of unchanged items by reason."""
    by: dict[Message, list[str]] = {}
    for name, why in left:
        by.setdefault(why, []).append(name)
    return by


def named_with_reasons(left: Iterable[tuple[str, Message]]) -> Message:
    """Returns the names of unchanged items, grouped by reason. Long groups are shortened."""
    told_of = []
    for why, names in grouped(left).items():
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


PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_LONGEST_NAME = 200
COUNTED: tuple[Status, ...] = tuple(status for status in STATUSES if status != "retired")
_FEWEST = 5
"""The number of criteria with the fewest items that are named if none lacks any."""
_covered: dict[str, tuple[Any, UnitCoverage]] = {}


@allowed("bank/<str:unit>/coverage/", "bank-coverage", read=SEE)
def coverage(request: Request, unit: str) -> HttpResponse:
    """Shows the number of items by criterion and level, and what is missing."""
    there = opened(unit)
    stamp = bank_stamp()
    known = _covered.get(unit)
    if known is None or known[0] != stamp:
        known = _covered[unit] = (
            stamp,
            bank_coverage(bank(), there.code, None, COUNTED, there.bank_unit if there.is_sound else None),
        )
    found = known[1]
    counts = {(row.pc, row.level): row for row in found.rows}
    mixes = _mixes(there, found)
    tested = [row for row in found.rows if row.level not in found.untested]
    shown = [name for name in SHOWN if any(name in one for one in mixes.values())]
    context = {
        **rights(request.user, there),
        "found": found,
        "counts": counts,
        "holdings": {row.pc: row for row in found.holdings},
        "mixes": mixes,
        "has_levels": any(found.levels),
        "lacking": [row for row in tested if row.items == 0],
        "fewest": sorted(tested, key=lambda row: row.items)[:_FEWEST],
        "cognitive": COGNITIVE,
        "statuses": shown,
        "stand": [
            tell("{status} {n}", status=SHOWN_WORDS[name], n=sum(one[name] for one in mixes.values()))
            for name in dict.fromkeys(["approved", *shown])
        ],
    }
    return render(request, "bank/coverage.html", context)


def _mixes(unit: OpenUnit, found: UnitCoverage) -> dict[str, Counter[str]]:
    """Returns, by criterion, the numbers of its usable items by `shown_as`."""
    mixes = {row.pc: Counter[str]() for row in found.holdings}
    for item in unit.items.values():
        suits = any(level is None or level in item.levels for level in found.levels)
        if suits and item.status in COUNTED and item.pc in mixes:
            mixes[item.pc][shown_as(unit, item)] += 1
    return mixes


def keep_picture(user: Any, unit: str, name: str, data: bytes) -> tuple[str, Writing]:
    """Saves a picture of a unit under a free name. Returns that name, and the change."""
    with writing(user, [unit], f"{unit}: picture") as change:
        own = PurePath(name.replace("\\", "/")).name[:_LONGEST_NAME]
        path = add_picture(bank(), unit, name_for(bank(), unit, name, data), data)
        change.did("bank.picture", unit, name=path.name, file=own)
        change.message = f"{unit}: picture {path.name}"
    return path.name, change


KINDS = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".svg": "image/svg+xml",
}


@allowed("bank/<str:unit>/media/<path:name>", "bank-picture", read=SEE)
def picture(request: Request, unit: str, name: str) -> HttpResponse:
    """Returns a picture of a unit, with a policy that forbids scripts."""
    path = picture_of(opened(unit), name)
    if path is None or path.suffix.lower() not in KINDS:
        raise Http404
    answer = HttpResponse(read_input(path), content_type=KINDS[path.suffix.lower()])
    answer.headers["Content-Security-Policy"] = PICTURE_POLICY
    return answer
