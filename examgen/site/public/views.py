"""Pages that need no account. `/verify/` shows whether a report or a certificate is valid, by its number, its
code or the URL in its QR code.

Requests are not stored. Files are not accepted, so that the site decodes nothing from users who have not
signed in.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.core import ratelimit
from django import forms
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from examgen.bank.workspaces import site_settings
from examgen.core.locks import is_free
from examgen.core.other_methods import UNIT_STATUS_WORDS
from examgen.core.words import tell
from examgen.evidence.public import answer_to, known_keys
from examgen.site.abuse import Watched
from examgen.site.access import public
from examgen.site.jobs.queue import workers
from examgen.site.language import said
from examgen.site.requests import Request, or_404
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


@public("health/", "health")
@require_safe
def health(request: Request) -> HttpResponse:
    """Returns status 200 if the database answers, the workspace exists and a worker runs; otherwise 503."""
    found = {
        "database": _database(),
        "workspace": (settings.SITE.workspace / "item_bank").is_dir(),
        "worker": any(not is_free(lock) for lock in workers().iterdir()),
    }
    return JsonResponse(found, status=200 if all(found.values()) else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:  # whatever it is, the answer is no
        return False
    return True


@public(".well-known/security.txt", "security-txt")
@require_safe
def security_txt(request: Request) -> HttpResponse:
    """Returns `security.txt` with the contact for security problems (RFC 9116), if `examgen.yaml` names
    one."""
    contact = or_404(site_settings(workspace()).security_contact)
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    lines = (
        f"Contact: {contact}",
        f"Expires: {(today + EXPIRES).isoformat().replace('+00:00', 'Z')}",
        "Preferred-Languages: th, en",
        f"Canonical: {request.build_absolute_uri()}",
    )
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


EXPIRES = timedelta(days=180)
"""The period for which `security.txt` is valid."""
