"""Makes servers on this machine as far away as a network would, and counts what it costs.

A process of its own: ``python far_away.py MILLISECONDS PORT …`` prints the ports that lead to those servers.
For each line it reads it prints, by port, how many round trips each connection since has waited for.
"""

import asyncio
import json
import sys
from collections import defaultdict
from contextlib import suppress

Delivery = tuple[float, bytes]


class Road:
    """One connection. ``waits``: how often the client could go on only with what the server said next.

    TCP's own handshake comes first: what the client says at once leaves half a round trip after it has
    connected, and what the server says at once arrives two round trips after the client began.
    """

    def __init__(self, delay: float) -> None:
        self.waits = 1
        self._delay = delay
        self._opened = asyncio.get_running_loop().time()
        self._last = ""

    async def carry(self, who: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        earliest = self._opened + self._delay * (2 if who == "client" else 3)
        queue: asyncio.Queue[Delivery] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        delivering = asyncio.create_task(self._deliver(queue, writer))
        data = b"-"
        while data:
            try:
                data = await reader.read(65536)
            except OSError:
                data = b""
            if data and who != self._last:
                self.waits += who == "server"
                self._last = who
            queue.put_nowait((max(loop.time(), earliest) + self._delay, data))
        await delivering

    async def _deliver(self, queue: asyncio.Queue[Delivery], writer: asyncio.StreamWriter) -> None:
        loop, data = asyncio.get_running_loop(), b"-"
        while data:
            due, data = await queue.get()
            await asyncio.sleep(due - loop.time())
            with suppress(OSError):
                writer.write(data) if data else writer.close()


async def serve(delay: float, ports: list[int]) -> None:
    roads: defaultdict[int, list[Road]] = defaultdict(list)

    async def listen(port: int) -> int:
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            road = Road(delay)
            roads[server.sockets[0].getsockname()[1]].append(road)
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(
                road.carry("client", reader, far_writer), road.carry("server", far_reader, writer)
            )

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        return int(server.sockets[0].getsockname()[1])

    print(json.dumps([await listen(port) for port in ports]), flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps({port: [road.waits for road in some] for port, some in roads.items()}), flush=True)
        roads.clear()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]) / 1000, [int(port) for port in sys.argv[2:]]))
