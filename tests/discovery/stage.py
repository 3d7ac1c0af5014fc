"""A domain whose every place can be asked is played here: DNS, web servers and mail servers on loopback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dns.rcode
import trustme

from lab.names import NOWHERE, NameServer, Rerouted, serving_names
from lab.web import Answer, ok, web
from letterhead.diagnosis.explain import Explainer
from letterhead.discovery.found import Discovery, Source, TrailStep
from letterhead.discovery.verbs import discover
from letterhead.house import House
from letterhead.identity.actor import ADMINISTRATOR, Actor
from letterhead.news import News
from letterhead.running import Running
from letterhead.settings import Settings
from letterhead.vault.vault import Vault
from letterhead_plugins import custom
from letterhead_providers.catalogue import Catalogue
from providers.made import a_plugin, a_provider
from wire.conftest import serving_with
from wire.scripted import HERE, Served

DOMAIN = "firm.test"
ADDRESS = f"alice.canary@{DOMAIN}"
HOSTS = (DOMAIN, *(f"{name}.{DOMAIN}" for name in ("autoconfig", "smtp", "mail", "pop", "imap")))
ISPDB = "ispdb.test"
SUBDOMAIN = f"autoconfig.{DOMAIN}/mail/config-v1.1.xml"
WELL_KNOWN = f"{DOMAIN}/.well-known/autoconfig/mail/config-v1.1.xml"
DATABASE = f"{ISPDB}/v1.1/{DOMAIN}"
BY = Actor(company_id=__import__("uuid").UUID(int=1), key="token:1", name="Admin", permissions=ADMINISTRATOR)


def server(
    kind: str,
    host: str,
    port: int,
    security: str = "SSL",
    *,
    auth: str = "password-cleartext",
    more: str = "",
) -> str:
    way = "outgoing" if kind == "smtp" else "incoming"
    return (
        f'<{way}Server type="{kind}"><hostname>{host}</hostname><port>{port}</port>'
        f"<socketType>{security}</socketType><username>%EMAILADDRESS%</username>"
        f"<authentication>{auth}</authentication>{more}</{way}Server>"
    )


def config(*servers: str, more: str = "") -> bytes:
    return (
        f'<clientConfig version="1.1"><emailProvider id="{DOMAIN}"><domain>{DOMAIN}</domain>'
        f"{''.join(servers)}{more}</emailProvider></clientConfig>"
    ).encode()


def of(host: str) -> bytes:
    """A page with settings of ``smtp.HOST`` and ``pop.HOST``."""
    return ok(config(server("pop3", f"pop.{host}", 995), server("smtp", f"smtp.{host}", 465)))


@dataclass
class Stage:
    house: House
    names: NameServer
    zone: dict[tuple[str, str], Any]
    secure: Served
    plain: Served
    pages: dict[str, Answer]
    plain_pages: dict[str, Answer]
    ports: dict[int, int]
    trail: list[TrailStep] = field(default_factory=list)

    async def discover(self, address: str = ADDRESS, seconds: float = 20) -> Discovery:
        discovery = await discover(self.house, address, by=BY, seconds=seconds)
        self.trail = list(discovery.trail)
        return discovery

    async def found(self, seconds: float = 20) -> list[tuple[Source, str, bool]]:
        """Source, SMTP host and trust of every candidate."""
        discovery = await self.discover(seconds=seconds)
        return [(each.source, each.smtp.host, each.trusted) for each in discovery.candidates]

    def said(self, source: Source) -> list[str]:
        return [step.outcome for step in self.trail if step.source is source]

    def has_hosts(self, *hosts: str) -> None:
        for host in hosts:
            self.zone |= {(host, "A"): ["127.0.0.1"], (host, "AAAA"): []}

    def has_srv(self, *records: str) -> None:
        """Such as ``_pop3s 0 1 995 pop.firm.test.``"""
        for record in records:
            service, _, data = record.partition(" ")
            self.zone.setdefault((f"{service}._tcp.{DOMAIN}", "SRV"), []).append(data)

    def everything_heard(self) -> str:
        return "\n".join((*self.names.asked, *self.secure.heard, *self.plain.heard))


@asynccontextmanager
async def staged(authority: trustme.CA, authority_file: Path, **settings: Any) -> AsyncIterator[Stage]:
    zone: dict[tuple[str, str], Any] = {(DOMAIN, "MX"): dns.rcode.NXDOMAIN}
    names = NameServer(zone, {})
    pages: dict[str, Answer] = {}
    plain_pages: dict[str, Answer] = {}
    tls = serving_with(authority.issue_cert(*HOSTS, ISPDB))
    catalogue = Catalogue()
    catalogue.admit("custom", custom)
    catalogue.admit("acme", a_plugin(a_provider(mx=("mx.acme.example",))))
    async with (
        serving_names(names) as resolver,
        web(pages, tls=tls) as secure,
        web(plain_pages) as plain,
    ):
        ports = {443: secure.port, 80: plain.port}
        dialler = Rerouted(
            ports, allowed=(HERE,), ca_file=authority_file, resolver=resolver, hosts_file=NOWHERE
        )
        house = House(
            settings=Settings(**({"ispdb_url": f"https://{ISPDB}/v1.1/"} | settings)),
            catalogue=catalogue,
            vault=Vault({"k": b"0" * 32}),
            dialler=dialler,
            explainer=Explainer(catalogue),
            news=News(),
            running=Running(),
        )
        stage = Stage(house, names, zone, secure, plain, pages, plain_pages, ports)
        stage.has_hosts(*HOSTS, ISPDB)
        yield stage
