"""Rounds, their experts and what these have said so far; when a round is closed `ratings.yaml` has it."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from examgen.core.words import tell
from examgen.site.database import OneOf
from examgen.site.language import said


class Kind(models.TextChoices):
    """What experts rate, as `bank review --kind` has it."""

    IOC = "ioc", said(tell("Congruence with the criterion (IOC)"))
    ANGOFF = "angoff", said(tell("Angoff: of 100 minimally competent people"))
    YES_NO = "angoff-yes-no", said(tell("Angoff: yes or no of a minimally competent person"))


class Round(models.Model):
    """What the experts of a unit were asked; `items` and `edition` as they stood when it was opened."""

    unit = models.CharField(max_length=100)
    kind = OneOf(max_length=20, choices=Kind)
    level = models.PositiveSmallIntegerField(default=0)
    """Of the candidates that experts think of; 0 where the unit states none."""
    number = models.PositiveSmallIntegerField(default=1)
    edition = models.CharField(max_length=64)
    items = models.JSONField(default=dict)
    """By item its hash, its criterion, and a digest of the criterion's words."""
    levels = models.JSONField(default=list)
    """The levels that experts may name; none where they are not asked."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="rounds")
    opened_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.JSONField(default=dict)
    """How many ratings were stored, and what was set aside, in both languages."""

    class Meta:
        """The newest first; nobody opens the same round twice at once."""

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
    """Somebody who was asked; `items` are those that he rates: never those that he wrote."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="experts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reviews")
    items = models.JSONField(default=list)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """Nobody is asked twice."""

        ordering = ("user__username",)
        constraints = (models.UniqueConstraint(fields=("round", "user"), name="each_expert_once"),)

    def __str__(self) -> str:
        return f"{self.user}: {self.round}"


class Answer(models.Model):
    """What an expert said of one item; nobody but him sees it before the round is closed."""

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
