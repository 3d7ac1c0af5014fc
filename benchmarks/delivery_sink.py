"""A mail server that takes everything as fast as it can and keeps nothing.

A process of its own: ``python delivery_sink.py [CERTIFICATE KEY]`` prints its port; with a certificate it
speaks TLS from the first byte.
"""

import asyncio
import ssl
import sys

import uvloop

HELLO = b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SIZE 50000000\r\n250 AUTH PLAIN LOGIN\r\n"
ANSWERS = {
    b"EHLO": HELLO,
    b"AUTH": b"235 2.7.0 Welcome\r\n",
    b"MAIL": b"250 2.1.0 Ok\r\n",
    b"RCPT": b"250 2.1.5 Ok\r\n",
    b"DATA": b"354 Go ahead\r\n",
    b"RSET": b"250 2.0.0 Ok\r\n",
}


class Taking(asyncio.Protocol):
    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport, self.rest, self.content = transport, b"", False
        transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self.rest += data
        answers = []
        while True:
            end = b"\r\n.\r\n" if self.content else b"\r\n"
            line, found, rest = self.rest.partition(end)
            if not found:
                break
            self.rest = rest
            if self.content:
                self.content = False
                answers.append(b"250 2.0.0 Ok: queued\r\n")
                continue
            verb = line[:4].upper()
            self.content = verb == b"DATA"
            answers.append(ANSWERS.get(verb, b"221 2.0.0 Bye\r\n"))
            if verb == b"QUIT":
                self.transport.write(b"".join(answers))
                self.transport.close()
                return
        if answers:
            self.transport.write(b"".join(answers))


async def serve(certificate: list[str]) -> None:
    context = None
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate)
    server = await asyncio.get_running_loop().create_server(Taking, "127.0.0.1", 0, ssl=context, backlog=500)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1:]))
