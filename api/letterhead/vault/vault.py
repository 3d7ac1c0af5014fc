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
    """``keys``: key id to 32 bytes, in order; the first one, ``sealing``, seals, all open.

    ``checks``: by key id, a value that tells a key from another of the same name and nothing else about it.
    """

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self.sealing = next(iter(keys))
        self._ciphers = {kid: AESGCMSIV(key) for kid, key in keys.items()}
        self._digest_keys = [hmac.digest(key, b"letterhead digest", "sha256") for key in keys.values()]
        self.checks = {
            kid: hmac.new(key, b"letterhead key check", hashlib.sha256).hexdigest()
            for kid, key in keys.items()
        }

    def __repr__(self) -> str:
        return f"Vault(keys={list(self._ciphers)})"

    def seal(self, plain: str, *, context: tuple[str, ...]) -> str:
        """Ciphertext as ``KID.BASE64`` that opens with the same context only."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self.sealing].encrypt(nonce, plain.encode(), _associated(context))
        return f"{self.sealing}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

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
        return self.digests(*parts)[0]

    def digests(self, *parts: str) -> list[str]:
        """The same under each key, the sealing one's first: what was kept may be older than that key."""
        text = json.dumps(parts).encode()
        return [hmac.new(key, text, hashlib.sha256).hexdigest() for key in self._digest_keys]

    def has_key_of(self, sealed: str) -> bool:
        """Whether the key that ``sealed`` names is at hand."""
        return key_id(sealed) in self._ciphers


def key_id(sealed: str) -> str:
    """The name of the key that it was sealed with."""
    return sealed.partition(".")[0]


def _associated(context: tuple[str, ...]) -> bytes:
    return json.dumps(context).encode()
