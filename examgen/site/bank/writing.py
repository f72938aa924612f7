"""The form of an item: opened, judged as one types, drawn as it will print, saved under one's name."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

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
from examgen.core.models.base import COGNITIVE, STATUS_WORDS
from examgen.core.models.item import Item
from examgen.core.problems import ExamgenError, Refused
from examgen.core.words import joined, tell, tell_n
from examgen.papers.item_pages import draft_page
from examgen.site.access import allowed
from examgen.site.accounts.roles import Role
from examgen.site.audit.texts import text_name
from examgen.site.bank.authors import judged
from examgen.site.bank.fields import (
    Finding,
    digests_sent,
    digests_text,
    findings_shown,
    shown,
    texts_sent,
    words_of,
)
from examgen.site.bank.statuses import decide, decide_all, decision_on
from examgen.site.bank.units import KEYS, item_of, opened, rights, sees_keys, stamp_text
from examgen.site.bank.views import asked_of, fitting
from examgen.site.language import address, said
from examgen.site.requests import FRAME_POLICY, Request
from examgen.site.workspace import bank, workspace
from examgen.site.writing import writing


@allowed(read=KEYS, write={Role.WRITER}, within="unit", secret=True)
def item(request: Request, unit: str, item: str) -> HttpResponse:
    """The form of an item, for those who only read it, too; what is sent is saved."""
    if request.method == "POST":
        return _save(request, unit, item)
    there = opened(unit)
    one = item_of(there, item)
    texts = texts_of(one)
    return _form(request, there, one, texts, findings_shown(draft_of(there, item, texts).problems))


@allowed(write={Role.WRITER}, within="unit", secret=True)
def new(request: Request, unit: str) -> HttpResponse:
    """The form of an item that is not there yet."""
    if request.method == "POST":
        return _save(request, unit, None)
    texts = {**texts_of(None), "pcs": request.GET.get("pc", "")}
    return _form(request, opened(unit), None, texts, [])


class Overtaken(NamedTuple):
    """What somebody else saved meanwhile: what he changed, and what both did, field by field."""

    by_field: list[tuple[str, list[TextPiece]]]
    both: dict[str, str]


def _form(
    request: Request,
    unit: OpenUnit,
    item: Item | None,
    texts: dict[str, str],
    found: list[Finding],
    overtaken: Overtaken | None = None,
    status: int = 200,
    refusal: ExamgenError | None = None,
) -> HttpResponse:
    """The page; `refusal` is why a status could not be given."""
    context: dict[str, Any] = {
        **rights(request.user, unit),
        "item": item,
        "form": shown(texts, unit.unit),
        "found": found,
        "faults": _by_field(found),
        "base": fingerprint(item) if item else "",
        "was": digests_text(digests_of(item)),
        "known": unit.evidence.get(item.id) if item else None,
        "overtaken": overtaken,
        "refusal": refusal,
        "decision": decision_on(request.user, unit, item) if item else None,
        "cognitive": COGNITIVE,
        "criteria": {one.code: one.text for one in unit.unit.criteria},
        "words_of": words_of,
    }
    return render(request, "bank/item.html", context, status=status)


def _by_field(found: list[Finding]) -> dict[str, list[Finding]]:
    by: dict[str, list[Finding]] = {}
    for one in found:
        by.setdefault(one.field, []).append(one)
    return by


def _save(request: Request, code: str, name: str | None) -> HttpResponse:
    there = opened(code)
    before = item_of(there, name) if name is not None else None
    texts = texts_sent(request.POST)
    try:
        what, verb = ("item.write", "new item") if before is None else ("item.change", "item changed")
        with writing(request.user, [code], f"{code}: {verb}", items=what, only=[name or ""]) as one:
            saved = save_item(bank(), code, name, texts, request.POST.get("base"))
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
        return _overtaken(request, code, error.item, texts)
    except Refused as error:
        found = findings_shown(error.problems) or [Finding("", "", error.message, "error", "refused")]
        return _form(request, opened(code), before, texts, found, status=422)
    one.warn(request)
    if saved.files:
        messages.success(request, said(tell("{item} is saved", item=saved.item.id)))
    else:
        messages.info(request, said(tell("Nothing was changed in {item}", item=saved.item.id)))
    return redirect("bank-item", unit=code, item=saved.item.id)


def _overtaken(request: Request, code: str, now: Item, texts: dict[str, str]) -> HttpResponse:
    """One's own form over what somebody else has saved; the next saving begins from that."""
    base = digests_sent(request.POST.get("was", ""))
    over: Merged = merged(now, texts, base)
    fields = [
        (field, [TextPiece("same", text)]) for field, text in over.theirs.items() if field not in over.both
    ]
    both = [(field, differences(over.theirs[field], over.texts[field])) for field in over.both]
    there = opened(code)
    return _form(
        request,
        there,
        now,
        over.texts,
        findings_shown(draft_of(there, now.id, over.texts).problems),
        Overtaken([*both, *fields], {field: over.theirs[field] for field in over.both}),
        status=409,
    )


@allowed(write=KEYS, within="unit", secret=True)
@require_POST
def status(request: Request, unit: str, item: str) -> HttpResponse:
    """Gives an item a status, on record."""
    try:
        done = decide(request.user, unit, item, request.POST)
    except ExamgenError as error:
        there = opened(unit)
        one = item_of(there, item)
        found = findings_shown(draft_of(there, item, texts_of(one)).problems)
        return _form(request, there, one, texts_of(one), found, status=422, refusal=error)
    if done.waits:
        words = tell("Your approval of {item} is on record: it takes that of a second reviewer", item=item)
        messages.success(request, said(words))
    else:
        words = tell("{item}: the status is now “{status}”", item=item, status=STATUS_WORDS[done.status])
        messages.success(request, said(words))
    if request.POST.get("next") == "review":
        return redirect(f"{address('bank-review', unit)}?after={item}")
    return redirect("bank-item", unit=unit, item=item)


_MOST_TOLD = 20


@allowed(write=KEYS, within="unit", secret=True)
@require_POST
def statuses(request: Request, unit: str) -> HttpResponse:
    """Gives the items that were chosen in a list a status, or all that fit its search; says what was left."""
    there = opened(unit)
    chosen = dict(one.partition(" ")[::2] for one in request.POST.getlist("item"))
    if request.POST.get("all"):
        if request.POST["all"] != stamp_text(unit):
            messages.error(request, said(tell("The unit was changed since you opened the list: look again.")))
            return redirect(_list_of(request, unit))
        fit = fitting(
            there, asked_of(QueryDict(request.POST.get("query", ""))), sees_keys(request.user, unit)
        )
        chosen = {one.id: judged(there, one) for one in fit}
    if not chosen:
        messages.error(request, said(tell("Choose items first.")))
        return redirect(_list_of(request, unit))
    try:
        done = decide_all(request.user, unit, chosen, request.POST)
    except ExamgenError as error:
        messages.error(request, str(error))
        return redirect(_list_of(request, unit))
    if done.moved:
        words = tell_n(
            "{n} item has the status “{status}” now",
            "{n} items have the status “{status}” now",
            len(done.moved),
            status=STATUS_WORDS[request.POST["to"]],
        )
        messages.success(request, said(words))
    if done.waiting:
        words = tell_n(
            "Your approval of {n} item is on record: it takes that of a second reviewer",
            "Your approval of {n} items is on record: each takes that of a second reviewer",
            len(done.waiting),
        )
        messages.success(request, said(words))
    if done.left:
        words = tell_n("{n} item was left as it is", "{n} items were left as they are", len(done.left))
        reasons = [f"{name}: {why}" for name, why in [*done.left.items()][:_MOST_TOLD]]
        messages.warning(request, said(joined([words, *reasons], "; ")))
    return redirect(_list_of(request, unit))


def _list_of(request: Request, unit: str) -> str:
    """The address of the list as it was searched."""
    query = QueryDict(request.POST.get("query", "")).urlencode()
    return f"{address('bank-unit', unit)}?{query}" if query else address("bank-unit", unit)


@allowed(read=KEYS, write={Role.WRITER}, within="unit", secret=True)
@require_POST
def findings(request: Request, unit: str) -> HttpResponse:
    """What `bank check` would say of what stands in the form."""
    there = opened(unit)
    name = request.POST.get("item") or None
    draft = draft_of(there, name if name in there.items else None, texts_sent(request.POST))
    return render(
        request,
        "bank/findings.html",
        {"found": findings_shown(draft.problems)},
    )


@allowed(read=KEYS, write={Role.WRITER}, within="unit", secret=True)
@xframe_options_sameorigin
def preview(request: Request, unit: str) -> HttpResponse:
    """An item as it will print, with its key: what stands in the form, or what is saved."""
    there = opened(unit)
    if request.method == "POST":
        name = request.POST.get("item") or None
        draft = draft_of(there, name if name in there.items else None, texts_sent(request.POST))
        one = draft.item
    else:
        one = item_of(there, request.GET.get("item", ""))
    try:
        if one is None:
            raise Refused(tell("Fill in the criterion, the stem, two options and the key to see it."))
        answer = HttpResponse(draft_page(workspace(), there.bank_unit, one))
    except ExamgenError as error:
        answer = render(request, "bank/no_preview.html", {"reason": error.message})
    answer.headers["Content-Security-Policy"] = FRAME_POLICY
    return answer


@allowed(read=KEYS, within="unit", secret=True)
def pdf(request: Request, unit: str, item: str) -> HttpResponse:
    """The page of an item that is saved, as it goes to the printer."""
    there = opened(unit)
    data = draft_page(workspace(), there.bank_unit, item_of(there, item), as_pdf=True)
    return HttpResponse(
        data,
        content_type="application/pdf",
        headers={"Content-Disposition": content_disposition_header(True, f"{item}.pdf") or "attachment"},
    )
