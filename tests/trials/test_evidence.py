"""What a test has seen, in words."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from api.drafts import Draft, server
from api.marks import on_sqlite
from lab.product import Product
from trials.asking import run_test, steps
from wire.conftest import serving_with
from wire.scripted import POP3, SMTP, scripted

pytestmark = [pytest.mark.asyncio(loop_scope="module"), on_sqlite]


def ending_in(lab_ca: trustme.CA, days: int) -> ssl.SSLContext:
    ends = datetime.now(UTC) + timedelta(days=days)
    return serving_with(lab_ca.issue_cert("localhost", not_after=ends))


async def test_a_certificate_about_to_expire_is_a_warning(
    acme: Product, draft: Draft, lab_ca: trustme.CA
) -> None:
    async with (
        scripted(SMTP, tls=ending_in(lab_ca, 13)) as smtp,
        scripted(POP3, tls=ending_in(lab_ca, 15)) as pop3,
    ):
        sides = {"smtp": server("SMTP", smtp.port), "incoming": server("POP3", pop3.port)}
        tls = {side: given | {"security": "TLS"} for side, given in sides.items()}
        test = await run_test(acme.admin, draft("sales", **tls))

    assert test["status"] == "PASSED_WITH_WARNINGS"
    soon, later = steps(test, "TLS")
    assert (soon["status"], soon["diagnosis"]["code"], later["status"]) == (
        *("WARNED", "TLS_CERTIFICATE"),
        "PASSED",
    )
    last_day = (datetime.now(UTC) + timedelta(days=13)).date().isoformat()
    assert f"The certificate of localhost is good until {last_day}." in soon["diagnosis"]["explanation"]
    assert soon["evidence"].endswith(f"until {last_day}")


async def test_what_a_server_can_do_is_told(acme: Product, draft: Draft, lab_ca: trustme.CA) -> None:
    can = ["SIZE 10000000", "8BITMIME", "SMTPUTF8", "PIPELINING", "DSN", "AUTH PLAIN LOGIN"]
    lines = ["mail.example", *can, "HELP", "VRFY"]
    said = "\r\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"])
    async with scripted(SMTP, tls=ending_in(lab_ca, 90), EHLO=said) as smtp:
        given = {"smtp": server("SMTP", smtp.port, security="TLS")}
        test = await run_test(acme.admin, draft("sales", **given))

    assert steps(test, "CAPABILITIES")[0]["evidence"] == ", ".join(can)
    assert test["status"] == "PASSED"
