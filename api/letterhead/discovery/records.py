"""SRV records (RFC 6186, RFC 8314)."""

from letterhead.discovery.found import Finding, Source
from letterhead.discovery.proposals import candidate
from letterhead.discovery.question import Question, answered_within
from letterhead.discovery.rules import SERVICES, Service, is_within, offered, pairs
from letterhead.wire.server import MailServer
from letterhead_providers import Protocol

SHARE = 0.9


async def by_srv(question: Question) -> Finding:
    """A target outside the domain is not to be believed without DNSSEC (RFC 6186 section 6); one inside it
    still has to show a certificate for its name."""
    asked = {service: _look_up(question, service) for service in SERVICES}
    answers = await answered_within(question.seconds * SHARE, asked)
    servers = [server for found in answers.values() for server in found]
    smtp = [server for server in servers if server.protocol is Protocol.SMTP]
    incoming = [server for server in servers if server.protocol is not Protocol.SMTP]
    providers = question.catalogue.providers()
    candidates = tuple(
        candidate(
            *pair,
            providers,
            source=Source.SRV_RECORD,
            trusted=all(is_within(server.host, question.domain) for server in pair if server),
        )
        for pair in pairs(smtp, incoming)
    )
    return Finding(outcome=_words(question, servers, has_smtp=bool(smtp)), candidates=candidates)


async def _look_up(question: Question, service: Service) -> tuple[MailServer, ...]:
    answer = await question.dialler.lookup(f"{service.name}.{question.domain}", "SRV")
    return offered(service, answer.records, username=question.address)


def _words(question: Question, servers: list[MailServer], *, has_smtp: bool) -> str:
    if not servers:
        return f"DNS names no mail servers of {question.domain}."
    named = ", ".join(dict.fromkeys(f"{server.host}:{server.port}" for server in servers[:10]))
    words = f"DNS names {named}."
    if not has_smtp:
        return f"{words} None of them sends."
    if not all(is_within(server.host, question.domain) for server in servers):
        words += " Some are of another domain, and nobody vouches for that."
    return words
