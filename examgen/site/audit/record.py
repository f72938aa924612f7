"""Adding entries to the record."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from examgen.site.audit.models import Entry

_LOCK = 7_285_002
"""The id of the PostgreSQL lock for adding an entry."""


def record(who: Any, what: str, about: str = "", **detail: Any) -> Entry:
    """Adds an entry. `who` is a user or None; `detail` never contains keys, marks or passwords."""
    name = getattr(who, "username", "") if who is not None else ""
    with transaction.atomic():
        alone()
        entry = Entry(at=timezone.now(), who=name, what=what, about=about, detail=detail)
        entry.save(force_insert=True)
    return entry


def alone() -> None:
    """Locks the record until the transaction ends, so that two users who decide at once do so one after the
    other. For example, the last administrator cannot be removed by two simultaneous requests. In SQLite,
    every transaction is exclusive from its beginning (`Site.connection`)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
