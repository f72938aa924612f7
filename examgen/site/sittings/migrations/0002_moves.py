"""Everybody who would move by a cut or a conversion that was tried."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0003_withdrawn"),
        ("sittings", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Moves",
            fields=[
                (
                    "job",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="moves",
                        serialize=False,
                        to="jobs.job",
                    ),
                ),
                ("table", models.BinaryField()),
            ],
        ),
    ]
