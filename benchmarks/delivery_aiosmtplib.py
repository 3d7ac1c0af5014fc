"""aiosmtplib with one connection: ``python delivery_aiosmtplib.py PORT TLS N`` prints messages a second."""

import sys
import time
from email.message import EmailMessage

import uvloop
from aiosmtplib import SMTP

BODY = "Dear Bob,\n\n" + "here is the offer that we spoke about on the telephone.\n" * 15


async def main(port: str, tls: str, count: str) -> float:
    login = {"username": "anna@example.com", "password": "secret"} if tls == "TLS" else {}
    started = time.perf_counter()
    async with SMTP(
        hostname="127.0.0.1",
        port=int(port),
        use_tls=tls == "TLS",
        start_tls=False,
        local_hostname="here",
        **login,
    ) as client:
        for _ in range(int(count)):
            message = EmailMessage()
            message["From"], message["To"], message["Subject"] = (
                "anna@example.com",
                "bob@example.org",
                "Offer",
            )
            message.set_content(BODY)
            await client.send_message(message)
    return int(count) / (time.perf_counter() - started)


if __name__ == "__main__":
    print(uvloop.run(main(*sys.argv[1:])))
