"""Trouble with reaching a server and with what it is like."""

from letterhead.diagnosis.text import Text
from letterhead_providers import Actor, Retry
from letterhead_providers import DiagnosisCode as Code

SERVER_TEXTS: dict[Code, Text] = {
    Code.IP_BLOCKLISTED: Text(
        title="The sending server’s IP address is blocked",
        explanation="The receiving side does not trust the network address the mail comes from: it is on a "
        "block list, or mail from it was unwelcome before.",
        advice=(
            "If you send through a mail service, tell its support: the address is theirs.",
            (
                "On a server of your own, look the address up at the list the reply names and ask to be "
                "taken off it."
            ),
        ),
        actor=Actor.MAIL_ADMIN,
        retry=Retry.AFTER_CHANGE,
    ),
    Code.TLS_REQUIRED: Text(
        title="The server insists on encryption",
        explanation="{host} goes on only over an encrypted connection.",
        advice=("Set the security to TLS (usually port 465, 995 or 993) or to STARTTLS (587, 110 or 143).",),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.AFTER_CHANGE,
    ),
    Code.TLS_MODE_MISMATCH: Text(
        title="The encryption setting does not fit the port",
        explanation="We and {host} could not agree on how to encrypt: one spoke TLS from the start where "
        "the other did not, or the server knows only old versions.",
        advice=(
            "Sending: TLS goes with port 465, STARTTLS with port 587.",
            "Receiving: TLS goes with port 995 (POP3) or 993 (IMAP), STARTTLS with 110 or 143.",
            "If that is right already, the server’s administrator should make it offer TLS 1.2 or newer.",
        ),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.AFTER_CHANGE,
    ),
    Code.TLS_CERTIFICATE: Text(
        title="The server’s certificate cannot be trusted",
        explanation="{host} could not prove that it is the server it claims to be, so nothing was sent to "
        "it.",
        advice=(
            "Check the server’s name for typing errors and use the name the service states.",
            "On a server of your own, ask its administrator for a valid certificate of that name.",
        ),
        actor=Actor.MAIL_ADMIN,
        retry=Retry.AFTER_CHANGE,
        fact="The check said: {detail}.",
    ),
    Code.DNS_FAILURE: Text(
        title="A name could not be found in the DNS",
        explanation="The name of a server, or the domain of an address, has no entry where one is needed.",
        advice=(
            "Check the names of the server and of the domains for typing errors.",
            (
                "If they are right, whoever keeps the domain should check its DNS entries, the reverse one "
                "included."
            ),
        ),
        actor=Actor.MAIL_ADMIN,
        retry=Retry.AFTER_CHANGE,
    ),
    Code.CONNECTION_REFUSED: Text(
        title="Nothing answers there",
        explanation="{host} does not accept connections on this port, or drops them at once.",
        advice=(
            "Check the server’s name and the port.",
            (
                "If they are right, the server may be down or may block our network: try again later, or "
                "ask its operator."
            ),
        ),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.LATER,
    ),
    Code.TIMEOUT: Text(
        title="The server did not answer in time",
        explanation="{host} was silent for too long.",
        advice=("Try again later. If it stays so, check the server’s name and the port.",),
        actor=Actor.NOBODY,
        retry=Retry.LATER,
    ),
    Code.SERVER_UNAVAILABLE: Text(
        title="The server has a passing trouble",
        explanation="{host} says it cannot do this just now. Nothing is wrong with the settings as far as "
        "it tells.",
        advice=("Try again in some minutes.",),
        actor=Actor.PROVIDER,
        retry=Retry.LATER,
    ),
    Code.PROTOCOL_ERROR: Text(
        title="The server and we did not understand each other",
        explanation="{host} refused a command as wrong or unknown, or gave an answer that is none in this "
        "protocol.",
        advice=(
            (
                "Check that the server and the port are for this protocol, and that the user name has no "
                "odd characters."
            ),
            "If they are, show the server’s words to its administrator.",
        ),
        actor=Actor.OPERATOR,
        retry=Retry.AFTER_CHANGE,
    ),
    Code.POLICY_OTHER: Text(
        title="The server refused by a rule of its own",
        explanation="{host} refused and does not say more than that. Its own words are below.",
        advice=(
            "Read the server’s words: they may name the rule, or a page about it.",
            "If they do not help, show them to the server’s administrator or to the service’s support.",
        ),
        actor=Actor.MAIL_ADMIN,
        retry=Retry.AFTER_CHANGE,
    ),
    Code.TARGET_NOT_ALLOWED: Text(
        title="This server may not be reached from here",
        explanation="For safety, connections go only to mail ports of servers on the public internet.",
        advice=(
            "Check the server’s name and the port.",
            "Is it a server inside your own network? Then the operator of this installation can allow it.",
        ),
        actor=Actor.OPERATOR,
        retry=Retry.AFTER_CHANGE,
    ),
    Code.UNKNOWN: Text(
        title="We do not know what this reply means",
        explanation="We do not recognise this reply, so we will not guess. What the server said is kept as "
        "it was.",
        advice=(
            "Read the server’s words: they may say more than we understood.",
            "Show them to the mail administrator or to the service’s support.",
        ),
        actor=Actor.MAIL_ADMIN,
        retry=Retry.AFTER_CHANGE,
    ),
}
