"""A database that goes away for a while: waited for, and what was to be done is done again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa

from api.store import SchemaError, Scope, Store, Transaction, open_store

RECONNECT = 60.0  # seconds a lost database is waited for

T = TypeVar("T")


def opened(url: str) -> Store:
    """Return the database, waited for while a server does not answer or drops the connection."""
    until = time.monotonic() + RECONNECT
    while True:
        try:
            return open_store(url)
        except SchemaError as error:
            if not isinstance(error.__cause__, sa.exc.OperationalError) or time.monotonic() > until:
                raise
            time.sleep(0.5)


def again(store: Store, scope: Scope, do: Callable[[Transaction], T], leaving: threading.Event | None = None) -> T:
    """Return what `do` returns in a transaction; while the database is away or busy it is tried again for a minute.

    What `do` writes must bear being done twice: a connection can be lost just after it was committed.
    """

    def once() -> T:
        with store.begin(scope) as tx:
            return do(tx)

    return patiently(once, leaving)


def patiently(do: Callable[[], T], leaving: threading.Event | None = None) -> T:
    """Return what `do` returns; while the database is away or busy it is tried again for a minute."""
    until, pause = time.monotonic() + RECONNECT, 0.05
    while True:
        try:
            return do()
        except (sa.exc.OperationalError, sa.exc.InterfaceError):
            if time.monotonic() > until or (leaving is not None and leaving.is_set()):
                raise
            time.sleep(pause)
            pause = min(2 * pause, 2.0)
