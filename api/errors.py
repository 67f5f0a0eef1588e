"""Errors of the command line, and the exit code of every error a user may see.

CasemateError
├── UseError        a command is used in a way it does not offer   docs/errors.md#bad-use
├── OutputError     the folder named for output is not taken       docs/errors.md#output-refused
└── PlanFolderError a folder holds no plan that can be read        docs/errors.md#bad-plan-folder
"""

from __future__ import annotations

from data.problems import CasemateError

ANSWERED, UNLAWFUL, BAD_USE, NO_PLAN, ABORTED = 0, 1, 2, 3, 130

# Errors that carry no class of their own: what the command line itself meets.
INTERNAL, MEMORY, FILES, INTERRUPTED = "internal-error", "out-of-memory", "file-access", "aborted"
OWN_CODES = (INTERNAL, MEMORY, FILES, INTERRUPTED)

# Every other error is bad use or bad data.
EXIT_CODES = {
    "digest-mismatch": UNLAWFUL,
    "unlawful-plan": UNLAWFUL,
    "bad-program": UNLAWFUL,
    "audit-broken": UNLAWFUL,
    "worker-lost": UNLAWFUL,
    INTERNAL: UNLAWFUL,
    MEMORY: UNLAWFUL,
    FILES: BAD_USE,
    "no-plan": NO_PLAN,
    INTERRUPTED: ABORTED,
}


class UseError(CasemateError):
    """A command is used in a way it does not offer."""

    code = "bad-use"


class OutputError(CasemateError):
    """The folder named for output is not taken, because something of the user's would be lost."""

    code = "output-refused"


class PlanFolderError(CasemateError):
    """A folder holds no plan that can be read."""

    code = "bad-plan-folder"


def exit_code(code: str) -> int:
    """Return the exit code of an error's code: 2, bad use or bad data, where EXIT_CODES names none."""
    return EXIT_CODES.get(code, BAD_USE)
