"""What is told when it was not a reply that stopped us, but what we found ourselves."""

from dataclasses import replace

from letterhead.diagnosis.text import Text
from letterhead.diagnosis.texts_of_servers import SERVER_TEXTS
from letterhead.diagnosis.texts_of_sign_in import SIGN_IN_TEXTS
from letterhead.wire.trouble import Cause
from letterhead_providers import Actor, Retry, Stage
from letterhead_providers import DiagnosisCode as Code

CAUSE_TEXTS: dict[Cause, Text] = {
    Cause.REPLY: SERVER_TEXTS[Code.UNKNOWN],
    Cause.TARGET_REFUSED: SERVER_TEXTS[Code.TARGET_NOT_ALLOWED],
    Cause.HOST_NOT_FOUND: Text(
        title="There is no server of this name",
        explanation="The DNS knows no address for {host}.",
        advice=("Check the server’s name for typing errors, and compare it with what the service states.",),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.AFTER_CHANGE,
    ),
    Cause.DNS_FAILED: Text(
        title="The server’s name could not be looked up",
        explanation="The DNS gave no answer about {host}: neither an address, nor that there is none.",
        advice=(
            "Try again in some minutes.",
            "If other servers cannot be found either, the operator should check this installation’s DNS.",
        ),
        actor=Actor.OPERATOR,
        retry=Retry.LATER,
    ),
    Cause.CONNECTION_REFUSED: Text(
        title="Nothing answers at this port",
        explanation="{host} was reached, but it refused the connection at once: no program is listening "
        "there, or a firewall turns us away.",
        advice=(
            "Check the port: 465 or 587 for sending, 995 for POP3, 993 for IMAP.",
            "If it is right, the server may be down: try again later or ask its administrator.",
        ),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.LATER,
    ),
    Cause.UNREACHABLE: Text(
        title="There is no way to this server from here",
        explanation="The network knows no route to {host}.",
        advice=(
            "Try again later.",
            "If it stays so, the operator should check this installation’s network and firewall.",
        ),
        actor=Actor.OPERATOR,
        retry=Retry.LATER,
    ),
    Cause.TIMEOUT: Text(
        title="The server stopped answering",
        explanation="{host} took part in the conversation and then was silent for too long.",
        advice=("Try again later: the server may be busy.",),
        actor=Actor.NOBODY,
        retry=Retry.LATER,
    ),
    Cause.DISCONNECTED: Text(
        title="The server hung up",
        explanation="{host} closed the connection in the middle of the conversation and gave no reason.",
        advice=(
            "Try again in some minutes.",
            "If it stays so, ask the server’s administrator: its log tells why.",
        ),
        actor=Actor.PROVIDER,
        retry=Retry.LATER,
    ),
    Cause.TLS_NOT_OFFERED: Text(
        title="The server does not offer encryption at this port",
        explanation="STARTTLS is set, but {host} does not offer it here. Without encryption the password "
        "would be readable on its way, so we stopped.",
        advice=(
            "Use TLS from the start: port 465 for sending, 995 for POP3, 993 for IMAP.",
            (
                "If the service says that STARTTLS is right, something between us and the server takes it "
                "out: ask the network’s administrator."
            ),
        ),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.AFTER_CHANGE,
    ),
    Cause.TLS_UNTRUSTED: Text(
        title="The server’s certificate was issued by nobody we trust",
        explanation="{host} shows a certificate that it made itself, or whose issuer is not known here. "
        "Anybody could have made it, so nothing was sent.",
        advice=(
            "Check the server’s name, and use the one the service states.",
            (
                "On a server of your own, install a certificate of a public authority with its whole chain, "
                "or let the operator of this installation add your authority to the trusted ones."
            ),
        ),
        actor=Actor.MAIL_ADMIN,
        retry=Retry.AFTER_CHANGE,
        fact="The check said: {detail}.",
    ),
    Cause.TLS_EXPIRED: Text(
        title="The server’s certificate has run out",
        explanation="The certificate of {host} is not valid today: it has run out, or has not begun yet.",
        advice=("Ask the server’s administrator to renew it.",),
        actor=Actor.MAIL_ADMIN,
        retry=Retry.AFTER_CHANGE,
        fact="The check said: {detail}.",
    ),
    Cause.TLS_WRONG_NAME: Text(
        title="The server’s certificate is for another name",
        explanation="The certificate is a valid one, but not for {host}.",
        advice=(
            (
                "Use the server’s name that the certificate is for. With hosting companies that is often "
                "their own server’s name, not your domain’s."
            ),
            "On a server of your own, ask its administrator for a certificate of this name.",
        ),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.AFTER_CHANGE,
        fact="The check said: {detail}.",
    ),
    Cause.TLS_HANDSHAKE: Text(
        title="No common way to encrypt was found",
        explanation="{host} and we could not agree on a version of TLS. The server may know only old ones, "
        "which are no longer safe.",
        advice=(
            (
                "Check that the security setting fits the port: TLS with 465, 995 or 993, STARTTLS with "
                "587, 110 or 143."
            ),
            "If it does, ask the server’s administrator to switch on TLS 1.2 or newer.",
        ),
        actor=Actor.MAIL_ADMIN,
        retry=Retry.AFTER_CHANGE,
        fact="The handshake ended with: {detail}.",
    ),
    Cause.TLS_ON_PLAIN: Text(
        title="This port does not speak TLS from the start",
        explanation="We began with TLS, and {host} answered in plain text.",
        advice=("Set the security to STARTTLS for this port, or use the port for TLS: 465, 995 or 993.",),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.AFTER_CHANGE,
    ),
    Cause.PLAIN_ON_TLS: Text(
        title="This port speaks TLS from the start",
        explanation="We began in plain text, and {host} expects TLS at once.",
        advice=("Set the security to TLS for this port, or use the port for STARTTLS: 587, 110 or 143.",),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.AFTER_CHANGE,
    ),
    Cause.WRONG_SERVICE: Text(
        title="Another kind of server answers there",
        explanation="Something answers at {host}, but it is not a server for this protocol.",
        advice=("Check the port: 465 or 587 for sending, 995 or 110 for POP3, 993 or 143 for IMAP.",),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.AFTER_CHANGE,
    ),
    Cause.NO_MECHANISM: Text(
        title="The server offers no way to sign in that fits",
        explanation="{host} does not offer to sign in with what was entered: it wants OAuth2, or it offers "
        "no sign-in at all at this port.",
        advice=(
            "Choose a way to sign in that leads to the service’s own page, if there is one.",
            "For sending, use port 465 or 587: at port 25 many servers offer no sign-in.",
        ),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.AFTER_CHANGE,
        fact="It offers: {detail}.",
    ),
    Cause.MALFORMED: Text(
        title="The server’s answer cannot be read",
        explanation="{host} answered with something that is no reply in this protocol.",
        advice=(
            "Check that the server and the port are for this protocol.",
            "If they are, tell the server’s administrator, or whoever runs a firewall in between.",
        ),
        actor=Actor.MAIL_ADMIN,
        retry=Retry.AFTER_CHANGE,
    ),
    Cause.TOO_LARGE: Text(
        title="The message is too large for this server",
        explanation="{host} says how large a message it takes, and this one is larger, so it was not sent.",
        advice=("Send less in one message, or put large files where the recipient can fetch them.",),
        actor=Actor.SENDER,
        retry=Retry.AFTER_CHANGE,
        fact="It has {detail}.",
    ),
    Cause.ADDRESS_NOT_ASCII: Text(
        title="The server cannot write this address",
        explanation="The address has letters outside ASCII, and {host} does not take such addresses.",
        advice=(
            "Ask for an address in plain letters.",
            "Or send from an account whose server takes international addresses (SMTPUTF8).",
        ),
        actor=Actor.SENDER,
        retry=Retry.AFTER_CHANGE,
    ),
}

STAGED_TEXTS: dict[tuple[Cause, Stage], Text] = {
    (Cause.TIMEOUT, Stage.RESOLVE): replace(
        CAUSE_TEXTS[Cause.DNS_FAILED],
        explanation="The DNS did not answer in time about {host}.",
    ),
    (Cause.TIMEOUT, Stage.CONNECT): Text(
        title="The server cannot be reached",
        explanation="{host} did not answer at all. Often the port is wrong, or a firewall swallows the "
        "connection.",
        advice=(
            "Check the server’s name and the port: 465 or 587 for sending, 995 for POP3, 993 for IMAP.",
            "Many networks block port 25: use 587 or 465.",
        ),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.LATER,
    ),
    (Cause.TIMEOUT, Stage.GREETING): Text(
        title="The server takes the connection but says nothing",
        explanation="{host} sent no greeting. That happens when it expects TLS at once, or keeps strangers "
        "waiting.",
        advice=(
            (
                "Check that the security setting fits the port: TLS with 465, 995 or 993, STARTTLS with "
                "587, 110 or 143."
            ),
            "If it does, try again later.",
        ),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.LATER,
    ),
    (Cause.TIMEOUT, Stage.DATA): Text(
        title="The server did not say whether it took the message",
        explanation="The message was on its way when {host} fell silent. It may or may not have been "
        "delivered.",
        advice=("Look into the folder of sent mail, or ask the recipient, before sending it again.",),
        actor=Actor.SENDER,
        retry=Retry.LATER,
    ),
    (Cause.TIMEOUT, Stage.SIGN_IN): Text(
        title="The server did not answer the sign-in",
        explanation="{host} got the user name and the password and then was silent for too long. They may "
        "be right.",
        advice=("Try again later: the server may be busy, or slow down after several failed sign-ins.",),
        actor=Actor.NOBODY,
        retry=Retry.LATER,
    ),
    (Cause.NO_MECHANISM, Stage.GREETING): Text(
        title="The server lets anybody in without a sign-in",
        explanation="{host} says at once that we are signed in (PREAUTH), before it could know who we are. A "
        "mailbox that is open to anybody proves nothing, so we stopped.",
        advice=(
            "Check the server’s name and the port: 993 is the usual one for IMAP.",
            "On a server of your own, ask its administrator to require a sign-in.",
        ),
        actor=Actor.MAIL_ADMIN,
        retry=Retry.AFTER_CHANGE,
    ),
    (Cause.DISCONNECTED, Stage.GREETING): Text(
        title="The server hung up at once",
        explanation="{host} closed the connection before saying anything: it may block our network, or "
        "expect TLS.",
        advice=(
            (
                "Check that the security setting fits the port: TLS with 465, 995 or 993, STARTTLS with "
                "587, 110 or 143."
            ),
            (
                "If it does, try again later, or ask the server’s administrator whether our IP address is "
                "blocked."
            ),
        ),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.LATER,
    ),
    (Cause.DISCONNECTED, Stage.TLS): replace(
        CAUSE_TEXTS[Cause.TLS_HANDSHAKE],
        title="The server hung up when encryption began",
        explanation="{host} closed the connection in the middle of the TLS handshake and gave no reason.",
    ),
    (Cause.DISCONNECTED, Stage.SIGN_IN): replace(
        CAUSE_TEXTS[Cause.DISCONNECTED],
        title="The server hung up during the sign-in",
        explanation="{host} closed the connection instead of answering the sign-in. Some servers do so "
        "after several wrong passwords.",
        advice=(
            *SIGN_IN_TEXTS[Code.WRONG_PASSWORD].advice[:1],
            "Wait some minutes, then test again.",
        ),
    ),
}


def text_of(cause: Cause, stage: Stage) -> Text:
    return STAGED_TEXTS.get((cause, stage), CAUSE_TEXTS[cause])
