"""The database refuses to change an entry or to take one out."""

from typing import Any

from django.db import migrations

TABLE = "audit_entry"
SQLITE = tuple(
    f"CREATE TRIGGER {TABLE}_no_{what} BEFORE {what} ON {TABLE} "
    f"BEGIN SELECT RAISE(ABORT, 'the record is only added to'); END"
    for what in ("UPDATE", "DELETE")
)
POSTGRESQL = (
    f"CREATE FUNCTION {TABLE}_only_added_to() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the record is only added to'; END $$",
    f"CREATE TRIGGER {TABLE}_kept BEFORE UPDATE OR DELETE ON {TABLE} "
    f"FOR EACH ROW EXECUTE FUNCTION {TABLE}_only_added_to()",
    f"CREATE TRIGGER {TABLE}_kept_whole BEFORE TRUNCATE ON {TABLE} "
    f"FOR EACH STATEMENT EXECUTE FUNCTION {TABLE}_only_added_to()",
)


def guard(apps: Any, editor: Any) -> None:
    """Makes the triggers."""
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement)


class Migration(migrations.Migration):
    """Triggers."""

    dependencies = (("audit", "0001_initial"),)
    operations = (migrations.RunPython(guard, migrations.RunPython.noop),)
