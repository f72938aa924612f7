"""Rounds of ratings, their experts, and the ratings so far. Closing a round writes them into
`ratings.yaml`."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from examgen.core.words import tell
from examgen.site.database import OneOf
from examgen.site.language import said


class Kind(models.TextChoices):
    """What experts rate, with the values of `bank review --kind`."""

    IOC = "ioc", said(tell("Congruence with the criterion (IOC)"))
    ANGOFF = "angoff", said(tell("Angoff: of 100 minimally competent people"))
    YES_NO = "angoff-yes-no", said(tell("Angoff: yes or no of a minimally competent person"))


class Round(models.Model):
    """A round of ratings in a unit; `items` and `edition` are as they were when it was opened."""

    unit = models.CharField(max_length=100)
    kind = OneOf(max_length=20, choices=Kind)
    level = models.PositiveSmallIntegerField(default=0)
    """The level of the candidates that experts have in mind; 0 if the unit has no levels."""
    number = models.PositiveSmallIntegerField(default=1)
    edition = models.CharField(max_length=64)
    items = models.JSONField(default=dict)
    """By item: its hash, its criterion, and a digest of the criterion's text."""
    levels = models.JSONField(default=list)
    """The levels among which experts may choose; empty if they do not choose a level."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="rounds")
    opened_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.JSONField(default=dict)
    """The number of ratings that were stored, and messages on those set aside, in both languages."""

    class Meta:
        """Newest first; the same round cannot be open twice."""

        ordering = ("-opened_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("unit", "kind", "level", "number"),
                condition=models.Q(closed_at=None),
                name="one_open_round",
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit} {self.kind} {self.level} {self.number}"

    @property
    def is_open(self) -> bool:
        """Whether experts may still rate."""
        return self.closed_at is None


class Expert(models.Model):
    """An expert in a round; `items` are those the expert rates, never those the expert wrote."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="experts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reviews")
    items = models.JSONField(default=list)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """An expert is in a round once."""

        ordering = ("user__username",)
        constraints = (models.UniqueConstraint(fields=("round", "user"), name="each_expert_once"),)

    def __str__(self) -> str:
        return f"{self.user}: {self.round}"


class Answer(models.Model):
    """An expert's rating of one item, which nobody else sees before the round is closed."""

    expert = models.ForeignKey(Expert, models.CASCADE, related_name="answers")
    item = models.CharField(max_length=200)
    value = models.FloatField(null=True)
    suits = models.PositiveSmallIntegerField(null=True)
    comment = models.TextField(blank=True)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        """One for each item."""

        constraints = (models.UniqueConstraint(fields=("expert", "item"), name="each_item_once"),)

    def __str__(self) -> str:
        return f"{self.expert_id} {self.item}"
