"""The commands `audit verify`, `audit head` and `audit key`: the log's chain, and its signed head."""

from __future__ import annotations

import json
import os
from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from api.commands.console import print_json
from api.errors import ANSWERED, OutputError, UseError
from api.signing import ALGORITHM, read_key, read_signed, signed
from api.store import AuditError, Scope, audit, open_store
from api.store.audit import Head

KIND = "casemate-audit-head"


def run_audit_verify(database: str, head: Path | None, key: Path | None, as_json: bool) -> int:
    """Verify the chain, against a signed head if one is given, and print where it ends; AuditError names the row."""
    if (head is None) != (key is None):
        raise UseError("--head and --key go together: a head, and the public key of its signature")
    known = None if head is None or key is None else read_head(head.read_text(encoding="utf-8"), read_key(key))
    found = verified(database, known)
    _say(found, f"the audit log is as it was written: {found.seq} rows, head {found.hash[:16] or 'none'}", as_json)
    return ANSWERED


def run_audit_head(database: str, key: Path, out: Path, as_json: bool) -> int:
    """Verify the chain, and write its head, signed."""
    signer = read_key(key, private=True)
    found = verified(database, None)
    _write_new(out, sign_head(found, signer) + "\n")
    _say(found, f"head of {found.seq} rows signed and written to {out}", as_json)
    return ANSWERED


def run_audit_key(out: Path, as_json: bool) -> int:
    """Write a new key pair: the private key for its owner alone, the public one beside it."""
    made, public = OKPKey.generate_key(ALGORITHM), out.with_name(out.name + ".pub")
    if public.exists():
        raise OutputError(f"'{public}' is there already; name a new file")
    _write_new(out, json.dumps(made.as_dict(private=True)) + "\n", mode=0o600)
    _write_new(public, json.dumps(made.as_dict(private=False)) + "\n")
    if as_json:
        print_json({"written": [str(out), str(public)]})
    else:
        print(f"written: {out} (keep it secret), {public}")
    return ANSWERED


def verified(database: str, signed: Head | None) -> Head:
    """Return the head of an unbroken log; AuditError names the first row that is not as it was written."""
    with open_store(database) as store, store.read(Scope("audit")) as tx:
        return audit.verify(tx, signed)


def sign_head(head: Head, key: OKPKey) -> str:
    """Return the head as a signed text (JWS, Ed25519)."""
    return signed({"seq": head.seq, "hash": head.hash, "at": head.at}, KIND, key)


def read_head(text: str, key: OKPKey) -> Head:
    """Return the head in a signed text; AuditError if the signature is not by this key."""
    try:
        told = read_signed(text, key)
        return Head(int(told["seq"]), str(told["hash"]), float(told["at"]))
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise AuditError(f"the head is not signed by this key ({type(error).__name__}): take both from where "
                         "they are kept") from None  # fmt: skip


def _write_new(path: Path, text: str, mode: int = 0o644) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise OutputError(f"'{path}' is there already; name a new file") from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)


def _say(head: Head, text: str, as_json: bool) -> None:
    if as_json:
        print_json({"rows": head.seq, "head": head.hash, "at": head.at})
    else:
        print(text)
