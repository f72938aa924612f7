"""How long the site keeps uploads and what came of long work; what persons gave goes by `retention`."""

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
"""Days that uploads stay where the settings have a fault."""


def keep_no_longer() -> None:
    """Removes what came of old work; nothing at all where the settings have a fault."""
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
    """Seconds that a file waits for who sent it."""
    try:
        days = site_settings(workspace()).keep.uploads
    except ExamgenError:
        days = _UPLOADS
    return days * 24 * 3600.0


def _jobs(before: datetime) -> None:
    """What came of work that ended before that moment; the last of each kind stays, for pages show it."""
    last: dict[tuple[str, str], Any] = {}
    for kind, about, key in Job.objects.order_by("asked_at").values_list("kind", "about", "pk"):
        last[kind, about] = key
    old = Job.objects.filter(state__in=ENDED, ended_at__lt=before).exclude(pk__in=[*last.values()])
    n, _ = old.delete()
    if n:
        record(None, "keep.remove", "", jobs=n, before=before.date().isoformat())
