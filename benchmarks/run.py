"""Runs one function in a process of its own, and measures it from outside: wall, CPU, peak memory.

Whatever the function does, the caller goes on: an error, a crash, a hang and a hunger for memory each end in a `Ran`
that says so. The process leads a group; a time-out or a limit of memory kills the whole group, a solver started by
a library included.

Wall and CPU seconds count from the function's mark "begin" to its mark "end" (see `benchmarks.child`), so that imports
and the reading of an instance can stay outside. Memory is the resident memory of the process and all that it started,
added up, looked at 20 times a second (what it started: from half a second after); pages that they share count more
than once.

A function that works through a list sends each result as a part: parts are kept whatever becomes of the next one, and
the time-out counts from the part before.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

import psutil

ROOT = Path(__file__).resolve().parent.parent
LOOK = 0.05  # seconds between two looks at the process
FAMILY = 0.5  # seconds between two looks for what it started: every process of the machine is asked for its parent
START_UP = 300.0  # seconds that imports and reading may take before the mark "begin"
TAIL = 400  # characters of what a failed process printed last
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Status(StrEnum):
    """How a run ended."""

    DONE = "done"
    FAILED = "failed"  # an error of Python, or an end without a result
    CRASHED = "crashed"  # ended by a signal that was not ours
    TIMEOUT = "timeout"
    MEMORY = "memory"  # killed for what it took


@dataclass(frozen=True)
class Ran:
    """One run: how it ended, what it took (seconds, seconds, MiB), its result if it is done, else why not.

    `parts` are the parts that came, each with its own `wall_s`.
    """

    status: Status
    wall_s: float
    cpu_s: float
    peak_mb: float
    result: Any = None
    detail: str = ""
    parts: tuple[Mapping[str, Any], ...] = ()

    def row(self) -> dict[str, Any]:
        """Return the run as plain values, rounded to what was measured."""
        measured = {"wall_s": round(self.wall_s, 3), "cpu_s": round(self.cpu_s, 3), "peak_mb": round(self.peak_mb, 1)}
        return {**asdict(self), "status": str(self.status), **measured}


def run(
    function: str,
    arguments: Mapping[str, Any],
    seconds: float,
    memory_mb: float = float("inf"),
    nice: int = 0,
    on_part: Callable[[Mapping[str, Any]], object] = lambda _: None,
) -> Ran:
    """Return how `function` ("module:name") ended within these seconds and MiB; nothing that it does raises here.

    `on_part` is told each part as it comes.
    """
    # a killed process leaves its files behind: they go with the folder
    with tempfile.TemporaryFile() as said, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        watched = _Watched(_start(function, arguments, said, folder, nice), seconds, memory_mb, on_part)
        try:
            status, why = watched.wait()
        finally:
            watched.kill()
        if status in (Status.FAILED, Status.CRASHED):
            why = f"{why}: {_tail(said)}".rstrip(": ")
        late = status is Status.TIMEOUT and watched.begun and not watched.parts
        wall = seconds if late else watched.wall
        return Ran(status, wall, watched.cpu, watched.peak / 2**20, watched.result, why, tuple(watched.parts))


def _start(
    function: str, arguments: Mapping[str, Any], said: IO[bytes], folder: str, nice: int
) -> tuple[subprocess.Popen[bytes], int]:
    receive, send = os.pipe()
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    try:
        process = subprocess.Popen(
            ["nice", "-n", str(nice), sys.executable, "-m", "benchmarks.child", function, str(send)],
            stdin=subprocess.PIPE, stdout=said, stderr=said, pass_fds=(send,), start_new_session=True, cwd=ROOT,
            env={**os.environ, **ONE_THREAD, "PYTHONPATH": paths, "TMPDIR": folder},
        )  # fmt: skip
    finally:
        os.close(send)
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError), process.stdin as stdin:
        stdin.write(json.dumps(arguments).encode())
    return process, receive


@dataclass
class _Watched:
    """A running process, and what was seen of it so far."""

    started: tuple[subprocess.Popen[bytes], int]
    seconds: float
    memory_mb: float
    on_part: Callable[[Mapping[str, Any]], object]
    result: Any = None
    peak: float = 0.0
    begun: bool = False
    ended: bool = False
    parts: list[Mapping[str, Any]] = field(default_factory=list)
    _done: bool = False
    _unread: bytes = b""
    _cpu: dict[int, float] = field(default_factory=dict)
    _cpu_before: float = 0.0
    _next_family: float = 0.0
    _family: dict[int, psutil.Process] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.process, self.pipe = self.started
        self.began = self.last = time.perf_counter()
        self.finished: float | None = None
        os.set_blocking(self.pipe, False)

    @property
    def wall(self) -> float:
        return (self.finished or time.perf_counter()) - self.began

    @property
    def cpu(self) -> float:
        return max(0.0, sum(self._cpu.values()) - self._cpu_before)

    def wait(self) -> tuple[Status, str]:
        """Return how the process ended, and why; at the latest when its time is up."""
        with selectors.DefaultSelector() as ready:
            ready.register(self.pipe, selectors.EVENT_READ)
            while True:
                self._look()
                over = self._over()
                if over is not None:
                    return over
                if not ready.select(LOOK):
                    if self.process.poll() is not None:
                        break  # and nothing is left in the pipe, whoever else may hold it
                elif not self._read():
                    break
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5.0)  # it has closed the pipe and may still be tidying up
        self.finished = self.finished or time.perf_counter()
        code = self.process.poll()
        if self._done and code == 0:
            return Status.DONE, ""
        if code is not None and code < 0:
            return Status.CRASHED, f"ended by signal {signal.Signals(-code).name}"
        return Status.FAILED, f"ended with {code}"

    def _over(self) -> tuple[Status, str] | None:
        now = time.perf_counter()
        if not self.ended and now - self.last > self.seconds + (0.0 if self.begun else START_UP):
            self.finished = now
            return Status.TIMEOUT, f"not done after {self.seconds:g} s"
        if self.peak > self.memory_mb * 2**20:
            self.finished = self.finished or now
            return Status.MEMORY, f"took more than {self.memory_mb:g} MiB"
        return None

    def _look(self) -> None:
        """Note memory and CPU of the process and of all that it started."""
        resident = 0
        for member in self._members():
            with contextlib.suppress(psutil.Error), member.oneshot():
                times = member.cpu_times()
                self._cpu[member.pid] = times.user + times.system
                resident += member.memory_info().rss
        self.peak = max(self.peak, resident)

    def _members(self) -> list[psutil.Process]:
        now = time.perf_counter()
        if now < self._next_family:
            return list(self._family.values())
        self._next_family = now + FAMILY
        with contextlib.suppress(psutil.Error):
            head = self._family.setdefault(self.process.pid, psutil.Process(self.process.pid))
            for child in head.children(recursive=True):
                self._family.setdefault(child.pid, child)
        return list(self._family.values())

    def _read(self) -> bool:
        """Take the lines that have come; False at the end of the pipe."""
        try:
            data = os.read(self.pipe, 1 << 20)
        except BlockingIOError:
            return True
        self._unread += data
        *lines, self._unread = self._unread.split(b"\n")
        for line in lines:
            self._take(json.loads(line))
        return bool(data)

    def _take(self, line: Mapping[str, Any]) -> None:
        now = time.perf_counter()
        if line.get("mark") == "begin":
            self._look()
            self.began = self.last = now
            self.begun, self._cpu_before = True, sum(self._cpu.values())
        elif line.get("mark") == "end":
            self._look()
            self.finished, self.ended = now, True
        elif "part" in line:
            self.parts.append({**line["part"], "wall_s": round(now - self.last, 3)})
            self.last = now
            self.on_part(self.parts[-1])
        elif "result" in line:
            self.result, self._done, self.ended = line["result"], True, True
            self.finished = self.finished or now

    def kill(self) -> None:
        """End the whole group, and whoever left it; reap the process."""
        self._next_family = 0.0
        self._members()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        for member in self._family.values():
            with contextlib.suppress(psutil.Error):
                if member.pid != self.process.pid and member.is_running():
                    member.kill()
        self.process.wait()
        os.close(self.pipe)


def _tail(said: IO[bytes]) -> str:
    said.seek(0, os.SEEK_END)
    said.seek(max(0, said.tell() - TAIL))
    lines = said.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
