"""Executor: map a function over picklable tasks, here or in processes. The port behind which clusters plug in too.

A function given to an executor may be run more than once on a task, because a process can die at any moment; what it
does outside itself must bear that.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Protocol, TypeVar

from data.problems import CasemateError

T = TypeVar("T")
R = TypeVar("R")

MOST_RUNS = 5  # of one task whose process dies


class WorkerLostError(CasemateError):
    """A task's process died each time it was run: out of memory, or killed from outside."""

    code = "worker-lost"


class Executor(Protocol):
    """What runs a function on each of many tasks."""

    def map(self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[int, R]]:
        """Yield the position of each task with its result, as they end; an error of the function is raised."""


class InProcess:
    """Runs one task after the other in this process."""

    def map(self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[int, R]]:
        """Yield the position of each task with its result, in order."""
        for position, task in enumerate(tasks):
            yield position, function(task)


@dataclass
class _Run:
    """A task in a process of its own."""

    position: int
    process: BaseProcess
    pipe: Connection


class ProcessPool:
    """Runs each task in a fresh process, `processes` at a time; one whose process dies is run again.

    WorkerLostError after `most_runs` deaths of one task. Leaving the iterator early ends what still runs.
    """

    def __init__(self, processes: int, most_runs: int = MOST_RUNS, preload: Sequence[str] = ("optimizer",)) -> None:
        self.processes, self.most_runs = processes, most_runs
        # NB: a fork of this process would share its threads and open connections. The fork server has none, and has
        # imported once what each process needs
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(list(preload))

    def map(self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[int, R]]:
        """Yield the position of each task with its result, as they end."""
        waiting, running = deque(enumerate(tasks)), list[_Run]()
        runs = [0] * len(tasks)
        try:
            while waiting or running:
                while waiting and len(running) < self.processes:
                    position, task = waiting.popleft()
                    runs[position] += 1
                    running.append(self._start(position, function, task))
                ready = wait([run.pipe for run in running])
                for run in [run for run in running if run.pipe in ready]:
                    running.remove(run)
                    ended, value = _result(run)
                    if ended:
                        yield run.position, value
                    elif runs[run.position] < self.most_runs:
                        waiting.append((run.position, tasks[run.position]))
                    else:
                        raise WorkerLostError(
                            f"the process of task {run.position + 1} died {self.most_runs} times (exit code "
                            f"{run.process.exitcode}); look for lack of memory"
                        )
        finally:
            for run in running:
                run.process.terminate()
                run.process.join()
                run.pipe.close()

    def _start(self, position: int, function: Callable[[T], R], task: T) -> _Run:
        ours, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(target=_child, args=(theirs, function, task), name=f"casemate-{position}")
        process.start()
        theirs.close()  # so that its end is seen here when the process dies
        return _Run(position, process, ours)


def _child(pipe: Connection, function: Callable[[Any], Any], task: Any) -> None:
    try:
        sent: tuple[bool, Any] = (True, function(task))
    except BaseException as error:
        sent = (False, error)
    with suppress(BrokenPipeError):  # who asked has ended
        pipe.send(sent)
    pipe.close()


def _result(run: _Run) -> tuple[bool, Any]:
    """Return whether the task ended, and its result; what it raised is raised."""
    try:
        good, value = run.pipe.recv()
    except (EOFError, OSError):
        run.process.join()
        return False, None
    finally:
        run.pipe.close()
    run.process.join()
    if not good:
        raise value
    return True, value
