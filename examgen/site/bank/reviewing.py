"""Reviewing: the statuses that a user may give, reasons, and the items that wait for a reviewer, one after
the other, as they print and with the decision."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db.models import Max
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone

from examgen.bank.editing import draft_of, texts_of
from examgen.bank.opened import OpenUnit
from examgen.bank.reviews.moves import move_items, open_moves, rated_low
from examgen.core.files import read_input, write_file
from examgen.core.models.field_types import CATEGORY_WORDS, STATUS_WORDS, STATUSES, Status
from examgen.core.models.item import Item
from examgen.core.problems import ExamgenError, Refused, WrongUsage
from examgen.core.words import Message, joined, tell, tell_n
from examgen.site.access import allowed, may
from examgen.site.accounts.models import Role, User
from examgen.site.audit.models import Entry, record, text_name
from examgen.site.bank.authors import (
    DECIDED,
    SECONDED,
    WITHDRAWN,
    authors_of,
    first_approvals,
    judged,
    sent_back,
)
from examgen.site.bank.fields import facts_of, findings_of, words_of
from examgen.site.bank.history import changed_fields, past_decisions
from examgen.site.bank.units import SHOWN_WORDS, item_of, opened
from examgen.site.language import address, told
from examgen.site.requests import Request, check_whose
from examgen.site.uploads import keep, kept
from examgen.site.workspace import bank
from examgen.site.writing import writing

LONGEST = 4_000
_FILE = "reason.txt"
REASON, ANSWER = "reason on", "answer on"


def last_decision(user: Any, unit: str, item: str, kind: str = REASON) -> int:
    """Returns the number of the last decision on an item in the record; 0 without one. For a reviewer's
    reason, only the user's own decisions count, so that it outlasts those of others."""
    entries = Entry.objects.filter(about=f"{unit}/{item}", what__in=(DECIDED, SECONDED, WITHDRAWN))
    if kind == REASON:
        entries = entries.filter(who=user.username)
    return entries.aggregate(last=Max("number"))["last"] or 0


def keep_reason(
    user: Any, unit: str, item: str, text: str, kind: str = REASON, after: int | None = None
) -> None:
    """Stores a reason in place of the earlier one, and deletes it if it is empty. `after` is the number of
    the decision after which it was written, if that is not the last one."""
    data = text[:LONGEST].encode()
    about, number = _of(user, unit, item, kind, after)
    try:
        before = kept(user.username, about, number)
    except Http404:
        if data:
            with suppress(FileExistsError):  # two requests at once: what is typed next is kept
                keep(user, about, _FILE, [data], number=number)
        return
    if data:
        write_file(before.path, data)
    else:
        before.give_up()


def kept_reason(user: Any, unit: str, item: str, kind: str = REASON) -> str:
    """Returns the stored text; empty if there is none."""
    try:
        return read_input(kept(user.username, *_of(user, unit, item, kind)).path).decode("utf-8", "replace")
    except (Http404, OSError):
        return ""


def _of(user: Any, unit: str, item: str, kind: str, after: int | None = None) -> tuple[str, UUID]:
    """Returns what a stored text is about, and its id."""
    last = last_decision(user, unit, item, kind) if after is None else after
    about = f"{kind} {unit}/{item}" + (f" {last}" if last else "")
    return about, uuid5(NAMESPACE_URL, json.dumps([user.username, about]))


OF_WRITERS: tuple[Status, ...] = ("draft", "review")
"""The statuses that a writer may give; a reviewer gives the others."""


class Decision(NamedTuple):
    """The statuses that a user may give.

    `is_own`: the user wrote the item and so may not approve it. `takes_two`: the author is not known, so
    approval takes two people; `first` is the name of the one who has approved it already, `is_first` whether
    that is the user.
    """

    moves: list[Status]
    is_own: bool
    hash: str
    takes_two: bool
    first: str
    is_first: bool = False
    is_low: bool = False
    """Whether experts rated the item below the limit, so that its approval needs a reason."""

    @property
    def ways(self) -> list[Status]:
        """The statuses in the order in which a page offers them: the step forward first."""
        return sorted(self.moves, key=("draft", "retired").__contains__)


class Decided(NamedTuple):
    """The present status of an item; whether the requested status waits for a second person; and whether the
    item was returned, with the names of its writers if known."""

    status: Status
    waits: bool
    is_returned: bool
    writers: Sequence[str]


def decision_on(user: Any, unit: OpenUnit, item: Item) -> Decision:
    """Returns the statuses that a user may give an item now."""
    try:
        moves = open_moves(bank(), unit.code, item, unit.claims) if unit.is_sound else []
    except ExamgenError:  # reviews.yaml has faults; the page of checks shows them
        moves = []
    is_reviewer = may(user, {Role.REVIEWER}, {unit.code})
    moves = [to for to in moves if is_reviewer or to in OF_WRITERS]
    is_own = takes_two = is_first = is_low = False
    first = ""
    if "approved" in moves:
        is_low = bool(rated_low(bank(), unit.code, [item]))
        authors = authors_of(unit, [item.id])[item.id]
        is_own, takes_two = user.username in authors.since, not authors.is_told
        given = first_approvals(unit, [item.id]).get(item.id, []) if takes_two else []
        is_first = any(one.who == user.username for one in given)
        first = next(iter(_names_of([one.who for one in given if one.who != user.username])), "")
    open_to = [to for to in moves if not (to == "approved" and (is_own or is_first))]
    return Decision(open_to, is_own, judged(unit, item), takes_two and not is_own, first, is_first, is_low)


def _names_of(usernames: Sequence[str]) -> list[str]:
    """Returns the names of users; the user name of an account that no longer exists."""
    known = {one.username: str(one) for one in User.objects.filter(username__in=usernames)}
    return [known.get(name, name) for name in usernames]


def status_of(user: Any, code: str, to: str) -> Status:
    """Returns the status that a user chose. Raises WrongUsage without one, Refused if only reviewers may give
    it."""
    found = next((one for one in STATUSES if one == to), None)
    if found is None:
        raise WrongUsage.because("choose a status")
    if found not in OF_WRITERS and not may(user, {Role.REVIEWER}, {code}):
        raise Refused.because("only a reviewer can give this status")
    return found


def is_return(item: Item, to: str) -> bool:
    """Returns whether giving an item this status returns it for correction."""
    return to == "draft" and item.status not in ("draft", "retired")


def why_not(unit: OpenUnit, item: Item, to: str) -> Message | None:
    """Returns why an item may not have that status, for any user; None if it may."""
    if item.status == to:
        return tell("it already has this status")
    if to in ("draft", "retired"):
        return None
    if item.status == "retired":
        return tell("it is retired and can only become a draft again")
    step = STATUSES[STATUSES.index(item.status) + 1]
    if to != step:
        status, next_one = STATUS_WORDS[item.status], STATUS_WORDS[step]
        return tell("it is “{status}”; the next status is “{step}”", status=status, step=next_one)
    if item.id in unit.voided:
        return tell("its approval is void; return it and have it reviewed again")
    return None


class DecidedAll(NamedTuple):
    """What became of the items to which a user gave a status: those that have it now, those whose approval
    waits for a second person, those that the user had already approved, and those left unchanged, each with
    the reason."""

    moved: list[str]
    waiting: list[str]
    again: list[str]
    left: dict[str, ExamgenError]


def withdraw(user: Any, code: str, name: str) -> None:
    """Withdraws the user's first approval of an item that needs two. Raises Refused if there is none."""
    unit = opened(code)
    item = item_of(unit, name)
    given = first_approvals(unit, [name]).get(name, []) if item.status == "review" else []
    if not any(one.who == user.username for one in given):
        raise Refused.because("no approval by you is waiting for a second one")
    record(user, WITHDRAWN, f"{code}/{name}", hash=text_name(judged(unit, item)))


class Approvals(NamedTuple):
    """What an approval by a user does to items: those it approves, each with the first approval if it takes
    two; those for which it is the first of two; those for which the user has already given the first; and
    those that the user wrote."""

    at_once: dict[str, Entry | None]
    first: list[str]
    again: list[str]
    own: list[str]


def approvals(user: Any, unit: OpenUnit, names: Sequence[str]) -> Approvals:
    """Returns what an approval by the user does to these items in review."""
    found = Approvals({}, [], [], [])
    authors, given = authors_of(unit, names), first_approvals(unit, names)
    for name in names:
        of_others = [entry for entry in given.get(name, ()) if entry.who != user.username]
        if user.username in authors[name].since:
            found.own.append(name)
        elif authors[name].is_told or of_others:
            found.at_once[name] = None if authors[name].is_told else of_others[0]
        else:
            (found.again if name in given else found.first).append(name)
    return found


OWN = tell("you wrote this item; another person must approve it")


def decide(user: Any, code: str, name: str, sent: QueryDict) -> Decided:
    """Gives an item a status, as `decide_all` does. Raises the reason if the item is left unchanged."""
    before = item_of(opened(code), name)
    since = authors_of(opened(code), [name])[name].since
    done = decide_all(user, code, {name: sent.get("hash", "")}, sent)
    if name in done.left:
        raise done.left[name]
    is_returned = is_return(before, sent.get("to", "")) and user.username not in since
    writers = _names_of(sorted(since)) if is_returned else []
    waits = name in (*done.waiting, *done.again)
    return Decided(item_of(opened(code), name).status, waits, is_returned, writers)


def decide_all(user: Any, code: str, judged_as: Mapping[str, str], sent: QueryDict) -> DecidedAll:
    """Gives items a status, as `bank status` does; `judged_as` has the hash of each text that was judged.

    If the author of an item is not known, the first approval is only recorded, and an approval by a second
    person approves the item. An item is left unchanged if it has changed since, if the user wrote it, or if
    it may not have the status. Raises WrongUsage without a status, Refused if only reviewers may give it, or
    if items of others are returned without a reason.
    """
    to = status_of(user, code, sent.get("to", ""))
    comment = sent.get("comment", "")[:LONGEST]
    about = next(iter(judged_as)) if len(judged_as) == 1 else f"{len(judged_as)}"
    with writing(user, [code], f"{code} {about}: {to}") as one:
        unit = opened(code)  # the text that the user judged must be the present text
        left = dict[str, ExamgenError]()
        found = {name: unit.items[name] for name in judged_as if name in unit.items}
        for name, item in found.items():
            if judged(unit, item) != judged_as[name]:
                left[name] = Refused.because(
                    "{item} was changed after you opened it. Read it again first.", item=name
                )
            elif (why := why_not(unit, item, to)) is not None:
                left[name] = Refused(why)
        names = [name for name in found if name not in left]
        authors = authors_of(unit, names) if to == "draft" else {}
        others = [name for name in names if to == "draft" and user.username not in authors[name].since]
        if not comment.strip() and any(is_return(found[name], to) for name in others):
            raise Refused.because("Write the reason. The writer needs it to correct the item.")
        if to == "retired" and names and not comment.strip():
            raise Refused.because("Write why it is retired. The reason is kept with the item.")
        given = Approvals(dict.fromkeys(names), [], [], [])
        if to == "approved":
            given = approvals(user, unit, names)
            left |= {name: Refused(OWN) for name in given.own}
        for name in given.first:
            one.did(SECONDED, f"{code}/{name}", hash=text_name(judged(unit, found[name])))
        seconds = given.at_once
        left |= _moved(user, code, seconds, to, comment)
        moved = [name for name in seconds if name not in left]
        for name in moved:
            told = {"from": found[name].status, "to": to, "hash": text_name(judged_as[name])}
            second = seconds[name]
            one.did(DECIDED, f"{code}/{name}", **told, **({"second": second.who} if second else {}))
        if len(moved) == 1:
            one.message = f"{code} {moved[0]}: {found[moved[0]].status} → {to}"
        elif moved:
            one.message = f"{code} {len(moved)}: → {to}"
    return DecidedAll(moved, given.first, given.again, left)


def _moved(
    user: Any, code: str, seconds: Mapping[str, Entry | None], to: Status, comment: str
) -> dict[str, ExamgenError]:
    """Moves the items, together those that the same people approve; those that may not be moved, and why."""
    left = dict[str, ExamgenError]()
    by_people: dict[str, list[str]] = {}
    for name, second in seconds.items():
        by = user.signature if second is None else f"{_signature_of(second)}, {user.signature}"
        by_people.setdefault(by, []).append(name)
    for by, asked in by_people.items():
        names = asked
        while names:
            try:
                move_items(bank(), code, names, to, by, timezone.localdate(), comment)
                break
            except Refused as refused:
                own = {one.item: one for one in refused.problems if one.item in names}
                if not own:
                    left |= dict.fromkeys(names, refused)
                    break
                left |= {name: Refused(one.message) for name, one in own.items()}
                names = [name for name in names if name not in own]
    return left


def _signature_of(entry: Entry) -> str:
    return next((one.signature for one in User.objects.filter(username=entry.who)), entry.who)


def waiting_items(user: Any, unit: OpenUnit) -> list[str]:
    """Returns the items in review that other users wrote and that the user has not approved yet, in order."""
    names = [name for name, item in unit.items.items() if item.status == "review"]
    if not names:
        return []
    given = first_approvals(unit, names)
    written = authors_of(unit, names)
    return [
        name
        for name in names
        if user.username not in written[name].since
        and all(one.who != user.username for one in given.get(name, ()))
    ]


def unsent(unit: OpenUnit) -> Message | None:
    """Returns a message with the numbers of drafts not yet sent for review and of items returned to their
    writers; None if there are none."""
    n_back = len(sent_back(unit))
    n = sum(item.status == "draft" for item in unit.items.values()) - n_back
    parts = []
    if n:
        words = tell_n(
            "{n} draft has not been sent for review by its writer",
            "{n} drafts have not been sent for review by their writers",
            n,
        )
        parts.append(words)
    if n_back:
        words = tell_n(
            "{n} item was returned to be corrected by its writer",
            "{n} items were returned to be corrected by their writers",
            n_back,
        )
        parts.append(words)
    return joined(parts, between=" · ") if parts else None


def reason_in(request: Request, unit: str, item: str) -> str:
    """Returns the reason that the user has typed for a decision on an item: the one just sent, or else the
    saved one."""
    sent = request.POST.get("comment")
    return kept_reason(request.user, unit, item) if sent is None else sent


def answer_in(request: Request, unit: str, item: str) -> str:
    """Returns the writer's answer to the person who returned an item: the one just sent, or else the saved
    one."""
    sent = request.POST.get("answer")
    return kept_reason(request.user, unit, item, ANSWER) if sent is None else sent


def of_item(request: Request, unit: OpenUnit, item: Item | None, texts: Mapping[str, str]) -> dict[str, Any]:
    """Returns what the pages of an item show of its text, of the decisions on it, and of the one that the
    user may take."""
    context: dict[str, Any] = {
        "criteria": {one.code: one.text for one in unit.unit.criteria},
        "facts": facts_of(texts),
        "words_of": words_of,
        "value_words": CATEGORY_WORDS,
    }
    if item is None:
        return {**context, "decision": None, "reason": "", "seen": 0, "past": ()}
    return {
        **context,
        "decision": decision_on(request.user, unit, item),
        "reason": reason_in(request, unit.code, item.id),
        "seen": last_decision(request.user, unit.code, item.id),
        "past": past_decisions(unit.code, item.id),
    }


@allowed("bank/<str:unit>/review/", "bank-review", read={Role.REVIEWER}, write={Role.REVIEWER}, secret=True)
def review(request: Request, unit: str) -> HttpResponse:
    """Shows the item that waits after the one in the URL, or the first. POST saves the reason while it is
    typed, and decides nothing."""
    if request.method == "POST" and (sent := request.POST.get("item")):
        check_whose(request)
        name = item_of(opened(unit), sent).id
        is_decided = request.POST.get("seen", "") not in ("", f"{last_decision(request.user, unit, name)}")
        if not is_decided:  # else what a page sends last came after what it decided
            keep_reason(request.user, unit, name, request.POST.get("comment", ""))
        if request.htmx:
            if is_decided:
                return HttpResponse("", "text/plain")
            return HttpResponse(told(tell("Kept. Only you can see it until you decide.")), "text/plain")
        return redirect(f"{address('bank-review', unit)}?after={name}")
    there = opened(unit)
    names = waiting_items(request.user, there)
    after = request.GET.get("after", "")
    name = next((one for one in names if one > after), names[0] if names else "")
    return review_page(request, there, name, len(names))


def review_page(
    request: Request, unit: OpenUnit, name: str, n: int, refusal: ExamgenError | None = None
) -> HttpResponse:
    """Returns the page of a waiting item; `n` is the number of waiting items, `refusal` why the decision was
    not recorded."""
    item = unit.items.get(name)
    context: dict[str, Any] = {"unit": unit, "item": item, "n": n, "status_words": SHOWN_WORDS}
    if item:
        context |= {
            **of_item(request, unit, item, texts_of(item)),
            "found": findings_of(draft_of(unit, name, texts_of(item)), texts_of(item), unit.unit),
            "changed": changed_fields(unit.code, name),
            "category_words": CATEGORY_WORDS,
            "refusal": refusal,
        }
    return render(request, "bank/review.html", context, status=422 if refusal else 200)
