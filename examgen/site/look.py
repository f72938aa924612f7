"""A page that shows every part of which pages are made, for those who write and look at pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from examgen.core.models.base import STATUS_WORDS
from examgen.core.words import joined, tell, tell_n
from examgen.site.abuse import Watched
from examgen.site.access import allowed
from examgen.site.accounts.roles import Role
from examgen.site.exams.steps import ExamStep
from examgen.site.forms import DayField
from examgen.site.language import address, said
from examgen.site.requests import Request
from examgen.site.waiting import Task


class _Parts(Watched):
    name = forms.CharField(
        label=said(tell("Name")), help_text=said(tell("Words, a code, a number or a name"))
    )
    day = DayField(tell("Day"), required=True)
    is_chosen = forms.BooleanField(label=said(tell("Chosen")), required=False)
    status = forms.ChoiceField(
        label=said(tell("Status")), choices=[(one, said(words)) for one, words in STATUS_WORDS.items()]
    )


@allowed(read={Role.ADMINISTRATOR})
def parts(request: Request) -> HttpResponse:
    """The parts: with a form that was sent empty, so that its faults are seen, too."""
    here, nobody = address("parts"), joined([])
    words = (tell("print the papers"), tell("say that it was sat"), tell("score the answers"))
    states = ("done", "next", "later")
    shown: dict[str, Any] = {
        "steps": [ExamStep(one, state, here, nobody, True) for one, state in zip(words, states, strict=True)],
        "waits": [
            Task(tell_n("{n} row to decide", "{n} rows to decide", 4), "T-EXAM", here, 4, timezone.now()),
            Task(tell("run {n} to release", n=2), "T-EXAM", here, 1),
        ],
        "notices": [
            ("", tell("Nothing has been asked for yet.")),
            ("done", tell("Saved: the next printing uses these settings")),
            (
                "warning",
                tell("Key sheets and other secret files are opened by two people, on a page of their own."),
            ),
            ("error", tell("Not done: the settings have errors, which stand below.")),
        ],
        "faults": [
            {"severity": severity, "text": tell("Not done: the settings have errors, which stand below.")}
            for severity in ("error", "warning", "notice")
        ],
        "states": [*STATUS_WORDS.items(), ("good", tell("released")), ("bad", tell("has errors"))],
        "form": _Parts({}),
        "rows": [("A4011.01-101", "approved", STATUS_WORDS["approved"], "0.72")],
    }
    return render(request, "look.html", shown)
