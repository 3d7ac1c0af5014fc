"""Trouble with senders, recipients, amounts and content."""

from letterhead.diagnosis.text import Text
from letterhead_providers import Actor, Retry
from letterhead_providers import DiagnosisCode as Code

SENDER_TEXTS: dict[Code, Text] = {
    Code.SENDER_NOT_OWNED: Text(
        title="The account may not write as this address",
        explanation="The sign-in worked, but {host} does not let this account send as {address}.",
        advice=(
            "Use the address the account signs in with as its From address.",
            (
                "Or add {address} at the service as an alias or a sending identity of the account, then "
                "test again."
            ),
        ),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.AFTER_CHANGE,
    ),
    Code.SENDER_DOMAIN_UNVERIFIED: Text(
        title="The service does not know this sender yet",
        explanation="{host} sends only for addresses and domains that were confirmed there, and {address} "
        "was not.",
        advice=(
            (
                "Add the address or its whole domain at the service and confirm it, by the link it mails or "
                "by DNS records."
            ),
            "If the account is still in a trial or sandbox mode there, ask the service to lift it.",
        ),
        actor=Actor.MAIL_ADMIN,
        retry=Retry.AFTER_CHANGE,
    ),
    Code.RELAY_DENIED: Text(
        title="The server does not carry mail to outside addresses for this account",
        explanation="{host} takes mail for its own mailboxes but passes none on for this account.",
        advice=(
            "Check that this is the service’s server for sending, not the one that receives its mail.",
            "Check that the account signs in and that its From address belongs to the service.",
            (
                "On a server of your own, ask the administrator to allow this account, or this IP address, "
                "to relay."
            ),
        ),
        actor=Actor.MAIL_ADMIN,
        retry=Retry.AFTER_CHANGE,
    ),
    Code.DMARC_REJECTED: Text(
        title="The sender’s domain forbids mail sent this way (DMARC)",
        explanation="The domain of the From address publishes a DMARC policy, and this message does not "
        "meet it.",
        advice=(
            "Send through a server that the domain authorises.",
            "Ask whoever keeps the domain’s DNS to align SPF and DKIM with the From address.",
        ),
        actor=Actor.MAIL_ADMIN,
        retry=Retry.AFTER_CHANGE,
    ),
    Code.SPF_FAIL: Text(
        title="The message does not prove where it comes from (SPF, DKIM)",
        explanation="The receiving server wants proof that the sender’s domain allows this server to send: "
        "an SPF record, a DKIM signature, or both. It is missing or does not match.",
        advice=(
            "Add the sending service to the domain’s SPF record.",
            "Switch on DKIM signing at the sending service and publish the key it shows in the domain’s DNS.",
        ),
        actor=Actor.MAIL_ADMIN,
        retry=Retry.AFTER_CHANGE,
    ),
}

RECIPIENT_TEXTS: dict[Code, Text] = {
    Code.RECIPIENT_UNKNOWN: Text(
        title="The recipient’s address does not exist",
        explanation="The receiving server knows no mailbox of that name.",
        advice=(
            "Check the recipient’s address for typing errors.",
            "If it was right once, ask the contact for the new one and take the old one out of your lists.",
        ),
        actor=Actor.SENDER,
        retry=Retry.NEVER,
    ),
    Code.RECIPIENT_MAILBOX_FULL: Text(
        title="The recipient’s mailbox is full",
        explanation="The mailbox exists but has no room for another message.",
        advice=("Write again in a few days, or reach the contact in another way.",),
        actor=Actor.RECIPIENT,
        retry=Retry.LATER,
    ),
    Code.RECIPIENT_DISABLED: Text(
        title="The recipient’s mailbox is closed",
        explanation="The mailbox exists, or once did, but takes no mail: it is switched off, given up or "
        "moved.",
        advice=("Ask the contact for another address and take this one out of your lists.",),
        actor=Actor.SENDER,
        retry=Retry.NEVER,
    ),
}

AMOUNT_TEXTS: dict[Code, Text] = {
    Code.GREYLISTED: Text(
        title="The receiving server asks us to come back in a few minutes",
        explanation="It does so with every sender it does not know yet, to keep spam out (greylisting). The "
        "next attempt usually passes.",
        advice=("There is nothing to do: the message is tried again by itself.",),
        actor=Actor.NOBODY,
        retry=Retry.LATER,
    ),
    Code.RATE_LIMITED: Text(
        title="Too much in too short a time",
        explanation="{host} has counted too many messages, connections or sign-ins and wants a pause.",
        advice=(
            "Wait a while: the pause ends by itself.",
            (
                "If it happens often, lower the account’s limits of messages, or spread mail over several "
                "accounts."
            ),
        ),
        actor=Actor.NOBODY,
        retry=Retry.LATER,
    ),
    Code.QUOTA_EXCEEDED: Text(
        title="The account’s sending allowance is used up",
        explanation="The service lets this account send only so much in a day or in its plan, and that is "
        "reached.",
        advice=(
            "Wait until the allowance is renewed, for most services within 24 hours.",
            (
                "If more is needed regularly, ask the service for a larger plan, or send bulk mail through "
                "a relay service."
            ),
        ),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.LATER,
    ),
    Code.TOO_MANY_RECIPIENTS: Text(
        title="Too many recipients in one message",
        explanation="{host} takes fewer recipients at a time than this message has.",
        advice=("Spread the recipients over several messages.",),
        actor=Actor.SENDER,
        retry=Retry.AFTER_CHANGE,
    ),
    Code.MESSAGE_TOO_LARGE: Text(
        title="The message is too large",
        explanation="With its attachments the message is above the limit of a server on its way. On its way "
        "a message grows by about a third.",
        advice=("Make the attachments smaller, or send a link to them.",),
        actor=Actor.SENDER,
        retry=Retry.AFTER_CHANGE,
    ),
}

CONTENT_TEXTS: dict[Code, Text] = {
    Code.SPAM_CONTENT: Text(
        title="The message looks like spam to the server",
        explanation="A filter refused the message for what it says, for its links, or for how it is built.",
        advice=(
            "Shorten the message, leave out links and images that are not needed, and write a plain subject.",
            (
                "If ordinary messages are refused too, ask the mail administrator to look at the domain’s "
                "SPF, DKIM and reputation."
            ),
        ),
        actor=Actor.SENDER,
        retry=Retry.AFTER_CHANGE,
    ),
    Code.CONTENT_BLOCKED: Text(
        title="Something in the message is not allowed",
        explanation="The server refuses this kind of content: an attachment it forbids, a virus found by "
        "its scanner, or a header that breaks the rules.",
        advice=(
            "Leave out programs, scripts and archives with a password, or send a link to them.",
            "Check that the message has exactly one From address.",
        ),
        actor=Actor.SENDER,
        retry=Retry.AFTER_CHANGE,
    ),
}

SENDING_TEXTS: dict[Code, Text] = SENDER_TEXTS | RECIPIENT_TEXTS | AMOUNT_TEXTS | CONTENT_TEXTS
