"""Functions for a runner to run: a good one, and ones that fail in every way there is."""

import os
import signal
import subprocess
import sys
import time
from typing import Any

from benchmarks.child import Mark


def good(arguments: dict[str, Any], mark: Mark) -> dict[str, Any]:
    time.sleep(arguments.get("before", 0.0))
    mark("begin")
    until = time.process_time() + arguments["busy"]
    while time.process_time() < until:
        pass
    mark("end")
    print("what a solver prints")
    time.sleep(arguments.get("after", 0.0))
    return {"twice": 2 * arguments["number"], "threads": os.environ["OMP_NUM_THREADS"]}


def wrong(arguments: dict[str, Any], mark: Mark) -> None:
    raise ValueError("the program has no columns")


def silent_end(arguments: dict[str, Any], mark: Mark) -> None:
    os._exit(0)


def crash(arguments: dict[str, Any], mark: Mark) -> None:
    mark("begin")
    os.kill(os.getpid(), signal.SIGSEGV)


def hang(arguments: dict[str, Any], mark: Mark) -> None:
    """Hang, deaf to a polite end, with a child that has a group of its own."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"], start_new_session=True)
    with open(arguments["pids"], "w", encoding="utf-8") as file:
        file.write(f"{os.getpid()} {child.pid}")
    mark("begin")
    time.sleep(600)


def hunger(arguments: dict[str, Any], mark: Mark) -> None:
    """Take memory in a child, as solvers called by a library do."""
    mark("begin")
    code = "x = []\nimport time\nwhile len(x) < 40: x.append(bytearray(b'1') * (10 << 20)); time.sleep(0.05)\n"
    subprocess.run([sys.executable, "-c", code], check=True)
    mark("end")


def orphan(arguments: dict[str, Any], mark: Mark) -> int:
    """Leave a child behind that holds the pipe."""
    pid = os.fork()
    if not pid:
        time.sleep(600)
    return pid


def listed(arguments: dict[str, Any], mark: Mark) -> None:
    mark("begin")
    for seconds in arguments["seconds"]:
        time.sleep(seconds)
        mark({"slept": seconds})
