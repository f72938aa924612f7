"""Addresses are set by administrators, and no two accounts have one."""

from typing import Any

from django.db import migrations, models
from django.db.models.functions import Lower


def take_away(apps: Any, schema: Any) -> None:
    """Addresses that people gave themselves go; of accounts with one address the oldest keeps it."""
    apps.get_model("account", "EmailAddress").objects.all().delete()
    users, seen = apps.get_model("accounts", "User"), set()
    for user in users.objects.exclude(email="").order_by("pk"):
        address = user.email.casefold()
        user.email = "" if address in seen else address
        user.save(update_fields=["email"])
        seen.add(address)


class Migration(migrations.Migration):
    atomic = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("account", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(take_away, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                Lower("email"), condition=~models.Q(email=""), name="own_address"
            ),
        ),
    ]
