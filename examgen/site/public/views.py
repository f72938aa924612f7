"""The page of `/verify/`: whether a report or a certificate holds, by its number, by the text of its code or
by a picture of it.

Nothing is kept of what was asked.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from allauth.core import ratelimit
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from examgen.core.other_methods import UNIT_STATUS_WORDS
from examgen.core.words import tell
from examgen.evidence.public import PublicAnswer, answer_to, codes_of_picture, known_keys
from examgen.site.abuse import Watched
from examgen.site.access import public
from examgen.site.language import said
from examgen.site.workspace import workspace

MOST_BYTES = 5_000_000
"""Of a picture."""


class VerifyForm(Watched):
    """One of the two."""

    text = forms.CharField(
        label=said(tell("The text of the code, or the number of the certificate")),
        help_text=said(tell("A code begins with EG1: or EC1:; the number of a certificate stands on it")),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )
    picture = forms.FileField(
        label=said(tell("or a picture of the code (PNG or JPEG, at most 5 MB)")),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
    )

    def clean_picture(self) -> Any:
        """Not too large."""
        given = self.cleaned_data["picture"]
        if given and given.size > MOST_BYTES:
            raise ValidationError(said(tell("the picture is larger than 5 MB")))
        return given

    def clean(self) -> dict[str, Any]:
        """Something, and not both."""
        found = super().clean() or {}
        if not self.errors and bool((found.get("text") or "").strip()) == bool(found.get("picture")):
            raise ValidationError(said(tell("give either a text or a picture")))
        return found


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
"""Of each standing what it is called, its colour, and what it means."""
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
"""The same of certificates."""
MORE_THAN_A_PICTURE = 200_000
"""Bytes of a request beside its picture."""
MOST_CODES = 4
"""Codes of a picture that are answered."""


@public
@csrf_exempt  # it changes nothing and knows nobody; the check would take in an upload before we see its size
def verify(request: HttpRequest) -> HttpResponse:
    """The form, and the answer to what was sent with it."""
    if request.method != "POST":
        return _shown(request, form=VerifyForm())
    if not ratelimit.consume(request, action="verify"):
        answer = _shown(request, 429, form=VerifyForm(), is_too_often=True)
        answer.headers["Retry-After"] = "60"
        return answer
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES + MORE_THAN_A_PICTURE:
        return _shown(request, 413, form=VerifyForm(), is_too_large=True)
    form = VerifyForm(request.POST, request.FILES)
    if not form.is_valid():
        return _shown(request, 422, form=form)
    if form.cleaned_data["picture"]:
        codes = _codes(form.cleaned_data["picture"])
        if not codes:
            return _shown(request, form=form, has_no_code=True)
        answers = [answer_to(workspace(), code) for code in codes[:MOST_CODES]]
    else:
        answers = [answer_to(workspace(), form.cleaned_data["text"])]
    return _shown(request, form=VerifyForm(), answers=list(dict.fromkeys(map(_hashable, answers))))


def _hashable(answer: PublicAnswer) -> Any:
    return answer._replace(title=tuple(answer.title.items()))  # type: ignore[arg-type]


def _codes(given: Any) -> list[str]:
    """The codes of a picture, which is gone afterwards."""
    path = Path(settings.SITE.uploads) / uuid.uuid4().hex
    try:
        with path.open("xb") as file:
            for chunk in given.chunks():
                file.write(chunk)
        return codes_of_picture(path)
    finally:
        path.unlink(missing_ok=True)


def _shown(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    shown = {"answers": [], "has_no_code": False, "is_too_often": False, "is_too_large": False, **more}
    shown |= {"WORDS": WORDS, "CERTIFICATE_WORDS": CERTIFICATE_WORDS}
    shown |= {"UNIT_STATUSES": UNIT_STATUS_WORDS, "has_keys": bool(known_keys(workspace()))}
    answer = render(request, "public/verify.html", shown, status=status)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
