"""The commands. What they print is for people, except where a command says that scripts may read it."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar
from uuid import UUID

import structlog
import typer
import uvloop
from tortoise.exceptions import DBConnectionError

from letterhead import api_tokens, kit, logs, processes, rotation
from letterhead import company as companies
from letterhead.audit import export
from letterhead.errors import ConfigurationError, LetterheadError
from letterhead.identity import tokens
from letterhead.identity.actor import ADMINISTRATOR, Actor, Permission
from letterhead.schema.ids import encode
from letterhead.schema.schema import schema as graphql_schema
from letterhead.settings import Settings, load
from letterhead.store.database import migrate as bring_up_to_date
from letterhead.store.database import opened
from letterhead.store.pages import MOST, PageRequest, page_request
from letterhead.vault import keyring
from letterhead.vault.vault import Vault
from letterhead_providers.catalogue import load as load_plugins

log = structlog.get_logger(__name__)
T = TypeVar("T")

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Outgoing email address settings.",
)
company = typer.Typer(no_args_is_help=True, help="The companies this server serves.")
token = typer.Typer(no_args_is_help=True, help="The tokens that callers show.")
plugin = typer.Typer(no_args_is_help=True, help="For authors of provider plugins.")
keys = typer.Typer(no_args_is_help=True, help="The keys that seal secrets.")
audit = typer.Typer(no_args_is_help=True, help="Who did what.")
app.add_typer(company, name="company")
app.add_typer(audit, name="audit")
app.add_typer(token, name="token")
app.add_typer(keys, name="keys")
app.add_typer(plugin, name="plugin")


@app.command()
def migrate() -> None:
    """Bring the database's tables up to date."""
    _run(bring_up_to_date(_settings().database_url))


@app.command()
def serve(
    workers: Annotated[int, typer.Option(min=1, help="How many processes share the port.")] = 1,
    sockets: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Serve GraphQL at /graphql, and deliver mail unless LETTERHEAD_WORKER is off."""
    raise typer.Exit(_run(processes.serve(_settings(), workers=workers, sockets=sockets)))


@app.command()
def worker() -> None:
    """Deliver mail, and nothing else. Any number of these may run."""
    _run(processes.work(_settings()))


@app.command()
def plugins(
    services: Annotated[bool, typer.Option(help="Also list each plugin's mail services.")] = False,
) -> None:
    """List the provider plugins, how much they offer, and why one was not let in."""
    settings = _settings()
    catalogue = load_plugins(settings.load_plugins, folder=settings.providers_folder)
    print("\n".join(_run(kit.listed(catalogue, services=services))))


@plugin.command("new")
def plugin_new(
    service: Annotated[str, typer.Argument(help="The mail service: small letters, digits and dashes.")],
    into: Annotated[Path, typer.Option(help="Where to put the package.")] = Path(),
) -> None:
    """Begin a provider plugin: a package that works, with a test that passes."""
    try:
        print(f"Made {kit.new_plugin(service, into)}; run pytest in it.")
    except ConfigurationError as exc:
        _give_up(exc)


@app.command()
def schema() -> None:
    """Print the GraphQL schema."""
    print(graphql_schema.as_str())


@app.command()
def tour(serve: Annotated[bool, typer.Option(help="Go on serving afterwards.")] = False) -> None:
    """Walk the main job once on the sandbox, step by step, in a company made for trying things."""
    from letterhead.tour.run import run_tour  # noqa: PLC0415 - an HTTP client, which no other command needs

    _run(run_tour(_settings(), keep_serving=serve))


@company.command("create")
def company_create(
    name: Annotated[str, typer.Argument(help="Its name, which no other company has.")],
) -> None:
    """Add a company and print its id, and nothing else."""
    print(_run(_in_database(_settings(), partial(companies.create, name))))


@token.command("create")
def token_create(  # noqa: PLR0917 - options are given by their names
    company: Annotated[str, typer.Option(help="The company's name.")],
    admin: Annotated[bool, typer.Option("--admin", help="An administrator's token.")] = False,
    employee: Annotated[str | None, typer.Option(help="The external id of an employee.")] = None,
    permission: Annotated[list[Permission] | None, typer.Option(help="What it may do; repeat it.")] = None,
    name: Annotated[str | None, typer.Option(help="What uses it.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="For how many days it is good.")] = None,
) -> None:
    """Make a token and print it, and nothing else. It is shown this once."""
    if admin and (employee is not None or permission):
        raise typer.BadParameter("--admin goes with neither --employee nor --permission")
    if not (admin or employee is not None or permission):
        raise typer.BadParameter("give --admin, --employee EXTERNAL_ID or --permission NAME")
    made = partial(
        tokens.create_for_company,
        company,
        employee_external_id=employee,
        permissions=frozenset(permission or ()),
        name=name,
        days=days,
    )
    print(_run(_in_database(_settings(), made)))


@token.command("list")
def token_list(company: Annotated[str, typer.Option(help="The company's name.")]) -> None:
    """Print the tokens of a company that are good, the newest first: id, last use, end, name, permissions."""
    for line in _run(_in_database(_settings(), partial(_listed_tokens, company))):
        print(line)


@token.command("revoke")
def token_revoke(
    token_id: Annotated[UUID, typer.Argument(help="Its id, as `letterhead token list` shows it.")],
    company: Annotated[str, typer.Option(help="The company's name.")],
) -> None:
    """End a token, at once and for good."""
    _run(_in_database(_settings(), partial(_revoked_token, token_id, company)))


@audit.command("export")
def audit_export(
    company: Annotated[str, typer.Option(help="The company's name.")],
    since: Annotated[datetime | None, typer.Option(help="From this instant or day on, in UTC.")] = None,
) -> None:
    """Print a company's audit log as JSON lines, oldest first, and nothing else."""
    _run(_in_database(_settings(), partial(_export, company, since)))


@keys.command("generate")
def keys_generate() -> None:
    """Print a new key for LETTERHEAD_KEYS or the key file, and nothing else."""
    print(keyring.generate())


@keys.command("check")
def keys_check() -> None:
    """Open every secret and say with which keys they are sealed. Fails when one does not open."""
    settings = _settings()
    vault = _vault(settings)
    found = _run(_in_database(settings, partial(_with_ring, vault, partial(rotation.check, vault))))
    _show_tally(found)


@keys.command("rotate")
def keys_rotate() -> None:
    """Seal every secret anew with the first key of the ring, while the server goes on working."""
    settings = _settings()
    vault = _vault(settings)
    turn = partial(rotation.rotate, vault, progress=lambda done: print(f"{done} rows looked at", flush=True))
    _run(_in_database(settings, partial(_with_ring, vault, turn)))
    _show_tally(_run(_in_database(settings, partial(rotation.check, vault))))


def _vault(settings: Settings) -> Vault:
    try:
        return keyring.open_vault(settings)
    except ConfigurationError as exc:
        _give_up(exc)


async def _with_ring(vault: Vault, work: Callable[[], Awaitable[T]]) -> T:
    await rotation.check_ring(vault)
    return await work()


def _show_tally(found: rotation.Tally) -> None:
    print(
        f"{found.total} secrets; sealed with the first key: {found.current}, with an older one: {found.older}"
    )
    for kid, count in sorted(found.lost.items()):
        print(f"do not open: {count} sealed with {kid}")
    if found.lost:
        raise typer.Exit(1)


async def _operator(company: str) -> Actor:
    company_id = await tokens.company_named(company)
    return Actor(company_id=company_id, key="system:operator", name="Operator", permissions=ADMINISTRATOR)


async def _listed_tokens(company: str) -> list[str]:
    lines, request = [], PageRequest(MOST)
    while True:
        found = await api_tokens.listed(request, by=await _operator(company))
        lines += [
            f"{one.id}  used {_day(one.last_used_at)}  ends {_day(one.expires_at)}  {one.name}  "
            f"{' '.join(one.permissions)}"
            for one in found.items
        ]
        if not found.has_next:
            return lines
        request = page_request(MOST, found.cursors[-1], key_length=api_tokens.KEY_LENGTH)


def _day(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d") if at else "never"


async def _revoked_token(token_id: UUID, company: str) -> None:
    await api_tokens.revoke(token_id, by=await _operator(company))


async def _export(company: str, since: datetime | None) -> None:
    company_id = await tokens.company_named(company)
    await export.write_lines(company_id, since, sys.stdout.buffer, opaque=encode)


async def _in_database(settings: Settings, work: Callable[[], Awaitable[T]]) -> T:
    await bring_up_to_date(settings.database_url)
    async with opened(settings.database_url):
        return await work()


def _settings() -> Settings:
    try:
        settings = load()
    except ConfigurationError as exc:
        _give_up(exc)
    logs.configure(settings)
    return settings


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Runs it; what the operator can mend becomes one line and exit code 1."""
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(work)
    except (LetterheadError, DBConnectionError) as exc:
        _give_up(exc)


def _give_up(reason: Exception) -> NoReturn:
    print(f"letterhead: {' '.join(str(reason).split())}", file=sys.stderr)
    raise typer.Exit(1) from None
