"""Limits on abuse: too many requests by one user, and values that no form of the site offers."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any

from allauth.core import context
from django.conf import settings
from django.core.cache import caches
from django.forms import ChoiceField, Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from examgen.site.requests import Middleware

log = logging.getLogger("examgen.access")

# ── too many requests ────────────────────────────────────────────────────────────────────────

MOST_PAGES = 600
"""The maximum number of requests of one user per minute, for all pages together."""
_TYPED = ("bank-typed", "bank-insert", "bank-preview", "blueprint-draft", "bank-picture", "reviews-picture")
_MADE = (
    *("bank-export", "bank-pdf", "papers-file", "papers-room", "opening-take"),
    *("results-candidate-document", "results-file", "results-export-file", "results-analysis-file"),
    *("certificate-pdf", "certificates-list"),
    *("record-csv", "record-jsonl", "runs-compare", "run-file", "proposal-moved"),
    *("standards-reading", "answers-columns", "row-scan"),
    *("returns-form", "returns-file"),
)
COSTLY = {**dict.fromkeys(_TYPED, 180), **dict.fromkeys(_MADE, 60)}
"""The maximum number of requests of one user per minute for costly pages, by URL name."""
_MINUTE = 60


class Limits(Middleware):
    """Middleware that limits the requests of each signed-in user to what a person can look at.

    Each process counts separately, so that with N processes the limits may be N times as high. A demo has no
    limits, because its speed is measured.
    """

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        """Returns a page with status 429 if there are too many requests; None otherwise."""
        page = str(request.resolver_match.url_name) if request.resolver_match else ""
        if settings.SITE.is_demo or not request.user.is_authenticated or page == "account_logout":
            return None
        too_many = _n_asked(request.user.pk, "") > MOST_PAGES
        if page in COSTLY:
            too_many |= _n_asked(request.user.pk, page) > COSTLY[page]
        if not too_many:
            return None
        log.warning("too often", extra={"page": page, "user": request.user.pk, "method": request.method})
        answer = render(request, "often.html", status=429)
        answer.headers["Retry-After"] = str(_MINUTE - int(time.time()) % _MINUTE)
        return answer


def _n_asked(user: int, page: str) -> int:
    """Returns the number of requests of a user for a page within this minute, this one included."""
    key = f"{int(time.time()) // _MINUTE}-{user}-{page}"
    caches["limits"].add(key, 0, 2 * _MINUTE)
    return caches["limits"].incr(key)


# ── values that no form offers ───────────────────────────────────────────────────────────────

FORGED = frozenset({"invalid_choice", "invalid_list", "null_characters_not_allowed", "max_length"})
"""Error codes for values that no browser sends by itself: not a choice, or longer than the field allows."""


class Watched(Form):
    """A form that logs when a user sends a value that it does not offer. It never logs the value."""

    def choose(self, name: str, choices: Sequence[tuple[Any, Any]]) -> None:
        """Sets the choices of a field."""
        field = self.fields[name]
        assert isinstance(field, ChoiceField)
        field.choices = choices

    def full_clean(self) -> None:
        """Validates the form as Django does, then logs the fields with forged values."""
        super().full_clean()
        found = sorted(
            {
                name
                for name, faults in self.errors.as_data().items()
                if any(one.code in FORGED for one in faults)
            }
        )
        request = context.request
        if found and request is not None:
            page = request.resolver_match.url_name if request.resolver_match else ""
            extra = {"page": page, "user": getattr(request.user, "pk", None), "method": request.method}
            log.warning("a form refused what it does not offer: %s", ", ".join(found), extra=extra)
