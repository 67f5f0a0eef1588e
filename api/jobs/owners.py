"""Who holds a claim: a process, named so that others on its host can see that it is dead."""

from __future__ import annotations

import os
import secrets
import socket
from functools import cache
from pathlib import Path


@cache
def host() -> str:
    """Return this host's name, with what tells apart its boots and containers: a number then means one process."""
    parts = [socket.gethostname()]
    for path, what in (("/proc/sys/kernel/random/boot_id", "boot"), ("/proc/self/ns/pid", "space")):
        try:
            parts.append(Path(path).read_text()[:8] if what == "boot" else str(os.stat(path).st_ino))
        except OSError:
            parts.append(secrets.token_hex(4))  # nothing is known: nobody else is taken for this host
    return ".".join(parts)


def new_owner() -> str:
    """Return a name for what this process claims: host, process number, and a word that is never used again."""
    return f"{host()}:{os.getpid()}:{secrets.token_hex(4)}"


def is_dead(owner: str) -> bool:
    """Return whether an owner on this host has ended for certain."""
    place, number, _ = owner.rsplit(":", 2)
    if place != host():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    try:
        return Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return False
