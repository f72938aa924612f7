"""Long work that was asked for."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Job",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("kind", models.CharField(max_length=40)),
                ("about", models.CharField(max_length=240)),
                ("asked", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        default="waiting",
                        max_length=12,
                    ),
                ),
                ("step", models.JSONField(default=dict)),
                ("steps", models.PositiveIntegerField(default=0)),
                ("message", models.JSONField(default=dict)),
                ("problems", models.JSONField(default=list)),
                ("result", models.JSONField(default=dict)),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                ("begun_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("worker", models.CharField(blank=True, max_length=40)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="jobs",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-asked_at",),
                "indexes": [
                    models.Index(fields=["state", "asked_at"], name="jobs_job_state_61c4b8_idx"),
                    models.Index(fields=["about"], name="jobs_job_about_fd73f9_idx"),
                ],
            },
        ),
    ]
