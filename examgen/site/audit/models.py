"""Entries of the record: who did what, and when."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models

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
