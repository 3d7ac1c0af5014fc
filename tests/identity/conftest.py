"""A product that trusts an issuer of the laboratory, and two companies."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme

from identity.issuer import AUDIENCE, Issuer, running_issuer
from lab.daemons import free_ports
from lab.product import Product, Start

VIEWER = "{ viewer { permissions employee { externalId } } company { name } }"


@dataclass(frozen=True)
class Gate:
    """The way in. ``status``: of an answer to somebody with this token; ``viewer``: whom it was taken for."""

    product: Product
    issuer: Issuer

    async def status(self, token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        answer = await self.product.admin.http.post("/graphql", json={"query": VIEWER}, headers=headers)
        return answer.status_code

    async def viewer(self, token: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        answer = await self.product.admin.http.post("/graphql", json={"query": VIEWER}, headers=headers)
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data


@pytest.fixture
async def issuer(lab_ca: trustme.CA, tmp_path: Path) -> AsyncIterator[Issuer]:
    [port] = free_ports(1)
    async with running_issuer(lab_ca, port, tmp_path) as issuer:
        yield issuer


@pytest.fixture
async def gate(start: Start, issuer: Issuer, tmp_path: Path) -> AsyncIterator[Gate]:
    issuers = tmp_path / "issuers.toml"
    issuers.write_text(f"""
        [[issuer]]
        issuer = "{issuer.url}"
        audience = "{AUDIENCE}"
        company_claim = "org"
        administrators = {{ claim = "roles", values = ["mail-admin"] }}
        """)
    async with start(issuers=issuers, worker=False) as product:
        other = await product.company("Other")
        await product.directory(employees=[{"externalId": "ann", "name": "Ann"}])
        await product.directory(other, employees=[{"externalId": "ben", "name": "Ben"}])
        yield Gate(product, issuer)
