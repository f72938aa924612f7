"""What was taken back before it began is called so; it was `interrupted`."""

from django.db import migrations
from django.db.migrations.state import StateApps


def _withdrawn(apps: StateApps, _: object) -> None:
    jobs = apps.get_model("jobs", "Job").objects
    jobs.filter(state="interrupted", begun_at=None).update(state="withdrawn")


class Migration(migrations.Migration):
    """Jobs of before."""

    dependencies = (("jobs", "0002_stopper"),)
    operations = (migrations.RunPython(_withdrawn, migrations.RunPython.noop),)
