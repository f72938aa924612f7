"""What one administrator does alone, and what another has to confirm.

An administrator who gives roles alone could act as two people: one who makes a request and one who grants it.
Therefore nobody gives a role to themselves. If two or more administrators can sign in, another one has to
confirm: every role; a new password link or the removal of a second factor for a user with a role; reopening a
closed account with roles; closing an administrator's account or revoking that role. If there is only one, it
is done at once, and the record says so.
"""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction

from examgen.core.problems import Refused
from examgen.core.words import tell
from examgen.site.accounts.forms import against
from examgen.site.accounts.models import Grant, Kind, User, Waiting, administrators
from examgen.site.accounts.sessions import end_sessions, link_for
from examgen.site.audit.models import Entry, alone, record

LINK, FACTOR = "account.link", "factor.forget"
OTHER_ADMINISTRATOR = tell(
    "another administrator has to do this: whoever could choose the password and take the second factor, "
    "too, could sign in as this person"
)
_TAKES = {Kind.CLOSE, Kind.TAKE}
"""The changes that leave a site with fewer administrators."""


def able() -> list[User]:
    """Returns the administrators who can sign in."""
    there = [one for one in administrators() if one.has_usable_password()]
    if settings.SITE.is_demo:
        return there
    with_factor = {*Authenticator.objects.filter(user__in=there).values_list("user_id", flat=True)}
    return [one for one in there if one.pk in with_factor]


def is_alone() -> bool:
    """Returns whether fewer than two administrators can sign in, so that nobody else can confirm."""
    return len(able()) < 2


def waits(by: User, kind: Kind, of: User) -> bool:
    """Returns whether another administrator has to confirm the change."""
    if not any(one.pk != by.pk for one in able()):
        return False
    if kind == Kind.ROLE:
        return True
    if kind in _TAKES:
        return of.pk != by.pk and administrators().filter(pk=of.pk).exists()
    return of.grants.exists()


def may_confirm(by: User, one: Waiting) -> bool:
    """Returns whether the user may confirm the change: another administrator than the one who asked for it,
    and not the person it concerns unless it revokes their role."""
    is_own = by.pk == one.of_id and one.kind != Kind.TAKE
    return by.pk != one.by_id and not is_own and any(other.pk == by.pk for other in able())


def ask(by: User, kind: Kind, of: User, role: str = "", unit: str = "") -> str:
    """Makes the change at once, or lets it wait. Returns the link to choose a password if one was made at
    once, otherwise an empty text."""
    if kind == Kind.ROLE and of.pk == by.pk:
        raise Refused.because("you cannot give yourself a role. Another administrator must do it.")
    with transaction.atomic():
        alone()
        if not waits(by, kind, of):
            return _done(by, kind, of, role, unit, alone=is_alone())
        _, is_new = Waiting.objects.get_or_create(kind=kind, of=of, role=role, unit=unit, defaults={"by": by})
        if is_new:
            record(by, "second.ask", of.username, kind=str(kind), role=role, unit=unit)
    return ""


def answer(by: User, one: Waiting, is_confirmed: bool) -> str:
    """Confirms or declines a waiting change. Returns the link to choose a password if one was made, otherwise
    an empty text."""
    with transaction.atomic():
        alone()
        found = Waiting.objects.filter(pk=one.pk).first()
        if found is None:
            raise Refused.because("somebody has answered it meanwhile")
        kind, of = Kind(found.kind), found.of
        if not is_confirmed:
            found.delete()
            record(
                by, "second.decline", of.username, kind=str(kind), role=found.role, asked_by=found.by.username
            )
            return ""
        if not may_confirm(by, found):
            raise PermissionDenied
        if not administrators().filter(pk=found.by_id).exists():
            raise Refused.because(
                "the person who requested it is no longer an administrator. Decline the request."
            )
        found.delete()
        return _done(by, kind, of, found.role, found.unit, asked_by=found.by.username)


def _done(by: User, kind: Kind, of: User, role: str, unit: str, **said: Any) -> str:
    """Does it, and puts it on record."""
    if kind == Kind.ROLE:
        if fault := against(of, role):
            raise Refused(fault)
        _, is_new = Grant.objects.get_or_create(user=of, role=role, unit=unit, defaults={"by": by})
        if is_new:
            record(by, "role.give", of.username, role=role, unit=unit, **said)
    elif kind == Kind.LINK:
        _check_help(by, of, FACTOR)
        of.set_unusable_password()
        of.save(update_fields=["password"])
        end_sessions(of)
        record(by, LINK, of.username, **said)
        return link_for(of)
    elif kind == Kind.FACTOR:
        _check_help(by, of, LINK)
        Authenticator.objects.filter(user=of).delete()
        end_sessions(of)
        record(by, FACTOR, of.username, **said)
    elif kind == Kind.TAKE:
        _check_last(of)
        Grant.objects.filter(user=of, role=role, unit=unit).delete()
        record(by, "role.take", of.username, role=role, unit=unit, **said)
    else:
        if kind == Kind.CLOSE:
            _check_last(of)
            end_sessions(of)
        of.is_active = kind == Kind.OPEN
        of.save(update_fields=["is_active"])
        record(by, "account.open" if of.is_active else "account.close", of.username, **said)
    return ""


def _check_help(by: User, of: User, other: str) -> None:
    """Raises Refused if the user has done the other of the two (making a link, removing a lost second factor)
    for that person since they last signed in with a second factor: both together would give access to the
    account."""
    done = Entry.objects.filter(who=by.username, what=other, about=of.username)
    if of.last_login and Authenticator.objects.filter(user=of).exists():
        done = done.filter(at__gte=of.last_login)
    if done.exists():
        raise Refused(OTHER_ADMINISTRATOR)


def _check_last(user: User) -> None:
    """Refuses to leave the site without an administrator."""
    there = {*administrators().values_list("pk", flat=True)}
    if there == {user.pk}:
        raise Refused.because("the last administrator stays one")
