from django.db import migrations, models


class Migration(migrations.Migration):
    """For SQLite, Django makes a new table of this and copies the rows."""

    dependencies = [("online", "0001_initial")]
    operations = [
        migrations.AlterField(
            model_name="member",
            name="password",
            field=models.CharField(max_length=200),
        ),
    ]
