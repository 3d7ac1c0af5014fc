"""Starts the server, walks once, and goes on serving."""

import os
from pathlib import Path

import httpx2

from letterhead import company as companies
from letterhead.identity import tokens
from letterhead.serving import serving
from letterhead.settings import Settings
from letterhead.store.database import migrate, opened, select
from letterhead.tour import documents, show
from letterhead.tour.asking import Asking
from letterhead.tour.mailbox import newest_message
from letterhead.tour.walk import CONTACT, walk

COMPANY = "Acme"


async def run_tour(settings: Settings, *, keep_serving: bool) -> None:
    """Raises LetterheadError when a step fails, and leaves what was done for a look."""
    await migrate(settings.database_url)
    token, is_new = await _first_company(settings)
    async with serving(settings) as server:
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(base_url=server.address, headers=headers, timeout=30) as client:
            if is_new:
                await walk(Asking(client))
                show.line("In the contact’s mailbox, read by POP3:")
                for text in (await newest_message(server.house.dialler, CONTACT)).splitlines():
                    show.line(f"  | {text}")
            else:
                await _as_it_was(Asking(client))
        _say_where(server.address, token)
        if keep_serving:
            await server.ended


async def _first_company(settings: Settings) -> tuple[str, bool]:
    """The administrator's token, and whether the company was made just now."""
    kept = _token_file(settings)
    async with opened(settings.database_url):
        if await select("SELECT id FROM company WHERE name = $1", COMPANY):
            if kept.exists():
                return kept.read_text().strip(), False
            return _keep(kept, await tokens.create_for_company(COMPANY, employee_external_id=None)), False
        await companies.create(COMPANY)
        return _keep(kept, await tokens.create_for_company(COMPANY, employee_external_id=None)), True


def _token_file(settings: Settings) -> Path:
    database = settings.database_url.removeprefix("sqlite://")
    return Path("tour.token" if "://" in database else f"{database}.token")


def _keep(path: Path, token: str) -> str:
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        file.write(token + "\n")
    return token


async def _as_it_was(asking: Asking) -> None:
    found = await asking.ask(documents.COMPANY)
    show.step(f"{found['company']['name']} is as you left it")
    for account in found["emailAccounts"]["nodes"]:
        show.line(
            f"{account['address']}: {account['status']}, "
            f"access {account['access']['mode']}, projects {account['scope']['mode']}"
        )


def _say_where(address: str, token: str) -> None:
    show.step(f"Serving at {address}/graphql; Ctrl-C ends it")
    show.line(f"The administrator’s token: {token}")
    show.line("A first query to paste:")
    show.line(f"  curl -s {address}/graphql -H 'Authorization: Bearer {token}' \\")
    show.line("    -H 'Content-Type: application/json' \\")
    show.line(f'    -d \'{{"query": "{documents.FIRST_QUERY}"}}\'')
