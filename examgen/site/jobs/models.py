"""The jobs in the database."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from examgen.core.words import tell
from examgen.site.database import OneOf
from examgen.site.language import said


class State(models.TextChoices):
    """The state of a job."""

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
    """A job.

    `refused` is an outcome for which a command would exit with status 1 to 5; its reasons are in `problems`.
    `interrupted` means that the worker ended during the job, or that a user stopped it: each thing it wrote
    is complete or missing, and the user decides whether to start it again. `withdrawn` means that it was
    taken back before a worker began it. `failed` is an internal error.
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
    """The user who stopped the job."""

    class Meta:
        """Newest first."""

        ordering = ("-asked_at",)
        indexes = (models.Index(fields=["state", "asked_at"]), models.Index(fields=["about"]))

    def __str__(self) -> str:
        return f"{self.kind} {self.about}: {self.state}"

    @property
    def has_ended(self) -> bool:
        """Whether the job is over."""
        return self.state in ENDED
