"""What allauth is told of our accounts: nobody signs up, people are invited."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.http import HttpRequest
from django.shortcuts import render


class Adapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Accounts are made by an administrator."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: whom to ask for an account is told in place of allauth's page."""
        raise ImmediateHttpResponse(render(request, "accounts/uninvited.html"))

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """The name that the administrator gave stays."""
