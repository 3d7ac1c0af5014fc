from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

REFUSAL = "the audit log is only ever added to"

SQLITE = [
    f"""CREATE TRIGGER audit_entry_{deed.lower()} BEFORE {deed} ON audit_entry
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"""
    for deed in ("UPDATE", "DELETE")
]
POSTGRES = [
    f"""CREATE FUNCTION audit_entry_stays() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$""",
    """CREATE TRIGGER audit_entry_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_stays()""",
]


async def _only_added_to(apps: object, editor: BaseSchemaEditor) -> None:
    """SQLite loses a table's triggers when a later migration builds the table anew."""
    for statement in POSTGRES if editor.DIALECT == "postgres" else SQLITE:
        await editor.client.execute_query(statement)


class Migration(migrations.Migration):
    dependencies = [('letterhead', '0005_wider')]

    initial = False

    operations = [
        ops.AlterModelOptions(
            name='AuditEntry',
            options={'table': 'audit_entry', 'app': 'letterhead', 'indexes': [Index(fields=['company_id', 'at', 'id']), Index(fields=['company_id', 'action', 'at', 'id']), Index(fields=['company_id', 'subject_id', 'at', 'id']), Index(fields=['company_id', 'event_number'])], 'pk_attr': 'id', 'table_description': 'Rows are only ever added: the database itself refuses to change or delete one.'},
        ),
        ops.AddIndex(
            model_name='AuditEntry',
            index=Index(fields=['company_id', 'action', 'at', 'id']),
        ),
        ops.RunPython(_only_added_to),
    ]
