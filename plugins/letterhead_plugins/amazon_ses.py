"""Amazon SES.

Checked in 2026-11 against:
regions: nodemailer's list; AWS has more, for which the server is written by hand;
credentials, of which each region has its own: https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html,
and how a password is made: 33 octets in base64, of which the first is 4, or 2 for those from before 2019;
replies: https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html and its older list of codes,
https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html,
https://repost.aws/knowledge-center/ses-554-400-message-rejected-error, Billionmail/BillionMail#156, and
refusals by a policy in public notes;
limits: https://docs.aws.amazon.com/ses/latest/dg/quotas.html.
The ports 2587 and 2465 answer too, and are left out, as servers may dial them only where that was allowed.
Records of a verified domain have names that only its owner is told, so that DNS does not show it.
"""

import re
from collections.abc import Sequence

from letterhead_plugins.amazon_ses_replies import CREATE, DOCS, REPLIES, VERIFY
from letterhead_plugins.presets import submission
from letterhead_plugins.relays import (
    ANSWERS_ELSEWHERE,
    login_of_its_own,
    on_its_servers,
    pasted,
    sending_only,
)
from letterhead_plugins.sending_domains import domains_of, unverified
from letterhead_providers import (
    AuthMethod,
    Checks,
    CredentialKind,
    Finding,
    Instruction,
    Limits,
    Provider,
    ProviderKind,
    SendAsRule,
    Server,
    Subject,
    Verdict,
    hookimpl,
)

CONTRACT = 1

QUOTAS = f"{DOCS}/quotas.html"
REGIONS = (
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"),
    *("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3"),
    *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2"),
    *("us-gov-east-1", "us-gov-west-1"),
)
SERVER = re.compile(r"email-smtp[a-z-]*\.([a-z0-9-]+)\.amazonaws\.com")


def _servers(region: str) -> list[Server]:
    return [submission(f"email-smtp.{region}.amazonaws.com", port, username="") for port in (587, 465)]


SES = Provider(
    key="ses",
    name="Amazon SES",
    kind=ProviderKind.RELAY,
    website="https://aws.amazon.com/ses/",
    presets=sending_only({region: _servers(region) for region in REGIONS}),
    auth_methods=(
        AuthMethod(
            key="smtp-credentials",
            title="SMTP credentials",
            kind=CredentialKind.API_KEY,
            recommended=True,
            secret_label="SMTP password",
            secret_format=pasted(
                "44 letters, digits, + and /, of which the first is an A or a B. A secret access key of AWS, "
                "which has 40, is not accepted.",
                "[AB][A-Za-z0-9+/]{43}",
            ),
            login_format=login_of_its_own("an SMTP user name, which begins with AKIA", "AKIA[A-Z0-9]+"),
            instructions=(
                Instruction(
                    text="Choose the server of the AWS region where your domain or address is verified."
                ),
                CREATE,
                Instruction(text="Enter the SMTP user name, which begins with AKIA, as the login."),
                Instruction(text="Paste the SMTP password here. It is not the AWS secret access key."),
                ANSWERS_ELSEWHERE,
            ),
        ),
    ),
    sends_as=SendAsRule.VERIFIED_ADDRESSES,
    limits=Limits(
        recipients_per_message=50,
        bytes_per_message=40_000_000,
        note="In the sandbox 200 messages a day and one a second. Each recipient counts as a message, and "
        "each region has quotas of its own.",
        source=QUOTAS,
    ),
    replies=REPLIES,
    popularity=48,
    sources=(f"{DOCS}/smtp-credentials.html", f"{DOCS}/troubleshoot-smtp.html", QUOTAS),
    checked="2026-11",
)


@hookimpl
def providers() -> Sequence[Provider]:
    return [SES]


@hookimpl
def checks(subject: Subject) -> Checks:
    return _checks(subject)


def _checks(subject: Subject) -> Checks:
    yield from on_its_servers(SES.name, subject, ("amazonaws.com",))
    found = SERVER.fullmatch(subject.smtp.host.lower())
    region = found[1] if found else "the server's region"
    for domain in domains_of(subject):
        yield _judged_late(domain, region)


def _judged_late(domain: str, region: str) -> Finding:
    return Finding(
        title=f"{domain} is verified in {region}",
        verdict=Verdict.WARNED,
        evidence="Amazon SES judges a sender only when all of a message has arrived.",
        diagnosis=unverified(
            SES.name,
            domain,
            f"Amazon SES sends only for what is verified in {region}; another region does not count.",
            VERIFY,
            Instruction(text="Where the domain or the address is verified there, nothing has to be changed."),
        ),
    )
