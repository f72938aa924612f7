"""The statement that a sitting was held, made by somebody who does not score it; and ratings by assessors."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class Held(models.Model):
    """A statement that an exam was held on a day, or that it will never be held. It applies to the exam as it
    was built then."""

    exam = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)
    """The fingerprint of the exam as it was built."""
    day = models.DateField(null=True)
    """The day; None if the exam will never be held."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="sittings_held")
    at = models.DateTimeField(default=timezone.now)
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)

    class Meta:
        """Newest first; only one statement at a time is in force."""

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
    """An assessor's work on a candidate, from the first rating on. It applies to the exam as it was built
    then, and is shown to nobody else."""

    exam = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)
    candidate = models.CharField(max_length=200)
    """The canonical candidate number."""
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="assessments")
    begun_at = models.DateTimeField(default=timezone.now)
    given_up_at = models.DateTimeField(null=True)
    """When the assessor left the candidate to others."""
    giving_at = models.DateTimeField(null=True)
    """When the submission of the ratings began. Ratings saved after that would not be included."""
    saw_others_at = models.DateTimeField(null=True)
    """When the points of the others were first shown to the assessor."""
    is_anew = models.BooleanField(default=False)
    """Whether the last submitted ratings were made after that, so that they are not independent."""
    stopped_at = models.DateTimeField(null=True)
    """When the interview was recorded as stopped or as not held; None if it goes on."""
    stopped_why = models.TextField(blank=True, default="")

    class Meta:
        """An assessor rates a candidate once."""

        constraints = (
            models.UniqueConstraint(
                fields=("exam", "fingerprint", "candidate", "user"), name="assessed_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.exam}: {self.candidate}"


class Rating(models.Model):
    """An assessor's rating of a task before it is submitted to the sitting; without a task, the remark on the
    whole interview."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="ratings")
    task = models.CharField(max_length=200)
    points = models.PositiveSmallIntegerField(null=True)
    note = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """One for each task."""

        constraints = (models.UniqueConstraint(fields=("assessment", "task"), name="rated_once"),)

    def __str__(self) -> str:
        return self.task
