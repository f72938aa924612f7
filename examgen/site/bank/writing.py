"""The form of an item, which saves it under the user's name; its status, and its page as PDF."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.html import format_html

from examgen.bank.differences import TextPiece, differences
from examgen.bank.editing import (
    ChangedMeanwhile,
    Merged,
    digests_of,
    draft_of,
    fingerprint,
    merged,
    save_item,
    texts_of,
)
from examgen.bank.opened import OpenUnit
from examgen.core.models.field_types import COGNITIVE, STATUS_WORDS
from examgen.core.models.item import Item
from examgen.core.problems import ExamgenError, Refused
from examgen.core.words import Message, either, joined, listed, tell
from examgen.papers.item_pages import draft_page
from examgen.site.access import allowed, may
from examgen.site.accounts.models import Role, holders
from examgen.site.audit.models import text_name
from examgen.site.bank.authors import authors_of, by_name, first_approvals, judged, returned
from examgen.site.bank.fields import (
    MORE,
    Judged,
    all_lacking,
    digests_sent,
    digests_text,
    findings_of,
    shown,
)
from examgen.site.bank.history import changed_fields, versions_of
from examgen.site.bank.reviewing import (
    ANSWER,
    Decided,
    answer_in,
    decide,
    keep_reason,
    last_decision,
    of_item,
    review_page,
    waiting_items,
    withdraw,
)
from examgen.site.bank.units import KEYS, item_of, opened, rights
from examgen.site.bank.unsaved import Typed, Unsaved, keep_typed, typed_in, unsaved, unsaved_of, was_saved
from examgen.site.language import address, reader, said, told
from examgen.site.requests import Request, attachment, check_whose, done, or_404, say
from examgen.site.workspace import bank, exams_that_ask, workspace
from examgen.site.writing import writing


@allowed("bank/<str:unit>/<str:item>/", "bank-item", read=KEYS, write={Role.WRITER}, secret=True)
def item(request: Request, unit: str, item: str) -> HttpResponse:
    """Shows the form of an item and saves it on POST. Users who may only read it see the item as it
    prints."""
    if request.method == "POST":
        return _save(request, unit, item)
    there = opened(unit)
    typed = begun(item_of(there, item))
    if (commit := request.GET.get("version")) and may(request.user, {Role.WRITER}, {unit}):
        found = or_404(
            next((one for version, one in versions_of(there, item) if version.commit == commit), None)
        )
        typed = typed._replace(texts=texts_of(found))
        say(request, tell("This is an earlier version of the item. Save it to restore it."), "info")
    return item_form(request, there, _taken_back(request, there, item) or typed)


@allowed("bank/<str:unit>/new/", "bank-new", write={Role.WRITER}, secret=True)
def new(request: Request, unit: str) -> HttpResponse:
    """Shows the form of a new item. For a copy, it contains the text of the other item."""
    if request.method == "POST":
        return _save(request, unit, None)
    there = opened(unit)
    typed = _taken_back(request, there, "")
    if typed is None:
        typed = begun(None)
        if request.GET.get("copy"):
            typed = copy_of(item_of(there, request.GET["copy"]), typed)
        elif request.GET.get("like"):
            alike = texts_of(item_of(there, request.GET["like"]))
            same = {field: alike[field] for field in ("pcs", "levels", "cognitive")}
            typed = typed._replace(texts={**typed.texts, **same})
        elif request.GET.get("pc"):
            typed = typed._replace(texts={**typed.texts, "pcs": request.GET["pc"]})
    return item_form(request, there, typed)


def begun(one: Item | None) -> Typed:
    """Returns the form of an item with its text in the bank; an empty form without an item."""
    base = fingerprint(one) if one else ""
    return Typed(uuid4(), one.id if one else "", texts_of(one), base, digests_text(digests_of(one)))


def copy_of(source: Item, begun: Typed) -> Typed:
    """Returns the form of a copy of an item. The family is left empty, because the items of a family need
    different keys."""
    enemies = ", ".join([source.id, *source.enemies])
    texts = {**texts_of(source), "enemies": enemies, "family": ""}
    return begun._replace(texts=texts, copied=source.id)


def _taken_back(request: Request, unit: OpenUnit, item: str) -> Typed | None:
    """Returns the user's unsaved text that the URL names; None if it names none. If the bank no longer has
    the item, the text becomes a new item."""
    if not request.GET.get("draft"):
        return None
    try:
        typed = unsaved(request.user, unit.code, UUID(request.GET["draft"])).typed
    except ValueError:
        raise Http404 from None
    if typed.item not in unit.items:
        typed = typed._replace(item="", base="", was=digests_text(digests_of(None)))
    if typed.item != item:
        raise Http404
    return typed


def item_form(
    request: Request,
    unit: OpenUnit,
    typed: Typed,
    status: int = 200,
    refused: Judged | None = None,
    **more: Any,
) -> HttpResponse:
    """Returns the page of an item. `refused` has the findings because of which nothing was saved, and
    `reasons` those that concern no single field; `refusal` is why the status was not changed; `overtaken` is
    what another user saved meanwhile, by field, and `both` are the fields that both users changed."""
    item = unit.items.get(typed.item)
    found = refused or findings_of(draft_of(unit, typed.item or None, typed.texts), typed.texts, unit.unit)
    waiting = [one for one in unsaved_of(request.user, unit.code) if not _was_saved(unit, one)]
    kept_here = next(
        (one for one in waiting if (one.typed.id, one.typed.page) == (typed.id, typed.page)), None
    )
    others = [
        one
        for one in waiting
        if one is not kept_here
        and one.typed.texts != typed.texts
        and (one.typed.item if one.typed.item in unit.items else "") == (item.id if item else "")
    ]
    context: dict[str, Any] = {
        **rights(request.user, unit),
        "item": item,
        "typed": typed,
        "form": shown(typed.texts, unit.unit),
        "found": found,
        "faults": found.at_fields(refused is not None),
        "is_more_faulty": any(
            one.severity == "error" and one.field.partition(".")[0] in MORE for one in found.found
        ),
        "is_refused": refused is not None,
        "unsaved": others,
        "kept_here": kept_here,
        "page": uuid4(),
        "over": typed.page if kept_here else typed.over,
        "is_behind": item is not None and typed.base != fingerprint(item),
        "looked_at": _looked_at(typed, kept_here is not None),
        "views": VIEWS,
        "known": unit.evidence.get(item.id) if item else None,
        **of_item(request, unit, item, typed.texts),
        **_brought_back(request.user, unit, item),
        **_around(request.user, unit, item),
        "seconds": first_approvals(unit, [item.id]) if item and item.status == "review" else {},
        "answer": answer_in(request, unit.code, item.id) if item else "",
        "cognitive": COGNITIVE,
        "changed": changed_fields(unit.code, item.id) if item and item.status == "review" else None,
        **{"overtaken": (), "both": {}, "reasons": (), "refusal": None, **more},
    }
    return render(request, "bank/item.html", context, status=status)


def _brought_back(user: Any, unit: OpenUnit, item: Item | None) -> dict[str, Any]:
    """Returns the move that returned a draft; whether the user made it and so has nothing to answer; whether
    the user took the draft back as its writer; and whether sending it undoes the user's return."""
    last = returned(unit).get(item.id) if item else None
    if item is None or last is None:
        return {"returned": None, "undoes": False}
    is_mine = last.by == user.signature
    is_taken_back = is_mine and (
        not may(user, {Role.REVIEWER}, {unit.code})
        or user.username in authors_of(unit, [item.id])[item.id].since
    )
    return {
        "returned": last.model_copy(update={"by": by_name(last.by)}),
        "is_own_return": is_mine,
        "is_taken_back": is_taken_back,
        "undoes": is_mine and not is_taken_back and last.hash == item.sha256(),
    }


def _around(user: Any, unit: OpenUnit, item: Item | None) -> dict[str, Any]:
    """Returns the further context of an item's page: for a reviewer whether other items wait and the exams
    that use this one, for a writer the reviewers."""
    if item is None:
        return {}
    if not may(user, {Role.REVIEWER}, {unit.code}):
        return {"people": _any_of(Role.REVIEWER, unit.code), "asked_already": None}
    return {
        "asked_already": asked_already(unit, item.id),
        "others_wait": any(name != item.id for name in waiting_items(user, unit)),
    }


def asked_already(unit: OpenUnit, name: str) -> Message | None:
    """Returns a message naming the exams that use an item and do not change, and whom to tell; None if no
    exam uses it."""
    exams = exams_that_ask(unit.code, name)
    if not exams:
        return None
    return tell(
        "{exams} already uses it and does not change. Tell {people}, who can build the "
        "exam again without the item or have its key corrected after the sitting.",
        exams=joined(exams, between=", "),
        people=_any_of(Role.ASSEMBLER, unit.code) or tell("the coordinator"),
    )


def _any_of(role: Role, code: str) -> Message | None:
    """Returns the people with a role in a unit, joined by "or"; None if there are none."""
    names = [str(one) for one in holders(role, code)]
    return either(names) if names else None


def _looked_at(typed: Typed, is_kept: bool) -> str:
    """Returns the part of the preview's URL that names what it shows."""
    if is_kept:
        return f"draft={typed.id}"
    return f"copy={typed.copied}" if typed.copied and not typed.item else f"item={typed.item}"


def _was_saved(unit: OpenUnit, one: Unsaved) -> bool:
    """Returns whether the bank already has the unsaved text, which is then deleted: the last request of a
    page may arrive after the one that saved the item."""
    texts, name = one.typed.texts, one.typed.item
    alike = (
        [unit.items.get(name)]
        if name
        else [item for item in unit.items.values() if item.stem == texts["stem"]]
    )
    is_saved = any(item is not None and texts_of(item) == texts for item in alike)
    if is_saved:
        one.file.give_up()
    return is_saved


def _save(request: Request, code: str, name: str | None) -> HttpResponse:
    check_whose(request)
    there, typed = opened(code), typed_in(request.POST)._replace(item=name or "")
    before = item_of(there, name) if name is not None else None
    try:
        what, verb = ("item.write", "new item") if before is None else ("item.change", "item changed")
        if typed.copied in there.items and before is None:
            verb = f"copy of {typed.copied}"
        with writing(request.user, [code], f"{code}: {verb}") as one:
            saved = save_item(bank(), code, name, typed.texts, typed.base)
            one.message = f"{code} {saved.item.id}: {verb}"
            if saved.files:
                one.did(
                    what,
                    f"{code}/{saved.item.id}",
                    hash=text_name(saved.item.sha256()),
                    was=text_name(saved.before.sha256()) if saved.before else "",
                    fields=[*saved.changed],
                )
    except ChangedMeanwhile as error:
        return _overtaken(request, code, error.item, typed)
    except Refused as error:
        there = opened(code)
        draft = draft_of(there, name, typed.texts)
        problems = (*error.problems, *draft.problems)
        if draft.item is None and not problems:
            return item_form(request, there, typed, status=422, refused=all_lacking(there.unit))
        with suppress(Refused):
            keep_typed(request.user, code, typed)
        found = findings_of(draft._replace(problems=problems), typed.texts, there.unit)
        reasons = tuple(one.message for one in found.found if not one.field) or (error.message,)
        shown_at = any(
            one.field and (one.severity == "error" or one.code == "item-there") for one in found.found
        )
        reasons = () if shown_at else reasons
        return item_form(request, there, typed, status=422, refused=found, reasons=reasons)
    was_saved(request.user, code, typed)
    keep_reason(request.user, code, saved.item.id, request.POST.get("answer", ""), ANSWER)
    one.warn(request)
    if request.FILES:
        say(request, tell("The picture that you chose was not inserted into a text."), "warning")
    if "send" in request.POST:
        return _send(request, code, saved.item.id)
    if saved.files:
        say(request, tell("{item} is saved", item=saved.item.id))
    else:
        say(request, tell("Nothing was changed in {item}", item=saved.item.id), "info")
    return redirect("bank-item", unit=code, item=saved.item.id)


def _not_moved(request: Request, unit: OpenUnit, item: str, refusal: ExamgenError) -> HttpResponse:
    return item_form(request, unit, begun(item_of(unit, item)), 422, refusal=refusal)


def _send(request: Request, code: str, name: str) -> HttpResponse:
    """Sends an item for review, as it has just been saved."""
    there = opened(code)
    sent = QueryDict(mutable=True)
    answer = request.POST.get("answer", "").strip()
    sent.update({"to": "review", "hash": judged(there, item_of(there, name)), "comment": answer})
    last = last_decision(request.user, code, name, ANSWER)
    try:
        decide(request.user, code, name, sent)
    except ExamgenError as error:
        return _not_moved(request, there, name, error)
    keep_reason(request.user, code, name, "", ANSWER, last)
    words = tell("{item} was sent for review. Your first page shows the outcome.", item=name)
    if answer:
        words = tell(
            "{item} was sent for review with your answer. Your first page shows the outcome.",
            item=name,
        )
    return done(request, words, "bank-item", unit=code, item=name)


def _overtaken(request: Request, code: str, now: Item, typed: Typed) -> HttpResponse:
    """Shows the user's form merged with what another user has saved. The next saving is based on that."""
    over: Merged = merged(now, typed.texts, digests_sent(typed.was))
    fields = [
        (field, [TextPiece("same", text)]) for field, text in over.theirs.items() if field not in over.both
    ]
    both = [(field, differences(over.theirs[field], over.texts[field])) for field in over.both]
    theirs = {field: over.theirs[field] for field in over.both}
    next_one = begun(now)._replace(id=typed.id, texts=over.texts, page=typed.page, over=typed.over)
    with suppress(Refused):
        keep_typed(request.user, code, next_one)
    return item_form(request, opened(code), next_one, 409, overtaken=[*both, *fields], both=theirs)


@allowed("bank/<str:unit>/<str:item>/status/", "bank-status", write=KEYS, secret=True, post_only=True)
def status(request: Request, unit: str, item: str) -> HttpResponse:
    """Changes the status of an item, and records the decision."""
    of_review = request.POST.get("next") == "review"
    if request.POST.get("to") == "withdraw":
        return _withdraw(request, unit, item)
    last = last_decision(request.user, unit, item)
    try:
        done = decide(request.user, unit, item, request.POST)
    except ExamgenError as error:
        there = opened(unit)
        if of_review and may(request.user, {Role.REVIEWER}, {unit}):
            return review_page(request, there, item, len(waiting_items(request.user, there)), error)
        return _not_moved(request, there, item, error)
    keep_reason(request.user, unit, item, "", after=last)
    words = said(_done(item, done, request.POST.get("comment", "").strip()))
    if done.is_returned and of_review and (also := asked_already(opened(unit), item)):
        words = f"{words} {said(also)}"
    if of_review:
        way, link = address("bank-item", unit, item), said(tell("Open {item}", item=item))
        messages.success(request, format_html('{} · <a href="{}">{}</a>', words, way, link))
        return redirect(f"{address('bank-review', unit)}?after={item}")
    messages.success(request, words)
    return redirect("bank-item", unit=unit, item=item)


def _withdraw(request: Request, unit: str, item: str) -> HttpResponse:
    try:
        withdraw(request.user, unit, item)
    except Refused as error:
        return _not_moved(request, opened(unit), item, error)
    return done(
        request,
        tell("Your approval of {item} is withdrawn; the item waits for you again.", item=item),
        "bank-item",
        item=item,
    )


VIEWS = (
    ("candidate", tell("As candidates get it")),
    ("key", tell("With key and reasons")),
)
"""The ways to show an item as it will print: the name in the URL, and its label."""


def is_with_key(request: Request) -> bool:
    """Returns whether an item is to be shown with its key."""
    return request.GET.get("view") != "candidate"


def _done(item: str, done: Decided, reason: str) -> Message:
    """Returns a message on what was done with an item."""
    if done.waits:
        return tell("Your approval of {item} is recorded. A second reviewer must approve it too.", item=item)
    if done.is_returned and done.writers:
        people = listed(done.writers)
        return tell(
            "{item} was returned to {people} with your reason: “{reason}”",
            item=item,
            people=people,
            reason=reason,
        )
    if done.is_returned:
        return tell(
            "{item} was returned with your reason: “{reason}”. Its writer is unknown, so "
            "everyone who writes for the unit sees it on their first page.",
            item=item,
            reason=reason,
        )
    if done.status == "approved":
        return tell("{item} is approved", item=item)
    if done.status == "draft":
        return tell("{item} is a draft again", item=item)
    return tell("{item}: the status is now “{status}”", item=item, status=STATUS_WORDS[done.status])


@allowed("bank/<str:unit>/<str:item>/pdf/", "bank-pdf", read=KEYS, secret=True)
def pdf(request: Request, unit: str, item: str) -> HttpResponse:
    """Returns the page of a saved item as the PDF that goes to the printer."""
    there = opened(unit)
    with_key = is_with_key(request)
    data = draft_page(
        workspace(), there.bank_unit, item_of(there, item), with_key, as_pdf=True, in_thai=reader() == "th"
    )
    name = told(tell("{item} with its key", item=item)) if with_key else item
    return attachment(data, f"{name}.pdf")
