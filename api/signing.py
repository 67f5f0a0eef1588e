"""Signatures of the service: Ed25519 as JWS, with a key that `casemate audit key` makes and a file holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from api.errors import UseError

ALGORITHM: Final = "Ed25519"


def read_key(path: Path, private: bool = False) -> OKPKey:
    """Return the key in a file, private or public; UseError if there is none, or no private one where it has to be."""
    try:
        key = OKPKey.import_key(json.loads(path.read_text(encoding="utf-8")))
    except (JoseError, ValueError, KeyError, TypeError, OSError):
        raise UseError(f"'{path}' holds no Ed25519 key as JWK; casemate audit key makes one") from None
    if private and not key.is_private:
        raise UseError(f"'{path}' holds no private key; what is signed is signed with the private one")
    return key


def signed(told: Mapping[str, Any], kind: str, key: OKPKey) -> str:
    """Return what is told as a signed text (JWS compact); `kind` stands in its header, and which key signed."""
    head = {"alg": ALGORITHM, "typ": kind, "kid": key.thumbprint()}
    return jws.serialize_compact(head, json.dumps(told, sort_keys=True), key, algorithms=[ALGORITHM])


def read_signed(text: str, key: OKPKey) -> dict[str, Any]:
    """Return what is told in a signed text; JoseError or ValueError if the signature is not by this key."""
    told: dict[str, Any] = json.loads(jws.deserialize_compact(text.strip(), key, algorithms=[ALGORITHM]).payload)
    return told
