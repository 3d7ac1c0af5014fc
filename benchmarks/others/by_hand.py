"""Two routes written by hand for just these answers, without a caller to know or limits to keep: the most
that this interpreter, this server and this database's client can do.

Run by uvicorn; DATABASE_URL says where.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PAGE = """
    SELECT a.id::text, a.address, a.display_name, a.status, a.proof, a.position, a.version, a.access_mode,
        a.scope_mode, a.smtp, a.employee_id::text, c.name AS company, e.name AS employee
    FROM email_account a JOIN company c ON c.id = a.company_id LEFT JOIN employee e ON e.id = a.employee_id
    WHERE a.company_id = $1 ORDER BY a.position, a.created_at, a.id LIMIT 51
"""
LINKS = """
    SELECT 0 AS kind, account_id::text, id::text, address AS name, display_name, proof FROM sender_alias
        WHERE company_id = $1 AND account_id = ANY($2)
    UNION ALL SELECT 1, l.account_id::text, t.id::text, t.name, NULL, NULL FROM account_employee l
        JOIN employee t ON t.id = l.employee_id WHERE l.company_id = $1 AND l.account_id = ANY($2)
    UNION ALL SELECT 2, l.account_id::text, t.id::text, t.name, NULL, NULL FROM account_group l
        JOIN employee_group t ON t.id = l.group_id WHERE l.company_id = $1 AND l.account_id = ANY($2)
    UNION ALL SELECT 3, l.account_id::text, t.id::text, t.name, NULL, NULL FROM account_project l
        JOIN project t ON t.id = l.project_id WHERE l.company_id = $1 AND l.account_id = ANY($2)
    UNION ALL (SELECT DISTINCT ON (account_id) 4, account_id::text, id::text, status, NULL, NULL
        FROM account_test WHERE company_id = $1 AND account_id = ANY($2) ORDER BY account_id, id DESC)
    ORDER BY 4
"""
CANDIDATES = """
    SELECT account_id::text, from_address, display_name, rule, ready
    FROM sender_candidates($1, $2, $3) LIMIT 26
"""
EXCLUDED = "SELECT account_id::text, reason FROM sender_excluded($1, $2, $3) LIMIT 26"


async def accounts(request: Request) -> Response:
    company = (await _told(request))["company"]
    async with request.app.state.pool.acquire() as connection:
        rows = await connection.fetch(PAGE, company)
        shown = rows[:50]
        links = await connection.fetch(LINKS, company, [row["id"] for row in shown])
    by_account: dict[str, list[list[Any]]] = {row["id"]: [[], [], [], [], []] for row in shown}
    for kind, account, key, name, display_name, proof in links:
        entry = {"address": name, "displayName": display_name, "proof": proof} if kind == 0 else None
        named = {"id": key, "status" if kind == 4 else "name": name}
        by_account[account][kind].append(entry or named)
    nodes = [_account(row, by_account[row["id"]], company) for row in shown]
    return _answer({"nodes": nodes, "hasNextPage": len(rows) > 50})


def _account(row: asyncpg.Record, links: list[list[Any]], company: str) -> dict[str, Any]:
    aliases, employees, groups, projects, tests = links
    owner = (
        {"__typename": "Employee", "id": row["employee_id"], "name": row["employee"]}
        if row["employee_id"]
        else {"__typename": "Company", "id": company, "name": row["company"]}
    )
    return {
        "id": row["id"],
        "address": row["address"],
        "displayName": row["display_name"],
        "status": row["status"],
        "addressProof": row["proof"],
        "position": row["position"],
        "version": row["version"],
        "smtp": {name: value for name, value in orjson.loads(row["smtp"]).items() if name in SMTP},
        "owner": owner,
        "aliases": aliases,
        "access": {"mode": row["access_mode"], "employees": employees, "groups": groups},
        "scope": {"mode": row["scope_mode"], "projects": projects},
        "lastTest": tests[0] if tests else None,
    }


SMTP = ("host", "port", "security")


async def resolve(request: Request) -> Response:
    told = await _told(request)
    asked = [told[name] for name in ("company", "employee", "project")]
    async with request.app.state.pool.acquire() as connection:
        candidates = [_candidate(row) for row in await connection.fetch(CANDIDATES, *asked)]
        excluded = [
            {"account": row["account_id"], "reason": row["reason"]}
            for row in await connection.fetch(EXCLUDED, *asked)
        ]
    return _answer({"sender": candidates[0], "candidates": candidates[:25], "excluded": excluded[:25]})


def _candidate(row: asyncpg.Record) -> dict[str, Any]:
    return {
        "account": row["account_id"],
        "from": row["from_address"],
        "displayName": row["display_name"],
        "rule": row["rule"],
        "ready": row["ready"],
    }


async def _told(request: Request) -> dict[str, str]:
    told: dict[str, str] = orjson.loads(await request.body())
    return told


def _answer(answer: object) -> Response:
    return Response(orjson.dumps(answer), media_type="application/json")


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=10, max_size=10) as pool:
        app.state.pool = pool
        yield


app = Starlette(
    routes=[Route("/accounts", accounts, methods=["POST"]), Route("/resolve", resolve, methods=["POST"])],
    lifespan=lifespan,
)
