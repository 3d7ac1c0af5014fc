"""What is asked over HTTP and what comes of it, whoever speaks it."""

from dataclasses import dataclass, field

REFUSED = "this server may not be reached from here"


@dataclass(frozen=True, kw_only=True)
class HttpAnswer:
    """``status`` 0 and ``error`` set: no whole answer was had. ``error`` shows nothing of our network."""

    status: int
    content: bytes = field(default=b"", repr=False)
    charset: str = "utf-8"
    error: str | None = None


class NoAnswer(Exception):
    """Its text is for ``HttpAnswer.error``."""


@dataclass(frozen=True, kw_only=True)
class Place:
    scheme: str
    host: str
    port: int
    target: str
