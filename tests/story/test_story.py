"""The whole story, on real mail servers: from a wrong password to a message read out of the mailbox."""

from typing import Any

import pytest

from lab.mailservers import MailServers
from lab.product import Product

pytestmark = [pytest.mark.mailservers]

RESOLVE = """
query ($for: SenderContextInput!) {
  resolveSender(for: $for) {
    __typename
    ... on ResolvedSender { from rule ready account { id } }
    ... on NoSender { reason excluded { nodes { account { address } reason } } }
  }
}
"""
AVAILABLE = """
query ($for: SenderContextInput!) { availableSenders(for: $for) { nodes { from } } }
"""
SEND = """
mutation ($input: SendMessageInput!) {
  sendMessage(input: $input) { message { id status } replayed errors { message path code } }
}
"""
SALES, CONTACT, FOREIGN = "sales@lab.example", "contact@outside.example", "bob@lab.example"


def draft(servers: MailServers, address: str = SALES, **more: Any) -> dict[str, Any]:
    return {
        "address": address,
        "providerKey": "custom",
        "smtp": {
            "protocol": "SMTP",
            "host": servers.host,
            "port": servers.submission,
            "security": "STARTTLS",
            "username": SALES,
        },
        "incoming": {
            "protocol": "POP3",
            "host": servers.host,
            "port": servers.pop3s,
            "security": "TLS",
            "username": SALES,
        },
        "credential": {"password": servers.users[SALES]},
        **more,
    }


async def test_the_whole_story(product: Product, mailservers: MailServers) -> None:
    admin = product.admin
    await mailservers.empty(CONTACT)
    ids = await product.directory(
        employees=[{"externalId": "dana", "name": "Dana"}, {"externalId": "eli", "name": "Eli"}],
        groups=[{"externalId": "sales", "name": "Sales", "memberExternalIds": ["dana"]}],
        projects=[{"externalId": "apollo", "name": "Apollo"}, {"externalId": "gemini", "name": "Gemini"}],
    )

    # a wrong password: explained, offered once over both legs, and not to be saved
    before = mailservers.sign_in_attempts(SALES)
    wrong = await admin.tested(draft(mailservers, credential={"password": "not it"}))
    assert (wrong["status"], wrong["diagnosis"]["code"]) == ("FAILED", "WRONG_PASSWORD")
    assert wrong["diagnosis"]["reply"]["code"] == 535
    assert mailservers.sign_in_attempts(SALES) == before + 1
    refused = await admin.do(SAVE_BRIEFLY, {"testId": wrong["id"]})
    assert refused["errors"][0]["code"] == "TEST_FAILED"

    # corrected: saved for a group, in a project
    account = await admin.saved(
        draft(mailservers),
        {
            "displayName": "Laboratory Sales",
            "access": {"mode": "SELECTED", "groupIds": [ids["sales"]]},
            "scope": {"mode": "SELECTED", "projectIds": [ids["apollo"]]},
        },
    )
    assert (account["status"], account["addressProof"]) == ("READY", "NOT_REFUSED")

    # for people inside and outside
    inside = await admin.ask(RESOLVE, **{"for": {"employeeId": ids["dana"], "projectId": ids["apollo"]}})
    assert inside["resolveSender"] == {
        "__typename": "ResolvedSender",
        "from": SALES,
        "rule": "COMPANY_PROJECT",
        "ready": True,
        "account": {"id": account["id"]},
    }
    for person, project, reason in (("eli", "apollo", "NO_ACCESS"), ("dana", "gemini", "OTHER_PROJECT")):
        outside = await admin.ask(RESOLVE, **{"for": {"employeeId": ids[person], "projectId": ids[project]}})
        assert outside["resolveSender"] == {
            "__typename": "NoSender",
            "reason": "NONE_AVAILABLE_HERE",
            "excluded": {"nodes": [{"account": {"address": SALES}, "reason": reason}]},
        }

    # sent, and read out of the real mailbox
    message = {
        "idempotencyKey": "story-1",
        "context": {"employeeId": ids["dana"], "projectId": ids["apollo"]},
        "to": [{"address": CONTACT, "name": "A contact"}],
        "subject": "Grüße aus dem Labor",
        "text": "Hello from the laboratory.",
        "html": "<p>Hello from the <b>laboratory</b>.</p>",
    }
    sent = await admin.do(SEND, message)
    assert (sent["errors"], sent["replayed"]) == ([], False)
    again = await admin.do(SEND, message)
    assert (again["replayed"], again["message"]["id"]) == (True, sent["message"]["id"])
    other = await admin.do(SEND, message | {"subject": "Another"})
    assert other["errors"][0]["code"] == "IDEMPOTENCY_KEY_REUSED"
    delivered = await admin.finished(sent["message"]["id"])
    assert delivered["status"] == "SENT"
    assert [(r["address"], r["status"]) for r in delivered["recipients"]] == [(CONTACT, "ACCEPTED")]
    [arrived] = await mailservers.mailbox(CONTACT, at_least=1)
    assert arrived["From"] == f"Laboratory Sales <{SALES}>"
    assert arrived["Subject"] == "Grüße aus dem Labor"
    assert arrived["Message-ID"] == delivered["messageId"]
    text, html = arrived.get_body(("plain",)), arrived.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().strip() == message["text"]
    assert html.get_content().strip() == message["html"]


SAVE_BRIEFLY = """
mutation ($input: SaveEmailAccountInput!) {
  saveEmailAccount(input: $input) { emailAccount { id } errors { code } }
}
"""


async def test_a_foreign_sender_is_refused_at_rcpt_and_said_to_be_so(
    product: Product, mailservers: MailServers
) -> None:
    test = await product.admin.tested(draft(mailservers, address=FOREIGN))

    assert (test["status"], test["diagnosis"]["code"]) == ("FAILED", "SENDER_NOT_OWNED")
    [step] = [step for step in test["steps"] if step["status"] == "FAILED"]
    assert (step["stage"], step["subject"]) == ("SENDER", FOREIGN)
    assert any("RCPT TO" in line for line in step["transcript"])


async def test_a_foreign_alias_cannot_be_chosen(product: Product, mailservers: MailServers) -> None:
    ids = await product.directory(employees=[{"externalId": "dana", "name": "Dana"}])
    aliases = [{"address": "support@lab.example"}, {"address": FOREIGN}]
    account = await product.admin.saved(draft(mailservers, aliases=aliases))
    assert [(a["address"], a["proof"], a["problem"]) for a in account["aliases"]] == [
        ("support@lab.example", "NOT_REFUSED", None),
        (FOREIGN, "REFUSED", {"code": "SENDER_NOT_OWNED"}),
    ]

    context = {"employeeId": ids["dana"]}
    available = await product.admin.ask(AVAILABLE, **{"for": context})
    assert [node["from"] for node in available["availableSenders"]["nodes"]] == [SALES, "support@lab.example"]
    chosen = await product.admin.do(
        SEND,
        {
            "idempotencyKey": "foreign",
            "context": context | {"accountId": account["id"], "alias": FOREIGN},
            "to": [{"address": CONTACT}],
            "subject": "Not from here",
            "text": "No.",
        },
    )
    assert chosen["message"] is None
    assert chosen["errors"][0]["code"] == "SENDER_NOT_AVAILABLE"


@pytest.mark.parametrize("security", ["STARTTLS", "TLS"])
async def test_both_kinds_of_encryption_work_on_both_legs(
    product: Product, mailservers: MailServers, security: str
) -> None:
    settings = draft(mailservers)
    settings["smtp"] |= {"security": security}
    settings["incoming"] |= {"security": security}
    if security == "TLS":
        settings["smtp"]["port"] = mailservers.submissions
    else:
        settings["incoming"]["port"] = mailservers.pop3

    test = await product.admin.tested(settings)

    assert {step["status"] for step in test["steps"]} == {"PASSED"}
    assert test["status"] == "PASSED"
