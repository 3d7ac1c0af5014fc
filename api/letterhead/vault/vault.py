"""Seals secrets with AES-256-GCM-SIV (RFC 8452) under a keyring.

What a secret is for (its row, and the servers and logins it may be shown to) goes in as associated data,
so that ciphertext moved to another row or kept for another host does not open.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from letterhead.errors import LetterheadError

NONCE_BYTES = 12
KEY_BYTES = 32


class CannotOpen(LetterheadError):
    """No key of the ring opens it: the key is lost, or it was sealed for something else."""


class Vault:
    """``keys``: key id to 32 bytes, in order; the first one seals, all open."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._sealing = next(iter(keys))
        self._ciphers = {kid: AESGCMSIV(key) for kid, key in keys.items()}
        self._digest_key = hmac.digest(keys[self._sealing], b"letterhead digest", "sha256")

    def __repr__(self) -> str:
        return f"Vault(keys={list(self._ciphers)})"

    def seal(self, plain: str, *, context: tuple[str, ...]) -> str:
        """Ciphertext as ``KID.BASE64`` that opens with the same context only."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self._sealing].encrypt(nonce, plain.encode(), _associated(context))
        return f"{self._sealing}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, *, context: tuple[str, ...]) -> str:
        """Raises CannotOpen."""
        kid, _, body = sealed.partition(".")
        try:
            raw = base64.urlsafe_b64decode(body)
            cipher = self._ciphers[kid]
            return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _associated(context)).decode()
        except (KeyError, InvalidTag, binascii.Error, ValueError):
            raise CannotOpen("a secret does not open with the keys at hand") from None

    def digest(self, *parts: str) -> str:
        """A keyed digest (HMAC-SHA256, hexadecimal) by which equal values are told without being kept."""
        return hmac.new(self._digest_key, json.dumps(parts).encode(), hashlib.sha256).hexdigest()


def _associated(context: tuple[str, ...]) -> bytes:
    return json.dumps(context).encode()
