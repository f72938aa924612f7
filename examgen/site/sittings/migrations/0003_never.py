"""A statement without a day: nobody will sit the exam."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sittings", "0002_moves"),
    ]

    operations = [
        migrations.AlterField(
            model_name="held",
            name="day",
            field=models.DateField(null=True),
        ),
    ]
