"""`casemate serve` as a process of its own, and how to ask it."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2

COMMAND = [sys.executable, "-c", "import sys; from api.cli import main; sys.exit(main(sys.argv[1:]))"]


@dataclass
class Running:
    """A service that runs: its process, its address, a client who may do everything."""

    process: subprocess.Popen[str]
    url: str
    token: str
    client: httpx2.Client


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def serving(database: str, *options: str) -> Iterator[Running]:
    """Yield a service over this database, ended at the end if it is not over."""
    port = free_port()
    command = [*COMMAND, "serve", "--database", database, "--port", str(port), *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            said = process.stderr.readline()
            found = re.search(r"token for this run: (\S+)", said)
            assert found, said
            _drained(process)
            token, url = found[1], f"http://127.0.0.1:{port}"
            headers = {"Authorization": f"Bearer {token}"}
            with httpx2.Client(base_url=url, headers=headers, timeout=120) as client:
                _until_ready(client, process)
                yield Running(process, url, token, client)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(60)


def _drained(process: subprocess.Popen[str]) -> None:
    """Read on what the process logs, so that it never waits for a reader."""
    threading.Thread(target=lambda: [None for _ in process.stderr or ()], daemon=True).start()


def _until_ready(client: httpx2.Client, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 180
    while time.monotonic() < end and process.poll() is None:
        try:
            if client.get("/ready").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"the service did not come up (exit code {process.poll()})")
