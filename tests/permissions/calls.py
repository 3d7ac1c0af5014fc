"""A call of every field at the schema's roots, about things of ours.

Changes are asked for in a way that changes nothing, or nothing that matters: of a version that is not there,
of a state that does not allow it, or of a dry run. Who is told so was let in.
"""

from dataclasses import dataclass
from typing import Any

from api import documents
from api.drafts import at
from api.messages import LATER
from api.test_bad_addresses import FORGET, KNOWN
from fuzz.companies import NEW_WEBHOOK

ERRORS = "errors { message path code }"
OTHER_VERSION = {"expectedVersion": 999}
TO_GMAIL = {"address": "info@gmail.com", "providerKey": "gmail", "authMethod": "app-password"}
MAIL = {"to": [{"address": at("contact")}], "subject": "Hello", "text": "Hello"} | LATER
DRAFT = {"address": "no address", "providerKey": "custom", "credential": {"none": True}}
POLICY = f"mutation ($input: SetPolicyInput!) {{ setPolicy(input: $input) {{ {ERRORS} }} }}"
NEW_TOKEN = f"mutation ($input: CreateApiTokenInput!) {{ createApiToken(input: $input) {{ {ERRORS} }} }}"
REVOKE = (
    f"mutation ($input: RevokeApiTokenInput!) {{ revokeApiToken(input: $input) {{ revokedId {ERRORS} }} }}"
)
LIMITS = f"mutation ($input: SetAccountLimitsInput!) {{ setAccountLimits(input: $input) {{ {ERRORS} }} }}"
BOUNCES = f"mutation ($input: SetBounceReadingInput!) {{ setBounceReading(input: $input) {{ {ERRORS} }} }}"
RELEASE = f"mutation ($input: ReleaseMessagesInput!) {{ releaseMessages(input: $input) {{ {ERRORS} }} }}"
DELETE_WEBHOOK = f"mutation ($input: DeleteWebhookInput!) {{ deleteWebhook(input: $input) {{ {ERRORS} }} }}"
PREVIEW = """
query ($input: PreviewAccountChangeInput!) { previewAccountChange(input: $input) { queuedMessages } }
"""


@dataclass(frozen=True)
class Call:
    """``variables``: with ids by their names, such as ``#sales``. ``about``: what it is about, of several."""

    field: str
    document: str
    variables: dict[str, Any]
    about: str = ""

    @property
    def name(self) -> str:
        return f"{self.field} {self.about}".strip()


def changing(field: str, document: str, about: str = "", **given: Any) -> Call:
    return Call(f"Mutation.{field}", document, {"input": given}, about)


def watching(field: str, argument: str, about: str) -> Call:
    document = f"subscription ($id: ID!) {{ {field}({argument}: $id) {{ id }} }}"
    return Call(f"Subscription.{field}", document, {"id": about})


def of_accounts(field: str, document: str, **given: Any) -> list[Call]:
    return [
        changing(field, document, about, accountId=about, **given, **OTHER_VERSION)
        for about in ("#sales", "#own")
    ]


QUERIES = [
    *(Call("Query.node", documents.NODE, {"id": about}, about) for about in ("#sales", "#board", "#own")),
    Call("Query.nodes", "query ($id: ID!) { nodes(ids: [$id]) { id } }", {"id": "#own"}),
    Call("Query.viewer", "{ viewer { permissions } }", {}),
    Call("Query.company", "{ company { name } }", {}),
    Call("Query.providers", "{ providers { nodes { key } } }", {}),
    Call("Query.provider", '{ provider(key: "gmail") { key } }', {}),
    Call("Query.discover", '{ discover(address: "no address") { address } }', {}),
    Call("Query.emailAccounts", "{ emailAccounts { nodes { id } } }", {}),
    Call("Query.emailAccounts", documents.ACCOUNTS, {"filter": {"ownerId": "#ann"}}, "of #ann"),
    Call("Query.resolveSender", documents.RESOLVE, {"for": {"employeeId": "#ann"}}),
    Call("Query.availableSenders", documents.CANDIDATES, {"for": {"employeeId": "#ann"}}),
    *(
        Call("Query.previewAccountChange", PREVIEW, {"input": {"accountId": about, "deleted": True}}, about)
        for about in ("#sales", "#own")
    ),
    Call("Query.messages", "{ messages { nodes { id } } }", {}),
    Call("Query.messages", documents.MESSAGES, {"filter": {"authorId": "#ann"}}, "of #ann"),
    Call("Query.explainReply", '{ explainReply(reply: "550 5.1.1 No such user") { code } }', {}),
    Call("Query.knownBadAddresses", KNOWN, {"addresses": []}),
]
MUTATIONS = [
    *(
        changing("startSignIn", documents.START_SIGN_IN, owner, ownerId=owner, **TO_GMAIL)
        for owner in ("#company", "#ann")
    ),
    changing("continueSignIn", documents.CONTINUE_SIGN_IN, flowId="#flow", answers=[]),
    changing("cancelSignIn", documents.CANCEL_SIGN_IN, flowId="#flow"),
    *(
        changing("createSignInLink", documents.CREATE_SIGN_IN_LINK, owner, ownerId=owner, **TO_GMAIL)
        for owner in ("#company", "#ann")
    ),
    *(
        changing("testAccount", documents.TEST, f"for {owner}", ownerId=owner, draft=DRAFT)
        for owner in ("#company", "#ann")
    ),
    *(
        changing("testAccount", documents.TEST, account, accountId=account, draft=DRAFT)
        for account in ("#sales", "#own")
    ),
    changing("cancelTest", documents.CANCEL_TEST, testId="#test"),
    changing("saveEmailAccount", documents.SAVE, testId="#test"),
    changing("saveEmailAccount", documents.SAVE, "into #own", testId="#own test", accountId="#own"),
    *of_accounts("updateEmailAccount", documents.UPDATE, displayName="New"),
    *of_accounts("setAccountAccess", documents.SET_ACCESS, access={"mode": "ALL"}),
    *of_accounts("setAccountScope", documents.SET_SCOPE, scope={"mode": "ALL"}),
    *of_accounts("setAccountEnabled", documents.SET_ENABLED, enabled=True),
    *of_accounts("deleteEmailAccount", documents.DELETE),
    *of_accounts("setAccountLimits", LIMITS, messagesPerDay=100),
    *of_accounts("setBounceReading", BOUNCES, enabled=True),
    changing("sendMessage", documents.SEND, idempotencyKey="m", context={"employeeId": "#ann"}, **MAIL),
    changing("cancelMessage", documents.CANCEL_MESSAGE, messageId="#message"),
    changing("retryMessage", documents.RETRY_MESSAGE, messageId="#message"),
    changing("releaseMessages", RELEASE, messageIds=["#message"]),
    changing("forgetBadAddress", FORGET, address="nobody@example.org"),
    changing("syncDirectory", documents.DIRECTORY, employees=[], dryRun=True),
    changing("setPolicy", POLICY),
    changing("createApiToken", NEW_TOKEN, name="", permissions=[]),
    changing("revokeApiToken", REVOKE, tokenId="#spare token"),
    changing("createWebhook", NEW_WEBHOOK, url="no address", events=[]),
    changing("deleteWebhook", DELETE_WEBHOOK, webhookId="#spare webhook"),
]
SUBSCRIPTIONS = [
    watching("signInProgress", "flowId", "#done flow"),
    watching("accountTestProgress", "testId", "#test"),
    watching("messageProgress", "messageId", "#message"),
    Call("Subscription.accountEvents", 'subscription { accountEvents(since: "none") { __typename } }', {}),
]
CALLS = [*QUERIES, *MUTATIONS, *SUBSCRIPTIONS]
