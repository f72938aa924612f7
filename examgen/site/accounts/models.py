"""Users and their roles."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower

from examgen.core.words import tell
from examgen.site.accounts.roles import Role
from examgen.site.database import OneOf
from examgen.site.language import said


class User(AbstractUser):
    """A user; `name` is used in the record and in commits."""

    first_name = last_name = None  # type: ignore[assignment] # Thai names are not cut in two
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=2, default="th")
    is_written_to = models.BooleanField(default=True)
    written_on = models.DateField(null=True, blank=True)
    """The day of the last e-mail about waiting work."""

    given_roles: tuple[Grant, ...] | None = None
    """The user's roles, read once per request (`roles.grants_of`)."""

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
