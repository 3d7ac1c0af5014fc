from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from uuid_utils.compat import uuid7
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('letterhead', '0004_retests')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Allowance',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('company', fields.ForeignKeyField('letterhead.Company', source_field='company_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('subject', fields.CharField(max_length=200)),
                ('busy_until', fields.FloatField(default=0, db_default=0)),
                ('day', fields.CharField(null=True, max_length=10)),
                ('day_count', fields.IntField(default=0, db_default=0)),
            ],
            options={'table': 'allowance', 'app': 'letterhead', 'unique_together': (('company_id', 'subject'),), 'pk_attr': 'id', 'table_description': 'How much of something has been used, shared by all processes. ``subject``: of whom or what.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Attachment',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('company', fields.ForeignKeyField('letterhead.Company', source_field='company_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('caller', fields.CharField(max_length=100)),
                ('name', fields.CharField(max_length=255)),
                ('media_type', fields.CharField(max_length=255)),
                ('size', fields.IntField(default=0)),
                ('digest', fields.CharField(null=True, max_length=64)),
                ('path', fields.CharField(null=True, max_length=500)),
                ('complete', fields.BooleanField(default=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'attachment', 'app': 'letterhead', 'indexes': [Index(fields=['company_id', 'expires_at']), Index(fields=['expires_at'])], 'pk_attr': 'id', 'table_description': 'An uploaded file until messages have taken it. ``caller``: whose alone it is. ``path``: its file below'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='AttachmentPart',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('company', fields.ForeignKeyField('letterhead.Company', source_field='company_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('attachment', fields.ForeignKeyField('letterhead.Attachment', source_field='attachment_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('position', fields.IntField()),
                ('content', fields.BinaryField()),
            ],
            options={'table': 'attachment_part', 'app': 'letterhead', 'unique_together': (('company_id', 'attachment_id', 'position'),), 'indexes': [Index(fields=['attachment_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='BadAddress',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('company', fields.ForeignKeyField('letterhead.Company', source_field='company_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('address_key', fields.CharField(max_length=320)),
                ('since', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('diagnosis', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'bad_address', 'app': 'letterhead', 'unique_together': (('company_id', 'address_key'),), 'pk_attr': 'id', 'table_description': "An address of a contact that does not exist any more: the last server's word for it."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='InboxMail',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('company', fields.ForeignKeyField('letterhead.Company', source_field='company_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('account', fields.ForeignKeyField('letterhead.EmailAccount', source_field='account_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('uid', fields.CharField(max_length=255)),
                ('seen_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'inbox_mail', 'app': 'letterhead', 'unique_together': (('company_id', 'account_id', 'uid'),), 'indexes': [Index(fields=['account_id'])], 'pk_attr': 'id', 'table_description': 'Mail that was looked at. ``uid``: a UIDL (RFC 1939), or a UID with its UIDVALIDITY (RFC 9051).'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='KeyCheck',
            fields=[
                ('kid', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=100)),
                ('value', fields.CharField(max_length=200)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'key_check', 'app': 'letterhead', 'pk_attr': 'kid', 'table_description': 'By which a key is told from another that goes by the same name. It belongs to no company.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Webhook',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('company', fields.ForeignKeyField('letterhead.Company', source_field='company_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('url', fields.CharField(max_length=2000)),
                ('events', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('secret_sealed', fields.TextField(unique=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('last_delivered_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('problem', fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'webhook', 'app': 'letterhead', 'indexes': [Index(fields=['company_id', 'created_at', 'id'])], 'pk_attr': 'id', 'table_description': '``events``: names of WebhookEvent. ``secret_sealed``: what its deliveries are signed with.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('company', fields.ForeignKeyField('letterhead.Company', source_field='company_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('webhook', fields.ForeignKeyField('letterhead.Webhook', source_field='webhook_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('event', fields.CharField(max_length=60)),
                ('payload', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('attempt_count', fields.IntField(default=0)),
                ('fault_count', fields.IntField(default=0)),
                ('next_attempt_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('finished_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('delivered', fields.BooleanField(default=False)),
                ('lease_token', fields.UUIDField(null=True)),
                ('lease_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'webhook_delivery', 'app': 'letterhead', 'indexes': [Index(fields=['company_id', 'webhook_id', 'created_at', 'id']), Index(fields=['next_attempt_at', 'webhook_id']), Index(fields=['webhook_id', 'next_attempt_at'])], 'pk_attr': 'id', 'table_description': 'One event on its way to one webhook. ``lease_*``: which process has it in hand.'},
            bases=['Model'],
        ),
        ops.AlterModelOptions(
            name='ApiToken',
            options={'table': 'api_token', 'app': 'letterhead', 'indexes': [Index(fields=['company_id', 'id'])], 'pk_attr': 'id', 'table_description': '``digest``: SHA-256 of the token, hexadecimal. The token itself is stored nowhere. ``created_by``: as'},
        ),
        ops.AddField(
            model_name='ApiToken',
            name='created_by',
            field=fields.CharField(null=True, max_length=300),
        ),
        ops.AddField(
            model_name='ApiToken',
            name='revoked_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AlterModelOptions(
            name='AuditEntry',
            options={'table': 'audit_entry', 'app': 'letterhead', 'indexes': [Index(fields=['company_id', 'at', 'id']), Index(fields=['company_id', 'subject_id', 'at', 'id']), Index(fields=['company_id', 'event_number'])], 'pk_attr': 'id', 'table_description': "``event_number``: its place among the company's events that can be followed, where it is one."},
        ),
        ops.AddField(
            model_name='AuditEntry',
            name='event_number',
            field=fields.BigIntField(null=True),
        ),
        ops.AddIndex(
            model_name='AuditEntry',
            index=Index(fields=['company_id', 'subject_id', 'at', 'id']),
        ),
        ops.AddIndex(
            model_name='AuditEntry',
            index=Index(fields=['company_id', 'event_number']),
        ),
        ops.AlterModelOptions(
            name='Company',
            options={'table': 'company', 'app': 'letterhead', 'pk_attr': 'id', 'table_description': '``event_count``: the number of its latest event. Taking the next one locks the row until the commit, so'},
        ),
        ops.AddField(
            model_name='Company',
            name='event_count',
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='EmailAccount',
            name='inbox_due_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='EmailAccount',
            name='inbox_lease_until',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='EmailAccount',
            name='inbox_mark',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='EmailAccount',
            name='messages_per_day',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='EmailAccount',
            name='messages_per_minute',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='EmailAccount',
            name='reads_bounces',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddIndex(
            model_name='EmailAccount',
            index=Index(fields=['inbox_due_at']),
        ),
        ops.AddField(
            model_name='Message',
            name='content_erased_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Message',
            name='delayed_since',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Message',
            name='former_message_ids',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddIndex(
            model_name='Message',
            index=Index(fields=['company_id', 'message_id']),
        ),
        ops.AddIndex(
            model_name='Message',
            index=Index(fields=['company_id', 'finished_at', 'content_erased_at']),
        ),
    ]
