"""The roles of a certification body, and who has been given which, for one unit or for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import TextChoices

from examgen.core.words import tell
from examgen.site.language import said

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from examgen.site.accounts.models import Grant, User


WORDS = {
    "writer": tell("Writer"),
    "reviewer": tell("Reviewer"),
    "assembler": tell("Assembler"),
    "invigilator": tell("Invigilator"),
    "grader": tell("Grader"),
    "psychometrician": tell("Psychometrician"),
    "approver": tell("Approver"),
    "auditor": tell("Auditor"),
    "administrator": tell("Administrator"),
}
"""What people call each role."""


class Role(TextChoices):
    """What somebody does; each role is given for one unit or for all."""

    WRITER = "writer", said(WORDS["writer"])
    REVIEWER = "reviewer", said(WORDS["reviewer"])
    ASSEMBLER = "assembler", said(WORDS["assembler"])
    INVIGILATOR = "invigilator", said(WORDS["invigilator"])
    GRADER = "grader", said(WORDS["grader"])
    PSYCHOMETRICIAN = "psychometrician", said(WORDS["psychometrician"])
    APPROVER = "approver", said(WORDS["approver"])
    AUDITOR = "auditor", said(WORDS["auditor"])
    ADMINISTRATOR = "administrator", said(WORDS["administrator"])


EVERYBODY = frozenset(Role)
DUTIES = {
    Role.WRITER: tell("writes items and sends them for review"),
    Role.REVIEWER: tell("rates and approves items of others"),
    Role.ASSEMBLER: tell("writes blueprints, builds exams, prints papers"),
    Role.INVIGILATOR: tell("sees the rooms of a sitting, records who came"),
    Role.GRADER: tell("scores answers, settles rows that were set aside"),
    Role.PSYCHOMETRICIAN: tell("analyses items and results"),
    Role.APPROVER: tell("releases results that others have scored"),
    Role.AUDITOR: tell("sees everything but keys and marks, changes nothing; has no other role"),
    Role.ADMINISTRATOR: tell("gives accounts and roles, keeps the site running"),
}
"""What each role is for, in a sentence without its subject."""


def grants_of(user: Any) -> tuple[Grant, ...]:
    """What somebody has been given, read once for a request; nothing if the account is closed.

    Who is an auditor is nothing else: other roles that an account was given beside it do not hold.
    """
    if not user.is_authenticated or not user.is_active:
        return ()
    if user.given_roles is None:
        user.given_roles = tuple(user.grants.all())
    return tuple(one for one in user.given_roles if one.role == Role.AUDITOR) or user.given_roles


def is_auditor(user: Any) -> bool:
    """Whether somebody sees everything but keys and marks, and changes nothing."""
    return has(user, Role.AUDITOR)


def administrators() -> QuerySet[User]:
    """Everybody who is an administrator now: open accounts that are not an auditor's."""
    from examgen.site.accounts.models import User

    found = User.objects.filter(is_active=True, grants__role=Role.ADMINISTRATOR)
    return found.exclude(grants__role=Role.AUDITOR).distinct()


def has(user: Any, *roles: Role) -> bool:
    """Whether somebody has one of the roles, for whatever unit."""
    return any(one.role in roles for one in grants_of(user))
