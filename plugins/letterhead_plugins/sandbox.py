"""The sandbox: the mail service that Letterhead itself runs on this machine, for trying everything."""

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
    Preset,
    Protocol,
    Provider,
    ProviderKind,
    Retry,
    Security,
    SendAsRule,
    Server,
    Stage,
    Subject,
    Verdict,
    hookimpl,
)

CONTRACT = 1

DOMAIN = "sandbox.letterhead.example"
NAME_IN_GREETING = "Letterhead sandbox"

SANDBOX = Provider(
    key="sandbox",
    name="Letterhead sandbox",
    kind=ProviderKind.SANDBOX,
    domains=(DOMAIN,),
    presets=(
        Preset(
            label="On this machine",
            smtp=Server(protocol=Protocol.SMTP, host="localhost", port=2525, security=Security.STARTTLS),
            incoming=Server(protocol=Protocol.POP3, host="localhost", port=1110, security=Security.STARTTLS),
            recommended=True,
        ),
    ),
    auth_methods=(
        AuthMethod(
            key="password",
            title="The sandbox’s password",
            kind=CredentialKind.PASSWORD,
            recommended=True,
            instructions=(
                Instruction(
                    text=f"Every address that ends in @{DOMAIN} has a mailbox here; just make one up."
                ),
                Instruction(text="The password of every mailbox is: open sesame"),
            ),
        ),
    ),
    sends_as=SendAsRule.LOGIN_ONLY,
    limits=Limits(
        bytes_per_message=1_000_000,
        note="A mailbox keeps its newest 200 messages, until the sandbox ends.",
    ),
    replies=(
        KnownReply(
            diagnosis=DiagnosisCode.WRONG_PASSWORD,
            title="That is not the sandbox’s password",
            explanation="All mailboxes of the sandbox have the same password.",
            code=535,
            enhanced="5.7.8",
            stages=(Stage.SIGN_IN,),
            advice=(
                Instruction(text="Enter: open sesame"),
                Instruction(text=f"Sign in with an address that ends in @{DOMAIN}."),
            ),
        ),
        KnownReply(
            diagnosis=DiagnosisCode.RELAY_DENIED,
            title="The sandbox delivers to itself only",
            explanation="No mail leaves the sandbox, so that nothing you try here reaches anybody.",
            code=554,
            phrase="the sandbox only delivers to itself",
            stages=(Stage.RECIPIENT,),
            advice=(Instruction(text=f"Write to an address that ends in @{DOMAIN}."),),
            actor=Actor.SENDER,
        ),
    ),
)


@hookimpl
def providers() -> Sequence[Provider]:
    return [SANDBOX]


@hookimpl
def checks(subject: Subject) -> Checks | None:
    return _is_the_sandbox(subject)


def _is_the_sandbox(subject: Subject) -> Checks:
    """What is tried in the sandbox must not go out by a real server."""
    title = "The server is the sandbox"
    if NAME_IN_GREETING in subject.greeting:
        yield Finding(title=title, verdict=Verdict.PASSED, evidence=subject.greeting)
        return
    yield Finding(
        title=title,
        verdict=Verdict.FAILED,
        evidence=subject.greeting or None,
        diagnosis=Diagnosis(
            code=DiagnosisCode.POLICY_OTHER,
            title="This is a real mail server, not the sandbox",
            explanation=f"{subject.smtp.host} does not say that it is the sandbox. "
            "Mail you send from here to try things would go out to real people.",
            advice=(
                Instruction(text="Use localhost, with port 2525 for SMTP and 1110 for POP3."),
                Instruction(text="Or choose the provider that this server belongs to."),
            ),
            actor=Actor.MAILBOX_OWNER,
            retry=Retry.AFTER_CHANGE,
        ),
    )
