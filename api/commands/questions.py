"""From what is typed to theatre and scenario, and from these to an answer that Ctrl-C may cut short."""

from __future__ import annotations

import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TypeVar

from api.commands.console import progress_line
from api.errors import ABORTED, UseError
from data.change import AnyChange
from data.formats import load, load_scenario, open_source
from data.theatre import Scenario, Theatre
from optimizer import Executor, ProcessPool, plan
from optimizer.fortifying import fortify
from optimizer.outcome import Answer, Limits, Stop
from optimizer.session import Session, WhatIf

USUAL_SCENARIO = "renewed_attack"

T = TypeVar("T")


@dataclass(frozen=True)
class Asked:
    """What a planning command was asked: the theatre, and how to solve it."""

    theatre: str
    scenario: str | None = None
    solver: str = "highs"
    method: str = "auto"
    relax: bool = False
    gap: float = 1e-4
    deadline: float | None = None
    out: Path | None = None
    json: bool = False
    works: bool = False  # plan fortification works too

    def check(self) -> None:
        """Raise UseError if the gap or the deadline makes no sense."""
        if not math.isfinite(self.gap) or self.gap < 0:
            raise UseError(f"--gap {self.gap:g} makes no sense; give a share of at least 0, as 1e-4")
        if self.deadline is not None and (not math.isfinite(self.deadline) or self.deadline <= 0):
            raise UseError(f"--deadline {self.deadline:g} makes no sense; give seconds above 0")


def read_question(theatre_name: str, scenario_name: str | None) -> tuple[Theatre, Scenario]:
    """Return the theatre and the scenario asked for, its base taken in; TableError lists every problem."""
    source = open_source(theatre_name)
    theatre = load(source)
    scenario = load_scenario(source, theatre, scenario_name or _usual(theatre_name, source.scenarios()))
    if scenario.settings.base is None:
        return theatre, scenario
    settings = {**scenario.tables["scenario"].raw(), "base": [None]}
    return theatre, scenario.replace(theatre, scenario=settings)


def _usual(theatre_name: str, names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    if USUAL_SCENARIO in names:
        return USUAL_SCENARIO
    if not names:
        raise UseError(f"theatre '{theatre_name}' has no scenario; add one as scenarios/<name>/scenario.csv")
    raise UseError(f"name a scenario of '{theatre_name}' with --scenario: {', '.join(names)}")


def ask(
    asked: Asked, session: Session, changes: Sequence[AnyChange] | None, seconds: float | None, stop: Stop
) -> WhatIf:
    """Return the session's answer to its base (no changes: None) or to changes of it; `stop` ends it early."""
    limits = Limits(seconds=seconds, gap=asked.gap)
    with progress_line(asked.json) as report:
        if changes is None:
            return beside(lambda: session.certified(session.base(limits, report, stop), limits))
        return beside(lambda: session.certified(session.ask(changes, limits, report, stop), limits))


def solve(asked: Asked, theatre: Theatre, scenario: Scenario, seconds: float | None, stop: Stop) -> Answer:
    """Return the optimizer's answer; progress goes to a terminal, and `stop` ends it with the best plan."""
    limits = Limits(seconds=seconds, gap=asked.gap)
    with progress_line(asked.json) as report:

        def run() -> Answer:
            if asked.works:
                return fortify(
                    theatre, scenario, limits=limits, on_progress=report, stop=stop, executor=second_process()
                )
            return plan(
                theatre,
                scenario,
                method=asked.method,
                solver=asked.solver,
                relax=asked.relax,
                limits=limits,
                on_progress=report,
                stop=stop,
            )

        return beside(run)


def second_process() -> Executor | None:
    """Return an executor of one process beside this one, if there is a second processor for it."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return ProcessPool(1, preload=("optimizer.fortifying",)) if processors > 1 else None


def beside(run: Callable[[], T]) -> T:
    """Return what `run` returns, run in a thread of its own, so that this one can take a Ctrl-C at once."""
    result: list[T] = []
    failure: list[BaseException] = []

    def work() -> None:
        try:
            result.append(run())
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=work, name="solve", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(0.2)
    if failure:
        raise failure[0]
    return result[0]


def _waiting(pipe: int) -> bytes:
    """Return what has been written to a pipe that does not block; nothing if the signal was quicker than its byte."""
    try:
        return os.read(pipe, 64)
    except BlockingIOError:
        return b""


@contextmanager
def interruptible() -> Iterator[Stop]:
    """Yield a Stop that the first Ctrl-C sets; the second ends the process with 130.

    NB: Python runs its handler once for two signals that come while a library holds the interpreter, so presses are
    counted by the bytes that the signals themselves write.
    """
    stop = Stop()

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        if stop.asked or _waiting(presses).count(signal.SIGINT) > 1:
            sys.stderr.write("casemate: broken off; nothing was written\n")
            sys.stderr.flush()
            os._exit(ABORTED)  # a solve in a library cannot be unwound
        stop.set()
        sys.stderr.write("casemate: stopping with the best plan so far; Ctrl-C again breaks off\n")

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    presses, written = os.pipe()
    os.set_blocking(presses, False)
    os.set_blocking(written, False)
    before, woken = signal.signal(signal.SIGINT, on_interrupt), signal.set_wakeup_fd(written)
    try:
        yield stop
    finally:
        signal.set_wakeup_fd(woken)
        signal.signal(signal.SIGINT, before)
        os.close(presses)
        os.close(written)


class Stopwatch:
    """Seconds by name; `mark` closes a span."""

    def __init__(self) -> None:
        self.began = self._last = time.monotonic()
        self.spans: dict[str, float] = {}

    def mark(self, name: str) -> None:
        """Note the seconds since the last mark under this name."""
        now = time.monotonic()
        self.spans[name] = now - self._last
        self._last = now

    @property
    def total(self) -> float:
        """Return the seconds since the beginning."""
        return time.monotonic() - self.began
