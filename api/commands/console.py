"""What a command prints: one JSON document, lines for a person, progress on a terminal, and errors."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from rich.console import Console

from api.errors import FILES, INTERNAL, INTERRUPTED, MEMORY, UseError, exit_code
from api.report import to_json
from data.problems import CasemateError, Problem, TableError

if TYPE_CHECKING:
    from optimizer.outcome import OnProgress, Progress


class Screen(Console):
    """A console whose reader may leave: what is left unread changes neither the work nor the exit code."""

    def on_broken_pipe(self) -> None:
        """Go on without output."""
        self.quiet = True
        hush()


def hush() -> None:
    """Send what is still printed on stdout nowhere, so that closing it cannot fail."""
    with suppress(OSError, ValueError):  # a stdout without a file number needs no care
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def screen() -> Console:
    """Return the console for what a person reads: a terminal's own width, 110 columns when piped."""
    return Screen(width=None if sys.stdout.isatty() else 110, highlight=False, soft_wrap=not sys.stdout.isatty())


def print_json(document: Any) -> None:
    """Print the one JSON document of a command on stdout; who stops reading does not change what is done."""
    try:
        sys.stdout.write(to_json(document) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        hush()


def problem_row(problem: Problem) -> dict[str, Any]:
    """Return a problem as the contract for scripts names its cells."""
    names = ("table", "sheet", "row", "cell", "column", "value", "problem", "mend")
    return {name: getattr(problem, name) for name in names}


def aborted(as_json: bool) -> int:
    """Say that the command was broken off, and return its exit code."""
    return _say(INTERRUPTED, "broken off; nothing was written", (), as_json)


def failed(error: Exception, as_json: bool) -> int:
    """Say what went wrong in words a user can act on, and return the exit code."""
    if isinstance(error, BrokenPipeError):  # who reads the output has had enough
        hush()
        return exit_code(FILES)
    if isinstance(error, CasemateError):
        problems = error.problems if isinstance(error, TableError) else ()
        return _say(error.code, str(error), problems, as_json)
    if hasattr(error, "format_message"):  # bad use, found by the command-line parser
        text = str(error.format_message()).replace("Value error, ", "").rstrip(".")
        return _say(UseError.code, f"{text}; see casemate --help", (), as_json)
    if isinstance(error, MemoryError):
        return _say(MEMORY, "not enough memory; try a smaller theatre or a larger machine", (), as_json)
    if isinstance(error, OSError):
        return _say(FILES, f"cannot read or write: {error}", (), as_json)
    name = f"{uuid.uuid4().hex[:8]} ({type(error).__name__})"
    return _say(INTERNAL, f"unexpected error {name}; casemate --debug shows its trace", (), as_json)


def _say(code: str, message: str, problems: tuple[Problem, ...], as_json: bool) -> int:
    rows = [problem_row(p) for p in problems]
    if not as_json or not _printed({"error": {"code": code, "message": message, "problems": rows}}):
        _printed(None)
        sys.stderr.write(f"casemate: {message}\n(docs/errors.md#{code})\n")
    return exit_code(code)


def _printed(document: Any) -> bool:
    """Print the document, if any, with all that waits; return False, and give stdout up, if it takes no more."""
    try:
        sys.stdout.flush()
        if document is not None:
            print_json(document)
    except OSError:
        hush()
        return False
    return True


@contextmanager
def progress_line(quiet: bool) -> Iterator[OnProgress]:
    """Yield what a solve reports its progress to: one live line on a terminal's stderr, else nothing."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda _: None
        return
    with console.status("reading") as status:
        yield lambda progress: status.update(progress_text(progress))


def progress_text(progress: Progress) -> str:
    """Return one line of progress: phase, goal, best value and bound so far, seconds."""
    parts = [progress.phase]
    if progress.goal:
        parts.append(progress.goal.replace("_", " "))
    if progress.value is not None:
        parts.append(f"best {_short(progress.value)}")
    if progress.bound is not None:
        parts.append(f"bound {_short(progress.bound)}")
    return " · ".join([*parts, f"{progress.seconds:.0f} s"])


def _short(value: float) -> str:
    return f"{0.0 if abs(value) < 1e-9 else value:.5g}"
