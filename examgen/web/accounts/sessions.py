"""Sessions ended, and what people do at the door put on record."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.contrib.sessions.models import Session

from examgen.web.accounts.models import User
from examgen.web.audit.record import record


def end_sessions(user: User, but: str | None = None) -> None:
    """Signs somebody out wherever he has signed in, but in the session with that key."""
    for session in Session.objects.exclude(session_key=but).iterator():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()


def connect() -> None:
    """Has Django and allauth tell what happens at the door."""
    for signal, what in (
        (user_logged_in, "door.in"),
        (user_logged_out, "door.out"),
        (password_changed, "password.change"),
        (password_set, "password.set"),
        (password_reset, "password.reset"),
        (authenticator_added, "factor.add"),
        (authenticator_removed, "factor.remove"),
        (authenticator_reset, "factor.reset"),
    ):
        signal.connect(_telling(what), weak=False, dispatch_uid=f"examgen {what}")
    user_login_failed.connect(_failed, weak=False, dispatch_uid="examgen door.failed")


def _telling(what: str) -> Any:
    def tell_of(sender: Any, user: Any = None, request: Any = None, **_: Any) -> None:
        if user is not None and user.pk:
            record(user, what, user.username)
            if what.startswith("factor.") and request is not None:  # a new password ends them by itself
                end_sessions(user, but=request.session.session_key)

    return tell_of


def _failed(sender: Any, credentials: dict[str, Any], **_: Any) -> None:
    """Who it was to be is recorded only where there is such an account: a password typed into the wrong
    field is not."""
    name = str(credentials.get("username") or credentials.get("email") or "")[:150]
    known = User.objects.filter(username__iexact=name).first() or (
        User.objects.filter(email__iexact=name).first() if name else None
    )
    record(None, "door.failed", known.username if known else "")
