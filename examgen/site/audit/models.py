"""Entries of the record; triggers of the database refuse that one is changed or taken out (migration 2)."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC

from django.db import models


class Entry(models.Model):
    """What somebody did: `what` is a code (`item.save`), `about` an exam, a unit or an item."""

    number = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField()
    who = models.CharField(max_length=150, blank=True)
    """The user name as it was; empty for what the site did itself."""
    what = models.CharField(max_length=60)
    about = models.CharField(max_length=240, blank=True)
    detail = models.JSONField(default=dict)
    before = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        """In the order in which things were done."""

        ordering = ("number",)
        indexes = (
            models.Index(fields=["what"]),
            models.Index(fields=["about"]),
            models.Index(fields=["who"]),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.at:%Y-%m-%d %H:%M} {self.who} {self.what} {self.about}"

    def computed(self) -> str:
        """SHA-256 of the entry and of the hash before it, hexadecimal."""
        said = [
            self.number,
            self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            self.who,
            self.what,
            self.about,
            self.detail,
            self.before,
        ]
        text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("utf-8")).hexdigest()


class Head(models.Model):
    """The last entry: one row, locked while another is added, so that the chain never forks."""

    number = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return f"{self.number} {self.hash}"


class Owner(models.Model):
    """The workspace that the database belongs to: a row for each host that serves it, or that did last
    (`site/own_database.py`)."""

    workspace = models.CharField(max_length=64)
    """Its id."""
    host = models.CharField(max_length=255)
    folder = models.CharField(max_length=4096)
    """Where a site of it was last served."""
    seen = models.DateTimeField(null=True)
    """When that site last said that it runs; None where it has ended, or where the database is a file."""

    def __str__(self) -> str:
        return f"{self.workspace} {self.host}:{self.folder}"


class Begun(models.Model):
    """A change of the bank or of a sitting, or what a job is to put in its place, that is under way, or that
    was when its process was killed (`site/writing.py`)."""

    who = models.CharField(max_length=150)
    at = models.DateTimeField(auto_now_add=True)
    message = models.CharField(max_length=500)
    """Of the commit."""
    folder = models.CharField(max_length=240)
    """By its path in the workspace: the bank, the folder of a sitting, what a job writes to."""
    units = models.JSONField()
    """Of the bank, those whose files are changed."""
    job = models.UUIDField(null=True)
    paths = models.JSONField(default=list)
    """Of a job, where in the folder that is to stand which it makes, as patterns."""
    files = models.JSONField()
    """By name in the folder, what told each file from another as it was."""
    acts = models.JSONField()
    """What goes on record where the process is killed: what, about, details."""
    is_recorded = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.who} {self.message}"
