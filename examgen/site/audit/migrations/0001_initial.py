"""The record: entries, and the end of their chain."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Head",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveBigIntegerField(default=0)),
                (
                    "hash",
                    models.CharField(
                        default="0000000000000000000000000000000000000000000000000000000000000000",
                        max_length=64,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveBigIntegerField(unique=True)),
                ("at", models.DateTimeField()),
                ("who", models.CharField(blank=True, max_length=150)),
                ("what", models.CharField(max_length=60)),
                ("about", models.CharField(blank=True, max_length=240)),
                ("detail", models.JSONField(default=dict)),
                ("before", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "ordering": ("number",),
                "indexes": [
                    models.Index(fields=["what"], name="audit_entry_what_298ccf_idx"),
                    models.Index(fields=["about"], name="audit_entry_about_5cb892_idx"),
                    models.Index(fields=["who"], name="audit_entry_who_f312c1_idx"),
                ],
            },
        ),
    ]
