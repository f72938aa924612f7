"""Everybody signs in with a second factor: every page sends who has none to get one first."""

from __future__ import annotations

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from examgen.web.language import said
from examgen.words import tell

NEEDED = tell("this site asks everybody for a second factor: add an app with codes or a passkey first")
OPEN = ("/accounts/", "/language/", "/static/")


class SecondFactor:
    """Middleware: without a second factor nobody sees anything but the page where it is added."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, which no browser keeps, or the way to the second factor."""
        user = request.user
        if (
            not settings.SITE.is_demo
            and user.is_authenticated
            and not request.path.startswith(OPEN)
            and not is_mfa_enabled(user)
        ):
            messages.warning(request, said(NEEDED))
            return redirect("mfa_index")
        answer = self.get_response(request)
        if user.is_authenticated and "Cache-Control" not in answer.headers:
            answer.headers["Cache-Control"] = "no-store"
        return answer
