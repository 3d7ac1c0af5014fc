"""Where a webhook may point to. Whoever gives the address is hostile until it is judged."""

import asyncio
import re
from urllib.parse import urlsplit

from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.house import House
from letterhead.wire.targets import clean_host
from letterhead.wire.trouble import Cause, NotReached

LONGEST = 2000
JUDGED_WITHIN_SECONDS = 10
DEFAULT_PORTS = {"https": 443, "http": 80}
EXAMPLE = "https://crm.example/events"


async def checked(house: House, url: str) -> str:
    """The address in the one form that is stored, after its host was judged. Raises Refused."""
    try:
        scheme, host, port, rest = _parts(url)
    except ValueError as exc:
        raise _wrong(str(exc)) from None
    try:
        async with asyncio.timeout(JUDGED_WITHIN_SECONDS):
            await house.dialler.judge_web(host, port, only_opened=scheme == "http")
    except (NotReached, TimeoutError) as exc:
        raise _wrong(_why(exc, scheme)) from None
    shown = f"[{host}]" if ":" in host else host
    shown += "" if port == DEFAULT_PORTS[scheme] else f":{port}"
    return f"{scheme}://{shown}{rest}"


def host_of(url: str) -> str:
    """Of an address as it is stored."""
    return urlsplit(url).hostname or ""


def _parts(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port, path with query. ValueError with a sentence for whoever entered it."""
    typed = url.strip()
    if len(typed) > LONGEST:
        raise ValueError(f"An address has at most {LONGEST} characters.")
    try:
        parts = urlsplit(typed)
        port = parts.port
    except ValueError:
        raise ValueError(f"This is not a web address; write it such as {EXAMPLE}.") from None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"Write a web address such as {EXAMPLE}.")
    if "@" in parts.netloc or parts.fragment:
        raise ValueError("Leave out what stands before @ and after #.")
    rest = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not re.fullmatch(r"[!-~]+", rest):
        raise ValueError("Write path and query in ASCII, other characters as %XX.")
    return parts.scheme, clean_host(parts.hostname), port or DEFAULT_PORTS[parts.scheme], rest


def _why(trouble: NotReached | TimeoutError, scheme: str) -> str:
    cause = trouble.cause if isinstance(trouble, NotReached) else Cause.DNS_FAILED
    if cause is Cause.HOST_NOT_FOUND:
        return "There is no server of this name."
    if cause is Cause.DNS_FAILED:
        return "DNS could not answer for this name; try again."
    only = " Use https." if scheme == "http" else ""
    return f"This server may not be reached from here.{only}"


def _wrong(message: str) -> Refused:
    return Refused(Problem(ProblemCode.INVALID, message, ("url",)))
