"""Secret files that one person asked to open and another granted."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Opening",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("exam", models.CharField(max_length=100)),
                ("fingerprint", models.CharField(max_length=64)),
                ("files", models.JSONField(default=dict)),
                ("reason", models.CharField(max_length=500)),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("answered_at", models.DateTimeField(null=True)),
                ("is_granted", models.BooleanField(default=False)),
                ("closed_at", models.DateTimeField(null=True)),
                ("taken", models.PositiveIntegerField(default=0)),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answered_openings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="openings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-asked_at",),
                "indexes": [models.Index(fields=["exam", "-asked_at"], name="openings_op_exam_e7ba94_idx")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("answered_by__isnull", True),
                            models.Q(("answered_by", models.F("by")), _negated=True),
                            _connector="OR",
                        ),
                        name="opened_by_two",
                    )
                ],
            },
        ),
    ]
