"""Openings in the database."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from examgen.core.words import tell
from examgen.site.language import said

WAITS = timedelta(hours=24)
"""How long after it was asked for an opening may be granted."""
LASTS = timedelta(minutes=30)
"""How long after it was granted the files may be taken."""
MOST_TAKEN = 10
"""How often files of an opening may be taken in all."""


class Step(models.TextChoices):
    """The state of an opening."""

    WAITING = "waiting", said(tell("waits for a second person"))
    OPEN = "open", said(tell("open to who asked"))
    DECLINED = "declined", said(tell("declined"))
    LAPSED = "lapsed", said(tell("not granted in time"))
    ENDED = "ended", said(tell("ended"))


class Opening(models.Model):
    """A request to open secret files of an exam, and its answer by another person.

    It applies only to the files as they were at the time of the request: `files` has the SHA-256 of each.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    exam = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)
    """The fingerprint of the exam as it was built."""
    files = models.JSONField(default=dict)
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="openings")
    asked_at = models.DateTimeField(default=timezone.now)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="answered_openings", null=True
    )
    answered_at = models.DateTimeField(null=True)
    is_granted = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True)
    taken = models.PositiveIntegerField(default=0)

    class Meta:
        """Newest first; the database refuses an answer by the person who asked."""

        ordering = ("-asked_at",)
        indexes = (models.Index(fields=["exam", "-asked_at"]),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(answered_by__isnull=True) | ~models.Q(answered_by=models.F("by")),
                name="opened_by_two",
            ),
        )

    def __str__(self) -> str:
        return f"{self.exam}: {self.number}"

    @property
    def number(self) -> str:
        """The number by which people and the record refer to it."""
        return self.id.hex[:8]

    @property
    def until(self) -> datetime:
        """When it ends: the limit for the answer or, after the answer, the limit for taking files."""
        if self.answered_at is not None:
            return self.answered_at + LASTS
        return self.asked_at + WAITS

    @property
    def step(self) -> Step:
        """The current state."""
        if self.answered_at is None:
            return Step.WAITING if timezone.now() < self.until and self.closed_at is None else Step.LAPSED
        if not self.is_granted:
            return Step.DECLINED
        is_open = self.closed_at is None and timezone.now() < self.until and self.taken < MOST_TAKEN
        return Step.OPEN if is_open else Step.ENDED

    @property
    def left(self) -> int:
        """How many more times files may be taken."""
        return max(0, MOST_TAKEN - self.taken)
