"""What can be found out about a Microsoft mailbox that its servers do not say."""

from collections.abc import Iterator

from letterhead_plugins.exchangers import domain_of, is_below, received_by
from letterhead_plugins.late_verdicts import other_senders
from letterhead_plugins.microsoft_domains import (
    BUSINESS_EXCHANGERS,
    CONSUMER_DOMAINS,
    CONSUMER_EXCHANGERS,
)
from letterhead_providers import (
    Actor,
    Checks,
    CredentialKind,
    Diagnosis,
    DiagnosisCode,
    Finding,
    Instruction,
    Retry,
    Subject,
    Verdict,
)

BY_AN_ADMIN = Instruction(
    text="An administrator gives the mailbox the permission “Send as” for that address."
)
NOT_AT_ALL = Instruction(text="Send from the address that signs in.")


def outlook_checks(subject: Subject) -> Checks:
    domain = domain_of(subject.address)
    if domain not in CONSUMER_DOMAINS:
        hosts = yield from received_by("Outlook.com", domain, CONSUMER_EXCHANGERS)
        if any(is_below(host, BUSINESS_EXCHANGERS) for host in hosts):
            yield _other_service(subject.address, "Microsoft 365")
    yield from other_senders(subject, "Microsoft", NOT_AT_ALL)


def business_checks(subject: Subject) -> Checks:
    domain = domain_of(subject.address)
    if domain in CONSUMER_DOMAINS:
        yield _other_service(subject.address, "Outlook.com")
    elif is_below(domain, ("onmicrosoft.com",)):
        yield _few_outside(subject.address)
    else:
        yield from received_by("Microsoft 365", domain, BUSINESS_EXCHANGERS)
    yield from _password_ends(subject.kind)
    yield from other_senders(subject, "Microsoft", BY_AN_ADMIN)


def _password_ends(kind: CredentialKind) -> Iterator[Finding]:
    if kind not in (CredentialKind.PASSWORD, CredentialKind.APP_PASSWORD):
        return
    yield Finding(
        title="This way in will last",
        verdict=Verdict.WARNED,
        evidence="It works today, with a password.",
        diagnosis=Diagnosis(
            code=DiagnosisCode.BASIC_AUTH_DISABLED,
            title="Microsoft is about to refuse passwords",
            explanation="At the end of December 2026 Microsoft switches passwords for sending off. Mail then "
            "stops going out, unless an administrator switches them on again.",
            advice=(Instruction(text="Choose “Sign in with Microsoft” before that."),),
            actor=Actor.MAILBOX_OWNER,
            retry=Retry.AFTER_CHANGE,
        ),
    )


def _other_service(address: str, other: str) -> Finding:
    return Finding(
        title=f"{address} belongs to the service that was chosen",
        verdict=Verdict.WARNED,
        diagnosis=Diagnosis(
            code=DiagnosisCode.POLICY_OTHER,
            title=f"{address} is a mailbox of {other}",
            explanation="Its servers, limits and ways in are not quite the same.",
            advice=(Instruction(text=f"Choose {other} as the service."),),
            actor=Actor.MAILBOX_OWNER,
            retry=Retry.AFTER_CHANGE,
        ),
    )


def _few_outside(address: str) -> Finding:
    return Finding(
        title=f"{address} may write to people outside",
        verdict=Verdict.WARNED,
        diagnosis=Diagnosis(
            code=DiagnosisCode.QUOTA_EXCEEDED,
            title="Only 100 recipients outside a day",
            explanation="Microsoft lets addresses at onmicrosoft.com write to 100 people outside the "
            "organisation a day.",
            advice=(Instruction(text="Add a domain of your own in Microsoft 365, and send from that."),),
            actor=Actor.MAIL_ADMIN,
            retry=Retry.AFTER_CHANGE,
        ),
    )
