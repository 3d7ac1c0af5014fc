"""What callers write into arguments: things that fit, things that nearly fit, and things that mean harm."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from api.drafts import at

ODD_TEXTS = (
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "\udfff\ud800",
    "\U0001f600" * 70,
    "\u202egnp.exe",
    "\ufeff",
    "line\r\nBcc: everybody@example.com",
    "'; DROP TABLE company; --",
    '" OR 1=1 --',
    "%_%\\",
    "${7*7}{{7*7}}",
    "../../etc/passwd",
    "x" * 5000,
    "\u00df\u0130\u1e9e",
    "\x1b[31m",
    "NaN",
    "null",
    "[",
    "{}",
    "a" * 64 + "@" + "b" * 64 + ".example",
)
INTEGERS = (1, 2, 25, 100, 587, 995, 0, -1, 101, 65536, 2**31 - 1, -(2**31), 2**31, 2**53 + 1, 2**64, 10**40)
FITTING = 7
"""How many of the integers are what somebody might mean."""
INSTANTS = (
    "2026-01-31T09:30:00Z",
    "2099-01-31T09:30:00+02:00",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "9999-12-31T23:59:59.999999Z",
    "1969-12-31T23:59:59Z",
    "2026-02-30T00:00:00Z",
    "2026-01-31",
    "now",
)
ADDRESSES = (
    at("contact"),
    at("sales"),
    "ann@gmail.com",
    '"odd one"@xn--bcher-kva.example',
    "b\u00fccher@b\u00fccher.example",
    "no address",
    "a@[127.0.0.1]",
    "a" * 320 + "@example.com",
    "a@b\0.example",
)
TEXTS = {
    "address": ADDRESSES,
    "alias": ADDRESSES,
    "answeringAddress": ADDRESSES,
    "replyTo": ADDRESSES,
    "recipient": ADDRESSES,
    "addresses": ADDRESSES,
    "providerKey": ("custom", "gmail", "gmx", "sandbox", "outlook", "gone"),
    "key": ("custom", "gmail", "gmx", "outlook"),
    "authMethod": ("password", "app-password", "oauth2"),
    "host": (
        "localhost",
        "127.0.0.1",
        "mail.invalid",
        "[::1]",
        "169.254.169.254",
        "xn--a",
        "a..b",
        "a" * 300,
    ),
    "externalId": ("ann", "ben", "people", "apollo", "new-1", "new-2"),
    "memberExternalIds": ("ann", "ben", "cy"),
    "idempotencyKey": ("1", "2", "3", "k" * 201),
    "reply": ("550 5.1.1 No such user", "535-5.7.8 No\r\n535 5.7.8 No", "9" * 400),
    "returnTo": ("https://crm.example/done", "javascript:alert(1)", "//evil.example", "http://[::1"),
    "url": (
        "https://hooks.example/in",
        "http://127.0.0.1:22/",
        "file:///etc/passwd",
        "https://a:b@c.example",
    ),
    "name": ("X-Ticket", "List-Unsubscribe", "Bcc", "secret", "password", "Ann"),
    "inReplyTo": ("<a@b.example>", "<a@b>\r\nX: y", "no id"),
    "html": ("<p>Hello</p>", "<script>alert(1)</script>", "<" * 3000),
    "search": ("a", "an", "%", "_", "\\"),
    "after": ("bm90aGluZw", "0", "W10", "WzEsMl0", "e30", "eyJhIjoxfQ", "-", "W251bGwsbnVsbF0"),
}


@dataclass
class Values:
    """``own``, ``foreign``: opaque ids of the caller's company, and of another."""

    random: Random
    own: list[str]
    foreign: list[str]
    cursors: list[str] = field(default_factory=list)

    def text(self, name: str) -> str:
        if name == "after" and self.cursors and self.random.random() < 0.6:
            return self.random.choice(self.cursors)
        fitting = TEXTS.get(name, ("Hello", "Ann & Ben"))
        return self.random.choice(ODD_TEXTS if self.random.random() < 0.12 else fitting)

    def integer(self) -> int:
        return self.random.choice(INTEGERS if self.random.random() < 0.15 else INTEGERS[:FITTING])

    def instant(self) -> str:
        return self.random.choice(INSTANTS)

    def opaque(self) -> str:
        match self.random.randrange(20):
            case 0 | 1 | 2:
                return self.random.choice(self.foreign)
            case 3:
                return _encoded(f"Message:{UUID(int=self.random.getrandbits(128))}")
            case 4:
                odd = ("Message:", "Provider:gmail", ":", "Nothing:1", "Message:\0", "Employee:" + "1" * 5000)
                return _encoded(self.random.choice(odd))
            case 5:
                return self.random.choice(ODD_TEXTS)
        return self.random.choice(self.own)


def _encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")
