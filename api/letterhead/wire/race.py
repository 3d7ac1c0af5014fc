"""Happy Eyeballs (RFC 8305): the addresses are tried a quarter of a second apart; the first one wins."""

import asyncio
import socket
from collections.abc import Iterable, Sequence
from ipaddress import IPv6Address
from itertools import chain, zip_longest

from letterhead.wire.targets import Address

_STAGGER = 0.25


def interleave(addresses: Iterable[Address]) -> tuple[Address, ...]:
    """IPv6 first, then the families in turn (section 4)."""
    every = tuple(dict.fromkeys(addresses))
    v6 = [address for address in every if isinstance(address, IPv6Address)]
    v4 = [address for address in every if not isinstance(address, IPv6Address)]
    return tuple(address for address in chain(*zip_longest(v6, v4)) if address is not None)


async def connect_first(addresses: Sequence[Address], port: int) -> socket.socket:
    """A connected, non-blocking socket. ExceptionGroup of the OSErrors if no address answers."""
    errors: list[OSError] = []
    tasks: list[asyncio.Task[socket.socket]] = []
    waiting = list(addresses)
    won: asyncio.Task[socket.socket] | None = None
    try:
        while waiting or any(not task.done() for task in tasks):
            if waiting:
                tasks.append(asyncio.create_task(_dial(waiting.pop(0), port)))
            running = [task for task in tasks if not task.done()]
            done, _ = await asyncio.wait(
                running, timeout=_STAGGER if waiting else None, return_when=asyncio.FIRST_COMPLETED
            )
            errors += [exc for task in done if isinstance(exc := task.exception(), OSError)]
            won = next((task for task in done if task.exception() is None), None)
            if won:
                return won.result()
    finally:
        for task in tasks:
            if task is not won:
                task.add_done_callback(_close)
                task.cancel()
    raise ExceptionGroup("no address answered", errors)


async def _dial(address: Address, port: int) -> socket.socket:
    family = socket.AF_INET6 if isinstance(address, IPv6Address) else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, (str(address), port))
    except BaseException:
        sock.close()
        raise
    return sock


def _close(loser: asyncio.Task[socket.socket]) -> None:
    if not loser.cancelled() and loser.exception() is None:
        loser.result().close()
