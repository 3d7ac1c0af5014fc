"""Servers of usual names that answer. They are greeted, and told nothing of the address."""

from letterhead.discovery.found import Finding, Source
from letterhead.discovery.proposals import candidate
from letterhead.discovery.question import Question, answered_within
from letterhead.discovery.rules import guesses, pairs
from letterhead.wire.knock import knock
from letterhead.wire.server import MailServer
from letterhead.wire.trouble import WireError
from letterhead_providers import Protocol

SHARE = 0.9


async def by_guess(question: Question) -> Finding:
    """Trusted: the name is the domain's own, and the certificate was found to be for it."""
    knocks = {
        server: _answers(question, server) for server in guesses(question.domain, username=question.address)
    }
    answers = await answered_within(question.seconds * SHARE, knocks)
    answering = [server for server, answers_there in answers.items() if answers_there]
    if not answering:
        return Finding(outcome=f"No server of a usual name answers at {question.domain}.")
    smtp = [server for server in answering if server.protocol is Protocol.SMTP]
    incoming = [server for server in answering if server.protocol is not Protocol.SMTP]
    named = ", ".join(f"{server.host}:{server.port}" for server in answering)
    providers = question.catalogue.providers()
    return Finding(
        outcome=f"These answer: {named}." + ("" if smtp else " None of them sends."),
        candidates=tuple(
            candidate(*pair, providers, source=Source.GUESS, trusted=True) for pair in pairs(smtp, incoming)
        ),
    )


async def _answers(question: Question, server: MailServer) -> bool:
    try:
        await knock(server, question.dialler, local_hostname=question.local_hostname)
    except WireError:
        return False
    return True
