"""Changes that are under way."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A table."""

    dependencies = (("audit", "0002_only_added_to"),)
    operations = (
        migrations.CreateModel(
            name="Begun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("who", models.CharField(max_length=150)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("message", models.CharField(max_length=500)),
                ("folder", models.CharField(max_length=240)),
                ("units", models.JSONField()),
                ("files", models.JSONField()),
                ("acts", models.JSONField()),
                ("is_recorded", models.BooleanField(default=False)),
            ],
        ),
    )
