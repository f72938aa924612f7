"""Who may do harm signs in with a second factor: a page of the site sends them to get one first."""

from __future__ import annotations

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from examgen.web.accounts.roles import Role, has
from examgen.web.language import said
from examgen.words import tell

ASKED_OF = (
    Role.ADMINISTRATOR,
    Role.APPROVER,
    Role.ASSEMBLER,
    Role.GRADER,
    Role.AUDITOR,
    Role.PSYCHOMETRICIAN,
)
"""Roles that see keys, results or accounts."""
OPEN = ("/accounts/", "/language/", "/static/")


class SecondFactor:
    """Middleware: without a second factor these roles see nothing but the page where they get one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, which no browser keeps, or the way to the second factor."""
        user = request.user
        if (
            not settings.SITE.is_demo
            and user.is_authenticated
            and not request.path.startswith(OPEN)
            and has(user, *ASKED_OF)
            and not is_mfa_enabled(user)
        ):
            text = tell("your role asks for a second factor: add an app with codes or a passkey first")
            messages.warning(request, said(text))
            return redirect("mfa_index")
        answer = self.get_response(request)
        if user.is_authenticated and "Cache-Control" not in answer.headers:
            answer.headers["Cache-Control"] = "no-store"
        return answer
