"""The runner: what it measures, and that whatever a process does, the caller goes on and nothing is left running."""

import subprocess
import sys
import time
from pathlib import Path

import psutil

from benchmarks.run import ROOT, Status, run

WILD = "tests.benchmarks.wild:"


def gone(pid: int) -> bool:
    for _ in range(100):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_a_run_is_measured_between_its_marks() -> None:
    ran = run(WILD + "good", {"number": 21, "before": 0.7, "busy": 0.5, "after": 0.7}, seconds=60)
    assert ran.status is Status.DONE and ran.detail == ""
    assert ran.result == {"twice": 42, "threads": "1"}
    # a busy machine may see the first mark late: what is counted can only be less than what was done
    assert ran.wall_s > 0.1 and 0.1 < ran.cpu_s < 0.7
    assert 5 < ran.peak_mb < 1000
    assert ran.row()["status"] == "done"


def test_an_error_is_told_in_its_own_words() -> None:
    ran = run(WILD + "wrong", {}, seconds=60)
    assert ran.status is Status.FAILED and "ValueError: the program has no columns" in ran.detail


def test_an_end_without_a_result_is_a_failure() -> None:
    assert run(WILD + "silent_end", {}, seconds=60).status is Status.FAILED


def test_a_crash_names_its_signal() -> None:
    ran = run(WILD + "crash", {}, seconds=60)
    assert ran.status is Status.CRASHED and "SIGSEGV" in ran.detail


def test_a_hang_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    ran = run(WILD + "hang", {"pids": str(pids)}, seconds=0.5)
    assert ran.status is Status.TIMEOUT and ran.wall_s == 0.5 and "0.5 s" in ran.detail
    assert all(gone(int(pid)) for pid in pids.read_text(encoding="utf-8").split())


def test_memory_of_children_counts_and_has_a_limit() -> None:
    ran = run(WILD + "hunger", {}, seconds=60)
    assert ran.status is Status.DONE and ran.peak_mb > 400
    ran = run(WILD + "hunger", {}, seconds=60, memory_mb=200)
    assert ran.status is Status.MEMORY and 200 < ran.peak_mb < 400


def test_who_is_left_behind_is_no_reason_to_wait() -> None:
    ran = run(WILD + "orphan", {}, seconds=60)
    assert ran.status is Status.DONE and ran.wall_s < 30 and gone(ran.result)


def test_parts_are_kept_when_a_later_one_hangs() -> None:
    ran = run(WILD + "listed", {"seconds": [0.7, 0.7, 60.0, 0.1]}, seconds=1.5)
    assert ran.status is Status.TIMEOUT and [part["slept"] for part in ran.parts] == [0.7, 0.7]
    assert all(part["wall_s"] > 0.4 for part in ran.parts)


def test_a_runner_that_is_killed_leaves_nothing_running(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    code = f"from benchmarks.run import run; run({WILD + 'hang'!r}, {{'pids': {str(pids)!r}}}, 600.0)"
    runner = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    for _ in range(600):
        if pids.exists() and len(pids.read_text(encoding="utf-8").split()) == 2:
            break
        time.sleep(0.05)
    runner.kill()
    runner.wait()
    hung, _ = pids.read_text(encoding="utf-8").split()
    assert gone(int(hung))
