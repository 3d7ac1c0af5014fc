"""Access tokens that the laboratory's Dovecot takes: JSON Web Tokens (RFC 7519) signed with a shared key."""

import hmac
import json
import time
from base64 import b64encode, urlsafe_b64encode
from pathlib import Path
from typing import Final

KEY: Final = b"the laboratory signs all its tokens with this key"


def token_for(user: str, *, expires_in: float, note: str) -> str:
    now = int(time.time())
    claims = {"sub": user, "scope": "mail", "iat": now - 60, "exp": int(now + expires_in), "note": note}
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    return f"{signed}.{_encoded(hmac.digest(KEY, signed.encode(), 'sha256'))}"


def write_key(keys: Path) -> None:
    """Where Dovecot looks for it: below the party (azp) and the algorithm a token names, or ``default``."""
    place = keys / "default" / "HS256" / "default"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b64encode(KEY))


def _part(value: dict[str, object]) -> str:
    return _encoded(json.dumps(value).encode())


def _encoded(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()
