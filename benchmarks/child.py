"""The process that `benchmarks.run` starts: it calls one function and sends back what comes of it.

    python -m benchmarks.child MODULE:FUNCTION PIPE      arguments as JSON on stdin

The function takes the arguments and `mark`; it calls mark("begin") when what is measured begins and mark("end")
when it is over, and returns what JSON can hold. One that works through a list may call mark with a part of its
result. All goes to the pipe, a line each.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, TypeAlias

Mark: TypeAlias = Callable[[str | dict[str, Any]], None]


def end_with(parent: int) -> None:
    """End this process and its group when the runner that started it is gone."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Call the function named on the command line."""
    threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
    module, _, name = sys.argv[1].partition(":")
    pipe = int(sys.argv[2])

    def send(line: dict[str, object]) -> None:
        data = memoryview((json.dumps(line) + "\n").encode())
        while data:
            data = data[os.write(pipe, data) :]

    arguments = json.load(sys.stdin)

    def mark(what: str | dict[str, Any]) -> None:
        send({"part": what} if isinstance(what, dict) else {"mark": what})

    result = getattr(importlib.import_module(module), name)(arguments, mark)
    send({"result": result})


if __name__ == "__main__":
    main()
