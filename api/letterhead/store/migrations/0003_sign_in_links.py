from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('letterhead', '0002_oauth2_grants')]

    initial = False

    operations = [
        ops.AddField(
            model_name='SignInFlow',
            name='link_digest',
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddField(
            model_name='SignInFlow',
            name='link_requester',
            field=fields.CharField(null=True, max_length=200),
        ),
    ]
