"""What else sends mail from Python, as its documentation says: ``python delivery_others.py WHO PORT TLS N``
prints messages a second.

``django``: ``send_mail`` with the backend that a project has by default, a connection for each message.
``aiosmtplib``: one connection for all. ``wire``: this product's own conversation over ten connections, with
messages that are rendered already.
"""

import asyncio
import sys
import time
from ipaddress import ip_network

BODY = "Dear Bob,\n\n" + "here is the offer that we spoke about on the telephone.\n" * 15


def django(port: int, tls: bool, count: int) -> float:
    from django.conf import settings
    from django.core.mail import send_mail

    login = {"EMAIL_HOST_USER": "anna@example.com", "EMAIL_HOST_PASSWORD": "secret"} if tls else {}
    settings.configure(EMAIL_HOST="127.0.0.1", EMAIL_PORT=port, EMAIL_USE_SSL=tls, **login)
    started = time.perf_counter()
    for _ in range(count):
        send_mail("Offer", BODY, "anna@example.com", ["bob@example.org"])
    return count / (time.perf_counter() - started)


async def aiosmtplib(port: int, tls: bool, count: int) -> float:
    from email.message import EmailMessage

    from aiosmtplib import SMTP

    login = {"username": "anna@example.com", "password": "secret"} if tls else {}
    started = time.perf_counter()
    async with SMTP("127.0.0.1", port, use_tls=tls, start_tls=False, local_hostname="here", **login) as client:
        for _ in range(count):
            message = EmailMessage()
            message["From"], message["To"], message["Subject"] = "anna@example.com", "bob@example.org", "Offer"
            message.set_content(BODY)
            await client.send_message(message)
    return count / (time.perf_counter() - started)


async def wire(port: int, tls: bool, count: int) -> float:
    from letterhead.vault.secret import Secret
    from letterhead.wire.dial import Dialler
    from letterhead.wire.server import MailServer
    from letterhead.wire.smtp import Outgoing, SmtpConversation
    from letterhead.wire.targets import AllowedTarget
    from letterhead_providers import Protocol, Security

    dialler = Dialler(allowed=(AllowedTarget(ip_network("127.0.0.0/8"), frozenset([port])),))
    security = Security.TLS if tls else Security.NONE
    server = MailServer(protocol=Protocol.SMTP, host="127.0.0.1", port=port, security=security)
    content = f"From: anna@example.com\nTo: bob@example.org\nSubject: Offer\n\n{BODY}".encode()
    message = Outgoing(sender="anna@example.com", recipients=["bob@example.org"], content=content)
    left = iter(range(count))

    async def line() -> None:
        conversation = SmtpConversation(server, dialler, local_hostname="here")
        await conversation.open()
        if tls:
            await conversation.sign_in("anna@example.com", Secret("secret"))
        for _ in left:
            await conversation.transmit(message)
        await conversation.quit()

    started = time.perf_counter()
    await asyncio.gather(*(line() for _ in range(10)))
    return count / (time.perf_counter() - started)


def main() -> None:
    who, port, tls, count = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "TLS", int(sys.argv[4])
    if who == "django":
        print(django(port, tls, count))
        return
    import uvloop

    print(uvloop.run({"aiosmtplib": aiosmtplib, "wire": wire}[who](port, tls, count)))


if __name__ == "__main__":
    main()
