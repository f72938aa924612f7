"""The record: chained, only added to, and a change of any field is found."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction

from examgen.site.audit.models import Entry
from examgen.site.audit.record import faults, record


def test_entries_are_chained_and_a_change_is_found(db: None) -> None:
    for n in range(5):
        record(None, "test.done", "exam", n=n)
    assert [*faults()] == []
    with connection.cursor() as cursor, transaction.atomic():
        triggers = ("audit_entry_no_UPDATE",) if connection.vendor == "sqlite" else ()
        for name in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_kept")
        cursor.execute("UPDATE audit_entry SET about = 'other' WHERE number = 3")
    assert [*faults()] == [3]


DO: dict[str, Callable[[], object]] = {
    "delete": lambda: Entry.objects.all().delete(),
    "update": lambda: Entry.objects.update(who="other"),
}


@pytest.mark.parametrize("do", DO)
def test_the_database_refuses_to_change_what_was_recorded(db: None, do: str) -> None:
    record(None, "test.done")
    with pytest.raises(DatabaseError, match="only added to"), transaction.atomic():
        DO[do]()
    assert Entry.objects.get().who == ""
