"""The enumerations of the house, as the schema shows them."""

from enum import Enum
from typing import TypeVar

import strawberry

from letterhead.accounts.account import AccountAction, Proof, Selection, Status
from letterhead.accounts.listing import Direction, Level, OrderField
from letterhead.audit.log import Action
from letterhead.company import IncomingRequirement
from letterhead.diagnosis.texts import TEXTS
from letterhead.identity.actor import Permission
from letterhead.outbox.rules import DeliveryStatus, MessageStatus, RecipientKind, WhenUncertain
from letterhead.senders.rules import (
    ExclusionReason,
    NoSenderReason,
    Precedence,
    ResolutionRule,
    WhenNotReady,
)
from letterhead.senders.warnings import WarningCode
from letterhead.telling import WebhookEvent
from letterhead.trials.trial import StepStatus, TrialStatus
from letterhead_providers import (
    Actor,
    CredentialKind,
    DiagnosisCode,
    Protocol,
    ProviderKind,
    Retry,
    Security,
    SendAsRule,
    Stage,
)
from letterhead_providers.catalogue import PluginHealth

E = TypeVar("E", bound=type[Enum])


def shown(enumeration: E, name: str, description: str, **values: str) -> E:
    """Registers ``enumeration`` under ``name``; every value must be described."""
    missing = set(enumeration.__members__) ^ set(values)
    assert not missing, f"{name}: {missing}"
    registered = strawberry.enum(enumeration, name=name, description=description)
    for value in registered.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values[value.name]
    return registered


shown(
    Permission,
    "Permission",
    "What a caller may do.",
    MANAGE_COMPANY_ACCOUNTS="Manage the addresses of the company, and see those of employees.",
    MANAGE_OWN_ACCOUNTS="Connect, change and delete one's own addresses.",
    TEST="Test accounts.",
    MANAGE_DIRECTORY="Synchronise employees, groups and projects.",
    MANAGE_POLICY="Change the company's rules of sending.",
    MANAGE_TOKENS="Create and revoke API tokens.",
    MANAGE_WEBHOOKS="Create and delete webhooks.",
    SEND="Send messages as oneself.",
    SEND_FOR_OTHERS="Send messages as any employee.",
    READ_MESSAGES="Read the messages of everybody.",
    READ_AUDIT="Read the audit log.",
)
shown(
    Protocol,
    "MailProtocol",
    "What a mail server speaks.",
    SMTP="Sending: submission (RFC 6409).",
    POP3="Receiving: RFC 1939.",
    IMAP="Receiving: RFC 9051.",
)
shown(
    Security,
    "TransportSecurity",
    "How the connection to a server is encrypted.",
    TLS="From the first byte (RFC 8314).",
    STARTTLS="By STARTTLS or STLS after the greeting; never without it.",
    NONE="Not at all; no secret is sent over it.",
)
shown(
    ProviderKind,
    "ProviderKind",
    "What kind of service a provider is.",
    MAILBOX="Mailboxes of people.",
    RELAY="Sends only.",
    CUSTOM="A server of one's own.",
    SANDBOX="For trying things: delivers to itself only.",
)
shown(
    CredentialKind,
    "CredentialKind",
    "What one signs in with.",
    PASSWORD="The mailbox's own password.",
    APP_PASSWORD="A password made at the service for this program alone.",
    API_KEY="A key made at the service.",
    OAUTH2="A grant by the mailbox's owner.",
    NONE="Nothing: the server lets this network send.",
)
shown(
    SendAsRule,
    "SendAsRule",
    "Which From addresses a service lets an account use.",
    LOGIN_ONLY="The login's own address.",
    VERIFIED_ADDRESSES="Addresses that were verified at the service.",
    VERIFIED_DOMAINS="Any address of a domain that was verified at the service.",
    ANY="Any address.",
    UNKNOWN="No source says.",
)
shown(
    PluginHealth,
    "PluginHealth",
    "How a plugin is doing.",
    OK="It answers.",
    DEGRADED="It faulted; defaults answer in its place.",
    REJECTED="It was not admitted.",
)
shown(
    Status,
    "EmailAccountStatus",
    "Whether an account sends.",
    READY="It sends.",
    PAUSED="Its server refused to sign in, so we stopped trying; its messages wait.",
    NEEDS_CREDENTIAL="Its secret is gone; enter it again.",
    DISABLED="A person switched it off.",
)
shown(
    Selection,
    "SelectionMode",
    "Stored modes: taking the last member out of SELECTED leaves nobody or nowhere, never ALL.",
    ALL="Everybody, or everywhere.",
    SELECTED="Only those named.",
)
shown(
    Proof,
    "SenderProof",
    "How far a server was seen to let an account write as an address.",
    REFUSED="The server refused it; it cannot be chosen.",
    NOT_REFUSED="The server did not refuse it.",
    ROUND_TRIP="A message arrived with the address unchanged.",
    OWNED="The service confirmed it.",
)
shown(
    AccountAction,
    "AccountAction",
    "What can be done with an account.",
    SEND="Write as it.",
    TEST="Test it.",
    EDIT="Change its settings and names.",
    SET_ACCESS="Choose who may write as it.",
    SET_SCOPE="Choose its projects.",
    DISABLE="Switch it off and on.",
    DELETE="Delete it.",
)
shown(
    TrialStatus,
    "TestStatus",
    "Where a test stands.",
    RUNNING="It runs.",
    PASSED="It can be saved.",
    PASSED_WITH_WARNINGS="It can be saved; the warnings are worth reading.",
    FAILED="It cannot be saved; the diagnosis says why.",
    CANCELLED="Its caller ended it.",
    INTERRUPTED="The server was stopped meanwhile; run it again.",
)
shown(
    StepStatus,
    "TestStepStatus",
    "Where a step of a test stands.",
    PENDING="Not begun.",
    RUNNING="It runs.",
    PASSED="Good.",
    WARNED="Good enough to save; see its diagnosis.",
    FAILED="Not good enough to save; see its diagnosis.",
    SKIPPED="Pointless after an earlier failure.",
)
shown(
    Stage,
    "TestStage",
    "A place in the conversation with a mail server.",
    PRECHECK="Before anything is dialled.",
    RESOLVE="Finding the server's network address.",
    CONNECT="Reaching it.",
    GREETING="Its first words.",
    TLS="Encrypting the connection.",
    CAPABILITIES="What it says it can do.",
    SIGN_IN="Signing in.",
    SENDER="Naming the sender (MAIL FROM).",
    RECIPIENT="Naming a recipient (RCPT TO).",
    DATA="Handing over the message.",
    MAILBOX="Looking into the mailbox.",
    ROUND_TRIP="A message to itself.",
    PROVIDER="The service's own checks.",
)
shown(
    Actor,
    "DiagnosisActor",
    "Whose move it is.",
    SENDER="The person who writes.",
    MAILBOX_OWNER="The owner of the sending mailbox.",
    MAIL_ADMIN="The administrator of the sending mail service or domain.",
    RECIPIENT="The recipient, or their mail service.",
    PROVIDER="The mail service.",
    OPERATOR="The operator of this server.",
    NOBODY="Nobody: it passes by itself, or cannot be mended.",
)
shown(
    Retry,
    "RetryAdvice",
    "Whether to try again.",
    NOW="At once.",
    LATER="Later, unchanged.",
    AFTER_CHANGE="After something was changed.",
    NEVER="Not at all.",
)
shown(
    DiagnosisCode,
    "DiagnosisCode",
    "What kind of trouble it is. Grows: clients must expect new values.",
    **{code.name: TEXTS[code].title for code in DiagnosisCode},
)
shown(
    Precedence,
    "Precedence",
    "Which level comes first where both could send.",
    EMPLOYEE_FIRST="The employee's own addresses, always.",
    PROJECT_FIRST="Addresses linked to the project, the employee's own before the company's.",
)
shown(
    IncomingRequirement,
    "IncomingRequirement",
    "Which incoming server an account needs.",
    POP3_OR_IMAP="One that speaks POP3 or IMAP.",
    POP3_REQUIRED="One that speaks POP3.",
    OPTIONAL="None.",
)
shown(
    WhenNotReady,
    "WhenNotReady",
    "What to do when the account that should send is not ready.",
    HOLD="Wait for it.",
    NEXT="Take the next one that is ready.",
)
shown(
    WhenUncertain,
    "WhenUncertain",
    "What happens to a message lost between its final dot and the server's answer.",
    RETRY_ONCE="It is sent once more, with the same Message-ID.",
    HOLD="A person decides.",
)
shown(
    WarningCode,
    "WarningCode",
    "What would surprise you later.",
    NO_UNLINKED_ADDRESS="No company address is free of projects.",
    PROJECT_WITHOUT_SENDER="In a project somebody has no address to write from.",
    NOBODY_HAS_ACCESS="Nobody may use an address.",
    ACCOUNT_PAUSED="An account is paused.",
    CREDENTIAL_EXPIRES_SOON="A secret is about to expire.",
    PROVIDER_MISSING="The plugin of an account's provider is not installed.",
    TEST_TOO_OLD="An account was last tested too long ago.",
)
shown(
    ResolutionRule,
    "ResolutionRule",
    "Why an address was chosen.",
    CHOSEN="It was asked for.",
    REPLY="The contact wrote to it.",
    EMPLOYEE_PROJECT="The employee's own, linked to the project.",
    EMPLOYEE_UNLINKED="The employee's own, for all projects.",
    COMPANY_PROJECT="The company's, linked to the project.",
    COMPANY_UNLINKED="The company's, for all projects.",
)
shown(
    NoSenderReason,
    "NoSenderReason",
    "Why there is no address to write from.",
    NO_ACCOUNTS="Neither the employee nor the company has one.",
    NONE_AVAILABLE_HERE="There are some, but none for this employee here.",
    CHOICE_NOT_AVAILABLE="The one that was asked for is not available here.",
)
shown(
    ExclusionReason,
    "ExclusionReason",
    "Why an account is not available here.",
    OTHER_PROJECT="It serves other projects.",
    NO_ACCESS="It is limited to other people.",
    DISABLED="It is switched off.",
    REFUSED_AS_SENDER="Its server refused the address as a sender.",
    OTHER_EMPLOYEE="It is somebody else's own.",
)
shown(
    MessageStatus,
    "MessageStatus",
    "Where a message stands.",
    QUEUED="Waiting for its turn.",
    SENDING="In a worker's hands.",
    SENT="Accepted for every recipient.",
    PARTLY_SENT="Accepted for some recipients, refused for others.",
    DEFERRED="Will be tried again.",
    HELD="Waits for a person.",
    UNCERTAIN="May have been delivered: the server's answer was lost.",
    FAILED="Refused for every recipient.",
    CANCELLED="Cancelled before it was sent.",
    EXPIRED="Could not be delivered in time.",
)
shown(
    DeliveryStatus,
    "DeliveryStatus",
    "Where a message stands for one recipient.",
    QUEUED="Not tried yet.",
    ACCEPTED="The server took it.",
    DEFERRED="Refused for now; will be tried again.",
    REFUSED="Refused for good.",
    BOUNCED="Taken, and returned later.",
    UNCERTAIN="May have been taken: the server's answer was lost.",
    CANCELLED="Cancelled before it was sent.",
    EXPIRED="Could not be delivered in time.",
)
shown(
    RecipientKind,
    "RecipientKind",
    "In which header a recipient stands.",
    TO="To.",
    CC="Cc.",
    BCC="In none: a blind copy.",
)
shown(
    Level,
    "AccountLevel",
    "Whose an account is.",
    COMPANY="The company's.",
    EMPLOYEE="An employee's own.",
)
shown(
    OrderField,
    "EmailAccountOrderField",
    "What accounts are sorted by.",
    POSITION="Their position, then their age.",
    ADDRESS="Their address.",
    CREATED_AT="When they were connected.",
    UPDATED_AT="When they were last changed.",
)
shown(Direction, "OrderDirection", "Which end comes first.", ASC="The smallest.", DESC="The largest.")
shown(
    Action,
    "AuditAction",
    "What was done.",
    ACCOUNT_SAVED="An account was connected, or its settings, names or order were changed.",
    ACCOUNT_DELETED="An account was deleted.",
    STATUS_CHANGED="An account was switched on or off, was paused, has to sign in again, or is ready again.",
    ACCESS_CHANGED="Who may write as an address was changed.",
    SCOPE_CHANGED="The projects of an address were changed.",
    CREDENTIAL_REPLACED="An account was given another secret.",
    SIGN_IN_STARTED="A sign-in was begun.",
    SIGN_IN_LINK_CREATED="A one-time link to sign in was made.",
    SIGN_IN_ENDED="A sign-in has led to a credential, or was given up.",
    TEST_RUN="A test was begun, or cancelled.",
    MESSAGE_SENT="A message was queued.",
    MESSAGE_SENT_FOR_OTHER="A message was queued in somebody else's name.",
    MESSAGE_HELD="A message was set aside for a person to decide.",
    MESSAGE_RELEASED="A message was sent on its way again.",
    MESSAGE_CANCELLED="A message was cancelled.",
    POLICY_CHANGED="The company's rules of sending were changed.",
    TOKEN_CREATED="A token was made.",
    TOKEN_REVOKED="A token was revoked.",
    WEBHOOK_CHANGED="A webhook was made or deleted.",
    KEYS_ROTATED="The keys that seal secrets were changed.",
    BAD_ADDRESS_FORGOTTEN="It is no more held to be bad that mail came back from an address.",
    DIRECTORY_SYNCED="The directory was synchronised.",
)
shown(
    WebhookEvent,
    "WebhookEvent",
    "What a webhook is told of.",
    MESSAGE="A message was sent, deferred, held, lost sight of, refused, returned, cancelled or given up.",
    ACCOUNT="An account was saved, deleted, paused, made ready again, or serves others than before.",
    TEST="An account test has ended.",
)
