"""Autoconfig files: at the address's domain, in a database on the web, and in a folder."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from letterhead.discovery.autoconfig import ClientConfig, NotReadable, read
from letterhead.discovery.found import Finding, Source
from letterhead.discovery.markup import MOST_OCTETS
from letterhead.discovery.proposals import propose
from letterhead.discovery.question import Question
from letterhead.discovery.rules import mail_exchangers, names_of_exchanger
from letterhead.wire.http import exchange
from letterhead_providers import Fetch

SHARE = 0.6
"""The part of the deadline after which a domain's places are given up, to leave time for a last try."""


async def at_subdomain(question: Question) -> Finding:
    return await _at(question, f"https://autoconfig.{question.domain}/mail/config-v1.1.xml")


async def at_well_known(question: Question) -> Finding:
    url = f"https://{question.domain}/.well-known/autoconfig/mail/config-v1.1.xml"
    return await _at(question, url)


async def in_plain(question: Question) -> Finding:
    """Anybody on the way may have written what is read here."""
    return await _at(question, f"http://autoconfig.{question.domain}/mail/config-v1.1.xml", trusted=False)


async def in_database(question: Question) -> Finding:
    return await _in_database(question, [question.domain], trusted=True)


async def in_database_by_mx(question: Question) -> Finding:
    """The database is asked safely, but for a name that DNS without DNSSEC has given."""
    names = await _names_of_mx(question)
    return await _in_database(question, names, trusted=False) if names else _NO_NAMES


async def in_folder(question: Question) -> Finding:
    return await _in_folder(question, [question.domain], trusted=True)


async def in_folder_by_mx(question: Question) -> Finding:
    names = await _names_of_mx(question)
    return await _in_folder(question, names, trusted=False) if names else _NO_NAMES


_NO_NAMES = Finding(outcome="There is no mail exchanger of another name to look for.")


async def _names_of_mx(question: Question) -> list[str]:
    exchangers = mail_exchangers((await question.mx()).records)
    names = names_of_exchanger(exchangers[0]) if exchangers else ()
    return [name for name in names if name != question.domain]


async def _at(question: Question, url: str, *, trusted: bool = True) -> Finding:
    """A chain of HTTPS alone is authenticated; redirects stay in their scheme."""
    answer = await _fetched(question, url, allow_plain=not trusted)
    if isinstance(answer, str):
        return Finding(outcome=f"{url}: {answer}")
    return _finding(question, answer, url, Source.AUTOCONFIG, trusted=trusted)


async def _in_database(question: Question, names: Iterable[str], *, trusted: bool) -> Finding:
    """The first of ``names`` that is known, all asked at once."""
    base = question.ispdb_url
    safe = base.startswith("https://")
    urls = [f"{base}{name}" for name in names]
    answers = await asyncio.gather(*(_fetched(question, url, allow_plain=not safe) for url in urls))
    for url, answer in zip(urls, answers, strict=True):
        if not isinstance(answer, str):
            return _finding(question, answer, url, Source.ISPDB, trusted=trusted and safe)
    return Finding(outcome=" ".join(f"{url}: {answer}" for url, answer in zip(urls, answers, strict=True)))


async def _in_folder(question: Question, names: Iterable[str], *, trusted: bool) -> Finding:
    assert question.ispdb_folder
    found = await asyncio.to_thread(_search, question.ispdb_folder, tuple(names))
    if found is None:
        return Finding(outcome=f"The folder of autoconfig files has none for {', '.join(names)}.")
    path, config = found
    return _finding(question, config, f"The file {path.name}", Source.ISPDB, trusted=trusted)


def _search(folder: Path, names: tuple[str, ...]) -> tuple[Path, ClientConfig] | None:
    """The file whose name or ``<domain>`` is one of ``names``. The folder may hold anything else."""
    files = sorted(folder.glob("*")) if folder.is_dir() else []
    for name in names:
        for path in sorted(files, key=lambda path: path.name not in (name, f"{name}.xml")):
            config = _read_if_about(path, name)
            if config:
                return path, config
    return None


def _read_if_about(path: Path, name: str) -> ClientConfig | None:
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            xml = file.read(MOST_OCTETS + 1)
        is_named = path.name in (name, f"{name}.xml")
        config = read(xml) if is_named or name.encode() in xml.lower() else None
    except (OSError, NotReadable):
        return None
    return config if config and (is_named or name in config.domains) else None


async def _fetched(question: Question, url: str, *, allow_plain: bool) -> ClientConfig | str:
    """The file, or in words why there is none."""
    try:
        async with asyncio.timeout(question.seconds * SHARE):
            request = Fetch(method="GET", url=url)
            answer = await exchange(question.dialler, request, allow_plain=allow_plain)
    except TimeoutError:
        return "the server did not answer in time."
    if answer.error:
        return f"{answer.error}."
    if answer.status != 200:
        return f"the server answered {answer.status}."
    try:
        return read(answer.content)
    except NotReadable as exc:
        return str(exc)


def _finding(
    question: Question, config: ClientConfig, where: str, source: Source, *, trusted: bool
) -> Finding:
    candidates, notes = propose(
        config, question.address, question.catalogue.providers(), source=source, trusted=trusted
    )
    words = f"{where} has settings." if candidates else f"{where} has no settings that can be used."
    if candidates and not trusted:
        words = f"{where} has settings, but nobody vouches for the way to it."
    return Finding(outcome=" ".join((words, *notes)), candidates=candidates)
