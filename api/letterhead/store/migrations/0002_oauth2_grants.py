from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('letterhead', '0001_initial')]

    initial = False

    operations = [
        ops.AddField(
            model_name='EmailAccount',
            name='grant_lease_token',
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name='EmailAccount',
            name='grant_lease_until',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='SignInFlow',
            name='return_to',
            field=fields.CharField(null=True, max_length=2000),
        ),
    ]
