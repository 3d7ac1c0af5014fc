"""Whether an account has the incoming server that its company wants, and a credential meant for that."""

from uuid import UUID

from letterhead.accounts.drafts import Draft
from letterhead.company import IncomingRequirement
from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.house import House
from letterhead.store import models
from letterhead.trials.credentials import CredentialInput
from letterhead_providers import Protocol, ProviderKind


async def check_incoming(
    house: House,
    draft: Draft,
    sending: CredentialInput,
    incoming: CredentialInput | None,
    *,
    company_id: UUID,
) -> None:
    """A relay keeps no mail: answers arrive at a mailbox elsewhere, which is never shown the relay's key.

    Raises Refused.
    """
    company = await models.Company.get(id=company_id)
    wanted = IncomingRequirement(company.incoming_server)
    provider = house.catalogue.provider(draft.provider_key)
    relay = provider.name if provider and provider.kind is ProviderKind.RELAY else None
    if draft.incoming is None:
        if wanted is not IncomingRequirement.OPTIONAL:
            raise Refused(Problem(ProblemCode.REQUIRED, _missing(relay), ("draft", "incoming")))
        return
    if wanted is IncomingRequirement.POP3_REQUIRED and draft.incoming.protocol is not Protocol.POP3:
        message = "Your company wants incoming servers that speak POP3; give that one."
        raise Refused(Problem(ProblemCode.INVALID, message, ("draft", "incoming", "protocol")))
    if relay and incoming is None and not sending.keep_existing:
        message = (
            f"What is given for {relay} is not shown to another server; give the mailbox's credential too."
        )
        raise Refused(Problem(ProblemCode.REQUIRED, message, ("draft", "incomingCredential")))


def _missing(relay: str | None) -> str:
    if relay is None:
        return "An address needs an incoming server, so that answers and bounces are seen; give one."
    return (
        f"{relay} only sends, and answers and bounces have to be seen somewhere: give the incoming server of "
        "the mailbox where they arrive, with an incomingCredential of its own, or let the company's policy "
        "make incoming servers OPTIONAL (setPolicy)."
    )
