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
import sys
from collections.abc import Callable
from typing import Any, TypeAlias

Mark: TypeAlias = Callable[[str | dict[str, Any]], None]


def main() -> None:
    """Call the function named on the command line."""
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
