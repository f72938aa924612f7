"""Jobs in the database."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from examgen.core.words import tell
from examgen.site.database import OneOf
from examgen.site.language import said


class State(models.TextChoices):
    """Where a job stands."""

    WAITING = "waiting", said(tell("waiting"))
    RUNNING = "running", said(tell("running"))
    DONE = "done", said(tell("done"))
    REFUSED = "refused", said(tell("could not be done"))
    INTERRUPTED = "interrupted", said(tell("interrupted"))
    WITHDRAWN = "withdrawn", said(tell("withdrawn"))
    FAILED = "failed", said(tell("failed"))


NOT_DONE = (State.REFUSED, State.INTERRUPTED, State.FAILED)
ENDED = (State.DONE, State.REFUSED, State.INTERRUPTED, State.WITHDRAWN, State.FAILED)


class Job(models.Model):
    """A piece of long work.

    `refused` is the outcome that the command line has as status 1 to 5, with its reasons in `problems`;
    `interrupted` says that the worker ended in the middle, or that somebody stopped it: whatever it had
    written is whole or not there, and somebody decides whether to ask again. `withdrawn` was taken back
    before a worker began it. `failed` is our own fault.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    about = models.CharField(max_length=240)
    """The exam or the unit."""
    asked = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="jobs")
    state = OneOf(max_length=12, choices=State, default=State.WAITING)
    step = models.JSONField(default=dict)
    """What is being done, in both languages."""
    steps = models.PositiveIntegerField(default=0)
    message = models.JSONField(default=dict)
    """The outcome in a sentence, in both languages."""
    problems = models.JSONField(default=list)
    result = models.JSONField(default=dict)
    asked_at = models.DateTimeField(auto_now_add=True)
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    worker = models.CharField(max_length=40, blank=True)
    stopper = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    """Who asked that it ends before its time."""

    class Meta:
        """The newest first."""

        ordering = ("-asked_at",)
        indexes = (models.Index(fields=["state", "asked_at"]), models.Index(fields=["about"]))

    def __str__(self) -> str:
        return f"{self.kind} {self.about}: {self.state}"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in ENDED
