"""Who has which session open: each is its opener's alone, and is over when nobody asks for long."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field

from api.security import Principal
from api.sessions.process import Key
from api.store import MissingError
from data.theatre import Scenario, Theatre

MOST = 1000  # sessions open at a time; the oldest goes


@dataclass
class Opened:
    """A session: whose it is, its base, when it is over unless it is asked."""

    id: str
    owner: Principal
    scenario_id: str
    key: Key
    tables: tuple[Theatre, Scenario]
    note: str
    marking: str
    expires_at: float


@dataclass
class Desk:
    """The open sessions of this service."""

    seconds: float
    _open: dict[str, Opened] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def open(
        self, owner: Principal, scenario_id: str, tables: tuple[Theatre, Scenario], relax: bool, note: str
    ) -> Opened:
        """Return a new session."""
        theatre, scenario = tables
        key = (theatre.digest, scenario.digest, relax)
        made = Opened("session_" + secrets.token_urlsafe(12), owner, scenario_id, key, tables, note,
                      str(scenario.settings.marking), time.time() + self.seconds)  # fmt: skip
        with self._lock:
            self._sweep()
            same = next((o.tables for o in self._open.values() if o.key == key), tables)
            made.tables = same  # held once, however many ask about it
            self._open[made.id] = made
        return made

    def get(self, session_id: str, who: Principal) -> Opened:
        """Return an open session of this principal, good for another while; MissingError."""
        with self._lock:
            self._sweep()
            found = self._open.get(session_id)
            if found is None or found.owner != who:
                raise MissingError(f"no session '{session_id}'; it may be over: POST /v1/sessions opens one")
            found.expires_at = time.time() + self.seconds
            return found

    def close(self, session_id: str, who: Principal) -> None:
        """End a session of this principal; MissingError."""
        self.get(session_id, who)
        with self._lock:
            self._open.pop(session_id, None)

    def _sweep(self) -> None:
        now = time.time()
        for session_id in [i for i, o in self._open.items() if o.expires_at < now]:
            del self._open[session_id]
        while len(self._open) >= MOST:
            del self._open[next(iter(self._open))]
