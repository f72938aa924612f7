"""The workspace that the database belongs to."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A table."""

    dependencies = (("audit", "0004_begun_by_a_job"),)
    operations = (
        migrations.CreateModel(
            name="Owner",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("workspace", models.CharField(max_length=64)),
                ("host", models.CharField(max_length=255)),
                ("folder", models.CharField(max_length=4096)),
                ("seen", models.DateTimeField(null=True)),
            ],
        ),
    )
