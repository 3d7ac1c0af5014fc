"""Which plugin speaks for which mail service, and which service a domain belongs to.

First come, unless the operator prefers otherwise: what stands in the operator's folder takes what it names
from the plugins, but not from its neighbour in the folder.
"""

from collections.abc import Sequence
from dataclasses import replace

from letterhead_providers.provider import Provider


class Claims:
    def __init__(self) -> None:
        self._providers: dict[str, Provider] = {}
        self._owners: dict[str, str] = {}
        self._domains: dict[str, str] = {}
        self._preferred: set[str] = set()

    def providers(self) -> tuple[Provider, ...]:
        """Best known first."""
        return tuple(
            sorted(self._providers.values(), key=lambda p: (-p.popularity, p.name.casefold(), p.key))
        )

    def in_order(self) -> tuple[Provider, ...]:
        """In the order in which they may claim a domain that none of them names."""
        return tuple(sorted(self.providers(), key=lambda provider: provider.key not in self._preferred))

    def provider(self, key: str) -> Provider | None:
        return self._providers.get(key)

    def owner(self, key: str) -> str | None:
        """The name of the plugin."""
        return self._owners.get(key)

    def holder(self, domain: str) -> Provider | None:
        return self._providers.get(self._domains.get(domain, ""))

    def host_of(self, mx: Sequence[str]) -> Provider | None:
        """Whose these mail exchangers are: of several who name an ending of theirs, who names most of it."""
        hosts = [f".{host.rstrip('.').lower()}" for host in mx]

        def named(provider: Provider) -> int:
            suffixes = (suffix for suffix in provider.mx for host in hosts if host.endswith(f".{suffix}"))
            return max(map(len, suffixes), default=0)

        candidates = [provider for provider in self.in_order() if named(provider)]
        preferred = [provider for provider in candidates if provider.key in self._preferred]
        return max(preferred or candidates, key=named, default=None)

    def is_open(self, key: str, *, preferred: bool) -> bool:
        return key not in self._providers or (preferred and key not in self._preferred)

    def add(self, plugin: str, provider: Provider, *, preferred: bool = False) -> list[str]:
        """Takes a provider in whose key is open. Answers with what the operator should know of it."""
        notes = self._remove(provider.key)
        if preferred:
            self._preferred.add(provider.key)
        free: list[str] = []
        for domain in dict.fromkeys(provider.domains):
            holder = self._domains.get(domain)
            if holder and (holder in self._preferred or not preferred):
                notes.append(f"{domain} stays with {holder!r}, which came first")
                continue
            if holder:
                notes.append(f"{domain} is taken from {holder!r}")
                self._take_from(holder, domain)
            free.append(domain)
        self._providers[provider.key] = replace(provider, domains=tuple(free))
        self._owners[provider.key] = plugin
        self._domains |= dict.fromkeys(free, provider.key)
        return notes

    def _remove(self, key: str) -> list[str]:
        former = self._providers.pop(key, None)
        if former is None:
            return []
        for domain in former.domains:
            del self._domains[domain]
        return [f"{key!r} stands in for that of plugin {self._owners.pop(key)!r}"]

    def _take_from(self, key: str, domain: str) -> None:
        holder = self._providers[key]
        rest = tuple(other for other in holder.domains if other != domain)
        self._providers[key] = replace(holder, domains=rest)
