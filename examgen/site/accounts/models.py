"""Users, the roles of a certification body, and the roles that a user has, for one unit or for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower

from examgen.core.words import tell
from examgen.site.database import OneOf
from examgen.site.language import said

if TYPE_CHECKING:
    from django.db.models import QuerySet


WORDS = {
    "writer": tell("Writer"),
    "reviewer": tell("Reviewer"),
    "assembler": tell("Coordinator"),
    "invigilator": tell("Invigilator"),
    "assessor": tell("Assessor"),
    "grader": tell("Grader"),
    "psychometrician": tell("Psychometrician"),
    "approver": tell("Approver"),
    "auditor": tell("Auditor"),
    "administrator": tell("Administrator"),
}
"""The labels of the roles."""


class Role(models.TextChoices):
    """The role of a user, which an administrator grants for one unit or for all."""

    WRITER = "writer", said(WORDS["writer"])
    REVIEWER = "reviewer", said(WORDS["reviewer"])
    ASSEMBLER = "assembler", said(WORDS["assembler"])
    INVIGILATOR = "invigilator", said(WORDS["invigilator"])
    ASSESSOR = "assessor", said(WORDS["assessor"])
    GRADER = "grader", said(WORDS["grader"])
    PSYCHOMETRICIAN = "psychometrician", said(WORDS["psychometrician"])
    APPROVER = "approver", said(WORDS["approver"])
    AUDITOR = "auditor", said(WORDS["auditor"])
    ADMINISTRATOR = "administrator", said(WORDS["administrator"])


class User(AbstractUser):
    """A user; `name` is used in the record and in commits."""

    first_name = last_name = None  # type: ignore[assignment] # Thai names are not cut in two
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=2, default="th")
    is_written_to = models.BooleanField(default=True)
    written_on = models.DateField(null=True, blank=True)
    """The day of the last e-mail about waiting work."""

    given_roles: tuple[Grant, ...] | None = None
    """The user's roles, read once per request (`grants_of`)."""

    class Meta(AbstractUser.Meta):
        """No two accounts have the same e-mail address; it may be empty."""

        constraints = (
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="own_address"),
        )

    REQUIRED_FIELDS = ["name"]  # noqa: RUF012 # Django asks for a list

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def signature(self) -> str:
        """The signature on a decision. It contains the user name, because two users may have the same
        name."""
        return f"{self.name} ({self.username})" if self.name not in ("", self.username) else self.username

    def get_full_name(self) -> str:
        """Returns the name."""
        return str(self)


class Grant(models.Model):
    """A role granted to a user; an empty unit means all units."""

    user = models.ForeignKey(User, models.CASCADE, related_name="grants")
    role = OneOf(max_length=20, choices=Role)
    unit = models.CharField(max_length=80, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="given")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Nobody has the same role for the same unit twice."""

        constraints = (models.UniqueConstraint(fields=("user", "role", "unit"), name="one_of_each"),)
        ordering = ("role", "unit")

    def __str__(self) -> str:
        return f"{self.user}: {self.role} {self.unit}".strip()


class Kind(models.TextChoices):
    """The kinds of changes that a second administrator has to confirm."""

    ROLE = "role", said(tell("a role"))
    LINK = "link", said(tell("a link to choose a password"))
    FACTOR = "factor", said(tell("a lost second factor taken away"))
    OPEN = "open", said(tell("the account opened again"))
    CLOSE = "close", said(tell("the account closed"))
    TAKE = "take", said(tell("the role of administrator taken"))


class Waiting(models.Model):
    """A change that waits for a second administrator."""

    kind = OneOf(max_length=10, choices=Kind)
    of = models.ForeignKey(User, models.CASCADE, related_name="+")
    role = models.CharField(max_length=20, blank=True)
    unit = models.CharField(max_length=80, blank=True)
    by = models.ForeignKey(User, models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Oldest first."""

        ordering = ("at",)

    def __str__(self) -> str:
        return f"{self.of}: {self.kind} {self.role} {self.unit}".strip()


EVERYBODY = frozenset(Role)
DUTIES = {
    Role.WRITER: tell("writes items and sends them for review"),
    Role.REVIEWER: tell("rates and approves items of others"),
    Role.ASSEMBLER: tell("writes blueprints, builds exams, prints papers"),
    Role.INVIGILATOR: tell("sees the rooms of a sitting, records who came"),
    Role.ASSESSOR: tell("rates candidates in interviews, portfolios and observations"),
    Role.GRADER: tell("scores answers, settles rows that were set aside"),
    Role.PSYCHOMETRICIAN: tell("analyses items and results"),
    Role.APPROVER: tell("releases results that others have scored"),
    Role.AUDITOR: tell("sees everything but keys and marks, changes nothing; has no other role"),
    Role.ADMINISTRATOR: tell("gives accounts and roles, keeps the site running"),
}
"""What each role does, as a sentence without its subject."""


def grants_of(user: Any) -> tuple[Grant, ...]:
    """Returns the roles granted to a user, which are read once per request; none if the account is closed.

    An auditor has no other role: any other roles of the account do not apply.
    """
    if not user.is_authenticated or not user.is_active:
        return ()
    if user.given_roles is None:
        user.given_roles = tuple(user.grants.all())
    return tuple(one for one in user.given_roles if one.role == Role.AUDITOR) or user.given_roles


def is_auditor(user: Any) -> bool:
    """Returns whether a user may see everything except keys and marks, and change nothing."""
    return has(user, Role.AUDITOR)


def administrators() -> QuerySet[User]:
    """Returns all present administrators: open accounts without the role of auditor."""
    from examgen.site.accounts.models import User

    found = User.objects.filter(is_active=True, grants__role=Role.ADMINISTRATOR)
    return found.exclude(grants__role=Role.AUDITOR).distinct()


def holders(role: Role, unit: str) -> list[User]:
    """Returns the users with open accounts who have a role for a unit, by user name."""
    from examgen.site.accounts.models import User

    found = User.objects.filter(is_active=True, grants__role=role, grants__unit__in=("", unit))
    return list(found.distinct().order_by("username"))


def people_of(unit: str, *roles: Role) -> list[str]:
    """Returns the names of the users who have one of the roles for a unit."""
    return [*dict.fromkeys(str(one) for role in roles for one in holders(role, unit))]


def has(user: Any, *roles: Role) -> bool:
    """Returns whether a user has one of the roles, for any unit."""
    return any(one.role in roles for one in grants_of(user))
