"""The wiring: settings in, a running house and its application out."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route, WebSocketRoute

from letterhead.audit.export import audit_routes
from letterhead.bounces.turns import run_bounces
from letterhead.diagnosis.explain import Explainer
from letterhead.front.access import Access
from letterhead.front.doorway import Doorway, not_here
from letterhead.front.origins import Origins
from letterhead.house import House
from letterhead.identity.callers import Callers
from letterhead.identity.issuers import Issuer, read_issuers
from letterhead.news import News
from letterhead.operate.health import Health
from letterhead.outbox.uploads import attachment_routes
from letterhead.outbox.worker import run_worker
from letterhead.rotation import check_ring, follow_ring
from letterhead.running import Running
from letterhead.sandbox.ports import POP3_PORT, SMTP_PORT
from letterhead.schema.http import Endpoint
from letterhead.schema.ids import encode
from letterhead.settings import Settings
from letterhead.signin import verbs as signin
from letterhead.signin.link_page import link_routes
from letterhead.signin.web import sign_in_routes
from letterhead.store import upgrades
from letterhead.store.database import opened
from letterhead.store.listening import carried
from letterhead.tracing import open_tracing
from letterhead.trials import verbs as trials
from letterhead.trials.retest import run_retests
from letterhead.upkeep import run_upkeep
from letterhead.vault.clients import open_clients
from letterhead.vault.keyring import open_vault
from letterhead.webhooks.worker import run_webhooks
from letterhead.wire.dial import Dialler
from letterhead.wire.targets import parse_allowed_targets
from letterhead_providers.catalogue import load

log = structlog.get_logger(__name__)
SWEEP_SECONDS = 30.0
LOOK_AGAIN_SECONDS = 30.0
"""For readers whom news should reach: no more than a safety net, and when tokens are looked at again."""

SANDBOX_TARGETS = f"127.0.0.1/32:{SMTP_PORT}+{POP3_PORT},[::1/128]:{SMTP_PORT}+{POP3_PORT}"


@asynccontextmanager
async def open_house(settings: Settings) -> AsyncIterator[House]:
    """Everything a process needs, closed in order at its end. Raises ConfigurationError."""
    async with AsyncExitStack() as stack:
        vault, clients, tracing = open_vault(settings), open_clients(settings), open_tracing()
        issuers = read_issuers(settings.issuers)
        dialler = await stack.enter_async_context(_dialler(settings))
        trace = partial(log.info, "plugin call") if settings.trace_plugins else None
        catalogue = load(settings.load_plugins, folder=settings.providers_folder, trace=trace)
        for key in clients.keys() - {provider.key for provider in catalogue.providers()}:
            log.warning("there is an OAuth2 client for a provider that is not known here", provider=key)
        await stack.enter_async_context(opened(settings.database_url))
        await upgrades.check()
        await check_ring(vault)
        news = News(look_again_seconds=LOOK_AGAIN_SECONDS)
        await stack.enter_async_context(carried(settings.database_url, news))
        house = House(
            settings=settings,
            catalogue=catalogue,
            vault=vault,
            dialler=dialler,
            explainer=Explainer(catalogue),
            news=news,
            running=Running(),
            callers=_callers(issuers, dialler),
            clients=clients,
            tracing=tracing,
        )
        stack.push_async_callback(tracing.close)
        stack.push_async_callback(house.running.close)
        yield house


def _callers(issuers: Mapping[str, Issuer], dialler: Dialler) -> Callers:
    if not issuers:
        return Callers()
    from letterhead.identity.people import People  # noqa: PLC0415 - signatures, where somebody vouches so

    return Callers(People(issuers, dialler))


@asynccontextmanager
async def working(house: House, *, deliver: bool) -> AsyncIterator[None]:
    """The work beside the requests: delivery, and putting right what a stopped process left behind.

    At the end of the process it finishes what it has in hand, within the time there is.
    """
    stop = house.closing.begun
    tasks = [
        asyncio.create_task(_followed_ring(house)),
        asyncio.create_task(_sweep_until(house, stop)),
        asyncio.create_task(run_retests(house, stop=stop)),
        asyncio.create_task(run_bounces(house, stop=stop)),
        asyncio.create_task(run_upkeep(house, stop=stop)),
    ]
    if deliver:
        name = f"{socket.gethostname()}:{os.getpid()}"
        tasks.append(asyncio.create_task(run_worker(house, stop=stop, name=name)))
        tasks.append(asyncio.create_task(run_webhooks(house, stop=stop)))
    try:
        yield
    finally:
        close(house)
        await _finished(tasks, house)


def close(house: House) -> None:
    """Nothing new is begun from now on, and whoever watches is told so."""
    house.closing.begin(seconds=house.settings.shutdown_seconds)
    house.news.close()


async def _finished(tasks: list[asyncio.Task[None]], house: House) -> None:
    _, late = await asyncio.wait(tasks, timeout=house.closing.seconds_left())
    if late:
        log.warning("not all was finished in time; it is taken up again by others", tasks=len(late))
    for task in late:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome


def make_app(house: House) -> Starlette:
    """The application that a server runs."""
    endpoint = Endpoint(house)
    return Starlette(
        routes=[
            Route("/graphql", endpoint),
            WebSocketRoute("/graphql", endpoint),
            *Health(house).routes(),
            *attachment_routes(house, opaque=partial(encode, "Attachment")),
            *audit_routes(house.callers.known_by, encode),
            *link_routes(house),
            *sign_in_routes(house, opaque=partial(encode, "SignInFlow")),
        ],
        middleware=[
            Middleware(Doorway, https=house.settings.address_of("").startswith("https:")),
            Middleware(Access, closing=house.closing, tracing=house.tracing),
            Middleware(
                Origins,
                allow_origins=house.settings.allowed_origins,
                allow_methods=("GET", "POST"),
                allow_headers=("Accept-Language", "Authorization", "Content-Disposition", "Content-Type"),
                expose_headers=("Retry-After", "X-Request-Id"),
            ),
        ],
        exception_handlers={HTTPException: not_here},
    )


@asynccontextmanager
async def _dialler(settings: Settings) -> AsyncIterator[Dialler]:
    """With the sandbox running, its ports may be dialled and its certificate is trusted."""
    if not settings.sandbox:
        yield Dialler(allowed=settings.allow_targets, ca_file=settings.ca_file)
        return
    from letterhead.sandbox.service import running_sandbox  # noqa: PLC0415 - a mail server, where one is wanted

    async with running_sandbox(smtp_port=SMTP_PORT, pop3_port=POP3_PORT) as sandbox:
        allowed = (*settings.allow_targets, *parse_allowed_targets(SANDBOX_TARGETS))
        dialler = Dialler(allowed=allowed, ca_file=settings.ca_file)
        dialler.tls.load_verify_locations(cadata=sandbox.ca_pem)
        yield dialler


async def _followed_ring(house: House) -> None:
    try:
        await follow_ring(house)
    except Exception:
        log.exception("accounts could not be brought in line with the keyring")


async def _sweep_until(house: House, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await trials.sweep()
            await signin.sweep(house)
        except Exception:
            log.exception("sweeping failed")
        try:
            await asyncio.wait_for(stop.wait(), SWEEP_SECONDS)
        except TimeoutError:
            continue
