"""Processes that keep theatres warm, a pipe each: a theatre stays with its process, who waits is told the place."""

from __future__ import annotations

import math
import multiprocessing
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from api.refusals import BusyError
from api.sessions.process import Ask, Key, Told, keep_warm
from data.theatre import Scenario, Theatre
from optimizer.outcome import Limits

LATE = 3.0  # seconds beyond its deadline for which an answer is waited for; then it becomes a job
GRACE = 60.0  # seconds a solve may take beyond its deadline before its process is ended
LEAST = 0.2  # seconds that must be left for the solve

Tables = Callable[[], tuple[Theatre, Scenario]]


@dataclass(frozen=True)
class Asked:
    """A question with how long it may take in all, waiting included."""

    key: Key
    tables: Tables
    changes: Sequence[str]
    gap: float
    seconds: float
    explain: bool = False


@dataclass
class Found:
    """What a process said to a question, or the error that it ended in, once it is there."""

    told: Told | Exception = field(default_factory=Told)
    there: threading.Event = field(default_factory=threading.Event)


class Warm:
    """One process and the line of those who wait for it."""

    def __init__(self, memory_mb: int) -> None:
        self._memory = memory_mb
        self._each = 1.0  # seconds a question takes, as seen so far
        self._leaving = False
        self._line: deque[object] = deque()
        self._turn = threading.Condition()
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=keep_warm, args=(other, self._memory), daemon=True, name="casemate-warm")
        self.process.start()
        other.close()

    @property
    def waiting(self) -> int:
        """Return how many are in line, the one being answered included."""
        return len(self._line)

    def queue(self, most: int) -> tuple[object, int]:
        """Return a place in the line and how many stand before it; BusyError if the line is too long."""
        place = object()
        with self._turn:
            position = len(self._line)
            if position > most:
                said = f"{position} questions wait for this theatre's process already"
                raise BusyError(said, max(1, math.ceil(self._each)), position)
            self._line.append(place)
        return place, position

    def ask(self, asked: Asked, place: object) -> tuple[Told, float]:
        """Return what the process says once this place is the first, and the seconds waited for that."""
        began = time.monotonic()
        try:
            left = self._await_turn(place, began, asked.seconds)
        except BusyError:
            self._go_on(place)
            raise
        waited, found = time.monotonic() - began, Found()
        # NB: what the process says has to be taken from the pipe, however late, before the next question is put in
        threading.Thread(target=self._answer, args=(asked, left, place, found), daemon=True).start()
        if not found.there.wait(max(0.0, left) + LATE):
            raise BusyError("the deadline passed without an answer", 2, 0, late=True)
        if isinstance(found.told, Told):
            return found.told, round(waited, 3)
        raise found.told

    def _answer(self, asked: Asked, left: float, place: object, found: Found) -> None:
        """Take what the process says, then let the next in the line ask."""
        began = time.monotonic()
        try:
            found.told = self._say(asked, left)
            self._each += 0.2 * (time.monotonic() - began - self._each)
        except Exception as error:
            found.told = error
        finally:
            self._go_on(place)
            found.there.set()

    def _go_on(self, place: object) -> None:
        with self._turn:
            self._line.remove(place)
            self._turn.notify_all()

    def _await_turn(self, place: object, began: float, seconds: float) -> float:
        with self._turn:
            first = self._turn.wait_for(lambda: self._leaving or self._line[0] is place, seconds - LEAST)
            position = list(self._line).index(place)
        if self._leaving:
            raise _leaving()
        if not first:
            said = f"the deadline passed while {position} question(s) stood before this one"
            raise BusyError(said, 2, position, late=True)
        return seconds - (time.monotonic() - began)

    def _say(self, asked: Asked, left: float) -> Told:
        limits = Limits(seconds=max(left, LEAST), gap=asked.gap)
        ask = Ask(asked.key, tuple(asked.changes), limits, explain=asked.explain)
        told = self._exchange(ask, left)
        if told.needs_tables:
            told = self._exchange(replace(ask, tables=asked.tables()), left)
        return told

    def _exchange(self, ask: Ask, left: float) -> Told:
        try:
            self.pipe.send(ask)
            if self.pipe.poll(left + GRACE):
                told: Told = self.pipe.recv()
                return told
        except (EOFError, OSError):
            pass
        if self._leaving:
            raise _leaving()
        self.end()
        self._start()
        return Told(code="worker-lost", message="the process that kept this theatre was lost; ask again")

    def let_go(self) -> None:
        """Break off what runs and what waits: BusyError tells each that its time is over."""
        with self._turn:
            self._leaving = True
            self._turn.notify_all()
        self.process.kill()

    def end(self) -> None:
        """End the process."""
        self.pipe.close()
        self.process.terminate()
        self.process.join(5)
        if self.process.is_alive():
            self.process.kill()


def _leaving() -> BusyError:
    return BusyError("the service is shutting down", 1, late=True)


@dataclass
class Pool:
    """Warm processes; each theatre's questions go to the same one."""

    size: int
    most_waiting: int
    memory_mb: int
    _warm: list[Warm] = field(default_factory=list)
    _home: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, asked: Asked) -> dict[str, Any]:
        """Return the answer with the place it had in the line; CasemateError as the process met it."""
        with self._lock:  # chosen and joined at once: two who ask together do not both find the same process idle
            warm = self._of(asked.key)
            place, position = warm.queue(self.most_waiting)
        told, waited = warm.ask(asked, place)
        return {**told.read(), "queued": {"position": position, "waited_s": waited}}

    def _of(self, key: Key) -> Warm:
        """Return the process of a base: its own, unless that is busy and another is idle."""
        while len(self._warm) < self.size:
            self._warm.append(Warm(self.memory_mb))
        mark = "/".join(map(str, key))
        home = self._home.setdefault(mark, min(range(self.size), key=self._load))
        if self._warm[home].waiting:
            home = min(range(self.size), key=lambda i: (self._warm[i].waiting, i != home))
        return self._warm[home]

    def _load(self, number: int) -> tuple[int, int]:
        return self._warm[number].waiting, sum(home == number for home in self._home.values())

    def leave(self, seconds: float) -> None:
        """Let what runs go on for so long, then break it off."""
        timer = threading.Timer(seconds, self._let_go)
        timer.daemon = True
        timer.start()

    def _let_go(self) -> None:
        for warm in self._warm:
            warm.let_go()

    def close(self) -> None:
        """End every process."""
        with self._lock:
            for warm in self._warm:
                warm.end()
            self._warm.clear()
