"""The page `/verify/`: whether a report or a certificate is valid, by its number, its code or the URL in its
QR code.

Requests are not stored. Files are not accepted, so that the site decodes nothing from users who have not
signed in.
"""

from __future__ import annotations

from typing import Any

from allauth.core import ratelimit
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from examgen.core.other_methods import UNIT_STATUS_WORDS
from examgen.core.words import tell
from examgen.evidence.public import answer_to, known_keys
from examgen.site.abuse import Watched
from examgen.site.access import public
from examgen.site.language import said
from examgen.site.workspace import workspace

MOST_BYTES = 200_000
"""The maximum size of a request in bytes, which is more than the longest text takes in any encoding."""


class VerifyForm(Watched):
    """The form with the text to verify."""

    text = forms.CharField(
        label=said(tell("The code, its address, or the number of the certificate")),
        help_text=said(tell("A code begins with EG1: or EC1:; the number of a certificate stands on it")),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )


WORDS = {
    "valid": (
        tell("Valid"),
        "good",
        tell("The body signed it, and the results that are released say so still."),
    ),
    "superseded": (
        tell("Superseded"),
        "warn",
        tell("The body signed it. Later results came to the same decision: ask for the newer report."),
    ),
    "withheld": (
        tell("Held back"),
        "warn",
        tell("The body gave this report out, and holds the result back for now: ask the body."),
    ),
    "revoked": (
        tell("Revoked"),
        "bad",
        tell("The body signed it once. The results that are released now do not say so any more."),
    ),
    "unreleased": (
        tell("Not released"),
        "bad",
        tell("The body signed it, and these results have not been released: it proves nothing yet."),
    ),
    "elsewhere": (
        tell("Signed"),
        "warn",
        tell("The body signed it. Whether it still holds is not known here: ask the body."),
    ),
    "unknown": (
        tell("Nothing is confirmed"),
        "bad",
        tell(
            "This is not a code or a number that this body gave, or it is not as it was given. Look whether "
            "it was read as a whole, and else ask the certification body that held the exam."
        ),
    ),
}
"""The label, colour and explanation of each result for a code."""
CERTIFICATE_WORDS = {
    "valid": (tell("Valid"), "good", tell("The register of the body has it, and it is in force.")),
    "suspended": (
        tell("Suspended"),
        "bad",
        tell("The body has suspended this certificate: it does not hold until the body says otherwise."),
    ),
    "withdrawn": (
        tell("Withdrawn"),
        "bad",
        tell("The body has withdrawn this certificate: it no longer holds."),
    ),
    "expired": (tell("Expired"), "warn", tell("The time for which this certificate was given is over.")),
}
"""The label, colour and explanation of each status of a certificate."""


@public("verify/", "verify")
@csrf_exempt  # it changes nothing and knows nobody; the check would read the request before we see its size
def verify(request: HttpRequest) -> HttpResponse:
    """Shows the form, and the result for what was sent."""
    if request.method != "POST":
        return _shown(request, form=VerifyForm())
    if not ratelimit.consume(request, action="verify"):
        answer = _shown(request, 429, form=VerifyForm(), is_too_often=True)
        answer.headers["Retry-After"] = "60"
        return answer
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return _shown(request, 413, form=VerifyForm(), is_too_large=True)
    form = VerifyForm(request.POST)
    if not form.is_valid():
        return _shown(request, 422, form=form)
    return _shown(request, form=VerifyForm(), answer=answer_to(workspace(), form.cleaned_data["text"]))


def _shown(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    shown = {"answer": None, "is_too_often": False, "is_too_large": False, **more}
    shown |= {"WORDS": WORDS, "CERTIFICATE_WORDS": CERTIFICATE_WORDS}
    shown |= {"UNIT_STATUSES": UNIT_STATUS_WORDS, "has_keys": bool(known_keys(workspace()))}
    answer = render(request, "public/verify.html", shown, status=status)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
