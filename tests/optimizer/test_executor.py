"""Executors: every task has one result, whatever happens to its process."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from optimizer import Executor, ProcessPool
from optimizer.methods.executor import InProcess, WorkerLostError


def double(value: int) -> int:
    return 2 * value


def die_once(place: str) -> str:
    path = Path(place)
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return path.name


def die(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(value: int) -> None:
    raise ValueError(f"not {value}")


@pytest.mark.parametrize("executor", [InProcess(), ProcessPool(2)])
def test_every_task_has_its_result(executor: Executor) -> None:
    assert sorted(executor.map(double, [3, 1, 2])) == [(0, 6), (1, 2), (2, 4)]
    assert list(executor.map(double, [])) == []


@pytest.mark.parametrize("executor", [InProcess(), ProcessPool(1)])
def test_an_error_of_a_task_is_raised(executor: Executor) -> None:
    with pytest.raises(ValueError, match="not 7"):
        list(executor.map(refuse, [7]))


def test_a_task_whose_process_is_killed_is_run_again(tmp_path: Path) -> None:
    tasks = [str(tmp_path / name) for name in ("a", "b")]
    assert sorted(ProcessPool(2).map(die_once, tasks)) == [(0, "a"), (1, "b")]


def test_a_task_that_kills_its_process_each_time_is_named() -> None:
    with pytest.raises(WorkerLostError, match="task 1 died 2 times .exit code -9"):
        list(ProcessPool(1, most_runs=2).map(die, [0]))
