"""The items that wait for a reviewer, one after the other, as they print and with the decision."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from examgen.bank.editing import draft_of, texts_of
from examgen.bank.opened import OpenUnit
from examgen.core.models.field_types import CATEGORY_WORDS
from examgen.core.problems import ExamgenError
from examgen.core.words import Message, joined, tell, tell_n
from examgen.site.access import allowed
from examgen.site.accounts.roles import Role
from examgen.site.bank.authors import authors_of, first_approvals
from examgen.site.bank.fields import facts_of, words_of
from examgen.site.bank.findings import findings_of
from examgen.site.bank.history import changed_fields, past_decisions
from examgen.site.bank.reasons import ANSWER, keep_reason, kept_reason, last_decision
from examgen.site.bank.statuses import decision_on
from examgen.site.bank.units import SHOWN_WORDS, item_of, opened
from examgen.site.bank.writer_items import sent_back
from examgen.site.language import address, told
from examgen.site.requests import Request, check_whose


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


@allowed("bank/<str:unit>/review/", "bank-review", read={Role.REVIEWER}, write={Role.REVIEWER}, secret=True)
def review(request: Request, unit: str) -> HttpResponse:
    """Shows the item that waits after the one in the URL, or the first. POST saves the reason while it is
    typed, and decides nothing."""
    if request.method == "POST":
        check_whose(request)
        name = item_of(opened(unit), request.POST.get("item", "")).id
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
    context |= {"category_words": CATEGORY_WORDS}
    if item:
        context |= {
            "criteria": {one.code: one.text for one in unit.unit.criteria},
            "decision": decision_on(request.user, unit, item),
            "found": findings_of(draft_of(unit, name, texts_of(item)), texts_of(item), unit.unit),
            "past": past_decisions(unit.code, name),
            "changed": changed_fields(unit.code, name),
            "words_of": words_of,
            "value_words": CATEGORY_WORDS,
            "reason": reason_in(request, unit.code, name),
            "seen": last_decision(request.user, unit.code, name),
            "refusal": refusal,
            "facts": facts_of(texts_of(item)),
        }
    return render(request, "bank/review.html", context, status=422 if refusal else 200)
