"""Whether somebody wants a letter with what waits for them, and when the last one went."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_waiting")]

    operations = [
        migrations.AddField("user", "is_written_to", models.BooleanField(default=True)),
        migrations.AddField("user", "written_on", models.DateField(blank=True, null=True)),
    ]
