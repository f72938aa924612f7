"""The settings of accounts for allauth: nobody signs up, because administrators make accounts."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse


class Adapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """allauth's adapter for accounts that only administrators create."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Shows a page on how to get an account, in place of allauth's sign-up page."""
        raise ImmediateHttpResponse(render(request, "accounts/uninvited.html"))

    def post_login(self, request: HttpRequest, user: Any, **more: Any) -> HttpResponse:
        """Lets a user without a second factor add one at once: the password was given a moment ago, so it is
        not requested again before the time after which everybody confirms access anew."""
        if not is_mfa_enabled(user):
            for one in get_authentication_records(request, user)[-1:]:
                one["reauthenticated"] = True
            request.session.modified = True
        answer: HttpResponse = super().post_login(request, user, **more)
        return answer

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Returns the page for adding an app with codes to a user without a second factor, otherwise the
        first page."""
        if not settings.SITE.is_demo and not is_mfa_enabled(request.user):
            return reverse("mfa_activate_totp")
        return str(super().get_login_redirect_url(request))

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Does nothing, to keep the user name that the administrator chose."""
