"""Errors of the command line, and the exit code of every error a user may see.

CasemateError
├── UseError        a command is used in a way it does not offer   docs/errors.md#bad-use
├── OutputError     the folder named for output is not taken       docs/errors.md#output-refused
└── PlanFolderError a folder holds no plan that can be read        docs/errors.md#bad-plan-folder
"""

from __future__ import annotations

from data.problems import CasemateError

ANSWERED, UNLAWFUL, BAD_USE, NO_PLAN, ABORTED = 0, 1, 2, 3, 130

EXIT_CODES = {
    "digest-mismatch": UNLAWFUL,
    "unlawful-plan": UNLAWFUL,
    "internal-error": UNLAWFUL,
    "no-plan": NO_PLAN,
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


def exit_code(error: CasemateError) -> int:
    """Return the exit code of an error: 2, bad use or bad data, where EXIT_CODES names none."""
    return EXIT_CODES.get(error.code, BAD_USE)
