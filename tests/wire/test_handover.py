import asyncio
import gc
import ssl
from socket import create_connection

import pytest
import trustme

from letterhead.wire.handover import hand_over
from wire.conftest import serving_with
from wire.scripted import Served, talking


async def listens(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, served: Served) -> None:
    await reader.read()


@pytest.mark.parametrize("turns", range(1, 9))
async def test_whenever_the_wait_is_given_up_nothing_is_left_open(turns: int, lab_ca: trustme.CA) -> None:
    context = ssl.create_default_context()
    lab_ca.configure_trust(context)
    async with talking(listens, tls=serving_with(lab_ca.issue_cert("localhost"))) as served:
        sock = create_connection(("127.0.0.1", served.port))
        sock.setblocking(False)
        opening = asyncio.create_task(hand_over(sock, asyncio.Protocol, tls=context, host="localhost"))
        for _ in range(turns):
            await asyncio.sleep(0)
        opening.cancel()
        await asyncio.wait({opening})
    gc.collect()  # what nobody has closed warns now, and a warning is an error
    assert opening.cancelled()
    assert sock.fileno() == -1
