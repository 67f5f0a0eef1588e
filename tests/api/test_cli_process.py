"""The command as a process: start-up, one document, Ctrl-C."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CASEMATE = Path(sys.executable).with_name("casemate")


def casemate(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([CASEMATE, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=120)


def test_help_starts_without_the_heavy_libraries() -> None:
    heavy = ("numpy", "pandas", "highspy", "pulp", "ortools", "jinja2", "optimizer", "data")
    code = f"import sys, api.cli as c; c.main(['--help']); sys.exit(any(m in sys.modules for m in {heavy!r}))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_a_planning_process_prints_one_document_and_is_quiet_when_piped(theatre: Path, tmp_path: Path) -> None:
    done = casemate("plan", theatre, "--json", "--deadline", "20", cwd=tmp_path)
    assert done.returncode == 0 and done.stderr == ""
    assert json.loads(done.stdout)["reason"] in ("optimal", "feasible")


def test_a_process_never_shows_a_trace(tmp_path: Path) -> None:
    done = casemate("plan", tmp_path, cwd=tmp_path)
    assert done.returncode == 2 and "Traceback" not in done.stderr and "the table is missing" in done.stderr


def test_who_stops_reading_does_not_change_the_exit_code(plan_dir: Path, tmp_path: Path) -> None:
    for arguments in (["check", "europe"], ["check", "europe", "--json"], ["verify", plan_dir]):
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen([CASEMATE, *arguments], cwd=tmp_path, **pipes) as process:
            assert process.stdout and process.stderr
            process.stdout.close()
            assert process.stderr.read() == b"" and process.wait(timeout=60) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_full_disk_behind_stdout_is_told_on_stderr(more: list[str], tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([CASEMATE, "check", "europe", *more], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert b"No space left" in done.stderr and b"Traceback" not in done.stderr and b"Exception" not in done.stderr


def test_the_version_is_told(tmp_path: Path) -> None:
    done = casemate("--version", cwd=tmp_path)
    assert done.returncode == 0 and done.stdout.startswith("casemate ")


@pytest.mark.slow
def test_ctrl_c_returns_the_best_plan_and_a_second_one_breaks_off(tmp_path: Path) -> None:
    # the small coalition is solved too fast to be stopped: this takes the shipped theatre
    for presses, code in ((1, 0), (2, 130)):
        out = tmp_path / f"plan{presses}"
        process = subprocess.Popen([CASEMATE, "plan", "europe", "--out", out], stderr=subprocess.PIPE, text=True)
        time.sleep(8)
        for _ in range(presses):
            process.send_signal(signal.SIGINT)
            time.sleep(0.05)
        _, err = process.communicate(timeout=120)
        assert process.returncode == code, err
        assert out.exists() == (code == 0) and "Traceback" not in err
