"""Entries of the record, and adding them: who did what, and when."""

from __future__ import annotations

from functools import cache
from typing import Any, NoReturn

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from examgen.site.site import Site

ONLY_ADDED_TO = "entries of the record are only added"


class Entries(models.QuerySet["Entry"]):
    """The entries of the record, which cannot be changed or deleted."""

    def update(self, **_: Any) -> NoReturn:
        """Raises TypeError."""
        raise TypeError(ONLY_ADDED_TO)

    def delete(self) -> NoReturn:
        """Raises TypeError."""
        raise TypeError(ONLY_ADDED_TO)


class Entry(models.Model):
    """An act in the record: `what` is a code (`item.change`), `about` an exam, a unit or an item."""

    number = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    who = models.CharField(max_length=150, blank=True)
    """The user name at the time of the act; empty for acts of the site itself."""
    what = models.CharField(max_length=60)
    about = models.CharField(max_length=240, blank=True)
    detail = models.JSONField(default=dict)

    objects = Entries.as_manager()

    class Meta:
        """In the order of the acts."""

        ordering = ("number",)
        indexes = (
            models.Index(fields=["what"]),
            models.Index(fields=["about"]),
            models.Index(fields=["who"]),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.at:%Y-%m-%d %H:%M} {self.who} {self.what} {self.about}"

    def save(self, *args: Any, **named: Any) -> None:
        """Adds the entry. Raises TypeError if it is already in the record."""
        if not self._state.adding:
            raise TypeError(ONLY_ADDED_TO)
        super().save(*args, **named)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        """Raises TypeError."""
        raise TypeError(ONLY_ADDED_TO)


_LOCK = 7_285_002
"""The id of the PostgreSQL lock for adding an entry."""


def record(who: Any, what: str, about: str = "", **detail: Any) -> Entry:
    """Adds an entry. `who` is a user or None; `detail` never contains keys, marks or passwords."""
    name = getattr(who, "username", "") if who is not None else ""
    with transaction.atomic():
        alone()
        entry = Entry(at=timezone.now(), who=name, what=what, about=about, detail=detail)
        entry.save(force_insert=True)
    return entry


def alone() -> None:
    """Locks the record until the transaction ends, so that two users who decide at once do so one after the
    other. For example, the last administrator cannot be removed by two simultaneous requests. In SQLite,
    every transaction is exclusive from its beginning (`Site.connection`)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


KEY_FILE = "record-key"
"""The secret for computing the names. Without it, the names in the record match no item any more."""
_NAME = "text:"


def text_name(sha256: str) -> str:
    """Returns the name of a text from its hash (`Item.sha256`)."""
    made = salted_hmac("examgen.record.texts", sha256, secret=_key(settings.SITE), algorithm="sha256")
    return _NAME + made.hexdigest()


@cache
def _key(site: Site) -> str:
    return site.token(KEY_FILE, 32)
