"""One look into one account's mailbox, from signing in to what was found there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, replace

import structlog

from letterhead.accounts.grants import GrantTrouble, token_for
from letterhead.accounts.secrets import Credential, account_purpose, unseal
from letterhead.bounces.inbox import BrokeOff, Inbox, inbox_of
from letterhead.bounces.mark import Mark, mark_from
from letterhead.bounces.memory import SeenMail
from letterhead.bounces.recognition import recognise
from letterhead.bounces.verbs import InHand, take_in
from letterhead.diagnosis.failure import Failure
from letterhead.diagnosis.stored import diagnosis_to_json
from letterhead.house import House
from letterhead.store import models
from letterhead.trials.mailbox import is_busy, signed_in
from letterhead.vault.secret import Secret
from letterhead.vault.vault import CannotOpen
from letterhead.wire.conversation import IncomingConversation
from letterhead.wire.server import MailServer
from letterhead.wire.stored import server_from_json
from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import CredentialKind, Diagnosis, Protocol, Stage

log = structlog.get_logger(__name__)
TURN_SECONDS = 120
"""For one look, signing in included; shorter than the lease on it."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What came of a look. ``more``: there was more than is read at a time, or something to come back for."""

    mark: Mark
    more: bool = False


async def look_into(house: House, account: models.EmailAccount) -> Look:
    """Never raises for what a server says or does: the mark tells it."""
    server = server_from_json(account.incoming)
    assert server, "only accounts with an incoming server are read"
    mark = mark_from(account.inbox_mark, server)
    if mark.refused == account.settings_version:
        return Look(mark=mark)  # nothing has changed since, so nothing is tried
    try:
        async with asyncio.timeout(TURN_SECONDS):
            return await _looked(house, account, server, mark)
    except BrokeOff as broken:
        return await _broke_off(house, account, server, mark, broken)
    except (WireError, GrantTrouble, CannotOpen, TimeoutError) as trouble:
        return await _failed(house, account, mark, trouble)


async def _looked(house: House, account: models.EmailAccount, server: MailServer, mark: Mark) -> Look:
    memory = SeenMail(account.company_id, account.id)
    async with _let_in(house, account, server) as conversation:
        inbox = inbox_of(conversation, replace(mark, failures=0, problem=None, refused=None), memory)
        if mark.begun:
            return await _read(house, account, inbox)
        await memory.forget()
        await inbox.begin()
        return Look(mark=inbox.mark)


async def _read(house: House, account: models.EmailAccount, inbox: Inbox) -> Look:
    async with aclosing(inbox.fresh()) as fresh:
        try:
            async for seen in fresh:
                if seen.raw is not None:
                    await _taken_in(house, account, seen.raw)
        except InHand:
            return Look(mark=inbox.mark, more=True)
        except BrokeOff as broken:
            broken.reached = inbox.mark
            raise
    return Look(mark=replace(inbox.mark, stuck=None), more=inbox.more)


async def _taken_in(house: House, account: models.EmailAccount, raw: bytes) -> None:
    """In a thread: what is large and hostile takes its time."""
    report = await asyncio.to_thread(recognise, raw)
    if report and (message_id := await take_in(house, account, report)):
        house.metrics.bounces.inc()
        log.info("a message came back", message=str(message_id), found_by=report.found_by)


@asynccontextmanager
async def _let_in(
    house: House, account: models.EmailAccount, server: MailServer
) -> AsyncIterator[IncomingConversation]:
    """A token that is refused before its time is renewed once; a password is shown once."""
    credential = await _credential(house, account)
    async with AsyncExitStack() as stack:
        try:
            conversation = await stack.enter_async_context(signed_in(house, server, credential))
        except WireError as error:
            if credential.kind is not CredentialKind.OAUTH2 or not _is_refused(error):
                raise
            credential = await _credential(house, account, refused=credential.secret)
            conversation = await stack.enter_async_context(signed_in(house, server, credential))
        yield conversation


async def _credential(
    house: House, account: models.EmailAccount, *, refused: Secret | None = None
) -> Credential:
    own = account.incoming_credential_kind is not None
    kind = CredentialKind(account.incoming_credential_kind or account.credential_kind)
    if kind is CredentialKind.OAUTH2:
        token = await token_for(house, account, field="incoming_secret" if own else "secret", refused=refused)
        return Credential(kind=kind, secret=token.secret, mechanisms=token.mechanisms)
    field = "incoming_secret" if own else "secret"
    sealed = account.incoming_secret_sealed if own else account.secret_sealed
    return Credential(kind=kind, secret=unseal(house, sealed or "", account_purpose(account, field)))


def _is_refused(error: WireError) -> bool:
    return error.stage is Stage.SIGN_IN and error.cause is Cause.REPLY and not is_busy(error)


async def _failed(house: House, account: models.EmailAccount, mark: Mark, trouble: Exception) -> Look:
    """What is refused for good is not tried again before the settings change."""
    for_good, problem = False, None
    match trouble:
        case WireError():
            for_good, problem = _is_refused(trouble), await _explained(house, account, trouble)
        case GrantTrouble():
            for_good, problem = trouble.lasting, trouble.diagnosis
        case CannotOpen():
            for_good = True
        case _:
            too_long = WireError(Protocol(account.incoming["protocol"]), Stage.MAILBOX, Cause.TIMEOUT)
            problem = await _explained(house, account, too_long)
    log.info("a mailbox could not be read", account=str(account.id), code=problem and problem.code.value)
    return Look(
        mark=replace(
            mark,
            failures=mark.failures + 1,
            refused=account.settings_version if for_good else None,
            problem=diagnosis_to_json(problem) if problem else None,
        )
    )


async def _broke_off(
    house: House, account: models.EmailAccount, server: MailServer, mark: Mark, broken: BrokeOff
) -> Look:
    """The second time at the same mail, it is the mail: the others are read without it."""
    reached = broken.reached or mark
    if mark.stuck == broken.uid:
        log.warning("a mail could not be read and is passed over", account=str(account.id))
        if server.protocol is Protocol.IMAP:
            reached = replace(reached, since=int(broken.uid))
        else:
            await SeenMail(account.company_id, account.id).add([broken.uid])
        return Look(mark=replace(reached, stuck=None), more=True)
    reached = replace(reached, stuck=broken.uid, failures=mark.failures)
    return await _failed(house, account, reached, broken.error)


async def _explained(house: House, account: models.EmailAccount, error: WireError) -> Diagnosis:
    server = server_from_json(account.incoming)
    failure = Failure.of(
        error,
        provider_key=account.provider_key,
        host=server.host if server else "",
        address=account.address,
        token=CredentialKind.OAUTH2.value in (account.credential_kind, account.incoming_credential_kind),
    )
    return await house.explainer.explain(failure)
