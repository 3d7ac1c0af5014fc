"""Real bounces of some eighty mail systems. Needs the folder of corpora."""

import csv
import itertools
import os
import random
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from lab.needs import missing
from letterhead.bounces.meaning import reply_of
from letterhead.bounces.recognition import recognise
from letterhead.bounces.report import Action, Bounced, Report
from letterhead.bounces.rules import may_be_a_bounce
from letterhead.diagnosis.explain import Explainer
from letterhead.diagnosis.failure import Failure
from letterhead.wire.trouble import Cause
from letterhead_providers import Protocol, Stage
from letterhead_providers.catalogue import Catalogue, load

WHOM, WHY = 0.95, 0.85
"""What share of each origin's bounces has to be understood: who did not get it, and why."""

NO_BOUNCE = {"not-a-failure", "not-a-bounce", "no-recipient-or-not-a-bounce"}
DELAY = "lhost-x1-04.eml"
UNLABELLED = {"rfc3464-01.eml"}
"""A bounce of which the corpus does not say whose."""

MEANINGS = {
    "userunknown": "RECIPIENT_UNKNOWN RECIPIENT_DISABLED",
    "hasmoved": "RECIPIENT_UNKNOWN RECIPIENT_DISABLED",
    "suspend": "RECIPIENT_DISABLED RECIPIENT_UNKNOWN",
    "filtered": "RECIPIENT_UNKNOWN RECIPIENT_DISABLED POLICY_OTHER SPAM_CONTENT",
    "mailboxfull": "RECIPIENT_MAILBOX_FULL",
    "exceedlimit": "MESSAGE_TOO_LARGE",
    "mesgtoobig": "MESSAGE_TOO_LARGE",
    "hostunknown": "DNS_FAILURE RECIPIENT_UNKNOWN",
    "notaccept": "DNS_FAILURE RECIPIENT_UNKNOWN POLICY_OTHER SERVER_UNAVAILABLE",
    "expired": "TIMEOUT SERVER_UNAVAILABLE CONNECTION_REFUSED DNS_FAILURE GREYLISTED",
    "networkerror": "TIMEOUT SERVER_UNAVAILABLE CONNECTION_REFUSED DNS_FAILURE PROTOCOL_ERROR",
    "systemerror": "SERVER_UNAVAILABLE PROTOCOL_ERROR UNKNOWN",
    "mailererror": "SERVER_UNAVAILABLE PROTOCOL_ERROR UNKNOWN RECIPIENT_UNKNOWN",
    "rejected": "SENDER_NOT_OWNED POLICY_OTHER SENDER_DOMAIN_UNVERIFIED DNS_FAILURE SPF_FAIL DMARC_REJECTED",
    "policyviolation": "POLICY_OTHER CONTENT_BLOCKED DMARC_REJECTED SPF_FAIL",
    "securityerror": "POLICY_OTHER CONTENT_BLOCKED TLS_REQUIRED AUTH_REQUIRED DMARC_REJECTED SPF_FAIL",
    "blocked": "IP_BLOCKLISTED IP_NOT_AUTHORIZED DNS_FAILURE POLICY_OTHER SERVER_UNAVAILABLE RATE_LIMITED",
    "badreputation": "IP_BLOCKLISTED RATE_LIMITED SPAM_CONTENT",
    "requireptr": "IP_NOT_AUTHORIZED DNS_FAILURE POLICY_OTHER IP_BLOCKLISTED",
    "authfailure": "SPF_FAIL DMARC_REJECTED",
    "spamdetected": "SPAM_CONTENT CONTENT_BLOCKED",
    "virusdetected": "CONTENT_BLOCKED SPAM_CONTENT",
    "contenterror": "CONTENT_BLOCKED POLICY_OTHER PROTOCOL_ERROR",
    "notcompliantrfc": "CONTENT_BLOCKED POLICY_OTHER PROTOCOL_ERROR",
    "norelaying": "RELAY_DENIED",
    "toomanyconn": "RATE_LIMITED SERVER_UNAVAILABLE",
    "speeding": "RATE_LIMITED",
    "failedstarttls": "TLS_REQUIRED TLS_MODE_MISMATCH TLS_CERTIFICATE",
    "syntaxerror": "PROTOCOL_ERROR",
}
"""The corpus's reasons in our words. Several, where its kinds are finer or cut otherwise than ours."""

Rows = dict[str, list[dict[str, str]]]


@pytest.fixture(scope="module")
def folder() -> Path:
    named = os.environ.get("LETTERHEAD_CORPORA")
    if not named:
        missing("LETTERHEAD_CORPORA does not name the folder of corpora")
    return Path(named) / "bounces"


@pytest.fixture(scope="module")
def mails(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "samples").glob("*.eml"))}


@pytest.fixture(scope="module")
def reports(mails: dict[str, bytes]) -> dict[str, Report | None]:
    return {name: recognise(raw) for name, raw in mails.items()}


@pytest.fixture(scope="module")
def expected(folder: Path) -> Rows:
    rows: Rows = {}
    with (folder / "expected.tsv").open() as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            rows.setdefault(row["file"], []).append(row)
    return rows


def test_whom_each_bounce_is_about_is_understood(reports: dict[str, Report | None], expected: Rows) -> None:
    right = {
        name: addresses(reports[name]) == {row["recipient"].lower() for row in rows}
        for name, rows in expected.items()
        if is_bounce(name, rows)
    }

    for origin, share in shares(right.items()).items():
        assert share >= WHOM, (origin, [name for name, ok in right.items() if not ok])


def test_nothing_else_is_taken_for_a_bounce(reports: dict[str, Report | None], expected: Rows) -> None:
    others = [name for name, rows in expected.items() if rows[0]["class"] in NO_BOUNCE]

    assert [name for name in others if reports[name]] == []


async def test_most_reasons_are_understood(reports: dict[str, Report | None], expected: Rows) -> None:
    catalogue = load()
    right = []
    for name, rows in expected.items():
        for row in rows:
            one = about(reports[name], row["recipient"])
            if one and (meanings := MEANINGS.get(row["reason"], "").split()):
                right.append((name, await code_of(catalogue, one) in meanings))

    for origin, share in shares(right).items():
        assert share >= WHY, (origin, share)


def test_delays_are_not_taken_for_failures(reports: dict[str, Report | None], expected: Rows) -> None:
    final = {
        name: {one.action is Action.FAILED for one in report.bounced}
        for name, report in reports.items()
        if name.startswith("flufl") and report and is_bounce(name, expected[name])
    }
    wanted = {name: {row["class"] == "hard" for row in expected[name]} for name in final}

    assert {name for name in final if final[name] != wanted[name]} == set()
    delay = reports[DELAY]
    assert delay is not None
    assert {one.action for one in delay.bounced} == {Action.DELAYED}


def test_every_bounce_is_worth_reading_by_its_header(
    mails: dict[str, bytes], reports: dict[str, Report | None]
) -> None:
    unread = [name for name, report in reports.items() if report and not may_be_a_bounce(mails[name])]

    assert len(unread) <= 2, unread


def test_no_mutilated_mail_is_too_much(mails: dict[str, bytes]) -> None:
    chance = random.Random(2026)
    for raw in mails.values():
        lines, parts = raw.splitlines(keepends=True), raw.split(b"\n--")
        for cut in (0.05, 0.2, 0.4, 0.6, 0.8, 0.95):
            recognise(raw[: int(len(raw) * cut)])
            recognise(raw[int(len(raw) * cut) :])
        chance.shuffle(lines)
        chance.shuffle(parts)
        recognise(b"".join(lines))
        recognise(b"\n--".join(parts))


def is_bounce(name: str, rows: list[dict[str, str]]) -> bool:
    labelled = name not in UNLABELLED and rows[0]["label_source"] != "go-output-only"
    return labelled and rows[0]["class"] not in NO_BOUNCE


def addresses(report: Report | None) -> set[str]:
    return {one.address.lower() for one in report.bounced} if report else set()


def about(report: Report | None, recipient: str) -> Bounced | None:
    bounced = report.bounced if report else ()
    return next((one for one in bounced if recipient.lower() in map(str.lower, one.addresses)), None)


async def code_of(catalogue: Catalogue, bounced: Bounced) -> str:
    failure = Failure(
        protocol=Protocol.SMTP, stage=Stage.RECIPIENT, cause=Cause.REPLY, reply=reply_of(bounced)
    )
    return (await Explainer(catalogue).explain(failure)).code.value


def shares(verdicts: Iterable[tuple[str, bool]]) -> dict[str, float]:
    """By origin, which a file's name begins with."""
    each = list(verdicts)
    counted = Counter(name.partition("-")[0] for name, _ in each)
    right = Counter(name.partition("-")[0] for name in itertools.compress(*zip(*each, strict=True)))
    return {origin: right[origin] / number for origin, number in counted.items()}
