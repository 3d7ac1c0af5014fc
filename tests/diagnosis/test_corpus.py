"""Real replies, with and without what a service's own plugin knows. Needs the folder of corpora."""

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from lab.needs import missing
from letterhead.diagnosis.explain import Explainer
from letterhead_providers import Diagnosis, Retry, Stage
from letterhead_providers.catalogue import Catalogue, load

ALONE, TOGETHER = 0.9, 0.95
"""What share of the replies has to be understood, without the service's plugin and with it."""

SERVICES = {
    "Gmail": "gmail",
    "Google Workspace": "google-workspace",
    "Microsoft 365": "microsoft365",
    "Exchange / Microsoft 365": "microsoft365",
    "Microsoft identity platform": "microsoft365",
    "Outlook.com": "outlook-com",
    "Yahoo": "yahoo",
    "iCloud": "icloud",
    "Orange.fr": "orange-fr",
    "Laposte.net": "laposte",
    "Amazon SES": "ses",
    "Yandex": "yandex",
    "Mail.ru": "mailru",
    "Zoho Mail": "zoho",
    "Zoho ZeptoMail": "zeptomail",
    "NetEase": "netease-163",
    "QQ Mail": "qq",
    "GoDaddy": "godaddy",
    "Fastmail": "fastmail",
    "GMX": "gmx-net",
    "IONOS": "ionos",
    "T-Online": "tonline",
    "SendGrid": "sendgrid",
    "Mailgun": "mailgun",
    "SparkPost": "sparkpost",
    "Brevo": "brevo",
    "Emailit": "emailit",
    "hydroxide": "proton",
    "cPanel": "custom",
    "Postfix/Dovecot": "custom",
    "SmarterMail": "custom",
}
"""By how the corpus names a service: whose plugin an account there has."""

STAGES = {
    "auth": Stage.SIGN_IN,
    "imap_auth": Stage.SIGN_IN,
    "pop3_auth": Stage.SIGN_IN,
    "connect": Stage.GREETING,
    "tls": Stage.TLS,
    "mail_from": Stage.SENDER,
    "rcpt": Stage.RECIPIENT,
    "data": Stage.DATA,
}

SYNONYMS = {
    "denied": "refused",
    "rejected": "refused",
    "blocked": "denied",
    "disabled": "switched off",
    "exceeded": "reached",
    "not allowed": "not permitted",
    "[Ii]nvalid": "bad",
    "required": "needed",
    "unknown": "not found",
    "account": "mailbox",
    "user": "recipient",
    "message": "mail",
    "email": "mail",
}


@pytest.fixture(scope="module")
def corpus() -> list[dict[str, Any]]:
    folder = os.environ.get("LETTERHEAD_CORPORA")
    if not folder:
        missing("LETTERHEAD_CORPORA does not name the folder of corpora")
    entries: list[dict[str, Any]] = json.loads((Path(folder) / "server_replies.json").read_text())["errors"]
    return entries


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load()


def test_every_service_that_is_named_has_its_plugin(catalogue: Catalogue) -> None:
    assert set(SERVICES.values()) <= {provider.key for provider in catalogue.providers()}


@pytest.mark.parametrize("with_provider", [False, True], ids=["without provider", "with provider"])
@pytest.mark.parametrize("with_stage", [True, False], ids=["at its stage", "stage guessed"])
async def test_most_replies_are_understood(
    corpus: list[dict[str, Any]], catalogue: Catalogue, with_provider: bool, with_stage: bool
) -> None:
    explainer = Explainer(catalogue)
    told = [
        await explainer.explain_text(
            entry["reply"],
            provider_key=provider_of(entry["service"]) if with_provider else None,
            stage=STAGES[entry["stage"]] if with_stage else None,
        )
        for entry in corpus
    ]

    goal = TOGETHER if with_provider else ALONE
    assert share(map(same_kind, corpus, told)) >= goal
    assert share(map(same_permanence, corpus, told)) >= goal


async def test_numbers_and_hosts_make_no_difference(
    corpus: list[dict[str, Any]], catalogue: Catalogue
) -> None:
    explainer = Explainer(catalogue)
    for entry in corpus:
        stage = STAGES[entry["stage"]]
        plain = await explainer.explain_text(entry["reply"], stage=stage)
        other = await explainer.explain_text(elsewhere(entry["reply"]), stage=stage)
        assert (plain.code, plain.retry) == (other.code, other.retry), entry["reply"]


async def test_a_word_said_otherwise_makes_no_difference(
    corpus: list[dict[str, Any]], catalogue: Catalogue
) -> None:
    explainer = Explainer(catalogue)
    for entry in corpus:
        stage = STAGES[entry["stage"]]
        plain = await explainer.explain_text(entry["reply"], stage=stage)
        for word, other in SYNONYMS.items():
            told = re.sub(rf"\b{word}\b", other, entry["reply"])
            assert (await explainer.explain_text(told, stage=stage)).code == plain.code, told


def provider_of(service: str) -> str | None:
    return next((key for name, key in SERVICES.items() if service.startswith(name)), None)


def elsewhere(reply: str) -> str:
    """The same from another server: other addresses, links, hosts and counters."""
    reply = re.sub(r"\S+@[\w.-]+", "zoe@firma.example>", reply)
    reply = re.sub(r"https?://\S+", "https://help.firma.example/en/9?id=7", reply)
    reply = re.sub(r"\b\d{1,3}(\.\d{1,3}){3}\b", "203.0.113.77", reply)
    return re.sub(r"\bexample\.jp\b", "firma.example", reply, flags=re.IGNORECASE)


def share(verdicts: Iterable[bool]) -> float:
    counted = list(verdicts)
    return sum(counted) / len(counted)


def same_kind(entry: dict[str, Any], diagnosis: Diagnosis) -> bool:
    return diagnosis.code.value == entry["category"].upper()


def same_permanence(entry: dict[str, Any], diagnosis: Diagnosis) -> bool:
    return (diagnosis.retry in {Retry.NOW, Retry.LATER}) != entry["permanent"]
