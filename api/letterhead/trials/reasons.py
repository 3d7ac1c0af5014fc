"""What a test has to say where no server said it."""

from datetime import date

from letterhead.diagnosis.message import told
from letterhead_providers import Actor, Diagnosis, DiagnosisCode, Instruction, Retry

EXPLAINED_BY = "account test"


def certificate_ends_soon(host: str, ends: date) -> Diagnosis:
    return Diagnosis(
        code=DiagnosisCode.TLS_CERTIFICATE,
        title=told("The server’s certificate is about to expire"),
        explanation=told(
            "The certificate of {host} is good until {ends}. Mail stops that day if it is not renewed.",
            host=host,
            ends=ends.isoformat(),
        ),
        advice=(Instruction(text=told("Ask whoever runs the mail server to renew its certificate.")),),
        actor=Actor.MAIL_ADMIN,
        retry=Retry.AFTER_CHANGE,
        explained_by=EXPLAINED_BY,
    )


def from_replaced(sender: str, by: str) -> Diagnosis:
    """``by``: the From address that arrived; empty: none that could be read."""
    if by:
        explanation = told(
            "A message was sent as {sender} and arrived as {other}: the service replaced the From without a "
            "word, and it would do so with every message.",
            sender=sender,
            other=by,
        )
    else:
        explanation = told("A message was sent as {sender} and arrived without a From.", sender=sender)
    return Diagnosis(
        code=DiagnosisCode.SENDER_NOT_OWNED,
        title=told("The service replaced the From address"),
        explanation=explanation,
        advice=(
            Instruction(
                text=told(
                    "Add {sender} to the mailbox at the service as an address to send from.", sender=sender
                )
            ),
            Instruction(text=told("Or connect the mailbox that {sender} belongs to.", sender=sender)),
        ),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.AFTER_CHANGE,
        explained_by=EXPLAINED_BY,
    )


def not_arrived(subject: str, seconds: int) -> Diagnosis:
    return Diagnosis(
        code=DiagnosisCode.TIMEOUT,
        title=told("The message did not arrive in time"),
        explanation=told(
            "The server took a message from the mailbox to itself; {seconds} seconds later it was not there. "
            "Some services take longer, and some put such messages aside as spam.",
            seconds=seconds,
        ),
        advice=(
            Instruction(
                text=told("Look into the mailbox and its spam folder for “{subject}”.", subject=subject)
            ),
            Instruction(text=told("If it arrives after all, it can be deleted.")),
        ),
        actor=Actor.NOBODY,
        retry=Retry.LATER,
        explained_by=EXPLAINED_BY,
    )


NOT_LOOKED_FOR = Diagnosis(
    code=DiagnosisCode.UNKNOWN,
    title=told("No message was sent to try it"),
    explanation=told("The mailbox could not be opened in a way that would let a new message be found in it."),
    advice=(Instruction(text=told("Test again later, or send yourself a message by hand.")),),
    actor=Actor.NOBODY,
    retry=Retry.LATER,
    explained_by=EXPLAINED_BY,
)
MAILBOX_IN_TURN = Diagnosis(
    code=DiagnosisCode.SERVER_UNAVAILABLE,
    title=told("The mailbox is being read at this moment"),
    explanation=told(
        "POP3 lets one program at a time into a mailbox, and another test or the search for bounces was in "
        "it all the time."
    ),
    advice=(Instruction(text=told("Test again in a minute.")),),
    actor=Actor.NOBODY,
    retry=Retry.LATER,
    explained_by=EXPLAINED_BY,
)


def login_in_another_form(username: str) -> Instruction:
    return Instruction(
        text=told(
            "Some servers want another form of the user name: {username} was not tried.", username=username
        )
    )
