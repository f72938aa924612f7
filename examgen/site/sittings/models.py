"""That a sitting was held, as somebody stated it who does not score."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class Held(models.Model):
    """A statement that an exam was sat on a day, or that nobody will sit it; it holds for the exam as it was
    built then."""

    exam = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)
    """Of the exam as it was built."""
    day = models.DateField(null=True)
    """None where nobody will sit it."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="sittings_held")
    at = models.DateTimeField(default=timezone.now)
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)

    class Meta:
        """The newest first; one at a time that was not taken back."""

        ordering = ("-at",)
        constraints = (
            models.UniqueConstraint(
                fields=("exam", "fingerprint"),
                condition=models.Q(taken_back_at__isnull=True),
                name="held_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.exam}: {self.day or '–'}"


class Assessment(models.Model):
    """Somebody who rates a candidate; it is there from the first rating on, and holds for the exam as it was
    built then. Nobody but that person is shown what belongs to it."""

    exam = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)
    candidate = models.CharField(max_length=200)
    """The number, as it is compared."""
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="assessments")
    begun_at = models.DateTimeField(default=timezone.now)
    given_up_at = models.DateTimeField(null=True)
    """When the candidate was left to others."""
    giving_at = models.DateTimeField(null=True)
    """When the ratings were about to be given: what comes after that would not be among them."""
    saw_others_at = models.DateTimeField(null=True)
    """When the points of the others were first shown to who rates."""
    is_anew = models.BooleanField(default=False)
    """Whether the ratings that were given last were given after that: they are not independent."""
    stopped_at = models.DateTimeField(null=True)
    """When it was said that the interview was stopped or did not take place; None where one goes on."""
    stopped_why = models.TextField(blank=True, default="")

    class Meta:
        """Everybody rates a candidate once."""

        constraints = (
            models.UniqueConstraint(
                fields=("exam", "fingerprint", "candidate", "user"), name="assessed_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.exam}: {self.candidate}"


class Rating(models.Model):
    """What an assessor has said of a task so far, before the ratings are given to the sitting; without a
    task, what they remark on the whole."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="ratings")
    task = models.CharField(max_length=200)
    points = models.PositiveSmallIntegerField(null=True)
    note = models.TextField(blank=True)
    counter = models.BigIntegerField()
    said_at = models.BigIntegerField()
    """Milliseconds by the clock of the device; with the counter they say which of two is the newer."""
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """One for each task."""

        constraints = (models.UniqueConstraint(fields=("assessment", "task"), name="rated_once"),)

    def __str__(self) -> str:
        return self.task
