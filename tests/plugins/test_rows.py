"""The bundled providers against all that is known of mail services. Needs the folder of corpora."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from letterhead.diagnosis.parse import parse_pasted
from letterhead_plugins import services
from letterhead_providers import Diagnosis, DiagnosisCode, Protocol, Provider, ServerReply, Stage
from letterhead_providers.catalogue import Catalogue

Row = dict[str, Any]

# Both lists may only shrink.
NOT_YET = {"brevo", "mailgun", "mailjet", "postmark", "sendgrid", "ses"}
LEFT_OUT = {
    ("google_workspace", "psmtp.com"),
    ("google_workspace", "smtp-relay.gmail.com", 465),
    ("google_workspace", "smtp-relay.gmail.com", 587),
    ("microsoft365", "smtp-legacy.office365.com", 587),
    ("outlook_com", "smtp.office365.com", 587),
    ("outlook_com", "451 5.7.3"),
    ("yahoo", "yahoodns.net"),  # of which a part is AOL's
    ("yandex", "smtp.yandex.ru", 465),
    ("yandex360", "smtp.yandex.ru", 465),
    ("zoho", "smtp.zoho.com", 587),
    ("zoho", "smtppro.zoho.com", 587),
}
ON_THE_OWNERS_COMPUTER = "127.0.0.1"

MEANINGS = {
    ("proton", "unknown sender address"): DiagnosisCode.SENDER_NOT_OWNED,
    ("posteo", "message content rejected"): DiagnosisCode.SPAM_CONTENT,
    ("tonline", "Toid authentication disabled"): DiagnosisCode.APP_PASSWORD_REQUIRED,
    ("ionos", "Mail send limit exceeded"): DiagnosisCode.QUOTA_EXCEEDED,
    ("ionos", "535 Authentication"): DiagnosisCode.WRONG_PASSWORD,
    ("godaddy", "IB401"): DiagnosisCode.POLICY_OTHER,
    ("godaddy", "IB605"): DiagnosisCode.TOO_MANY_RECIPIENTS,
    ("godaddy", "IB007"): DiagnosisCode.RATE_LIMITED,
    ("bluehost", "SMTP Authentication"): DiagnosisCode.AUTH_REQUIRED,
    ("bluehost", "header From"): DiagnosisCode.SENDER_NOT_OWNED,
    ("orange_fr", "_305"): DiagnosisCode.WRONG_PASSWORD,
    ("orange_fr", "_104"): DiagnosisCode.RATE_LIMITED,
    ("orange_fr", "_405"): DiagnosisCode.SENDER_NOT_OWNED,
    ("orange_fr", "_417"): DiagnosisCode.RECIPIENT_MAILBOX_FULL,
    ("laposte", "_402"): DiagnosisCode.AUTH_REQUIRED,
    ("laposte", "_421"): DiagnosisCode.SENDER_NOT_OWNED,
    ("seznam", "Login to server"): DiagnosisCode.APP_PASSWORD_REQUIRED,
    ("sparkpost", "No authentication type"): DiagnosisCode.WRONG_PASSWORD,
    ("sparkpost", "Unconfigured Sending Domain"): DiagnosisCode.SENDER_DOMAIN_UNVERIFIED,
    ("zeptomail", "Relaying disallowed"): DiagnosisCode.SENDER_DOMAIN_UNVERIFIED,
    ("zeptomail", "Authentication Failed"): DiagnosisCode.WRONG_PASSWORD,
    ("zeptomail", "STARTTLS"): DiagnosisCode.TLS_REQUIRED,
    ("emailit", "4.4.5"): DiagnosisCode.RATE_LIMITED,
    ("emailit", "4.5.3"): DiagnosisCode.QUOTA_EXCEEDED,
}


@pytest.fixture
def sure(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["confidence"] != "low"]


async def provider_of(row: Row, catalogue: Catalogue) -> Provider | None:
    if provider := catalogue.provider(row["id"].replace("_", "-")):
        return provider
    return await catalogue.owner_of(row["domains"][0]) if row["domains"] else None


async def known(rows: list[Row], catalogue: Catalogue) -> list[tuple[Row, Provider]]:
    found = [(row, await provider_of(row, catalogue)) for row in rows]
    return [(row, provider) for row, provider in found if provider]


def servers_of(row: Row) -> Iterator[tuple[str, str, int, str]]:
    for key in ("smtp", "pop3", "imap"):
        for server in [row[key], *(row[key] or {}).get("alternates", [])]:
            if server and "{" not in server["host"] and server["host"] != ON_THE_OWNERS_COMPUTER:
                yield key.upper(), server["host"], server["port"], server["security"].upper()


def servers_in(provider: Provider) -> set[tuple[str, str, int, str]]:
    servers = (server for p in provider.presets for server in (p.smtp, p.incoming) if server)
    return {(server.protocol, server.host, server.port, server.security) for server in servers}


async def explain(catalogue: Catalogue, key: str, reply: ServerReply) -> Diagnosis | None:
    """What the service says to it, at whatever stage it says something."""
    for stage in Stage:
        if diagnosis := await catalogue.explain(key, Protocol.SMTP, stage, reply):
            return diagnosis
    return None


def forms(match: str) -> Iterator[str]:
    """The same reply as servers also give it: other case, other wrapping, with hosts and numbers around."""
    yield match
    yield match.upper()
    yield f"{match} mx17.firma.example [203.0.113.77] ref 4711-0815"
    yield re.sub(r"\b([A-Z]{3})\d{0,3}_(\d{3})\b", r"\g<1>999_\2", match)
    found = re.fullmatch(r"(\d{3})[ -]([245]\.\d+\.\d+ )?(.+)", match)
    if found:
        lines = [f"{found[2] or ''}{word}" for word in [*found[3].split(), "ref 4711"]]
        yield "\r\n".join([*(f"{found[1]}-{line}" for line in lines[:-1]), f"{found[1]} {lines[-1]}"])


async def test_every_service_is_there(sure: list[Row], catalogue: Catalogue) -> None:
    missing = {row["id"] for row in sure if await provider_of(row, catalogue) is None}
    assert missing - NOT_YET == set()


async def test_domains_are_known(rows: list[Row], catalogue: Catalogue) -> None:
    for row, provider in await known(rows, catalogue):
        assert set(row["domains"]) - set(provider.domains) == set(), row["id"]


async def test_exchangers_are_known(rows: list[Row], catalogue: Catalogue) -> None:
    missing = {
        (row["id"], suffix)
        for row, provider in await known(rows, catalogue)
        for suffix in set(row["mx_suffixes"]) - set(provider.mx)
        if await catalogue.owner_of("firma.example", (f"mx1.{suffix}",)) != provider
    }
    assert missing - LEFT_OUT == set()


async def test_servers_are_known(rows: list[Row], catalogue: Catalogue) -> None:
    missing = {
        (row["id"], server[1], server[2])
        for row, provider in await known(rows, catalogue)
        for server in set(servers_of(row)) - servers_in(provider)
    }
    assert missing - LEFT_OUT == set()


async def test_the_best_server_is_never_left_out(rows: list[Row], catalogue: Catalogue) -> None:
    for row, provider in await known(rows, catalogue):
        best = next(servers_of(row), None)
        assert best is None or best in servers_in(provider), row["id"]


async def test_logins_are_known(rows: list[Row], catalogue: Catalogue) -> None:
    for row, provider in await known(rows, catalogue):
        fixed = re.search(r'literally "(.*)"', row["username"])
        login = fixed[1] if fixed else {"email": "{address}", "localpart": "{local}"}.get(row["username"])
        if login:
            assert {preset.smtp.username for preset in provider.presets} <= {login}, row["id"]


async def test_replies_are_recognised_in_all_their_forms(rows: list[Row], catalogue: Catalogue) -> None:
    strange = {
        (row["id"], error["match"])
        for row, provider in await known(rows, catalogue)
        for error in row["known_errors"]
        for form in forms(error["match"])
        if await explain(catalogue, provider.key, parse_pasted(form)) is None
    }
    assert strange - LEFT_OUT == set()


async def test_replies_mean_what_they_are_said_to_mean(rows: list[Row], catalogue: Catalogue) -> None:
    ours = {provider.key for provider in services.SERVICES}
    for row, provider in await known(rows, catalogue):
        for error in row["known_errors"] if provider.key in ours else ():
            [meant] = [
                code
                for (id_, words), code in MEANINGS.items()
                if id_ == row["id"] and words in error["match"]
            ]
            diagnosis = await explain(catalogue, provider.key, parse_pasted(error["match"]))
            assert diagnosis
            assert (diagnosis.code, diagnosis.explained_by) == (meant, "services"), error["match"]


async def test_no_service_claims_a_neighbour_s_reply(rows: list[Row], catalogue: Catalogue) -> None:
    own = {row["id"].replace("_", "-"): [error["match"] for error in row["known_errors"]] for row in rows}
    replies = [error["match"] for row in rows for error in row["known_errors"]]
    for provider in filter(lambda provider: provider.replies, services.SERVICES):
        for said in replies:
            if any(words(mine) <= words(said) for mine in own[provider.key]):
                continue
            assert await explain(catalogue, provider.key, parse_pasted(said)) is None, (provider.key, said)


def words(text: str) -> set[str]:
    return set(re.split(r"[^\w.]+", text.casefold())) - {""}
