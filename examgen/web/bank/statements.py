"""Items of which neither the record nor git tells who wrote them, and an administrator's word on who did."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from examgen.changes import changing
from examgen.web.abuse import Watched
from examgen.web.access import allowed, fresh, may
from examgen.web.accounts.models import User
from examgen.web.accounts.roles import Role
from examgen.web.audit.record import record
from examgen.web.bank.authors import STATED, authors_of
from examgen.web.bank.units import KEYS, opened
from examgen.web.language import said
from examgen.web.requests import Request
from examgen.web.workspace import bank
from examgen.words import tell, tell_n
from examgen.workflow.bank.opened import OpenUnit

_NOT_JUDGED = ("draft", "review")


class Statement(Watched):
    """Who wrote the items chosen."""

    items = forms.MultipleChoiceField(
        label=said(tell("Choose the items")), widget=forms.CheckboxSelectMultiple, required=True
    )
    by = forms.MultipleChoiceField(
        label=said(tell("Those of them who have an account here")),
        help_text=said(tell("they cannot approve these items; choose nobody where none of them has one")),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    said = forms.CharField(
        label=said(tell("Who wrote them, and how it is known")),
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: Any, untold: list[str], people: list[User]) -> None:
        super().__init__(data, initial={"items": untold})
        self._choose("items", [(name, name) for name in untold])
        self._choose("by", [(one.username, f"{one} ({one.username})") for one in people])

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = choices


def untold(unit: OpenUnit) -> list[str]:
    """The items that are still to be approved and whose authors cannot be told."""
    names = [name for name, item in unit.items.items() if item.status in _NOT_JUDGED]
    return [name for name, authors in authors_of(unit, names).items() if not authors.is_told]


@allowed(read=KEYS, write={Role.ADMINISTRATOR}, within="unit")
@fresh
def authors(request: Request, unit: str) -> HttpResponseBase:
    """The items of a unit whose authors cannot be told; an administrator says who they are."""
    may_state = may(request.user, {Role.ADMINISTRATOR}, {unit})
    with changing(bank()):  # what is said is said of the texts that are there
        there = opened(unit)
        names = untold(there)
        is_given = request.method == "POST"
        people = list(User.objects.order_by("username"))
        form = Statement(request.POST if is_given else None, names, people)
        if is_given and form.is_valid():
            return _stated(request, there, form.cleaned_data)
    context = {"code": unit, "names": names, "form": form if may_state and names else None}
    return render(request, "bank/authors.html", context, status=422 if is_given else 200)


def _stated(request: Request, unit: OpenUnit, given: dict[str, Any]) -> HttpResponse:
    hashes = {name: unit.items[name].sha256() for name in given["items"]}
    record(request.user, STATED, unit.code, items=hashes, by=given["by"], said=given["said"])
    words = tell_n("It is on record who wrote {n} item", "It is on record who wrote {n} items", len(hashes))
    messages.success(request, said(words))
    return redirect("bank-authors", unit=unit.code)
