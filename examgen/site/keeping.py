"""How long the site stores uploads and finished jobs. Personal data is deleted according to `retention`."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from examgen.bank.workspaces import site_settings
from examgen.core.changes import settle
from examgen.core.problems import ExamgenError
from examgen.site.audit.record import record
from examgen.site.jobs.models import ENDED, Job
from examgen.site.workspace import exam_folders, workspace

log = logging.getLogger("examgen.jobs")
_UPLOADS = 7
"""Days that uploads are stored if the settings have a fault."""


def keep_no_longer() -> None:
    """Deletes old jobs. Deletes nothing if the settings have a fault."""
    try:
        keep = site_settings(workspace()).keep
    except ExamgenError:
        log.error("examgen.yaml has errors: nothing that is past its time was removed")
        return
    for folder in exam_folders().values():
        settle(folder)  # what was to go when this was killed
    if keep.jobs is not None:
        _jobs(timezone.now() - timedelta(days=keep.jobs))


def uploads_stay() -> float:
    """Returns the seconds for which uploads are stored."""
    try:
        days = site_settings(workspace()).keep.uploads
    except ExamgenError:
        days = _UPLOADS
    return days * 24 * 3600.0


def _jobs(before: datetime) -> None:
    """Deletes jobs that ended before that moment, except the last of each kind, which pages show."""
    last: dict[tuple[str, str], Any] = {}
    for kind, about, key in Job.objects.order_by("asked_at").values_list("kind", "about", "pk"):
        last[kind, about] = key
    old = Job.objects.filter(state__in=ENDED, ended_at__lt=before).exclude(pk__in=[*last.values()])
    n, _ = old.delete()
    if n:
        record(None, "keep.remove", "", jobs=n, before=before.date().isoformat())
