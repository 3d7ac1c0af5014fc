"""One server for the tests of a module. After each of them nothing is left: no socket, no running test, and
nowhere the secret that they all sign in with."""

import io
import os
import secrets
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
import trustme

from api import rows
from api.test_secrets import CANARY, logged
from hostile.stage import SALES, Stage, in_time
from lab.canaries import overheard, traces
from lab.exim import PUZZLED, Exim, running_exim
from lab.product import LOOPBACK, Product, with_company
from letterhead.serving import Serving, serving
from letterhead.settings import Settings
from letterhead.store import models

__all__ = ["logged"]


@pytest.fixture(scope="session")
def exim(lab_ca: trustme.CA) -> Iterator[Exim]:
    with running_exim(lab_ca, dict.fromkeys((SALES, PUZZLED), CANARY)) as server:
        yield server


@pytest.fixture(scope="session")
def tls(lab_ca: trustme.CA) -> ssl.SSLContext:
    return with_certificate(lab_ca.issue_cert("localhost"))


@pytest.fixture(scope="session")
def bad_tls(lab_ca: trustme.CA) -> dict[str, ssl.SSLContext]:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    long_ago = yesterday - timedelta(days=30)
    expired = lab_ca.issue_cert("localhost", not_before=long_ago, not_after=yesterday)
    return {
        "self-signed": with_certificate(trustme.CA().issue_cert("localhost")),
        "expired": with_certificate(expired),
        "wrong name": with_certificate(lab_ca.issue_cert("mail.elsewhere.example")),
        "old": only_old_versions(with_certificate(lab_ca.issue_cert("localhost"))),
    }


def with_certificate(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def only_old_versions(context: ssl.SSLContext) -> ssl.SSLContext:
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1 is deprecated"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1_1 is deprecated"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


@pytest.fixture(scope="module")
def settings(empty_sqlite: Path, lab_ca_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("hostile")
    (home / "letterhead.db").write_bytes(empty_sqlite.read_bytes())
    (home / "keys").write_text("test:" + "A" * 43 + "=\n")
    return Settings(
        database_url=f"sqlite://{home}/letterhead.db",
        port=0,
        key_file=home / "keys",
        allow_targets=LOOPBACK,
        ca_file=lab_ca_file,
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(settings: Settings) -> AsyncIterator[Serving]:
    async with serving(settings) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def product(running: Serving) -> AsyncIterator[Product]:
    """In a company that nobody else has used, since there are limits to what one may try in a minute."""
    product = await with_company(running, f"Acme {secrets.token_hex(4)}")
    yield product
    await product.close()


@pytest.fixture(autouse=True)
def little_patience_with_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a server does not let us through others are knocked at, and its own other door is mostly mute."""
    monkeypatch.setattr("letterhead.trials.suggestion.SECONDS", 0.05)


@pytest.fixture
def stage(product: Product, tls: ssl.SSLContext) -> Stage:
    return Stage(caller=product.admin, tls=tls)


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def nothing_is_left(
    product: Product, logged: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> AsyncIterator[None]:
    answers = overheard(product.admin.http)
    before = sockets(product)
    yield
    await in_time(lambda: sockets(product) <= before)
    assert await models.AccountTest.filter(status="RUNNING").count() == 0
    printed = capfd.readouterr()
    assert logged.getvalue()
    said = "\n".join([*answers, await rows.everything(), logged.getvalue(), *printed])
    assert {trace for trace in traces(CANARY, SALES) if trace in said} == set()


def sockets(product: Product) -> int:
    """How many this process has open, but for those by which the tests speak to the product."""
    port = urlsplit(product.serving.address).port
    return sum(port not in ports_of(link) for link in Path("/proc/self/fd").iterdir() if link.is_socket())


def ports_of(link: Path) -> set[int]:
    with socket.socket(fileno=os.dup(int(link.name))) as one:
        names = [one.getsockname()]
        with suppress(OSError):  # nobody is at the other end
            names.append(one.getpeername())
    return {name[1] for name in names if isinstance(name, tuple)}
