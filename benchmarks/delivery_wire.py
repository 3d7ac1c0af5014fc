"""This product's conversations alone, ten at once, with messages that are rendered already: ``python
delivery_wire.py PORT TLS N`` prints messages a second."""

import asyncio
import sys
import time
from ipaddress import ip_network

import uvloop

from letterhead.vault.secret import Secret
from letterhead.wire.dial import Dialler
from letterhead.wire.server import MailServer
from letterhead.wire.smtp import Outgoing, SmtpConversation
from letterhead.wire.targets import AllowedTarget
from letterhead_providers import Protocol, Security

BODY = "Dear Bob,\n\n" + "here is the offer that we spoke about on the telephone.\n" * 15
CONTENT = f"From: anna@example.com\nTo: bob@example.org\nSubject: Offer\n\n{BODY}".encode()


async def main(port: str, tls: str, count: str) -> float:
    dialler = Dialler(allowed=(AllowedTarget(ip_network("127.0.0.0/8"), frozenset([int(port)])),))
    security = Security.TLS if tls == "TLS" else Security.NONE
    server = MailServer(protocol=Protocol.SMTP, host="127.0.0.1", port=int(port), security=security)
    message = Outgoing(sender="anna@example.com", recipients=["bob@example.org"], content=CONTENT)
    left = iter(range(int(count)))

    async def line() -> None:
        conversation = SmtpConversation(server, dialler, local_hostname="here")
        await conversation.open()
        if tls == "TLS":
            await conversation.sign_in("anna@example.com", Secret("secret"))
        for _ in left:
            await conversation.transmit(message)
        await conversation.quit()

    started = time.perf_counter()
    await asyncio.gather(*(line() for _ in range(10)))
    return int(count) / (time.perf_counter() - started)


if __name__ == "__main__":
    print(uvloop.run(main(*sys.argv[1:])))
