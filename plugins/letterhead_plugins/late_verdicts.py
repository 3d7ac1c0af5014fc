"""From addresses at services that judge a sender only when the whole message has been handed over."""

from collections.abc import Iterator

from letterhead_providers import (
    Actor,
    Diagnosis,
    DiagnosisCode,
    Finding,
    Instruction,
    Retry,
    Subject,
    Verdict,
)


def other_senders(subject: Subject, service: str, advice: Instruction) -> Iterator[Finding]:
    """Warns of every From address that is not the login, because the test could not see it refused.

    ``advice``: where at the service such an address is allowed.
    """
    login = subject.smtp.username.lower()
    others = [
        sender
        for sender in (subject.address, *subject.aliases)
        if sender.lower() != login and not (sender == subject.address and "@" not in login)
    ]
    if not others:
        title = "Mail goes out from the address that signs in"
        yield Finding(title=title, verdict=Verdict.PASSED, evidence=subject.address)
    for sender in others:
        yield Finding(
            title=f"{service} lets {sender} be used as the sender",
            verdict=Verdict.WARNED,
            evidence=f"{service} says so only after a whole message, and the test sends none.",
            diagnosis=Diagnosis(
                code=DiagnosisCode.SENDER_NOT_OWNED,
                title=f"{service} may refuse {sender}",
                explanation=f"{service} lets an account send only from its own addresses, and judges a "
                "message when all of it has arrived.",
                advice=(
                    advice,
                    Instruction(text="Where that is done already, nothing has to be changed."),
                ),
                actor=Actor.MAILBOX_OWNER,
                retry=Retry.AFTER_CHANGE,
            ),
        )
