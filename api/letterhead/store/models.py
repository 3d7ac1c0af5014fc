"""The tables. Every key path starts with the company, so that rows of one company can live together.

An index that does not start so serves a foreign key: what is deleted looks for what names it. Enumerations
are stored by name. Instants are in UTC. A column that ends in ``_sealed`` holds ciphertext
of the vault and nothing else ever reads or writes it. JSON columns hold what is read and written whole.
"""

from typing import Any, ClassVar
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model, ModelMeta
from uuid_utils.compat import uuid7


class _WithoutComments(ModelMeta):
    """Tortoise would parse this file anew for each table, looking for comments on its columns: a tenth of
    what a start costs."""

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> ModelMeta:
        return super().__new__(cls, name, bases, attrs | {"_no_comments": True})


class Table(Model, metaclass=_WithoutComments):
    class Meta(Model.Meta):
        abstract = True


def _id() -> Any:
    return fields.UUIDField(primary_key=True, default=uuid7)


class Company(Table):
    """``event_count``: the number of its latest event. Taking the next one locks the row until the commit, so
    events become visible in the order of their numbers."""

    id = _id()
    name = fields.CharField(200, unique=True)
    precedence = fields.CharField(20, default="EMPLOYEE_FIRST")
    incoming_server = fields.CharField(20, default="POP3_OR_IMAP")
    when_not_ready = fields.CharField(20, default="HOLD")
    when_uncertain = fields.CharField(20, default="RETRY_ONCE")
    retest_after_days = fields.IntField(null=True)
    event_count = fields.BigIntField(default=0, db_default=0)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta(Model.Meta):
        table = "company"


class Employee(Table):
    """``removed_at``: gone from the directory, kept because messages and accounts still name the person."""

    id = _id()
    company: Any = fields.ForeignKeyField("letterhead.Company", db_index=False)
    external_id = fields.CharField(200)
    name = fields.CharField(200)
    address = fields.CharField(320, null=True)
    removed_at = fields.DatetimeField(null=True)

    company_id: UUID

    class Meta(Model.Meta):
        table = "employee"
        unique_together = (("company_id", "external_id"),)
        indexes: ClassVar = [Index(fields=("company_id", "name", "id"))]


class Group(Table):
    id = _id()
    company: Any = fields.ForeignKeyField("letterhead.Company", db_index=False)
    external_id = fields.CharField(200)
    name = fields.CharField(200)

    company_id: UUID

    class Meta(Model.Meta):
        table = "employee_group"
        unique_together = (("company_id", "external_id"),)
        indexes: ClassVar = [Index(fields=("company_id", "name", "id"))]


class GroupMember(Table):
    id = _id()
    company: Any = fields.ForeignKeyField("letterhead.Company", db_index=False)
    group: Any = fields.ForeignKeyField("letterhead.Group", db_index=False)
    employee: Any = fields.ForeignKeyField("letterhead.Employee", db_index=False)

    class Meta(Model.Meta):
        table = "group_member"
        unique_together = (("company_id", "group_id", "employee_id"),)
        indexes: ClassVar = [
            Index(fields=("company_id", "employee_id", "group_id")),
            Index(fields=("group_id",)),
        ]


class Project(Table):
    id = _id()
    company: Any = fields.ForeignKeyField("letterhead.Company", db_index=False)
    external_id = fields.CharField(200)
    name = fields.CharField(200)

    company_id: UUID

    class Meta(Model.Meta):
        table = "project"
        unique_together = (("company_id", "external_id"),)
        indexes: ClassVar = [Index(fields=("company_id", "name", "id"))]


class ApiToken(Table):
    """``digest``: SHA-256 of the token, hexadecimal. The token itself is stored nowhere. ``created_by``: as
    in the audit log."""

    id = _id()
    company: Any = fields.ForeignKeyField("letterhead.Company", db_index=False)
    name = fields.CharField(200)
    digest = fields.CharField(64, unique=True)
    permissions: Any = fields.JSONField()
    employee: Any = fields.ForeignKeyField("letterhead.Employee", null=True, db_index=False)
    created_at = fields.DatetimeField(auto_now_add=True)
    last_used_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField(null=True)
    created_by = fields.CharField(300, null=True)
    revoked_at = fields.DatetimeField(null=True)

    company_id: UUID
    employee_id: UUID | None

    class Meta(Model.Meta):
        table = "api_token"
        indexes: ClassVar = [Index(fields=("company_id", "id"))]


class EmailAccount(Table):
    """``owner_id``: the company's id or the employee's, ``employee_id`` is set for the latter only.

    ``address_key``: the address in the form in which two addresses are the same mailbox to us.
    ``version``: counts every change; ``settings_version``: only those of servers, logins and secrets.
    ``grant_lease_*``: who renews its OAuth2 grant just now.
    ``tested_at``: when its settings were last tested as they stand. ``retest_lease_until``: a process is at
    it. ``refused``: keyed digests of host, login and secret that a server refused.
    ``messages_per_*``: limits of its own, besides the service's. ``inbox_mark``: how far its mail was read
    for bounces; ``inbox_due_at``: when it is read again; ``inbox_lease_until``: a process is at it.
    """

    id = _id()
    company: Any = fields.ForeignKeyField("letterhead.Company", db_index=False)
    owner_id = fields.UUIDField()
    employee: Any = fields.ForeignKeyField("letterhead.Employee", null=True, db_index=False)
    address = fields.CharField(320)
    address_key = fields.CharField(320)
    display_name = fields.CharField(200, null=True)
    reply_to = fields.CharField(320, null=True)
    provider_key = fields.CharField(100)
    smtp: Any = fields.JSONField()
    incoming: Any = fields.JSONField(null=True)
    credential_kind = fields.CharField(20)
    secret_sealed = fields.TextField(null=True)
    credential_updated_at = fields.DatetimeField(null=True)
    credential_expires_at = fields.DatetimeField(null=True)
    incoming_credential_kind = fields.CharField(20, null=True)
    incoming_secret_sealed = fields.TextField(null=True)
    grant_lease_token = fields.UUIDField(null=True)
    grant_lease_until = fields.DatetimeField(null=True)
    status = fields.CharField(20)
    problem: Any = fields.JSONField(null=True)
    proof = fields.CharField(20)
    access_mode = fields.CharField(20)
    scope_mode = fields.CharField(20)
    position = fields.IntField()
    version = fields.IntField(default=1)
    settings_version = fields.IntField(default=1)
    test_id = fields.UUIDField(null=True)
    tested_at = fields.DatetimeField(null=True)
    retest_lease_until = fields.DatetimeField(null=True)
    refused: Any = fields.JSONField(null=True)
    messages_per_minute = fields.IntField(null=True)
    messages_per_day = fields.IntField(null=True)
    reads_bounces = fields.BooleanField(default=False, db_default=False)
    inbox_mark: Any = fields.JSONField(null=True)
    inbox_due_at = fields.DatetimeField(null=True)
    inbox_lease_until = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    company_id: UUID
    employee_id: UUID | None

    class Meta(Model.Meta):
        table = "email_account"
        unique_together = (("company_id", "owner_id", "address_key"),)
        indexes: ClassVar = [
            Index(fields=("company_id", "position", "created_at", "id")),
            Index(fields=("company_id", "address_key", "id")),
            Index(fields=("company_id", "tested_at")),
            Index(fields=("inbox_due_at",)),
            Index(
                fields=(
                    "company_id",
                    "owner_id",
                    "scope_mode",
                    "access_mode",
                    "position",
                    "created_at",
                    "id",
                )
            ),
        ]


class SenderAlias(Table):
    id = _id()
    company: Any = fields.ForeignKeyField("letterhead.Company", db_index=False)
    account: Any = fields.ForeignKeyField("letterhead.EmailAccount", db_index=False)
    address = fields.CharField(320)
    address_key = fields.CharField(320)
    display_name = fields.CharField(200, null=True)
    proof = fields.CharField(20)
    problem: Any = fields.JSONField(null=True)
    position = fields.IntField()

    class Meta(Model.Meta):
        table = "sender_alias"
        unique_together = (("company_id", "account_id", "address_key"),)
        indexes: ClassVar = [Index(fields=("company_id", "address_key", "account_id"))]


class AccountEmployee(Table):
    id = _id()
    company: Any = fields.ForeignKeyField("letterhead.Company", db_index=False)
    account: Any = fields.ForeignKeyField("letterhead.EmailAccount", db_index=False)
    employee: Any = fields.ForeignKeyField("letterhead.Employee", db_index=False)

    class Meta(Model.Meta):
        table = "account_employee"
        unique_together = (("company_id", "account_id", "employee_id"),)
        indexes: ClassVar = [Index(fields=("company_id", "employee_id", "account_id"))]


class AccountGroup(Table):
    id = _id()
    company: Any = fields.ForeignKeyField("letterhead.Company", db_index=False)
    account: Any = fields.ForeignKeyField("letterhead.EmailAccount", db_index=False)
    group: Any = fields.ForeignKeyField("letterhead.Group", db_index=False)

    class Meta(Model.Meta):
        table = "account_group"
        unique_together = (("company_id", "account_id", "group_id"),)
        indexes: ClassVar = [
            Index(fields=("company_id", "group_id", "account_id")),
            Index(fields=("group_id",)),
        ]


class AccountProject(Table):
    id = _id()
    company: Any = fields.ForeignKeyField("letterhead.Company", db_index=False)
    account: Any = fields.ForeignKeyField("letterhead.EmailAccount", db_index=False)
    project: Any = fields.ForeignKeyField("letterhead.Project", db_index=False)

    class Meta(Model.Meta):
        table = "account_project"
        unique_together = (("company_id", "account_id", "project_id"),)
        indexes: ClassVar = [
            Index(fields=("company_id", "project_id", "account_id")),
            Index(fields=("project_id",)),
        ]


class InboxMail(Table):
    """Mail that was looked at. ``uid``: a UIDL (RFC 1939), or a UID with its UIDVALIDITY (RFC 9051)."""

    id = _id()
    company: Any = fields.ForeignKeyField("letterhead.Company", db_index=False)
    account: Any = fields.ForeignKeyField("letterhead.EmailAccount", db_index=False)
    uid = fields.CharField(255)
    seen_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "inbox_mail"
        unique_together = (("company_id", "account_id", "uid"),)
        indexes: ClassVar = [Index(fields=("account_id",))]


class Allowance(Table):
    """How much of something has been used, shared by all processes. ``subject``: of whom or what.

    ``busy_until``: seconds since 1970 at which all that was taken will have been made up for.
    ``day``: the day in UTC that ``day_count`` counts.
    """

    id = _id()
    company: Any = fields.ForeignKeyField("letterhead.Company", db_index=False)
    subject = fields.CharField(200)
    busy_until = fields.FloatField(default=0, db_default=0)
    day = fields.CharField(10, null=True)
    day_count = fields.IntField(default=0, db_default=0)

    class Meta(Model.Meta):
        table = "allowance"
        unique_together = (("company_id", "subject"),)


class SignInFlow(Table):
    """``draft``: address, servers, method. ``journal_sealed``: every outcome so far, in order.

    ``secret_sealed``: what the flow ended with, bound to the same servers and logins.
    ``return_to``: the page the person is sent to after a visit to the service.
    ``link_digest``: SHA-256 of the token by which somebody else may answer it. ``link_requester``: who asks.
    """

    id = _id()
    company: Any = fields.ForeignKeyField("letterhead.Company", db_index=False)
    caller = fields.CharField(100)
    owner_id = fields.UUIDField()
    provider_key = fields.CharField(100)
    method_key = fields.CharField(100)
    draft: Any = fields.JSONField()
    journal_sealed = fields.TextField()
    step: Any = fields.JSONField()
    state = fields.CharField(20)
    credential_kind = fields.CharField(20, null=True)
    secret_sealed = fields.TextField(null=True)
    return_to = fields.CharField(2000, null=True)
    link_digest = fields.CharField(64, null=True)
    link_requester = fields.CharField(200, null=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()

    company_id: UUID

    class Meta(Model.Meta):
        table = "sign_in_flow"
        indexes: ClassVar = [Index(fields=("company_id", "expires_at"))]


class AccountTest(Table):
    """``draft``: everything that would be saved but the secrets. ``proofs``: address key to SenderProof.

    ``fingerprint``: keyed digest over all that was tested. ``saved_account_id``: what it was used for.
    ``suggestion``: servers and logins to try instead.
    """

    id = _id()
    company: Any = fields.ForeignKeyField("letterhead.Company", db_index=False)
    caller = fields.CharField(100)
    owner_id = fields.UUIDField()
    account: Any = fields.ForeignKeyField("letterhead.EmailAccount", null=True, db_index=False)
    account_version = fields.IntField(null=True)
    draft: Any = fields.JSONField()
    fingerprint = fields.CharField(64)
    secret_sealed = fields.TextField(null=True)
    incoming_secret_sealed = fields.TextField(null=True)
    status = fields.CharField(30)
    steps: Any = fields.JSONField()
    proofs: Any = fields.JSONField()
    diagnosis: Any = fields.JSONField(null=True)
    suggestion: Any = fields.JSONField(null=True)
    started_at = fields.DatetimeField()
    deadline_at = fields.DatetimeField()
    finished_at = fields.DatetimeField(null=True)
    usable_until = fields.DatetimeField(null=True)
    saved_account_id = fields.UUIDField(null=True)

    company_id: UUID
    account_id: UUID | None

    class Meta(Model.Meta):
        table = "account_test"
        indexes: ClassVar = [
            Index(fields=("company_id", "account_id", "started_at", "id")),
            Index(fields=("status", "deadline_at")),
        ]


class Message(Table):
    """A message frozen when it was queued. ``content``: rendered, without Date, Bcc and line-end changes.

    ``idempotency_scope``: the caller's key; a key means something only to the caller that chose it.
    ``digest``: of everything the caller said, to tell a repetition from a new message.
    ``lease_*``: which worker has it in hand. ``transmitting``: recorded before its bytes are sent.
    ``former_message_ids``: under which it went to others before it was released from another address.
    ``delayed_since``: when its author was told that it takes longer. ``content_erased_at``: only facts are
    kept.
    ``fault_count``: how often it was taken in hand without an orderly end since the last one.
    """

    id = _id()
    company: Any = fields.ForeignKeyField("letterhead.Company", db_index=False)
    idempotency_scope = fields.CharField(100)
    idempotency_key = fields.CharField(200)
    digest = fields.CharField(64)
    account: Any = fields.ForeignKeyField(
        "letterhead.EmailAccount", null=True, on_delete=fields.SET_NULL, db_index=False
    )
    author: Any = fields.ForeignKeyField(
        "letterhead.Employee", null=True, on_delete=fields.SET_NULL, db_index=False
    )
    project: Any = fields.ForeignKeyField(
        "letterhead.Project", null=True, on_delete=fields.SET_NULL, db_index=False
    )
    from_address = fields.CharField(320)
    rule = fields.CharField(30)
    subject = fields.TextField()
    message_id = fields.CharField(400)
    content = fields.BinaryField()
    settings_version = fields.IntField()
    status = fields.CharField(20)
    held_because: Any = fields.JSONField(null=True)
    waiting_for: Any = fields.JSONField(null=True)
    attempt_count = fields.IntField(default=0)
    dated_at = fields.DatetimeField(null=True)
    queued_at = fields.DatetimeField()
    next_attempt_at = fields.DatetimeField(null=True)
    not_before = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField()
    finished_at = fields.DatetimeField(null=True)
    transmitting = fields.BooleanField(default=False)
    uncertain_count = fields.IntField(default=0)
    fault_count = fields.IntField(default=0)
    former_message_ids: Any = fields.JSONField(null=True)
    delayed_since = fields.DatetimeField(null=True)
    content_erased_at = fields.DatetimeField(null=True)
    lease_owner = fields.CharField(100, null=True)
    lease_token = fields.UUIDField(null=True)
    lease_until = fields.DatetimeField(null=True)

    company_id: UUID
    account_id: UUID | None
    author_id: UUID | None
    project_id: UUID | None

    class Meta(Model.Meta):
        table = "message"
        unique_together = (("company_id", "idempotency_scope", "idempotency_key"),)
        indexes: ClassVar = [
            Index(fields=("project_id",)),
            Index(fields=("company_id", "queued_at", "id")),
            Index(fields=("company_id", "account_id", "status")),
            Index(fields=("company_id", "message_id")),
            Index(fields=("company_id", "finished_at", "content_erased_at")),
            Index(fields=("next_attempt_at", "account_id")),
            Index(fields=("account_id", "next_attempt_at")),
        ]


class Recipient(Table):
    id = _id()
    company: Any = fields.ForeignKeyField("letterhead.Company", db_index=False)
    message: Any = fields.ForeignKeyField("letterhead.Message", db_index=False)
    position = fields.IntField()
    kind = fields.CharField(5)
    address = fields.CharField(320)
    name = fields.CharField(200, null=True)
    status = fields.CharField(20)
    diagnosis: Any = fields.JSONField(null=True)
    bounced_at = fields.DatetimeField(null=True)
    address_is_bad = fields.BooleanField(default=False)

    message_id: UUID

    class Meta(Model.Meta):
        table = "recipient"
        unique_together = (("company_id", "message_id", "position"),)
        indexes: ClassVar = [
            Index(fields=("company_id", "address", "message_id")),
            Index(fields=("message_id",)),
        ]


class DeliveryAttempt(Table):
    id = _id()
    company: Any = fields.ForeignKeyField("letterhead.Company", db_index=False)
    message: Any = fields.ForeignKeyField("letterhead.Message", db_index=False)
    at = fields.DatetimeField()
    took_ms = fields.IntField()
    reply: Any = fields.JSONField(null=True)
    diagnosis: Any = fields.JSONField(null=True)

    class Meta(Model.Meta):
        table = "delivery_attempt"
        indexes: ClassVar = [
            Index(fields=("company_id", "message_id", "at", "id")),
            Index(fields=("message_id",)),
        ]


class BadAddress(Table):
    """An address of a contact that does not exist any more: the last server's word for it."""

    id = _id()
    company: Any = fields.ForeignKeyField("letterhead.Company", db_index=False)
    address_key = fields.CharField(320)
    since = fields.DatetimeField()
    diagnosis: Any = fields.JSONField()

    class Meta(Model.Meta):
        table = "bad_address"
        unique_together = (("company_id", "address_key"),)


class Attachment(Table):
    """An uploaded file until messages have taken it. ``caller``: whose alone it is. ``path``: its file below
    the attachments' folder, where the database does not hold its parts. ``complete``: all of it is here."""

    id = _id()
    company: Any = fields.ForeignKeyField("letterhead.Company", db_index=False)
    caller = fields.CharField(100)
    name = fields.CharField(255)
    media_type = fields.CharField(255)
    size = fields.IntField(default=0)
    digest = fields.CharField(64, null=True)
    path = fields.CharField(500, null=True)
    complete = fields.BooleanField(default=False)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()

    company_id: UUID

    class Meta(Model.Meta):
        table = "attachment"
        indexes: ClassVar = [Index(fields=("company_id", "expires_at")), Index(fields=("expires_at",))]


class AttachmentPart(Table):
    id = _id()
    company: Any = fields.ForeignKeyField("letterhead.Company", db_index=False)
    attachment: Any = fields.ForeignKeyField("letterhead.Attachment", db_index=False)
    position = fields.IntField()
    content = fields.BinaryField()

    class Meta(Model.Meta):
        table = "attachment_part"
        unique_together = (("company_id", "attachment_id", "position"),)
        indexes: ClassVar = [Index(fields=("attachment_id",))]


class Webhook(Table):
    """``events``: names of WebhookEvent. ``secret_sealed``: what its deliveries are signed with."""

    id = _id()
    company: Any = fields.ForeignKeyField("letterhead.Company", db_index=False)
    url = fields.CharField(2000)
    events: Any = fields.JSONField()
    secret_sealed = fields.TextField()
    created_at = fields.DatetimeField()
    last_delivered_at = fields.DatetimeField(null=True)
    problem: Any = fields.JSONField(null=True)

    company_id: UUID

    class Meta(Model.Meta):
        table = "webhook"
        indexes: ClassVar = [Index(fields=("company_id", "created_at", "id"))]


class WebhookDelivery(Table):
    """One event on its way to one webhook. ``lease_*``: which process has it in hand."""

    id = _id()
    company: Any = fields.ForeignKeyField("letterhead.Company", db_index=False)
    webhook: Any = fields.ForeignKeyField("letterhead.Webhook", db_index=False)
    event = fields.CharField(60)
    payload: Any = fields.JSONField()
    created_at = fields.DatetimeField()
    attempt_count = fields.IntField(default=0)
    fault_count = fields.IntField(default=0)
    next_attempt_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)
    delivered = fields.BooleanField(default=False)
    lease_token = fields.UUIDField(null=True)
    lease_until = fields.DatetimeField(null=True)

    company_id: UUID

    class Meta(Model.Meta):
        table = "webhook_delivery"
        indexes: ClassVar = [
            Index(fields=("company_id", "webhook_id", "created_at", "id")),
            Index(fields=("next_attempt_at", "webhook_id")),
            Index(fields=("webhook_id", "next_attempt_at")),
        ]


class KeyCheck(Table):
    """By which a key is told from another that goes by the same name. It belongs to no company."""

    kid = fields.CharField(100, primary_key=True)
    value = fields.CharField(200)
    created_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "key_check"


class AuditEntry(Table):
    """Rows are only ever added: the database itself refuses to change or delete one.

    ``event_number``: its place among the company's events that can be followed, where it is one."""

    id = _id()
    company: Any = fields.ForeignKeyField("letterhead.Company", db_index=False)
    at = fields.DatetimeField()
    actor = fields.CharField(300)
    action = fields.CharField(40)
    subject_type = fields.CharField(40, null=True)
    subject_id = fields.UUIDField(null=True)
    summary = fields.TextField()
    changes: Any = fields.JSONField()
    event_number = fields.BigIntField(null=True)

    class Meta(Model.Meta):
        table = "audit_entry"
        indexes: ClassVar = [
            Index(fields=("company_id", "at", "id")),
            Index(fields=("company_id", "action", "at", "id")),
            Index(fields=("company_id", "subject_id", "at", "id")),
            Index(fields=("company_id", "event_number")),
        ]
