"""Acme Mail, which does not exist: everything a provider plugin can have.

Sources: https://help.acme.example/mail, checked 2026-11.
"""

from collections.abc import Sequence

from letterhead_providers import (
    Actor,
    AuthMethod,
    Checks,
    CredentialKind,
    Diagnosis,
    DiagnosisCode,
    Finding,
    Instruction,
    KnownReply,
    Limits,
    Lookup,
    LookupOutcome,
    Preset,
    Protocol,
    Provider,
    Retry,
    SecretFormat,
    Security,
    SendAsRule,
    Server,
    Stage,
    Subject,
    Verdict,
    hookimpl,
)

CONTRACT = 1
HELP = "https://help.acme.example/mail"
EXCHANGER = "mx.acme.example"

ACME = Provider(
    key="acme",
    name="Acme Mail",
    website="https://acme.example",
    domains=("acme.example",),
    mx=(EXCHANGER,),
    presets=(
        Preset(
            label="TLS",
            smtp=Server(protocol=Protocol.SMTP, host="smtp.acme.example", port=465, security=Security.TLS),
            incoming=Server(protocol=Protocol.POP3, host="pop.acme.example", port=995, security=Security.TLS),
            recommended=True,
        ),
    ),
    auth_methods=(
        AuthMethod(
            key="app-password",
            title="App password",
            kind=CredentialKind.APP_PASSWORD,
            recommended=True,
            requires_two_factor=True,
            instructions=(
                Instruction(text="Open the security page of your Acme account.", link=f"{HELP}/security"),
                Instruction(text="Make an app password and copy it."),
            ),
            secret_label="App password",
            secret_format=SecretFormat(
                pattern="[a-z]{12}",
                strip=" -",
                description="12 small letters; spaces and dashes do not count",
            ),
        ),
        AuthMethod(
            key="password",
            title="Password, of accounts without two-factor authentication",
            kind=CredentialKind.PASSWORD,
            instructions=(Instruction(text="The same password as on the website."),),
        ),
    ),
    sends_as=SendAsRule.VERIFIED_ADDRESSES,
    limits=Limits(messages_per_day=500, source=f"{HELP}/limits"),
    replies=(
        KnownReply(
            diagnosis=DiagnosisCode.PROTOCOL_ACCESS_DISABLED,
            title="Programs may not use this mailbox yet",
            explanation="Acme lets programs in only after its owner has allowed them.",
            code=535,
            phrase="programs are not allowed",
            stages=(Stage.SIGN_IN,),
            advice=(Instruction(text="Allow programs on the security page.", link=f"{HELP}/security"),),
            help=HELP,
        ),
    ),
    sources=(HELP,),
)


@hookimpl
def providers() -> Sequence[Provider]:
    return [ACME]


@hookimpl
def checks(subject: Subject) -> Checks | None:
    if subject.address.endswith("@acme.example"):
        return None
    return _domain_is_at_acme(subject.address.rpartition("@")[2])


def _domain_is_at_acme(domain: str) -> Checks:
    title = f"{domain} receives its mail at Acme"
    outcome = yield Lookup(name=domain, kind="MX")
    assert isinstance(outcome, LookupOutcome)
    if outcome.error:
        yield Finding(
            title=title,
            verdict=Verdict.WARNED,
            evidence=outcome.error,
            diagnosis=Diagnosis(
                code=DiagnosisCode.DNS_FAILURE,
                title="Where the domain receives its mail could not be seen",
                explanation=f"No name server answered about {domain}, so answers may or may not arrive.",
                advice=(Instruction(text="Test again later.", link=HELP),),
                actor=Actor.MAIL_ADMIN,
                retry=Retry.LATER,
            ),
        )
        return
    if any(record.rstrip(".").lower().endswith(EXCHANGER) for record in outcome.records):
        yield Finding(title=title, verdict=Verdict.PASSED)
        return
    yield Finding(
        title=title,
        verdict=Verdict.WARNED,
        evidence=", ".join(outcome.records) or "no mail exchanger",
        diagnosis=Diagnosis(
            code=DiagnosisCode.POLICY_OTHER,
            title="Answers will not arrive at Acme",
            explanation=f"The mail of {domain} goes elsewhere, so answers and bounces are not seen here.",
            advice=(Instruction(text=f"Point the domain’s MX record to {EXCHANGER}.", link=HELP),),
            actor=Actor.MAIL_ADMIN,
            retry=Retry.AFTER_CHANGE,
        ),
    )
