from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('letterhead', '0006_record')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='DeliveryAttempt',
            index=Index(fields=['message_id']),
        ),
        ops.AddIndex(
            model_name='Recipient',
            index=Index(fields=['message_id']),
        ),
    ]
