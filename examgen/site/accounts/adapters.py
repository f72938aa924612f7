"""The settings of accounts for allauth: nobody signs up, because administrators make accounts."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.http import HttpRequest
from django.shortcuts import render


class Adapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """allauth's adapter for accounts that only administrators create."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Shows a page on how to get an account, in place of allauth's sign-up page."""
        raise ImmediateHttpResponse(render(request, "accounts/uninvited.html"))

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Does nothing, to keep the user name that the administrator chose."""
