"""What a job is to put in its place."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Two fields."""

    dependencies = (("audit", "0003_begun"),)
    operations = (
        migrations.AddField("begun", "job", models.UUIDField(null=True)),
        migrations.AddField("begun", "paths", models.JSONField(default=list)),
    )
