"""Django as it comes, with a connection for each message: ``python delivery_django.py PORT TLS N`` prints
messages a second."""

import sys
import time

from django.conf import settings
from django.core.mail import send_mail

BODY = "Dear Bob,\n\n" + "here is the offer that we spoke about on the telephone.\n" * 15


def main(port: str, tls: str, count: str) -> float:
    login = {"EMAIL_HOST_USER": "anna@example.com", "EMAIL_HOST_PASSWORD": "secret"} if tls == "TLS" else {}
    settings.configure(EMAIL_HOST="127.0.0.1", EMAIL_PORT=int(port), EMAIL_USE_SSL=tls == "TLS", **login)
    started = time.perf_counter()
    for _ in range(int(count)):
        send_mail("Offer", BODY, "anna@example.com", ["bob@example.org"])
    return int(count) / (time.perf_counter() - started)


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
