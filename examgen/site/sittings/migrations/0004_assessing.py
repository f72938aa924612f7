"""Who rates a candidate, and what was said of tasks before it is given to the sitting."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sittings", "0003_never"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Assessment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("exam", models.CharField(max_length=100)),
                ("fingerprint", models.CharField(max_length=64)),
                ("candidate", models.CharField(max_length=200)),
                ("begun_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("given_up_at", models.DateTimeField(null=True)),
                ("giving_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assessments",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Rating",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("task", models.CharField(max_length=200)),
                ("points", models.PositiveSmallIntegerField(null=True)),
                ("note", models.TextField(blank=True)),
                ("counter", models.BigIntegerField()),
                ("said_at", models.BigIntegerField()),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ratings",
                        to="sittings.assessment",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.UniqueConstraint(
                fields=("exam", "fingerprint", "candidate", "user"), name="assessed_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.UniqueConstraint(fields=("assessment", "task"), name="rated_once"),
        ),
    ]
