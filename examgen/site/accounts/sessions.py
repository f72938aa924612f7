"""Links to choose a password, listing and ending sessions, and recording sign-ins and changes of passwords
and second factors."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from allauth.account.authentication import get_authentication_records
from allauth.account.forms import default_token_generator
from allauth.account.signals import (
    authentication_step_completed,
    password_changed,
    password_reset,
    password_set,
)
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
)
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from examgen.core.words import tell
from examgen.site.accounts.models import User
from examgen.site.audit.models import record
from examgen.site.language import said
from examgen.site.workspace import unit_folders

BEGUN, SEEN, BROWSER = "begun", "seen", "browser"
"""The keys of a session's data: when its owner signed in, when they were last active, and their browser."""
IDLE, ABSOLUTE = 60 * 60, 12 * 60 * 60
"""Seconds after which a session ends: since the last request, and since sign-in."""
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"))
_SYSTEMS = (
    *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows")),
    *(("Mac OS", "macOS"), ("Linux", "Linux")),
)


class Held(NamedTuple):
    """A session of a user; `id` identifies it in a form and gives no access."""

    id: str
    key: str
    browser: str
    begun: datetime | None
    seen: datetime | None


def browser_of(agent: str) -> str:
    """Returns a browser and its system by their common names, without versions, so that the owner recognises
    them."""
    browser = next((name for mark, name in _BROWSERS if f"{mark}/" in agent), "")
    if not browser and "Safari/" in agent:
        browser = "Safari"
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return ", ".join(filter(None, (browser, system)))


def id_of(key: str) -> str:
    """Returns the id of a session in a form, from its key."""
    return salted_hmac("examgen.sessions", key, algorithm="sha256").hexdigest()[:24]


def begin(request: Any) -> None:
    """Stores the data of a new session: begin, last activity and browser."""
    now = int(time.time())
    request.session[BEGUN] = request.session[SEEN] = now
    request.session[BROWSER] = browser_of(request.headers.get("User-Agent", "")[:500])


def is_over(begun: int, seen: int, now: int) -> bool:
    """Returns whether a session has expired. Times are seconds since the epoch."""
    return now - seen > IDLE or now - begun > ABSOLUTE


def sessions_of(user: User) -> list[Held]:
    """Returns the user's sessions that have not ended, newest first."""
    found = [
        Held(id_of(key), key, said.get(BROWSER, ""), _at(said, BEGUN), _at(said, SEEN))
        for key, said in _open()
        if said.get("_auth_user_id") == str(user.pk)
    ]
    return sorted(found, key=lambda one: one.begun or datetime.min.replace(tzinfo=UTC), reverse=True)


def _open() -> Iterator[tuple[str, dict[str, Any]]]:
    now = int(time.time())
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        said = session.get_decoded()
        if not is_over(said.get(BEGUN, now), said.get(SEEN, now), now):
            yield session.session_key, said


def _at(said: dict[str, Any], name: str) -> datetime | None:
    return datetime.fromtimestamp(said[name], UTC) if name in said else None


def end_sessions(user: User | None, but: str | None = None) -> int:
    """Ends all sessions of a user, or of everybody, except the one with the key `but`. Returns the number of
    sessions."""
    ended = 0
    for session in Session.objects.iterator():
        whose = session.get_decoded().get("_auth_user_id")
        if session.session_key != but and (whose == str(user.pk) if user else whose is not None):
            session.delete()
            ended += 1
    return ended


def end_session(held: Held | None) -> int:
    """Ends a session, if there is one. Returns the number of ended sessions."""
    return Session.objects.filter(session_key=held.key).delete()[0] if held is not None else 0


def connect() -> None:
    """Connects the signals of Django and allauth about sign-ins, passwords and second factors to the
    record."""
    user_logged_in.connect(_begin, weak=False, dispatch_uid="examgen session begins")
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
    authentication_failed.connect(_wrong_factor, weak=False, dispatch_uid="examgen factor.failed")
    authentication_step_completed.connect(_again, weak=False, dispatch_uid="examgen door.again")


def _begin(sender: Any, request: Any, **_: Any) -> None:
    begin(request)


def _telling(what: str) -> Any:
    def tell_of(
        sender: Any, user: Any = None, request: Any = None, authenticator: Any = None, **_: Any
    ) -> None:
        if user is None or not user.pk:
            return
        detail: dict[str, Any] = {}
        if what == "door.in" and request is not None:
            detail["by"] = [_factor(one) for one in get_authentication_records(request, user)]
        elif authenticator is not None:
            detail["factor"] = authenticator.type
        record(user, what, user.username, **detail)
        if what.startswith("factor.") and request is not None:  # a new password ends them by itself
            end_sessions(user, but=request.session.session_key)

    return tell_of


def _factor(said: dict[str, Any]) -> str:
    """Returns the method of authentication: `password`, `totp`, `webauthn` or `recovery_codes`."""
    return str(said.get("type") or said.get("method") or "")


def _again(sender: Any, request: Any, user: Any, method: str, **said: Any) -> None:
    """Changes the session key when the user enters password or second factor again, and records it."""
    if said.get("reauthenticated"):
        request.session.cycle_key()
        record(user, "door.again", user.username, by=[_factor({"method": method, **said})])


def _failed(sender: Any, credentials: dict[str, Any], **_: Any) -> None:
    """Records a failed sign-in. The user name is recorded only if there is such an account, because a
    password may have been typed into the wrong field."""
    name = str(credentials.get("username") or credentials.get("email") or "")[:150]
    known = User.objects.filter(username__iexact=name).first() or (
        User.objects.filter(email__iexact=name).first() if name else None
    )
    record(None, "door.failed", known.username if known else "", by=["password"])


def _wrong_factor(
    sender: Any, user: Any, authenticator: Any, reauthentication: bool = False, **_: Any
) -> None:
    record(None, "door.failed", user.username, by=[authenticator.type], again=reauthentication)


WORDS = ("examgen", "competency", "certification", "itembank", "blueprint", "answerkey", "tpqi")
"""Words that are easy guesses for passwords of such a site. The codes of its units are added."""


class NoWordsOfHere:
    """A validator that rejects a password that is little more than a word of this site or the code of a
    unit."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError if fewer than eight characters are left without such words."""
        left = _plain(password)
        for word in (*WORDS, *map(_plain, unit_folders())):
            left = left.replace(word, "")
        if len(left) < _LEFT and len(left) < len(_plain(password)):
            raise ValidationError(said(tell("it is little more than a word that this site is known by")))

    def get_help_text(self) -> str:
        """Returns the requirement, for the form."""
        return str(said(tell("Not the name of this site or the code of a unit with a number after it.")))


_LEFT = 8


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", text.casefold())


def link_for(user: Any) -> str:
    """Returns the path at which a user chooses a password, for a new account or after a password was
    forgotten."""
    token = default_token_generator.make_token(user)
    return reverse(
        "account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": token}
    )
