"""Interviews that were stopped, and ratings given anew after the points of the others were seen."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sittings", "0004_assessing")]

    operations = [
        migrations.AddField("assessment", "saw_others_at", models.DateTimeField(null=True)),
        migrations.AddField("assessment", "is_anew", models.BooleanField(default=False)),
        migrations.AddField("assessment", "stopped_at", models.DateTimeField(null=True)),
        migrations.AddField("assessment", "stopped_why", models.TextField(blank=True, default="")),
    ]
