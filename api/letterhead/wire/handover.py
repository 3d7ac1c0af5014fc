"""From a connected socket to a transport of asyncio's, of which nothing is left when the wait is given up."""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from socket import SHUT_RDWR, socket
from typing import Any, TypeVar

P = TypeVar("P", bound=asyncio.BaseProtocol)


async def hand_over(
    sock: socket, protocol: Callable[[], P], *, tls: ssl.SSLContext | None, host: str | None
) -> tuple[asyncio.Transport, P]:
    """``create_connection`` over ``sock``, which is closed if that fails or is cancelled.

    asyncio loses a connection that is cancelled in the moment between its being made and its TLS's hearing of
    it. So the opening itself is not cancelled; it goes on with a socket that ends at once.
    """
    opening = asyncio.ensure_future(
        asyncio.get_running_loop().create_connection(
            protocol, sock=sock, ssl=tls, server_hostname=host if tls else None
        )
    )
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        with suppress(OSError):
            sock.shutdown(SHUT_RDWR)
        opening.add_done_callback(_abort)
        raise
    except BaseException:
        sock.close()
        raise


def _abort(opening: asyncio.Future[Any]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result()[0].abort()
